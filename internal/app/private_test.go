package app_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/pg"
)

// newPrivate is a command with a data directory of its own and no DATABASE_URL.
func newPrivate(t *testing.T) command {
	t.Helper()
	dir, err := os.MkdirTemp("", "private-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil { // for root's PostgreSQL, which t.TempDir keeps out
		t.Fatal(err)
	}
	return command{env: map[string]string{"PAYGRAPH_DATA_DIR": dir, "PAYGRAPH_ADDR": "127.0.0.1:0"}}
}

// own runs the private PostgreSQL as another process would; stop ends it.
func (c command) own(t *testing.T) (stop func()) {
	t.Helper()
	s, err := pg.Open(t.Context(), pg.Options{Dir: c.env["PAYGRAPH_DATA_DIR"]})
	if err != nil {
		t.Fatal(err)
	}
	if !s.Owner() {
		t.Error("another process runs PostgreSQL already")
	}
	stop = func() { s.Stop(context.WithoutCancel(t.Context())) }
	t.Cleanup(stop)
	return stop
}

// assertFree fails the test unless nothing runs the private PostgreSQL any more.
func (c command) assertFree(t *testing.T) {
	t.Helper()
	if _, err := pg.Attach(t.Context(), pg.Options{Dir: c.env["PAYGRAPH_DATA_DIR"]}); !errors.Is(err, pg.ErrNotRunning) {
		t.Errorf("PostgreSQL still runs: %v", err)
	}
}

// awaitReady asks until the server that greeted is ready, and returns how long
// that took.
func awaitReady(t *testing.T, greeting string) time.Duration {
	t.Helper()
	url := strings.TrimSuffix(line(greeting, "API "), "/graphql") + "/readyz"
	begin := time.Now()
	for ; ; time.Sleep(10 * time.Millisecond) {
		got := call(t, http.MethodGet, url, "", "", "")
		if took := time.Since(begin); got.status == http.StatusOK {
			return took
		} else if took > 3*time.Second {
			t.Fatalf("not ready after %s: %d %s", took, got.status, got.body)
		}
	}
}

// TestTakeOver proves that a server that found the private PostgreSQL run by
// another process takes it over when that ends, at whatever moment of its start.
func TestTakeOver(t *testing.T) {
	t.Parallel()
	c := newPrivate(t)
	_, stop := serve(t, c, "Token ") // makes the demo company
	if code := stop(); code != 0 {
		t.Fatalf("exit %d", code)
	}
	for _, moment := range []time.Duration{0, 20, 40, 80, 160} {
		end := c.own(t)
		ended := make(chan struct{})
		time.AfterFunc(moment*time.Millisecond, func() { defer close(ended); end() })
		greeting, stop := serve(t, c, "Token ")
		<-ended
		if took := awaitReady(t, greeting); took > 10*time.Second {
			t.Errorf("owner that ends after %d ms: ready again after %s", moment, took)
		}
		if status, body := ask(t, line(greeting, "API "), line(greeting, "Token "), `{ payments(first: 1) { totalCount } }`); status != http.StatusOK || strings.Contains(body, "errors") {
			t.Errorf("after the takeover: %d %s", status, body)
		}
		if code := stop(); code != 0 {
			t.Errorf("exit %d", code)
		}
		c.assertFree(t)
	}
}

// TestSeveralServers proves that of several servers one after the other runs the
// private PostgreSQL, until the last is stopped.
func TestSeveralServers(t *testing.T) {
	t.Parallel()
	c := newPrivate(t)
	var greetings [3]string
	var stops [3]func() int
	for i := range stops {
		greetings[i], stops[i] = serve(t, c, "Token ")
	}
	for i, stop := range stops {
		if code := stop(); code != 0 {
			t.Errorf("server %d: exit %d", i, code)
		}
		for _, left := range greetings[i+1:] {
			awaitReady(t, left)
		}
	}
	c.assertFree(t)
}
