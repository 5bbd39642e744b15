package app

import (
	"slices"

	"github.com/paygraph/paygraph/internal/gateway/manual"
	"github.com/paygraph/paygraph/internal/gateway/sandbox"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/service"
)

// demoGateways are the ways to pay the demo company.
var demoGateways = []service.CreatePaymentGatewayInput{
	{ReferenceID: ptr("card"), Name: "Cards", Connector: sandbox.Name, Kind: pay.KindOnline, Action: pay.ActionNone, MethodType: pay.MethodCard,
		MinimumAmount: ptr(euros(50)), IsPartiallyRefundable: true, IsTokenizable: true, IsEnabled: true,
		Parameters: []service.GatewayParameterInput{{ParameterID: "statementDescriptor", Value: "DEMO BISTRO"}}},
	{ReferenceID: ptr("wallet"), Name: "Mobile wallet with one-time password", Connector: sandbox.Name, Kind: pay.KindOnline, Action: pay.ActionOTP,
		MethodType: pay.MethodMobileWallet, MethodLabel: ptr("Bkash"), IsPartiallyRefundable: true, IsEnabled: true, Parameters: outcome(sandbox.OTP)},
	{ReferenceID: ptr("redirect"), Name: "Bank redirect", Connector: sandbox.Name, Kind: pay.KindOnline, Action: pay.ActionRedirect,
		MethodType: pay.MethodBankTransfer, IsPartiallyRefundable: true, IsEnabled: true, Parameters: outcome(sandbox.Redirect)},
	{ReferenceID: ptr("meal"), Name: "Meal voucher", Connector: sandbox.Name, Kind: pay.KindVoucher, LegacyType: ptr(1), Action: pay.ActionNone,
		MethodType: pay.MethodVoucher, IsFoodOnly: true, IsEnabled: true},
	{ReferenceID: ptr("transfer"), Name: "Bank transfer", Connector: manual.Name, Kind: pay.KindManual, LegacyType: ptr(2), Action: pay.ActionNone,
		MethodType: pay.MethodBankTransfer, IsPartiallyRefundable: true, IsEnabled: true,
		Parameters: []service.GatewayParameterInput{{ParameterID: manual.PayeeName, Value: "Demo Bistro Lda"}}},
	{ReferenceID: ptr("cash"), Name: "Cash", Connector: manual.Name, Kind: pay.KindManual, LegacyType: ptr(2), Action: pay.ActionNone,
		MethodType: pay.MethodCash, IsPartiallyRefundable: true, IsEnabled: true},
	{ReferenceID: ptr("card-declines"), Name: "Cards, declined for now", Connector: sandbox.Name, Kind: pay.KindOnline, Action: pay.ActionNone, MethodType: pay.MethodCard,
		MinimumAmount: ptr(euros(50)), IsPartiallyRefundable: true, IsTokenizable: true, IsEnabled: true, Parameters: outcome(sandbox.SoftDecline)},
}

// demoRules choose where a request names no gateway. Who asks for a card sees another gateway
// take over: the cheaper one declines for now. The last rule is for requests that do not say
// what they want to pay with; a token decides alone what comes of those.
var demoRules = []demoRule{
	{service.GatewayRuleInput{Name: "cards, the cheaper house", MethodTypes: []pay.PaymentMethodType{pay.MethodCard}, Weight: 1}, "card-declines"},
	{service.GatewayRuleInput{Name: "cards", MethodTypes: []pay.PaymentMethodType{pay.MethodCard}, Priority: 1, Weight: 1}, "card"},
	{service.GatewayRuleInput{Name: "wallets", MethodTypes: []pay.PaymentMethodType{pay.MethodMobileWallet}, Weight: 1}, "wallet"},
	{service.GatewayRuleInput{Name: "the rest", Priority: 10, Weight: 1}, "card"},
}

// demoRule is a rule and the reference of its gateway.
type demoRule struct {
	service.GatewayRuleInput
	gateway string
}

func outcome(name string) []service.GatewayParameterInput {
	return []service.GatewayParameterInput{{ParameterID: sandbox.OutcomeParameter, Value: name}}
}

// demoPayment is one payment of the demo company. A part of the order is paid
// when minor (cents) is given.
type demoPayment struct {
	reference string
	gateway   string
	outcome   string
	minor     int64
	holdOnly  bool
}

// demoPayments show every state that a payment can be in so far.
var demoPayments = []demoPayment{
	{reference: "P-1", gateway: "card", outcome: sandbox.Approve},
	{reference: "P-2", gateway: "card", outcome: sandbox.Approve},
	{reference: "P-3", gateway: "meal", outcome: sandbox.Approve, minor: 1250},
	{reference: "P-4", gateway: "card", outcome: sandbox.SoftDecline},
	{reference: "P-5", gateway: "wallet", outcome: sandbox.OTP},
	{reference: "P-6", gateway: "card", outcome: sandbox.Approve},
	{reference: "P-7", gateway: "redirect", outcome: sandbox.Redirect},
	{reference: "P-8", gateway: "card", outcome: sandbox.Approve, holdOnly: true},
	{reference: "P-9", gateway: "card", outcome: sandbox.HardDecline},
	{reference: "P-10", gateway: "card", outcome: sandbox.Approve, minor: 1000},
	{reference: "P-11", gateway: "card", outcome: sandbox.Timeout},
	{reference: "P-12", gateway: "wallet", outcome: sandbox.Approve},
	{reference: "P-13", gateway: "card", outcome: sandbox.Partial},
	{reference: "P-14", gateway: "redirect", outcome: sandbox.Pending},
	{reference: "P-15", gateway: "card", outcome: sandbox.Approve},
	{reference: "P-17", gateway: "card", outcome: sandbox.Approve}, // several orders at once
	{reference: "P-16", gateway: "redirect", outcome: sandbox.Approve},
}

// party is the payment of several orders at once: its own and partyMore others,
// which come after those of all payments and are the same customer's.
const (
	party     = 15
	partyMore = 2
)

// paidBy lists the orders that payment i pays.
func paidBy(i int) []int {
	orders := []int{i}
	if i == party {
		for more := range partyMore {
			orders = append(orders, len(demoPayments)+more)
		}
	}
	return orders
}

// payer returns the payment that order i is for, or i.
func payer(i int) int {
	if slices.Contains(paidBy(party), i) {
		return party
	}
	return i
}
