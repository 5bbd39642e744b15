package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// What pages of other origins may send, and read of answers besides their bodies. Browsers
// ask for leave first, by a request without credential (CORS, in the Fetch standard).
const (
	sharedMethods = "GET, POST"
	sharedHeaders = "Authorization, Content-Type, Idempotency-Key, traceparent, tracestate"
	readHeaders   = "Retry-After, X-Request-Id"
	// leaveSeconds is how long a browser need not ask again. An origin that is taken out of
	// the list is refused all the same, since no answer names it any more.
	leaveSeconds = "600"
)

// share lets pages of the origins of the list read the answer, and says whether the request
// was a browser's question for leave, which is answered then. Leave for cookies is never
// given: nobody is known by one.
func (o Options) share(w http.ResponseWriter, r *http.Request) (answered bool) {
	h := w.Header()
	h.Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if !o.isListed(origin) || len(r.Header.Values("Origin")) > 1 {
		return false
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Expose-Headers", readHeaders)
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	h.Set("Access-Control-Allow-Methods", sharedMethods)
	h.Set("Access-Control-Allow-Headers", sharedHeaders)
	h.Set("Access-Control-Max-Age", leaveSeconds)
	w.WriteHeader(http.StatusNoContent)
	return true
}

// isListed says whether an origin is one of the list.
func (o Options) isListed(origin string) bool {
	return origin != "" && slices.Contains(o.Origins, strings.ToLower(origin))
}

// isOurs says whether an origin is the server's own or one of those that may. Programs
// that are no browsers have none.
func (o Options) isOurs(origin, host string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, host) || o.isListed(origin)
}
