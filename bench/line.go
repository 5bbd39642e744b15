package main

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"time"
)

// line is the connection of one client of a load, on which it asks one thing after the other.
// The load runs on the processors of the servers that it measures, and http.Client has two
// more goroutines for each connection, which hand each request and each answer over.
type line struct {
	conn net.Conn
	in   *bufio.Reader
	out  *bufio.Writer
	// unwatch ends the watch over the context.
	unwatch func() bool
	// last: the server has ended it behind the answer that is read now.
	last bool
}

// mostWaited is how long an answer may take.
const mostWaited = time.Minute

// Do is http.Client's, of requests without redirects to always the same server. The answer's
// body must be read to its end before the next request. The context's end ends the line.
func (l *line) Do(r *http.Request) (*http.Response, error) {
	if l.last {
		l.Close()
	}
	if l.conn == nil {
		if err := l.dial(r.Context(), r.URL.Host); err != nil {
			return nil, err
		}
	}
	if l.in.Buffered() > 0 {
		return nil, errors.New("the server answered more than it was asked")
	}
	if err := l.conn.SetDeadline(time.Now().Add(mostWaited)); err != nil {
		return nil, err
	}
	if err := r.Write(l.out); err != nil {
		return nil, err
	}
	if err := l.out.Flush(); err != nil {
		return nil, err
	}
	answer, err := http.ReadResponse(l.in, r)
	l.last = err == nil && answer.Close
	return answer, err
}

func (l *line) dial(ctx context.Context, host string) error {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", host)
	if err != nil {
		return err
	}
	l.conn, l.in, l.out = conn, bufio.NewReader(conn), bufio.NewWriter(conn)
	l.unwatch = context.AfterFunc(ctx, func() { conn.Close() })
	return nil
}

// Close ends the line.
func (l *line) Close() {
	if l.conn != nil {
		l.unwatch()
		l.conn.Close()
		l.conn, l.last = nil, false
	}
}
