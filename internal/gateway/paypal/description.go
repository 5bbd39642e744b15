package paypal

import (
	"net/url"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// Name is what gateways call this connector.
const Name = "paypal"

// The merchant's parameters.
const (
	// ClientID and ClientSecret are those of an app of the merchant's at PayPal. Those of
	// the sandbox look like those of real money, but each is taken only at its own address.
	ClientID     = "clientId"
	ClientSecret = "clientSecret" // #nosec G101 -- a name
	// ReturnURL is where payers come back to from PayPal.
	ReturnURL = gateway.ReturnParameter
	// WebhookID is PayPal's id of the webhook that reports to the gateway's address. It
	// comes after the gateway, and is part of what is signed.
	WebhookID = "webhookId"
	// WebhookCertificate is the certificate that PayPal signs with, in PEM, with those of
	// its issuers. PayPal only sends the address of it, and nobody is asked while a delivery
	// is checked.
	WebhookCertificate = "webhookCertificate"
)

// What payers come back with: PayPal adds the order, and the address for those who do not
// want to pay has the other; see cancelURL.
const (
	returnOrder     = "token"
	returnCancelled = "cancelled"
)

// Describe declares the connector for both environments. The parameters are made anew each
// time because callers fill in a merchant's values.
func (connector) Describe() gateway.Description {
	return gateway.Description{
		Name:         Name,
		Environments: []pay.Environment{pay.Live, pay.Sandbox},
		MultiCapture: true,
		Returns:      []string{returnOrder, returnCancelled},
		Parameters: []pay.GatewayParameter{
			{ParameterID: ClientID, FriendlyName: "Client id", IsMerchant: true, IsRequired: true},
			{ParameterID: ClientSecret, FriendlyName: "Client secret", IsMerchant: true, IsSecret: true, IsRequired: true},
			{ParameterID: ReturnURL, FriendlyName: "Address that payers come back to", IsMerchant: true, IsVisible: true, IsRequired: true},
			{ParameterID: WebhookID, FriendlyName: "Id of the webhook", IsMerchant: true},
			{ParameterID: WebhookCertificate, FriendlyName: "Certificate that webhooks are signed with, and those of its issuers, in PEM", IsMerchant: true},
		},
	}
}

var (
	keyForm     = pay.NewPattern(`^[A-Za-z0-9_-]{20,}$`, 200)
	webhookForm = pay.NewPattern(`^[A-Za-z0-9]{5,}$`, 50)
)

// CheckSetting refuses what cannot be the parameter's.
func (c connector) CheckSetting(e pay.Environment, parameterID, value string) string {
	switch {
	case value == "":
	case (parameterID == ClientID || parameterID == ClientSecret) && !keyForm.Matches(value):
		return "The " + parameterID + " must be 20 to 200 letters, digits, - and _."
	case parameterID == WebhookID && !webhookForm.Matches(value):
		return "The " + WebhookID + " must be 5 to 50 letters and digits."
	case parameterID == WebhookCertificate:
		return c.checkCertificate(e, value)
	case parameterID == ReturnURL:
		return gateway.CheckReturn(e, value)
	}
	return ""
}

// cancelURL is where payers come back to who do not want to pay. It says so, as PayPal
// itself tells the same both ways but for the payer's id.
func cancelURL(back string) string {
	u, err := url.Parse(back)
	if err != nil {
		return back
	}
	q := u.Query()
	q.Set(returnCancelled, "true")
	u.RawQuery = q.Encode()
	return u.String()
}
