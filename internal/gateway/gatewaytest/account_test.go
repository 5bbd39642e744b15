package gatewaytest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

const bankKey = "opensesame-0123456789"

// bank is a provider with one account; what is spoiled of its answers lies.
type bank struct {
	how   AccountCase
	spoil func(*gateway.Account, *error)
}

func (bank) Describe() gateway.Description {
	return gateway.Description{Name: "bank", Environments: []pay.Environment{pay.Sandbox}, Parameters: []pay.GatewayParameter{
		{ParameterID: "secretKey", FriendlyName: "Secret key", IsMerchant: true, IsSecret: true, IsRequired: true}}}
}

func (b bank) CheckAccount(ctx context.Context, r gateway.AccountRequest) (found gateway.Account, err error) {
	if b.spoil != nil {
		defer func() { b.spoil(&found, &err) }()
	}
	switch {
	case ctx.Err() != nil:
		return found, ctx.Err()
	case b.how == Unreached:
		return found, gateway.ErrNotSent
	case b.how == GarbledAccount:
		return found, errNoAnswer
	case b.how == BusyAccount:
		return found, gateway.ErrRateLimited
	case r.Settings.Value("secretKey") != bankKey:
		return gateway.Account{Faults: []pay.SettingFault{pay.FaultOf("The key is wrong.", "secretKey")}}, nil
	}
	return gateway.Account{ID: "acct_1", Environment: r.Environment}, nil
}

func bankRequest(how AccountCase) gateway.AccountRequest {
	key := bankKey
	if how == WrongSecret || how == OtherEnvironment {
		key = "another-0123456789"
	}
	return gateway.AccountRequest{Environment: pay.Sandbox, Settings: pay.GatewayParameters{{ParameterID: "secretKey", TenantDefaultValue: &key}}}
}

func TestHonestAccountPasses(t *testing.T) {
	t.Parallel()
	RunAccounts(t, Accounts{Ask: func(_ *testing.T, how AccountCase) (gateway.AccountChecker, gateway.AccountRequest, bool) {
		return bank{how: how}, bankRequest(how), true
	}})
}

// TestBrokenAccountChecksAreCaught proves that each promise that is broken is found.
func TestBrokenAccountChecksAreCaught(t *testing.T) {
	t.Parallel()
	valid := gateway.Account{ID: "acct_1", Environment: pay.Sandbox}
	asked := 0
	for name, tt := range map[string]struct {
		how   AccountCase
		spoil func(*gateway.Account, *error)
		want  string
	}{
		"believes every key":            {WrongSecret, func(a *gateway.Account, _ *error) { *a = valid }, "want a fault"},
		"refuses with an error":         {WrongSecret, func(a *gateway.Account, err *error) { *a, *err = gateway.Account{}, errNoAnswer }, "want a fault"},
		"names no parameter":            {WrongSecret, func(a *gateway.Account, _ *error) { a.Faults[0].ParameterIDs = nil }, "names a parameter"},
		"names what is no parameter":    {OtherEnvironment, func(a *gateway.Account, _ *error) { a.Faults[0].ParameterIDs[0] = "key" }, `names "key"`},
		"has nothing to say of a fault": {OtherEnvironment, func(a *gateway.Account, _ *error) { a.Faults[0].Message = "" }, "no message"},
		"repeats the key":               {AccountRight, func(a *gateway.Account, _ *error) { a.Name = bankKey }, "the secret secretKey is in the answer"},
		"repeats the key in an error":   {Unreached, func(_ *gateway.Account, err *error) { *err = errors.New("GET /?key=" + bankKey) }, "is in the answer"},
		"refuses the right key":         {AccountRight, func(a *gateway.Account, _ *error) { a.Faults = []pay.SettingFault{pay.FaultOf("No.", "secretKey")} }, "want neither"},
		"doubts the right key":          {AccountRight, func(a *gateway.Account, _ *error) { a.Doubt = "Perhaps." }, "want neither"},
		"has no account":                {AccountRight, func(a *gateway.Account, _ *error) { a.ID = "" }, `the account is ""`},
		"has an account elsewhere":      {AccountRight, func(a *gateway.Account, _ *error) { a.Environment = pay.Live }, `in "LIVE"`},
		"answers otherwise again":       {AccountRight, func(a *gateway.Account, _ *error) { asked++; a.ID = strings.Repeat("x", asked) }, "asked again"},
		"waits for nobody": {AccountRight, func(a *gateway.Account, err *error) {
			if errors.Is(*err, context.Canceled) {
				*a, *err = valid, nil
			}
		}, "cancelled context"},
		"asks without a key": {AccountRight, func(a *gateway.Account, err *error) {
			if len(a.Faults) > 0 {
				*a = valid
			}
		}, "CheckAccount without secretKey"},
		"takes silence for a yes":   {Unreached, func(a *gateway.Account, err *error) { *a, *err = valid, nil }, "nobody said anything"},
		"takes a page for a yes":    {GarbledAccount, func(a *gateway.Account, err *error) { *a, *err = valid, nil }, "nobody said anything"},
		"does not say to ask later": {BusyAccount, func(_ *gateway.Account, err *error) { *err = errNoAnswer }, "the error is"},
	} {
		got := inspectAccount(t.Context(), bank{tt.how, tt.spoil}, bankRequest(tt.how), tt.how)
		if !slices.ContainsFunc(got, func(p string) bool { return strings.Contains(p, tt.want) }) {
			t.Errorf("%s: got %q, want one with %q", name, got, tt.want)
		}
	}
}
