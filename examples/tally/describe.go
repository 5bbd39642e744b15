package tally

import (
	"strings"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// Name is what gateways call this connector.
const Name = "tally"

// The parameters.
const (
	// Key is the merchant's, from Tally's pages.
	Key = "key"
	// Wallet is the number of the payer's wallet, which the payer types in.
	Wallet = "wallet"
)

// Describe declares the connector for both environments. The parameters are made anew each
// time because callers fill in a merchant's values.
func (connector) Describe() gateway.Description {
	return gateway.Description{
		Name:         Name,
		Environments: []pay.Environment{pay.Live, pay.Sandbox},
		Parameters: []pay.GatewayParameter{
			{ParameterID: Key, FriendlyName: "Key", IsMerchant: true, IsSecret: true, IsRequired: true},
			{ParameterID: Wallet, FriendlyName: "Number of the wallet", IsForm: true, IsVisible: true, IsRequired: true},
		},
	}
}

// prefixes begin Tally's keys. A rehearsal with a live key would take real money.
var prefixes = map[pay.Environment]string{pay.Live: "tally_live_", pay.Sandbox: "tally_test_"}

// CheckSetting refuses keys of the other environment. It repeats nothing of a key.
func (connector) CheckSetting(e pay.Environment, parameterID, value string) string {
	if parameterID == Key && value != "" && !strings.HasPrefix(value, prefixes[e]) {
		return "The " + Key + " must begin with " + prefixes[e] + "."
	}
	return ""
}
