package stripe_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/stripe"
	"github.com/paygraph/paygraph/internal/gateway/stripe/stripetest"
	"github.com/paygraph/paygraph/internal/pay"
)

// TestKeysBelongToAnEnvironment proves that keys of the other environment, and what is no
// key, are refused by the parameter's name and without repeating them.
func TestKeysBelongToAnEnvironment(t *testing.T) {
	t.Parallel()
	c := stripe.Connector.(gateway.SettingChecker)
	for _, tt := range []struct {
		parameter, value string
		takes            []pay.Environment
	}{
		{"secretKey", "sk_test_0123456789", []pay.Environment{pay.Sandbox}},
		{"secretKey", "rk_test_0123456789", []pay.Environment{pay.Sandbox}},
		{"secretKey", "sk_live_0123456789", []pay.Environment{pay.Live}},
		{"secretKey", "rk_live_0123456789", []pay.Environment{pay.Live}},
		{"secretKey", "pk_test_0123456789", nil},
		{"secretKey", "sk_test_", nil},
		{"secretKey", "sk_test_0123456789 ", nil},
		{"secretKey", "sk_test_0123456789\r\nX: y", nil},
		{"secretKey", "SK_LIVE_0123456789", nil},
		{"publishableKey", "pk_test_0123456789", []pay.Environment{pay.Sandbox}},
		{"publishableKey", "pk_live_0123456789", []pay.Environment{pay.Live}},
		{"publishableKey", "sk_live_0123456789", nil}, // which everybody would see
		{"webhookSecret", "whsec_0123456789", []pay.Environment{pay.Sandbox, pay.Live}},
		{"webhookSecret", "0123456789", nil},
		{"returnUrl", "https://shop.example/back?x=1", []pay.Environment{pay.Sandbox, pay.Live}},
		{"returnUrl", "http://localhost:3000/back", []pay.Environment{pay.Sandbox}},
		{"returnUrl", "http://shop.example/back", nil},
		{"returnUrl", "https://me:you@shop.example/", nil},
		{"returnUrl", "javascript:alert(1)", nil},
		{"returnUrl", "/back", nil},
	} {
		for _, e := range []pay.Environment{pay.Sandbox, pay.Live} {
			fault, want := c.CheckSetting(e, tt.parameter, tt.value), false
			for _, environment := range tt.takes {
				want = want || environment == e
			}
			if (fault == "") != want {
				t.Errorf("%s %q in %s: %q", tt.parameter, tt.value, e, fault)
			}
			if fault != "" && (!strings.Contains(fault, tt.parameter) || len(tt.value) > len("sk_test_") && strings.Contains(fault, tt.value)) {
				t.Errorf("%s %q: %q does not name the parameter, or repeats the value", tt.parameter, tt.value, fault)
			}
		}
	}
	if fault := c.CheckSetting(pay.Sandbox, "paymentToken", "anything"); fault != "" {
		t.Error(fault)
	}
}

// TestForeignKeysAreNotUsed proves that a key of the other environment sends nothing.
func TestForeignKeysAreNotUsed(t *testing.T) {
	t.Parallel()
	s := stripetest.New(t)
	c := stripe.New(s.URL)
	for _, key := range []string{stripetest.LiveKey, "", "rk_live_0123456789"} {
		r := request(stripetest.PmVisa)
		r.Settings = settings(key)
		if _, err := c.Charge(t.Context(), r); !errors.Is(err, gateway.ErrNotSent) {
			t.Errorf("Charge with %q: %v", key, err)
		}
		if _, err := c.Lookup(t.Context(), r); err == nil || errors.Is(err, gateway.ErrNoSuchAttempt) {
			t.Errorf("Lookup with %q: %v", key, err)
		}
		saving := r
		saving.Amount.Minor = 0
		if _, err := c.(gateway.Saver).Save(t.Context(), saving); !errors.Is(err, gateway.ErrNotSent) {
			t.Errorf("Save with %q: %v", key, err)
		}
		r.ExternalID = "pi_1"
		if _, err := c.(gateway.Refunder).Refund(t.Context(), gateway.OperationRequest{OperationID: "o", Attempt: r, Amount: r.Amount}); !errors.Is(err, gateway.ErrNotSent) {
			t.Errorf("Refund with %q: %v", key, err)
		}
	}
	if got := s.Requests(); len(got) > 0 {
		t.Errorf("%d requests were sent", len(got))
	}
}
