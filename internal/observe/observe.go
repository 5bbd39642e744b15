// Package observe tells people who run the program what it does: in the log, in metrics
// and, where somebody collects them, in traces.
//
// Nothing that it tells holds what callers sent: no variables and no document, no
// headers, no arguments of statements, and no secret. The names in it are the program's
// own, so that there are few, and each means something.
//
// The other packages know none of this. They tell an Observer of their own, which is
// a small interface in each: a request in web, an operation in graph, a question to a
// gateway and what its failures lead to in service.
package observe

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/paygraph/paygraph/internal/pay"
)

// Observer counts what the program does, and traces it where traces are collected. It
// is safe for concurrent use.
type Observer struct {
	registry *prometheus.Registry
	counts   counts
	// traces is nil where nobody collects them; then nothing of them is on the path.
	traces *sdktrace.TracerProvider
	tracer trace.Tracer
}

// New returns an observer. Spans go to the exporters; without any there are no traces.
// The log is told of spans that get lost.
func New(log *slog.Logger, exporters ...sdktrace.SpanExporter) (*Observer, error) {
	o := &Observer{registry: prometheus.NewRegistry(), counts: newCounts()}
	for _, c := range o.counts.collectors() {
		if err := o.registry.Register(c); err != nil {
			return nil, fmt.Errorf("metrics: %w", err)
		}
	}
	if len(exporters) > 0 {
		// There is one for the whole process, which would write to standard error else.
		otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("traces are lost", "error", err) }))
		o.traces = newTraces(exporters)
		o.tracer = o.traces.Tracer("github.com/paygraph/paygraph")
	}
	return o, nil
}

// Close sends the spans that are left.
func (o *Observer) Close(ctx context.Context) error {
	if o.traces == nil {
		return nil
	}
	return o.traces.Shutdown(ctx)
}

// Request is part of web.Observer. A caller's own trace goes on in the request's span.
func (o *Observer) Request(ctx context.Context, route string, header http.Header) (context.Context, func(status int, operation, outcome string)) {
	began := time.Now()
	var span trace.Span
	if o.tracer != nil {
		ctx = joined(ctx, header)
		ctx, span = o.tracer.Start(ctx, "request "+route, trace.WithSpanKind(trace.SpanKindServer),
			trace.WithAttributes(attribute.String("http.route", route), requestID(ctx)))
	}
	return ctx, func(status int, operation, outcome string) {
		if operation != "" {
			o.counts.operation(operation, outcome, time.Since(began), status == http.StatusSwitchingProtocols)
		}
		if span != nil {
			span.SetAttributes(attribute.Int("http.response.status_code", status))
			end(span, status >= http.StatusInternalServerError, outcome)
		}
	}
}

// Operation is part of graph.Observer.
func (o *Observer) Operation(ctx context.Context, kind, name string) (context.Context, func(outcome string)) {
	began := time.Now()
	var span trace.Span
	if o.tracer != nil {
		ctx, span = o.tracer.Start(ctx, kind+" "+name, trace.WithAttributes(
			attribute.String("graphql.operation.type", kind), attribute.String("paygraph.operation", name), requestID(ctx)))
	}
	return ctx, func(outcome string) {
		o.counts.operation(name, outcome, time.Since(began), kind == "subscription")
		if span != nil {
			end(span, outcome == "INTERNAL" || outcome == "UNAVAILABLE", outcome)
		}
	}
}

// Call is part of service.Observer.
func (o *Observer) Call(ctx context.Context, connector, question string) (context.Context, func(outcome string)) {
	began := time.Now()
	var span trace.Span
	if o.tracer != nil {
		ctx, span = o.tracer.Start(ctx, "gateway "+question, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
			attribute.String("paygraph.connector", connector), attribute.String("paygraph.question", question), requestID(ctx)))
	}
	return ctx, func(outcome string) {
		o.counts.call(connector, question, outcome, time.Since(began))
		if span != nil {
			end(span, outcome == "TIMEOUT" || outcome == "ERROR" || outcome == "PANIC", outcome)
		}
	}
}

// Breaker is part of service.Observer.
func (o *Observer) Breaker(connector, change string) {
	o.counts.breakers.WithLabelValues(connector, change).Inc()
}

// FellOver is part of service.Observer.
func (o *Observer) FellOver(connector, why string) {
	o.counts.fallovers.WithLabelValues(connector, why).Inc()
}

func requestID(ctx context.Context) attribute.KeyValue {
	return attribute.String("paygraph.request_id", pay.RequestID(ctx))
}
