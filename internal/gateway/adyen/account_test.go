package adyen_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/adyen"
	"github.com/paygraph/paygraph/internal/gateway/adyen/adyentest"
	"github.com/paygraph/paygraph/internal/gateway/gatewaytest"
	"github.com/paygraph/paygraph/internal/pay"
)

// TestAccountsConform has no other case for a key of the other environment than for a wrong
// one: to Adyen they are the same.
func TestAccountsConform(t *testing.T) {
	t.Parallel()
	gatewaytest.RunAccounts(t, gatewaytest.Accounts{Ask: func(t *testing.T, how gatewaytest.AccountCase) (gateway.AccountChecker, gateway.AccountRequest, bool) {
		server := adyentest.New(t)
		var changed []string
		switch how {
		case gatewaytest.WrongSecret, gatewaytest.OtherEnvironment:
			changed = []string{adyen.APIKey, adyentest.RevokedKey}
		case gatewaytest.Unreached:
			server.Close()
		case gatewaytest.GarbledAccount:
			server.Break(adyentest.Fault{Kind: adyentest.GarbledAfter, Operation: "methods", Times: 9})
		case gatewaytest.BusyAccount:
			server.Break(adyentest.Fault{Kind: adyentest.Limited, Operation: "methods", Times: 9})
		}
		return adyen.New(server.URL).(gateway.AccountChecker), account(changed...), true
	}})
}

func account(changed ...string) gateway.AccountRequest {
	return gateway.AccountRequest{Environment: pay.Sandbox, Settings: settings(changed...)}
}

// TestAccounts proves that what Adyen refuses names the parameter.
func TestAccounts(t *testing.T) {
	t.Parallel()
	checker := adyen.New(adyentest.New(t).URL).(gateway.AccountChecker)
	for _, tt := range []struct {
		changed, want []string
	}{
		{[]string{adyen.MerchantAccount, "AnotherECOM"}, []string{adyen.MerchantAccount}},
		{[]string{adyen.APIKey, adyentest.RevokedKey}, []string{adyen.APIKey}},
		{[]string{adyen.LivePrefix, "1797a841fbb37ca7-Shop"}, []string{adyen.LivePrefix}},
		{[]string{adyen.ClientKey, "live_0123456789ABCDEF"}, []string{adyen.ClientKey}},
	} {
		got, err := gateway.AskAccount(t.Context(), checker, account(tt.changed...))
		if err != nil || len(got.Faults) != 1 || !slices.Equal(got.Faults[0].ParameterIDs, tt.want) {
			t.Errorf("%q: got %+v, %v", tt.changed, got, err)
		}
	}
}

// TestAccountsLackSettings proves that what is missing is told without asking Adyen, and that
// whoever asks for money then hears that it is the settings.
func TestAccountsLackSettings(t *testing.T) {
	t.Parallel()
	c := adyen.New(adyentest.New(t).URL)
	live := account(adyen.ClientKey, "live_0123456789ABCDEF")
	live.Environment = pay.Live
	form := account(adyen.ClientKey, "")
	for want, r := range map[string]gateway.AccountRequest{adyen.LivePrefix: live, adyen.ClientKey: form} {
		got, err := gateway.AskAccount(t.Context(), c.(gateway.AccountChecker), r)
		if err != nil || len(got.Faults) != 1 || !slices.Equal(got.Faults[0].ParameterIDs, []string{want}) {
			t.Errorf("without %s: got %+v, %v", want, got, err)
		}
	}
	r := request(adyentest.Visa)
	r.Environment, r.Settings = pay.Live, live.Settings
	if _, err := c.Charge(t.Context(), r); !errors.Is(err, gateway.ErrSettings) || !errors.Is(err, gateway.ErrNotSent) {
		t.Errorf("charged without %s: %v", adyen.LivePrefix, err)
	}
}

// TestAccountFaults proves that no answer that went wrong is taken for one about the key.
func TestAccountFaults(t *testing.T) {
	t.Parallel()
	for _, kind := range adyentest.Kinds() {
		if kind == adyentest.HangAfter || kind == adyentest.StrangeAfter {
			continue // waited for, and about payments
		}
		server := adyentest.New(t)
		server.Break(adyentest.Fault{Kind: kind, Operation: "methods", Times: 9})
		got, err := gateway.AskAccount(t.Context(), adyen.New(server.URL).(gateway.AccountChecker), account())
		if err == nil {
			t.Errorf("%s: %+v, want an error", kind, got)
		}
	}
}
