package bkash_test

import (
	"slices"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/bkash"
	"github.com/paygraph/paygraph/internal/gateway/bkash/bkashtest"
	"github.com/paygraph/paygraph/internal/gateway/gatewaytest"
	"github.com/paygraph/paygraph/internal/gateway/rest/resttest"
	"github.com/paygraph/paygraph/internal/pay"
)

func account(changed ...string) gateway.AccountRequest {
	return gateway.AccountRequest{Environment: pay.Sandbox, Settings: settings(changed...), Now: time.Now().UTC()}
}

// TestAccountsConform has no other case for keys of the other environment than for wrong
// ones: to bKash they are the same.
func TestAccountsConform(t *testing.T) {
	t.Parallel()
	gatewaytest.RunAccounts(t, gatewaytest.Accounts{Ask: func(t *testing.T, how gatewaytest.AccountCase) (gateway.AccountChecker, gateway.AccountRequest, bool) {
		server, c := open(t)
		r := account()
		switch how {
		case gatewaytest.WrongSecret:
			r = account(bkash.AppSecret, "another-secret-of-nobody")
		case gatewaytest.OtherEnvironment:
			r = account(bkash.Username, "01770000000", bkash.Password, "live-password", bkash.AppKey, "live-key", bkash.AppSecret, "live-secret")
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

// TestAccounts proves that checks use up none of the few tokens that bKash grants, and that
// one which it grants no more is no fault of the keys.
func TestAccounts(t *testing.T) {
	t.Parallel()
	server, c := open(t)
	checker := c.Charger.(gateway.AccountChecker)
	for range 5 {
		if got, err := gateway.AskAccount(t.Context(), checker, account()); err != nil || got.ID != bkashtest.Username || len(got.Faults) > 0 || got.Doubt != "" {
			t.Errorf("got %+v, %v", got, err)
		}
	}
	if n := server.Asked("grant"); n != 1 {
		t.Errorf("%d tokens for five checks", n)
	}
	if n := server.Asked("create") + server.Asked("execute") + server.Asked("refund"); n > 0 {
		t.Errorf("bKash was asked %d times for more than a word", n)
	}
	for range 2 { // the second of them is refused
		server.EndTokens()
		got, err := gateway.AskAccount(t.Context(), checker, account())
		if server.Asked("grant") <= 2 {
			if err != nil || got.Doubt != "" {
				t.Errorf("a token that ended: %+v, %v", got, err)
			}
		} else if err != nil || got.Doubt == "" || len(got.Faults) > 0 {
			t.Errorf("no more tokens: %+v, %v", got, err)
		}
		noSecrets(t, got)
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

// TestLiveAccount proves that a user of the sandbox is not asked about for real money.
func TestLiveAccount(t *testing.T) {
	t.Parallel()
	server, c := open(t)
	r := account()
	r.Environment = pay.Live
	got, err := gateway.AskAccount(t.Context(), c.Charger.(gateway.AccountChecker), r)
	if err != nil || len(got.Faults) != 1 || !slices.Equal(got.Faults[0].ParameterIDs, []string{bkash.Username}) || server.Asked("grant") > 0 {
		t.Errorf("got %+v, %v", got, err)
	}
}
