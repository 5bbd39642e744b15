package app_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/pay"
)

// question is a query about an object of a world.
type question struct {
	variables apptest.Vars
	// selection is what is asked of the root field; shows is text that stands in the
	// answer where the object does, and nowhere else.
	selection, shows string
}

// questions are what the rows of the table ask, for those that only read.
func (s till) questions(t *testing.T, w world) map[string]question {
	t.Helper()
	all := listQuestions(w)
	order, payment, customer := w.ids[pay.KindOrder], w.ids[pay.KindPayment], w.ids[pay.KindCustomer]
	unpaid := s.make.Order(s.customer, 100)
	paid := s.make.Pay("to-give-back", apptest.Vars{"orders": one(s.make.Order(s.customer, 100)), "gatewayId": s.card})
	company := question{nil, "{ id }", w.ids[pay.KindCompany]}
	price := apptest.Vars{"customerId": customer, "amount": apptest.Vars{"minorUnits": 100, "currency": "EUR"}, "gatewayId": w.ids[pay.KindGateway]}
	const preview = "{ gateway { id } errors { code message path } }"
	maps.Copy(all, map[string]question{
		"nodes":   {apptest.Vars{"ids": []string{order}}, "{ id }", order},
		"viewer":  {nil, "{ company { id } }", w.ids[pay.KindCompany]},
		"company": company,
		"payment": {apptest.Vars{"by": apptest.Vars{"id": payment}}, "{ id }", payment},
		"availablePaymentMethods": {apptest.Vars{"orderIds": []string{unpaid}}, "{ gateway { id } }",
			w.ids[pay.KindGateway]},
		"previewPayment":       {apptest.Vars{"input": apptest.Vars{"orders": one(unpaid), "gatewayId": w.ids[pay.KindGateway]}}, preview, w.ids[pay.KindGateway]},
		"previewPayment:price": {apptest.Vars{"input": price}, preview, w.ids[pay.KindGateway]},
		"previewRefund": {apptest.Vars{"input": apptest.Vars{"paymentId": paid.Payment.ID}}, "{ parts { transaction { id } } errors { code message path } }",
			paid.Transaction.ID},
		"path:viewer.payments.orders":         {nil, pathTo(t, "viewer.payments.orders"), order},
		"path:viewer.customer":                {nil, "{ customer { id } }", customer},
		"path:paymentSummary.gateway":         {all["paymentSummary"].variables, "{ gateway { id } }", w.ids[pay.KindGateway]},
		"path:ledgerEntries.payment.customer": {all["ledgerEntries"].variables, pathTo(t, "ledgerEntries.payment.customer"), customer},
		"path:settlementLines.gateway":        {all["settlementLines"].variables, pathTo(t, "settlementLines.gateway"), w.ids[pay.KindGateway]},
	})
	for kind, name := range typesByKind {
		all["node:"+name] = question{apptest.Vars{"id": w.ids[kind]}, "{ id }", w.ids[kind]}
	}
	all["node"] = all["node:Order"]
	for field, kind := range map[string]pay.Kind{"transaction": pay.KindTransaction, "refund": pay.KindRefund, "order": pay.KindOrder, "invoice": pay.KindInvoice,
		"billingSubscription": pay.KindSubscription, "customer": pay.KindCustomer, "product": pay.KindProduct} {
		all[field] = question{apptest.Vars{"id": w.ids[kind]}, "{ id }", w.ids[kind]}
	}
	for _, path := range objectPaths {
		root, _, _ := strings.Cut(path, ".")
		all["path:"+path] = question{all[root].variables, pathTo(t, path), w.ids[endOf(t, path)]}
	}
	return all
}

