package service

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// maxPaidOrders bounds the orders of one payment.
const maxPaidOrders = 50

// PayOrderInput is one order to be paid; without an amount, all of it that is
// owed and not under way.
type PayOrderInput struct {
	OrderID string
	Amount  *pay.MoneyInput
}

// plan is an accepted request to pay: what for, how much, and with what.
type plan struct {
	parts    []part
	orders   []pay.Order
	invoices []pay.Invoice
	// invoice and subscription are what is paid where that is no order.
	invoice      *pay.Invoice
	subscription *pay.BillingSubscription
	// businessID is of payments that are for none of them; foodMinor is what food
	// lines of the request come to.
	businessID *uuid.UUID
	foodMinor  int64
	// isSetup: nothing is collected, a method is to be saved.
	isSetup bool
	// holds: the money is only to be held.
	holds bool
	// source is the place in the input that the amount comes from.
	source   pay.Path
	customer pay.Customer
	gateway  pay.PaymentGateway
	method   *pay.PaymentMethod
	// routing is how the gateway was chosen, where nobody named it.
	routing  *pay.Routing
	currency money.Currency
	// total − discount = final, in minor units.
	totalMinor, discountMinor, finalMinor int64
	// whole: every order is paid all at once, so its lines are the payment's.
	whole     bool
	lines     []pay.Line
	discounts []pay.Discount
}

// planAttempt is the plan of one more attempt of a payment that there is.
func planAttempt(p pay.Payment, capture bool) plan {
	return plan{currency: p.Currency, isSetup: p.Mode == pay.ModeSetup, holds: !capture}
}

// toHold says whether a gateway is to hold money; a setup has it hold none.
func (p plan) toHold() bool { return p.holds && !p.isSetup }

// part is what a plan pays of one order, in the order of the request.
type part struct {
	order       pay.Order
	amountMinor int64
}

// business is the location that all orders share, if they do.
func (p plan) business() *uuid.UUID {
	if p.invoice != nil {
		return p.invoice.BusinessID
	}
	if len(p.orders) == 0 {
		return p.businessID
	}
	first := p.orders[0].BusinessID
	for _, o := range p.orders {
		if first == nil || o.BusinessID == nil || *o.BusinessID != *first {
			return nil
		}
	}
	return first
}

// plan checks a request against the orders and the invoices that bill them, which
// the caller locks in order to pay them, and refuses everything that is wrong with
// it at once. The gateway or the stored method, where one is named, must be able to
// pay all of it.
func (s *Service) plan(ctx context.Context, c caller, in PreviewPaymentInput, orders []pay.Order, invoices []pay.Invoice) (plan, error) {
	var faults checks
	p, err := s.planPurpose(ctx, c, in.PurposeInput, orders, invoices, &faults)
	if err != nil {
		return plan{}, err
	}
	p.holds = !in.Capture
	paid := in.GatewayID != nil || in.PaymentMethodID != nil
	if paid {
		if err := s.chooseGateway(ctx, c, &p, in.GatewayID, in.PaymentMethodID, &faults); err != nil {
			return plan{}, err
		}
	}
	if faults.Any() {
		return plan{}, faults.Err()
	}
	if err := p.readCustomer(ctx, c); err != nil {
		return plan{}, err
	}
	p.agrees(&faults, in.PurposeInput)
	if paid {
		country, err := s.payerCountry(ctx, c, p.gateway, &pay.Address{Country: in.BillingCountry}, p.customer.Address)
		if err != nil {
			return plan{}, err
		}
		s.checkGatewayTakes(c, p, country, &faults)
	}
	if faults.Any() {
		return plan{}, faults.Err()
	}
	return p, p.fill(ctx, c)
}

// money is an amount of minor units in the plan's currency.
func (p plan) money(minor int64) money.Money { return money.Money{Minor: minor, Currency: p.currency} }

// readParts checks the orders one by one and together.
func (p *plan) readParts(c *checks, list []PayOrderInput) {
	seen := map[uuid.UUID]bool{}
	for i, in := range list {
		at := pay.At("input", "orders").Index(i)
		id, _ := pay.ParseID(pay.KindOrder, in.OrderID)
		n := slices.IndexFunc(p.orders, func(o pay.Order) bool { return o.ID == id })
		if n < 0 {
			c.Add(notFound("order", at.Then("orderId")))
			continue
		}
		order := p.orders[n]
		switch {
		case seen[id]:
			c.Addf(pay.CodeOrdersNotTogether, at.Then("orderId"), "The order is named twice.")
			continue
		case len(p.parts) > 0 && order.CustomerID != p.parts[0].order.CustomerID:
			c.Addf(pay.CodeOrdersNotTogether, at.Then("orderId"), "The orders belong to different customers.")
		case len(p.parts) > 0 && order.Currency != p.currency:
			c.Addf(pay.CodeCurrencyMismatch, at.Then("orderId"), "The orders have different currencies.")
		}
		seen[id] = true
		if len(p.parts) == 0 {
			p.currency = order.Currency
		}
		amount, refusal := payable(order, in.Amount, at)
		c.Add(refusal)
		p.parts = append(p.parts, part{order: order, amountMinor: amount})
	}
	p.sum(c)
}

