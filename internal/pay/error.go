package pay

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/paygraph/paygraph/internal/money"
)

// Code is the machine-readable reason of a refusal. Codes are part of the
// public API: they are added to, never renamed.
type Code string

// The codes of errors that a caller's user can act on.
const (
	CodeRequired                 Code = "REQUIRED"
	CodeInvalidInput             Code = "INVALID_INPUT"
	CodeNotFound                 Code = "NOT_FOUND"
	CodeForbiddenAction          Code = "FORBIDDEN_ACTION"
	CodeDuplicateReference       Code = "DUPLICATE_REFERENCE"
	CodeVersionConflict          Code = "VERSION_CONFLICT"
	CodeIdempotencyKeyReused     Code = "IDEMPOTENCY_KEY_REUSED"
	CodeIdempotencyInProgress    Code = "IDEMPOTENCY_IN_PROGRESS"
	CodeCurrencyMismatch         Code = "CURRENCY_MISMATCH"
	CodeAmountMismatch           Code = "AMOUNT_MISMATCH"
	CodeAmountTooSmall           Code = "AMOUNT_TOO_SMALL"
	CodeAmountExceedsOutstanding Code = "AMOUNT_EXCEEDS_OUTSTANDING"
	CodeOrderAlreadyPaid         Code = "ORDER_ALREADY_PAID"
	CodeOrdersNotTogether        Code = "ORDERS_NOT_TOGETHER"
	CodePaymentInProgress        Code = "PAYMENT_IN_PROGRESS"
	CodeInvalidState             Code = "INVALID_STATE"
	CodeGatewayUnavailable       Code = "GATEWAY_UNAVAILABLE"
	CodePaymentMethodInvalid     Code = "PAYMENT_METHOD_INVALID"
	CodeVoucherNotEligible       Code = "VOUCHER_NOT_ELIGIBLE"
	CodeInvoiceAlreadyPaid       Code = "INVOICE_ALREADY_PAID"
	CodeCaptureExceedsAuthorized Code = "CAPTURE_EXCEEDS_AUTHORIZED"
	CodeRefundExceedsRefundable  Code = "REFUND_EXCEEDS_REFUNDABLE"
	CodePartialRefundUnsupported Code = "PARTIAL_REFUND_UNSUPPORTED"
	CodeNotRefundable            Code = "NOT_REFUNDABLE"
	CodeNothingToVoid            Code = "NOTHING_TO_VOID"
	CodePaymentClosed            Code = "PAYMENT_CLOSED"
	CodeAlreadyCaptured          Code = "ALREADY_CAPTURED"
	CodeActionExpired            Code = "ACTION_EXPIRED"
	CodeOTPInvalid               Code = "OTP_INVALID"
	CodeGatewayError             Code = "GATEWAY_ERROR"
	CodeApproverIsSubmitter      Code = "APPROVER_IS_SUBMITTER"
	CodeFieldNotEditable         Code = "FIELD_NOT_EDITABLE"
	CodeMetadataLimit            Code = "METADATA_LIMIT"
	CodeTooManyItems             Code = "TOO_MANY_ITEMS"
)

// Error is one refusal that the caller's user can fix or answer by choosing
// again. Message is written for people and holds no internals.
type Error struct {
	Code    Code
	Message string
	// Path leads from the mutation's argument to the offending value, list
	// positions as decimal numbers: input, orders, 2, amount.
	Path []string
	// Retryable says that the same request may succeed later, unchanged.
	Retryable bool

	// Bounds of an amount, where the code is about one.
	Maximum, Minimum *money.Money
	// State that stands in the way, and the states that would not.
	Current string
	Allowed []string
	// The object or version that the request collides with.
	ExistingID     string
	CurrentVersion int
	// When an idempotency key was first used (UTC).
	FirstUsedAt time.Time
	// RetryAfter is how long to wait before the same request is sent again;
	// zero where that is not known or would not help.
	RetryAfter time.Duration
}

// Error joins code, path and message for logs.
func (e *Error) Error() string {
	return fmt.Sprintf("%s at %s: %s", e.Code, strings.Join(e.Path, "."), e.Message)
}

// Errors is every refusal of one request: a form shows all of them at once
// rather than one a try.
type Errors []*Error

// Error joins the texts of all refusals.
func (es Errors) Error() string {
	texts := make([]string, len(es))
	for i, e := range es {
		texts[i] = e.Error()
	}
	return strings.Join(texts, "; ")
}

// AsErrors returns the refusals in err, or nil when err is not about the
// caller's input.
func AsErrors(err error) Errors {
	var many Errors
	if errors.As(err, &many) {
		return many
	}
	var one *Error
	if errors.As(err, &one) {
		return Errors{one}
	}
	return nil
}

// Refuse makes an Error with a formatted message.
func Refuse(code Code, path Path, format string, args ...any) *Error {
	return &Error{Code: code, Path: path, Message: fmt.Sprintf(format, args...)}
}

// Problems collects refusals while a request is checked to its end.
type Problems struct{ list Errors }

// Add appends e unless it is nil.
func (p *Problems) Add(e *Error) {
	if e != nil {
		p.list = append(p.list, e)
	}
}

// Addf appends a refusal with a formatted message.
func (p *Problems) Addf(code Code, path Path, format string, args ...any) {
	p.Add(Refuse(code, path, format, args...))
}

// Any says whether something was refused so far.
func (p *Problems) Any() bool { return len(p.list) > 0 }

// Err returns everything collected as an error, or nil.
func (p *Problems) Err() error {
	if len(p.list) == 0 {
		return nil
	}
	return p.list
}

// Path is the way from a mutation's argument to a value in it.
type Path []string

// At starts a path, for example At("input", "orders").
func At(steps ...string) Path { return steps }

// Then returns the path one or more steps deeper; the receiver is not changed.
func (p Path) Then(steps ...string) Path {
	return append(append(make(Path, 0, len(p)+len(steps)), p...), steps...)
}

// Index returns the path of the i-th element of a list.
func (p Path) Index(i int) Path { return p.Then(fmt.Sprint(i)) }

// Failures of the request as a whole. They leave the API as top-level errors
// with the code of the same name, never in a payload.
var (
	// ErrUnauthenticated: no credential, or one that is not valid now.
	ErrUnauthenticated = errors.New("no valid credential")
	// ErrForbidden: the credential lacks the scope or role for the operation.
	ErrForbidden = errors.New("credential does not permit this")
	// ErrTooManyRows: more would be read than one answer may hold.
	ErrTooManyRows = errors.New("too many rows")
	// ErrUnavailable: the database cannot be reached or answers too slowly.
	ErrUnavailable = errors.New("service is unavailable")
)
