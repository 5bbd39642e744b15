package stripe_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/gatewaytest"
	"github.com/paygraph/paygraph/internal/gateway/stripe"
	"github.com/paygraph/paygraph/internal/gateway/stripe/stripetest"
	"github.com/paygraph/paygraph/internal/pay"
)

// accounts has the server show each case of an account.
func accounts(t *testing.T, how gatewaytest.AccountCase) (gateway.AccountChecker, gateway.AccountRequest, bool) {
	server := stripetest.New(t)
	key := map[gatewaytest.AccountCase]string{gatewaytest.WrongSecret: stripetest.RevokedKey, gatewaytest.OtherEnvironment: stripetest.StrangeKey}[how]
	if key == "" {
		key = stripetest.Key
	}
	switch how {
	case gatewaytest.Unreached:
		server.Close()
	case gatewaytest.GarbledAccount:
		server.Break(stripetest.Fault{Kind: stripetest.GarbledAfter, Operation: "balance"})
	case gatewaytest.BusyAccount:
		server.Break(stripetest.Fault{Kind: stripetest.Limited, Operation: "balance"})
	}
	return stripe.New(server.URL).(gateway.AccountChecker), account(key), true
}

func account(key string) gateway.AccountRequest {
	return gateway.AccountRequest{Environment: pay.Sandbox, Settings: settings(key)}
}

func TestAccountsConform(t *testing.T) {
	t.Parallel()
	gatewaytest.RunAccounts(t, gatewaytest.Accounts{Ask: accounts})
}

// TestAccounts proves what is told of each sort of key, that nothing but reading is asked,
// and that no key of the other environment is sent.
func TestAccounts(t *testing.T) {
	t.Parallel()
	server := stripetest.New(t)
	checker := stripe.New(server.URL).(gateway.AccountChecker)
	for _, tt := range []struct {
		key  string
		want gateway.Account
	}{
		{stripetest.Key, gateway.Account{ID: stripetest.AccountID, Name: stripetest.AccountName, Environment: pay.Sandbox}},
		{stripetest.NarrowKey, gateway.Account{}},
	} {
		got, err := gateway.AskAccount(t.Context(), checker, account(tt.key))
		if err != nil || got.ID != tt.want.ID || got.Name != tt.want.Name || got.Environment != tt.want.Environment || len(got.Faults) > 0 {
			t.Errorf("%s: got %+v, %v, want %+v", tt.key, got, err, tt.want)
		}
	}
	fresh, err := gateway.AskAccount(t.Context(), checker, account(stripetest.NewKey))
	if err != nil || fresh.ID != stripetest.AccountID || len(fresh.Faults) != 1 || len(fresh.Faults[0].ParameterIDs) != 0 {
		t.Errorf("a merchant who may take nothing yet: %+v, %v", fresh, err)
	}
	asked := len(server.Requests())
	live, err := gateway.AskAccount(t.Context(), checker, account(stripetest.LiveKey))
	if err != nil || len(live.Faults) != 1 || !slices.Equal(live.Faults[0].ParameterIDs, []string{stripe.SecretKey}) {
		t.Errorf("a live key: %+v, %v", live, err)
	}
	if _, err := checker.CheckAccount(t.Context(), account(stripetest.LiveKey)); !errors.Is(err, gateway.ErrNotSent) {
		t.Errorf("a live key that was saved somehow: %v", err)
	}
	for i, r := range server.Requests() {
		if i >= asked || r.Operation != "balance" && r.Operation != "account" {
			t.Errorf("Stripe was asked for %q", r.Operation)
		}
	}
}

// TestAccountFaults proves that no answer that went wrong is taken for one about the key.
func TestAccountFaults(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{"balance", "account"} {
		for _, kind := range stripetest.Kinds() {
			switch kind {
			case stripetest.HangAfter, stripetest.StrangeAfter, stripetest.ErrorKept, stripetest.ErrorAfter:
				continue // waited for, or only about what has an idempotency key
			}
			server := stripetest.New(t)
			server.Break(stripetest.Fault{Kind: kind, Operation: operation})
			got, err := gateway.AskAccount(t.Context(), stripe.New(server.URL).(gateway.AccountChecker), account(stripetest.Key))
			if err == nil {
				t.Errorf("%s of %s: %+v, want an error", kind, operation, got)
			}
		}
	}
}