// payable is how much of the order is to be paid, in minor units.
func payable(o pay.Order, wanted *pay.MoneyInput, at pay.Path) (int64, *pay.Error) {
	room := o.PayableMinor()
	amount := room
	if wanted != nil {
		minor, refusal := wanted.Positive(o.Currency, at.Then("amount"))
		if refusal != nil {
			return 0, refusal
		}
		amount = minor
	}
	switch {
	case o.CancelledAt != nil:
		e := pay.Refuse(pay.CodeInvalidState, at.Then("orderId"), "The order was called off.")
		e.Current, e.Allowed = string(pay.Cancelled), []string{string(pay.Unpaid), string(pay.PartiallyPaid), string(pay.Refunded)}
		return 0, e
	case o.OutstandingMinor() == 0:
		return 0, pay.Refuse(pay.CodeOrderAlreadyPaid, at.Then("orderId"), "Nothing is owed on the order.")
	case room == 0:
		e := pay.Refuse(pay.CodePaymentInProgress, at.Then("orderId"), "Another payment for the order is under way.")
		e.Retryable = true
		return 0, e
	case amount > room:
		e := pay.Refuse(pay.CodeAmountExceedsOutstanding, at.Then("amount"), "At most %s can be paid.", money.Money{Minor: room, Currency: o.Currency})
		e.Maximum = &money.Money{Minor: room, Currency: o.Currency}
		return 0, e
	}
	return amount, nil
}

func (p *plan) sum(c *checks) {
	for _, part := range p.parts {
		total, err := money.Add(p.finalMinor, part.amountMinor)
		if err != nil {
			c.Addf(pay.CodeInvalidInput, pay.At("input", "orders"), "The amounts add up to more than 2^53 - 1 minor units.")
			return
		}
		p.finalMinor = total
	}
	p.totalMinor = p.finalMinor
}

// payInvoice plans to pay the invoice that is locked: an amount of it, or all that
// is owed. One that bills an order is paid as that order.
func (p *plan) payInvoice(c *checks, wanted *pay.MoneyInput, at pay.Path) {
	invoice := p.invoices[0]
	if len(p.orders) > 0 {
		p.currency = p.orders[0].Currency
		amount, refusal := payable(p.orders[0], wanted, at)
		if refusal != nil && refusal.Code == pay.CodeOrderAlreadyPaid {
			refusal.Code, refusal.Message = pay.CodeInvoiceAlreadyPaid, "Nothing is owed on the invoice."
		}
		if refusal != nil && refusal.Path[len(refusal.Path)-1] == "orderId" {
			refusal.Path = at.Then("invoiceId")
		}
		c.Add(refusal)
		p.parts = []part{{order: p.orders[0], amountMinor: amount}}
		p.sum(c)
		return
	}
	p.currency, p.invoice = invoice.Currency, &invoice
	room := invoice.PayableMinor()
	p.finalMinor = room
	if wanted != nil {
		minor, refusal := wanted.Positive(invoice.Currency, at.Then("amount"))
		c.Add(refusal)
		p.finalMinor = minor
	}
	p.totalMinor = p.finalMinor
	switch {
	case invoice.VoidedAt != nil:
		e := pay.Refuse(pay.CodeInvalidState, at.Then("invoiceId"), "The invoice was voided.")
		e.Current, e.Allowed = string(pay.Cancelled), []string{string(pay.Unpaid), string(pay.PartiallyPaid), string(pay.Refunded)}
		c.Add(e)
	case invoice.OutstandingMinor() == 0:
		c.Addf(pay.CodeInvoiceAlreadyPaid, at.Then("invoiceId"), "Nothing is owed on the invoice.")
	case room == 0:
		e := pay.Refuse(pay.CodePaymentInProgress, at.Then("invoiceId"), "Another payment for the invoice is under way.")
		e.Retryable = true
		c.Add(e)
	case p.finalMinor > room:
		e := pay.Refuse(pay.CodeAmountExceedsOutstanding, at.Then("amount"), "At most %s can be paid.", money.Money{Minor: room, Currency: invoice.Currency})
		e.Maximum = &money.Money{Minor: room, Currency: invoice.Currency}
		c.Add(e)
	}
}

