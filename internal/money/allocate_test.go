package money

import (
	"errors"
	"math"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestPercentRoundsHalfToEven(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		base := rapid.OneOf(rapid.Int64Range(0, MaxMinor), rapid.Int64Range(0, 100_000)).Draw(t, "amount")
		rate := rapid.OneOf(rapid.IntRange(0, 10_000), rapid.SampledFrom([]int{0, 1, 50, 2500, 5000, 9999, 10_000})).Draw(t, "rate")
		got, err := Percent(base, rate)
		if err != nil {
			t.Fatal(err)
		}
		if want := halfEven(big.NewRat(int64(rate), 10_000), base); want.Cmp(big.NewInt(got)) != 0 {
			t.Fatalf("%d basis points of %d: got %d, want %s", rate, base, got, want)
		}
	})
}

// halfEven returns rate*base rounded to the nearest integer, ties to the even
// one. It judges the distance to both neighbours, unlike the code under test.
func halfEven(rate *big.Rat, base int64) *big.Int {
	exact := new(big.Rat).Mul(rate, new(big.Rat).SetInt64(base))
	below := new(big.Int).Quo(exact.Num(), exact.Denom())
	above := new(big.Int).Add(below, big.NewInt(1))
	down := new(big.Rat).Sub(exact, new(big.Rat).SetInt(below))
	up := new(big.Rat).Sub(new(big.Rat).SetInt(above), exact)
	if order := down.Cmp(up); order > 0 || order == 0 && below.Bit(0) == 1 {
		return above
	}
	return below
}

func TestPercentTable(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		amount int64
		rate   int
		want   int64
		err    error
	}{
		"a half above an even unit stays":      {50, 100, 0, nil},
		"a half above an odd unit rises":       {150, 100, 2, nil},
		"another half above even stays":        {250, 100, 2, nil},
		"just under a half falls":              {149, 100, 1, nil},
		"just over a half rises":               {251, 100, 3, nil},
		"everything is everything":             {MaxMinor, 10_000, MaxMinor, nil},
		"nearly everything does not overflow":  {MaxMinor, 9_999, 9_006_298_534_815_517, nil},
		"nothing of much is nothing":           {MaxMinor, 0, 0, nil},
		"a negative amount is refused":         {-1, 100, 0, ErrInvalid},
		"a negative rate is refused":           {100, -1, 0, ErrInvalid},
		"more than everything is refused":      {100, 10_001, 0, ErrInvalid},
		"an amount beyond range overflows":     {MaxMinor + 1, 1, 0, ErrOverflow},
		"the greatest integer overflows":       {math.MaxInt64, 10_000, 0, ErrOverflow},
		"the least integer is not its own abs": {math.MinInt64, 1, 0, ErrInvalid},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := Percent(tt.amount, tt.rate); got != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("got %d, %v; want %d, %v", got, err, tt.want, tt.err)
			}
		})
	}
}

// anyWeights draws weights with many ties, many zeros and some huge values, and
// always one that is positive.
func anyWeights() *rapid.Generator[[]int64] {
	weight := rapid.OneOf(rapid.Int64Range(0, 3), rapid.Int64Range(0, 10_000), rapid.Int64Range(0, MaxMinor))
	return rapid.Custom(func(t *rapid.T) []int64 {
		weights := rapid.SliceOfN(weight, 1, 30).Draw(t, "weights")
		if slices.Max(weights) == 0 {
			weights[len(weights)-1] = 1
		}
		return weights
	})
}

func anyTotal() *rapid.Generator[int64] {
	return rapid.OneOf(amount(), rapid.Int64Range(-40, 40), rapid.SampledFrom([]int64{MaxMinor, -MaxMinor}))
}

func TestAllocateGivesLargestRemainders(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		total, weights := anyTotal().Draw(t, "total"), anyWeights().Draw(t, "weights")
		parts, err := Allocate(total, weights)
		if err != nil {
			t.Fatal(err)
		}
		if want := exactAllocation(total, weights); !slices.Equal(parts, want) {
			t.Fatalf("got %v, want %v", parts, want)
		}
	})
}

// exactAllocation is the oracle of Allocate. It hands out the units left over
// one at a time, each to whoever is owed most and is first among equals.
func exactAllocation(total int64, weights []int64) []int64 {
	sum, left := new(big.Rat), new(big.Int).Abs(big.NewInt(total))
	for _, weight := range weights {
		sum.Add(sum, new(big.Rat).SetInt64(weight))
	}
	unit := new(big.Rat).Quo(new(big.Rat).SetInt(left), sum)
	parts, owed := make([]int64, len(weights)), make([]*big.Rat, len(weights))
	for i, weight := range weights {
		share := new(big.Rat).Mul(unit, new(big.Rat).SetInt64(weight))
		floor := new(big.Int).Quo(share.Num(), share.Denom())
		parts[i], owed[i] = floor.Int64(), share.Sub(share, new(big.Rat).SetInt(floor))
		left.Sub(left, floor)
	}
	for ; left.Sign() > 0; left.Sub(left, big.NewInt(1)) {
		first := 0
		for i := range owed {
			if owed[i].Cmp(owed[first]) > 0 {
				first = i
			}
		}
		parts[first]++
		owed[first] = new(big.Rat)
	}
	for i := range parts {
		if total < 0 {
			parts[i] = -parts[i]
		}
	}
	return parts
}

