package graph

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/paygraph/paygraph/graph/guard"
	"github.com/paygraph/paygraph/graph/model"
	"github.com/paygraph/paygraph/internal/pay"
)

// Codes of errors of the request as a whole, in extensions.code.
const (
	codeParseFailed      = guard.NotGraphQL
	codeValidationFailed = guard.Invalid
	codeUnauthenticated  = "UNAUTHENTICATED"
	codeForbidden        = "FORBIDDEN"
	codeInternal         = "INTERNAL"
	codeUnavailable      = "UNAVAILABLE"
	codeCostLimit        = guard.TooLarge
	codeRateLimited      = "RATE_LIMITED"
	codeTimeout          = "TIMEOUT"
	codeMethodNotAllowed = "METHOD_NOT_ALLOWED"
	codeNotTrusted       = "DOCUMENT_NOT_TRUSTED"
	codeNoDocument       = "DOCUMENT_NOT_FOUND"
	// codeNoPersistedQueries is Apollo's.
	codeNoPersistedQueries = "PERSISTED_QUERY_NOT_SUPPORTED"
)

// inputError is a fault of a request, or of an argument outside a mutation's input. Its
// message is ours and repeats nothing that was sent.
type inputError struct{ code, message string }

func (e inputError) Error() string { return e.message }

// coded is an error in what is refused before it is executed, for the presenter to find
// words for. What has a code the library shows as it is presented, on streams too.
func coded(code string, err error) *gqlerror.Error {
	fault := gqlerror.Wrap(err)
	fault.Extensions = map[string]any{"code": code}
	return fault
}

func badInput(format string, args ...any) error {
	return inputError{codeValidationFailed, fmt.Sprintf(format, args...)}
}

// presenter shows errors to callers and tells the log the rest.
type presenter struct {
	log   *slog.Logger
	words words
}

// present is the only place where an error becomes visible: it keeps what was
// written for callers and replaces everything else by a sentence and the
// request's id, under which the log has the rest.
func (p presenter) present(ctx context.Context, err error) *gqlerror.Error {
	shown := &gqlerror.Error{Path: graphql.GetPath(ctx)}
	var parsed *gqlerror.Error
	if errors.As(err, &parsed) {
		shown.Locations = parsed.Locations
		switch {
		case len(shown.Path) == 0: // nothing was executed yet
			shown.Path = p.words.path(parsed.Path)
		case parsed.Path != nil:
			shown.Path = parsed.Path
		}
	}
	// Resolvers' errors come wrapped as those of arguments do, and only the
	// latter lie deeper than the field itself.
	ofArgument := parsed != nil && len(parsed.Path) > len(graphql.GetPath(ctx))
	code, message := p.classify(err, parsed, ofArgument)
	if code == codeUnavailable && errors.Is(context.Cause(ctx), errQueryTime) {
		code, message = codeTimeout, "The query took longer than it may, and was ended; a query changes nothing. Ask for less, or try again later."
	}
	// What is ours to say of a request is no trouble of the server's.
	if (code == codeInternal || code == codeUnavailable || code == codeTimeout) && !errors.As(err, new(inputError)) && worthLogging(ctx) {
		level := slog.LevelError
		switch {
		case code == codeTimeout:
			level = slog.LevelWarn // too much may have been asked for
		case code == codeUnavailable && errors.Is(ctx.Err(), context.Canceled):
			level = slog.LevelDebug // the caller hung up; nothing is wrong here
		}
		p.log.Log(ctx, level, "request failed", "outcome", code, "path", fieldPath(ctx), "error", err)
	}
	shown.Message = message
	shown.Extensions = map[string]any{"code": code}
	if id := pay.RequestID(ctx); id != "" {
		shown.Extensions["requestId"] = id
	}
	if late := (throttled{}); errors.As(err, &late) {
		shown.Extensions["retryAfterSeconds"] = late.seconds()
	}
	if outcome := outcomeOf(ctx, code, ofArgument); outcome != "" {
		shown.Extensions["outcome"] = outcome
	}
	return shown
}

