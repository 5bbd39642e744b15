package sandbox

import (
	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// Name is what gateways call this connector.
const Name = "sandbox"

// The merchant parameters that change what the sandbox does.
const (
	// OutcomeParameter names the outcome of attempts that do not name one.
	OutcomeParameter = "outcome"
	// LatencyParameter is how long Charge waits, in milliseconds, 0 to 10000.
	LatencyParameter = "latencyMilliseconds"
)

// Describe declares the connector for the sandbox only. The parameters are made
// anew each time because callers fill in a merchant's values.
func (connector) Describe() gateway.Description {
	return gateway.Description{
		Name:         Name,
		Environments: []pay.Environment{pay.Sandbox},
		MultiCapture: true,
		Returns:      []string{"status", "error"},
		Parameters: []pay.GatewayParameter{
			{ParameterID: OutcomeParameter, FriendlyName: "Outcome of attempts", IsMerchant: true, Options: options()},
			{ParameterID: LatencyParameter, FriendlyName: "Latency in milliseconds, at most 10000", IsMerchant: true},
			{ParameterID: SecretParameter, FriendlyName: "Secret that webhooks are signed with: whsec_ and 24 to 64 bytes in Base64", IsMerchant: true, IsSecret: true},
			{ParameterID: AccountParameter, FriendlyName: "What the account check comes to", IsMerchant: true, Options: accountOptions()},
			// The next two change nothing. They let a checkout page rehearse
			// showing a setting and asking for a field.
			{ParameterID: "statementDescriptor", FriendlyName: "Text on the statement", IsMerchant: true, IsVisible: true},
			{ParameterID: "otpPhone", FriendlyName: "Phone number for the code", IsForm: true, IsVisible: true},
			{ParameterID: gateway.TokenParameter, FriendlyName: "Payment token", IsForm: true, IsVisible: true},
		},
	}
}

func options() []pay.GatewayOption {
	list := make([]pay.GatewayOption, len(branches))
	for i, b := range branches {
		list[i] = pay.GatewayOption{ID: b.name, Text: b.text}
	}
	return list
}
