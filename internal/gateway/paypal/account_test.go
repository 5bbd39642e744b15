package paypal_test

import (
	"slices"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/gatewaytest"
	"github.com/paygraph/paygraph/internal/gateway/paypal"
	"github.com/paygraph/paygraph/internal/gateway/paypal/paypaltest"
	"github.com/paygraph/paygraph/internal/gateway/rest/resttest"
	"github.com/paygraph/paygraph/internal/pay"
)

func account(changed ...string) gateway.AccountRequest {
	return gateway.AccountRequest{Environment: pay.Sandbox, Settings: settings(changed...), Now: time.Now().UTC()}
}

// TestAccountsConform has no other case for keys of the other environment than for wrong
// ones: to PayPal they are the same.
func TestAccountsConform(t *testing.T) {
	t.Parallel()
	gatewaytest.RunAccounts(t, gatewaytest.Accounts{Ask: func(t *testing.T, how gatewaytest.AccountCase) (gateway.AccountChecker, gateway.AccountRequest, bool) {
		server, c := open(t)
		r := account()
		switch how {
		case gatewaytest.WrongSecret:
			r = account(paypal.ClientSecret, "EeAnotherSecretOfNobody-0123456789")
		case gatewaytest.OtherEnvironment:
			r = account(paypal.ClientID, "AeLiveClientIdOfNobody0123456789", paypal.ClientSecret, "EeLiveSecretOfNobody-0123456789")
		case gatewaytest.Unreached:
			server.Close()
		case gatewaytest.GarbledAccount:
			server.BreakGrants(resttest.GarbledAfter)
		case gatewaytest.BusyAccount:
			server.BreakGrants(resttest.Limited)
		}
		return c.Charger.(gateway.AccountChecker), r, true
	}})
}

// TestAccounts proves that a webhook of another app is found, and that keys which were
// withdrawn are not taken for valid because a token that they got is kept.
func TestAccounts(t *testing.T) {
	t.Parallel()
	server, c := open(t)
	checker := c.Charger.(gateway.AccountChecker)
	for range 2 {
		if got, err := gateway.AskAccount(t.Context(), checker, account()); err != nil || got.ID != paypaltest.AppID || len(got.Faults) > 0 {
			t.Errorf("got %+v, %v", got, err)
		}
	}
	if n := server.Asked("token"); n != 2 {
		t.Errorf("%d tokens for two checks", n)
	}
	other, err := gateway.AskAccount(t.Context(), checker, account(paypal.WebhookID, "0AB00000000000000"))
	if err != nil || len(other.Faults) != 1 || !slices.Equal(other.Faults[0].ParameterIDs, []string{paypal.WebhookID}) {
		t.Errorf("a webhook of another app: %+v, %v", other, err)
	}
	if none, err := gateway.AskAccount(t.Context(), checker, account(paypal.WebhookID, "")); err != nil || len(none.Faults) > 0 {
		t.Errorf("no webhook: %+v, %v", none, err)
	}
}

// TestAccountFaults proves that no answer that went wrong is taken for one about the keys.
func TestAccountFaults(t *testing.T) {
	t.Parallel()
	for _, fault := range resttest.Faults() {
		if fault == resttest.HangBefore || fault == resttest.HangAfter {
			continue // waited for
		}
		server, c := open(t)
		server.BreakGrants(fault)
		got, err := gateway.AskAccount(t.Context(), c.Charger.(gateway.AccountChecker), account())
		if err == nil {
			t.Errorf("%s: %+v, want an error", fault, got)
		}
		noSecrets(t, err)
	}
}
