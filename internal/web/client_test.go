package web_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/paygraph/paygraph/internal/web"
)

// unseen observes nothing.
type unseen struct{}

func (unseen) Request(ctx context.Context, _ string, _ http.Header) (context.Context, func(int, string, string)) {
	return ctx, func(int, string, string) {}
}

// TestHandshakeAddress proves which address a handshake is counted for: behind trusted
// proxies the last that is none of theirs, and never one that the client itself wrote.
func TestHandshakeAddress(t *testing.T) {
	t.Parallel()
	var trusted []netip.Prefix
	for _, network := range []string{"10.0.0.0/8", "fd00::/8"} {
		trusted = append(trusted, netip.MustParsePrefix(network))
	}
	var got string
	handler := web.Handler(web.Options{TrustedProxies: trusted, Observer: unseen{}, Log: slog.New(slog.DiscardHandler),
		API: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.RemoteAddr })})
	for _, c := range []struct {
		from      string
		forwarded []string
		want      string
	}{
		{"192.0.2.1:4000", nil, "192.0.2.1"},
		{"192.0.2.1:4000", []string{"198.51.100.7"}, "192.0.2.1"},
		{"10.0.0.1:4000", nil, "10.0.0.1"},
		{"10.0.0.1:4000", []string{"198.51.100.7"}, "198.51.100.7"},
		{"10.0.0.1:4000", []string{"203.0.113.9, 198.51.100.7"}, "198.51.100.7"},
		{"10.0.0.1:4000", []string{"203.0.113.9", "198.51.100.7 , 10.2.0.1"}, "198.51.100.7"},
		{"10.0.0.1:4000", []string{"198.51.100.7, unknown, 10.2.0.1"}, "10.2.0.1"},
		{"10.0.0.1:4000", []string{"10.3.0.1,10.2.0.1"}, "10.3.0.1"},
		{"[fd00::1]:4000", []string{"[2001:db8::5]:70"}, "2001:db8::5"},
		{"[::ffff:10.0.0.1]:4000", []string{"198.51.100.7:70"}, "198.51.100.7"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/graphql", nil)
		r.RemoteAddr = c.from
		r.Header = http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="},
			"Sec-Websocket-Protocol": {"graphql-transport-ws"}, "X-Forwarded-For": c.forwarded}
		got = ""
		handler.ServeHTTP(httptest.NewRecorder(), r)
		if got != c.want {
			t.Errorf("from %s, forwarded for %q: %q, want %q", c.from, c.forwarded, got, c.want)
		}
	}
}
