package app_test

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// oraclePrice prices lines and discounts with exact fractions, straight from the
// contract and without any of the program's own code.
func oraclePrice(lines []apptest.Vars, discounts []apptest.Vars) (total, discount, final int64) {
	subtotal := new(big.Int)
	gross := new(big.Int)
	for _, l := range lines {
		n := big.NewInt(int64(l["quantity"].(int)))
		each := big.NewInt(l["unitAmount"].(apptest.Vars)["minorUnits"].(int64))
		for _, m := range l["modifiers"].([]apptest.Vars) {
			extra := new(big.Int).Mul(big.NewInt(m["price"].(apptest.Vars)["minorUnits"].(int64)), big.NewInt(int64(m["quantity"].(int))))
			each.Add(each, extra)
		}
		g := new(big.Int).Mul(each, n)
		off := new(big.Int)
		if d, ok := l["discountAmount"].(apptest.Vars); ok {
			off.SetInt64(d["minorUnits"].(int64))
		}
		if d, ok := l["unitDiscountAmount"].(apptest.Vars); ok {
			off.Mul(big.NewInt(d["minorUnits"].(int64)), n)
		}
		gross.Add(gross, g)
		if rest := new(big.Int).Sub(g, off); rest.Sign() > 0 {
			subtotal.Add(subtotal, rest)
		}
	}
	ordered := slices.Clone(discounts)
	slices.SortStableFunc(ordered, func(a, b apptest.Vars) int { return stackPlace(a) - stackPlace(b) })
	left := new(big.Rat).SetInt(subtotal)
	for _, d := range ordered {
		left = afterDiscount(left, d)
	}
	return gross.Int64(), gross.Int64() - left.Num().Int64(), left.Num().Int64()
}

// stackPlace is where a discount stands in its stack: those without an index last.
func stackPlace(d apptest.Vars) int {
	if index, ok := d["index"].(int); ok {
		return index
	}
	return 1_000_000
}

func afterDiscount(left *big.Rat, d apptest.Vars) *big.Rat {
	value := func(name string) *big.Rat {
		switch v := d[name].(type) {
		case int64:
			return big.NewRat(v, 1)
		case int:
			return big.NewRat(int64(v), 1)
		case apptest.Vars:
			return big.NewRat(v["minorUnits"].(int64), 1)
		}
		return nil
	}
	least := func(a, b *big.Rat) *big.Rat {
		if a.Cmp(b) < 0 {
			return a
		}
		return b
	}
	switch {
	case d["amount"] != nil:
		return new(big.Rat).Sub(left, least(value("amount"), left))
	case d["type"] == "DOLLAROFF":
		return new(big.Rat).Sub(left, least(value("value"), left))
	case d["type"] == "FIXED":
		return least(value("value"), left)
	}
	rate := new(big.Rat).Quo(orZero(value("value")), big.NewRat(100, 1))
	if points := value("valueBasisPoints"); points != nil {
		rate = new(big.Rat).Quo(points, big.NewRat(10_000, 1))
	}
	off := new(big.Rat).SetInt(nearestEven(new(big.Rat).Mul(left, rate)))
	return new(big.Rat).Sub(left, off)
}

func orZero(r *big.Rat) *big.Rat {
	if r == nil {
		return new(big.Rat)
	}
	return r
}

// nearestEven rounds to the nearest whole number, halves to the even one.
func nearestEven(r *big.Rat) *big.Int {
	down := new(big.Int).Quo(r.Num(), r.Denom())
	rest := new(big.Rat).Sub(r, new(big.Rat).SetInt(down))
	switch c := rest.Cmp(big.NewRat(1, 2)); {
	case c > 0, c == 0 && down.Bit(0) == 1:
		return down.Add(down, big.NewInt(1))
	}
	return down
}

// TestRandomPrices prices a thousand random payments through the API.
func TestRandomPrices(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	random := rand.New(rand.NewPCG(7, 11))
	const document = `mutation($input: CreatePaymentInput!) { createPayment(input: $input) { errors { code message path }
		payment { totalAmount { minorUnits } discountAmount { minorUnits } finalAmount { minorUnits } lines { finalAmount { minorUnits } } discounts { appliedAmount { minorUnits } } } } }`
	for i := range 300 {
		lines, discounts := randomLines(random), randomDiscounts(random)
		total, discount, final := oraclePrice(lines, discounts)
		got := apptest.Do[struct {
			CreatePayment struct {
				Errors  []apptest.Refusal
				Payment *struct {
					TotalAmount, DiscountAmount, FinalAmount struct{ MinorUnits int64 }
					Lines                                    []struct{ FinalAmount struct{ MinorUnits int64 } }
					Discounts                                []struct{ AppliedAmount struct{ MinorUnits int64 } }
				}
			}
		}](t, s.admin, document, apptest.Vars{"input": apptest.Vars{"idempotencyKey": fmt.Sprint("price-", i), "lines": lines, "discounts": discounts}}).CreatePayment
		p := got.Payment
		if p == nil || p.TotalAmount.MinorUnits != total || p.DiscountAmount.MinorUnits != discount || p.FinalAmount.MinorUnits != final {
			t.Fatalf("case %d: lines %v, discounts %v: got %+v %v, want %d − %d = %d", i, lines, discounts, p, got.Errors, total, discount, final)
		}
		sum := int64(0)
		for _, l := range p.Lines {
			sum += l.FinalAmount.MinorUnits
		}
		for _, d := range p.Discounts {
			sum -= d.AppliedAmount.MinorUnits
		}
		if sum != final {
			t.Errorf("case %d: lines less discounts come to %d, want %d", i, sum, final)
		}
	}
}

func randomLines(r *rand.Rand) (lines []apptest.Vars) {
	for range 1 + r.IntN(5) {
		line := apptest.Vars{"productName": "thing", "quantity": 1 + r.IntN(7), "unitAmount": apptest.Vars{"minorUnits": r.Int64N(100_000)}, "isFood": r.IntN(2) == 0}
		modifiers := []apptest.Vars{}
		for range r.IntN(3) {
			modifiers = append(modifiers, apptest.Vars{"modifierId": "m", "productName": "extra", "quantity": 1 + r.IntN(3), "price": apptest.Vars{"minorUnits": r.Int64N(1000)}})
		}
		line["modifiers"] = modifiers
		switch r.IntN(4) {
		case 0:
			line["discountAmount"] = apptest.Vars{"minorUnits": r.Int64N(50_000)}
		case 1:
			line["unitDiscountAmount"] = apptest.Vars{"minorUnits": r.Int64N(50_000)}
		}
		lines = append(lines, line)
	}
	return lines
}

func randomDiscounts(r *rand.Rand) []apptest.Vars {
	discounts := []apptest.Vars{}
	for range r.IntN(5) {
		d := apptest.Vars{"discountName": "less"}
		switch r.IntN(5) {
		case 0:
			d["amount"] = apptest.Vars{"minorUnits": r.Int64N(30_000)}
		case 1:
			d["type"], d["value"] = "DOLLAROFF", r.Int64N(30_000)
		case 2:
			d["type"], d["value"] = "FIXED", r.Int64N(300_000)
		case 3:
			d["type"], d["value"] = "PERCENOFF", r.Int64N(101)
		case 4:
			d["type"], d["valueBasisPoints"] = "PERCENOFF", r.IntN(10_001)
		}
		if r.IntN(2) == 0 {
			d["index"] = r.IntN(4)
		}
		discounts = append(discounts, d)
	}
	return discounts
}
