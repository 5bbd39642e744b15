package service

import (
	"context"

	"github.com/paygraph/paygraph/internal/pay"
)

// planPayment works out what a payment is for and what it comes to.
func (s *Service) planPayment(ctx context.Context, c caller, in CreatePaymentInput, orders []pay.Order, invoices []pay.Invoice) (plan, error) {
	var faults checks
	p := plan{orders: orders, invoices: invoices}
	switch {
	case in.Orders != nil:
		p.readParts(&faults, in.Orders)
	case in.InvoiceID != nil:
		p.payInvoice(&faults, nil, pay.At("input"))
	default:
		return s.planFree(ctx, c, in)
	}
	if faults.Any() {
		return plan{}, faults.Err()
	}
	if err := p.readCustomer(ctx, c); err != nil {
		return plan{}, err
	}
	if len(p.parts) == 0 {
		return p, nil
	}
	return p, p.fill(ctx, c)
}

// planFree works out a payment that is for no order: its lines, an amount, or a
// method to be saved.
func (s *Service) planFree(ctx context.Context, c caller, in CreatePaymentInput) (plan, error) {
	at := pay.At("input")
	company, err := s.companyOf(ctx, c.Actor)
	if err != nil {
		return plan{}, err
	}
	var faults checks
	p := plan{amountOnly: in.Lines == nil, currency: company.Currency}
	if err := p.readNamed(ctx, c, in, &faults); err != nil {
		return plan{}, err
	}
	products, err := c.productsOf(ctx, in.Lines)
	if err != nil {
		return plan{}, err
	}
	var named pay.Path
	if in.Currency == nil && in.Amount != nil && in.Amount.Currency != nil {
		p.currency, named = *in.Amount.Currency, at.Then("amount", "currency")
	} else {
		p.currency, named = OrderInput{Currency: in.Currency, Lines: in.Lines}.currency(products, company, at)
	}
	if !p.currency.Active() {
		faults.Addf(pay.CodeInvalidInput, named, "%s is no longer in use.", p.currency)
	}
	reader := lineReader{checks: &faults, products: products, currency: p.currency}
	for i, line := range in.Lines {
		p.lines = append(p.lines, reader.line(line, i, at.Then("lines").Index(i)))
	}
	for i, d := range in.Discounts {
		p.discounts = append(p.discounts, reader.discount(d, i, at.Then("discounts").Index(i)))
	}
	if faults.Any() {
		return plan{}, faults.Err()
	}
	p.priceFree(&faults, in, at)
	return p, faults.Err()
}

func (p *plan) priceFree(c *checks, in CreatePaymentInput, at pay.Path) {
	switch {
	case in.Lines != nil:
		price, err := pay.PriceOf(p.lines, p.discounts)
		if err != nil {
			c.Addf(pay.CodeInvalidInput, at.Then("lines"), "The amounts add up to more than 2^53 - 1 minor units.")
			return
		}
		p.totalMinor, p.discountMinor, p.finalMinor, p.foodMinor = price.TotalMinor, price.DiscountMinor, price.FinalMinor, price.FoodMinor
	case in.Amount != nil:
		minor, refusal := in.Amount.Positive(p.currency, at.Then("amount"))
		c.Add(refusal)
		p.totalMinor, p.finalMinor = minor, minor
	}
}

// readNamed reads the customer and the location of a payment that is for no order.
func (p *plan) readNamed(ctx context.Context, c caller, in CreatePaymentInput, faults *checks) error {
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

// createPaymentContent is what tells one request to make a payment from another.
func createPaymentContent(in CreatePaymentInput, orders []pay.Order) content {
	c := content{"mode": in.Mode, "orders": orderContents(in.Orders, orders), "invoice": idContent(pay.KindInvoice, in.InvoiceID),
		"currency": in.Currency, "customer": idContent(pay.KindCustomer, in.CustomerID), "business": idContent(pay.KindBusiness, in.BusinessID),
		"parent": idContent(pay.KindPayment, in.ParentPaymentID), "gateway": idContent(pay.KindGateway, in.GatewayID),
		"method": idContent(pay.KindMethod, in.PaymentMethodID), "reference": in.ReferenceID, "module": in.Module, "retries": in.AutomaticRetries,
		"billingAddress": addressContent(in.BillingAddress), "description": in.Description, "metadata": metadataContent(in.Metadata)}
	var gateways []any
	for _, id := range in.GatewayIDs {
		gateways = append(gateways, idContent(pay.KindGateway, &id))
	}
	c["gateways"] = gateways
	if in.ScheduledFor != nil {
		c["scheduledFor"] = timeContent(*in.ScheduledFor)
	}
	if in.ExpiresAt != nil {
		c["expiresAt"] = timeContent(*in.ExpiresAt)
	}
	c["amount"] = moneyContent(in.Amount)
	c["lines"], c["discounts"] = linesContent(in.Lines), discountsContent(in.Discounts)
	return c
}

// moneyContent is an amount as it was given: what it is for fixes its currency.
func moneyContent(m *pay.MoneyInput) content {
	if m == nil {
		return nil
	}
	return content{"minor": m.MinorUnits, "decimal": m.Decimal, "currency": m.Currency}
}

func linesContent(list []LineInput) (lines []content) {
	for _, l := range list {
		line := content{"quantity": l.Quantity, "product": idContent(pay.KindProduct, l.ProductID), "unitDiscount": moneyContent(l.UnitDiscountAmount),
			"lineDiscount": moneyContent(l.DiscountAmount)}
		if l.ProductID == nil {
			line["name"], line["variant"], line["image"], line["unit"] = l.ProductName, l.ProductVariant, l.ProductImage, moneyContent(l.UnitAmount)
			line["taxRate"], line["isFood"] = rateContent(l.TaxRate), l.IsFood
		}
		var modifiers []content
		for _, m := range l.Modifiers {
			modifiers = append(modifiers, content{"modifier": m.ModifierID, "product": idContent(pay.KindProduct, m.ProductID),
				"name": m.ProductName, "quantity": m.Quantity, "price": moneyContent(m.Price)})
		}
		line["modifiers"] = modifiers
		lines = append(lines, line)
	}
	return lines
}

func discountsContent(list []DiscountInput) (discounts []content) {
	for _, d := range list {
		discounts = append(discounts, content{"name": d.DiscountName, "description": d.DiscountDescription, "amount": moneyContent(d.Amount),
			"type": d.Type, "value": d.Value, "basisPoints": d.ValueBasisPoints, "index": d.Index})
	}
	return discounts
}
