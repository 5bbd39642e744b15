package pay

import (
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/money"
)

// OperationKind is what a gateway is asked to do about an attempt that it has
// accepted, or about a refund of it.
type OperationKind string

// The operation kinds.
const (
	// OperationCapture takes held money.
	OperationCapture OperationKind = "CAPTURE"
	// OperationVoid releases what is still held.
	OperationVoid OperationKind = "VOID"
	// OperationExpire is a void because the hold's time is over.
	OperationExpire OperationKind = "EXPIRE"
	// OperationCancel calls off an attempt that has no result yet.
	OperationCancel OperationKind = "CANCEL"
	// OperationDrop is a cancel because the payer left.
	OperationDrop OperationKind = "DROP"
	// OperationCancelRefund calls off a refund that has no result yet.
	OperationCancelRefund OperationKind = "CANCEL_REFUND"
)

// OperationStatus is where an operation stands.
type OperationStatus string

// The operation statuses. UNKNOWN is not a failure: only the gateway ends it.
const (
	OperationRequested OperationStatus = "REQUESTED"
	OperationPending   OperationStatus = "PENDING"
	OperationUnknown   OperationStatus = "UNKNOWN"
	OperationSucceeded OperationStatus = "SUCCEEDED"
	OperationFailed    OperationStatus = "FAILED"
)

// Open says that the operation has no result yet.
func (s OperationStatus) Open() bool {
	return s == OperationRequested || s == OperationPending || s == OperationUnknown
}

// Operation is one capture, void or cancel of an attempt or a refund. It is stored before
// the gateway is asked, and its id is the idempotency key that the gateway is
// given, so asking again does it once.
type Operation struct {
	ID            uuid.UUID
	PaymentID     uuid.UUID
	TransactionID uuid.UUID
	// RefundID is the refund that OperationCancelRefund calls off; null for other kinds.
	RefundID *uuid.UUID
	Kind     OperationKind
	Currency money.Currency
	// AmountMinor is what a capture takes, what a void releases, and what the refund that
	// is called off would give back.
	AmountMinor int64
	// CapturedBeforeMinor is what the attempt had captured when this was asked: a
	// capture leads to that much more, however often and by whom it is reported.
	CapturedBeforeMinor int64
	// IsFinal: what a capture leaves is released.
	IsFinal    bool
	Status     OperationStatus
	ExternalID *string
	Failure
	CreatedBy string
	Asking
	CreatedAt time.Time
	UpdatedAt time.Time
}

// GlobalID is the id in the API.
func (o Operation) GlobalID() string { return FormatID(KindOperation, o.ID) }

// Amount is what the operation is about.
func (o Operation) Amount() money.Money {
	return money.Money{Minor: o.AmountMinor, Currency: o.Currency}
}

// Error is why the operation failed, or null.
func (o Operation) Error() *TransactionError {
	return o.shown(nil)
}

// OperationFact is what a gateway said about an operation or a refund.
type OperationFact struct {
	To OperationStatus
	// Impossible: a refund that failed for good (S4 ImpossibleRefund).
	Impossible bool
	ExternalID *string
	FeeMinor   *int64
	Error      *TransactionError
	// Lease is that of Fact.
	Lease time.Time `json:"-"`
}

// operationFacts says which reported states an operation can take from where.
var operationFacts = map[OperationStatus][]OperationStatus{
	OperationRequested: {OperationPending, OperationUnknown, OperationSucceeded, OperationFailed},
	OperationPending:   {OperationUnknown, OperationSucceeded, OperationFailed},
	OperationUnknown:   {OperationPending, OperationSucceeded, OperationFailed},
	// Late success: the money moved, whatever was concluded before.
	OperationFailed: {OperationSucceeded},
}
