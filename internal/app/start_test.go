package app_test

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// newStuck is a server whose start waits for another process that owns the
// private PostgreSQL and never starts it.
func newStuck(t *testing.T) command {
	t.Helper()
	c := newPrivate(t)
	owner, err := os.Create(filepath.Join(c.env["PAYGRAPH_DATA_DIR"], "owner.lock"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { owner.Close() })
	if err := syscall.Flock(int(owner.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c.env["PAYGRAPH_ADDR"] = free.Addr().String()
	free.Close()
	return c
}

// TestDuringStart proves that a server that starts answers that it is alive and
// not ready, lets nobody wait, and says nothing when it is stopped.
func TestDuringStart(t *testing.T) {
	t.Parallel()
	c := newStuck(t)
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	type result struct {
		code           int
		stdout, stderr string
	}
	ended := make(chan result, 1)
	go func() {
		code, stdout, stderr := c.run(ctx, "serve")
		ended <- result{code, stdout, stderr}
	}()
	for { // until the listener is open
		connection, err := net.Dial("tcp", c.env["PAYGRAPH_ADDR"])
		if err == nil {
			connection.Close()
			break
		}
		select {
		case got := <-ended: // another process may have been given the port
			t.Fatalf("ended: %+v", got)
		case <-time.After(5 * time.Millisecond):
		}
	}
	for path, want := range map[string]int{"/healthz": http.StatusOK, "/readyz": http.StatusServiceUnavailable,
		"/graphql": http.StatusServiceUnavailable, "/": http.StatusServiceUnavailable} {
		got := call(t, http.MethodGet, "http://"+c.env["PAYGRAPH_ADDR"]+path, "", "", "")
		if got.status != want || got.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %d %s, want %d", path, got.status, got.body, want)
		}
		if path == "/graphql" && (!strings.Contains(got.body, `"code":"UNAVAILABLE"`) || !strings.Contains(got.body, `"requestId"`)) {
			t.Errorf("API: %s", got.body)
		}
	}
	stop()
	if got := <-ended; got != (result{}) {
		t.Errorf("stopped during the start: %+v", got)
	}
}

// TestClickableAddress proves that a server that listens on all addresses
// greets with one that a browser can go to.
func TestClickableAddress(t *testing.T) {
	t.Parallel()
	c := newCommand(t)
	c.env["PAYGRAPH_DEV"] = "true"
	c.env["PAYGRAPH_ADDR"] = ":0"
	greeting, stop := serve(t, c, "Token ")
	if address := line(greeting, "API "); !strings.HasPrefix(address, "http://127.0.0.1:") {
		t.Errorf("API at %s", address)
	} else if page := get(t, strings.TrimSuffix(address, "/graphql")+"/healthz"); !strings.Contains(page, "ok") {
		t.Errorf("healthz: %s", page)
	}
	if code := stop(); code != 0 {
		t.Errorf("exit %d", code)
	}
}

// TestUnusableDataDirectory proves that the message names the variable to change,
// whether the secret or the database comes first.
func TestUnusableDataDirectory(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, filepath.Join(file, "below")} {
		c := command{env: map[string]string{"PAYGRAPH_DATA_DIR": dir, "PAYGRAPH_ADDR": "127.0.0.1:0"}}
		for _, name := range []string{"serve", "migrate"} {
			code, stdout, stderr := c.run(t.Context(), name)
			if code != 1 || stdout != "" || !strings.Contains(stderr, "PAYGRAPH_DATA_DIR: ") || !strings.Contains(stderr, file) {
				t.Errorf("%s in %s: exit %d, %q", name, dir, code, stderr)
			}
		}
	}
}
