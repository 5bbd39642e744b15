package pay

import (
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/money"
)

// RefundState is where a refund stands. Only SUCCEEDED moves money back.
type RefundState string

// The refund states. IMPOSSIBLE failed for good (S4 ImpossibleRefund).
const (
	RefundRequested  RefundState = "REQUESTED"
	RefundPending    RefundState = "PENDING"
	RefundUnknown    RefundState = "UNKNOWN"
	RefundSucceeded  RefundState = "SUCCEEDED"
	RefundFailed     RefundState = "FAILED"
	RefundCancelled  RefundState = "CANCELLED"
	RefundImpossible RefundState = "IMPOSSIBLE"
)

// Open says that the refund has no result yet and reserves its amount.
func (s RefundState) Open() bool {
	return s == RefundRequested || s == RefundPending || s == RefundUnknown
}

// refundFacts says which reported states a refund without a result can take from where;
// what may follow on a result is said by Refund.takes.
var refundFacts = map[RefundState][]RefundState{
	RefundRequested: {RefundPending, RefundUnknown, RefundSucceeded, RefundFailed, RefundImpossible, RefundCancelled},
	RefundPending:   {RefundUnknown, RefundSucceeded, RefundFailed, RefundImpossible, RefundCancelled},
	RefundUnknown:   {RefundPending, RefundSucceeded, RefundFailed, RefundImpossible, RefundCancelled},
}

// RefundMethod is the way the money goes back.
type RefundMethod string

// The refund methods.
const (
	// RefundOriginal: through the gateway that captured.
	RefundOriginal RefundMethod = "ORIGINAL"
	// RefundManual: paid out outside any gateway; its reference names the slip.
	RefundManual RefundMethod = "MANUAL"
	// RefundStoreCredit: put on the customer's store credit.
	RefundStoreCredit RefundMethod = "STORE_CREDIT"
)

// Refund gives back part of what one transaction captured. A refund that fails
// changes nothing that was collected.
type Refund struct {
	ID uuid.UUID
	// BatchID is the id of the first refund of the request that made this one.
	BatchID         uuid.UUID
	ReferenceID     *string
	PaymentID       uuid.UUID
	TransactionID   uuid.UUID
	Currency        money.Currency
	AmountMinor     int64
	Method          RefundMethod
	ManualReference *string
	Reason          *string
	// IsExternal: nobody asked us for it. It stands for what the gateway gave back in all
	// beyond our refunds.
	IsExternal bool
	Status     RefundState
	ExternalID *string
	Failure
	// ToldAt is when what the status says happened, by the provider's clock (UTC); null
	// where it did not tell.
	ToldAt *time.Time
	// SucceededOnce: its gateway told that it succeeded, whatever it told else.
	SucceededOnce bool
	// ToldBeforeMinor is what the gateway had told that it gave back of the attempt in all
	// when this refund was asked for, which so was no part of it. In minor units.
	ToldBeforeMinor int64
	CreatedBy       string
	Asking
	CreatedAt   time.Time
	UpdatedAt   time.Time
	SucceededAt *time.Time
}

// GlobalID is the id in the API.
func (r Refund) GlobalID() string { return FormatID(KindRefund, r.ID) }

// Amount is what goes back.
func (r Refund) Amount() money.Money { return money.Money{Minor: r.AmountMinor, Currency: r.Currency} }

// Error is why the refund failed, or null.
func (r Refund) Error() *TransactionError {
	return r.shown(nil)
}
