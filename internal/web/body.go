package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"os"

	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

// maxBody bounds a request: 100 orders with 2,000 lines in all fit in.
const maxBody = 2 << 20

// fault is a request that never reaches the API.
type fault struct {
	status        int
	code, message string
}

// readBody reads a POST's body and checks its form, because the GraphQL
// library would repeat a body that is no JSON in its error, card data and all.
func readBody(w http.ResponseWriter, r *http.Request) (io.ReadCloser, *fault) {
	if r.Method != http.MethodPost {
		return r.Body, nil
	}
	// Only JSON: a form posted from another site needs no permission to be sent.
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return nil, &fault{http.StatusUnsupportedMediaType, "GRAPHQL_PARSE_FAILED", "The content type must be application/json."}
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, &fault{http.StatusRequestEntityTooLarge, "GRAPHQL_PARSE_FAILED", "The request is larger than 2 MiB."}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, &fault{http.StatusRequestTimeout, "UNAVAILABLE", "The request did not arrive in time. Send it again."}
	case err != nil:
		return nil, &fault{http.StatusBadRequest, "GRAPHQL_PARSE_FAILED", "The request could not be read."}
	}
	var request struct {
		Query         *string                    `json:"query"`
		OperationName *string                    `json:"operationName"`
		Variables     map[string]json.RawMessage `json:"variables"`
		Extensions    map[string]json.RawMessage `json:"extensions"`
	}
	if json.Unmarshal(raw, &request) != nil {
		return nil, &fault{http.StatusBadRequest, "GRAPHQL_PARSE_FAILED",
			"The request must be a JSON object with query, and optionally operationName, variables and extensions."}
	}
	if request.Query == nil {
		return nil, &fault{http.StatusBadRequest, "GRAPHQL_PARSE_FAILED", "The request has no query."}
	}
	return io.NopCloser(bytes.NewReader(raw)), nil
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
	json.NewEncoder(w).Encode(body)
}
