package app_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/gateway/adyen"
	"github.com/paygraph/paygraph/internal/gateway/adyen/adyentest"
	"github.com/paygraph/paygraph/internal/pay"
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

// TestAdyenNeedsMoreForRealMoney proves that a gateway without what it needs in its environment,
// or beside its other settings, is not saved, and that the parameter is named.
func TestAdyenNeedsMoreForRealMoney(t *testing.T) {
	t.Parallel()
	x := openProviderShop(t, adyenAt(adyentest.New(t)))
	real := x.api.Client(x.api.Token(t, auth.Grant{Environment: pay.Live}))
	const whole, prefix, script = "returnUrl https://shop.example/back", "liveUrlPrefix 1797a841fbb37ca7-Shop", "clientKey live_0123456789ABCDEF"
	for _, c := range []struct {
		caller *apptest.Client
		given  []string
		lacks  []string
	}{
		{real, []string{whole, script}, []string{"liveUrlPrefix"}},
		{real, []string{whole, prefix}, []string{"clientKey"}},
		{real, []string{whole}, []string{"liveUrlPrefix", "clientKey"}},
		{real, []string{whole, prefix, script}, nil},
		{real, []string{whole, prefix, "redirectMethod ideal"}, nil},
		{x.admin, []string{whole}, []string{"clientKey"}},
	} {
		values := []string{adyen.APIKey, adyentest.APIKey, adyen.MerchantAccount, adyentest.Account}
		for _, given := range c.given {
			id, value, _ := strings.Cut(given, " ")
			values = append(values, id, value)
		}
		refusals := apptest.Do[struct {
			CreatePaymentGateway struct{ Errors []apptest.Refusal }
		}](t, c.caller, `mutation($in: CreatePaymentGatewayInput!) { createPaymentGateway(input: $in) { errors { code message path } } }`,
			apptest.Vars{"in": apptest.Vars{"name": "Adyen", "connector": "adyen", "methodType": "CARD", "parameters": parametersOf(values...)}}).CreatePaymentGateway.Errors
		var lacks []string
		for _, e := range refusals {
			id, _ := strings.CutSuffix(strings.TrimPrefix(e.Message, "The parameter "), " needs a value.")
			if lacks = append(lacks, id); e.Code != "REQUIRED" || strings.Join(e.Path, ".") != "input.parameters" {
				t.Errorf("%v: %+v", c.given, e)
			}
		}
		if !slices.Equal(lacks, c.lacks) {
			t.Errorf("%v lacks %v, want %v", c.given, lacks, c.lacks)
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

// TestAdyenTellsLess proves that a notification of less than was asked for, which does not say
// whether that is a part, is a mismatch for a person to look at and books nothing, unless the
// answer had told that Adyen took a part.
func TestAdyenTellsLess(t *testing.T) {
	t.Parallel()
	x := openProviderShop(t, adyenAt(adyentest.New(t)))
	for name, c := range map[string]struct {
		holder, reference       string
		told                    int64
		status, attempt, cameTo string
	}{
		"all":                {adyentest.Debit, "", paidMinor, "PAID", "CAPTURED", "APPLIED"},
		"less":               {adyentest.Debit, "", paidMinor - 1, "PROCESSING", "UNKNOWN", "MISMATCH"},
		"all, held":          {adyentest.Debit, "-hold", paidMinor, "AUTHORIZED", "AUTHORIZED", "APPLIED"},
		"less, held":         {adyentest.Debit, "-hold", paidMinor - 1, "PROCESSING", "UNKNOWN", "MISMATCH"},
		"a part, as told":    {adyentest.Part, "", paidMinor / 2, "PARTIALLY_PAID", "CAPTURED", "NOTHING_NEW"},
		"more than the part": {adyentest.Part, "", paidMinor/2 + 1, "PARTIALLY_PAID", "CAPTURED", "MISMATCH"},
	} {
		payment := x.begins(t, paidMinor, apptest.Vars{"paymentToken": adyentest.Token(c.holder), "capture": c.reference == ""})
		_, _, a := x.newest(t, payment)
		item := adyentest.Item{Amount: adyentest.Amount{Currency: "EUR", Value: c.told}, EventCode: "AUTHORISATION", EventDate: "2026-03-04T06:06:07+01:00", MerchantAccountCode: adyentest.Account,
			MerchantReference: a.id(t) + c.reference, PaymentMethod: "visa", PSPReference: *a.ExternalID, Success: "true"}
		x.reports = func(string, time.Time) []report {
			return []report{{http.Header{"Content-Type": {"application/json"}}, adyentest.Body(false, item.Signed(adyentest.HMACKey))}}
		}
		x.delivers(t, payment, unchanged, http.StatusOK)
		if got := outcomeOf(t, x.admin, "AUTHORISATION:"+*a.ExternalID+":true"); got != c.cameTo {
			t.Errorf("%s: the notification came to %q, want %s", name, got, c.cameTo)
		}
		x.is(t, payment, c.status, c.attempt)
		if _, attention, _ := x.newest(t, payment); slices.Contains(attention, "AMOUNT_MISMATCH") != (c.cameTo == "MISMATCH") {
			t.Errorf("%s: attention for %v", name, attention)
		}
	}
}
