package auth

import (
	"context"
	"sync"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// maxTenants bounds the memory that tenants take, about 100 bytes each.
const maxTenants = 10_000

// tenants remembers the tenants' ids, which never change. Only signed tokens
// lead here, so nobody can fill it with companies that do not exist.
type tenants struct {
	mu  sync.Mutex
	ids map[place]uuid.UUID
}

// place is what a token says about its tenant.
type place struct {
	company     uuid.UUID
	environment pay.Environment
}

func (t *tenants) get(p place) (uuid.UUID, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	id, ok := t.ids[p]
	return id, ok
}

func (t *tenants) put(p place, id uuid.UUID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ids == nil || len(t.ids) >= maxTenants {
		t.ids = map[place]uuid.UUID{} // those in use come back at once
	}
	t.ids[p] = id
}

// inTenant adds the tenant of the actor's company and environment.
func (a *Authenticator) inTenant(ctx context.Context, actor pay.Actor) (pay.Actor, error) {
	at := place{actor.CompanyID, actor.Environment}
	id, ok := a.tenants.get(at)
	if !ok {
		found, err := a.source.TenantOf(ctx, at.company, at.environment)
		if err != nil {
			return pay.Actor{}, err
		}
		if len(found) == 0 {
			return pay.Actor{}, refuse("company %s is unknown", at.company)
		}
		id = found[0].ID
		a.tenants.put(at, id)
	}
	actor.TenantID = id
	return actor, nil
}
