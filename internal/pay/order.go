package pay

import (
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/money"
)

// Debt is the money side of something that can be paid for: what it costs and
// what payments did to that so far. Orders and invoices share it.
type Debt struct {
	Currency   money.Currency
	TotalMinor int64
	// InFlightMinor is asked from gateways by attempts that have no result yet.
	InFlightMinor int64
	// HeldMinor is authorized and not captured.
	HeldMinor     int64
	CapturedMinor int64
	RefundedMinor int64
}

// TotalAmount is what must be paid in all.
func (d Debt) TotalAmount() money.Money { return d.money(d.TotalMinor) }

// PaidAmount is what was captured, before refunds.
func (d Debt) PaidAmount() money.Money { return d.money(d.CapturedMinor) }

// RefundedAmount is what went back by refunds that succeeded.
func (d Debt) RefundedAmount() money.Money { return d.money(d.RefundedMinor) }

// InFlightAmount is under way or held at gateways: it may become paid without
// any further request, so it cannot be paid a second time meanwhile.
func (d Debt) InFlightAmount() money.Money { return d.money(d.InFlightMinor + d.HeldMinor) }

// OverpaidAmount is what was captured above the total and not given back.
func (d Debt) OverpaidAmount() money.Money {
	return d.money(max(0, d.CapturedMinor-d.RefundedMinor-d.TotalMinor))
}

// OutstandingMinor is what is still owed: total − captured + refunded.
func (d Debt) OutstandingMinor() int64 {
	return max(0, d.TotalMinor-d.CapturedMinor+d.RefundedMinor)
}

// PayableMinor is what a new payment may ask for: outstanding − in flight.
func (d Debt) PayableMinor() int64 {
	return max(0, d.OutstandingMinor()-d.InFlightMinor-d.HeldMinor)
}

func (d Debt) money(minor int64) money.Money { return money.Money{Minor: minor, Currency: d.Currency} }

// PaidStatus sums up how far an order or invoice is paid.
type PaidStatus string

// The paid states of an order or invoice.
const (
	Unpaid        PaidStatus = "UNPAID"
	PartiallyPaid PaidStatus = "PARTIALLY_PAID"
	FullyPaid     PaidStatus = "PAID"
	Overpaid      PaidStatus = "OVERPAID"
	Refunded      PaidStatus = "REFUNDED"
	Cancelled     PaidStatus = "CANCELLED"
)

func (d Debt) paidStatus(cancelled bool) PaidStatus {
	net := d.CapturedMinor - d.RefundedMinor
	switch {
	case d.CapturedMinor > 0 && net == 0:
		return Refunded
	case net > d.TotalMinor:
		return Overpaid
	case net == d.TotalMinor:
		return FullyPaid // a total of zero is paid from the start
	case cancelled:
		return Cancelled
	case net > 0:
		return PartiallyPaid
	}
	return Unpaid
}

// Order is something a customer owes for. TotalMinor is after discounts:
// SubtotalMinor − DiscountMinor.
type Order struct {
	ID          uuid.UUID
	ReferenceID *string
	CustomerID  uuid.UUID
	BusinessID  *uuid.UUID
	Description *string
	Metadata    Metadata
	Debt
	SubtotalMinor int64
	DiscountMinor int64
	// FoodMinor bounds what food vouchers may pay; VoucherMinor is what they
	// have under way, held or captured.
	FoodMinor    int64
	VoucherMinor int64
	CancelledAt  *time.Time
	PlacedAt     time.Time
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// GlobalID is the id in the API.
func (o Order) GlobalID() string { return FormatID(KindOrder, o.ID) }

// SubtotalAmount is the sum of the lines before any discount.
func (o Order) SubtotalAmount() money.Money { return o.money(o.SubtotalMinor) }

// DiscountAmount is what lines and discount stack took off.
func (o Order) DiscountAmount() money.Money { return o.money(o.DiscountMinor) }

// OutstandingAmount is what is still owed; nothing once cancelled.
func (o Order) OutstandingAmount() money.Money { return o.money(o.Outstanding()) }

// Outstanding is OutstandingAmount in minor units.
func (o Order) Outstanding() int64 {
	if o.CancelledAt != nil {
		return 0
	}
	return o.OutstandingMinor()
}

// PaidStatus sums up how far the order is paid.
func (o Order) PaidStatus() PaidStatus { return o.paidStatus(o.CancelledAt != nil) }

// FoodVoucherRoom is what food vouchers may still pay of the order.
func (o Order) FoodVoucherRoom() int64 { return max(0, o.FoodMinor-o.VoucherMinor) }

// Invoice is a bill. One that bills an order shares that order's money: what
// pays the one pays the other.
type Invoice struct {
	ID          uuid.UUID
	ReferenceID *string
	Number      string
	CustomerID  uuid.UUID
	BusinessID  *uuid.UUID
	OrderID     *uuid.UUID
	Description *string
	Metadata    Metadata
	Debt
	// IssuedOn and DueOn are calendar dates without a time zone.
	IssuedOn  time.Time
	DueOn     *time.Time
	VoidedAt  *time.Time
	CreatedAt time.Time
	UpdatedAt time.Time
}

// GlobalID is the id in the API.
func (i Invoice) GlobalID() string { return FormatID(KindInvoice, i.ID) }

// OutstandingAmount is what is still owed; nothing once voided.
func (i Invoice) OutstandingAmount() money.Money {
	if i.VoidedAt != nil {
		return i.money(0)
	}
	return i.money(i.OutstandingMinor())
}

// PaidStatus sums up how far the invoice is paid.
func (i Invoice) PaidStatus() PaidStatus { return i.paidStatus(i.VoidedAt != nil) }

// MetadataValue returns one value of the metadata, or nil.
func (o Order) MetadataValue(key string) *string { return o.Metadata.Get(key) }

// MetadataValue returns one value of the metadata, or nil.
func (i Invoice) MetadataValue(key string) *string { return i.Metadata.Get(key) }
