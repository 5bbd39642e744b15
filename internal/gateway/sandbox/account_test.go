package sandbox_test

import (
	"slices"
	"testing"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/gatewaytest"
	"github.com/paygraph/paygraph/internal/gateway/sandbox"
	"github.com/paygraph/paygraph/internal/pay"
)

var accounts = map[gatewaytest.AccountCase]string{
	gatewaytest.AccountRight:     sandbox.AccountValid,
	gatewaytest.WrongSecret:      sandbox.AccountWrongKey,
	gatewaytest.OtherEnvironment: sandbox.AccountLive,
	gatewaytest.Unreached:        sandbox.AccountUnreachable,
	gatewaytest.GarbledAccount:   sandbox.AccountGarbled,
	gatewaytest.BusyAccount:      sandbox.AccountBusy,
}

func TestAccountsConform(t *testing.T) {
	t.Parallel()
	gatewaytest.RunAccounts(t, gatewaytest.Accounts{Ask: func(_ *testing.T, how gatewaytest.AccountCase) (gateway.AccountChecker, gateway.AccountRequest, bool) {
		name, ok := accounts[how]
		return sandbox.Connector.(gateway.AccountChecker), account(name), ok
	}})
}

func account(name string) gateway.AccountRequest {
	return gateway.AccountRequest{Environment: pay.Sandbox, Settings: pay.GatewayParameters{{ParameterID: sandbox.AccountParameter, TenantDefaultValue: &name}}}
}

// TestEveryAccountIsRehearsed proves that each choice of the parameter comes to something of
// its own.
func TestEveryAccountIsRehearsed(t *testing.T) {
	t.Parallel()
	parameters := sandbox.Connector.Describe().Parameters
	i := slices.IndexFunc(parameters, func(p pay.GatewayParameter) bool { return p.ParameterID == sandbox.AccountParameter })
	seen := map[string]string{}
	for _, o := range parameters[i].Options {
		got, err := gateway.AskAccount(t.Context(), sandbox.Connector.(gateway.AccountChecker), account(o.ID))
		text := ""
		if err != nil {
			text = err.Error()
		} else if len(got.Faults) > 0 {
			text = got.Faults[0].Message
		}
		if other, twice := seen[text]; twice {
			t.Errorf("%s and %s both come to %q", o.ID, other, text)
		}
		seen[text] = o.ID
	}
}
