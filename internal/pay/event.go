package pay

import (
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/money"
)

// EventType says what happened to a payment.
type EventType string

// The event types so far; transaction events are named after the state that
// the attempt took.
const (
	EventPaymentCreated     EventType = "PAYMENT_CREATED"
	EventTransactionCreated EventType = "TRANSACTION_CREATED"
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
