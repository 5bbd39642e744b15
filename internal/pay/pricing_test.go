package pay_test

import (
	"encoding/json"
	"errors"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// TestPriceOf compares every amount that PriceOf computes with exact fractions
// that know no overflow, and demands ErrOverflow exactly where an amount of the
// rules lies beyond money.MaxMinor.
func TestPriceOf(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		lines, discounts := drawLines(t), drawDiscounts(t)
		want := priceExactly(lines, discounts)
		got, err := pay.PriceOf(lines, discounts)
		if want.beyond {
			if !errors.Is(err, money.ErrOverflow) {
				t.Fatalf("an amount is out of range: got %+v, %v", got, err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		want.compare(t, got, lines, discounts)
	})
}

// TestPriceInvariants proves that the parts of a price always add up.
func TestPriceInvariants(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		lines, discounts := drawLines(t), drawDiscounts(t)
		p, err := pay.PriceOf(lines, discounts)
		if err != nil {
			return
		}
		if p.TotalMinor-p.DiscountMinor != p.FinalMinor || p.FinalMinor < 0 {
			t.Fatalf("total − discount is not final, or final is negative: %+v", p)
		}
		var off int64
		for _, d := range discounts {
			if d.AppliedMinor < 0 {
				t.Fatalf("a discount adds to the price: %+v", d)
			}
			off += d.AppliedMinor
		}
		for _, l := range lines {
			if l.FinalMinor < 0 || l.FinalMinor > l.GrossMinor {
				t.Fatalf("line: %+v", l)
			}
			off += l.DiscountAmount().Minor
		}
		if off != p.DiscountMinor {
			t.Fatalf("lines and stack take off %d, the price says %d", off, p.DiscountMinor)
		}
		again, err := pay.PriceOf(lines, discounts)
		if err != nil || again != p {
			t.Fatalf("pricing again gives %+v, %v; before %+v", again, err, p)
		}
	})
}

// TestFoodPart proves that the food part lies within the final amount and less
// than one unit a food line away from the exact share.
func TestFoodPart(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		lines, discounts := drawLines(t), drawDiscounts(t)
		p, err := pay.PriceOf(lines, discounts)
		if err != nil {
			return
		}
		var food, all, count int64
		for _, l := range lines {
			all += l.FinalMinor
			if l.IsFood {
				food, count = food+l.FinalMinor, count+1
			}
		}
		if p.FoodMinor < 0 || p.FoodMinor > p.FinalMinor {
			t.Fatalf("food is %d of %d", p.FoodMinor, p.FinalMinor)
		}
		if all == 0 {
			return
		}
		share := new(big.Rat).Mul(big.NewRat(food, all), big.NewRat(p.FinalMinor, 1))
		distance := share.Abs(share.Sub(share, big.NewRat(p.FoodMinor, 1)))
		if distance.Cmp(big.NewRat(max(1, count), 1)) >= 0 || count == int64(len(lines)) && p.FoodMinor != p.FinalMinor {
			t.Fatalf("food is %d of %d, %v away from its share", p.FoodMinor, p.FinalMinor, distance)
		}
	})
}

// drawLines draws lines of everyday size, or of any size at all.
func drawLines(t *rapid.T) []pay.Line {
	amount, count := rapid.Int64Range(0, 1000), rapid.IntRange(1, 5)
	if rapid.IntRange(0, 3).Draw(t, "size") == 0 {
		amount = rapid.OneOf(amount, rapid.Int64Range(0, money.MaxMinor), rapid.SampledFrom([]int64{0, 1, money.MaxMinor / 2, money.MaxMinor}))
		count = rapid.OneOf(count, rapid.IntRange(1, 1<<31-1))
	}
	lines := make([]pay.Line, rapid.IntRange(0, 6).Draw(t, "lines"))
	for i := range lines {
		l := pay.Line{Position: i, Quantity: count.Draw(t, "quantity"), UnitMinor: amount.Draw(t, "unit"), IsFood: rapid.Bool().Draw(t, "food")}
		for range rapid.SampledFrom([]int{0, 0, 0, 1, 3}).Draw(t, "modifiers") {
			l.Modifiers = append(l.Modifiers, pay.Modifier{Quantity: count.Draw(t, "of modifier"), PriceMinor: amount.Draw(t, "price")})
		}
		switch rapid.IntRange(0, 3).Draw(t, "line discount") {
		case 0:
			l.LineDiscountMinor = ptr(amount.Draw(t, "off the line"))
		case 1:
			l.UnitDiscountMinor = ptr(amount.Draw(t, "off each"))
		}
		lines[i] = l
	}
	return lines
}

// drawDiscounts draws a stack with many equal indexes, not in the order of its
// positions.
func drawDiscounts(t *rapid.T) []pay.Discount {
	value := rapid.OneOf(rapid.Int64Range(0, 2000), rapid.Int64Range(0, money.MaxMinor))
	discounts := make([]pay.Discount, rapid.IntRange(0, 5).Draw(t, "discounts"))
	for i := range discounts {
		d := pay.Discount{Position: i}
		if rapid.Bool().Draw(t, "indexed") {
			d.SortIndex = ptr(rapid.IntRange(-2, 2).Draw(t, "index"))
		}
		switch rapid.IntRange(0, 5).Draw(t, "sort of discount") {
		case 0:
			d.AmountMinor = ptr(value.Draw(t, "amount"))
		case 1:
			d.Type, d.AmountMinor = ptr(pay.DollarOff), ptr(value.Draw(t, "amount"))
		case 2:
			d.Type, d.Value = ptr(pay.DollarOff), ptr(value.Draw(t, "value"))
		case 3:
			d.Type, d.Value = ptr(pay.FixedPrice), ptr(value.Draw(t, "value"))
		case 4:
			d.Type, d.Value = ptr(pay.PercentOff), ptr(rapid.Int64Range(0, 100).Draw(t, "percent"))
		case 5:
			d.Type, d.ValueBasisPoints = ptr(pay.PercentOff), ptr(rapid.IntRange(0, 10_000).Draw(t, "basis points"))
		}
		discounts[i] = d
	}
	if rapid.Bool().Draw(t, "stored backwards") {
		slices.Reverse(discounts)
	}
	return discounts
}

