package pay

import (
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/money"
)

// Product is something that lines sell. A line that names a product takes its
// name, variant, image, price, tax rate and food flag from here (S4).
type Product struct {
	ID          uuid.UUID
	ReferenceID *string
	Name        string
	Variant     *string
	ImageURL    *string
	Currency    money.Currency
	UnitMinor   int64
	// TaxRate is a percentage in decimal text; amounts already include the tax.
	TaxRate   *string
	IsFood    bool
	Version   int
	CreatedAt time.Time
	UpdatedAt time.Time
}

// GlobalID is the id in the API.
func (p Product) GlobalID() string { return FormatID(KindProduct, p.ID) }

// UnitAmount is the price of one.
func (p Product) UnitAmount() money.Money {
	return money.Money{Minor: p.UnitMinor, Currency: p.Currency}
}
