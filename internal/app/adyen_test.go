package app_test

import (
	"slices"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/gateway/adyen/adyentest"
)

// TestAdyenTellsByTheSameRequest proves that a payment whose answer got lost is found by the
// same request under the same key, however often that gets lost too, that one which never
// arrived is taken once, and that nothing is sent once Adyen may have forgotten the key: then
// a person is to look.
func TestAdyenTellsByTheSameRequest(t *testing.T) {
	t.Parallel()
	s := adyentest.New(t)
	x := openProviderShop(t, adyenAt(s))
	x.admin = x.api.Client(x.api.Token(t, auth.Grant{TTL: 60 * 24 * time.Hour}))
	for _, holder := range []string{adyentest.PaymentLost, adyentest.PaymentNever, adyentest.PaymentError, adyentest.PaymentGarbled} {
		payment := x.begins(t, paidMinor, apptest.Vars{"paymentToken": adyentest.Token(holder)})
		x.is(t, payment, "PROCESSING", "UNKNOWN")
		_, _, a := x.newest(t, payment)
		s.Break(adyentest.Fault{Kind: adyentest.DropAfter, Operation: "payment", Attempt: a.id(t), Times: 1})
		x.clock.pass(time.Minute)
		x.wakeAll(t)
		x.is(t, payment, "PROCESSING", "UNKNOWN")
		x.clock.pass(time.Hour)
		x.wakeAll(t)
		x.is(t, payment, "PAID", "CAPTURED")
		x.has(t, payment, 0, paidMinor, 0)
		keys := map[string]bool{}
		for _, r := range s.Requests(a.id(t)) {
			keys[r.Key] = true
		}
		if b := s.Books(a.id(t)); b.Payments != 1 || len(keys) != 1 {
			t.Errorf("%s: %d payments under the keys %v", holder, b.Payments, keys)
		}
	}
	for _, holder := range []string{adyentest.PaymentLost, adyentest.PaymentNever} {
		payment := x.begins(t, paidMinor, apptest.Vars{"paymentToken": adyentest.Token(holder)})
		_, _, a := x.newest(t, payment)
		x.clock.pass(6*24*time.Hour + time.Second)
		s.Later(a.id(t), 8*24*time.Hour)
		x.wakeAll(t)
		if _, attention, a := x.newest(t, payment); a.Status != "UNKNOWN" || !slices.Contains(attention, "UNKNOWN_OUTCOME") {
			t.Errorf("%s: %s, %v", holder, a.Status, attention)
		}
		if n := len(s.Requests(a.id(t))); n != 1 {
			t.Errorf("%s: %d requests, want the first", holder, n)
		}
	}
}

// TestAdyenNeedsItsForm proves that the page does not offer what it cannot show: gateways for
// whose form a script is needed.
func TestAdyenNeedsItsForm(t *testing.T) {
	t.Parallel()
	x := openProviderShop(t, adyenAt(adyentest.New(t)))
	payment := x.created(t, "p", apptest.Vars{"amount": minor(700), "gatewayIds": []string{x.gateway}}).Payment.ID
	p := x.visitor(t, checkoutURL(t, x.admin, payment))
	p.open("")
	p.sees(200, "This cannot be paid here now")
}
