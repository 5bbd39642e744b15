package app_test

import (
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/pay"
)

// probe is a place in the API that takes the name of an object: an id, or text
// such as a reference.
type probe struct {
	place
	// kind is what an id names; text which of a world's texts. One is set.
	kind pay.Kind
	text string
}

func (p probe) String() string { return p.place.String() + " " + string(p.kind) + p.text }

// kindsByName tells what an id argument names, by its name or, where that is
// only "id", by the root field's.
var kindsByName = map[string]pay.Kind{
	"orderId": pay.KindOrder, "orderIds": pay.KindOrder, "customerId": pay.KindCustomer, "customerIds": pay.KindCustomer,
	"gatewayId": pay.KindGateway, "gatewayIds": pay.KindGateway, "paymentMethodId": pay.KindMethod, "businessId": pay.KindBusiness,
	"businessIds": pay.KindBusiness, "productId": pay.KindProduct, "invoiceId": pay.KindInvoice, "invoiceIds": pay.KindInvoice, "subscriptionIds": pay.KindSubscription,
	"paymentId": pay.KindPayment, "parentPaymentId": pay.KindPayment, "transactionId": pay.KindTransaction, "refundId": pay.KindRefund,
	"subscriptionId": pay.KindSubscription, "subjectIds": pay.KindCustomer,

	"paymentIds": pay.KindPayment, "paymentSummary": pay.KindPayment, "refunds": pay.KindRefund,
	"payment": pay.KindPayment, "payments": pay.KindPayment, "transaction": pay.KindTransaction, "refund": pay.KindRefund,
	"order": pay.KindOrder, "orders": pay.KindOrder, "invoice": pay.KindInvoice, "invoices": pay.KindInvoice,
	"billingSubscription": pay.KindSubscription, "billingSubscriptions": pay.KindSubscription,
	"customer": pay.KindCustomer, "customers": pay.KindCustomer, "paymentGateways": pay.KindGateway,
	"product": pay.KindProduct, "products": pay.KindProduct, "updateProduct": pay.KindProduct, "updateCustomer": pay.KindCustomer,
	"endpointIds": pay.KindWebhookEndpoint, "updateWebhookEndpoint": pay.KindWebhookEndpoint, "deleteWebhookEndpoint": pay.KindWebhookEndpoint,
	"rotateWebhookSecret": pay.KindWebhookEndpoint, "webhookDeliveries": pay.KindWebhookDelivery, "replayWebhookDelivery": pay.KindWebhookDelivery,
	"revokeApiKey": pay.KindAPIKey, "updateApiKey": pay.KindAPIKey, "distrustDocuments": pay.KindTrustedDocument, "updatePaymentGateway": pay.KindGateway,
	"checkPaymentGateway": pay.KindGateway,
}

// textsByName tells which text of a world a textual condition looks for.
var textsByName = map[string]string{
	"humanId": "humanId", "humanIds": "humanId", "referenceId": "referenceId", "referenceIds": "referenceId", "numbers": "number",
	"email": "email", "customerEmail": "email", "externalId": "externalId", "manualReference": "manualReference", "search": "search",
	"actors": "actor",
	"key":    "referenceId", "value": "referenceId",
}

var allKinds = []pay.Kind{pay.KindPayment, pay.KindTransaction, pay.KindRefund, pay.KindAllocation, pay.KindOrder, pay.KindInvoice, pay.KindSubscription,
	pay.KindCustomer, pay.KindMethod, pay.KindGateway, pay.KindCompany, pay.KindBusiness, pay.KindProduct, pay.KindEvent, pay.KindOperation, pay.KindAPIKey}

// probes finds every place of the schema that takes the name of an object.
func probes(t *testing.T) []probe {
	t.Helper()
	var list []probe
	for _, p := range places() {
		last := p.path[len(p.path)-1]
		switch {
		case p.leaf == "ID" && (p.field.Name == "node" || p.field.Name == "nodes"):
			for _, kind := range allKinds {
				list = append(list, probe{place: p, kind: kind})
			}
		case p.leaf == "ID":
			kind, known := kindsByName[last]
			if last == "id" || last == "ids" {
				kind, known = kindsByName[p.field.Name]
			}
			if !known {
				t.Errorf("the test does not know what %s names", p)
			}
			list = append(list, probe{place: p, kind: kind})
		case (p.leaf == "String" || p.leaf == "EmailAddress") && p.reads() && len(p.path) > 1 && !strings.HasPrefix(p.field.Name, "preview") && last != "types": // texts there describe, and look for nothing of anybody's
			if textsByName[last] == "" {
				t.Errorf("the test does not know what %s looks for", p)
			}
			list = append(list, probe{place: p, text: textsByName[last]})
		}
	}
	return list
}

// asksNothing says that the probe's value alone does not decide the answer:
// half of a metadata entry.
func (p probe) asksNothing() bool {
	return p.path[len(p.path)-1] == "key" || p.path[len(p.path)-1] == "value"
}
