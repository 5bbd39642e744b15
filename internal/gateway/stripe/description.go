package stripe

import (
	"fmt"
	"strings"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// Name is what gateways call this connector.
const Name = "stripe"

// The merchant's parameters.
const (
	// SecretKey is the key that requests are signed with, restricted or not.
	SecretKey = "secretKey"
	// PublishableKey is for the payer's browser, which gives card data to Stripe itself.
	PublishableKey = "publishableKey"
	// WebhookSecret signs what Stripe reports. Stripe makes it when it is told the
	// gateway's address, so it comes after the gateway.
	WebhookSecret = "webhookSecret" // #nosec G101 -- a name
	// ReturnURL is where payers come back to from the page of their bank.
	ReturnURL = gateway.ReturnParameter
)

// Describe declares the connector for both environments. The parameters are made anew each
// time because callers fill in a merchant's values.
func (connector) Describe() gateway.Description {
	return gateway.Description{
		Name:         Name,
		Environments: []pay.Environment{pay.Live, pay.Sandbox},
		Returns:      []string{"payment_intent", "setup_intent"},
		Parameters: []pay.GatewayParameter{
			{ParameterID: SecretKey, FriendlyName: "Secret key, or a restricted one", IsMerchant: true, IsSecret: true, IsRequired: true},
			{ParameterID: PublishableKey, FriendlyName: "Publishable key", IsMerchant: true, IsVisible: true},
			{ParameterID: WebhookSecret, FriendlyName: "Signing secret of the webhook endpoint", IsMerchant: true, IsSecret: true},
			{ParameterID: ReturnURL, FriendlyName: "Address that payers come back to", IsMerchant: true, IsVisible: true, IsRequired: true},
			{ParameterID: gateway.TokenParameter, FriendlyName: "Payment method made in the payer's browser", IsForm: true, IsVisible: true, IsRequired: true},
		},
	}
}

// NeedsScript is true: a payment method is made by Stripe's script and nothing else.
func (connector) NeedsScript(pay.GatewayParameters) bool { return true }

// CheckSetting refuses keys of the other environment, and what can be no key at all.
func (connector) CheckSetting(e pay.Environment, parameterID, value string) string {
	if value == "" {
		return ""
	}
	if parameterID == ReturnURL {
		return gateway.CheckReturn(e, value)
	}
	return CheckKey(e, parameterID, value)
}

// CheckKey says, in a sentence that does not repeat it, why a key or secret cannot be the
// parameter's in an environment; "" when it can.
func CheckKey(e pay.Environment, parameterID, value string) string {
	prefixes := prefixesOf(e, parameterID)
	if prefixes == nil {
		return ""
	}
	for _, prefix := range prefixes {
		rest, ok := strings.CutPrefix(value, prefix)
		if ok && len(rest) >= minKey && strings.Trim(rest, keyAlphabet) == "" {
			return ""
		}
	}
	return fmt.Sprintf("The %s of a gateway in the environment %s must begin with %s and go on with at least %d letters and digits.",
		parameterID, e, strings.Join(prefixes, " or "), minKey)
}

// minKey is how many characters follow a key's prefix at least; real ones have more.
const (
	minKey      = 8
	keyAlphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
)

func prefixesOf(e pay.Environment, parameterID string) []string {
	mode := map[pay.Environment]string{pay.Live: "live_", pay.Sandbox: "test_"}[e]
	switch parameterID {
	case SecretKey:
		return []string{"sk_" + mode, "rk_" + mode}
	case PublishableKey:
		return []string{"pk_" + mode}
	case WebhookSecret:
		return []string{"whsec_"}
	}
	return nil
}
