package adyen_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/adyen"
	"github.com/paygraph/paygraph/internal/gateway/adyen/adyentest"
	"github.com/paygraph/paygraph/internal/pay"
)

// TestStepsOfOthersAreRefused proves that what another payment came to does not pay this
// one.
func TestStepsOfOthersAreRefused(t *testing.T) {
	t.Parallel()
	s := adyentest.New(t)
	c := adyen.New(s.URL)
	mine, theirs := request(adyentest.Redirect), request(adyentest.Redirect)
	for _, r := range []gateway.ChargeRequest{mine, theirs} {
		if _, err := c.Charge(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	completer := c.(gateway.Completer)
	for _, payload := range []string{s.Act(theirs.AttemptID, true), `{}`, `{"redirectResult":"nonsense"}`, `"x"`, ``, adyentest.Token(adyentest.Visa)} {
		if f, err := completer.Complete(t.Context(), mine, gateway.Answer{Payload: payload}); class(err) != "wrong answer" || f != (pay.Fact{}) {
			t.Errorf("%s: %+v, %v", payload, f, err)
		}
	}
	if b := s.Books(mine.AttemptID); b.Captured != "0.00" {
		t.Errorf("Adyen has %+v", b)
	}
}

// TestAnswersThatNobodyGave proves that answers which say less than Adyen's do, or something
// else, are no success.
func TestAnswersThatNobodyGave(t *testing.T) {
	t.Parallel()
	const action = `"action":{"type":"redirect","method":"GET","url":"https://bank.example/"}`
	for body, want := range map[string]struct{ charge, step string }{
		`{"resultCode":"Authorised","pspReference":"P"}`:                                                {"CAPTURED", "open"}, // a step must say whose it is
		`{"resultCode":"Authorised","pspReference":"P",` + action + `}`:                                 {"CAPTURED", "open"},
		`{"resultCode":"Refused","pspReference":"P"}`:                                                   {"FAILED", "open"},
		`{"resultCode":"RedirectShopper",` + action + `}`:                                               {"REQUIRES_ACTION", "REQUIRES_ACTION"},
		`{"resultCode":"RedirectShopper"}`:                                                              {"open", "open"},
		`{"resultCode":"Authorised"}`:                                                                   {"open", "open"},
		`{"resultCode":"Authorised","pspReference":"P","merchantReference":"x"}`:                        {"UNKNOWN", "wrong answer"},
		`{"resultCode":"Authorised","pspReference":"P","amount":{"currency":"USD","value":1234}}`:       {"UNKNOWN", "open"},
		`{"resultCode":"PartiallyAuthorised","pspReference":"P"}`:                                       {"open", "open"},
		`{"resultCode":"AuthenticationFinished","pspReference":"P"}`:                                    {"open", "open"},
		`{"resultCode":"Cancelled"}`:                                                                    {"FAILED", "open"},
		`[]`:                                                                                            {"open", "open"},
		`{"resultCode":"RedirectShopper","action":{"type":"redirect","url":"http://bank.example/"}}`:    {"REQUIRES_ACTION", "REQUIRES_ACTION"},
		`{"resultCode":"RedirectShopper","action":{"type":"redirect","url":"javascript:alert(1)//x/"}}`: {"REQUIRES_ACTION", "REQUIRES_ACTION"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }))
		t.Cleanup(server.Close)
		c := adyen.New(server.URL)
		r := request(adyentest.Visa)
		said := func(f pay.Fact, err error) string {
			if err != nil {
				return class(err)
			}
			if a := f.Action; a != nil && a.URL != nil && *a.URL != "https://bank.example/" {
				t.Errorf("%s: the payer is sent to %s", body, *a.URL)
			}
			return string(f.To)
		}
		if got := said(c.Charge(t.Context(), r)); got != want.charge {
			t.Errorf("Charge is told %s: got %s, want %s", body, got, want.charge)
		}
		if got := said(c.(gateway.Completer).Complete(t.Context(), r, gateway.Answer{Payload: `{"redirectResult":"x"}`})); got != want.step {
			t.Errorf("Complete is told %s: got %s, want %s", body, got, want.step)
		}
	}
}

// TestStepsHaveKeys proves that the same answer of a payer is handed on under the same key,
// and another one under another.
func TestStepsHaveKeys(t *testing.T) {
	t.Parallel()
	var keys []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		keys = append(keys, r.Header.Get("Idempotency-Key"))
		w.WriteHeader(http.StatusInternalServerError)
	}))
	t.Cleanup(server.Close)
	r := request(adyentest.Visa)
	for _, payload := range []string{`{"redirectResult":"x"}`, `{"redirectResult":"x"}`, `{"redirectResult":"y"}`, `{"details":{"redirectResult":"y"},"paymentData":"z"}`} {
		if _, err := adyen.New(server.URL).(gateway.Completer).Complete(t.Context(), r, gateway.Answer{Payload: payload}); class(err) != "open" {
			t.Error(err)
		}
	}
	if len(keys) != 4 || keys[0] != keys[1] || keys[1] == keys[2] || keys[2] == keys[3] || keys[0] == r.AttemptID || len(keys[0]) > 64 {
		t.Errorf("keys %q", keys)
	}
}

// TestKeysStayAtAdyen proves that no redirect takes the API key elsewhere.
func TestKeysStayAtAdyen(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s is asked with the key %q", r.URL, r.Header.Get("X-API-Key"))
	}))
	t.Cleanup(elsewhere.Close)
	server := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	t.Cleanup(server.Close)
	if _, err := adyen.New(server.URL).Charge(t.Context(), request(adyentest.Visa)); class(err) != "open" {
		t.Error(err)
	}
}
