package pay

import (
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/money"
)

// Company is a merchant. It is made by the operator; everything inside it is
// made by its own admins and keys. It has one tenant in each environment.
type Company struct {
	ID   uuid.UUID
	Slug string
	Name string
	// Country is an ISO 3166-1 alpha-2 code.
	Country string
	// Currency is used where a request names none and the subject fixes none.
	Currency            money.Currency
	AllowsSelfApproval  bool
	RefundsLateCaptures bool
	Version             int
	CreatedAt           time.Time
}

// GlobalID is the id in the API.
func (c Company) GlobalID() string { return FormatID(KindCompany, c.ID) }

// Tenant is one company in one environment: the owner of every row.
type Tenant struct {
	ID          uuid.UUID
	CompanyID   uuid.UUID
	Environment Environment
}

// Business is a location of a company.
type Business struct {
	ID          uuid.UUID
	ReferenceID *string
	Name        string
	Address     *Address
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// GlobalID is the id in the API.
func (b Business) GlobalID() string { return FormatID(KindBusiness, b.ID) }

// APIKey is a partner's credential as it can be shown again: never the key.
type APIKey struct {
	ID        uuid.UUID
	Name      string
	Prefix    string
	Scopes    Strings[Scope]
	CreatedAt time.Time
	CreatedBy string
	ExpiresAt *time.Time
	RevokedAt *time.Time
	// TrustedDocumentsOnly: it runs trusted documents and no others.
	TrustedDocumentsOnly bool
}

// MaxAPIKeys bounds the keys of a tenant that work: each has points and connections of its
// own.
const MaxAPIKeys = 100

// GlobalID is the id in the API.
func (k APIKey) GlobalID() string { return FormatID(KindAPIKey, k.ID) }
