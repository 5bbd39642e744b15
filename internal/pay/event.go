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
	EventTransactionHeld    EventType = "TRANSACTION_HELD_CHANGED"
	EventChargebackRecorded EventType = "CHARGEBACK_RECORDED"
	// EventChargebackReversed: money that a payer's bank had taken came back.
	EventChargebackReversed    EventType = "CHARGEBACK_REVERSED"
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
	// Position is its place in the log of all events of its tenant, which it gets
	// moments after it is recorded; until then it is nil.
	Position *int64
}

// LoggedEvent is an event with its place in the tenant's log.
type LoggedEvent struct {
	PaymentEvent
	// CustomerID is whose payment it is about; nil for nobody's.
	CustomerID *uuid.UUID
}

// EventPage is a part of a tenant's log of events.
type EventPage struct {
	// List are the events that match, oldest first.
	List []LoggedEvent
	// End is the place that the log was read up to, whether an event there matched or
	// not: the next page begins behind it.
	End int64
	// More says that the log goes on behind End.
	More bool
}

// EventHead is where the log of a tenant ends.
type EventHead struct {
	TenantID uuid.UUID
	// Position is the place of the newest event in the log, 0 when there is none.
	Position int64
	// Unplaced says that there are events without a place yet.
	Unplaced bool
}

// PaymentEventFilter says which events to read; all conditions that are set must hold.
// Ids are global ids; one that names nothing matches nothing.
type PaymentEventFilter struct {
	Types       []string
	Statuses    []PaymentStatus
	PaymentIDs  []string
	CustomerIDs []string
}

// Matcher returns the filter as a test of single events, for those that were read for
// many. A customer matches only what is theirs; nil is no customer.
func (f PaymentEventFilter) Matcher(customer *uuid.UUID) func(LoggedEvent) bool {
	types, statuses := setOf(f.Types), setOf(f.Statuses)
	payments, customers := idSet(KindPayment, f.PaymentIDs), idSet(KindCustomer, f.CustomerIDs)
	return func(e LoggedEvent) bool {
		owner := uuid.Nil // is nobody's id
		if e.CustomerID != nil {
			owner = *e.CustomerID
		}
		return (customer == nil || owner == *customer) && types.allows(string(e.Type)) && statuses.allows(e.Status) &&
			payments.allows(e.PaymentID) && customers.allows(owner)
	}
}

// choice is a condition on one value; nil allows all.
type choice[T comparable] map[T]bool

func (c choice[T]) allows(value T) bool { return c == nil || c[value] }

func setOf[T comparable](values []T) choice[T] {
	if values == nil {
		return nil
	}
	c := choice[T]{}
	for _, v := range values {
		c[v] = true
	}
	return c
}

func idSet(kind Kind, texts []string) choice[uuid.UUID] {
	if texts == nil {
		return nil
	}
	return setOf(ParseIDs(kind, texts))
}

// GlobalID is the id in the API.
func (e PaymentEvent) GlobalID() string { return FormatID(KindEvent, e.ID) }

// Amount is what the event is about, where it is about an amount.
func (e PaymentEvent) Amount() *money.Money { return moneyOrNil(e.AmountMinor, e.Currency) }
