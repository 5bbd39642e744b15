package store

import (
	"bufio"
	"context"
	"net"
	"time"
)

// Limits on a network that lets nothing through any more and tells nobody: without
// them a request waits for an answer for as long as the system repeats its packets,
// a quarter of an hour.
const (
	dialTimeout = 5 * time.Second
	// unacknowledged is how long what was sent may stay without any sign that it
	// arrived: longer than a statement may take, which is a different thing.
	unacknowledged = 10 * time.Second
)

// keepAlive notices within half a minute that nobody is at the other end of a
// connection on which nothing is said.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3}

// Patience is how long requests wait for the database's answer to a statement, which
// the server itself ends sooner while it works.
const Patience = 12 * time.Second

// dialer opens the connections of the driver. Without patience, zero, an answer may take
// as long as it takes.
type dialer struct {
	*net.Dialer
	patience time.Duration
}

// DialContext is part of the driver's interface.
func (d dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := d.Dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if s, ok := ctx.Value(socketKey{}).(*socket); ok { // the driver calls once more to cancel a statement
		*s = socket{address: conn.LocalAddr()}
		conn = greetedConn{conn, s}
	}
	if d.patience > 0 {
		conn = patientConn{conn, d.patience}
	}
	return bufferedConn{conn, bufio.NewReaderSize(conn, ahead)}, nil
}

// DialTimeout is part of the driver's interface.
func (d dialer) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return d.DialContext(ctx, network, address)
}

// ahead is how many bytes are read at once, if there are as many: the driver asks for four
// times less, again and again, and a page of payments with all that hangs on it is 50 KiB.
const ahead = 16 << 10

// bufferedConn is read ahead.
type bufferedConn struct {
	net.Conn
	in *bufio.Reader
}

func (c bufferedConn) Read(into []byte) (int, error) { return c.in.Read(into) }

// patientConn gives an answer up that does not come: the driver notices the end of a
// context only once the server answers, and one that hangs never does.
type patientConn struct {
	net.Conn
	patience time.Duration
}

func (c patientConn) Read(into []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(c.patience)); err != nil {
		return 0, err
	}
	return c.Conn.Read(into)
}

func (c patientConn) Write(from []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(c.patience)); err != nil {
		return 0, err
	}
	return c.Conn.Write(from)
}
