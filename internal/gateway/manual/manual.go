// Package manual is the connector for money that is paid outside any gateway:
// by bank transfer, in cash, by check or with a local wallet. It only describes
// what the payer is told and asked. It is no gateway.Charger, because there is
// nobody to ask: people submit such payments and people approve them.
package manual

import (
	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// Name is what gateways call this connector.
const Name = "manual"

// The parameters.
const (
	// PayeeName is who gets the money.
	PayeeName = "payeeName"
	// PayeeAccountHint tells the payer where to pay, in the merchant's own
	// words. Every payer sees it.
	PayeeAccountHint = "payeeAccountHint"
	// Instructions tell the payer how to pay.
	Instructions = "instructions"

	// The form has the names of submitManualPayment, which takes the answers.

	// Reference is what the payer wrote on the transfer, receipt or check. It is
	// required: without it nobody could match the money to the payment.
	Reference = "transactionReference"
	// EvidenceURL is where a picture of the receipt is.
	EvidenceURL = "evidenceUrl"
	// Notes are for who approves.
	Notes = "notes"
)

// Connector describes manual payments. It may be used from any goroutine.
var Connector gateway.Connector = connector{}

type connector struct{}

// Describe declares the connector for both environments. The parameters are
// made anew each time because callers fill in a merchant's values.
func (connector) Describe() gateway.Description {
	return gateway.Description{
		Name:         Name,
		Environments: []pay.Environment{pay.Live, pay.Sandbox},
		Parameters: []pay.GatewayParameter{
			{ParameterID: PayeeName, FriendlyName: "Payee", IsMerchant: true, IsVisible: true},
			{ParameterID: PayeeAccountHint, FriendlyName: "Where to pay", IsMerchant: true, IsVisible: true},
			{ParameterID: Instructions, FriendlyName: "How to pay", IsMerchant: true, IsVisible: true},
			{ParameterID: Reference, FriendlyName: "Reference of the payment", IsForm: true, IsVisible: true, IsRequired: true},
			{ParameterID: EvidenceURL, FriendlyName: "Address of the receipt", IsForm: true, IsVisible: true},
			{ParameterID: Notes, FriendlyName: "Notes for who approves", IsForm: true, IsVisible: true},
		},
	}
}
