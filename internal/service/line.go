package service

import (
	"context"
	"math"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// LineInput is one position to be ordered: a product, or a name and a price.
type LineInput struct {
	Quantity           int
	ProductID          *string
	ProductName        *string
	ProductVariant     *string
	ProductImage       *string
	UnitAmount         *pay.MoneyInput
	UnitDiscountAmount *pay.MoneyInput
	DiscountAmount     *pay.MoneyInput
	TaxRate            *string
	IsFood             bool
	Modifiers          []LineModifierInput
}

// LineModifierInput is one customisation of a line.
type LineModifierInput struct {
	ModifierID  string
	ProductID   *string
	ProductName *string
	Quantity    int
	Price       *pay.MoneyInput
}

// DiscountInput is one step of a discount stack.
type DiscountInput struct {
	DiscountName        string
	DiscountDescription *string
	Amount              *pay.MoneyInput
	Type                *pay.DiscountType
	Value               *int64
	ValueBasisPoints    *int
	Index               *int
}

// lineReader turns line inputs into lines of one currency; it collects faults
// in its checks.
type lineReader struct {
	*checks
	products    map[uuid.UUID]pay.Product
	currency    money.Currency
	environment pay.Environment
}

// line reads one position. A product's own fields win over what the input says
// of them (S4).
func (r lineReader) line(in LineInput, position int, at pay.Path) pay.Line {
	r.quantity(in.Quantity, at)
	line := pay.Line{Position: position, Quantity: in.Quantity, Currency: r.currency}
	switch {
	case in.ProductID == nil && in.ProductName == nil:
		r.Addf(pay.CodeRequired, at, "Give productId or productName.")
	case in.ProductID != nil:
		r.ofProduct(&line, *in.ProductID, at)
	default:
		r.named(&line, in, at)
	}
	if in.UnitDiscountAmount != nil && in.DiscountAmount != nil {
		r.Addf(pay.CodeInvalidInput, at, "Give at most one of unitDiscountAmount and discountAmount.")
	}
	line.UnitDiscountMinor = r.optional(in.UnitDiscountAmount, at.Then("unitDiscountAmount"))
	line.LineDiscountMinor = r.optional(in.DiscountAmount, at.Then("discountAmount"))
	if len(in.Modifiers) > pay.MaxModifiers {
		r.Addf(pay.CodeTooManyItems, at.Then("modifiers"), "A line takes at most %d modifiers.", pay.MaxModifiers)
		return line
	}
	for i, m := range in.Modifiers {
		line.Modifiers = append(line.Modifiers, r.modifier(m, at.Then("modifiers").Index(i)))
	}
	return line
}

// named reads what a line says of itself where no product does.
func (r lineReader) named(line *pay.Line, in LineInput, at pay.Path) {
	line.ProductName, line.ProductVariant, line.ProductImage = *in.ProductName, in.ProductVariant, in.ProductImage
	line.UnitMinor = r.required(in.UnitAmount, at.Then("unitAmount"))
	line.TaxRate, line.IsFood = in.TaxRate, in.IsFood
	r.text(in.ProductName, 1, 500, at.Then("productName"))
	r.text(in.ProductVariant, 0, 500, at.Then("productVariant"))
	r.url(in.ProductImage, r.environment, at.Then("productImage"))
	r.taxRate(in.TaxRate, at.Then("taxRate"))
}

func (r lineReader) quantity(n int, at pay.Path) {
	if n < 1 || n > math.MaxInt32 {
		r.Addf(pay.CodeInvalidInput, at.Then("quantity"), "The quantity must be at least 1.")
	}
}

func (r lineReader) ofProduct(line *pay.Line, id string, at pay.Path) {
	product, ok := r.product(id, at)
	if !ok {
		return
	}
	line.ProductID, line.ProductName, line.ProductVariant = &product.ID, product.Name, product.Variant
	line.ProductImage, line.UnitMinor = product.ImageURL, product.UnitMinor
	line.TaxRate, line.IsFood = product.TaxRate, product.IsFood
}

func (r lineReader) product(id string, at pay.Path) (pay.Product, bool) {
	key, _ := pay.ParseID(pay.KindProduct, id)
	product, ok := r.products[key]
	if !ok {
		r.Add(notFound("product", at.Then("productId")))
	} else if product.Currency != r.currency {
		r.Addf(pay.CodeCurrencyMismatch, at.Then("productId"), "The product is priced in %s, not in %s.", product.Currency, r.currency)
	}
	return product, ok
}

func (r lineReader) modifier(in LineModifierInput, at pay.Path) pay.Modifier {
	r.quantity(in.Quantity, at)
	r.text(&in.ModifierID, 1, 255, at.Then("modifierId"))
	r.text(in.ProductName, 1, 500, at.Then("productName"))
	m := pay.Modifier{ModifierID: in.ModifierID, Quantity: in.Quantity, Currency: r.currency}
	if in.ProductID != nil {
		if product, ok := r.product(*in.ProductID, at); ok {
			m.ProductID, m.ProductName, m.PriceMinor = &product.ID, product.Name, product.UnitMinor
		}
	}
	if in.ProductName != nil {
		m.ProductName = *in.ProductName
	}
	switch {
	case in.Price != nil:
		m.PriceMinor = r.required(in.Price, at.Then("price"))
	case in.ProductID == nil:
		r.Addf(pay.CodeRequired, at.Then("price"), "A price is needed without productId.")
	}
	if in.ProductID == nil && in.ProductName == nil {
		r.Addf(pay.CodeRequired, at.Then("productName"), "A name is needed without productId.")
	}
	return m
}

// discount reads one step of the stack.
func (r lineReader) discount(in DiscountInput, position int, at pay.Path) pay.Discount {
	r.text(&in.DiscountName, 1, 200, at.Then("discountName"))
	r.text(in.DiscountDescription, 0, 1000, at.Then("discountDescription"))
	d := pay.Discount{Position: position, Name: in.DiscountName, Description: in.DiscountDescription, Type: in.Type,
		Currency: r.currency, Value: in.Value, ValueBasisPoints: in.ValueBasisPoints, SortIndex: in.Index}
	d.AmountMinor = r.optional(in.Amount, at.Then("amount"))
	given := 0
	for _, set := range []bool{in.Amount != nil, in.Value != nil, in.ValueBasisPoints != nil} {
		if set {
			given++
		}
	}
	switch {
	case given != 1:
		r.Addf(pay.CodeInvalidInput, at, "Give exactly one of amount, value and valueBasisPoints.")
	case in.Amount != nil && in.Type != nil && *in.Type == pay.PercentOff:
		r.Addf(pay.CodeInvalidInput, at.Then("type"), "An amount is no percentage; give value or valueBasisPoints.")
	case in.Amount == nil && in.Type == nil:
		r.Addf(pay.CodeRequired, at.Then("type"), "A type is needed with value and valueBasisPoints.")
	case in.ValueBasisPoints != nil && (*in.Type != pay.PercentOff || *in.ValueBasisPoints < 0 || *in.ValueBasisPoints > 10_000):
		r.Addf(pay.CodeInvalidInput, at.Then("valueBasisPoints"), "Hundredths of a percent are 0 to 10000, for PERCENOFF.")
	case in.Value != nil && (*in.Value < 0 || *in.Type == pay.PercentOff && *in.Value > 100):
		r.Addf(pay.CodeInvalidInput, at.Then("value"), "The value must not be negative, and at most 100 for PERCENOFF.")
	}
	return d
}

func (r lineReader) required(in *pay.MoneyInput, at pay.Path) int64 {
	if in == nil {
		r.Addf(pay.CodeRequired, at, "An amount is needed.")
		return 0
	}
	minor, refusal := in.NotNegative(r.currency, at)
	r.Add(refusal)
	return minor
}

func (r lineReader) optional(in *pay.MoneyInput, at pay.Path) *int64 {
	if in == nil {
		return nil
	}
	return ptr(r.required(in, at))
}

// productsOf reads every product that the lines name, by id.
func (c caller) productsOf(ctx context.Context, lists ...[]LineInput) (map[uuid.UUID]pay.Product, error) {
	var texts []string
	for _, lines := range lists {
		for _, line := range lines {
			if line.ProductID != nil {
				texts = append(texts, *line.ProductID)
			}
			for _, m := range line.Modifiers {
				if m.ProductID != nil {
					texts = append(texts, *m.ProductID)
				}
			}
		}
	}
	return fetch(ctx, pay.ParseIDs(pay.KindProduct, texts), c.rows.Products, productID)
}
