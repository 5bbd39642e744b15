package observe_test

import (
	"context"
	"database/sql/driver"
	"log/slog"
	"net/http"
	"testing"

	"github.com/paygraph/paygraph/internal/observe"
)

// connector is a driver.Connector to compare with.
type connector struct{ driver.Connector }

// TestUntraced proves that nothing of traces is on the path when nobody collects them:
// the driver is as it was, and what is counted costs no more than the function that
// ends it.
func TestUntraced(t *testing.T) {
	o, err := observe.New(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	own := &connector{}
	if got := o.Driver(own); got != driver.Connector(own) {
		t.Errorf("the driver is wrapped in %T", got)
	}
	header, ctx := http.Header{"Traceparent": {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}}, context.Background()
	for name, run := range map[string]func(){
		"request":   func() { _, done := o.Request(ctx, "/graphql", header); done(200, "", "") },
		"operation": func() { _, done := o.Operation(ctx, "query", "payments"); done("OK") },
		"call":      func() { _, done := o.Call(ctx, "sandbox", "charge"); done("CAPTURED") },
	} {
		run() // the series are made once
		if allocated := testing.AllocsPerRun(1000, run); allocated > 1 {
			t.Errorf("%s allocates %v times", name, allocated)
		}
	}
	if got, _ := o.Request(ctx, "/graphql", header); got != ctx {
		t.Error("a request without traces has another context")
	}
}
