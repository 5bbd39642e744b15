package pay

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// Environment separates real money from rehearsals (S4 tenant live/sand). It
// comes from the credential, never from an argument.
type Environment string

// The two environments.
const (
	Live    Environment = "LIVE"
	Sandbox Environment = "SANDBOX"
)

// Role is who the caller is; it bounds what scopes can give.
type Role string

// The roles, from the narrowest to the operator of the installation.
const (
	// RoleCustomer sees and pays only what is their own.
	RoleCustomer Role = "CUSTOMER"
	// RoleReadonly sees the company's rows and changes nothing.
	RoleReadonly Role = "READONLY"
	// RoleStaff works with the company's rows.
	RoleStaff Role = "STAFF"
	// RolePartner is a program with a scoped key.
	RolePartner Role = "PARTNER"
	// RoleAdmin does everything inside one company and environment.
	RoleAdmin Role = "ADMIN"
	// RoleOperator makes companies and sees no company's rows.
	RoleOperator Role = "OPERATOR"
)

// Scope is one permission of a credential.
type Scope string

// The scopes.
const (
	ScopePaymentsRead      Scope = "payments:read"
	ScopePaymentsWrite     Scope = "payments:write"
	ScopePaymentsRefund    Scope = "payments:refund"
	ScopePaymentsApprove   Scope = "payments:approve"
	ScopePaymentsReconcile Scope = "payments:reconcile"
	ScopePaymentsPII       Scope = "payments:pii"
	ScopeGatewaysAdmin     Scope = "gateways:admin"
)

// Scopes lists every scope there is.
func Scopes() []Scope {
	return []Scope{ScopePaymentsRead, ScopePaymentsWrite, ScopePaymentsRefund,
		ScopePaymentsApprove, ScopePaymentsReconcile, ScopePaymentsPII, ScopeGatewaysAdmin}
}

// roleScopes is what a role may hold at most; it is also what a token holds
// when none are named.
var roleScopes = map[Role][]Scope{
	RoleCustomer: {ScopePaymentsRead, ScopePaymentsWrite, ScopePaymentsPII},
	RoleReadonly: {ScopePaymentsRead},
	RoleStaff:    {ScopePaymentsRead, ScopePaymentsWrite, ScopePaymentsRefund, ScopePaymentsPII},
	// A person approves; a program never does.
	RolePartner:  {ScopePaymentsRead, ScopePaymentsWrite, ScopePaymentsRefund, ScopePaymentsReconcile, ScopePaymentsPII, ScopeGatewaysAdmin},
	RoleAdmin:    Scopes(),
	RoleOperator: {},
}

// Known says whether r is one of the roles.
func (r Role) Known() bool { _, ok := roleScopes[r]; return ok }

// MaxScopes returns the scopes that a credential of this role may hold.
func (r Role) MaxScopes() []Scope { return slices.Clone(roleScopes[r]) }

// Actor is the authenticated caller of one request.
type Actor struct {
	// ID names the caller in events and audit, for example "admin:ana" or "key_…".
	ID     string
	Role   Role
	Scopes []Scope
	// TenantID is the company in its environment; zero for an operator.
	TenantID    uuid.UUID
	CompanyID   uuid.UUID
	Environment Environment
	// CustomerID is set for RoleCustomer: every row read or written must be theirs.
	CustomerID *uuid.UUID
	// PaymentID is set for a payer who came by a checkout link: of all payments they see
	// and pay this one only.
	PaymentID *uuid.UUID
	// TrustedOnly: the credential runs trusted documents and no others.
	TrustedOnly bool
}

// Names of actors that hold no credential.
const (
	// ActorSystem is the program itself.
	ActorSystem = "system"
	// ActorCheckout is a payer who came by a checkout link, whoever that is.
	ActorCheckout = "checkout"
	// ActorGateway causes what gateways report, whoever asked them.
	ActorGateway = "gateway"
)

// Caller tells callers apart, for what each of them may have of the server: one key or person
// in a company's environment. The same name means somebody else in another, and one key of
// a company takes nothing from another. The zero value is whoever shows no credential.
type Caller struct {
	tenant uuid.UUID
	id     string
}

// Caller is whose share of the server the actor uses.
func (a Actor) Caller() Caller { return Caller{a.TenantID, a.ID} }

// CredentialRole is the role of the credential that acts; "" where none does.
func (a Actor) CredentialRole() Role {
	if a.ID == ActorSystem || a.ID == ActorGateway {
		return ""
	}
	return a.Role
}

// IsPerson says whether an actor's id names the person who calls, in whatever role.
func (a Actor) IsPerson(id string) bool { return person(id) == person(a.ID) }

// person is the subject of a token's id; what is not a token's is its own.
func person(id string) string {
	if _, subject, ok := strings.Cut(id, ":"); ok {
		return subject
	}
	return id
}

// NameOf is an actor's id as the caller may know it: customers see their own, and of
// others no more than their role.
func (a Actor) NameOf(id string) string {
	if a.Role != RoleCustomer || id == a.ID {
		return id
	}
	if strings.HasPrefix(id, string(KindAPIKey)+"_") {
		return strings.ToLower(string(RolePartner))
	}
	role, _, _ := strings.Cut(id, ":")
	return role
}

// Has says whether the credential holds the scope. Whoever may do something may
// read: the answer to a payment that was made must be able to show it.
func (a Actor) Has(s Scope) bool {
	return slices.Contains(a.Scopes, s) || s == ScopePaymentsRead && len(a.Scopes) > 0
}

// Require returns ErrForbidden unless the credential holds the scope.
func (a Actor) Require(s Scope) error {
	if a.TenantID == uuid.Nil || !a.Has(s) {
		return fmt.Errorf("%w: scope %s is missing", ErrForbidden, s)
	}
	return nil
}

// RequireStaff is Require for operations that no customer may do even on rows
// of their own, such as setting prices.
func (a Actor) RequireStaff(s Scope) error {
	if a.Role == RoleCustomer {
		return fmt.Errorf("%w: not for customers", ErrForbidden)
	}
	return a.Require(s)
}

// RequireAdmin returns ErrForbidden unless the caller administers the company. The
// role alone is not enough: an admin's token that was narrowed to less, such as to
// reading, must not make keys or read the audit log.
func (a Actor) RequireAdmin() error {
	if a.TenantID == uuid.Nil || a.Role != RoleAdmin {
		return fmt.Errorf("%w: role ADMIN is needed", ErrForbidden)
	}
	return a.Require(ScopeGatewaysAdmin)
}

type actorKey struct{}

// WithActor returns a context that carries the authenticated caller.
func WithActor(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// ActorFrom returns the caller that ctx carries, or ErrUnauthenticated.
func ActorFrom(ctx context.Context) (Actor, error) {
	a, ok := ctx.Value(actorKey{}).(Actor)
	if !ok {
		return Actor{}, ErrUnauthenticated
	}
	return a, nil
}