// listQuestions are those to lists, each narrowed to the world's objects where it can be.
func listQuestions(w world) map[string]question {
	filter := func(name string, value any) apptest.Vars { return apptest.Vars{"filter": apptest.Vars{name: value}} }
	these := func(kind pay.Kind) []string { return []string{w.ids[kind]} }
	all := map[string]question{
		"businesses":             {apptest.Vars{"first": 100}, "{ nodes { id } }", w.ids[pay.KindBusiness]},
		"paymentSummary":         {but(filter("ids", these(pay.KindPayment)), apptest.Vars{"groupBy": []string{"GATEWAY"}}), "{ count }", `"count":1`},
		"customers:email":        {filter("email", w.texts["email"]), "{ nodes { id } }", w.ids[pay.KindCustomer]},
		"payments:customerEmail": {filter("customerEmail", w.texts["email"]), "{ nodes { id } }", w.ids[pay.KindPayment]},
		"paymentGateways":        {filter("ids", these(pay.KindGateway)), "{ id }", w.ids[pay.KindGateway]},
		"connectors":             {nil, "{ name }", `"sandbox"`},
		"gatewayRules":           {nil, "{ rules { gateway { id } } }", w.ids[pay.KindGateway]},
		"settlementLines":        {filter("gatewayIds", these(pay.KindGateway)), "{ nodes { externalId } }", w.texts["referenceId"]},
		"ledgerAccounts":         {filter("paymentIds", these(pay.KindPayment)), "{ entryCount }", `"entryCount":1`},
		"ledgerEntries":          {filter("paymentIds", these(pay.KindPayment)), "{ nodes { payment { id } } }", w.ids[pay.KindPayment]},
		"apiKeys":                {nil, "{ id }", w.ids[pay.KindAPIKey]},
		"trustedDocuments":       {apptest.Vars{"first": 100}, "{ nodes { id } }", w.ids[pay.KindTrustedDocument]},
		"webhookEvents":          {filter("gatewayIds", these(pay.KindGateway)), "{ nodes { eventId } }", w.texts["referenceId"]},
		"events":                 {filter("paymentIds", these(pay.KindPayment)), "{ nodes { id } }", w.ids[pay.KindEvent]},
		"webhookEndpoints":       {apptest.Vars{"first": 100}, "{ nodes { id } }", w.ids[pay.KindWebhookEndpoint]},
		"webhookDeliveries":      {filter("ids", these(pay.KindWebhookDelivery)), "{ nodes { id } }", w.ids[pay.KindWebhookDelivery]},
		"auditEntries":           {filter("subjectIds", these(pay.KindCustomer)), "{ nodes { subjectId } }", w.ids[pay.KindCustomer]},
	}
	for field, kind := range map[string]pay.Kind{"payments": pay.KindPayment, "refunds": pay.KindRefund, "orders": pay.KindOrder, "invoices": pay.KindInvoice,
		"billingSubscriptions": pay.KindSubscription, "customers": pay.KindCustomer, "products": pay.KindProduct} {
		all[field] = question{filter("ids", these(kind)), "{ nodes { id } }", w.ids[kind]}
	}
	return all
}

// objectPaths are ways from an object to others.
var objectPaths = []string{
	"order.payments.transactions", "order.payments.refunds", "order.invoice", "order.customer.paymentMethods", "order.business",
	"invoice.payments.events", "customer.orders.payments.allocations", "customer.invoices", "customer.billingSubscriptions.payments",
	"customer.paymentMethods.gateway", "payment.transactions.operations", "payment.allocations.order", "transaction.payment.customer",
	"refund.transaction.gateway", "billingSubscription.customer",
}

// fieldsOf are the fields of a path, the root's first.
func fieldsOf(t *testing.T, path string) (list []*ast.FieldDefinition) {
	t.Helper()
	definition := apiSchema().Query
	for name := range strings.SplitSeq(path, ".") {
		field := definition.Fields.ForName(name)
		if field == nil {
			t.Fatalf("path %s: %s has no field %s", path, definition.Name, name)
		}
		list, definition = append(list, field), apiSchema().Types[field.Type.Name()]
		if nodes := definition.Fields.ForName("nodes"); nodes != nil {
			definition = apiSchema().Types[nodes.Type.Name()]
		}
	}
	return list
}

// pathTo selects, of the root field of a path, the ids at its end.
func pathTo(t *testing.T, path string) string {
	t.Helper()
	selection := "{ id }"
	fields := fieldsOf(t, path)
	for i := len(fields) - 1; i >= 0; i-- {
		if apiSchema().Types[fields[i].Type.Name()].Fields.ForName("nodes") != nil {
			selection = "{ nodes " + selection + " }"
		}
		if i > 0 {
			selection = fmt.Sprintf("{ %s %s }", fields[i].Name, selection)
		}
	}
	return selection
}

// endOf is the kind of the objects at the end of a path.
func endOf(t *testing.T, path string) pay.Kind {
	t.Helper()
	fields := fieldsOf(t, path)
	name := fields[len(fields)-1].Type.Name()
	if nodes := apiSchema().Types[name].Fields.ForName("nodes"); nodes != nil {
		name = nodes.Type.Name()
	}
	for kind, known := range typesByKind {
		if known == name {
			return kind
		}
	}
	t.Fatalf("path %s ends at %s, which has no kind", path, name)
	return ""
}
