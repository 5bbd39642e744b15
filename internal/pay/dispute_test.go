package pay_test

import (
	"slices"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/paygraph/paygraph/internal/pay"
)

// TestDisputes proves that any movements of any disputes come to the same in any two orders
// with any repeats, and to what a ledger of each dispute by itself comes to.
func TestDisputes(t *testing.T) {
	t.Parallel()
	type told struct {
		step  pay.DisputeStep
		minor int64
	}
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SampledFrom([]string{"dp_a", "dp_b", "dp_c"})
		list, want := []told{}, map[string]int64{}
		for id := range map[string]bool{ids.Draw(t, "one"): true, ids.Draw(t, "other"): true} {
			for step := range rapid.IntRange(1, 4).Draw(t, "steps") { // taken and given back by turns, as banks do
				minor := rapid.Int64Range(1, 300).Draw(t, "minor")
				back := step%2 == 1
				if back {
					want[id] = max(0, want[id]-minor)
				} else {
					want[id] = minor
				}
				list = append(list, told{pay.DisputeStep{ID: id, Step: step + 1, IsReturn: back}, minor})
			}
		}
		var sum int64
		for _, minor := range want {
			sum += minor
		}
		for range 2 {
			order := rapid.Permutation(append(slices.Clone(list), rapid.SliceOf(rapid.SampledFrom(list)).Draw(t, "again")...)).Draw(t, "order")
			s, id := capturedState(5000)
			for _, x := range order {
				if _, err := s.ChargeBack(id, x.step, x.minor); err != nil {
					t.Fatal(err)
				}
			}
			if got := s.Attempt(id).ChargedBackMinor; got != sum {
				t.Fatalf("%v: %d is gone, want %d", order, got, sum)
			}
		}
	})
}

// capturedState is a payment with one attempt that captured an amount.
func capturedState(minor int64) (*pay.State, uuid.UUID) {
	x := pay.Transaction{ID: pay.NewID(), GatewayID: pay.NewID(), Currency: "EUR", Status: pay.TransactionCaptured, RequestedMinor: minor, CapturedMinor: minor}
	return &pay.State{Payment: pay.Payment{ID: pay.NewID(), Currency: "EUR", Sums: pay.Sums{FinalMinor: minor}}, Attempts: []pay.Transaction{x}}, x.ID
}
