package store

import (
	"context"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// Row level security is the second lock on tenancy. The first is that each statement names
// its tenant, which it is given by a handle; the second is that PostgreSQL shows rows of
// no other tenant than the connection says it works for, and that is the tenant of the
// authenticated caller, whom the context carries: a handle to another tenant, or a
// statement that forgets it, finds nothing.

// allTenants is what a connection says that works across tenants.
const allTenants = "all"

type tellKey struct{}

// What a context says of its statements, other than that they are the caller's.
const (
	sayAll    = "all"
	sayItself = "itself"
	sayNone   = "none"
)

// across has statements see the rows of all tenants. Whoever calls it stands in the list of
// TestAcross, with the reason.
func across(ctx context.Context) context.Context { return context.WithValue(ctx, tellKey{}, sayAll) }

// outside is for statements that touch no rows of tenants: their connection need not say
// whose they are, whatever it said before.
func outside(ctx context.Context) context.Context { return context.WithValue(ctx, tellKey{}, sayNone) }

// tellsItself is for the statement that says whose rows its transaction is about.
func tellsItself(ctx context.Context) context.Context {
	return context.WithValue(ctx, tellKey{}, sayItself)
}

// told is what the connection says for statements of ctx: a tenant's id, all tenants, or
// nothing where nobody acts.
func told(ctx context.Context) string {
	if ctx.Value(tellKey{}) == sayAll {
		return allTenants
	}
	actor, _ := pay.ActorFrom(ctx)
	if actor.TenantID == uuid.Nil {
		return ""
	}
	return actor.TenantID.String()
}
