package service

import (
	"context"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// ProductInput is a product to be added. The price's currency may be left out
// for the company's.
type ProductInput struct {
	ReferenceID *string
	Name        string
	Variant     *string
	ImageURL    *string
	UnitAmount  pay.MoneyInput
	TaxRate     *string
	IsFood      bool
}

// CreateProductsInput is 1 to 100 products to be added.
type CreateProductsInput struct{ Products []ProductInput }

// CreateProducts adds products, all or none, and says how many are new. For
// callers with payments:write, but no customer.
func (s *Service) CreateProducts(ctx context.Context, in CreateProductsInput) ([]pay.Product, int, error) {
	c, err := s.maintains(ctx, pay.ScopePaymentsWrite)
	if err != nil {
		return nil, 0, err
	}
	company, err := s.companyOf(ctx, c.Actor)
	if err != nil {
		return nil, 0, err
	}
	path := func(i int) pay.Path { return pay.At("input", "products").Index(i) }
	drafts, err := s.draftProducts(c.Environment, in.Products, company, path)
	if err != nil {
		return nil, 0, err
	}
	return saveBulk(ctx, s, c.rows, func(context.Context) (bulk[pay.Product], error) {
		return bulk[pay.Product]{table: store.Products, kind: pay.KindProduct, drafts: drafts, path: path,
			insert: insertProducts, read: c.rows.Products, key: productID}, nil
	})
}

func productID(p pay.Product) uuid.UUID { return p.ID }

func (s *Service) draftProducts(e pay.Environment, list []ProductInput, company pay.Company, path func(int) pay.Path) ([]draft[pay.Product], error) {
	var c checks
	if !c.bulk(len(list), maxBulk, pay.At("input", "products")) {
		return nil, c.Err()
	}
	now := s.clock()
	drafts := make([]draft[pay.Product], len(list))
	references := make([]*string, len(list))
	for i, in := range list {
		at := path(i)
		c.reference(in.ReferenceID, at)
		currency := company.Currency
		if in.UnitAmount.Currency != nil {
			currency = *in.UnitAmount.Currency
		}
		unit := c.unitPrice(in.UnitAmount, currency, at.Then("unitAmount"))
		references[i] = in.ReferenceID
		row := pay.Product{ReferenceID: in.ReferenceID, Name: in.Name, Variant: in.Variant, ImageURL: in.ImageURL,
			Currency: currency, UnitMinor: unit, TaxRate: in.TaxRate, IsFood: in.IsFood}
		c.product(row, e, at)
		hash := fingerprint(productContent(row))
		row.ID, row.Version, row.CreatedAt, row.UpdatedAt = pay.NewID(), 1, now, now
		drafts[i] = draft[pay.Product]{row: row, id: row.ID, referenceID: in.ReferenceID, fingerprint: hash}
	}
	c.unique(references, func(i int) pay.Path { return path(i).Then("referenceId") })
	return drafts, c.Err()
}

// product checks what lines take over of a product.
func (c *checks) product(p pay.Product, e pay.Environment, at pay.Path) {
	c.text(&p.Name, 1, 500, at.Then("name"))
	c.text(p.Variant, 0, 500, at.Then("variant"))
	c.url(p.ImageURL, e, at.Then("imageUrl"))
	c.taxRate(p.TaxRate, at.Then("taxRate"))
}

// unitPrice reads the price of one, in a currency that is in use.
func (c *checks) unitPrice(in pay.MoneyInput, currency money.Currency, at pay.Path) int64 {
	c.inUse(currency, at.Then("currency"))
	unit, refusal := in.NotNegative(currency, at)
	c.Add(refusal)
	return unit
}

func insertProducts(ctx context.Context, rows store.Tenant, fresh []draft[pay.Product]) error {
	list := make([]store.NewProduct, len(fresh))
	for i, d := range fresh {
		list[i] = store.NewProduct{Product: d.row, Fingerprint: d.fingerprint}
	}
	return rows.InsertProducts(ctx, list)
}

// Products reads products by id, in any order.
func (s *Service) Products(ctx context.Context, ids []uuid.UUID) ([]pay.Product, error) {
	return read(ctx, s, func(c caller) ([]pay.Product, error) { return c.rows.Products(ctx, ids) })
}

// ListProducts reads one page of the products that match, newest first.
func (s *Service) ListProducts(ctx context.Context, f pay.ProductFilter, p pay.Page) (pay.Rows[pay.Product], error) {
	return read(ctx, s, func(c caller) (pay.Rows[pay.Product], error) { return c.rows.ListProducts(ctx, f, p) })
}

// CountProducts counts the products that match.
func (s *Service) CountProducts(ctx context.Context, f pay.ProductFilter) (int, error) {
	return read(ctx, s, func(c caller) (int, error) { return c.rows.CountProducts(ctx, f) })
}
