package pay

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/money"
)

// MaxSummaryRows bounds a summary: it is for people and their charts, and a page
// of payments is for everything longer.
const MaxSummaryRows = 500

// PaymentGroup is what payments are summed up by. Every payment belongs whole to
// one group, so that groups add up to the list.
type PaymentGroup string

// The groups. Currencies are never added to each other, so every summary is by
// currency too.
const (
	GroupStatus   PaymentGroup = "STATUS"
	GroupMethod   PaymentGroup = "METHOD"
	GroupCurrency PaymentGroup = "CURRENCY"
	// GroupGateway is the newest attempt's gateway, or the selected one before
	// the first attempt.
	GroupGateway PaymentGroup = "GATEWAY"
	// GroupDay is the day of creation in UTC.
	GroupDay PaymentGroup = "DAY"
)

// CheckPaymentGroups refuses a group that is given twice.
func CheckPaymentGroups(groups []PaymentGroup) error {
	seen := map[PaymentGroup]bool{}
	for _, group := range groups {
		if seen[group] {
			return Errors{Refuse(CodeInvalidInput, At("groupBy"), "A summary cannot be grouped by %s twice.", group)}
		}
		seen[group] = true
	}
	return nil
}

// PaymentSummaryRow is what the payments of one group come to. What the summary
// is not grouped by is nil.
type PaymentSummaryRow struct {
	Status     *PaymentStatus
	MethodType *PaymentMethodType
	GatewayID  *uuid.UUID
	Day        *time.Time
	Currency   money.Currency
	Count      int

	TotalMinor         int64
	DiscountMinor      int64
	FinalMinor         int64
	InFlightMinor      int64
	HeldMinor          int64
	CapturedMinor      int64
	VoucherMinor       int64
	RefundedMinor      int64
	RefundPendingMinor int64
	OutstandingMinor   int64
	OverpaidMinor      int64
	NetMinor           int64
	// FeeMinor is nil where no gateway told a fee.
	FeeMinor       *int64
	FeeIsEstimated bool
}

// CheckSummary refuses a summary of more groups than are shown, and one with a
// sum that no amount can hold.
func CheckSummary(rows []PaymentSummaryRow) error {
	if len(rows) > MaxSummaryRows {
		return ErrTooManyRows
	}
	if slices.ContainsFunc(rows, PaymentSummaryRow.overflows) {
		return Errors{Refuse(CodeInvalidInput, At("filter"), "A sum is larger than an amount can be. Narrow the filter.")}
	}
	return nil
}

func (r PaymentSummaryRow) overflows() bool {
	sums := []int64{r.TotalMinor, r.DiscountMinor, r.FinalMinor, r.InFlightMinor, r.HeldMinor, r.CapturedMinor, r.VoucherMinor,
		r.RefundedMinor, r.RefundPendingMinor, r.OutstandingMinor, r.OverpaidMinor, r.NetMinor}
	if r.FeeMinor != nil {
		sums = append(sums, *r.FeeMinor)
	}
	return slices.Max(sums) > money.MaxMinor || slices.Min(sums) < -money.MaxMinor
}

// TotalAmount is the sum before discounts.
func (r PaymentSummaryRow) TotalAmount() money.Money { return r.money(r.TotalMinor) }

// DiscountAmount is what discounts took off.
func (r PaymentSummaryRow) DiscountAmount() money.Money { return r.money(r.DiscountMinor) }

// FinalAmount is what must be collected.
func (r PaymentSummaryRow) FinalAmount() money.Money { return r.money(r.FinalMinor) }

// InFlightAmount is asked from gateways by attempts that have no result yet.
func (r PaymentSummaryRow) InFlightAmount() money.Money { return r.money(r.InFlightMinor) }

// AuthorizedAmount is held and not captured.
func (r PaymentSummaryRow) AuthorizedAmount() money.Money { return r.money(r.HeldMinor) }

// PaidAmount is captured, before refunds.
func (r PaymentSummaryRow) PaidAmount() money.Money { return r.money(r.CapturedMinor) }

// PaidVoucherAmount is the part of the paid amount that vouchers paid.
func (r PaymentSummaryRow) PaidVoucherAmount() money.Money { return r.money(r.VoucherMinor) }

// RefundedAmount went back by refunds that succeeded.
func (r PaymentSummaryRow) RefundedAmount() money.Money { return r.money(r.RefundedMinor) }

// RefundPendingAmount is reserved by refunds under way.
func (r PaymentSummaryRow) RefundPendingAmount() money.Money { return r.money(r.RefundPendingMinor) }

// OutstandingAmount is still to be collected by open payments.
func (r PaymentSummaryRow) OutstandingAmount() money.Money { return r.money(r.OutstandingMinor) }

// OverpaidAmount was captured above final amounts.
func (r PaymentSummaryRow) OverpaidAmount() money.Money { return r.money(r.OverpaidMinor) }

// NetAmount is paid − refunded − charged back; it may be negative.
func (r PaymentSummaryRow) NetAmount() money.Money { return r.money(r.NetMinor) }

// ProcessingFee is what gateways charged, where they told it.
func (r PaymentSummaryRow) ProcessingFee() *money.Money { return moneyOrNil(r.FeeMinor, r.Currency) }

func (r PaymentSummaryRow) money(minor int64) money.Money {
	return money.Money{Minor: minor, Currency: r.Currency}
}
