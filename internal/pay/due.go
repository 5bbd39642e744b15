package pay

import (
	"time"

	"github.com/google/uuid"
)

// DueKind is a sort of row that the program looks at again by itself.
type DueKind string

// The kinds of due rows.
const (
	DueAttempt      DueKind = "attempt"
	DueOperation    DueKind = "operation"
	DueRefund       DueKind = "refund"
	DuePayment      DueKind = "payment"
	DueSubscription DueKind = "subscription"
	DueSimulation   DueKind = "simulation"
	DueWebhook      DueKind = "webhook"
)

// Due is a row whose time to be looked at has come, with whose it is.
type Due struct {
	Kind        DueKind
	ID          uuid.UUID
	TenantID    uuid.UUID
	CompanyID   uuid.UUID
	Environment Environment
	WakeAt      time.Time
}

// ClaimLength is how long nobody else takes on a due row that a process took on:
// longer than the calls that it may lead to. After that the process is taken for dead.
const ClaimLength = 2*CallDeadline + 10*time.Second

// SystemActor is the program itself, acting for the company whose row is due.
func (d Due) SystemActor() Actor { return systemActor(d.TenantID, d.CompanyID, d.Environment) }

func systemActor(tenant, company uuid.UUID, e Environment) Actor {
	return Actor{ID: ActorSystem, Role: RoleAdmin, Scopes: Scopes(), TenantID: tenant, CompanyID: company, Environment: e}
}
