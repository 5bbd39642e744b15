package pay

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/paygraph/paygraph/internal/money"
)

// Price is the result of pricing lines and discounts: Total = Σ line gross,
// Discount = what lines and stack took off, Final = Total − Discount ≥ 0.
type Price struct {
	TotalMinor    int64
	DiscountMinor int64
	FinalMinor    int64
	// FoodMinor is the part of FinalMinor that food lines make up once the
	// discount stack is spread over all lines by largest remainder.
	FoodMinor int64
}

// PriceOf computes every derived amount of the lines and discounts in place
// (GrossMinor, FinalMinor, ShareMinor, AppliedMinor) and returns the sums. It fails only
// with money.ErrOverflow.
func PriceOf(lines []Line, discounts []Discount) (Price, error) {
	var total, subtotal int64
	for i := range lines {
		if err := lines[i].price(); err != nil {
			return Price{}, fmt.Errorf("line %d: %w", i, err)
		}
		var err error
		if total, err = money.Add(total, lines[i].GrossMinor); err != nil {
			return Price{}, err
		}
		subtotal += lines[i].FinalMinor // at most total, so it cannot overflow
	}
	final, err := ApplyDiscounts(subtotal, discounts)
	if err != nil {
		return Price{}, err
	}
	food, err := share(final, lines)
	if err != nil {
		return Price{}, err
	}
	return Price{TotalMinor: total, DiscountMinor: total - final, FinalMinor: final, FoodMinor: food}, nil
}

// price computes gross = unit×quantity + Σ modifier price×quantity×quantity,
// and final = gross − discount, never below zero.
func (l *Line) price() error {
	each := l.UnitMinor
	for _, m := range l.Modifiers {
		extra, err := money.Mul(m.PriceMinor, int64(m.Quantity))
		if err != nil {
			return err
		}
		if each, err = money.Add(each, extra); err != nil {
			return err
		}
	}
	gross, err := money.Mul(each, int64(l.Quantity))
	if err != nil {
		return err
	}
	var off int64
	switch {
	case l.LineDiscountMinor != nil:
		off = *l.LineDiscountMinor
	case l.UnitDiscountMinor != nil:
		if off, err = money.Mul(*l.UnitDiscountMinor, int64(l.Quantity)); err != nil {
			return err
		}
	}
	l.GrossMinor, l.FinalMinor = gross, max(0, gross-off)
	return nil
}

// ApplyDiscounts runs the stack over subtotal in the order (SortIndex, nulls
// last; position), stores what each discount took off and returns what is left.
func ApplyDiscounts(subtotal int64, discounts []Discount) (int64, error) {
	order := make([]int, len(discounts))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(compareIndex(discounts[a].SortIndex, discounts[b].SortIndex),
			cmp.Compare(discounts[a].Position, discounts[b].Position))
	})
	left := subtotal
	for _, i := range order {
		off, err := discounts[i].off(left)
		if err != nil {
			return 0, err
		}
		discounts[i].AppliedMinor = off
		left -= off
	}
	return left, nil
}

func compareIndex(a, b *int) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	}
	return cmp.Compare(*a, *b)
}

// off is what the discount takes from a running subtotal; at most all of it.
func (d *Discount) off(subtotal int64) (int64, error) {
	if d.AmountMinor != nil && (d.Type == nil || *d.Type == DollarOff) {
		return min(*d.AmountMinor, subtotal), nil
	}
	switch value := d.given(); *d.Type {
	case DollarOff:
		return min(value, subtotal), nil
	case FixedPrice:
		return subtotal - min(value, subtotal), nil
	default:
		return money.Percent(subtotal, d.basisPoints())
	}
}

func (d *Discount) given() int64 {
	if d.Value != nil {
		return *d.Value
	}
	if d.AmountMinor != nil {
		return *d.AmountMinor
	}
	return 0
}

func (d *Discount) basisPoints() int {
	if d.ValueBasisPoints != nil {
		return *d.ValueBasisPoints
	}
	return int(d.given()) * 100
}

// share spreads what the whole comes to over its lines by largest remainder, and
// says what food lines have of it.
func share(final int64, lines []Line) (food int64, err error) {
	weights := make([]int64, len(lines))
	for i, l := range lines {
		weights[i] = l.FinalMinor
	}
	parts, err := money.Allocate(final, weights)
	if err != nil {
		return 0, err
	}
	for i := range lines {
		lines[i].ShareMinor = parts[i]
		if lines[i].IsFood {
			food += parts[i]
		}
	}
	return food, nil
}
