package pay

import "github.com/paygraph/paygraph/internal/money"

// Share is one allocation's part of a payment's sums, in minor units.
type Share struct {
	InFlightMinor int64
	HeldMinor     int64
	CapturedMinor int64
	RefundedMinor int64
	// FoodMinor is the food that meal vouchers ask for, hold or took.
	FoodMinor int64
}

// Shares spreads a payment's sums over its allocations by largest remainder, so
// that the parts of each sum add up to it. food is what food vouchers have in
// the payment, and meals are the food of what each allocation pays, over which it
// is spread: vouchers pay food, wherever the money that they bring is booked.
//
// Each sum is spread over what the ones before it left of the amounts: an
// allocation's captured, held and asked parts together never exceed its amount
// while those of the payment do not, which spreading each alone would miss by a
// minor unit. The same sums always give the same shares, so what is taken back
// is exactly what was put on.
func Shares(list []PaymentAllocation, s Sums, food int64, meals []int64) ([]Share, error) {
	shares, room := make([]Share, len(list)), make([]int64, len(list))
	for i, a := range list {
		room[i] = a.AmountMinor
	}
	for _, sum := range []struct {
		minor int64
		part  func(*Share) *int64
	}{
		{s.CapturedMinor, func(x *Share) *int64 { return &x.CapturedMinor }},
		{s.HeldMinor, func(x *Share) *int64 { return &x.HeldMinor }},
		{s.InFlightMinor, func(x *Share) *int64 { return &x.InFlightMinor }},
	} {
		parts, err := spread(sum.minor, room, list)
		if err != nil {
			return nil, err
		}
		for i := range list {
			*sum.part(&shares[i]) = parts[i]
			room[i] = max(0, room[i]-parts[i])
		}
	}
	return shares, spreadParts(shares, list, s.RefundedMinor, food, meals)
}

// spreadParts fills in the sums that are parts of others: what went back of what
// was captured, and what food vouchers have of the food.
func spreadParts(shares []Share, list []PaymentAllocation, refunded, food int64, meals []int64) error {
	captured := make([]int64, len(list))
	for i, x := range shares {
		captured[i] = x.CapturedMinor
	}
	back, err := spread(refunded, captured, list)
	if err != nil {
		return err
	}
	eaten, err := spread(food, meals, list)
	if err != nil {
		return err
	}
	for i := range shares {
		shares[i].RefundedMinor, shares[i].FoodMinor = back[i], eaten[i]
	}
	return nil
}

// spread divides an amount by the weights, or by the allocations' amounts where
// it is more than the weights: a gateway may report more than was asked for.
func spread(minor int64, weights []int64, list []PaymentAllocation) ([]int64, error) {
	var sum int64
	for _, w := range weights {
		sum += w
	}
	if minor > sum {
		weights = make([]int64, len(list))
		for i, a := range list {
			weights[i] = a.AmountMinor
		}
	}
	if minor == 0 || len(list) == 0 {
		return make([]int64, len(list)), nil
	}
	return money.Allocate(minor, weights)
}
