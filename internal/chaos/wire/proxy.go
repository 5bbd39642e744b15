// Package wire is a TCP proxy between the program and PostgreSQL that breaks the
// connection where a test wants it: after a statement was executed and before its
// answer arrives, in order, by a reset, or late; or it lets nothing through at all,
// as a network does that is torn in two.
package wire

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lib/pq"
)

// How is the way in which an answer is lost.
type How string

// The ways.
const (
	FIN   How = "FIN"
	RST   How = "RST"
	Delay How = "delay"
)

// Ways lists all of them.
func Ways() []How { return []How{FIN, RST, Delay} }

// lateBy is how late a delayed answer comes.
const lateBy = 300 * time.Millisecond

// Proxy stands before one server.
type Proxy struct {
	listener net.Listener
	network  string
	upstream string
	work     sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]bool
	// seen are the statements since Watch, and cut the one whose answer is lost.
	seen []string
	cut  int
	how  How

	torn    atomic.Bool
	mending chan struct{}
	closed  chan struct{}
}

// Start starts a proxy before the server that a lib/pq connection string leads to.
func Start(dsn string) (*Proxy, error) {
	c, err := pq.NewConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("wire: %w", err)
	}
	p := &Proxy{network: "tcp", upstream: net.JoinHostPort(c.Host, fmt.Sprint(c.Port)), conns: map[net.Conn]bool{},
		mending: make(chan struct{}), closed: make(chan struct{})}
	if strings.HasPrefix(c.Host, "/") {
		p.network, p.upstream = "unix", fmt.Sprintf("%s/.s.PGSQL.%d", c.Host, c.Port)
	}
	if p.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, fmt.Errorf("wire: %w", err)
	}
	p.work.Go(p.accept)
	return p, nil
}

// Through returns a connection string in key=value form led through the proxy.
func (p *Proxy) Through(dsn string) string {
	host, port, _ := net.SplitHostPort(p.listener.Addr().String())
	return fmt.Sprintf("%s host=%s port=%s", dsn, host, port)
}

// Close ends the proxy with all connections.
func (p *Proxy) Close() {
	close(p.closed)
	p.listener.Close()
	p.Drop()
	p.work.Wait()
}

// Drop ends all connections, as a server does that restarts.
func (p *Proxy) Drop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.Close()
	}
}

// Watch begins to number statements, from 1. The answer of the cut-th is lost; none
// of 0.
func (p *Proxy) Watch(cut int, how How) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen, p.cut, p.how = nil, cut, how
}

// Seen lists the statements since Watch.
func (p *Proxy) Seen() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string{}, p.seen...)
}

// Tear lets nothing through any more, in either direction, and ends no connection.
func (p *Proxy) Tear() { p.torn.Store(true) }

// Mend lets everything through again, what had come meanwhile included.
func (p *Proxy) Mend() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.torn.Swap(false) {
		close(p.mending)
		p.mending = make(chan struct{})
	}
}

// whole waits while the network is torn; it is false when the proxy ends.
func (p *Proxy) whole() bool {
	for {
		p.mu.Lock()
		mending := p.mending
		p.mu.Unlock()
		if !p.torn.Load() {
			return true
		}
		select {
		case <-mending:
		case <-p.closed:
			return false
		}
	}
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.work.Go(func() { p.serve(client) })
	}
}

// keep notes a connection, to be ended with the proxy.
func (p *Proxy) keep(c net.Conn) func() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns[c] = true
	return func() {
		c.Close()
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.conns, c)
	}
}

func (p *Proxy) serve(client net.Conn) {
	defer p.keep(client)()
	if !p.whole() {
		return
	}
	server, err := net.DialTimeout(p.network, p.upstream, 5*time.Second)
	if err != nil {
		return
	}
	defer p.keep(server)()
	s := &session{proxy: p, client: client, server: server, texts: map[string]string{}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.backward()
		client.Close()
	}()
	s.forward()
	server.Close()
	<-done
}
