package pay

import (
	"context"
	"sync/atomic"
)

// request is one request to the API.
type request struct {
	id      string
	refused atomic.Bool
	outcome atomic.Pointer[outcome]
	caller  atomic.Pointer[Actor]
}

// outcome is what a request asked for, and what came of it.
type outcome struct{ operation, code string }

type (
	requestKey struct{}
	taskKey    struct{}
)

// WithRequest returns a context that carries a request's id, by which every error,
// log line and entry of the audit log names it.
func WithRequest(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestKey{}, &request{id: id})
}

// RequestID is the id of the request that ctx belongs to, or "".
func RequestID(ctx context.Context) string {
	if r, ok := ctx.Value(requestKey{}).(*request); ok {
		return r.id
	}
	return ""
}

// FirstRefusal says whether nothing of the request that ctx belongs to was refused
// before: one request may meet the same refusal in every field that it selects.
func FirstRefusal(ctx context.Context) bool {
	r, ok := ctx.Value(requestKey{}).(*request)
	return !ok || !r.refused.Swap(true)
}

// NoteCaller notes of the request that ctx belongs to who sent it, where that is known
// only after it began.
func NoteCaller(ctx context.Context, a Actor) {
	if r, ok := ctx.Value(requestKey{}).(*request); ok {
		r.caller.Store(&a)
	}
}

// CallerOf is who was noted of the request that ctx belongs to; the zero actor where
// nobody was.
func CallerOf(ctx context.Context) Actor {
	if r, ok := ctx.Value(requestKey{}).(*request); ok {
		if noted := r.caller.Load(); noted != nil {
			return *noted
		}
	}
	return Actor{}
}

// WithTask returns a context that carries the name of what the caller asks for.
func WithTask(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, taskKey{}, name)
}

// Task is the name of what is asked for in ctx, or "".
func Task(ctx context.Context) string {
	name, _ := ctx.Value(taskKey{}).(string)
	return name
}

// NoOperation is what is noted where nothing was asked for that the program knows: it was
// refused before that was clear, or is not in the schema.
const NoOperation = "none"

// NoteOutcome notes of the request that ctx belongs to which operation it asked for, by
// the name of a root field or NoOperation, and how that ended: OK, or the code of its first error. Of
// several operations on one connection the latest counts.
func NoteOutcome(ctx context.Context, operation, code string) {
	if r, ok := ctx.Value(requestKey{}).(*request); ok {
		r.outcome.Store(&outcome{operation, code})
	}
}

// OutcomeOf is what was noted of the request that ctx belongs to; both are "" where
// nothing was.
func OutcomeOf(ctx context.Context) (operation, code string) {
	if r, ok := ctx.Value(requestKey{}).(*request); ok {
		if noted := r.outcome.Load(); noted != nil {
			return noted.operation, noted.code
		}
	}
	return "", ""
}
