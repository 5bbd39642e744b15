package app_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/gateway/bkash/bkashtest"
	"github.com/paygraph/paygraph/internal/gateway/rest/resttest"
)

// TestBKashFinishesLate proves that bKash is not asked again, for a payment or for a refund of
// a part, while it may still be at the first request, and that what it says to the second one
// ends nothing.
func TestBKashFinishesLate(t *testing.T) {
	t.Parallel()
	s := bkashtest.New()
	t.Cleanup(s.Close)
	s.Set("400.00", bkashtest.Plan{Late: true})
	s.Set("500.00", bkashtest.Plan{LateRefund: true})
	x := openProviderShop(t, bkashAt(s))
	asked := func(what string, want int) {
		t.Helper()
		if n := s.Asked(what); n != want {
			t.Errorf("bKash was asked to %s %d times, want %d", what, n, want)
		}
	}
	payment := x.begins(t, 40000, nil)
	x.finishes(t, payment)
	for range 2 {
		x.clock.pass(20 * time.Second)
		x.wakeAll(t)
		x.is(t, payment, "PROCESSING", "UNKNOWN")
	}
	asked("execute", 1)
	x.settles(t, payment)
	x.is(t, payment, "PROCESSING", "UNKNOWN")
	asked("execute", 2)
	_, _, a := x.newest(t, payment)
	s.Finish(a.id(t))
	x.clock.pass(5 * time.Minute)
	x.wakeAll(t)
	x.is(t, payment, "PAID", "CAPTURED")
	x.has(t, payment, 0, 40000, 0)

	payment = x.begins(t, 50000, nil)
	x.finishes(t, payment)
	act(t, x.admin, "refundPayment", uuid.NewString(), apptest.Vars{"paymentId": payment, "amount": x.sum(4000)})
	for range 3 {
		x.clock.pass(20 * time.Second)
		x.wakeAll(t)
	}
	asked("refund", 1)
	x.has(t, payment, 0, 50000, 0)
	_, _, a = x.newest(t, payment)
	s.Finish(a.id(t))
	x.clock.pass(5 * time.Minute)
	x.wakeAll(t)
	x.has(t, payment, 0, 50000, 4000)
	x.is(t, payment, "PARTIALLY_REFUNDED", "PARTIALLY_REFUNDED")
	asked("refund", 1)
}

// TestRefundAgainMeanwhile proves that who asks again for a refund that got lost, while
// somebody else is doing so, does not have the provider, which knows no keys, give the money
// back twice.
func TestRefundAgainMeanwhile(t *testing.T) {
	t.Parallel()
	s := bkashtest.New()
	t.Cleanup(s.Close)
	s.Set("500.00", bkashtest.Plan{Refund: []resttest.Fault{resttest.DropBefore}})
	x := openProviderShop(t, bkashAt(s))
	payment := x.begins(t, 50000, nil)
	x.finishes(t, payment)
	key, part := uuid.NewString(), apptest.Vars{"paymentId": payment, "amount": x.sum(4000)}
	act(t, x.admin, "refundPayment", key, part)
	x.has(t, payment, 0, 50000, 0)
	x.clock.pass(5 * time.Minute)
	s.Before("refund", func() { act(t, x.admin, "refundPayment", key, part) })
	act(t, x.admin, "refundPayment", key, part)
	x.has(t, payment, 0, 50000, 4000)
	x.is(t, payment, "PARTIALLY_REFUNDED", "PARTIALLY_REFUNDED")
	if n := s.Asked("refund"); n != 2 {
		t.Errorf("bKash was asked to refund %d times, want 2", n)
	}
}
