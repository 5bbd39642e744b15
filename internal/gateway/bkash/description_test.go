package bkash_test

import (
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/bkash"
	"github.com/paygraph/paygraph/internal/gateway/bkash/bkashtest"
	"github.com/paygraph/paygraph/internal/pay"
)

// TestSettings proves which values are refused when they are saved, by a sentence that does
// not repeat them.
func TestSettings(t *testing.T) {
	t.Parallel()
	checker := bkash.Connector.(gateway.SettingChecker)
	for _, tt := range []struct {
		e         pay.Environment
		id, value string
		taken     bool
	}{
		{pay.Live, bkash.Username, "01712345678", true},
		{pay.Live, bkash.Username, bkashtest.Username, false},
		{pay.Live, bkash.Username, "SandboxTokenizedUser02", false},
		{pay.Sandbox, bkash.Username, bkashtest.Username, true},
		{pay.Sandbox, bkash.Username, "01712345678", true},
		{pay.Live, bkash.Password, "D7DaC<*E*eG of mine", true},
		{pay.Live, bkash.Password, " with a blank before", false},
		{pay.Live, bkash.AppKey, bkashtest.AppKey + "\r\nX-Other: header", false},
		{pay.Live, bkash.AppSecret, bkashtest.AppSecret, true},
		{pay.Live, bkash.AppSecret, "\u200b", false},
		{pay.Live, bkash.AppKey, "key\u200b", false},
		{pay.Live, bkash.Password, strings.Repeat("p", 200), true},
		{pay.Live, bkash.Password, strings.Repeat("p", 201), false},
		{pay.Live, bkash.ReturnURL, "https://shop.example/back", true},
		{pay.Live, bkash.ReturnURL, "http://localhost/back", false},
		{pay.Sandbox, bkash.ReturnURL, "http://localhost/back", true},
		{pay.Live, bkash.ReturnURL, "shop.example", false},
	} {
		said := checker.CheckSetting(tt.e, tt.id, tt.value)
		if (said == "") != tt.taken {
			t.Errorf("%s %s %.40q: %q", tt.e, tt.id, tt.value, said)
		}
		if said != "" && strings.Contains(said, tt.value) {
			t.Errorf("%q repeats the value", said)
		}
	}
}

// TestBKashReportsNothing proves that deliveries are not taken: bKash's come by way of a
// cloud's notification service, which wants to be asked before it sends any.
func TestBKashReportsNothing(t *testing.T) {
	t.Parallel()
	if _, receives := bkash.Connector.(gateway.Receiver); receives {
		t.Error("the connector takes webhooks")
	}
}
