package service

import (
	"context"

	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// PurposeInput is what a payment is for: one of orders, an invoice and a subscription,
// or lines, or an amount alone. Lines may also say what orders or an invoice come to.
// A SETUP is for nothing.
type PurposeInput struct {
	Mode           pay.PaymentMode
	Orders         []PayOrderInput
	InvoiceID      *string
	SubscriptionID *string
	Lines          []LineInput
	Discounts      []DiscountInput
	Amount         *pay.MoneyInput
	Currency       *money.Currency
	CustomerID     *string
	BusinessID     *string
}

// isOwed says that somebody agreed to pay it before: its customer and currency are
// known.
func (in PurposeInput) isOwed() bool {
	return in.Orders != nil || in.InvoiceID != nil || in.SubscriptionID != nil
}

// setsPrice says that the request itself says what is to be paid, which is not for
// customers.
func (in PurposeInput) setsPrice() bool {
	return in.Lines != nil || in.Amount != nil && in.Mode == pay.ModePayment && in.Orders == nil && in.InvoiceID == nil
}

// by takes a customer who asks for whom stored value or a stored method is, where
// nobody is named.
func (in PurposeInput) by(a pay.Actor) PurposeInput {
	if in.Mode != pay.ModePayment && in.CustomerID == nil && a.CustomerID != nil {
		in.CustomerID = ptr(pay.FormatID(pay.KindCustomer, *a.CustomerID))
	}
	return in
}

// check refuses a payment for nothing, for several things at once, or for too many.
func (in PurposeInput) check(c *checks, at pay.Path) {
	if in.Orders != nil {
		c.bulk(len(in.Orders), maxPaidOrders, at.Then("orders")) // before any of them is locked
	}
	if in.Lines != nil {
		c.bulk(len(in.Lines), pay.MaxLines, at.Then("lines"))
	}
	if len(in.Discounts) > pay.MaxDiscounts {
		c.Addf(pay.CodeTooManyItems, at.Then("discounts"), "A payment takes at most %d discounts.", pay.MaxDiscounts)
	}
	owed := 0
	for _, given := range []bool{in.Orders != nil, in.InvoiceID != nil, in.SubscriptionID != nil} {
		if given {
			owed++
		}
	}
	sources := owed
	if in.Lines != nil {
		sources++
	}
	switch {
	case owed > 1:
		c.Addf(pay.CodeInvalidInput, at, "Give only one of orders, invoiceId and subscriptionId.")
	case in.SubscriptionID != nil && in.Lines != nil:
		c.Addf(pay.CodeInvalidInput, at.Then("lines"), "A subscription has a price, or an amount; it takes no lines.")
	case in.Mode != pay.ModePayment && sources > 0:
		c.Addf(pay.CodeInvalidInput, at.Then("mode"), "Only payments of mode PAYMENT are for orders, invoices, subscriptions and lines.")
	case in.Mode != pay.ModeSetup && sources == 0 && in.Amount == nil:
		c.Addf(pay.CodeRequired, at, "Give orders, invoiceId, subscriptionId, lines or amount.")
	case in.Mode != pay.ModePayment && in.CustomerID == nil:
		c.Addf(pay.CodeRequired, at.Then("customerId"), "Stored value and stored methods belong to a customer.")
	}
	if in.Discounts != nil && in.Lines == nil {
		c.Addf(pay.CodeRequired, at.Then("lines"), "Discounts need lines to take off from.")
	}
}

// content is what tells one purpose from another.
func (in PurposeInput) content(orders []pay.Order) content {
	return content{"mode": in.Mode, "orders": orderContents(in.Orders, orders), "invoice": idContent(pay.KindInvoice, in.InvoiceID),
		"subscription": idContent(pay.KindSubscription, in.SubscriptionID), "lines": linesContent(in.Lines),
		"discounts": discountsContent(in.Discounts), "amount": moneyContent(in.Amount), "currency": in.Currency,
		"customer": idContent(pay.KindCustomer, in.CustomerID), "business": idContent(pay.KindBusiness, in.BusinessID)}
}

// planPurpose works out what a payment is for and what it comes to.
func (s *Service) planPurpose(ctx context.Context, c caller, in PurposeInput, orders []pay.Order, invoices []pay.Invoice, faults *checks) (plan, error) {
	at := pay.At("input")
	p := plan{orders: orders, invoices: invoices, isSetup: in.Mode == pay.ModeSetup, source: at.Then("amount")}
	switch {
	case in.Orders != nil:
		p.source = at.Then("orders")
		p.readParts(faults, in.Orders)
		return p, p.itemize(ctx, c, in, faults)
	case in.InvoiceID != nil:
		if in.Amount == nil {
			p.source = at.Then("invoiceId")
		}
		p.payInvoice(faults, in.Amount, at)
		return p, p.itemize(ctx, c, in, faults)
	case in.SubscriptionID != nil:
		return p, s.planSubscription(ctx, c, &p, in, faults)
	}
	return p, s.planFree(ctx, c, &p, in, faults)
}

// planSubscription plans a payment for a subscription besides those of its due
// dates: its price, or what the caller says.
func (s *Service) planSubscription(ctx context.Context, c caller, p *plan, in PurposeInput, faults *checks) error {
	at := pay.At("input", "subscriptionId")
	row, err := first(c.rows.BillingSubscriptions(ctx, pay.ParseIDs(pay.KindSubscription, []string{*in.SubscriptionID})))
	if err != nil {
		return err
	}
	if row == nil {
		faults.Add(notFound("subscription", at))
		return nil
	}
	if status := s.SubscriptionStatus(*row); status == pay.SubscriptionCancelled {
		e := pay.Refuse(pay.CodeInvalidState, at, "The subscription was called off.")
		e.Current, e.Allowed = string(status), []string{string(pay.SubscriptionActive), string(pay.SubscriptionEnding)}
		faults.Add(e)
	}
	p.subscription, p.currency, p.finalMinor = row, row.Currency, row.PriceMinor
	if in.Amount != nil {
		minor, refusal := in.Amount.Positive(row.Currency, pay.At("input", "amount"))
		faults.Add(refusal)
		p.finalMinor, p.source = minor, pay.At("input", "amount")
	}
	p.totalMinor = p.finalMinor
	return nil
}

// planFree works out a payment for nothing that is owed: its lines, an amount, or a
// method to be saved.
func (s *Service) planFree(ctx context.Context, c caller, p *plan, in PurposeInput, faults *checks) error {
	at := pay.At("input")
	company, err := s.companyOf(ctx, c.Actor)
	if err != nil {
		return err
	}
	if err := p.readNamed(ctx, c, in, faults); err != nil {
		return err
	}
	products, err := c.productsOf(ctx, in.Lines)
	if err != nil {
		return err
	}
	var named pay.Path
	if in.Currency == nil && in.Amount != nil && in.Amount.Currency != nil {
		p.currency, named = *in.Amount.Currency, at.Then("amount", "currency")
	} else {
		p.currency, named = OrderInput{Currency: in.Currency, Lines: in.Lines}.currency(products, company, at)
	}
	faults.inUse(p.currency, named)
	p.readItems(c, faults, in, products)
	if !faults.Any() {
		p.priceFree(faults, in, at)
	}
	return nil
}

func (p *plan) priceFree(c *checks, in PurposeInput, at pay.Path) {
	switch {
	case in.Lines != nil:
		p.source = at.Then("lines")
		price, refusal := p.price(p.source)
		c.Add(refusal)
		p.totalMinor, p.discountMinor, p.finalMinor, p.foodMinor = price.TotalMinor, price.DiscountMinor, price.FinalMinor, price.FoodMinor
	case in.Amount != nil && p.isSetup: // zero is how S4 says that nothing is collected
		minor, refusal := in.Amount.NotNegative(p.currency, p.source)
		if c.Add(refusal); minor > 0 {
			c.Addf(pay.CodeInvalidInput, p.source, "A setup collects nothing.")
		}
	case in.Amount != nil:
		minor, refusal := in.Amount.Positive(p.currency, p.source)
		c.Add(refusal)
		p.totalMinor, p.finalMinor = minor, minor
	}
}

// readNamed reads the customer and the location of a payment for nothing that is
// owed.
func (p *plan) readNamed(ctx context.Context, c caller, in PurposeInput, faults *checks) error {
	at := pay.At("input")
	if in.CustomerID != nil {
		customer, err := first(c.rows.Customers(ctx, pay.ParseIDs(pay.KindCustomer, []string{*in.CustomerID})))
		if err != nil {
			return err
		}
		if customer == nil {
			faults.Add(notFound("customer", at.Then("customerId")))
		} else {
			p.customer = *customer
		}
	}
	if in.BusinessID != nil {
		business, err := first(c.rows.Businesses(ctx, pay.ParseIDs(pay.KindBusiness, []string{*in.BusinessID})))
		if err != nil {
			return err
		}
		if business == nil {
			faults.Add(notFound("business", at.Then("businessId")))
		} else {
			p.businessID = &business.ID
		}
	}
	return nil
}