func (p presenter) classify(err error, parsed *gqlerror.Error, ofArgument bool) (code, message string) {
	var input inputError
	refused := pay.AsErrors(err)
	switch {
	case errors.Is(err, pay.ErrUnauthenticated):
		return codeUnauthenticated, "A valid credential is needed."
	case errors.As(err, new(throttled)):
		return codeRateLimited, parsed.Message
	case errors.Is(err, pay.ErrForbidden):
		return codeForbidden, "The credential does not permit this."
	case errors.Is(err, pay.ErrUnavailable), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return codeUnavailable, "The service cannot answer now. Try again; a request to pay with the same idempotency key."
	case errors.Is(err, tooLarge{}), errors.Is(err, pay.ErrTooManyRows):
		return codeCostLimit, tooLarge{}.Error()
	case errors.As(err, &input):
		return input.code, input.message
	case len(refused) > 0:
		return codeValidationFailed, refused[0].Message
	case parsed == nil || errors.Is(err, errPanic):
		return codeInternal, "Something went wrong on our side."
	}
	return p.classifyParsed(parsed, ofArgument)
}

// errPanic marks the error of a resolver that panicked.
var errPanic = errors.New("panic")

// classifyParsed tells the faults that the GraphQL library finds in a document
// or its values.
func (p presenter) classifyParsed(e *gqlerror.Error, ofArgument bool) (code, message string) {
	named, _ := e.Extensions["code"].(string)
	switch {
	case named == codeParseFailed: // the guard reads documents first, and says more
		return named, "The document is not GraphQL."
	case e.Rule != "":
		return codeValidationFailed, p.words.ofRule(e)
	case named == codeValidationFailed:
		return named, ofVariable(e.Message)
	case ofArgument:
		// Our scalars' messages and the library's own about missing fields.
		// They name the form that is wanted, never what was sent.
		return codeValidationFailed, e.Message
	}
	return codeInternal, "Something went wrong on our side."
}

// recoverPanic turns a panic into an error and writes it to the log.
func (p presenter) recoverPanic(ctx context.Context, fault any) error {
	p.log.ErrorContext(ctx, "panic", "panic", fault, "stack", stack())
	return errPanic
}

// refusals returns what a payload's errors list. An error that is not about
// the caller's input is returned as it is, for the top level.
func refusals(err error) ([]model.MutationError, error) {
	list := []model.MutationError{}
	if err == nil {
		return list, nil
	}
	refused := pay.AsErrors(err)
	if refused == nil {
		return nil, err
	}
	for _, e := range refused {
		list = append(list, refusal(e))
	}
	return list, nil
}

// refusal picks the concrete type whose fields the refusal fills.
func refusal(e *pay.Error) model.MutationError {
	code := model.ErrorCode(e.Code)
	switch e.Code {
	case pay.CodeAmountTooSmall, pay.CodeAmountExceedsOutstanding, pay.CodeAmountMismatch, pay.CodeVoucherNotEligible,
		pay.CodeCaptureExceedsAuthorized, pay.CodeRefundExceedsRefundable, pay.CodePartialRefundUnsupported:
		return model.AmountError{Code: code, Message: e.Message, Path: e.Path, Retryable: e.Retryable, Maximum: e.Maximum, Minimum: e.Minimum}
	case pay.CodeInvalidState:
		return model.StateError{Code: code, Message: e.Message, Path: e.Path, Retryable: e.Retryable, Current: e.Current, Allowed: e.Allowed}
	case pay.CodeDuplicateReference, pay.CodeVersionConflict:
		c := model.ConflictError{Code: code, Message: e.Message, Path: e.Path, Retryable: e.Retryable}
		if e.CurrentVersion > 0 {
			c.CurrentVersion = &e.CurrentVersion
		}
		if e.ExistingID != "" {
			c.ExistingID = &e.ExistingID
		}
		return c
	case pay.CodeIdempotencyKeyReused, pay.CodeIdempotencyInProgress:
		return model.IdempotencyError{Code: code, Message: e.Message, Path: e.Path, Retryable: e.Retryable,
			FirstUsedAt: e.FirstUsedAt, RetryAfterSeconds: wholeSeconds(e.RetryAfter)}
	}
	return model.InputError{Code: code, Message: e.Message, Path: e.Path, Retryable: e.Retryable}
}

// wholeSeconds rounds up, so that who waits as long does not come too early; it
// is null for no time at all.
func wholeSeconds(d time.Duration) *int {
	if d <= 0 {
		return nil
	}
	seconds := int((d + time.Second - 1) / time.Second)
	return &seconds
}
