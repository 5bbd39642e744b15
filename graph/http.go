package graph

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"math"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/paygraph/paygraph/graph/breadth"
	"github.com/paygraph/paygraph/internal/pay"
)

// The media types of answers. Callers of the first tell by the status whether a document
// was executed; those of the second tell by the answer, and get 200 for every request
// that is well formed.
const (
	mediaGraphQL = "application/graphql-response+json"
	mediaJSON    = "application/json"
	// mediaEvents is that of streams.
	mediaEvents = "text/event-stream"
)

// overHTTP answers documents that are sent by GET and POST, by the specification "GraphQL
// over HTTP". The library's own transports come close, but repeat a body that they cannot
// read, card data and all, and have statuses of their own.
type overHTTP struct{ costs costs }

var _ graphql.Transport = overHTTP{}

// Supports says whether the request is one of ours.
func (overHTTP) Supports(r *http.Request) bool {
	return r.Method == http.MethodGet || r.Method == http.MethodPost
}

// Do answers a request.
func (t overHTTP) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	ctx := r.Context()
	media := accepted(r.Header.Values("Accept"))
	if late := t.costs.admit(ctx); late != nil {
		turnAway(ctx, w, media, exec, late)
		return
	}
	request, bad := readRequest(t.costs, w, r)
	if bad != nil {
		bad.answer(ctx, w, media, exec)
		return
	}
	oc, faults := exec.CreateOperationContext(ctx, request)
	if becomesStream(ctx) {
		return // which begins anew, in a context that lasts
	}
	if faults != nil {
		turnAway(graphql.WithOperationContext(ctx, oc), w, media, exec, faults...)
		return
	}
	if r.Method == http.MethodGet && oc.Operation.Operation != ast.Query {
		// A link must not change anything: who follows one may not know what it does.
		w.Header().Set("Allow", http.MethodPost)
		fault := requestFault(codeMethodNotAllowed, "A GET can only query. Send mutations with POST.")
		respond(w, media, http.StatusMethodNotAllowed, exec.DispatchError(graphql.WithOperationContext(ctx, oc), gqlerror.List{fault}))
		return
	}
	responses, ctx := exec.DispatchOperation(ctx, oc)
	response := responses(ctx)
	if response == nil { // the time was over, or the caller gone, before it began
		respond(w, media, http.StatusServiceUnavailable, exec.DispatchError(ctx, gqlerror.List{gqlerror.Wrap(pay.ErrUnavailable)}))
		return
	}
	if limitsOf(ctx).written() && len(response.Data) > 0 {
		body := around(response)
		w.Header().Set("Content-Length", strconv.Itoa(len(body[0])+len(body[1])+len(body[2]))) // or it is sent in chunks, a packet more
		send(w, media, http.StatusOK, body[:]...)
		breadth.Reuse(response.Data)
		return
	}
	respond(w, media, http.StatusOK, response)
}

// answer says what is wrong with the request.
func (bad *badRequest) answer(ctx context.Context, w http.ResponseWriter, media string, exec graphql.GraphExecutor) {
	if bad.status == 0 {
		turnAway(ctx, w, media, exec, bad.fault)
		return
	}
	respond(w, media, bad.status, exec.DispatchError(ctx, gqlerror.List{bad.fault}))
}

// turnAway answers a request that is well formed and not executed, or not read.
func turnAway(ctx context.Context, w http.ResponseWriter, media string, exec graphql.GraphExecutor, faults ...*gqlerror.Error) {
	if late := (throttled{}); errors.As(faults[0], &late) {
		w.Header().Set("Retry-After", strconv.Itoa(late.seconds()))
	}
	respond(w, media, statusOf(faults[0], media), exec.DispatchError(ctx, faults[:min(len(faults), maxErrors)]))
}

// statusOf is the status of a request that is well formed and was not executed.
func statusOf(fault error, media string) int {
	switch {
	case errors.As(fault, new(throttled)):
		return http.StatusTooManyRequests
	case errors.Is(fault, pay.ErrUnavailable):
		return http.StatusServiceUnavailable // the document that it names could not be looked up
	case media == mediaGraphQL:
		return http.StatusBadRequest
	}
	return http.StatusOK
}

// respond writes a response.
func respond(w http.ResponseWriter, media string, status int, response *graphql.Response) {
	send(w, media, status, inJSON(response))
}

func send(w http.ResponseWriter, media string, status int, body ...[]byte) {
	w.Header().Set("Content-Type", media+"; charset=utf-8")
	w.WriteHeader(status)
	for _, part := range body {
		w.Write(part)
	}
}

// inJSON is a response as it is sent. One that was not executed has no data, not even null,
// which the library would write.
func inJSON(response *graphql.Response) []byte {
	return encoded(struct {
		Errors     gqlerror.List   `json:"errors,omitempty"`
		Data       json.RawMessage `json:"data,omitempty"`
		Extensions map[string]any  `json:"extensions,omitempty"`
	}{response.Errors, response.Data, response.Extensions})
}

// around is inJSON for data that are as encoding/json would write them, which takes as long
// as all that was done to make them: the data, and what stands around them. They are most of
// the answer, and not copied.
func around(response *graphql.Response) [3][]byte {
	before, after := "{", "}"
	if len(response.Errors) > 0 {
		before += `"errors":` + string(encoded(response.Errors)) + ","
	}
	if len(response.Extensions) > 0 {
		after = `,"extensions":` + string(encoded(response.Extensions)) + "}"
	}
	return [3][]byte{[]byte(before + `"data":`), response.Data, []byte(after)}
}

func encoded(value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // a resolver wrote what is no JSON; the library answers panics
	}
	return text
}

// accepted is the media type that a caller likes best; that of plain JSON for callers
// that like both, neither, or do not say.
func accepted(accept []string) string {
	best, most := mediaJSON, 0.0
	for media, liking := range likings(accept) {
		if liking <= most {
			continue
		}
		switch media {
		case mediaGraphQL:
			best, most = mediaGraphQL, liking
		case mediaJSON, "application/*", "*/*":
			best, most = mediaJSON, liking
		}
	}
	return best
}

// acceptsEvents says whether a caller accepts a stream of events, by its name, and
// whether it likes that better than an answer.
func acceptsEvents(accept []string) (atAll, best bool) {
	events, answer := 0.0, 0.0
	for media, liking := range likings(accept) {
		switch media {
		case mediaEvents:
			events = max(events, liking)
		case mediaGraphQL, mediaJSON, "application/*", "*/*":
			answer = max(answer, liking)
		}
	}
	return events > 0, events > answer
}

// likings are the media types that a caller names, in lower case, and how much it likes
// each. What cannot be read is left out.
func likings(accept []string) iter.Seq2[string, float64] {
	return func(yield func(string, float64) bool) {
		for part := range strings.SplitSeq(strings.Join(accept, ","), ",") {
			media, parameters, err := mime.ParseMediaType(part)
			if err != nil {
				continue
			}
			liking := 1.0
			if q, ok := parameters["q"]; ok {
				if liking, err = strconv.ParseFloat(q, 64); err != nil || math.IsNaN(liking) {
					continue
				}
			}
			if !yield(media, liking) {
				return
			}
		}
	}
}
