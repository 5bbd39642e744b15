package observe

import (
	"context"
	"log/slog"

	"go.opentelemetry.io/otel/trace"

	"github.com/paygraph/paygraph/internal/pay"
)

// form is how the value of an attribute is shown.
type form int

const (
	// own is the program's own word, id or number.
	own form = iota + 1
	// foreign is text that others wrote a part of; what looks like a secret in it is masked.
	foreign
)

// shown lists the attributes that may stand in the log. What is not here is not shown:
// a line that somebody adds cannot bring out what nobody has thought of.
var shown = map[string]form{
	"requestId": own, "traceId": own, "operation": own, "outcome": own, "status": own, "milliseconds": own,
	"role": own, "company": own, "environment": own, "key": own, "operator": own,
	"transaction": own, "transactionOperation": own, "refund": own, "event": own, "endpoint": own, "gateway": own, "delivery": own, "failure": own, "kind": own, "id": own,
	"path": own, "connector": own, "address": own, "version": own, "data": own, "took": own, "change": own, "owner": own, "pid": own, "failures": own,
	"error": foreign, "reason": foreign, "panic": foreign, "stack": foreign, "log": foreign,
}

// hidden stands for what is not shown.
const hidden = "***"

// Log returns a handler that writes what is listed to next, and names on each line the
// request that it is about, what that asks for, and its trace.
func Log(next slog.Handler) slog.Handler {
	if h, ok := next.(handler); ok {
		return h
	}
	return handler{next}
}

type handler struct{ slog.Handler }

// Handle writes one line.
func (h handler) Handle(ctx context.Context, r slog.Record) error {
	line := slog.NewRecord(r.Time, r.Level, Masked(r.Message), r.PC)
	if id := pay.RequestID(ctx); id != "" {
		line.AddAttrs(slog.String("requestId", id))
	}
	if c := trace.SpanContextFromContext(ctx); c.IsValid() {
		line.AddAttrs(slog.String("traceId", c.TraceID().String()))
	}
	named := false
	r.Attrs(func(a slog.Attr) bool {
		named = named || a.Key == "operation"
		return true
	})
	if task := pay.Task(ctx); task != "" && !named {
		line.AddAttrs(slog.String("operation", task))
	}
	r.Attrs(func(a slog.Attr) bool {
		line.AddAttrs(show(a))
		return true
	})
	return h.Handler.Handle(ctx, line)
}

// WithAttrs is part of slog.Handler.
func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	list := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		list[i] = show(a)
	}
	return handler{h.Handler.WithAttrs(list)}
}

// WithGroup is part of slog.Handler.
func (h handler) WithGroup(name string) slog.Handler { return handler{h.Handler.WithGroup(name)} }

// show is an attribute as it may be seen. Of one that is not listed not even the name is
// shown: where a key is forgotten, it is the value.
func show(a slog.Attr) slog.Attr {
	as, ok := shown[a.Key]
	if !ok {
		return slog.String("hidden", hidden)
	}
	v := a.Value.Resolve()
	switch v.Kind() {
	case slog.KindBool, slog.KindInt64, slog.KindUint64, slog.KindFloat64, slog.KindDuration, slog.KindTime:
		return slog.Attr{Key: a.Key, Value: v}
	case slog.KindGroup:
		return slog.String(a.Key, hidden)
	}
	if as == foreign {
		return slog.String(a.Key, Masked(v.String()))
	}
	return slog.String(a.Key, v.String())
}
