package web

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/paygraph/paygraph/internal/pay"
)

// Observer is told of every request to the API and every delivery of a provider.
type Observer interface {
	// Request begins one; route is its path as the program has it, without what callers
	// put there. The request runs in the context that is returned. done is told its
	// HTTP status and, unless an operation of the API was counted for it, the operation
	// and outcome to count.
	Request(ctx context.Context, route string, header http.Header) (_ context.Context, done func(status int, operation, outcome string))
}

// operationWebhook is what deliveries are called, which are no operations of the API.
const operationWebhook = "webhook"

// access is one request on its way to its line in the log. It stands before the
// connection, to see the status that is sent.
type access struct {
	http.ResponseWriter
	log     *slog.Logger
	request *http.Request
	done    func(status int, operation, outcome string)
	began   time.Time
	// id is the request's, as the caller is told it.
	id string
	// operation is what to call the request when nothing more is noted of it.
	operation string
	status    int
	whole     wholeAnswer
	// actor is who calls, once that is known.
	actor pay.Actor
}

// begin gives a request its id, by which everything that is said of it names it. The
// caller goes on with access as the writer and its request, and ends it.
func (o Options) begin(w http.ResponseWriter, r *http.Request, route, operation string) *access {
	a := &access{ResponseWriter: w, log: o.Log, began: time.Now(), id: pay.NewID().String(), operation: operation}
	w.Header().Set("X-Request-Id", a.id)
	ctx, done := o.Observer.Request(pay.WithRequest(r.Context(), a.id), route, r.Header)
	a.request, a.done = r.WithContext(ctx), done
	return a
}

// end writes the line. It says who called, what for, and what came of it; of the
// request itself, its headers, document and variables, it has nothing.
func (a *access) end() {
	a.whole.end(a.Flush)
	ctx := a.request.Context()
	operation, outcome := pay.OutcomeOf(ctx)
	if a.actor.Role == "" { // of a websocket, whose first message says who it is
		a.actor = pay.CallerOf(ctx)
	}
	if a.status == 0 { // nothing was written: the handler broke
		a.status = http.StatusInternalServerError
	}
	switch operation {
	case "", pay.NoOperation:
		if operation = a.operation; outcome == "" {
			outcome = "HTTP_" + strconv.Itoa(a.status)
		}
		a.done(a.status, operation, outcome)
	default:
		a.done(a.status, "", "")
	}
	a.log.LogAttrs(ctx, slog.LevelInfo, "request", a.attrs(operation, outcome)...)
}

func (a *access) attrs(operation, outcome string) []slog.Attr {
	list := []slog.Attr{slog.String("operation", operation), slog.String("outcome", outcome), slog.Int("status", a.status),
		slog.Int64("milliseconds", time.Since(a.began).Milliseconds())}
	if a.actor.Role == "" {
		return list
	}
	list = append(list, slog.String("role", string(a.actor.Role)))
	if a.actor.Role != pay.RoleOperator {
		list = append(list, slog.String("company", pay.FormatID(pay.KindCompany, a.actor.CompanyID)), slog.String("environment", string(a.actor.Environment)))
	}
	if a.actor.Role == pay.RolePartner { // the id of a key; those of people are names, which the audit log keeps
		list = append(list, slog.String("key", a.actor.ID))
	}
	return list
}

// WriteHeader notes the status; 1xx are not the answer yet.
func (a *access) WriteHeader(status int) {
	if a.status == 0 && status >= http.StatusOK || status == http.StatusSwitchingProtocols {
		a.status = status
		a.whole.begin(a.request.Context(), a.Header())
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *access) Write(body []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	n, err := a.ResponseWriter.Write(body)
	if a.whole.wrote(n) {
		a.whole.end(a.Flush)
	}
	return n, err
}

// Flush sends what was written so far, for answers that come in parts.
func (a *access) Flush() {
	if f, ok := a.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
}

// Unwrap lets http.ResponseController reach the connection.
func (a *access) Unwrap() http.ResponseWriter { return a.ResponseWriter }
