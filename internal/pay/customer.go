package pay

import (
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/money"
)

// Customer is a person or firm that pays the company. The personal fields are
// null for callers without the scope payments:pii.
type Customer struct {
	ID          uuid.UUID
	ReferenceID *string
	Email       *string
	FirstName   *string
	LastName    *string
	Phone       *string
	Address     *Address
	Metadata    Metadata
	Version     int
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// GlobalID is the id in the API.
func (c Customer) GlobalID() string { return FormatID(KindCustomer, c.ID) }

// DisplayName joins the names (S0 customerName), or is null without any.
func (c Customer) DisplayName() *string { return displayName(c.FirstName, c.LastName) }

// Redacted returns the customer without personal data.
func (c Customer) Redacted() Customer {
	c.Email, c.FirstName, c.LastName, c.Phone, c.Address = nil, nil, nil, nil, nil
	return c
}

// Snapshot copies what a payment keeps of its customer.
func (c Customer) Snapshot() CustomerSnapshot {
	return CustomerSnapshot{Email: c.Email, FirstName: c.FirstName, LastName: c.LastName, Phone: c.Phone}
}

// CustomerSnapshot is the customer as known when the payment was made: it stays
// when the customer is changed or erased.
type CustomerSnapshot struct {
	Email     *string
	FirstName *string
	LastName  *string
	Phone     *string
}

// DisplayName joins the names, or is null without any.
func (s CustomerSnapshot) DisplayName() *string { return displayName(s.FirstName, s.LastName) }

func displayName(first, last *string) *string {
	var parts []string
	for _, part := range []*string{first, last} {
		if part != nil && *part != "" {
			parts = append(parts, *part)
		}
	}
	if len(parts) == 0 {
		return nil
	}
	name := strings.Join(parts, " ")
	return &name
}

// MetadataValue returns one value of the metadata, or nil.
func (c Customer) MetadataValue(key string) *string { return c.Metadata.Get(key) }

// CreditBalance is a customer's store credit in one currency.
type CreditBalance struct {
	CustomerID   uuid.UUID
	Currency     money.Currency
	BalanceMinor int64
}

// Amount is the balance as money.
func (b CreditBalance) Amount() money.Money {
	return money.Money{Minor: b.BalanceMinor, Currency: b.Currency}
}
