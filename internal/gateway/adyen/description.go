package adyen

import (
	"fmt"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// Name is what gateways call this connector.
const Name = "adyen"

// The merchant's parameters.
const (
	// APIKey is what requests are signed with.
	APIKey = "apiKey" // #nosec G101 -- a name
	// MerchantAccount is the account that the money goes to.
	MerchantAccount = "merchantAccount"
	// LivePrefix begins the merchant's own address at Adyen for real money.
	LivePrefix = "liveUrlPrefix"
	// ClientKey is for Adyen's script in the payer's browser, to which the payer gives the
	// card's data.
	ClientKey = "clientKey"
	// HMACKey signs the notifications. Adyen makes it when it is told the gateway's
	// address, so it comes after the gateway.
	HMACKey = "hmacKey"
	// ReturnURL is where payers come back to from the page of their bank.
	ReturnURL = gateway.ReturnParameter
	// RedirectMethod is Adyen's name of the one method that the gateway takes and that
	// payers confirm on a page of its own, such as "ideal": it needs no script.
	RedirectMethod = "redirectMethod"
)

// Describe declares the connector for both environments. The parameters are made anew each
// time because callers fill in a merchant's values. An authorization is captured once:
// several captures of one are a matter of the merchant's contract with Adyen.
func (connector) Describe() gateway.Description {
	return gateway.Description{
		Name:         Name,
		Environments: []pay.Environment{pay.Live, pay.Sandbox},
		Returns:      []string{"redirectResult", "payload"},
		Parameters: []pay.GatewayParameter{
			{ParameterID: APIKey, FriendlyName: "API key", IsMerchant: true, IsSecret: true, IsRequired: true},
			{ParameterID: MerchantAccount, FriendlyName: "Merchant account", IsMerchant: true, IsRequired: true},
			{ParameterID: LivePrefix, FriendlyName: "Prefix of the live URL, for real money only", IsMerchant: true},
			{ParameterID: ClientKey, FriendlyName: "Client key", IsMerchant: true, IsVisible: true},
			{ParameterID: HMACKey, FriendlyName: "HMAC key of the standard notifications: 64 hexadecimal digits", IsMerchant: true, IsSecret: true},
			{ParameterID: ReturnURL, FriendlyName: "Address that payers come back to", IsMerchant: true, IsVisible: true, IsRequired: true},
			{ParameterID: RedirectMethod, FriendlyName: "Adyen's name of a method with a page of its own, such as ideal; empty: Adyen's form asks", IsMerchant: true},
			{ParameterID: gateway.TokenParameter, FriendlyName: "State of Adyen's form in the payer's browser", IsForm: true, IsVisible: true},
		},
	}
}

// NeedsScript is true where Adyen's form has to ask for the method.
func (connector) NeedsScript(settings pay.GatewayParameters) bool {
	return settings.Value(RedirectMethod) == ""
}

// NeededSettings are the prefix of the merchant's address for real money, and the client key
// where Adyen's form asks for the method: its script runs with nothing else.
func (c connector) NeededSettings(e pay.Environment, settings pay.GatewayParameters) (needed []string) {
	if e == pay.Live {
		needed = append(needed, LivePrefix)
	}
	if c.NeedsScript(settings) {
		needed = append(needed, ClientKey)
	}
	return needed
}

// CheckSetting refuses what belongs to the other environment, as far as its form tells, and
// what can be none. API keys look alike in both: but Adyen's two environments have two
// addresses, and each refuses the other's keys.
func (connector) CheckSetting(e pay.Environment, parameterID, value string) string {
	if value == "" {
		return ""
	}
	return check(e, parameterID, value)
}

// The forms that values have.
var (
	keyForm      = pay.NewPattern(`^[!-~]{16,}$`, 1000)
	accountForm  = pay.NewPattern(`^[A-Za-z0-9_.\-]+$`, 80)
	prefixForm   = pay.NewPattern(`^[0-9a-f]{16}-[A-Za-z0-9]+$`, 57)
	methodForm   = pay.NewPattern(`^[a-z0-9_]{2,}$`, 50)
	hmacForm     = pay.NewPattern(`^[0-9A-Fa-f]{64}$`, 64)
	clientForm   = map[pay.Environment]pay.Pattern{pay.Live: pay.NewPattern(`^live_[A-Z0-9]{8,}$`, 105), pay.Sandbox: pay.NewPattern(`^test_[A-Z0-9]{8,}$`, 105)}
	clientPrefix = map[pay.Environment]string{pay.Live: "live_", pay.Sandbox: "test_"}
)

// check says why a value is none of the parameter's, without repeating it.
func check(e pay.Environment, parameterID, value string) string {
	switch parameterID {
	case APIKey:
		if !keyForm.Matches(value) {
			return "The " + APIKey + " must have at least 16 characters, and no spaces."
		}
	case MerchantAccount:
		if !accountForm.Matches(value) {
			return "The " + MerchantAccount + " must be a name of letters, digits, dots, hyphens and low lines."
		}
	case LivePrefix:
		return checkPrefix(e, value)
	case ClientKey:
		if form, ok := clientForm[e]; !ok || !form.Matches(value) {
			return fmt.Sprintf("The %s of a gateway in the environment %s must be %s and at least 8 capital letters and digits.", ClientKey, e, clientPrefix[e])
		}
	case HMACKey:
		if !hmacForm.Matches(value) {
			return "The " + HMACKey + " must be 64 hexadecimal digits."
		}
	case RedirectMethod:
		if !methodForm.Matches(value) || value == cards {
			return "The " + RedirectMethod + " must be Adyen's name of a method that has a page of its own, in small letters, digits and low lines; cards have none."
		}
	case ReturnURL:
		return gateway.CheckReturn(e, value)
	}
	return ""
}

// checkPrefix is strict, for the prefix becomes part of a host's name: with anything else in
// it the API key could go to another host.
func checkPrefix(e pay.Environment, value string) string {
	if e != pay.Live {
		return fmt.Sprintf("The %s belongs to real money; a gateway in the environment %s has none.", LivePrefix, e)
	}
	if !prefixForm.Matches(value) {
		return "The " + LivePrefix + " must be 16 hexadecimal digits, a hyphen and the company's name, as Adyen shows it among the API URLs."
	}
	return ""
}
