package store

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// IdempotencyKey is the record of an intent that was carried out.
type IdempotencyKey struct {
	Operation   string
	Key         string
	Fingerprint []byte
	PaymentID   uuid.UUID
	// SubjectID is what the intent made.
	SubjectID uuid.UUID
	CreatedAt time.Time
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
