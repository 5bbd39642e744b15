package service

import (
	"context"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// PreviewPaymentInput is what would be paid, and with what.
type PreviewPaymentInput struct {
	PurposeInput
	GatewayID       *string
	PaymentMethodID *string
	BillingCountry  *string
	// Capture: the money is to be taken at once, and not only held.
	Capture bool
	// IdempotencyKey and MethodType are those of the request that is to pay, for the
	// company's rules.
	IdempotencyKey *string
	MethodType     *pay.PaymentMethodType
}

// PaymentPreview is what a payment would be.
type PaymentPreview struct {
	TotalAmount    money.Money
	DiscountAmount money.Money
	FinalAmount    money.Money
	Lines          []pay.Line
	Discounts      []pay.Discount
	Parts          []PreviewPart
	// Gateway is nil where none was named and the company's rules choose none.
	Gateway   *pay.PaymentGateway
	WaysToPay []AvailablePaymentMethod
}

// PreviewPart is what would be paid of one order, invoice or subscription.
type PreviewPart struct {
	Order        *pay.Order
	Invoice      *pay.Invoice
	Subscription *pay.BillingSubscription
	Amount       money.Money
	// OutstandingAfter is nil for subscriptions, on which nothing is owed between
	// due dates.
	OutstandingAfter *money.Money
}

// PreviewPayment says what CreatePayment would make, and, where a gateway or a stored
// method is named, whether it could pay all of it as in PayOrders. The refusals are
// the same, and nothing is stored.
func (s *Service) PreviewPayment(ctx context.Context, in PreviewPaymentInput) (PaymentPreview, error) {
	admit := pay.Actor.Require
	if in.setsPrice() {
		admit = pay.Actor.RequireStaff
	}
	c, err := s.admit(ctx, admit, pay.ScopePaymentsRead)
	if err != nil {
		return PaymentPreview{}, err
	}
	in.PurposeInput = in.by(c.Actor)
	var faults checks
	if in.PurposeInput.check(&faults, pay.At("input")); faults.Any() {
		return PaymentPreview{}, faults.Err()
	}
	orders, invoices, err := c.subjectsOf(ctx, in.PurposeInput)
	if err != nil {
		return PaymentPreview{}, err
	}
	p, err := s.plan(ctx, c, in, orders, invoices)
	if err == nil && p.subscription != nil && p.subscription.PaymentMethodID != nil && in.GatewayID == nil && in.PaymentMethodID == nil {
		in.PaymentMethodID = ptr(pay.FormatID(pay.KindMethod, *p.subscription.PaymentMethodID)) // which pays where nothing else is named
		p, err = s.plan(ctx, c, in, orders, invoices)
	}
	if err != nil {
		return PaymentPreview{}, err
	}
	if p.gateway.ID == uuid.Nil {
		if err := s.routePreview(ctx, c, &p, in.routeWish(p)); err != nil {
			return PaymentPreview{}, err
		}
	}
	preview := PaymentPreview{TotalAmount: p.money(p.totalMinor), DiscountAmount: p.money(p.discountMinor),
		FinalAmount: p.money(p.finalMinor), Lines: p.lines, Discounts: p.discounts, Parts: p.preview()}
	if p.gateway.ID != uuid.Nil {
		shown, _ := c.gateways([]pay.PaymentGateway{p.gateway}, nil)
		preview.Gateway = &shown[0]
	}
	w := wanted{plan: p, country: in.BillingCountry, minor: &p.finalMinor}
	if p.customer.ID != uuid.Nil {
		w.payer, w.owner = &p.customer, &p.customer
	}
	preview.WaysToPay, err = s.waysToPay(ctx, c, w)
	return preview, err
}

// routeWish is what the company's rules are asked with.
func (in PreviewPaymentInput) routeWish(p plan) routeWish {
	w := routeWish{minor: p.finalMinor, methodType: in.MethodType, billing: &pay.Address{Country: in.BillingCountry}, home: p.customer.Address}
	if in.IdempotencyKey != nil {
		w.seed = *in.IdempotencyKey
	}
	return w
}

// subjectsOf reads what is to be paid, without locks: the orders with the invoices
// that bill them, or the invoice after the order that it bills.
func (c caller) subjectsOf(ctx context.Context, in PurposeInput) ([]pay.Order, []pay.Invoice, error) {
	if in.InvoiceID == nil {
		ids := orderIDs(in.Orders)
		if len(ids) == 0 {
			return nil, nil, nil
		}
		orders, err := c.rows.Orders(ctx, ids)
		if err != nil {
			return nil, nil, err
		}
		invoices, err := c.rows.InvoicesOfOrders(ctx, ids)
		return orders, invoices, err
	}
	invoice, err := c.visibleInvoice(ctx, *in.InvoiceID)
	if err != nil || invoice.OrderID == nil {
		return nil, []pay.Invoice{invoice}, err
	}
	orders, err := c.rows.Orders(ctx, []uuid.UUID{*invoice.OrderID})
	return orders, []pay.Invoice{invoice}, err
}

// preview spreads the plan over what it pays.
func (p plan) preview() (parts []PreviewPart) {
	left := func(outstanding, minor int64) *money.Money { return ptr(p.money(outstanding - minor)) }
	for _, part := range p.parts {
		parts = append(parts, PreviewPart{Order: &part.order, Amount: p.money(part.amountMinor),
			OutstandingAfter: left(part.order.OutstandingMinor(), part.amountMinor)})
	}
	switch {
	case p.invoice != nil:
		parts = append(parts, PreviewPart{Invoice: p.invoice, Amount: p.money(p.finalMinor),
			OutstandingAfter: left(p.invoice.OutstandingMinor(), p.finalMinor)})
	case p.subscription != nil:
		parts = append(parts, PreviewPart{Subscription: p.subscription, Amount: p.money(p.finalMinor)})
	}
	return parts
}
