package store

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

var apiKeys = table[pay.APIKey]{name: "api_keys"}

// NewAPIKey is a partner key with the hash that it is found by.
type NewAPIKey struct {
	pay.APIKey
	Hash []byte
}

// InsertAPIKey adds a partner key.
func (t Tenant) InsertAPIKey(ctx context.Context, k NewAPIKey) error {
	return insert(ctx, t.store, apiKeys, t.id, []NewAPIKey{k})
}

// APIKeys reads the newest 1000 of the tenant's partner keys, newest first: of those that
// work at a time, of those that do not, or, with nil, of all.
func (t Tenant) APIKeys(ctx context.Context, working *bool, now time.Time) ([]pay.APIKey, error) {
	w := t.where("t")
	if working != nil {
		w.and("("+keyWorks+") = ?", now, *working)
	}
	return apiKeys.find(ctx, t.store, w, " ORDER BY t.created_at DESC, t.id DESC LIMIT 1000")
}

// keyWorks is true of keys that were not revoked and have not expired at a time; never null.
const keyWorks = "t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > ?)"

// CountWorkingAPIKeys counts the keys that were not revoked and have not expired at a time.
func (t Tenant) CountWorkingAPIKeys(ctx context.Context, now time.Time) (int, error) {
	w := t.where("t")
	w.and(keyWorks, now)
	return apiKeys.count(ctx, t.store, w)
}

// RevokeAPIKey stops a key from working and returns it; a key that is revoked
// already keeps its time. The list is empty when there is no such key.
func (t Tenant) RevokeAPIKey(ctx context.Context, id uuid.UUID, now time.Time) ([]pay.APIKey, error) {
	const query = "UPDATE api_keys SET revoked_at = $3 WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL"
	if _, err := t.store.writer(ctx).ExecContext(ctx, query, t.id, id, now); err != nil {
		return nil, translate(err, "revoke key")
	}
	return t.APIKeysByID(ctx, []uuid.UUID{id})
}

// HoldAPIKey holds a key to trusted documents, or lets go of it, and returns it. The list is
// empty when there is no such key.
func (t Tenant) HoldAPIKey(ctx context.Context, id uuid.UUID, trustedOnly bool) ([]pay.APIKey, error) {
	const query = "UPDATE api_keys SET trusted_documents_only = $3 WHERE tenant_id = $1 AND id = $2"
	if _, err := t.store.writer(ctx).ExecContext(ctx, query, t.id, id, trustedOnly); err != nil {
		return nil, translate(err, "hold key to documents")
	}
	return t.APIKeysByID(ctx, []uuid.UUID{id})
}

// APIKeysByID reads the partner keys with these ids.
func (t Tenant) APIKeysByID(ctx context.Context, ids []uuid.UUID) ([]pay.APIKey, error) {
	return apiKeys.byID(ctx, t, ids)
}

// KeyOwner is a partner key with the tenant that it opens.
type KeyOwner struct {
	ID                   uuid.UUID
	Scopes               pay.Strings[pay.Scope]
	ExpiresAt            *time.Time
	RevokedAt            *time.Time
	TrustedDocumentsOnly bool
	TenantID             uuid.UUID
	CompanyID            uuid.UUID
	Environment          pay.Environment
}

// KeyByHash finds the key with this hash. It is not limited to a tenant,
// because the key is what tells the tenant: the function looks across tenants by itself.
func (s *Store) KeyByHash(ctx context.Context, hash []byte) ([]KeyOwner, error) {
	var rows []KeyOwner
	const query = "SELECT o.id, o.scopes, o.expires_at, o.revoked_at, o.trusted_documents_only, o.tenant_id, o.company_id, o.environment FROM key_owner($1) o"
	if err := s.reader(ctx).SelectContext(outside(ctx), &rows, query, hash); err != nil {
		return nil, translate(err, "find key")
	}
	return rows, nil
}
