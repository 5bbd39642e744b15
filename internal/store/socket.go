package store

import (
	"context"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
)

type socketKey struct{}

// socket is what a connection saw of the other end when it was made. It tells a server from
// a proxy: a proxy that pools transactions answers as the server does, but the port that
// the server was called from is not ours, nor is the process that the greeting names the one
// that answers.
type socket struct {
	address net.Addr
	// process is the server's, from the greeting; 0 where that was encrypted.
	process uint32
	greeting
}

// isServers says that the server's session is the connection's own.
func (s *socket) isServers(ctx context.Context, conn driver.QueryerContext) (bool, error) {
	var process, port int64
	rows, err := conn.QueryContext(ctx, "SELECT pg_backend_pid()::bigint, coalesce(inet_client_port(), 0)::bigint", nil)
	if err != nil {
		return false, err
	}
	values := make([]driver.Value, 2)
	err = rows.Next(values)
	if err = errors.Join(err, rows.Close()); err != nil {
		return false, err
	}
	for i, n := range []*int64{&process, &port} {
		v, ok := values[i].(int64)
		if !ok {
			return false, fmt.Errorf("process and port are told as %T", values[i])
		}
		*n = v
	}
	if s.process != 0 && int64(s.process) != process {
		return false, nil
	}
	if tcp, ok := s.address.(*net.TCPAddr); ok {
		return port == int64(tcp.Port), nil
	}
	return s.process != 0 && port == 0, nil
}

// greetedConn reads the server's greeting along.
type greetedConn struct {
	net.Conn
	socket *socket
}

func (c greetedConn) Read(into []byte) (int, error) {
	n, err := c.Conn.Read(into)
	if s := c.socket; !s.over {
		s.process = s.hear(into[:n])
	}
	return n, err
}

// greeting is what the server says before it takes statements, as far as it was read.
type greeting struct {
	text []byte
	over bool
}

// maxGreeting bounds a message of the greeting: what is longer is none, but encrypted.
const maxGreeting = 1 << 16

// hear takes more of the greeting, and returns the process that it names, once it does.
func (g *greeting) hear(more []byte) uint32 {
	g.text = append(g.text, more...)
	for len(g.text) >= 5 {
		if g.text[0] == 'N' && g.text[1] != 0 { // no encryption here; the greeting follows
			g.text = g.text[1:]
			continue
		}
		kind, size := g.text[0], binary.BigEndian.Uint32(g.text[1:])
		if size < 4 || size > maxGreeting || kind == 'Z' || kind == 'E' {
			g.over, g.text = true, nil
			return 0
		}
		if len(g.text) < int(size)+1 {
			return 0
		}
		if kind == 'K' && size >= 8 {
			process := binary.BigEndian.Uint32(g.text[5:])
			g.over, g.text = true, nil
			return process
		}
		g.text = g.text[size+1:]
	}
	return 0
}