// exactPrice is what the rules give in exact fractions.
type exactPrice struct {
	total, discount, final *big.Rat
	gross, lineFinal       []*big.Rat
	applied                map[int]*big.Rat // by position
	// beyond: some amount of the rules is above money.MaxMinor.
	beyond bool
}

func rat(n int64) *big.Rat { return new(big.Rat).SetInt64(n) }

func priceExactly(lines []pay.Line, discounts []pay.Discount) exactPrice {
	e := exactPrice{total: rat(0), discount: rat(0), applied: map[int]*big.Rat{}}
	left := rat(0)
	for _, l := range lines {
		gross := new(big.Rat).Mul(rat(l.UnitMinor), rat(int64(l.Quantity)))
		for _, m := range l.Modifiers {
			extra := new(big.Rat).Mul(rat(m.PriceMinor), rat(int64(m.Quantity)))
			gross.Add(gross, extra.Mul(extra, rat(int64(l.Quantity))))
		}
		off := rat(0)
		if l.LineDiscountMinor != nil {
			off = rat(*l.LineDiscountMinor)
		} else if l.UnitDiscountMinor != nil {
			off.Mul(rat(*l.UnitDiscountMinor), rat(int64(l.Quantity)))
		}
		final := smaller(gross, new(big.Rat).Sub(gross, off))
		if final.Sign() < 0 {
			final = rat(0)
		}
		e.gross, e.lineFinal = append(e.gross, gross), append(e.lineFinal, final)
		e.total.Add(e.total, gross)
		left.Add(left, final)
		e.beyond = e.beyond || tooLarge(off) || tooLarge(gross)
	}
	for _, d := range inOrder(discounts) {
		off := exactlyOff(d, left)
		e.applied[d.Position] = off
		left = new(big.Rat).Sub(left, off)
	}
	e.final = left
	e.discount.Sub(e.total, left)
	e.beyond = e.beyond || tooLarge(e.total)
	return e
}

// inOrder puts those with an index first, by index, and breaks ties by position.
func inOrder(discounts []pay.Discount) []pay.Discount {
	var sorted []pay.Discount
	for index := -2; index <= 3; index++ { // 3 stands for none
		for position := range discounts {
			for _, d := range discounts {
				if d.Position == position && (d.SortIndex == nil && index == 3 || d.SortIndex != nil && *d.SortIndex == index) {
					sorted = append(sorted, d)
				}
			}
		}
	}
	return sorted
}

func exactlyOff(d pay.Discount, subtotal *big.Rat) *big.Rat {
	switch {
	case d.AmountMinor != nil:
		return smaller(rat(*d.AmountMinor), subtotal)
	case *d.Type == pay.DollarOff:
		return smaller(rat(*d.Value), subtotal)
	case *d.Type == pay.FixedPrice:
		return new(big.Rat).Sub(subtotal, smaller(rat(*d.Value), subtotal))
	case d.Value != nil:
		return halfEven(new(big.Rat).Mul(subtotal, big.NewRat(*d.Value, 100)))
	}
	return halfEven(new(big.Rat).Mul(subtotal, big.NewRat(int64(*d.ValueBasisPoints), 10_000)))
}

func halfEven(x *big.Rat) *big.Rat {
	below := new(big.Int).Quo(x.Num(), x.Denom())
	rest := new(big.Rat).Sub(x, new(big.Rat).SetInt(below))
	if side := rest.Cmp(big.NewRat(1, 2)); side > 0 || side == 0 && below.Bit(0) == 1 {
		below.Add(below, big.NewInt(1))
	}
	return new(big.Rat).SetInt(below)
}

func smaller(a, b *big.Rat) *big.Rat {
	if a.Cmp(b) < 0 {
		return a
	}
	return b
}

func tooLarge(x *big.Rat) bool { return x.Cmp(rat(money.MaxMinor)) > 0 }

func (e exactPrice) compare(t *rapid.T, got pay.Price, lines []pay.Line, discounts []pay.Discount) {
	same := e.total.Cmp(rat(got.TotalMinor)) == 0 && e.discount.Cmp(rat(got.DiscountMinor)) == 0 && e.final.Cmp(rat(got.FinalMinor)) == 0
	for i, l := range lines {
		same = same && e.gross[i].Cmp(rat(l.GrossMinor)) == 0 && e.lineFinal[i].Cmp(rat(l.FinalMinor)) == 0
	}
	same = same && !slices.ContainsFunc(discounts, func(d pay.Discount) bool { return e.applied[d.Position].Cmp(rat(d.AppliedMinor)) != 0 })
	if !same {
		text, _ := json.Marshal([]any{lines, discounts}) // pointers as values
		t.Fatalf("got %+v; want total %v, discount %v, final %v; %s", got, e.total, e.discount, e.final, text)
	}
}
