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

// SystemActor is the program itself, acting for the company whose row is due.
func (d Due) SystemActor() Actor {
	return Actor{ID: ActorSystem, Role: RoleAdmin, Scopes: Scopes(), TenantID: d.TenantID, CompanyID: d.CompanyID, Environment: d.Environment}
}
