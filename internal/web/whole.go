package web

import (
	"context"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
)

// Whole has a server send answers whole over the connections that come in at l. net/http sends
// what does not fit into its buffer of 4 KiB in two parts: two calls of the system, each of
// which hands packets to the other end and wakes it, a twentieth of what a list costs.
func Whole(server *http.Server, l net.Listener) net.Listener {
	server.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		return context.WithValue(ctx, wholeConnKey{}, c)
	}
	return wholeListener{l}
}

type wholeConnKey struct{}

type wholeListener struct{ net.Listener }

func (l wholeListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if tcp, ok := c.(*net.TCPConn); ok {
		return &wholeConn{TCPConn: tcp}, err
	}
	return c, err
}

// wholeConn is a connection that can hold back what is sent until there is more. What it embeds
// has methods that net/http looks for, such as CloseWrite.
type wholeConn struct {
	*net.TCPConn
	// held is what was not sent yet; without any, all is sent at once.
	held *[]byte
}

// mostHeld is how much is held back, in bytes; what is longer is not worth to be copied.
const mostHeld = 16 << 10

var heldBuffers = sync.Pool{New: func() any {
	buffer := make([]byte, 0, mostHeld)
	return &buffer
}}

// hold holds back what is sent until release.
func (c *wholeConn) hold() { c.held = heldBuffers.Get().(*[]byte) }

// release sends what was held back, and then all at once.
func (c *wholeConn) release() {
	held := c.held
	c.held = nil
	if len(*held) > 0 {
		if _, err := c.TCPConn.Write(*held); err != nil {
			c.Close() // #nosec G104 -- net/http, which takes it for sent, finds it closed
		}
	}
	*held = (*held)[:0]
	heldBuffers.Put(held)
}

func (c *wholeConn) Write(part []byte) (int, error) {
	if c.held == nil {
		return c.TCPConn.Write(part)
	}
	before := len(*c.held)
	if before+len(part) <= mostHeld {
		*c.held = append(*c.held, part...)
		return len(part), nil
	}
	both := net.Buffers{*c.held, part}
	sent, err := both.WriteTo(c.TCPConn)
	*c.held = (*c.held)[:0]
	return int(max(0, sent-int64(before))), err
}

// ReadFrom is part of io.ReaderFrom, which net/http looks for.
func (c *wholeConn) ReadFrom(r io.Reader) (int64, error) {
	if c.held == nil {
		return c.TCPConn.ReadFrom(r)
	}
	return io.Copy(struct{ io.Writer }{c}, r)
}

// leastWhole is how long an answer is, in bytes, from which on net/http would send it in parts:
// its header stands in the same buffer.
const leastWhole = 3 << 10

// wholeAnswer is an answer while it is held back; the zero value is none.
type wholeAnswer struct {
	conn *wholeConn
	left int
}

// begin holds an answer back that says how long it is.
func (a *wholeAnswer) begin(ctx context.Context, header http.Header) {
	length, err := strconv.Atoi(header.Get("Content-Length"))
	if err != nil || length < leastWhole {
		return
	}
	if conn, ok := ctx.Value(wholeConnKey{}).(*wholeConn); ok && conn.held == nil {
		*a = wholeAnswer{conn, length}
		conn.hold()
	}
}

// wrote counts what was written of it, and says whether that was the last.
func (a *wholeAnswer) wrote(bytes int) (all bool) {
	a.left -= bytes
	return a.conn != nil && a.left <= 0
}

// end sends it. Who wrote less than was said, or broke, gets no more held back.
func (a *wholeAnswer) end(flush func()) {
	if a.conn != nil {
		flush()
		a.conn.release()
		*a = wholeAnswer{}
	}
}
