package gateway

import (
	"context"
	"fmt"
	"time"

	"github.com/paygraph/paygraph/internal/pay"
)

// AccountChecker is a connector that can ask its provider about the merchant's account.
type AccountChecker interface {
	Connector
	// CheckAccount asks the provider whether it takes the settings, and whose they are. It
	// moves no money and makes nothing at the provider, and does not rely on what was
	// granted against the settings before where the provider can be asked anew.
	//
	// Settings that the provider refuses are faults, not an error. An error means that it
	// said nothing about them: it was not reached, is busy (ErrRateLimited), or gave an
	// answer that nobody can read. Whoever asks uses AskAccount.
	CheckAccount(ctx context.Context, r AccountRequest) (Account, error)
}

// AccountRequest is what an account is to be known by.
type AccountRequest struct {
	Environment pay.Environment
	// Settings are the gateway's parameters with the merchant's values, secrets included.
	Settings pay.GatewayParameters
	// Now is when the provider is asked, by the program's clock (UTC).
	Now time.Time
}

// Account is what a provider tells of a merchant's account. Nothing of it is a secret, or
// repeats one.
type Account struct {
	// ID and Name are the account's at the provider; empty where it does not tell.
	ID, Name string
	// Environment is the one that the provider takes the settings for; empty where it does
	// not tell.
	Environment pay.Environment
	// Faults are what is wrong. With any, the settings are not to be relied on.
	Faults []pay.SettingFault
	// Doubt, where it is set, says in a sentence for the merchant why the provider's answer
	// does not decide anything.
	Doubt string
}

// AskAccount asks a connector about an account. What is wrong by its form, or missing, is
// told without asking the provider: nothing is sent to it that must not be, such as a key
// for real money in a rehearsal.
func AskAccount(ctx context.Context, c AccountChecker, r AccountRequest) (Account, error) {
	if faults := formFaults(c, r); len(faults) > 0 {
		return Account{Faults: faults}, nil
	}
	return c.CheckAccount(ctx, r)
}

func formFaults(c Connector, r AccountRequest) (faults []pay.SettingFault) {
	for _, id := range MissingSettings(c, r.Environment, r.Settings) {
		faults = append(faults, pay.FaultOf(fmt.Sprintf("The parameter %s needs a value.", id), id))
	}
	checker, checks := c.(SettingChecker)
	for _, p := range c.Describe().Parameters {
		value := r.Settings.Value(p.ParameterID)
		switch {
		case !p.IsMerchant:
		case value == "" && p.IsRequired:
			faults = append(faults, pay.FaultOf(fmt.Sprintf("The parameter %s needs a value.", p.ParameterID), p.ParameterID))
		case value != "" && checks:
			if why := checker.CheckSetting(r.Environment, p.ParameterID, value); why != "" {
				faults = append(faults, pay.FaultOf(why, p.ParameterID))
			}
		}
	}
	return faults
}
