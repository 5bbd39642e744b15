package service

import (
	"context"

	"github.com/paygraph/paygraph/internal/pay"
)

// UpdateProduct is a change of a product. Pointers that are set to nil clear.
type UpdateProduct struct {
	ID              string
	ExpectedVersion *int
	Name            Optional[*string]
	Variant         Optional[*string]
	ImageURL        Optional[*string]
	UnitAmount      Optional[*pay.MoneyInput]
	TaxRate         Optional[*string]
	IsFood          Optional[*bool]
}

// UpdateProduct changes a product for lines to come; orders and payments keep what
// they copied. It refuses VERSION_CONFLICT when the product has another version than
// expected. For callers with payments:write, but no customer.
func (s *Service) UpdateProduct(ctx context.Context, in UpdateProduct) (pay.Product, error) {
	c, err := s.maintains(ctx, pay.ScopePaymentsWrite)
	if err != nil {
		return pay.Product{}, err
	}
	id, _ := pay.ParseID(pay.KindProduct, in.ID)
	return edit(ctx, s, edition[pay.Product]{
		lock:     func(ctx context.Context) ([]pay.Product, error) { return c.rows.ProductForUpdate(ctx, id) },
		missing:  notFound("product", pay.At("input", "id")),
		expected: in.ExpectedVersion, version: func(p pay.Product) int { return p.Version },
		apply: func(p *pay.Product) error { return in.apply(c.Environment, p) },
		save: func(ctx context.Context, p *pay.Product) error {
			p.Version, p.UpdatedAt = p.Version+1, s.clock()
			return c.rows.UpdateProduct(ctx, *p)
		},
	})
}

func (in UpdateProduct) apply(e pay.Environment, p *pay.Product) error {
	at := pay.At("input")
	var faults checks
	changeNeeded(&faults, &p.Name, in.Name, at.Then("name"))
	changeNeeded(&faults, &p.IsFood, in.IsFood, at.Then("isFood"))
	change(&p.Variant, in.Variant)
	change(&p.ImageURL, in.ImageURL)
	if rateContent(in.TaxRate.Value) != rateContent(p.TaxRate) { // 7 and 7.00 are the same
		change(&p.TaxRate, in.TaxRate)
	}
	if in.UnitAmount.Set {
		in.price(&faults, p, at.Then("unitAmount"))
	}
	faults.product(*p, e, at)
	return faults.Err()
}

// price changes the price, and its currency where one is named.
func (in UpdateProduct) price(faults *checks, p *pay.Product, at pay.Path) {
	var to pay.MoneyInput
	if changeNeeded(faults, &to, in.UnitAmount, at); faults.Any() {
		return
	}
	if to.Currency != nil {
		p.Currency = *to.Currency
	}
	p.UnitMinor = faults.unitPrice(to, p.Currency, at)
}
