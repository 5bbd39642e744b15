package gatewaytest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// Accounts are a connector's ways to show each AccountCase.
type Accounts struct {
	// Ask returns a connector, and a request by which it finds the account so, or false if
	// it cannot show it. Each has a provider of its own.
	Ask func(*testing.T, AccountCase) (gateway.AccountChecker, gateway.AccountRequest, bool)
}

// AccountCase is one way in which asking about an account can go.
type AccountCase string

// The cases. Every connector must show the first two.
const (
	// AccountRight has settings that are taken.
	AccountRight AccountCase = "account: right settings"
	// WrongSecret has a secret of the right form that the provider does not take.
	WrongSecret AccountCase = "account: wrong secret"
	// OtherEnvironment has settings of the other environment, which look right.
	OtherEnvironment AccountCase = "account: settings of the other environment"
	// Unreached and GarbledAccount have right settings and a provider that is not there, or
	// answers what nobody can read. BusyAccount is turned away for now.
	Unreached      AccountCase = "account: unreachable"
	GarbledAccount AccountCase = "account: garbled answer"
	BusyAccount    AccountCase = "account: too many requests"
)

// AccountCases returns all of them. The slice is the caller's own.
func AccountCases() []AccountCase {
	return []AccountCase{AccountRight, WrongSecret, OtherEnvironment, Unreached, GarbledAccount, BusyAccount}
}

// RunAccounts fails t for every promise about accounts that the connector breaks. It is for
// connectors that are a gateway.AccountChecker, beside Run.
func RunAccounts(t *testing.T, a Accounts) {
	t.Helper()
	for _, c := range AccountCases() {
		t.Run(string(c), func(t *testing.T) {
			t.Parallel()
			connector, r, ok := a.Ask(t, c)
			if !ok {
				if c == AccountRight || c == WrongSecret {
					t.Error("every connector must show it")
				}
				t.Skipf("the connector cannot show %q", c)
			}
			logShown(t, []AccountCase{c})
			for _, p := range inspectAccount(t.Context(), connector, r, c) {
				t.Error(p)
			}
		})
	}
}

// inspectAccount says which promises are broken in a case.
func inspectAccount(ctx context.Context, c gateway.AccountChecker, r gateway.AccountRequest, how AccountCase) []string {
	found, err := gateway.AskAccount(ctx, c, r)
	problems := tellsSecrets(c, r, found, err)
	complain := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	switch how {
	case AccountRight:
		problems = append(problems, inspectRight(ctx, c, r, found, err)...)
	case WrongSecret, OtherEnvironment:
		if err != nil || len(found.Faults) == 0 {
			complain("the answer is %+v and %v, want a fault", found, err)
		}
		problems = append(problems, inspectFaults(c, found.Faults)...)
	case Unreached, GarbledAccount:
		if err == nil {
			complain("the answer is %+v, want an error: nobody said anything about the settings", found)
		}
	case BusyAccount:
		if !errors.Is(err, gateway.ErrRateLimited) {
			complain("the error is %v, want %q", err, gateway.ErrRateLimited)
		}
	}
	return problems
}

func inspectRight(ctx context.Context, c gateway.AccountChecker, r gateway.AccountRequest, found gateway.Account, err error) (problems []string) {
	complain := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if err != nil || len(found.Faults) > 0 || found.Doubt != "" {
		complain("the answer is %+v and %v, want neither faults nor doubts", found, err)
	}
	if found.ID == "" || found.Environment != r.Environment {
		complain("the account is %q in %q, want one in %q", found.ID, found.Environment, r.Environment)
	}
	if again, err := gateway.AskAccount(ctx, c, r); err != nil || !reflect.DeepEqual(again, found) {
		complain("asked again the answer is %+v and %v, want %+v", again, err, found)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if found, err := gateway.AskAccount(gone, c, r); err == nil {
		complain("with a cancelled context the answer is %+v, want an error", found)
	}
	return append(problems, inspectMissing(ctx, c, r)...)
}

// inspectMissing leaves out one setting after the other that is needed.
func inspectMissing(ctx context.Context, c gateway.AccountChecker, r gateway.AccountRequest) (problems []string) {
	for _, p := range c.Describe().Parameters {
		if !p.IsMerchant || !p.IsRequired {
			continue
		}
		without := r
		without.Settings = slices.DeleteFunc(slices.Clone(r.Settings), func(s pay.GatewayParameter) bool { return s.ParameterID == p.ParameterID })
		found, err := gateway.AskAccount(ctx, c, without)
		names := func(f pay.SettingFault) bool { return slices.Equal(f.ParameterIDs, []string{p.ParameterID}) }
		if err != nil || !slices.ContainsFunc(found.Faults, names) {
			problems = append(problems, fmt.Sprintf("without %s the answer is %+v and %v, want a fault that names it", p.ParameterID, found, err))
		}
		if found, err := c.CheckAccount(ctx, without); p.IsSecret && err == nil && len(found.Faults) == 0 {
			problems = append(problems, fmt.Sprintf("CheckAccount without %s is %+v, want an error or a fault", p.ParameterID, found))
		}
	}
	return problems
}

// inspectFaults checks that faults name what the merchant can change.
func inspectFaults(c gateway.Connector, faults []pay.SettingFault) (problems []string) {
	named := 0
	for _, f := range faults {
		if f.Message == "" {
			problems = append(problems, "a fault has no message")
		}
		for _, id := range f.ParameterIDs {
			named++
			if !slices.ContainsFunc(c.Describe().Parameters, func(p pay.GatewayParameter) bool { return p.ParameterID == id && p.IsMerchant }) {
				problems = append(problems, fmt.Sprintf("a fault names %q, which is no parameter of the merchant's", id))
			}
		}
	}
	if len(faults) > 0 && named == 0 {
		problems = append(problems, "no fault names a parameter")
	}
	return problems
}

// tellsSecrets looks for the secrets of the request in all that was said.
func tellsSecrets(c gateway.Connector, r gateway.AccountRequest, found gateway.Account, err error) (problems []string) {
	text := fmt.Sprintf("%+v %v", found, err)
	for _, p := range c.Describe().Parameters {
		if value := r.Settings.Value(p.ParameterID); p.IsSecret && value != "" && strings.Contains(text, value) {
			problems = append(problems, fmt.Sprintf("the secret %s is in the answer", p.ParameterID))
		}
	}
	return problems
}
