package store

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// IdempotencyKey is the record of an intent that was carried out.
type IdempotencyKey struct {
	Operation   string
	Key         string
	Fingerprint []byte
	PaymentID   uuid.UUID
	// SubjectID is what the intent made.
	SubjectID uuid.UUID
	// RefusedWith is the refusal that the request ended with after all; nil for none.
	RefusedWith *pay.Code
	CreatedAt   time.Time
}

var idempotencyKeys = table[IdempotencyKey]{name: "idempotency_keys"}

// IdempotencyKeyOf reads the intent of an operation's key; the list is empty
// when the key is new.
func (t Tenant) IdempotencyKeyOf(ctx context.Context, operation, key string) ([]IdempotencyKey, error) {
	w := t.where("t")
	w.and("t.operation = ? AND t.key = ?", operation, key)
	return idempotencyKeys.find(ctx, t.store, w, "")
}

// InsertIdempotencyKey records an intent in the transaction of its effect.
func (t Tenant) InsertIdempotencyKey(ctx context.Context, k IdempotencyKey) error {
	return insert(ctx, t.store, idempotencyKeys, t.id, []IdempotencyKey{k})
}

// RefuseIdempotencyKey records the refusal that a key's request ended with.
func (t Tenant) RefuseIdempotencyKey(ctx context.Context, operation, key string, code pay.Code) error {
	return t.writeOne(ctx, "idempotency_keys", "UPDATE idempotency_keys SET refused_with = $4 WHERE tenant_id = $1 AND operation = $2 AND key = $3", operation, key, code)
}

// DeleteIdempotencyKey sets a key free whose request came to nothing.
func (t Tenant) DeleteIdempotencyKey(ctx context.Context, operation, key string) error {
	return t.writeOne(ctx, "idempotency_keys", "DELETE FROM idempotency_keys WHERE tenant_id = $1 AND operation = $2 AND key = $3", operation, key)
}
