package graph

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
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
var maxBody = bound{2 << 20, "The request is larger than 2 MiB."}

// bound is how many bytes a request may have, and what is said of one that has more.
type bound struct {
	bytes   int64
	message string
}

// badRequest is a request that is not well formed, whatever its document; or, without a
// status, one that is turned away before it is seen what it is.
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
func readRequest(c costs, w http.ResponseWriter, r *http.Request) (*graphql.RawParams, *badRequest) {
	request, bad := &graphql.RawParams{}, (*badRequest)(nil)
	if r.Method == http.MethodGet {
		bad = readLink(r.URL.RawQuery, request)
	} else {
		bad = readBody(c, w, r, maxBody, request)
	}
	request.Headers = r.Header
	return request, bad
}

func readLink(text string, into *graphql.RawParams) *badRequest {
	query, err := url.ParseQuery(text)
	if err != nil || !utf8.ValidString(query.Encode()) {
		return malformed(http.StatusBadRequest, "The URL's query is malformed.")
	}
	for _, name := range []string{"query", "documentId", "operationName", "variables", "extensions"} {
		if len(query[name]) > 1 {
			return malformed(http.StatusBadRequest, "The parameter %s must stand once.", name)
		}
	}
	into.Query, into.OperationName = query.Get("query"), query.Get("operationName")
	for name, object := range map[string]*map[string]any{"variables": &into.Variables, "extensions": &into.Extensions} {
		text := query.Get(name)
		if refusal := guard.JSON([]byte(text)); refusal != nil {
			return &badRequest{http.StatusBadRequest, guarded(refusal)}
		}
		if text != "" && decode([]byte(text), object) != nil {
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
	hash, persisted := persistedQuery(request)
	request.Extensions = map[string]any{} // what nobody reads would be kept as long as a stream lasts
	if persisted {
		request.Extensions["persistedQuery"] = map[string]any{"sha256Hash": hash}
	}
	switch {
	case sends && id != nil:
		return malformed(http.StatusBadRequest, "The request has query and documentId; send one of them.")
	case id != nil && *id == "":
		return malformed(http.StatusBadRequest, "The documentId is empty.")
	case !sends && id == nil && !persisted:
		return malformed(http.StatusBadRequest, "The request has no query.")
	}
	if id != nil {
		request.Extensions[extensionDocumentID] = *id
	}
	return nil
}

func readBody(c costs, w http.ResponseWriter, r *http.Request, most bound, into *graphql.RawParams) *badRequest {
	// Only JSON: a form posted from another site needs no permission to be sent.
	media, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if charset, ok := parameters["charset"]; err != nil || media != mediaJSON || ok && !strings.EqualFold(charset, "utf-8") {
		return malformed(http.StatusUnsupportedMediaType, "The content type must be application/json, in UTF-8.")
	}
	if coding := r.Header.Values("Content-Encoding"); len(coding) > 0 && !(len(coding) == 1 && strings.EqualFold(coding[0], "identity")) {
		return malformed(http.StatusUnsupportedMediaType, "A request must not be compressed; send it without Content-Encoding.")
	}
	raw, err := readAll(http.MaxBytesReader(w, r.Body, most.bytes), r.ContentLength)
	noteSent(r.Context(), len(raw))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return &badRequest{http.StatusRequestEntityTooLarge, requestFault(codeCostLimit, "%s", most.message)}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &badRequest{http.StatusRequestTimeout, requestFault(codeUnavailable, "The request did not arrive in time. Send it again.")}
	case err != nil:
		return malformed(http.StatusBadRequest, "The request could not be read.")
	}
	end, late := c.parse(r.Context(), len(raw))
	if late != nil {
		return &badRequest{fault: late}
	}
	defer end()
	return parseBody(raw, into)
}

// usualBody is as long as most requests are, in bytes: room for one that says so is made at once.
const usualBody = 8 << 10

// readAll reads a body that is said to be so long; -1 where nothing is said.
func readAll(body io.Reader, length int64) ([]byte, error) {
	if length < 0 || length > usualBody {
		return io.ReadAll(body)
	}
	all := bytes.NewBuffer(make([]byte, 0, length+bytes.MinRead))
	_, err := all.ReadFrom(body)
	return all.Bytes(), err
}

func parseBody(raw []byte, into *graphql.RawParams) *badRequest {
	if refusal := guard.JSON(raw); refusal != nil {
		return &badRequest{http.StatusBadRequest, guarded(refusal)}
	}
	var query, documentID, operationName *string
	members := map[string]any{"query": &query, "documentId": &documentID, "operationName": &operationName,
		"variables": &into.Variables, "extensions": &into.Extensions}
	if !utf8.Valid(raw) || decodeMembers(raw, members) != nil {
		return malformed(http.StatusBadRequest, "The request must be a JSON object with query or documentId, and optionally operationName, variables and extensions, each once.")
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

// decodeMembers reads members of an object by their exact names, ignores the others, and
// refuses one that stands there twice. The decoder's own rules would let "Query" and a second
// "query" overwrite the first, which what stands before this server, and looks at requests,
// may not know.
func decodeMembers(text []byte, into map[string]any) error {
	if !json.Valid(text) || bytes.TrimLeft(text, " \t\r\n")[0] != '{' {
		return errors.New("not an object")
	}
	seen := map[string]bool{}
	for quoted, value := range membersOf(text) {
		var name string
		if err := json.Unmarshal(quoted, &name); err != nil {
			return err
		}
		if seen[name] {
			return errors.New("a name stands twice")
		}
		seen[name] = true
		var err error
		switch to := into[name].(type) {
		case nil:
		case **string: // has no digits to keep, for which the document would be copied once more
			err = json.Unmarshal(value, to)
		default:
			err = decode(value, to)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// membersOf are the members of an object, in valid JSON: the name, with its quotes, and the
// value.
func membersOf(object []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		var name []byte
		start, depth := 0, 0
		for i := 0; i < len(object); i++ {
			switch object[i] {
			case '"':
				for i++; object[i] != '"'; i++ {
					if object[i] == '\\' {
						i++
					}
				}
			case ':':
				if depth == 1 {
					name, start = bytes.TrimSpace(object[start:i]), i+1
				}
			case '{', '[':
				if depth++; depth == 1 {
					start = i + 1
				}
			case ',', '}', ']':
				outer := depth == 1
				if object[i] != ',' {
					depth--
				}
				if outer && name != nil {
					if !yield(name, bytes.TrimSpace(object[start:i])) {
						return
					}
					name, start = nil, i+1
				}
			}
		}
	}
}

// decode reads one value of JSON and nothing after it. Numbers keep their digits.
func decode(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	return ended(decoder)
}

// ended is an error where something comes after the value that was read.
func ended(decoder *json.Decoder) error {
	if _, err := decoder.Token(); err != io.EOF {
		return errors.New("more than one value")
	}
	return nil
}
