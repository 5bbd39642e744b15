package observe

import (
	"context"
	"database/sql/driver"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/XSAM/otelsql"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// tracesPath is where a collector takes spans, below the address that is configured.
const tracesPath = "/v1/traces"

// Collector sends spans to an OpenTelemetry collector at an http or https URL, as OTLP
// over HTTP. A collector that cannot be reached holds nothing up: its spans are lost.
func Collector(ctx context.Context, endpoint string) (sdktrace.SpanExporter, error) {
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(strings.TrimSuffix(endpoint, "/")+tracesPath))
	if err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	return exporter, nil
}

// newTraces exports what is sampled: everything, unless the library's variable
// OTEL_TRACES_SAMPLER says otherwise.
func newTraces(exporters []sdktrace.SpanExporter) *sdktrace.TracerProvider {
	options := []sdktrace.TracerProviderOption{
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "paygraph"))),
		sdktrace.WithSampler(sampler(os.Getenv("OTEL_TRACES_SAMPLER"), os.Getenv("OTEL_TRACES_SAMPLER_ARG"))),
	}
	for _, e := range exporters {
		options = append(options, sdktrace.WithBatcher(e))
	}
	return sdktrace.NewTracerProvider(options...)
}

// sampler is the library's sampler of that name, but for traces of callers, which it
// samples like its own. The library would do what a caller's flag says: strangers could
// keep their requests out of the traces, or put all of them in.
func sampler(name, argument string) sdktrace.Sampler {
	ours := sdktrace.AlwaysSample()
	switch strings.TrimPrefix(strings.ToLower(strings.TrimSpace(name)), "parentbased_") {
	case "always_off":
		ours = sdktrace.NeverSample()
	case "traceidratio":
		if share, err := strconv.ParseFloat(strings.TrimSpace(argument), 64); err == nil && share >= 0 && share <= 1 {
			ours = sdktrace.TraceIDRatioBased(share)
		}
	}
	return sdktrace.ParentBased(ours, sdktrace.WithRemoteParentSampled(ours), sdktrace.WithRemoteParentNotSampled(ours))
}

// joined has what follows be part of the caller's trace, by its ids. The caller's
// tracestate is left out: it is any text, and every span would carry it.
func joined(ctx context.Context, header http.Header) context.Context {
	return propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{"traceparent": header.Get("Traceparent")})
}

// end ends a span with how it went, in a code: the text of an error may repeat a value.
func end(span trace.Span, failed bool, outcome string) {
	if outcome != "" {
		span.SetAttributes(attribute.String("paygraph.outcome", outcome))
	}
	if failed {
		span.SetStatus(codes.Error, "")
	}
	span.End()
}

// Driver puts spans around the statements of a request, with their text, whose values
// are all arguments, and without those. It returns the connector as it is where there
// are no traces.
func (o *Observer) Driver(c driver.Connector) driver.Connector {
	if o.traces == nil {
		return c
	}
	traced := otelsql.WrapDriver(opened{c},
		otelsql.WithTracerProvider(o.traces),
		otelsql.WithAttributes(attribute.String("db.system.name", "postgresql")),
		otelsql.WithSpanOptions(otelsql.SpanOptions{
			OmitConnResetSession: true, OmitConnPrepare: true, OmitRows: true, OmitConnectorConnect: true,
			// The server's words about a value that it refuses repeat the value.
			RecordError: func(error) bool { return false },
			// What the program asks by itself belongs to no trace, and is asked all the time.
			SpanFilter: func(ctx context.Context, _ otelsql.Method, _ string, _ []driver.NamedValue) bool {
				return trace.SpanContextFromContext(ctx).IsValid()
			},
		}))
	connector, err := traced.(driver.DriverContext).OpenConnector("")
	if err != nil { // opened gives none
		return c
	}
	return connector
}

// opened is the driver of one connector that is there already: the library takes
// drivers, and the program has the connector.
type opened struct{ driver.Connector }

// Open is part of driver.Driver.
func (o opened) Open(string) (driver.Conn, error) { return o.Connect(context.Background()) }

// OpenConnector is part of driver.DriverContext.
func (o opened) OpenConnector(string) (driver.Connector, error) { return o.Connector, nil }
