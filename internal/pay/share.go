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

// Owing is what of an allocation's order or invoice is still owed, in minor units, and what of
// that nobody has asked for.
type Owing struct{ OwedMinor, PayableMinor int64 }

// Shares spreads a payment's sums over its allocations, so that the parts of each sum add up
// to it. food is what food vouchers have in the payment, and meals are the food of what each
// allocation pays, over which it is spread by largest remainder: vouchers pay food, wherever
// the money that they bring is booked.
//
// Of what is captured, held and asked only what came since, or is gone since, is spread: the
// orders and invoices were promised the rest. What is captured is taken from what was asked;
// what is asked goes to what can be asked for, so that a payment whose orders were paid in part
// otherwise collects what is left of each. What goes back is no part of it: whose money that
// is goes by what happened before (refundShares).
func Shares(list []PaymentAllocation, s Sums, food int64, meals []int64, owing []Owing) ([]Share, error) {
	captured, err := capturedShares(list, s.CapturedMinor, owing)
	if err != nil {
		return nil, err
	}
	asked, err := askedShares(list, s.HeldMinor+s.InFlightMinor, captured, owing)
	if err != nil {
		return nil, err
	}
	held, err := heldShares(list, s.HeldMinor, asked)
	if err != nil {
		return nil, err
	}
	eaten, err := spread(food, meals, list)
	if err != nil {
		return nil, err
	}
	shares := make([]Share, len(list))
	for i := range list {
		shares[i] = Share{InFlightMinor: asked[i] - held[i], HeldMinor: held[i], CapturedMinor: captured[i], FoodMinor: eaten[i]}
	}
	return shares, nil
}

// capturedShares adds what was captured since to the allocations' parts: in proportion to
// what they asked for or held, and what nobody asked for in proportion to what is left of
// their amounts, each as far as it is owed; the rest to what is owed elsewhere, then to what
// is left of the amounts. An order that was paid otherwise meanwhile would be overpaid else,
// and another of the same payment owed still.
func capturedShares(list []PaymentAllocation, captured int64, owing []Owing) ([]int64, error) {
	shares, room, owed, asked := make([]int64, len(list)), make([]int64, len(list)), make([]int64, len(list)), make([]int64, len(list))
	more := captured
	for i, a := range list {
		shares[i], room[i], asked[i] = a.CapturedMinor, max(0, a.AmountMinor-a.CapturedMinor), a.askedMinor()
		owed[i] = min(owing[i].OwedMinor, room[i])
		more -= a.CapturedMinor
	}
	for _, weights := range [][]int64{asked, room} {
		if more <= 0 { // a gateway told of less, or of no more
			break
		}
		parts, err := spread(min(more, sumOf(weights)), weights, list)
		if err != nil {
			return nil, err
		}
		for i, minor := range parts {
			minor = min(minor, owed[i])
			shares[i], room[i], owed[i] = shares[i]+minor, max(0, room[i]-minor), max(0, owed[i]-minor)
			more -= minor
		}
	}
	return become(captured, shares, list, owed, room)
}

// askedShares are the allocations' parts of what is asked for and held together: less what was
// captured of theirs, and more where the payment asks for more, as far as it can be asked for,
// then as far as their amounts go.
func askedShares(list []PaymentAllocation, asked int64, captured []int64, owing []Owing) ([]int64, error) {
	parts, payable, room := make([]int64, len(list)), make([]int64, len(list)), make([]int64, len(list))
	for i, a := range list {
		parts[i] = max(0, a.askedMinor()-max(0, captured[i]-a.CapturedMinor))
		room[i] = max(0, a.AmountMinor-captured[i]-parts[i])
		payable[i] = min(owing[i].PayableMinor, room[i])
	}
	return become(asked, parts, list, payable, room)
}

// heldShares are the held parts of what is asked for and held.
func heldShares(list []PaymentAllocation, held int64, asked []int64) ([]int64, error) {
	parts, rest := make([]int64, len(list)), make([]int64, len(list))
	for i, a := range list {
		parts[i] = min(a.HeldMinor, asked[i])
		rest[i] = asked[i] - parts[i]
	}
	return become(held, parts, list, rest)
}

// become changes parts so that they add up to sum: fewer in proportion, more over the room that
// each tier has, in turn. The tiers are used up.
func become(sum int64, parts []int64, list []PaymentAllocation, tiers ...[]int64) ([]int64, error) {
	more := sum - sumOf(parts)
	if more <= 0 {
		return spread(sum, parts, list)
	}
	add := func(minor int64, weights []int64) error {
		given, err := spread(minor, weights, list)
		for i := range given {
			parts[i], more = parts[i]+given[i], more-given[i]
			for _, room := range tiers {
				room[i] = max(0, room[i]-given[i])
			}
		}
		return err
	}
	for _, room := range tiers {
		if err := add(min(more, sumOf(room)), slices.Clone(room)); err != nil {
			return nil, err
		}
	}
	return parts, add(more, nil) // nothing has room for it, so it goes by the amounts
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
