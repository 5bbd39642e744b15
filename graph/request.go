package graph

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/paygraph/paygraph/graph/guard"
)

// maxBody bounds a request in bytes: 100 orders with 2,000 lines in all fit in.
const maxBody = 2 << 20

// badRequest is a request that is not well formed, whatever its document.
type badRequest struct {
	status int
	fault  *gqlerror.Error
}

func malformed(status int, format string, args ...any) *badRequest {
	return &badRequest{status, requestFault(codeParseFailed, format, args...)}
}

// extensionDocumentID is where a request has the id that names its document, since what
// the library hands on has no place of its own for it. Only what readLink and parseBody
// read gets there, never an extension that a caller sent.
const extensionDocumentID = "documentId"

// readRequest reads what is to be executed: from the body, or from the link of a GET.
func readRequest(w http.ResponseWriter, r *http.Request) (*graphql.RawParams, *badRequest) {
	request, bad := &graphql.RawParams{}, (*badRequest)(nil)
	if r.Method == http.MethodGet {
		bad = readLink(r.URL.RawQuery, request)
	} else {
		bad = readBody(w, r, request)
	}
	request.Headers = r.Header
	return request, bad
}

func readLink(text string, into *graphql.RawParams) *badRequest {
	query, err := url.ParseQuery(text)
	if err != nil || !utf8.ValidString(query.Encode()) {
		return malformed(http.StatusBadRequest, "The URL's query is malformed.")
	}
	into.Query, into.OperationName = query.Get("query"), query.Get("operationName")
	for name, object := range map[string]*map[string]any{"variables": &into.Variables, "extensions": &into.Extensions} {
		if text := query.Get(name); text != "" && decode([]byte(text), object) != nil {
			return malformed(http.StatusBadRequest, "The parameter %s must be a JSON object.", name)
		}
	}
	var id *string
	if query.Has("documentId") {
		id = new(query.Get("documentId"))
	}
	return nameDocument(into, query.Has("query"), id)
}

// nameDocument notes the id that a request names its document by, nil where there is
// none; it refuses one that also sends a document, or does neither.
func nameDocument(request *graphql.RawParams, sends bool, id *string) *badRequest {
	delete(request.Extensions, extensionDocumentID)
	_, persisted := persistedQuery(request)
	switch {
	case sends && id != nil:
		return malformed(http.StatusBadRequest, "The request has query and documentId; send one of them.")
	case id != nil && *id == "":
		return malformed(http.StatusBadRequest, "The documentId is empty.")
	case !sends && id == nil && !persisted:
		return malformed(http.StatusBadRequest, "The request has no query.")
	case id != nil && request.Extensions == nil:
		request.Extensions = map[string]any{}
	}
	if id != nil {
		request.Extensions[extensionDocumentID] = *id
	}
	return nil
}

func readBody(w http.ResponseWriter, r *http.Request, into *graphql.RawParams) *badRequest {
	// Only JSON: a form posted from another site needs no permission to be sent.
	media, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if charset, ok := parameters["charset"]; err != nil || media != mediaJSON || ok && !strings.EqualFold(charset, "utf-8") {
		return malformed(http.StatusUnsupportedMediaType, "The content type must be application/json, in UTF-8.")
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	noteSent(r.Context(), len(raw))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return &badRequest{http.StatusRequestEntityTooLarge, requestFault(codeCostLimit, "The request is larger than 2 MiB.")}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &badRequest{http.StatusRequestTimeout, requestFault(codeUnavailable, "The request did not arrive in time. Send it again.")}
	case err != nil:
		return malformed(http.StatusBadRequest, "The request could not be read.")
	}
	return parseBody(raw, into)
}

func parseBody(raw []byte, into *graphql.RawParams) *badRequest {
	if refusal := guard.JSON(raw); refusal != nil {
		return &badRequest{http.StatusBadRequest, guarded(refusal)}
	}
	var query, documentID, operationName *string
	members := map[string]any{"query": &query, "documentId": &documentID, "operationName": &operationName,
		"variables": &into.Variables, "extensions": &into.Extensions}
	if !utf8.Valid(raw) || decodeMembers(raw, members) != nil {
		return malformed(http.StatusBadRequest, "The request must be a JSON object with query or documentId, and optionally operationName, variables and extensions.")
	}
	into.Query, into.OperationName = orNone(query), orNone(operationName)
	return nameDocument(into, query != nil, documentID)
}

// orNone is the text, or "" where there is none.
func orNone(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// decodeMembers reads members of an object by their exact names, and ignores the others.
// The decoder's own rules would let "Query" overwrite "query", which what stands before
// this server, and looks at requests, may not know.
func decodeMembers(text []byte, into map[string]any) error {
	var members map[string]json.RawMessage
	if err := decode(text, &members); err != nil {
		return err
	}
	for name, value := range into {
		if member, ok := members[name]; ok {
			if err := decode(member, value); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return nil
}

// decode reads one value of JSON and nothing after it. Numbers keep their digits.
func decode(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return errors.New("more than one value")
	}
	return nil
}
