package pay

import (
	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/money"
)

// Limits of one order or payment.
const (
	MaxLines     = 500
	MaxModifiers = 50
	MaxDiscounts = 50
)

// Line is one position of an order or payment (S4 PaymentLine). Quantities
// count pieces; amounts include tax.
type Line struct {
	ID uuid.UUID
	// OwnerID is the order or payment that the line belongs to.
	OwnerID           uuid.UUID
	Position          int
	Quantity          int
	ProductID         *uuid.UUID
	ProductName       string
	ProductVariant    *string
	ProductImage      *string
	Currency          money.Currency
	UnitMinor         int64
	UnitDiscountMinor *int64
	LineDiscountMinor *int64
	GrossMinor        int64
	FinalMinor        int64
	// ShareMinor is the line's part of what the whole comes to after the discount
	// stack.
	ShareMinor int64
	TaxRate    *string
	IsFood     bool
	Modifiers  Modifiers
}

// GlobalID is the id in the API.
func (l Line) GlobalID() string { return FormatID(KindLine, l.ID) }

// UnitAmount is the price of one piece without modifiers.
func (l Line) UnitAmount() money.Money { return l.money(l.UnitMinor) }

// GrossAmount is the price of all pieces with their modifiers, before discounts.
func (l Line) GrossAmount() money.Money { return l.money(l.GrossMinor) }

// DiscountAmount is what the line's own discount took off; never more than the
// gross amount.
func (l Line) DiscountAmount() money.Money { return l.money(l.GrossMinor - l.FinalMinor) }

// UnitDiscountAmount is the discount asked for each piece, if it was given so.
func (l Line) UnitDiscountAmount() *money.Money { return moneyOrNil(l.UnitDiscountMinor, l.Currency) }

// FinalAmount is what is charged for the line before discounts of the whole.
func (l Line) FinalAmount() money.Money { return l.money(l.FinalMinor) }

// ShareAmount is the line's part of the final amount, after the discounts of the
// whole: the shares of all lines add up to it.
func (l Line) ShareAmount() money.Money { return l.money(l.ShareMinor) }

func (l Line) money(minor int64) money.Money { return money.Money{Minor: minor, Currency: l.Currency} }

// Modifier customises a line, such as an extra topping (S4). Its price counts
// for each piece of the line.
type Modifier struct {
	ModifierID  string         `json:"modifier_id"`
	ProductID   *uuid.UUID     `json:"product_id"`
	ProductName string         `json:"product_name"`
	Quantity    int            `json:"quantity"`
	PriceMinor  int64          `json:"price_minor"`
	Currency    money.Currency `json:"currency"`
}

// Price is the price of one unit of the modifier.
func (m Modifier) Price() money.Money { return money.Money{Minor: m.PriceMinor, Currency: m.Currency} }

// Modifiers are the modifiers of one line in their order.
type Modifiers []Modifier

// Scan reads the modifiers from a JSON array that the line's query aggregates.
func (m *Modifiers) Scan(src any) error { return scanJSON(src, m) }

// DiscountType says how a discount is computed (S4; the spelling is the source's).
type DiscountType string

// The discount types.
const (
	DollarOff  DiscountType = "DOLLAROFF"
	PercentOff DiscountType = "PERCENOFF"
	FixedPrice DiscountType = "FIXED"
)

// Discount is one step of the ordered discount stack of an order or payment.
// Exactly one of AmountMinor, Value and ValueBasisPoints is set.
type Discount struct {
	ID          uuid.UUID
	OwnerID     uuid.UUID
	Position    int
	Name        string
	Description *string
	Type        *DiscountType
	Currency    money.Currency
	AmountMinor *int64
	// Value is minor units for DOLLAROFF and FIXED, whole percent for PERCENOFF.
	Value            *int64
	ValueBasisPoints *int
	// SortIndex orders the stack; discounts without one come last.
	SortIndex    *int
	AppliedMinor int64
}

// GlobalID is the id in the API.
func (d Discount) GlobalID() string { return FormatID(KindDiscount, d.ID) }

// Amount is the amount that the discount was given as, if it was.
func (d Discount) Amount() *money.Money { return moneyOrNil(d.AmountMinor, d.Currency) }

// AppliedAmount is what the discount really took off, given the stack before it.
func (d Discount) AppliedAmount() money.Money {
	return money.Money{Minor: d.AppliedMinor, Currency: d.Currency}
}

func moneyOrNil(minor *int64, currency money.Currency) *money.Money {
	if minor == nil {
		return nil
	}
	return &money.Money{Minor: *minor, Currency: currency}
}