func TestAllocateIsFair(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		total, weights := anyTotal().Draw(t, "total"), anyWeights().Draw(t, "weights")
		parts, err := Allocate(total, weights)
		if err != nil {
			t.Fatal(err)
		}
		if sum, err := Sum(parts...); sum != total || err != nil {
			t.Fatalf("parts sum to %d, %v; want %d", sum, err, total)
		}
		whole := new(big.Int)
		for _, weight := range weights {
			whole.Add(whole, big.NewInt(weight))
		}
		for i := range parts {
			// |part - total*weight/whole| < 1, kept in integers.
			gap := new(big.Int).Mul(big.NewInt(parts[i]), whole)
			gap.Sub(gap, new(big.Int).Mul(big.NewInt(total), big.NewInt(weights[i])))
			if gap.CmpAbs(whole) >= 0 || weights[i] == 0 && parts[i] != 0 {
				t.Fatalf("part %d is %d for weight %d of %s", i, parts[i], weights[i], whole)
			}
			for j := range parts[:i] {
				if unfair(weights[j], weights[i], magnitude(parts[j]), magnitude(parts[i])) {
					t.Fatalf("parts %d and %d are %d and %d for weights %d and %d",
						j, i, parts[j], parts[i], weights[j], weights[i])
				}
			}
		}
	})
}

// unfair reports whether the smaller weight got more, or a later equal weight
// got more than an earlier one.
func unfair(earlierWeight, laterWeight int64, earlier, later uint64) bool {
	if earlierWeight >= laterWeight {
		return later > earlier
	}
	return earlier > later
}

func TestAllocateTable(t *testing.T) {
	t.Parallel()
	many := slices.Repeat([]int64{MaxMinor}, 2048)
	tests := map[string]struct {
		total   int64
		weights []int64
		want    []int64
		err     error
	}{
		"the odd cent goes to the first":       {100, []int64{1, 1, 1}, []int64{34, 33, 33}, nil},
		"two odd cents go to the first two":    {5, []int64{1, 1, 1}, []int64{2, 2, 1}, nil},
		"the largest remainder wins":           {10, []int64{1, 2, 4}, []int64{1, 3, 6}, nil},
		"a refund mirrors the charge":          {-100, []int64{1, 1, 1}, []int64{-34, -33, -33}, nil},
		"a zero weight gets nothing":           {1, []int64{0, 1, 0}, []int64{0, 1, 0}, nil},
		"one weight takes all":                 {MaxMinor, []int64{7}, []int64{MaxMinor}, nil},
		"nothing splits into zeros":            {0, []int64{3, 1}, []int64{0, 0}, nil},
		"nothing splits over no weight":        {0, []int64{0, 0}, []int64{0, 0}, nil},
		"nothing splits over nobody":           {0, nil, []int64{}, nil},
		"huge weights stay exact":              {MaxMinor, []int64{math.MaxInt64, math.MaxInt64}, []int64{1 << 52, 1<<52 - 1}, nil},
		"something over no weight is refused":  {1, []int64{0, 0}, nil, ErrInvalid},
		"something over nobody is refused":     {-1, nil, nil, ErrInvalid},
		"a negative weight is refused":         {10, []int64{3, -1}, nil, ErrInvalid},
		"a total beyond range overflows":       {MaxMinor + 1, []int64{1}, nil, ErrOverflow},
		"the least integer overflows":          {math.MinInt64, []int64{1}, nil, ErrOverflow},
		"2048 greatest weights fit":            {2048, many, slices.Repeat([]int64{1}, 2048), nil},
		"one more greatest weight overflows":   {2049, append(slices.Clone(many), MaxMinor), nil, ErrOverflow},
		"weights that wrap to zero overflow":   {1, []int64{math.MaxInt64, math.MaxInt64, 2}, nil, ErrOverflow},
		"fewer units than takers favour first": {2, []int64{1, 1, 1, 1}, []int64{1, 1, 0, 0}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := slices.Clone(tt.weights)
			got, err := Allocate(tt.total, tt.weights)
			if !slices.Equal(got, tt.want) || (got == nil) != (tt.want == nil) || !errors.Is(err, tt.err) {
				t.Errorf("got %v, %v; want %v, %v", got, err, tt.want, tt.err)
			}
			if !slices.Equal(tt.weights, before) {
				t.Error("the weights were changed")
			}
		})
	}
}
