package pay

import (
	"time"

	"github.com/google/uuid"
)

// WebhookDelivery is one event for one endpoint. It is sent until it was taken once, so
// a receiver may get it more than once, and always with the same id and content.
type WebhookDelivery struct {
	ID         uuid.UUID
	EndpointID uuid.UUID
	EventID    uuid.UUID
	PaymentID  uuid.UUID
	Status     WebhookDeliveryStatus
	// Tries counts those since it was made or last replayed, Attempts all of them.
	Tries    int
	Attempts int
	// WakeAt is when to send it (UTC); nil where nothing is to be sent, or its endpoint
	// is told nothing.
	WakeAt *time.Time
	// Payload is the message as it is sent, with every try; nil before the first.
	Payload     *string
	CreatedAt   time.Time
	DeliveredAt *time.Time
}

// WebhookDeliveryStatus is what became of a delivery.
type WebhookDeliveryStatus string

// The states. Only a replay leads back to the first.
const (
	WebhookPending   WebhookDeliveryStatus = "PENDING"
	WebhookDelivered WebhookDeliveryStatus = "DELIVERED"
	// WebhookFailed: the last try failed, and there is no other.
	WebhookFailed WebhookDeliveryStatus = "FAILED"
	// WebhookCancelled: its endpoint was deleted before.
	WebhookCancelled WebhookDeliveryStatus = "CANCELLED"
)

// WebhookAttempt is one try to deliver.
type WebhookAttempt struct {
	DeliveryID uuid.UUID
	// Number counts the tries of a delivery from 1.
	Number     int
	At         time.Time
	DurationMs int
	// StatusCode is the HTTP status of the answer; nil where there was none.
	StatusCode *int
	// Failure is why it failed; nil where it did not.
	Failure *WebhookFailure
	// Response is how the answer begins, made harmless; nil where it is empty.
	Response *string
}

// WebhookFailure is why a try failed.
type WebhookFailure string

// The failures.
const (
	// WebhookFailureStatus: the answer's status is no success.
	WebhookFailureStatus WebhookFailure = "STATUS"
	// WebhookFailureGone: the answer is 410, which means for good.
	WebhookFailureGone WebhookFailure = "GONE"
	// WebhookFailureRedirect: the answer leads elsewhere, where nobody is followed.
	WebhookFailureRedirect WebhookFailure = "REDIRECT"
	WebhookFailureTimeout  WebhookFailure = "TIMEOUT"
	// WebhookFailureAddress: the name leads to an address that is not of the internet.
	WebhookFailureAddress    WebhookFailure = "FORBIDDEN_ADDRESS"
	WebhookFailureName       WebhookFailure = "NAME_NOT_FOUND"
	WebhookFailureTLS        WebhookFailure = "TLS"
	WebhookFailureConnection WebhookFailure = "CONNECTION"
	// WebhookFailurePayload: the message could not be made; nothing was sent.
	WebhookFailurePayload WebhookFailure = "PAYLOAD"
)

// webhookTries are the waits after each try that failed, those that the Standard Webhooks
// recommend: the last try comes three days after the first.
var webhookTries = []time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour,
	10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour}

// longestRetryAfter bounds what an endpoint may ask for by Retry-After.
const longestRetryAfter = 24 * time.Hour

// KindWebhookDelivery is the prefix of the ids of deliveries.
const KindWebhookDelivery Kind = "whd"

// NewWebhookDelivery is the delivery of an event to an endpoint, due at once.
func NewWebhookDelivery(endpoint uuid.UUID, e PaymentEvent, now time.Time) WebhookDelivery {
	return WebhookDelivery{ID: uuid.NewSHA1(endpoint, e.ID[:]), EndpointID: endpoint, EventID: e.ID, PaymentID: e.PaymentID,
		Status: WebhookPending, WakeAt: &now, CreatedAt: now}
}

// GlobalID is the id in the API, and that of the message.
func (d WebhookDelivery) GlobalID() string { return FormatID(KindWebhookDelivery, d.ID) }

// Tried notes what came of a try, nil for a success. Another one comes later each time,
// and not before the endpoint asked for it.
func (d *WebhookDelivery) Tried(failure *WebhookFailure, retryAfter time.Duration, now time.Time) {
	d.Tries, d.Attempts, d.WakeAt = d.Tries+1, d.Attempts+1, nil
	switch {
	case failure == nil:
		d.Status, d.DeliveredAt = WebhookDelivered, &now
	case d.Status != WebhookPending: // it was cancelled, or another process was taken for dead and was not
	case d.Tries > len(webhookTries):
		d.Status = WebhookFailed
	default:
		at := now.Add(max(d.spread(webhookTries[d.Tries-1]), min(retryAfter, longestRetryAfter)))
		d.WakeAt = &at
	}
}

// spread makes a wait up to a tenth longer, differently for each delivery: those that
// failed together must not all come back together.
func (d WebhookDelivery) spread(wait time.Duration) time.Duration {
	return wait + wait/10*time.Duration(d.ID[15])/256
}

// Replay has it sent again, as if it had not been yet.
func (d *WebhookDelivery) Replay(now time.Time) {
	d.Status, d.Tries, d.WakeAt, d.DeliveredAt = WebhookPending, 0, &now, nil
}

// Park keeps it until its endpoint is told again what happens.
func (d *WebhookDelivery) Park() { d.WakeAt = nil }

// IsDue says whether it is to be sent by now.
func (d WebhookDelivery) IsDue(now time.Time) bool { return d.WakeAt != nil && !now.Before(*d.WakeAt) }

// ClosesCheckout says whether events of a type tell that the payer has left the checkout:
// came back from it with an answer, gave up, or stayed away until the time was over.
func (t EventType) ClosesCheckout() bool {
	switch t {
	case EventActionAnswered, EventPaymentCancelled, EventPaymentExpired, TransactionEvent(TransactionDropped),
		TransactionEvent(TransactionCancelled), TransactionEvent(TransactionExpired):
		return true
	}
	return false
}

// WebhookDeliveryFilter says which deliveries to read; all conditions that are set must
// hold.
type WebhookDeliveryFilter struct {
	IDs         []string
	EndpointIDs []string
	PaymentIDs  []string
	Statuses    []WebhookDeliveryStatus
	CreatedAt   *DateTimeRange
}
