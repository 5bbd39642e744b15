package service

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// CreateAPIKeyInput is a partner key to be made.
type CreateAPIKeyInput struct {
	Name      string
	Scopes    []pay.Scope
	ExpiresAt *time.Time
	// TrustedDocumentsOnly: the key runs trusted documents and no others.
	TrustedDocumentsOnly bool
}

// UpdateAPIKeyInput says which documents a partner key runs from now on.
type UpdateAPIKeyInput struct {
	ID                   string
	TrustedDocumentsOnly bool
}

// RevokeAPIKeyInput names a partner key to be revoked.
type RevokeAPIKeyInput struct{ ID string }

// KeyMaker makes a key for an environment: the key itself, the hash that is
// stored and the prefix that is shown.
type KeyMaker func(pay.Environment) (key string, hash []byte, prefix string)

// CreateAPIKey makes a partner key and returns it with its secret, which is not
// kept. Only for admins; a key cannot hold more than its maker, nor approve. The next after
// pay.MaxAPIKeys that work is refused.
func (s *Service) CreateAPIKey(ctx context.Context, in CreateAPIKeyInput, make KeyMaker) (pay.APIKey, string, error) {
	c, err := s.administers(ctx)
	if err != nil {
		return pay.APIKey{}, "", err
	}
	now := s.clock()
	if err := in.check(c.Actor, now); err != nil {
		return pay.APIKey{}, "", s.forbid(ctx, c.Actor, err)
	}
	secret, hash, prefix := make(c.Environment)
	slices.Sort(in.Scopes)
	key := pay.APIKey{ID: pay.NewID(), Name: in.Name, Prefix: prefix, Scopes: slices.Compact(in.Scopes),
		CreatedAt: now, CreatedBy: c.ID, ExpiresAt: in.ExpiresAt, TrustedDocumentsOnly: in.TrustedDocumentsOnly}
	err = s.store.InTx(ctx, func(ctx context.Context) error {
		err := room(ctx, c.rows, pay.MaxAPIKeys, "keys that work", func(ctx context.Context) (int, error) { return c.rows.CountWorkingAPIKeys(ctx, now) })
		if err != nil {
			return err
		}
		return c.rows.InsertAPIKey(ctx, store.NewAPIKey{APIKey: key, Hash: hash})
	})
	if err != nil {
		return pay.APIKey{}, "", err
	}
	return key, secret, nil
}

func (in CreateAPIKeyInput) check(maker pay.Actor, now time.Time) error {
	var faults checks
	faults.text(&in.Name, 1, 200, pay.At("input", "name"))
	if len(in.Scopes) == 0 {
		faults.Addf(pay.CodeRequired, pay.At("input", "scopes"), "At least one scope is needed.")
	}
	allowed := pay.RolePartner.MaxScopes()
	for i, scope := range in.Scopes {
		if !slices.Contains(allowed, scope) || !maker.Has(scope) {
			faults.Addf(pay.CodeForbiddenAction, pay.At("input", "scopes").Index(i), "This scope cannot be given to a key by this caller.")
		}
	}
	if in.ExpiresAt != nil && !in.ExpiresAt.After(now) {
		faults.Addf(pay.CodeInvalidInput, pay.At("input", "expiresAt"), "The key would be expired already.")
	}
	return faults.Err()
}

func (s *Service) administers(ctx context.Context) (caller, error) {
	actor, err := pay.ActorFrom(ctx)
	if err != nil {
		return caller{}, err
	}
	if err := actor.RequireAdmin(); err != nil {
		return caller{}, s.forbid(ctx, actor, err)
	}
	return caller{Actor: actor, rows: s.store.For(actor)}, nil
}

// UpdateAPIKey holds a partner key to trusted documents, or lets go of it, from its next
// request on. Only for admins.
func (s *Service) UpdateAPIKey(ctx context.Context, in UpdateAPIKeyInput) (pay.APIKey, error) {
	return s.changeAPIKey(ctx, in.ID, func(ctx context.Context, rows store.Tenant, id uuid.UUID) ([]pay.APIKey, error) {
		return rows.HoldAPIKey(ctx, id, in.TrustedDocumentsOnly)
	})
}

// RevokeAPIKey stops a partner key from working, at once. Repeating it changes
// nothing. Only for admins.
func (s *Service) RevokeAPIKey(ctx context.Context, in RevokeAPIKeyInput) (pay.APIKey, error) {
	return s.changeAPIKey(ctx, in.ID, func(ctx context.Context, rows store.Tenant, id uuid.UUID) ([]pay.APIKey, error) {
		return rows.RevokeAPIKey(ctx, id, s.clock())
	})
}

func (s *Service) changeAPIKey(ctx context.Context, text string, change func(context.Context, store.Tenant, uuid.UUID) ([]pay.APIKey, error)) (pay.APIKey, error) {
	c, err := s.administers(ctx)
	if err != nil {
		return pay.APIKey{}, err
	}
	var keys []pay.APIKey
	id, _ := pay.ParseID(pay.KindAPIKey, text)
	err = s.store.InTx(ctx, func(ctx context.Context) error {
		keys, err = change(ctx, c.rows, id)
		return err
	})
	if err == nil && len(keys) == 0 {
		err = pay.Errors{notFound("key", pay.At("input", "id"))}
	}
	if err != nil {
		return pay.APIKey{}, err
	}
	return keys[0], nil
}

// APIKeys lists the newest of the tenant's partner keys, newest first: those that work, those
// that do not, or nil for both. Only for callers with gateways:admin.
func (s *Service) APIKeys(ctx context.Context, working *bool) ([]pay.APIKey, error) {
	return readAsStaff(ctx, s, pay.ScopeGatewaysAdmin, func(c caller) ([]pay.APIKey, error) { return c.rows.APIKeys(ctx, working, s.clock()) })
}

// APIKeysByID reads partner keys by id, for callers with gateways:admin.
func (s *Service) APIKeysByID(ctx context.Context, ids []uuid.UUID) ([]pay.APIKey, error) {
	return readAsStaff(ctx, s, pay.ScopeGatewaysAdmin, func(c caller) ([]pay.APIKey, error) { return c.rows.APIKeysByID(ctx, ids) })
}
