package web

import (
	"encoding/json"
	"net/http"
	"net/url"
)

// allowed are the methods of the API.
const allowed = "GET, POST, OPTIONS"

// checkMethod refuses what is no method of the API, and a GET whose parameters
// are malformed, as the GraphQL library would do without a code.
func checkMethod(r *http.Request) *fault {
	switch r.Method {
	case http.MethodPost, http.MethodOptions:
		return nil
	case http.MethodGet:
	default:
		return &fault{http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED", "The method must be GET or POST."}
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return &fault{http.StatusBadRequest, "GRAPHQL_PARSE_FAILED", "The URL's query is malformed."}
	}
	for _, name := range []string{"variables", "extensions"} {
		var object map[string]json.RawMessage
		if text := query.Get(name); text != "" && json.Unmarshal([]byte(text), &object) != nil {
			return &fault{http.StatusBadRequest, "GRAPHQL_PARSE_FAILED", "The parameter " + name + " must be a JSON object."}
		}
	}
	return nil
}

// linkAnswer is the answer to a GET. The library refuses mutations there, since a
// link must not change anything, with a status and a body of its own; here it
// becomes a fault like all others.
type linkAnswer struct {
	http.ResponseWriter
	requestID string
	refused   bool
}

// WriteHeader writes the whole refusal in place of the library's.
func (a *linkAnswer) WriteHeader(status int) {
	if status != http.StatusNotAcceptable {
		a.ResponseWriter.WriteHeader(status)
		return
	}
	a.refused = true
	a.Header().Set("Allow", http.MethodPost)
	writeFault(a.ResponseWriter, a.requestID, http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED", "A GET can only query. Send mutations with POST.")
}

// Write leaves out the body of a refusal, which WriteHeader wrote.
func (a *linkAnswer) Write(body []byte) (int, error) {
	if a.refused {
		return len(body), nil
	}
	return a.ResponseWriter.Write(body)
}
