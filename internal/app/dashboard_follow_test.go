package app_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/paygraph/paygraph/internal/auth"
)

// door is one address before servers that come and go. While none is there, it hangs up
// on who knocks.
type door struct {
	url    string
	behind atomic.Pointer[url.URL]
	// knocks has one entry for each connection that found no server.
	knocks chan struct{}
}

func openDoor(t *testing.T) *door {
	t.Helper()
	d := &door{knocks: make(chan struct{}, 1000)}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(d.behind.Load()) }}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if d.behind.Load() != nil {
			proxy.ServeHTTP(w, r)
			return
		}
		d.knocks <- struct{}{}
		panic(http.ErrAbortHandler)
	}))
	t.Cleanup(server.Close)
	d.url = server.URL
	return d
}

// lead has the door lead to a server.
func (d *door) lead(t *testing.T, server string) {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	d.behind.Store(u)
}

// awaitKnocks waits until somebody came in vain so many times.
func (d *door) awaitKnocks(t *testing.T, n int) {
	t.Helper()
	for range n {
		select {
		case <-d.knocks:
		case <-t.Context().Done():
			t.Fatal("nobody comes back")
		}
	}
}

var toldCursor = regexp.MustCompile(`\(([^)]+)\)$`)

// TestDashboardFollows proves that the example for dashboards tells every event once and
// in order where no server is there when it begins, and where the one that it follows
// stops and another comes later.
func TestDashboardFollows(t *testing.T) {
	t.Parallel()
	if !*npm {
		t.Skip("needs Node; run make stream-check")
	}
	if _, err := os.Stat("../../examples/dashboard/dist/follow.js"); err != nil {
		t.Fatalf("the example is not compiled; run make stream-check: %v", err)
	}
	s, d := openShop(t), openDoor(t)
	first := s.api.Another(t)
	after := logOf(t, s.admin, nil).PageInfo.EndCursor
	s.make.PayWhole(s.sandbox, s.order(100))
	each := s.count(t, "payment_events")
	command := exec.CommandContext(t.Context(), "node", "../../examples/dashboard/dist/follow.js", d.url+"/graphql", after, fmt.Sprint(3*each))
	command.Env = append(os.Environ(), "PAYGRAPH_TOKEN="+s.api.Token(t, auth.Grant{}))
	lines, wait := linesOf(t, command)
	var told []string
	d.awaitKnocks(t, 2)
	d.lead(t, first.URL)
	for lines.Scan() {
		told = append(told, toldCursor.FindStringSubmatch(lines.Text())[1])
		switch len(told) {
		case each:
			d.behind.Store(nil)
			first.Stop(t)
			s.make.PayWhole(s.sandbox, s.order(200))
			d.awaitKnocks(t, 2)
			d.lead(t, s.api.URL)
		case 2 * each:
			s.make.PayWhole(s.sandbox, s.order(300))
		}
	}
	wait()
	var want []string
	for _, e := range wholeLog(t, s.admin, nil) {
		want = append(want, e.Cursor)
	}
	if !slices.Equal(told, want) {
		t.Errorf("the example tells %q, want %q", told, want)
	}
}
