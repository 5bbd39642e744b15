package pay

import (
	"time"

	"github.com/google/uuid"
)

// WebhookEndpoint is an address of a company's that is told what happens to its payments.
type WebhookEndpoint struct {
	ID          uuid.UUID
	URL         string
	Description *string
	// EventTypes are those that it is told of; empty for all.
	EventTypes Strings[string]
	// Payload is the GraphQL selection on PaymentEvent that makes a message's data.
	Payload string
	// Position is the place in the log of events up to which it has its deliveries.
	Position int64
	// DisabledReason is why it is told nothing; nil while it is.
	DisabledReason *WebhookDisabledReason
	DisabledAt     *time.Time
	// FailingSince is since when every try has failed (UTC); nil after one that did not.
	FailingSince *time.Time
	// SealedSecret signs its messages, and PreviousSecret too until its time: receivers
	// change theirs in between. Both are sealed; the API shows neither.
	SealedSecret        []byte
	PreviousSecret      []byte
	PreviousSecretUntil *time.Time
	Version             int
	// CreatedBy is the actor's id.
	CreatedBy string
	CreatedAt time.Time
	UpdatedAt time.Time
	// DeletedAt is set for ever. The row stays, for the deliveries that it had.
	DeletedAt *time.Time
}

// WebhookDisabledReason is why an endpoint is told nothing.
type WebhookDisabledReason string

// The reasons.
const (
	// WebhookByCaller: somebody said so.
	WebhookByCaller WebhookDisabledReason = "BY_CALLER"
	// WebhookFailing: every try has failed for WebhookPatience.
	WebhookFailing WebhookDisabledReason = "FAILING"
	// WebhookGone: it answered that it is gone for good.
	WebhookGone WebhookDisabledReason = "GONE"
)

const (
	// WebhookPatience is how long all tries of an endpoint may fail.
	WebhookPatience = 72 * time.Hour
	// SecretOverlap is how long the secret before a change signs too.
	SecretOverlap = 24 * time.Hour
	// MaxWebhookEndpoints bounds those of a tenant: each costs a delivery of every event.
	MaxWebhookEndpoints = 20
)

// KindWebhookEndpoint is the prefix of the ids of endpoints.
const KindWebhookEndpoint Kind = "wh"

// GlobalID is the id in the API.
func (e WebhookEndpoint) GlobalID() string { return FormatID(KindWebhookEndpoint, e.ID) }

// EventTypeList is never null.
func (e WebhookEndpoint) EventTypeList() []string { return append([]string{}, e.EventTypes...) }

// IsEnabled says whether it is told what happens.
func (e WebhookEndpoint) IsEnabled() bool { return e.DisabledReason == nil }

// Enable has it told again what happened since it was told last.
func (e *WebhookEndpoint) Enable() { e.DisabledReason, e.DisabledAt, e.FailingSince = nil, nil, nil }

// Disable has it told nothing more. The first reason stands.
func (e *WebhookEndpoint) Disable(reason WebhookDisabledReason, now time.Time) {
	if e.DisabledReason == nil {
		e.DisabledReason, e.DisabledAt = &reason, &now
	}
}

// Delete disables it for ever, and forgets its secrets.
func (e *WebhookEndpoint) Delete(now time.Time) {
	e.Disable(WebhookByCaller, now)
	e.SealedSecret, e.PreviousSecret, e.PreviousSecretUntil, e.DeletedAt = nil, nil, nil, &now
}

// Rotate gives it another secret; the one before signs too for SecretOverlap.
func (e *WebhookEndpoint) Rotate(sealed []byte, now time.Time) {
	until := now.Add(SecretOverlap)
	e.SealedSecret, e.PreviousSecret, e.PreviousSecretUntil = sealed, e.SealedSecret, &until
}

// Secrets are those that sign at a time, the newest first.
func (e WebhookEndpoint) Secrets(now time.Time) [][]byte {
	if e.PreviousSecretUntil != nil && now.Before(*e.PreviousSecretUntil) {
		return [][]byte{e.SealedSecret, e.PreviousSecret}
	}
	return [][]byte{e.SealedSecret}
}

// Answered notes what came of a try, nil for a success. It disables what has failed for
// too long, or says itself that it is gone.
func (e *WebhookEndpoint) Answered(failure *WebhookFailure, now time.Time) {
	if failure == nil {
		e.FailingSince = nil
		return
	}
	if e.FailingSince == nil {
		e.FailingSince = &now
	}
	switch {
	case *failure == WebhookFailureGone:
		e.Disable(WebhookGone, now)
	case !now.Before(e.FailingSince.Add(WebhookPatience)):
		e.Disable(WebhookFailing, now)
	}
}

// BehindEndpoint is an endpoint that has not been given all deliveries of its tenant's
// events.
type BehindEndpoint struct {
	ID       uuid.UUID
	TenantID uuid.UUID
}
