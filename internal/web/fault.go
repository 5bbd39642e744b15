package web

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"

	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

// fault is a request that never reaches the API.
type fault struct {
	status        int
	code, message string
}

// refuse answers a request whose credential was not accepted.
func (o Options) refuse(w http.ResponseWriter, r *http.Request, id string, err error) {
	if errors.Is(err, pay.ErrUnauthenticated) {
		// The caller is not told why; the log is.
		o.Log.InfoContext(r.Context(), "credential refused", "reason", auth.Reason(err))
		w.Header().Set("WWW-Authenticate", "Bearer")
		writeFault(w, id, http.StatusUnauthorized, "UNAUTHENTICATED", "A valid credential is needed.")
		return
	}
	o.Log.Log(r.Context(), unlessGone(r, slog.LevelError), "authentication failed", "error", err)
	writeFault(w, id, http.StatusServiceUnavailable, "UNAVAILABLE", "The service cannot answer now.")
}

// writeFault answers in the shape of a GraphQL response.
func writeFault(w http.ResponseWriter, id string, status int, code, message string) {
	writeJSON(w, status, map[string]any{"errors": []any{map[string]any{
		"message":    message,
		"extensions": map[string]string{"code": code, "requestId": id},
	}}})
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body) // #nosec G104 -- who asked has hung up
}
