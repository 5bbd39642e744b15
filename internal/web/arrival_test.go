package web_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/web"
)

// seen tells what a server has seen of its callers: that one connected, and that one's
// request has come as far as its handler.
type seen struct{ connected, handled chan struct{} }

// listen runs a server that answers with the length of the body that it got; it
// reads none for /unread, and works on it for /work.
func listen(t *testing.T, work func(*http.Request)) (*http.Server, string, seen) {
	t.Helper()
	s := seen{make(chan struct{}, 10), make(chan struct{}, 10)}
	mux := http.NewServeMux()
	mux.HandleFunc("/unread", func(w http.ResponseWriter, _ *http.Request) {
		s.handled <- struct{}{}
		fmt.Fprint(w, "unread")
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.handled <- struct{}{}
		body, err := io.ReadAll(r.Body)
		if err == nil && r.URL.Path == "/work" {
			work(r)
		}
		fmt.Fprint(w, len(body), " ", err)
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := web.NewServer(mux, slog.New(slog.DiscardHandler))
	server.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.connected <- struct{}{}
		}
	}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	return server, listener.Addr().String(), s
}

// dial sends the beginning of a request and waits until the server has seen it. That a
// connection is active does not say so: a server that stops then still drops its request.
func dial(t *testing.T, address, text string, s seen) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	<-s.connected
	if strings.Contains(text, "\r\n\r\n") {
		<-s.handled
	}
	return c
}

func post(path, rest string) string {
	return "POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n" + rest
}

// TestHalfSentRequestsEndSoon proves that requests that never arrive as a whole
// keep a server from stopping for a few seconds only, wherever they break off.
func TestHalfSentRequestsEndSoon(t *testing.T) {
	t.Parallel()
	for name, sent := range map[string]string{
		"nothing": "", "headers": post("/", ""), "no body": post("/", "\r\n"), "part of a body": post("/", "\r\n12345"),
		"body that nobody reads": post("/unread", "\r\n12345"), "body that waits for leave": post("/unread", "Expect: 100-continue\r\n\r\n"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, address, s := listen(t, nil)
			dial(t, address, sent, s)
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			most := 5 * time.Second
			if !strings.Contains(sent, "\r\n\r\n") {
				most += server.ReadHeaderTimeout
			}
			began := time.Now()
			if err := server.Shutdown(ctx); err != nil || time.Since(began) > most {
				t.Errorf("stopped after %s: %v", time.Since(began), err)
			}
		})
	}
}

// TestStopFinishesRequests proves that a request which is here when the server
// stops is worked on for as long as it takes, and that the rest of one that is on
// its way still arrives.
func TestStopFinishesRequests(t *testing.T) {
	t.Parallel()
	working, stopped := make(chan struct{}), make(chan error, 1)
	server, address, s := listen(t, func(r *http.Request) {
		close(working)
		select {
		case <-r.Context().Done():
			t.Error("the work was cut off")
		case <-time.After(3 * time.Second): // longer than a request may take to arrive
		}
	})
	late := dial(t, address, post("/work", "\r\n12345"), s)
	stopping := make(chan struct{})
	server.RegisterOnShutdown(func() { close(stopping) })
	go func() { stopped <- server.Shutdown(t.Context()) }()
	<-stopping
	if _, err := io.WriteString(late, "67890"); err != nil {
		t.Fatal(err)
	}
	select {
	case <-working:
	case <-time.After(20 * time.Second):
		t.Fatal("the rest did not arrive")
	}
	response, err := http.ReadResponse(bufio.NewReader(late), nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if string(body) != "10 <nil>" || err != nil {
		t.Errorf("answered %q, %v", body, err)
	}
	if err := <-stopped; err != nil {
		t.Errorf("stop: %v", err)
	}
}
