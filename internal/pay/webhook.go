package pay

import (
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
)

// WebhookOutcome is what became of an event that a provider reported.
type WebhookOutcome string

// The outcomes.
const (
	// WebhookApplied: it was news, and counts.
	WebhookApplied WebhookOutcome = "APPLIED"
	// WebhookNothingNew: all that it says was known.
	WebhookNothingNew WebhookOutcome = "NOTHING_NEW"
	// WebhookMismatch: it says what cannot be of its attempt, and settled nothing.
	WebhookMismatch WebhookOutcome = "MISMATCH"
	// WebhookOrphan: nothing is known of what it is about.
	WebhookOrphan WebhookOutcome = "ORPHAN"
	// WebhookWaiting: it presupposes a report of its attempt that has not come.
	WebhookWaiting WebhookOutcome = "WAITING"
)

// settled says that the event was counted, and will not be looked at again.
func (o WebhookOutcome) settled() bool { return o != WebhookOrphan && o != WebhookWaiting }

// WebhookEvent is one event of a gateway's provider in the inbox.
type WebhookEvent struct {
	ID        uuid.UUID
	GatewayID uuid.UUID
	// EventID is the provider's own id of it; a gateway has each once.
	EventID    string
	Report     Report
	ReceivedAt time.Time
	// WakeAt is when to look at it again (UTC); null when there is nothing to do.
	WakeAt *time.Time
	// Checks counts the looks that came to nothing.
	Checks    int
	AppliedAt *time.Time
	// Outcome is nil until it was looked at.
	Outcome       *WebhookOutcome
	TransactionID *uuid.UUID
	PaymentID     *uuid.UUID
	// ContradictedAt is when the same event came with other content; the first stands.
	ContradictedAt *time.Time
}

// KindWebhookEvent is the prefix of the ids of webhook events.
const KindWebhookEvent Kind = "we"

// GlobalID is the id in the API.
func (e WebhookEvent) GlobalID() string { return FormatID(KindWebhookEvent, e.ID) }

// The waits before an event is looked at again. What failed is tried for ever; an
// attempt that nobody knows may become known by what its gateway answers, or by a
// restored database, within days.
var webhookWaits = []time.Duration{5 * time.Second, time.Minute, 10 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour, 24 * time.Hour}

// Await keeps others from an event while it is applied; whoever looks after that
// finds what was left undone.
func (e *WebhookEvent) Await(now time.Time) {
	at := now.Add(LeaseLength)
	e.WakeAt = &at
}

// CameTo notes what became of it with the attempt that it is about; nil where none is
// known. What did not count is looked at again some times, and then left for a person.
func (e *WebhookEvent) CameTo(outcome WebhookOutcome, t *Transaction, now time.Time) {
	e.Outcome = &outcome
	if outcome.settled() {
		e.AppliedAt, e.TransactionID, e.PaymentID, e.WakeAt = &now, &t.ID, &t.PaymentID, nil
		return
	}
	e.Again(now)
	if e.Checks > len(webhookWaits) {
		e.WakeAt = nil
	}
}

// Again has it looked at later, and later still each time.
func (e *WebhookEvent) Again(now time.Time) {
	at := now.Add(webhookWaits[min(e.Checks, len(webhookWaits)-1)])
	e.Checks, e.WakeAt = e.Checks+1, &at
}

// Contradicts says that the same event came again and said something else, which is
// refused: one of the two is wrong, and nobody here knows which.
func (e WebhookEvent) Contradicts(again Report) (bool, error) {
	was, err := json.Marshal(e.Report)
	if err != nil {
		return false, err
	}
	is, err := json.Marshal(again)
	return !slices.Equal(was, is), err
}

// WebhookEventFilter says which events to read; all conditions must hold.
type WebhookEventFilter struct {
	GatewayIDs []string
	Outcomes   []WebhookOutcome
	ReceivedAt *DateTimeRange
	// IsContradicted: only those that came with other content too, or only others.
	IsContradicted *bool
}

// Why a delivery is refused, besides what its connector says of it.
var (
	// ErrNoEndpoint: no gateway has the address.
	ErrNoEndpoint = errors.New("no gateway has this address")
	// ErrContradicted: an event came a second time with other content.
	ErrContradicted = errors.New("event was delivered before with other content")
)

// Endpoint is a gateway to whose address a provider reports, with whose it is.
type Endpoint struct {
	GatewayID   uuid.UUID
	Connector   string
	TenantID    uuid.UUID
	CompanyID   uuid.UUID
	Environment Environment
}

// SystemActor is the program itself, acting for the company whose gateway it is.
func (e Endpoint) SystemActor() Actor { return systemActor(e.TenantID, e.CompanyID, e.Environment) }
