package sandbox

import (
	"context"
	"errors"
	"fmt"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// AccountParameter names what CheckAccount comes to.
const AccountParameter = "accountCheck"

// What CheckAccount comes to.
const (
	// AccountValid is the merchant's own account; it is what no choice comes to.
	AccountValid = "valid"
	// AccountWrongKey is a key that is not taken, AccountLive one of the other environment.
	AccountWrongKey = "wrong_key"
	AccountLive     = "live_key"
	// AccountClosed is an account that takes no money.
	AccountClosed = "closed"
	// AccountUnreachable and AccountGarbled say nothing, and AccountBusy to ask later.
	AccountUnreachable = "unreachable"
	AccountGarbled     = "garbled"
	AccountBusy        = "busy"
)

func accountOptions() []pay.GatewayOption {
	return []pay.GatewayOption{
		{ID: AccountValid, Text: "The settings are taken"},
		{ID: AccountWrongKey, Text: "The key is refused"},
		{ID: AccountLive, Text: "The key is for real money"},
		{ID: AccountClosed, Text: "The account takes no money"},
		{ID: AccountUnreachable, Text: "Nobody is reached"},
		{ID: AccountGarbled, Text: "The answer cannot be read"},
		{ID: AccountBusy, Text: "There are too many requests"},
	}
}

var errAccountGarbled = errors.New("sandbox account: answer cannot be read")

// CheckAccount says what the gateway's parameter names, after its latency. The key of which
// it speaks is that parameter: the sandbox has no other.
func (connector) CheckAccount(ctx context.Context, r gateway.AccountRequest) (gateway.Account, error) {
	if err := wait(ctx, latency(r.Settings)); err != nil {
		return gateway.Account{}, fmt.Errorf("sandbox account: %w", err)
	}
	found := gateway.Account{ID: "acct_sandbox", Name: "Sandbox", Environment: pay.Sandbox}
	switch r.Settings.Value(AccountParameter) {
	case AccountWrongKey:
		return gateway.Account{Faults: []pay.SettingFault{pay.FaultOf("The key is wrong, or was revoked.", AccountParameter)}}, nil
	case AccountLive:
		return gateway.Account{Environment: pay.Live, Faults: []pay.SettingFault{pay.FaultOf("The key is for the environment LIVE, and the gateway for SANDBOX.", AccountParameter)}}, nil
	case AccountClosed:
		found.Faults = []pay.SettingFault{pay.FaultOf("The account cannot take payments yet.")}
	case AccountUnreachable:
		return gateway.Account{}, fmt.Errorf("sandbox account: %w", gateway.ErrNotSent)
	case AccountGarbled:
		return gateway.Account{}, errAccountGarbled
	case AccountBusy:
		return gateway.Account{}, fmt.Errorf("sandbox account: %w", gateway.ErrRateLimited)
	}
	return found, nil
}
