package pay_test

import (
	"testing"

	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// TestDiscounts shows each rule of the stack on figures that can be checked by
// hand.
func TestDiscounts(t *testing.T) {
	t.Parallel()
	amount := func(minor int64) pay.Discount { return pay.Discount{AmountMinor: &minor} }
	typed := func(kind pay.DiscountType, value int64) pay.Discount { return pay.Discount{Type: &kind, Value: &value} }
	points := func(n int) pay.Discount { return pay.Discount{Type: ptr(pay.PercentOff), ValueBasisPoints: &n} }
	at := func(index int, d pay.Discount) pay.Discount { d.SortIndex = &index; return d }
	for name, test := range map[string]struct {
		subtotal int64
		stack    []pay.Discount
		applied  []int64
	}{
		"an amount takes itself off":                     {1000, []pay.Discount{amount(300)}, []int64{300}},
		"an amount takes off no more than is left":       {1000, []pay.Discount{amount(700), amount(700)}, []int64{700, 300}},
		"DOLLAROFF counts minor units":                   {1000, []pay.Discount{typed(pay.DollarOff, 250)}, []int64{250}},
		"PERCENOFF counts whole percent":                 {1000, []pay.Discount{typed(pay.PercentOff, 15)}, []int64{150}},
		"PERCENOFF of 100 takes everything":              {999, []pay.Discount{typed(pay.PercentOff, 100)}, []int64{999}},
		"basis points are hundredths of a percent":       {10_000, []pay.Discount{points(1)}, []int64{1}},
		"half a unit goes to the even neighbour below":   {50, []pay.Discount{typed(pay.PercentOff, 5)}, []int64{2}},
		"half a unit goes to the even neighbour above":   {70, []pay.Discount{typed(pay.PercentOff, 5)}, []int64{4}},
		"FIXED sets the price":                           {1000, []pay.Discount{typed(pay.FixedPrice, 400)}, []int64{600}},
		"FIXED above the price takes nothing":            {1000, []pay.Discount{typed(pay.FixedPrice, 4000)}, []int64{0}},
		"FIXED at zero gives it away":                    {1000, []pay.Discount{typed(pay.FixedPrice, 0)}, []int64{1000}},
		"each step sees what the one before left":        {1000, []pay.Discount{typed(pay.PercentOff, 50), typed(pay.PercentOff, 50)}, []int64{500, 250}},
		"the index decides over the position":            {1000, []pay.Discount{at(2, amount(100)), at(1, typed(pay.PercentOff, 50))}, []int64{100, 500}},
		"without an index it comes last":                 {1000, []pay.Discount{amount(100), at(7, typed(pay.PercentOff, 50))}, []int64{100, 500}},
		"a negative index comes before zero":             {1000, []pay.Discount{at(0, typed(pay.PercentOff, 50)), at(-1, amount(100))}, []int64{450, 100}},
		"of equal indexes the first position goes first": {1000, []pay.Discount{at(1, amount(100)), at(1, typed(pay.PercentOff, 50))}, []int64{100, 450}},
		"nothing comes off nothing":                      {0, []pay.Discount{amount(100), typed(pay.PercentOff, 50), typed(pay.FixedPrice, 5)}, []int64{0, 0, 0}},
		"the largest amount there is":                    {money.MaxMinor, []pay.Discount{points(9_999), amount(money.MaxMinor)}, []int64{9_006_298_534_815_517, 900_719_925_474}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			left := test.subtotal
			for i := range test.stack {
				test.stack[i].Position = i
				left -= test.applied[i]
			}
			got, err := pay.ApplyDiscounts(test.subtotal, test.stack)
			if err != nil || got != left {
				t.Errorf("left: %d, %v; want %d", got, err, left)
			}
			for i, d := range test.stack {
				if d.AppliedMinor != test.applied[i] {
					t.Errorf("discount %d takes off %d; want %d", i, d.AppliedMinor, test.applied[i])
				}
			}
		})
	}
}

// TestLinePrice shows how one line is priced.
func TestLinePrice(t *testing.T) {
	t.Parallel()
	toppings := pay.Modifiers{{Quantity: 2, PriceMinor: 30}, {Quantity: 1, PriceMinor: 5}}
	for name, test := range map[string]struct {
		line         pay.Line
		gross, final int64
	}{
		"pieces multiply":                          {pay.Line{Quantity: 3, UnitMinor: 100}, 300, 300},
		"modifiers count for every piece":          {pay.Line{Quantity: 3, UnitMinor: 100, Modifiers: toppings}, 495, 495},
		"a line discount counts once":              {pay.Line{Quantity: 3, UnitMinor: 100, LineDiscountMinor: ptr(int64(50))}, 300, 250},
		"a unit discount counts for every piece":   {pay.Line{Quantity: 3, UnitMinor: 100, UnitDiscountMinor: ptr(int64(50))}, 300, 150},
		"a discount above the price gives nothing": {pay.Line{Quantity: 1, UnitMinor: 100, LineDiscountMinor: ptr(int64(101))}, 100, 0},
		"a discount of zero is one":                {pay.Line{Quantity: 1, UnitMinor: 100, LineDiscountMinor: ptr(int64(0)), UnitDiscountMinor: ptr(int64(9))}, 100, 100},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lines := []pay.Line{test.line}
			p, err := pay.PriceOf(lines, nil)
			if err != nil || lines[0].GrossMinor != test.gross || lines[0].FinalMinor != test.final {
				t.Fatalf("gross %d, final %d, %v; want %d and %d", lines[0].GrossMinor, lines[0].FinalMinor, err, test.gross, test.final)
			}
			if p.TotalMinor != test.gross || p.FinalMinor != test.final {
				t.Errorf("price: %+v", p)
			}
		})
	}
}
