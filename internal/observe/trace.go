package observe

import (
	"context"
	"database/sql/driver"
	"fmt"
	"strings"

	"github.com/XSAM/otelsql"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
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

// newTraces exports what is sampled: everything, unless the caller's trace or the
// library's variable OTEL_TRACES_SAMPLER says otherwise.
func newTraces(exporters []sdktrace.SpanExporter) *sdktrace.TracerProvider {
	options := []sdktrace.TracerProviderOption{sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "paygraph")))}
	for _, e := range exporters {
		options = append(options, sdktrace.WithBatcher(e))
	}
	return sdktrace.NewTracerProvider(options...)
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
