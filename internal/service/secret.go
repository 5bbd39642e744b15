package service

import (
	"bytes"
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// resealBatch is how many values, and sometimes a few more, are sealed anew in one
// transaction: few enough that a webhook never waits for it.
const resealBatch = 200

// sealedPlace names where a value of a column lies, as when it was sealed.
func sealedPlace(c store.SealedColumn, v store.Sealed) string {
	switch c {
	case store.SealedParameters:
		return secretPlace(v.Key, v.Name)
	case store.SealedDeliveries:
		return deliveryPlace(v.Key)
	case store.SealedEndpoints, store.SealedEndpointsPrevious:
		return endpointSecretPlace(v.Key)
	}
	return c.String() // where nothing lies: it cannot be opened
}

// Resealed is what became of everything that is sealed.
type Resealed struct {
	// Found is how many values there are, Changed how many were sealed with the key
	// before and are sealed with the newest now.
	Found, Changed int
}

// Reseal seals everything with the newest key, of all companies, so that the key before
// it can be given up. It may be run beside servers that know both keys, and again after
// it broke off. That a value can be opened with neither key ends it: nothing of that
// value is changed. Only for operators.
func (s *Service) Reseal(ctx context.Context) (done Resealed, err error) {
	if s.seals == nil {
		return done, errNoSeals
	}
	companies, err := s.store.Companies(ctx)
	if err != nil {
		return done, err
	}
	for _, company := range companies {
		for _, environment := range []pay.Environment{pay.Live, pay.Sandbox} {
			tenants, err := s.store.TenantOf(ctx, company.ID, environment)
			if err != nil {
				return done, err
			}
			for _, tenant := range tenants {
				if err := s.resealTenant(ctx, tenant, &done); err != nil {
					return done, fmt.Errorf("company %s, %s: %w", company.Slug, environment, err)
				}
			}
		}
	}
	return done, nil
}

func (s *Service) resealTenant(ctx context.Context, tenant pay.Tenant, done *Resealed) error {
	a := pay.Actor{ID: "operator:cli", Role: pay.RoleAdmin, TenantID: tenant.ID, CompanyID: tenant.CompanyID, Environment: tenant.Environment}
	ctx, rows := pay.WithActor(ctx, a), s.store.For(a)
	for _, column := range store.SealedColumns {
		for after := uuid.Nil; ; {
			var batch Resealed
			var next uuid.UUID
			err := s.store.InTx(ctx, func(ctx context.Context) (err error) {
				batch, next, err = s.resealBatch(ctx, rows, column, after)
				return err
			})
			if err != nil {
				return err
			}
			done.Found, done.Changed = done.Found+batch.Found, done.Changed+batch.Changed
			if batch.Found < resealBatch {
				break
			}
			after = next
		}
	}
	return nil
}

// resealBatch seals the values after a key anew that are sealed with the key before, and
// returns the last key that it came to.
func (s *Service) resealBatch(ctx context.Context, rows store.Tenant, column store.SealedColumn, after uuid.UUID) (batch Resealed, last uuid.UUID, err error) {
	list, err := rows.SealedForUpdate(ctx, column, after, resealBatch)
	if err != nil {
		return batch, last, err
	}
	var changed []store.Sealed
	for _, v := range list {
		place := sealedPlace(column, v)
		again, err := s.seals.Reseal(v.Value, place)
		if err != nil {
			return batch, last, fmt.Errorf("%s: %w", place, err)
		}
		if last = v.Key; !bytes.Equal(again, v.Value) {
			v.Value = again
			changed = append(changed, v)
		}
	}
	if len(changed) > 0 {
		err = rows.UpdateSealed(ctx, column, changed)
	}
	return Resealed{Found: len(list), Changed: len(changed)}, last, err
}
