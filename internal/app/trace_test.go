package app_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
)

// spanBook keeps the spans that a program exports; all are there once it is closed.
type spanBook struct {
	mu    sync.Mutex
	spans []sdktrace.ReadOnlySpan
}

func (b *spanBook) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spans = append(b.spans, spans...)
	return nil
}

func (b *spanBook) Shutdown(context.Context) error { return nil }

// text is all that the spans say.
func (b *spanBook) text() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var text strings.Builder
	for _, s := range b.spans {
		fmt.Fprintln(&text, s.Name(), s.Attributes(), s.Status(), s.Resource(), s.SpanContext().TraceState())
		for _, e := range s.Events() {
			fmt.Fprintln(&text, e.Name, e.Attributes)
		}
	}
	return text.String()
}

// TestTrace proves that a payment is one trace, that of the caller: the request, the
// operation, its statements and the question to the gateway, with the request's id, and
// nothing of what was sent.
func TestTrace(t *testing.T) {
	t.Parallel()
	const trace, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	book, log := &spanBook{}, newLogLines()
	api := apptest.Start(t, app.WithSpans(book), log.option())
	admin := api.Admin(t)
	order, gateway := admin.Make(t).Order(admin.Make(t).Customer(), 1234), admin.Make(t).Gateway(nil)
	got := admin.With("Traceparent", "00-"+trace+"-"+parent+"-01").Send(t, `mutation ZqName($zqvar: PayOrdersInput!) { zqalias: payOrders(input: $zqvar) { payment { id } } }`,
		apptest.Vars{"zqvar": apptest.Vars{"idempotencyKey": "zqkey", "orders": one(order), "gatewayId": gateway, "description": "zqtext"}})
	line, _ := log.of(t, got.RequestID)
	if line["traceId"] != trace {
		t.Errorf("the request's line has the trace %v", line["traceId"])
	}
	api.App.Close()
	children := map[string]int{}
	ids := map[string]string{}
	for _, s := range book.spans {
		if s.SpanContext().TraceID().String() == trace {
			children[s.Name()]++
			ids[s.SpanContext().SpanID().String()] = s.Name()
		}
	}
	for _, name := range []string{"request /graphql", "mutation payOrders", "gateway charge", "sql.conn.begin_tx", "sql.tx.commit", "sql.conn.query"} {
		if children[name] == 0 {
			t.Errorf("the trace has no span %s, but %v", name, children)
		}
	}
	parents := map[string]string{"request /graphql": "", "mutation payOrders": "request /graphql", "gateway charge": "mutation payOrders", "sql.tx.commit": "mutation payOrders"}
	for _, s := range book.spans {
		want, ok := parents[s.Name()]
		if !ok || s.SpanContext().TraceID().String() != trace {
			continue
		}
		if above := s.Parent().SpanID().String(); above != parent && want == "" || want != "" && ids[above] != want {
			t.Errorf("%s is below %s, want %q", s.Name(), ids[above], want)
		}
		if text := fmt.Sprint(s.Attributes()); !strings.HasPrefix(s.Name(), "sql") && !strings.Contains(text, got.RequestID) {
			t.Errorf("%s does not name the request: %s", s.Name(), text)
		}
	}
	text := book.text()
	for _, sent := range []string{"zq", "Zq", "1234", "tok_", order, "Bearer", "totalCount"} {
		if strings.Contains(text, sent) {
			t.Errorf("%s shows in the spans", sent)
		}
	}
	if !strings.Contains(text, "INSERT INTO payments") {
		t.Error("the statements have no text")
	}
}

// TestTraceTakesOnlyIDs proves that a caller's trace gives its ids and nothing else:
// neither text for the spans, nor whether there are any.
func TestTraceTakesOnlyIDs(t *testing.T) {
	t.Parallel()
	const kept, hidden = "0af7651916cd43dd8448eb211c80319c", "1bf7651916cd43dd8448eb211c80319c"
	book := &spanBook{}
	api := apptest.Start(t, app.WithSpans(book))
	for trace, flag := range map[string]string{kept: "01", hidden: "00"} {
		for _, c := range []*apptest.Client{api.Admin(t), api.Client("stranger")} {
			c.With("Traceparent", "00-"+trace+"-b7ad6b7169203331-"+flag).With("Tracestate", "zqvendor=4242424242424242").Send(t, viewerDocument, nil)
		}
	}
	api.App.Close()
	requests := map[string]int{}
	for _, s := range book.spans {
		if s.Name() == "request /graphql" {
			requests[s.SpanContext().TraceID().String()]++
		}
	}
	if requests[kept] != 2 || requests[hidden] != 2 {
		t.Errorf("spans of requests: %v, want two of each trace", requests)
	}
	if text := book.text(); strings.Contains(text, "4242424242424242") || strings.Contains(text, "zqvendor") {
		t.Errorf("the caller's tracestate is in the spans: %s", text)
	}
}

// TestTraceOfItsOwn proves that a request without a trace begins one, and that what the
// program asks by itself makes none for every look at what is due.
func TestTraceOfItsOwn(t *testing.T) {
	t.Parallel()
	book := &spanBook{}
	api := apptest.Start(t, app.WithSpans(book))
	admin := api.Admin(t)
	admin.Send(t, viewerDocument, nil)
	admin.Send(t, `{ nothing }`, nil)
	if _, err := api.App.Service.ClaimDue(t.Context(), 10); err != nil {
		t.Fatal(err)
	}
	api.App.Close()
	traces := map[string][]string{}
	for _, s := range book.spans {
		traces[s.SpanContext().TraceID().String()] = append(traces[s.SpanContext().TraceID().String()], s.Name())
	}
	for id, names := range traces {
		if !slices.Contains(names, "request /graphql") {
			t.Errorf("trace %s is of no request: %v", id, names)
		}
	}
	if len(traces) != 2 {
		t.Errorf("two requests made the traces %v", traces)
	}
}

// TestCollector proves that spans get to the collector that is configured, and that one
// that does not answer holds nothing up.
func TestCollector(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var paths []string
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		paths = append(paths, r.Method+" "+r.URL.Path)
	}))
	defer collector.Close()
	for name, url := range map[string]string{"OK": collector.URL, "OK with a slash": collector.URL + "/", "OK nobody there": "http://127.0.0.1:1"} {
		c := newCommand(t)
		c.env["OTEL_EXPORTER_OTLP_ENDPOINT"], c.env["PAYGRAPH_LOG_FORMAT"] = url, "json"
		log, stop := serve(t, c, `"msg":"listening"`)
		if got := call(t, "GET", "http://"+adminAddress(t, log, "listening")+"/graphql?query=%7Bviewer%7Bid%7D%7D", "", "", ""); got.status != http.StatusUnauthorized {
			t.Errorf("%s: %d", name, got.status)
		}
		if code := stop(); code != 0 {
			t.Errorf("%s: exit %d", name, code)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if !slices.Equal(paths, []string{"POST /v1/traces", "POST /v1/traces"}) {
		t.Errorf("the collector was asked %q", paths)
	}
}
