package jobs

import (
	"context"
	"log/slog"
)

// quiet passes on warnings and worse: the engine tells every few seconds that it
// is alive, which nobody wants to read.
type quiet struct{ slog.Handler }

// Enabled is part of the interface of handlers.
func (q quiet) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && q.Handler.Enabled(ctx, level)
}

// WithAttrs is part of the interface of handlers.
func (q quiet) WithAttrs(attrs []slog.Attr) slog.Handler { return quiet{q.Handler.WithAttrs(attrs)} }

// WithGroup is part of the interface of handlers.
func (q quiet) WithGroup(name string) slog.Handler { return quiet{q.Handler.WithGroup(name)} }
