package service

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// itemize gives a payment for what is owed the lines of the request, which must come
// to the same (C19).
func (p *plan) itemize(ctx context.Context, c caller, in PurposeInput, faults *checks) error {
	if in.Lines == nil || faults.Any() {
		return nil
	}
	products, err := c.productsOf(ctx, in.Lines)
	if err != nil {
		return err
	}
	at := pay.At("input", "lines")
	p.readItems(c, faults, in, products)
	if faults.Any() {
		return nil
	}
	price, refusal := p.price(at)
	if refusal != nil {
		faults.Add(refusal)
		return nil
	}
	if price.FinalMinor != p.finalMinor {
		faults.Addf(pay.CodeAmountMismatch, at, "The lines come to %s, but what they are for to %s.", p.money(price.FinalMinor), p.money(p.finalMinor))
	}
	p.totalMinor, p.discountMinor, p.foodMinor = price.TotalMinor, price.DiscountMinor, price.FoodMinor
	return nil
}

// readItems reads the lines and discounts of the request in the plan's currency.
func (p *plan) readItems(c caller, faults *checks, in PurposeInput, products map[uuid.UUID]pay.Product) {
	at := pay.At("input")
	reader := lineReader{checks: faults, products: products, currency: p.currency, environment: c.Environment}
	for i, line := range in.Lines {
		p.lines = append(p.lines, reader.line(line, i, at.Then("lines").Index(i)))
	}
	for i, d := range in.Discounts {
		p.discounts = append(p.discounts, reader.discount(d, i, at.Then("discounts").Index(i)))
	}
}

// price is what the plan's own lines and discounts come to.
func (p *plan) price(at pay.Path) (pay.Price, *pay.Error) {
	price, err := pay.PriceOf(p.lines, p.discounts)
	if err != nil {
		return price, pay.Refuse(pay.CodeInvalidInput, at, "The amounts add up to more than 2^53 - 1 minor units.")
	}
	return price, nil
}

// agrees refuses what the request says besides, where that is not what its orders,
// invoice, subscription or lines say (C19).
func (p plan) agrees(c *checks, in PurposeInput) {
	p.agreesOnAmount(c, in.Amount)
	if !in.isOwed() {
		return
	}
	at := pay.At("input")
	if in.Currency != nil && *in.Currency != p.currency {
		c.Addf(pay.CodeCurrencyMismatch, at.Then("currency"), "It is owed in %s.", p.currency)
	}
	if in.CustomerID != nil && !isID(pay.KindCustomer, *in.CustomerID, &p.customer.ID) {
		c.Addf(pay.CodeInvalidInput, at.Then("customerId"), "Another customer owes it.")
	}
	if in.BusinessID != nil && !isID(pay.KindBusiness, *in.BusinessID, p.business()) {
		c.Addf(pay.CodeInvalidInput, at.Then("businessId"), "It is not owed to this location.")
	}
}

// isID says whether the text is the id.
func isID(kind pay.Kind, text string, id *uuid.UUID) bool {
	named, ok := pay.ParseID(kind, text)
	return ok && id != nil && named == *id
}

func (p plan) agreesOnAmount(c *checks, amount *pay.MoneyInput) {
	at := pay.At("input", "amount")
	if amount == nil || slices.Equal(p.source, at) {
		return
	}
	minor, refusal := amount.NotNegative(p.currency, at)
	c.Add(refusal)
	if refusal == nil && minor != p.finalMinor {
		c.Addf(pay.CodeAmountMismatch, at, "It comes to %s.", p.money(p.finalMinor))
	}
}
