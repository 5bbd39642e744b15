package pay

import (
	"slices"

	"github.com/paygraph/paygraph/internal/money"
)

// Share is one allocation's part of a payment's sums, in minor units.
type Share struct {
	InFlightMinor int64
	HeldMinor     int64
	CapturedMinor int64
	// FoodMinor is the food that meal vouchers ask for, hold or took.
	FoodMinor int64
}

// Shares spreads a payment's sums over its allocations by largest remainder, so
// that the parts of each sum add up to it. food is what food vouchers have in
// the payment, and meals are the food of what each allocation pays, over which it
// is spread: vouchers pay food, wherever the money that they bring is booked. owed is what
// of each allocation's order or invoice is still owed.
//
// Of what is captured only what came since is spread, or rounding would take a minor
// unit from an allocation that had it. What is held and asked is spread over what is
// left of the amounts then, each over what the ones before it left: an allocation's
// captured, held and asked parts together never exceed its amount while those of the
// payment do not, which spreading each alone would miss by a minor unit. The same sums
// always give the same shares, so what is taken back is exactly what was put on. What
// goes back is no part of it: whose money that is goes by what happened before
// (refundShares).
func Shares(list []PaymentAllocation, s Sums, food int64, meals, owed []int64) ([]Share, error) {
	captured, err := capturedShares(list, s.CapturedMinor, slices.Clone(owed))
	if err != nil {
		return nil, err
	}
	shares, room := make([]Share, len(list)), make([]int64, len(list))
	for i, a := range list {
		shares[i].CapturedMinor, room[i] = captured[i], max(0, a.AmountMinor-captured[i])
	}
	for _, sum := range []struct {
		minor int64
		part  func(*Share) *int64
	}{
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
	eaten, err := spread(food, meals, list)
	if err != nil {
		return nil, err
	}
	for i := range shares {
		shares[i].FoodMinor = eaten[i]
	}
	return shares, nil
}

// capturedShares adds what was captured since to the allocations' parts: in proportion to
// what is left of their amounts, as far as it is owed; the rest to what is owed elsewhere,
// then to what is left of the amounts. An order that was paid otherwise meanwhile would be
// overpaid else, and another of the same payment owed still. owed is used up.
func capturedShares(list []PaymentAllocation, captured int64, owed []int64) ([]int64, error) {
	shares, room := make([]int64, len(list)), make([]int64, len(list))
	var whole int64
	for i, a := range list {
		shares[i], room[i] = a.CapturedMinor, max(0, a.AmountMinor-a.CapturedMinor)
		owed[i] = min(owed[i], room[i])
		captured, whole = captured-a.CapturedMinor, whole+room[i]
	}
	even, err := spread(min(captured, whole), room, list)
	if err != nil {
		return nil, err
	}
	for i := range even {
		even[i] = min(even[i], owed[i])
	}
	give := func(parts []int64) {
		for i, minor := range parts {
			shares[i], room[i], owed[i] = shares[i]+minor, max(0, room[i]-minor), max(0, owed[i]-minor)
			captured -= minor
		}
	}
	give(even)
	for _, tier := range [][]int64{owed, room} {
		parts, err := spread(min(captured, sumOf(tier)), tier, list)
		if err != nil {
			return nil, err
		}
		give(parts)
	}
	rest, err := spread(captured, room, list) // nothing has room for it, so it goes by the amounts
	if err != nil {
		return nil, err
	}
	give(rest)
	return shares, nil
}

func sumOf(list []int64) (sum int64) {
	for _, minor := range list {
		sum += minor
	}
	return sum
}

// spread divides an amount by the weights, or by the allocations' amounts where
// it is more than the weights: a gateway may report more than was asked for.
func spread(minor int64, weights []int64, list []PaymentAllocation) ([]int64, error) {
	if minor > sumOf(weights) {
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
