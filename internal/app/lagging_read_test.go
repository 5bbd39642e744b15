package app_test

import (
	"context"
	"testing"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// TestLaggingReads proves that a charge is never called failed because a provider whose
// reads lag behind does not find it yet, and cannot be reached when it is sent again.
func TestLaggingReads(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	sent := 0
	charge := func(_ context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
		if sent++; sent > 1 {
			return pay.Fact{}, gateway.ErrNotSent
		}
		s.bank.take(r, r.Amount.Minor)
		return pay.Fact{}, errLost
	}
	s.bank.on("tok_lag", charge, func(context.Context, gateway.ChargeRequest) (pay.Fact, error) {
		return pay.Fact{}, gateway.ErrNoSuchAttempt
	})
	input := s.whole("tok_lag", s.order(1000))
	for i := range 3 {
		if got := s.pay(t, "lag", input); got.Transaction == nil || got.Transaction.Status != "UNKNOWN" {
			t.Fatalf("request %d: got %+v, want it UNKNOWN", i, got)
		}
	}
	s.bank.on("tok_lag", charge, nil)
	if got := s.pay(t, "lag", input); got.Payment == nil || got.Payment.Status != "PAID" || s.bank.money() != 1000 {
		t.Errorf("got %+v, and the bank took %d", got, s.bank.money())
	}
}
