package web

import (
	"encoding/base64"
	"net/http"
	"strings"
)

// socketProtocol is what websockets of this server speak.
const socketProtocol = "graphql-transport-ws"

// isHandshake says whether a request wants to become a websocket.
func isHandshake(r *http.Request) bool {
	return r.Method == http.MethodGet && hasToken(r.Header, "Connection", "upgrade") && hasToken(r.Header, "Upgrade", "websocket")
}

// hasToken says whether a header lists a word, in whatever case.
func hasToken(h http.Header, name, word string) bool {
	for _, value := range h.Values(name) {
		for item := range strings.SplitSeq(value, ",") {
			if strings.EqualFold(strings.TrimSpace(item), word) {
				return true
			}
		}
	}
	return false
}

// checkHandshake refuses a websocket that cannot be: the library would answer in a form
// of its own, and write what the caller sent to the log. A page of another site is
// refused, unless its origin is one of those that may.
func (o Options) checkHandshake(r *http.Request) *fault {
	key, err := base64.StdEncoding.DecodeString(r.Header.Get("Sec-WebSocket-Key"))
	if err != nil || len(key) != 16 || len(r.Header.Values("Sec-WebSocket-Key")) != 1 || r.Header.Get("Sec-WebSocket-Version") != "13" || !r.ProtoAtLeast(1, 1) {
		return &fault{http.StatusBadRequest, "GRAPHQL_PARSE_FAILED", "The handshake is not one of the websocket protocol, version 13."}
	}
	if !hasToken(r.Header, "Sec-WebSocket-Protocol", socketProtocol) {
		return &fault{http.StatusBadRequest, "GRAPHQL_PARSE_FAILED", "The websocket must offer the protocol " + socketProtocol + "."}
	}
	if origin := r.Header.Get("Origin"); origin != "" && !o.isOurs(origin, r.Host) {
		return &fault{http.StatusForbidden, "FORBIDDEN", "Pages of this origin may not open websockets here."}
	}
	return nil
}

// openSocket hands a handshake over to the API. Who sends a credential with it is told
// at once when it is not good; the others send theirs as the first message.
func (o Options) openSocket(a *access) {
	r := a.request
	if fault := o.checkHandshake(r); fault != nil {
		writeFault(a, a.id, fault.status, fault.code, fault.message)
		return
	}
	if authorization := r.Header.Get("Authorization"); authorization != "" {
		if _, err := o.Authenticator.Authenticate(r.Context(), authorization); err != nil {
			o.refuse(a, r, a.id, err)
			return
		}
	}
	r.RemoteAddr = o.clientAddress(r) // by which those are counted who did not say yet who they are
	o.API.ServeHTTP(a, r)
}