// readCustomer reads who pays what somebody owes; a payment for nothing that is
// owed named its customer itself.
func (p *plan) readCustomer(ctx context.Context, c caller) error {
	var id uuid.UUID
	switch {
	case p.invoice != nil:
		id = p.invoice.CustomerID
	case p.subscription != nil:
		id = p.subscription.CustomerID
	case len(p.parts) > 0:
		id = p.parts[0].order.CustomerID
	default:
		return nil
	}
	customer, err := first(c.rows.Customers(ctx, []uuid.UUID{id}))
	if customer != nil {
		p.customer = *customer
	}
	return err
}

// fill reads what an accepted plan needs besides: the lines of whole orders, where
// the request has none of its own.
func (p *plan) fill(ctx context.Context, c caller) error {
	if len(p.parts) == 0 || len(p.lines) > 0 {
		return nil
	}
	var ids []uuid.UUID
	p.whole = true
	var subtotal int64
	for _, part := range p.parts {
		ids = append(ids, part.order.ID)
		p.whole = p.whole && part.amountMinor == part.order.TotalMinor
		subtotal += part.order.SubtotalMinor
	}
	if !p.whole || subtotal > money.MaxMinor {
		p.whole = false
		return nil
	}
	return p.readLines(ctx, c, ids, subtotal)
}

// readLines takes over the lines when they account for the whole payment.
func (p *plan) readLines(ctx context.Context, c caller, ids []uuid.UUID, subtotal int64) (err error) {
	p.lines, err = c.rows.OrderLinesOf(ctx, ids)
	if errors.Is(err, pay.ErrTooManyRows) {
		p.whole = false
		return nil
	}
	if err != nil {
		return err
	}
	var gross int64
	for _, line := range p.lines {
		gross += line.GrossMinor
	}
	if gross != subtotal || len(p.lines) > pay.MaxLines { // an order without lines is among them
		p.whole, p.lines = false, nil
		return nil
	}
	byOrder := func(owner uuid.UUID) int { return slices.Index(ids, owner) }
	slices.SortStableFunc(p.lines, func(a, b pay.Line) int { return byOrder(a.OwnerID) - byOrder(b.OwnerID) })
	if p.discounts, err = c.rows.OrderDiscountsOf(ctx, ids); err != nil {
		return err
	}
	slices.SortStableFunc(p.discounts, func(a, b pay.Discount) int { return byOrder(a.OwnerID) - byOrder(b.OwnerID) })
	p.totalMinor, p.discountMinor = subtotal, subtotal-p.finalMinor
	return nil
}

// draft is the payment that the plan comes to; base has what the request itself
// says.
func (p plan) draft(base pay.Payment) paymentDraft {
	base.BusinessID, base.Currency = p.business(), p.currency
	if p.customer.ID != uuid.Nil {
		base.CustomerID = &p.customer.ID
	}
	base.FoodMinor = p.foodMinor
	base.Sums = pay.Sums{TotalMinor: p.totalMinor, DiscountMinor: p.discountMinor, FinalMinor: p.finalMinor}
	who := p.customer.Snapshot()
	base.CustomerEmail, base.CustomerFirstName, base.CustomerLastName, base.CustomerPhone = who.Email, who.FirstName, who.LastName, who.Phone
	if p.method != nil {
		base.PaymentMethodID = &p.method.ID
	}
	return paymentDraft{payment: base, allocations: p.allocations(), lines: p.lines, discounts: p.discounts, orders: p.orders, invoices: p.invoices}
}

func (p plan) allocations() []pay.PaymentAllocation {
	var list []pay.PaymentAllocation
	if p.invoice != nil {
		return []pay.PaymentAllocation{{SubjectKind: pay.SubjectInvoice, InvoiceID: &p.invoice.ID, AmountMinor: p.finalMinor}}
	}
	if p.subscription != nil {
		return []pay.PaymentAllocation{{SubjectKind: pay.SubjectSubscription, SubscriptionID: &p.subscription.ID, AmountMinor: p.finalMinor}}
	}
	for _, part := range p.parts {
		a := pay.PaymentAllocation{SubjectKind: pay.SubjectOrder, OrderID: &part.order.ID, AmountMinor: part.amountMinor}
		for _, invoice := range p.invoices {
			if *invoice.OrderID == part.order.ID {
				a.InvoiceID = &invoice.ID
			}
		}
		list = append(list, a)
	}
	return list
}
