package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/lib/pq"
)

// Wire stands between servers and a database and hears all that is said: that counts what a
// server asks, whatever it is written in. Nothing is timed through it.
type Wire struct {
	// URL is the database's, through the wire.
	URL      string
	to       pq.Config
	dir      string
	listener net.Listener
	// statements are how many the database has answered.
	statements atomic.Int64

	mu          sync.Mutex
	connections int
	heard       []Statement
}

// Statement is one that was sent, with its arguments as texts; nil is NULL.
type Statement struct {
	connection int
	SQL        string
	Args       []*string
}

// errNoSocket: a database behind TCP sees another port than its client has, by which the
// product knows a proxy and then asks with more statements.
var errNoSocket = errors.New("statements are counted, and pgbench told what to send, only where the database is reached by a Unix socket")

// Tap puts a wire before a database.
func Tap(databaseURL string) (*Wire, error) {
	to, err := pq.NewConfig(databaseURL)
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	if !filepath.IsAbs(to.Host) {
		return nil, errNoSocket
	}
	dir, err := os.MkdirTemp("", "paygraph-bench-")
	if err != nil {
		return nil, err
	}
	through := to
	through.Host = dir
	listener, err := net.Listen("unix", socketPath(through))
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	w := &Wire{URL: connection(through) + " binary_parameters=yes", to: to, dir: dir, listener: listener}
	go w.accept()
	return w, nil
}

func socketPath(c pq.Config) string { return filepath.Join(c.Host, fmt.Sprint(".s.PGSQL.", c.Port)) }

// connection spells the settings of a connection so that every client of PostgreSQL knows them.
func connection(c pq.Config) string {
	return fmt.Sprintf("host='%s' port=%d user='%s' password='%s' dbname='%s' sslmode=%s", c.Host, c.Port, c.User, c.Password, c.Database, c.SSLMode)
}

// Close ends the wire for new connections; those that there are end with their clients.
func (w *Wire) Close() {
	w.listener.Close()
	os.RemoveAll(w.dir)
}

// Statements are how many the database has answered so far.
func (w *Wire) Statements() int { return int(w.statements.Load()) }

// Heard are the statements that were sent so far.
func (w *Wire) Heard() []Statement {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.heard
}

func (w *Wire) accept() {
	for {
		client, err := w.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("unix", socketPath(w.to))
		if err != nil {
			client.Close() // whose user then says so
			continue
		}
		w.connections++
		ear := ear{wire: w, connection: w.connections, texts: map[string]string{}}
		go func() {
			relay(server, client, true, ear.hear)
			server.Close()
		}()
		go func() {
			relay(client, server, false, func(kind byte, _ []byte) {
				if kind == 'C' { // CommandComplete, one for each statement
					w.statements.Add(1)
				}
			})
			client.Close()
		}()
	}
}

// relay passes messages on until one side hangs up, each once it was looked at. A client's
// first message says no kind.
func relay(to io.Writer, from io.Reader, client bool, look func(kind byte, body []byte)) error {
	in, out := bufio.NewReader(from), bufio.NewWriter(to)
	for kindless := client; ; kindless = false {
		if in.Buffered() == 0 {
			if err := out.Flush(); err != nil {
				return err
			}
		}
		head := make([]byte, 5)
		if kindless {
			head = head[1:]
		}
		if _, err := io.ReadFull(in, head); err != nil {
			return err
		}
		body := make([]byte, binary.BigEndian.Uint32(head[len(head)-4:])-4)
		if _, err := io.ReadFull(in, body); err != nil {
			return err
		}
		if !kindless {
			look(head[0], body)
		}
		out.Write(head)
		out.Write(body) // an error of these is Flush's too
	}
}

// ear hears what one client says.
type ear struct {
	wire       *Wire
	connection int
	// texts are those of prepared statements by name.
	texts map[string]string
}

func (e ear) hear(kind byte, body []byte) {
	s := Statement{connection: e.connection}
	switch kind {
	case 'P': // Parse
		name, rest := cut(body)
		text, _ := cut(rest)
		e.texts[name] = text
		return
	case 'Q': // Query
		s.SQL, _ = cut(body)
	case 'B': // Bind, behind which lib/pq always executes
		_, rest := cut(body)
		name, rest := cut(rest)
		s.SQL, s.Args = e.texts[name], bound(rest)
	default:
		return
	}
	e.wire.mu.Lock()
	defer e.wire.mu.Unlock()
	e.wire.heard = append(e.wire.heard, s)
}

// cut parts the first text of a message from the rest.
func cut(body []byte) (string, []byte) {
	text, rest, _ := bytes.Cut(body, []byte{0})
	return string(text), rest
}

// bound reads the arguments behind the names of a Bind. Those in binary form are bytea's.
func bound(body []byte) (args []*string) {
	next := func(size int) (b []byte) {
		b, body = body[:size], body[size:]
		return b
	}
	short := func() int { return int(binary.BigEndian.Uint16(next(2))) }
	binaries := make([]bool, short())
	for i := range binaries {
		binaries[i] = short() == 1
	}
	for i := range short() {
		size := int32(binary.BigEndian.Uint32(next(4)))
		if size < 0 {
			args = append(args, nil)
			continue
		}
		text := string(next(int(size)))
		if len(binaries) == 1 && binaries[0] || i < len(binaries) && binaries[i] {
			text = fmt.Sprintf(`\x%x`, text)
		}
		args = append(args, &text)
	}
	return args
}
