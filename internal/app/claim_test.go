package app_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

// TestClaims proves that what is due is taken on by one process at a time, and by
// another when that one died.
func TestClaims(t *testing.T) {
	t.Parallel()
	var clock movingClock
	s := openShop(t, clock.option())
	s.admin = s.api.Client(s.api.Token(t, auth.Grant{TTL: 90 * 24 * time.Hour}))
	const lost = 40
	for _, order := range s.make.Orders(s.customer, slices.Repeat([]int64{60}, lost)...) {
		s.pay(t, order, apptest.Vars{"gatewayId": s.sandbox, "orders": one(order), "paymentToken": "tok_timeout"})
	}
	clock.pass(time.Minute)
	claim := func() map[uuid.UUID]bool {
		taken := map[uuid.UUID]bool{}
		for _, list := range atOnce(8, func(int) []pay.Due {
			due, err := s.api.App.Service.ClaimDue(t.Context(), lost)
			if err != nil {
				t.Errorf("claim: %v", err)
			}
			return due
		}) {
			for _, d := range list {
				if taken[d.ID] {
					t.Errorf("%s %s was taken on twice", d.Kind, d.ID)
				}
				taken[d.ID] = true
			}
		}
		return taken
	}
	if n := len(claim()); n != lost {
		t.Errorf("%d of %d were taken on", n, lost)
	}
	if n := len(claim()); n != 0 {
		t.Errorf("%d were taken on again", n)
	}
	clock.pass(pay.ClaimLength + time.Second) // whoever had them is dead
	if n := len(claim()); n != lost {
		t.Errorf("%d of %d were taken on after the first died", n, lost)
	}
	clock.pass(pay.ClaimLength + time.Second)
	if s.wakeAll(t); s.count(t, "claims") != 0 || s.count(t, "transactions WHERE status = 'CAPTURED'") != lost {
		t.Errorf("%d claims are left, %d attempts have a result", s.count(t, "claims"), s.count(t, "transactions WHERE status = 'CAPTURED'"))
	}
}
