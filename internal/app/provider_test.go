package app_test

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

func queryOf(t *testing.T, address string) url.Values {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

// eachProvider runs a test for each of the providers, in a shop of its own.
func eachProvider(t *testing.T, test func(*testing.T, *providerShop)) {
	t.Helper()
	for name, open := range providers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, openProviderShop(t, open(t)))
		})
	}
}

// goes is a payer on the page, who is sent to the provider.
func (x *providerShop) goes(t *testing.T, minor int64) (*payer, string) {
	t.Helper()
	payment := x.created(t, uuid.NewString(), apptest.Vars{"amount": x.sum(minor), "gatewayIds": []string{x.gateway, x.sandbox}}).Payment.ID
	p := x.visitor(t, checkoutURL(t, x.admin, payment))
	p.open("?gateway=" + x.gateway)
	if strings.Contains(p.shown.body, tokenField) {
		t.Error("the payer is asked for what only a script makes")
	}
	p.submit("/pay")
	p.sees(http.StatusOK, "Confirm at your provider")
	_, _, a := x.newest(t, payment)
	if a.Action == nil || a.Action.URL == nil {
		t.Fatalf("%+v", a)
	}
	p.sees(http.StatusOK, `href="`+*a.Action.URL+`"`)
	return p, payment
}

// TestPayersComeBack proves that a payer of the page pays at a real provider and comes back
// to the page, and that neither who opens the address too early, nor who changes it, nor who
// opens it again changes anything.
func TestPayersComeBack(t *testing.T) {
	t.Parallel()
	eachProvider(t, func(t *testing.T, x *providerShop) {
		p, payment := x.goes(t, paidMinor)
		other, otherPayment := x.goes(t, paidMinor)
		_, _, a := x.newest(t, payment)
		early := x.leave(a.id(t), external(a), false)
		// Without what the provider adds nobody has confirmed or cancelled anything.
		bare, _, _ := strings.Cut(early, "?")
		for range 7 {
			p.comesBack(bare)
			p.sees(http.StatusUnprocessableEntity, "The payment is not confirmed yet", "Confirm at your provider")
		}
		x.is(t, payment, "REQUIRES_ACTION", "REQUIRES_ACTION")

		back := x.leaves(t, payment, true)
		foreign := x.leaves(t, otherPayment, true)
		_, of, _ := strings.Cut(foreign, "?")
		p.comesBack(bare + "?" + of)
		p.sees(http.StatusUnprocessableEntity, "not confirmed")
		x.is(t, payment, "REQUIRES_ACTION", "REQUIRES_ACTION")
		for _, header := range []string{"Sec-Purpose", ""} {
			ahead(t, x, back, header)
		}
		x.is(t, payment, "REQUIRES_ACTION", "REQUIRES_ACTION")
		x.has(t, payment, 0, 0, 0)

		for range 2 {
			p.comesBack(back)
			p.sees(http.StatusOK, x.fmtMoney(paidMinor)+" were paid")
		}
		p.comesBack(early)
		p.sees(http.StatusOK, x.fmtMoney(paidMinor)+" were paid")
		x.is(t, payment, "PAID", "CAPTURED")
		x.has(t, payment, 0, paidMinor, 0)
		x.delivers(t, payment, unchanged, http.StatusOK)
		x.wakeAll(t)
		x.has(t, payment, 0, paidMinor, 0)

		// Adyen takes what the payer came back with once, and that was through the other
		// attempt: this one hears of it by a notification.
		other.comesBack(foreign)
		x.settles(t, otherPayment)
		other.open("")
		other.sees(http.StatusOK, x.fmtMoney(paidMinor)+" were paid")
		if n := x.count(t, "transactions"); n != 2 {
			t.Errorf("%d attempts, want 2", n)
		}
	})
}

func external(a attemptSeen) string {
	if a.ExternalID == nil {
		return ""
	}
	return *a.ExternalID
}

// ahead opens an address as programs do that nobody told to: with a header of browsers that
// fetch ahead, or by a method that only looks.
func ahead(t *testing.T, x *providerShop, address, header string) {
	t.Helper()
	method := http.MethodGet
	if header == "" {
		method = http.MethodHead
	}
	request, err := http.NewRequestWithContext(t.Context(), method, x.api.URL+strings.TrimPrefix(address, publicURL), nil)
	if err != nil {
		t.Fatal(err)
	}
	if header != "" {
		request.Header.Set(header, "prefetch;prerender")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("%s %s: status %d", method, header, response.StatusCode)
	}
}

// TestPayersDoNotWantToPay proves that who cancels at the provider comes back to the choice
// of gateways, with the reason, and can pay in another way.
func TestPayersDoNotWantToPay(t *testing.T) {
	t.Parallel()
	eachProvider(t, func(t *testing.T, x *providerShop) {
		p, payment := x.goes(t, paidMinor)
		p.comesBack(x.leaves(t, payment, false))
		p.sees(http.StatusOK, "The last try did not work.", "Nothing was charged.", "pay in another way", "How do you want to pay?", x.sandbox)
		x.has(t, payment, 0, 0, 0)
		p.open("?gateway=" + x.sandbox)
		p.submit("/pay", tokenField, "tok_approve")
		p.sees(http.StatusOK, x.fmtMoney(paidMinor)+" were paid")
	})
}

