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
	// DueDelivery is a message to a company. It has workers of its own: servers of
	// strangers must not keep anybody's money waiting.
	DueDelivery DueKind = "delivery"
)

// Due is a row whose time to be looked at has come, with whose it is.
type Due struct {
	Kind        DueKind
	ID          uuid.UUID
	TenantID    uuid.UUID
	CompanyID   uuid.UUID
	Environment Environment
	// GatewayID is the gateway that may be asked, or the endpoint that a message goes to;
	// null where there is none, or it is not yet known.
	GatewayID *uuid.UUID
	WakeAt    time.Time
	// Failures is how often waking the row has failed since it last went well.
	Failures int
}

// ClaimLength is how long nobody else takes on a due row that a process took on:
// longer than the calls that it may lead to. After that the process is taken for dead.
const ClaimLength = 2*CallDeadline + 10*time.Second

// The waits after waking a row failed: each twice as long as the one before. What cannot
// be done must neither keep the program busy nor be forgotten.
const (
	firstFailureWait   = 5 * time.Second
	longestFailureWait = time.Hour
)

// FailureWait is how long a row is left alone after it failed.
func (d Due) FailureWait() time.Duration {
	wait := firstFailureWait
	for range d.Failures {
		wait = min(2*wait, longestFailureWait)
	}
	return wait
}

// SystemActor is the program itself, acting for the company whose row is due.
func (d Due) SystemActor() Actor { return systemActor(d.TenantID, d.CompanyID, d.Environment) }

func systemActor(tenant, company uuid.UUID, e Environment) Actor {
	return Actor{ID: ActorSystem, Role: RoleAdmin, Scopes: Scopes(), TenantID: tenant, CompanyID: company, Environment: e}
}
