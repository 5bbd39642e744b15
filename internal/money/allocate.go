package money

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"
)

// fullRate is 100 % in basis points.
const fullRate = 10_000

// Percent returns the part of amount, in minor units, at a rate in basis points
// (250 is 2.5 %), rounded to the nearest minor unit, halves to the even one so
// that many small fees do not drift one way. A negative amount or a rate
// outside 0 to 10000 is ErrInvalid; an amount beyond MaxMinor is ErrOverflow.
func Percent(amount int64, basisPoints int) (int64, error) {
	if amount < 0 || basisPoints < 0 || basisPoints > fullRate {
		return 0, fmt.Errorf("%w: %d basis points of %d", ErrInvalid, basisPoints, amount)
	}
	if amount > MaxMinor {
		return 0, fmt.Errorf("%w: %d basis points of %d", ErrOverflow, basisPoints, amount)
	}
	// The product needs up to 67 bits. Div64 is safe as hi stays below fullRate.
	hi, lo := bits.Mul64(uint64(amount), uint64(basisPoints))
	quotient, remainder := bits.Div64(hi, lo, fullRate)
	half := uint64(fullRate / 2)
	if remainder > half || remainder == half && quotient%2 == 1 {
		quotient++
	}
	return int64(quotient), nil // #nosec G115 -- at most amount
}

// Allocate splits total, in minor units, in proportion to weights by the method
// of largest remainders. The parts always sum to total, each differs from its
// exact share by less than one minor unit, and a zero weight gets nothing. Left
// over units go to the largest remainders, the earliest index first among equal
// ones, so the same input always splits alike. A negative total, such as a
// refund, splits exactly as its positive twin with the signs turned.
//
// With no positive weight a total of 0 gives zeros, and any other is ErrInvalid,
// as is a negative weight. ErrOverflow means a total beyond MaxMinor, or weights
// that sum to 2^64 or more (2048 weights of MaxMinor still fit). The weights are
// not changed.
func Allocate(total int64, weights []int64) ([]int64, error) {
	size := magnitude(total)
	if size > MaxMinor {
		return nil, fmt.Errorf("%w: allocating %d", ErrOverflow, total)
	}
	whole, err := sumWeights(weights)
	if err != nil {
		return nil, err
	}
	parts := make([]int64, len(weights))
	if whole == 0 {
		if total != 0 {
			return nil, fmt.Errorf("%w: allocating %d with no positive weight", ErrInvalid, total)
		}
		return parts, nil
	}
	remainders := make([]uint64, len(weights))
	left := size
	for i, weight := range weights {
		// Div64 is safe: weight <= whole and size < 2^64 keep hi below whole.
		hi, lo := bits.Mul64(size, uint64(weight)) // #nosec G115 -- sumWeights refuses negative ones
		quotient, remainder := bits.Div64(hi, lo, whole)
		parts[i], remainders[i] = int64(quotient), remainder // #nosec G115 -- at most size, which is at most MaxMinor
		left -= quotient
	}
	for _, i := range largestFirst(remainders)[:left] {
		parts[i]++
	}
	for i, part := range parts {
		parts[i] = signed(uint64(part), total < 0) // #nosec G115 -- at most size
	}
	return parts, nil
}

// sumWeights returns the sum of weights, unsigned because weights are often
// amounts themselves and a few thousand large ones outgrow int64.
func sumWeights(weights []int64) (uint64, error) {
	var sum uint64
	for i, weight := range weights {
		if weight < 0 {
			return 0, fmt.Errorf("%w: weight %d is %d", ErrInvalid, i, weight)
		}
		var carry uint64
		if sum, carry = bits.Add64(sum, uint64(weight), 0); carry != 0 {
			return 0, fmt.Errorf("%w: sum of %d weights", ErrOverflow, len(weights))
		}
	}
	return sum, nil
}

// largestFirst returns the indexes of values by descending value. The sort is
// stable: that is what sends ties to the earliest index.
func largestFirst(values []uint64) []int {
	indexes := make([]int, len(values))
	for i := range indexes {
		indexes[i] = i
	}
	slices.SortStableFunc(indexes, func(a, b int) int { return cmp.Compare(values[b], values[a]) })
	return indexes
}
