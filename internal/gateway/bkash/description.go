package bkash

import (
	"strings"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// Name is what gateways call this connector. Its gateways' method is MOBILE_WALLET.
const Name = "bkash"

// The merchant's parameters, all of which bKash gives.
const (
	Username  = "username"
	Password  = "password" // #nosec G101 -- a name
	AppKey    = "appKey"
	AppSecret = "appSecret" // #nosec G101 -- a name
	// ReturnURL is where payers come back to from bKash, whatever they did there.
	ReturnURL = gateway.ReturnParameter
)

// Describe declares the connector for both environments. The parameters are made anew each
// time because callers fill in a merchant's values.
func (connector) Describe() gateway.Description {
	return gateway.Description{
		Name:         Name,
		Environments: []pay.Environment{pay.Live, pay.Sandbox},
		NeverHolds:   true,
		Returns:      []string{"paymentID", "status"},
		Parameters: []pay.GatewayParameter{
			{ParameterID: Username, FriendlyName: "User name", IsMerchant: true, IsRequired: true},
			{ParameterID: Password, FriendlyName: "Password", IsMerchant: true, IsSecret: true, IsRequired: true},
			{ParameterID: AppKey, FriendlyName: "App key", IsMerchant: true, IsSecret: true, IsRequired: true},
			{ParameterID: AppSecret, FriendlyName: "App secret", IsMerchant: true, IsSecret: true, IsRequired: true},
			{ParameterID: ReturnURL, FriendlyName: "Address that payers come back to", IsMerchant: true, IsVisible: true, IsRequired: true},
		},
	}
}

// sandboxUser begins the names of the users that bKash gives out to rehearse with. It is
// all that the form of bKash's keys tells; keys of the other environment than these are
// refused by bKash, as each is only taken at its own address.
const sandboxUser = "sandbox"

// form is that of all that bKash gives. What cannot be seen comes with a paste, and would be
// refused only by bKash, when somebody pays.
var form = pay.NewPattern(`^[!-~]([ -~]*[!-~])?$`, 200)

// CheckSetting refuses what cannot be the parameter's, and the sandbox's users for real
// money.
func (connector) CheckSetting(e pay.Environment, parameterID, value string) string {
	switch {
	case value == "":
	case parameterID == ReturnURL:
		return gateway.CheckReturn(e, value)
	case !form.Matches(value):
		return "The " + parameterID + " must be of letters, digits and signs of ASCII, 200 at most, and must not begin or end with a space."
	case parameterID == Username && e == pay.Live && strings.HasPrefix(strings.ToLower(value), sandboxUser):
		return "The " + Username + " is one of bKash's sandbox, and the gateway is for real money."
	}
	return ""
}