// TestReturnsGetLost proves that what got lost of a return is found, whether the provider
// reports first or the program asks, and that neither a forged report nor another return
// changes that.
func TestReturnsGetLost(t *testing.T) {
	t.Parallel()
	eachProvider(t, func(t *testing.T, x *providerShop) {
		p, payment := x.goes(t, lostMinor)
		_, waiting := x.goes(t, paidMinor)
		_, _, a := x.newest(t, payment)
		_, _, b := x.newest(t, waiting)
		if x.lose != nil {
			x.lose(a.id(t))
		}
		back := x.leaves(t, payment, true)
		p.comesBack(back)
		p.sees(http.StatusOK, "We are waiting for the result")
		x.is(t, payment, "PROCESSING", "UNKNOWN")
		forged := func(body []byte) []byte {
			return bytes.ReplaceAll(body, []byte(a.id(t)), []byte(b.id(t)))
		}
		n := x.delivers(t, payment, forged, http.StatusUnauthorized)
		if (n > 0) != (x.reports != nil) || x.count(t, "webhook_events") != 0 {
			t.Errorf("%d forged reports, of which %d were kept", n, x.count(t, "webhook_events"))
		}
		x.wakeAll(t)
		x.is(t, payment, "PROCESSING", "UNKNOWN")
		x.is(t, waiting, "REQUIRES_ACTION", "REQUIRES_ACTION")

		for range 2 {
			x.settles(t, payment)
		}
		x.is(t, payment, "PAID", "CAPTURED")
		p.comesBack(back)
		p.sees(http.StatusOK, x.fmtMoney(lostMinor)+" were paid")
		x.has(t, payment, 0, lostMinor, 0)
	})
}

// TestProvidersByTheAPI proves that payers who began elsewhere come back to the shop's own
// address, and that money of theirs is held, captured in part, released and given back.
func TestProvidersByTheAPI(t *testing.T) {
	t.Parallel()
	eachProvider(t, func(t *testing.T, x *providerShop) {
		whole := x.begins(t, paidMinor, nil)
		x.finishes(t, whole)
		x.is(t, whole, "PAID", "CAPTURED")
		back := act(t, x.admin, "refundPayment", uuid.NewString(), apptest.Vars{"paymentId": whole, "amount": x.sum(4000)})
		if len(back.Refunds) != 1 {
			t.Fatalf("%+v", back)
		}
		x.settles(t, whole)
		x.has(t, whole, 0, paidMinor, 4000)
		x.is(t, whole, "PARTIALLY_REFUNDED", "PARTIALLY_REFUNDED")

		if !x.holds {
			x.refusesToHold(t)
			return
		}
		held := x.begins(t, paidMinor, apptest.Vars{"capture": false})
		x.finishes(t, held)
		x.has(t, held, paidMinor, 0, 0)
		_, _, a := x.newest(t, held)
		if got := act(t, x.admin, "captureTransaction", uuid.NewString(), apptest.Vars{"transactionId": a.ID, "amount": x.sum(2500)}); got.Operation == nil {
			t.Errorf("%+v", got)
		}
		x.settles(t, held)
		captured := apptest.Do[struct {
			Payment struct{ PaidAmount cents }
		}](t, x.admin, `query($id: ID!) { payment(by: { id: $id }) { paidAmount { minorUnits } } }`, apptest.Vars{"id": held}).Payment.PaidAmount
		if captured.MinorUnits != 2500 {
			t.Errorf("%d were captured", captured.MinorUnits)
		}

		freed := x.begins(t, paidMinor, apptest.Vars{"capture": false})
		x.finishes(t, freed)
		_, _, a = x.newest(t, freed)
		if got := act(t, x.admin, "voidTransaction", uuid.NewString(), apptest.Vars{"transactionId": a.ID}); got.Operation == nil {
			t.Errorf("%+v", got)
		}
		x.settles(t, freed)
		x.has(t, freed, 0, 0, 0)
		x.is(t, freed, "CREATED", "VOIDED")
	})
}

// finishes has the payer pay on the provider's page and come back to the shop, which hands on
// what they came back with.
func (x *providerShop) finishes(t *testing.T, payment string) {
	t.Helper()
	back := x.leaves(t, payment, true)
	_, _, a := x.newest(t, payment)
	got := act(t, x.admin, "completeTransaction", uuid.NewString(), apptest.Vars{"transactionId": a.ID, "payload": payload(t, back)})
	if got.Transaction == nil {
		t.Fatalf("complete: %+v", got.Errors)
	}
}

// TestWrongAmountsAreNotBelieved proves that a provider that tells another amount than was
// asked for has a person look, and nothing counts as paid.
func TestWrongAmountsAreNotBelieved(t *testing.T) {
	t.Parallel()
	eachProvider(t, func(t *testing.T, x *providerShop) {
		payment := x.begins(t, wrongMinor, nil)
		_, attention, a := x.newest(t, payment)
		if a.Status != "UNKNOWN" || !slices.Contains(attention, "AMOUNT_MISMATCH") {
			t.Errorf("%s, %v", a.Status, attention)
		}
		if n := x.count(t, "transactions WHERE captured_minor + held_minor > 0"); n != 0 {
			t.Error("another amount than was asked for counts")
		}
	})
}
