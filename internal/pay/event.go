package pay

import (
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/money"
)

// EventType says what happened to a payment.
type EventType string

// The event types that are not named after a state.
const (
	EventPaymentCreated         EventType = "PAYMENT_CREATED"
	EventPaymentUpdated         EventType = "PAYMENT_UPDATED"
	EventPaymentCancelRequested EventType = "PAYMENT_CANCEL_REQUESTED"
	EventPaymentCancelFailed    EventType = "PAYMENT_CANCEL_FAILED"
	EventPaymentCancelled       EventType = "PAYMENT_CANCELLED"
	EventPaymentExpired         EventType = "PAYMENT_EXPIRED"
	EventManualSubmitted        EventType = "MANUAL_PAYMENT_SUBMITTED"
	EventManualApproved         EventType = "MANUAL_PAYMENT_APPROVED"
	EventManualRejected         EventType = "MANUAL_PAYMENT_REJECTED"
	EventManualWithdrawn        EventType = "MANUAL_PAYMENT_WITHDRAWN"
	EventActionAnswered         EventType = "ACTION_ANSWERED"
	// EventAttemptRefused: a due payment could not be attempted; Reason says why.
	EventAttemptRefused     EventType = "ATTEMPT_REFUSED"
	EventRetryScheduled     EventType = "RETRY_SCHEDULED"
	EventTransactionCreated EventType = "TRANSACTION_CREATED"
	// EventTransactionHeld is an authorization that was adjusted, or the release
	// of what a capture left.
	EventTransactionHeld       EventType = "TRANSACTION_HELD_CHANGED"
	EventChargebackRecorded    EventType = "CHARGEBACK_RECORDED"
	EventSettlementDiscrepancy EventType = "SETTLEMENT_DISCREPANCY"
	// EventFeeRecorded: a settlement told what the gateway kept, and nothing else.
	EventFeeRecorded EventType = "FEE_RECORDED"
	// EventReportKept: a report came before the capture that it presupposes, and waits.
	EventReportKept EventType = "REPORT_KEPT"
	// EventReportMismatch: a report of an amount that cannot be about the attempt.
	EventReportMismatch EventType = "REPORT_MISMATCH"
	// EventAttentionResolved: a person has seen to what needed attention.
	EventAttentionResolved EventType = "ATTENTION_RESOLVED"
	// EventTransactionResolved: a person said what became of an attempt.
	EventTransactionResolved EventType = "TRANSACTION_RESOLVED"
)

// TransactionEvent is the type of the event by which an attempt took a state.
func TransactionEvent(s TransactionStatus) EventType { return EventType("TRANSACTION_" + string(s)) }

// PaymentEvent is one thing that happened to a payment. Events are only ever
// added; the amounts of the payment are their sum.
type PaymentEvent struct {
	ID        uuid.UUID
	PaymentID uuid.UUID
	// Seq numbers the events of one payment from 1 without gaps.
	Seq           int
	Type          EventType
	TransactionID *uuid.UUID
	RefundID      *uuid.UUID
	OperationID   *uuid.UUID
	// Reason is why something was refused, rejected, declined or failed. It is for
	// everybody who sees the payment, so it holds no personal data.
	Reason *string
	// ChangedFields are the fields of an edit that changed, for EventPaymentUpdated.
	ChangedFields Strings[string]
	Currency      money.Currency
	AmountMinor   *int64
	// Status is the payment's headline after the event.
	Status PaymentStatus
	// Actor is who caused it: an actor's id, or "gateway".
	Actor     string
	CreatedAt time.Time
}

// GlobalID is the id in the API.
func (e PaymentEvent) GlobalID() string { return FormatID(KindEvent, e.ID) }

// Amount is what the event is about, where it is about an amount.
func (e PaymentEvent) Amount() *money.Money { return moneyOrNil(e.AmountMinor, e.Currency) }
