package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// ask asks a server the same thing so many times, and says what came of it.
func ask(t *testing.T, url string, times int) error {
	t.Helper()
	_, err := Put(t.Context(), func(n int) *http.Request {
		if n >= times {
			return nil
		}
		r, err := http.NewRequest(http.MethodPost, url, strings.NewReader("{}"))
		if err != nil {
			t.Error(err)
		}
		return r
	}, 1, time.Minute)
	return err
}

// TestAnswers proves that only an answer with data, all of it and no errors counts as one.
func TestAnswers(t *testing.T) {
	t.Parallel()
	for answer, fine := range map[string]bool{
		"200 OK\r\nContent-Length: 13\r\n\r\n{\"data\":null}":                                               false,
		"200 OK\r\nContent-Length: 31\r\n\r\n{\"data\":{},\"errors\": [{\"a\":1}]}  ":                       false,
		"200 OK\r\nContent-Length: 50\r\n\r\n{\"data\":{}}":                                                 false,
		"200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n{\"data\":{}}\r\n":                                false,
		"200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n{\"data\":{}}\r\n0\r\n\r\n":                       true,
		"200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: A\r\n\r\nb\r\n{\"data\":{}}\r\n0\r\nA: b\r\n\r\n": true,
		"200 OK\r\nConnection: close\r\n\r\n{\"data\":{}}":                                                  true,
		"200 OK\r\nConnection: close\r\n\r\n{\"data\":{":                                                    false,
		"204 No Content\r\n\r\n": false,
		"500 Internal Server Error\r\nContent-Length: 11\r\n\r\n{\"data\":{}}": false,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			fmt.Fprint(conn, "HTTP/1.1 ", answer)
		}))
		if err := ask(t, server.URL, 1); (err == nil) != fine {
			t.Errorf("%q: %v", answer, err)
		}
		server.Close()
	}
}

// TestEndedLine proves that a client goes on where the server ends each connection, and keeps
// none of them open: this one takes the next when the last is closed.
func TestEndedLine(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if _, err := http.ReadRequest(bufio.NewReader(conn)); err != nil {
				t.Error(err)
			}
			fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 11\r\n\r\n{\"data\":{}}")
			io.Copy(io.Discard, conn)
			conn.Close()
		}
	}()
	if err := ask(t, "http://"+l.Addr().String(), 50); err != nil {
		t.Error(err)
	}
}
