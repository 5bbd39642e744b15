package app_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/pay"
)

// plainMark is text that is accepted, so that what is looked at after the check of texts is
// reached with it too.
const plainMark = "zqechozq"

// markedInput writes inputs of mutations as the schema has them: each string is the mark,
// and each list has the same item twice.
type markedInput struct {
	mark string
	// ids are those of objects that are there, by the name of the field; with none, ids are
	// the mark too.
	ids map[string]string
	// key is that of the request, which may be used once.
	key string
}

// scalarSamples are values that the scalars take; other ones are never read further.
var scalarSamples = map[string]any{
	"Int": 1, "Int64": 1, "Float": 1, "Boolean": true, "Decimal": "1", "CurrencyCode": "EUR", "CountryCode": "PT",
	"DateTime": "2031-01-01T00:00:00Z", "Date": "2031-01-01", "EmailAddress": "ana@example.com", "PhoneNumber": "+351912345678",
}

// of is a value of a type, for a field of that name.
func (m markedInput) of(name string, kind *ast.Type, depth int) any {
	if kind.Elem != nil {
		item := m.of(name, kind.Elem, depth)
		return []any{item, item}
	}
	definition := apiSchema().Types[kind.NamedType]
	switch {
	case name == "idempotencyKey":
		return m.key
	case kind.NamedType == "ID" && m.ids[name] != "":
		return m.ids[name]
	case kind.NamedType == "URL":
		return "https://example.com/" + m.mark
	case definition.Kind == ast.Enum:
		return definition.EnumValues[0].Name
	case definition.Kind == ast.InputObject:
		return m.object(definition, depth, func(*ast.FieldDefinition) bool { return depth < 6 && definition.Directives.ForName("oneOf") == nil })
	}
	if sample, ok := scalarSamples[kind.NamedType]; ok {
		return sample
	}
	return m.mark // String, ID, JSON
}

// object has the fields that are needed, and those that are wanted. One of which exactly
// one must be has its first.
func (m markedInput) object(d *ast.Definition, depth int, wanted func(*ast.FieldDefinition) bool) apptest.Vars {
	input := apptest.Vars{}
	for _, f := range d.Fields {
		if f.Type.NonNull && f.DefaultValue == nil || wanted(f) {
			input[f.Name] = m.of(f.Name, f.Type, depth+1)
		}
	}
	if len(input) == 0 && d.Directives.ForName("oneOf") != nil {
		input[d.Fields[0].Name] = m.of(d.Fields[0].Name, d.Fields[0].Type, depth+1)
	}
	return input
}

// all are the inputs of a type: one with every field, and for each field one with no other
// but what is needed, as what is given together is often refused for that.
func (m markedInput) all(d *ast.Definition) []apptest.Vars {
	list := []apptest.Vars{m.object(d, 0, func(*ast.FieldDefinition) bool { return true })}
	for _, field := range d.Fields {
		list = append(list, m.object(d, 0, func(f *ast.FieldDefinition) bool { return f == field }))
	}
	return list
}

// TestNoInputIsEchoed proves that no payload's error repeats a text of the mutation's
// input, wherever the schema has a place for one, and however often it is given.
func TestNoInputIsEchoed(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	w := newWorld(t, api, api.Company, pay.Sandbox, "echoworld")
	sent, refused := 0, 0
	for _, mutation := range apiSchema().Mutation.Fields {
		if mutation.Name == "revokeApiKey" || strings.HasPrefix(mutation.Name, "__") {
			continue
		}
		document := documentOf(t, mutation.Name, "{ errors { code message path } }")
		for _, mark := range []string{secretMark, plainMark} {
			for _, ids := range []map[string]string{nil, idsByField(w, mutation.Name)} {
				m := markedInput{mark: mark, ids: ids, key: fmt.Sprint("echo-", sent)}
				for _, input := range m.all(apiSchema().Types[mutation.Arguments[0].Type.Name()]) {
					sent++
					got := w.client.Send(t, document, apptest.Vars{"input": input})
					if strings.Contains(got.Body, mark) {
						t.Errorf("%s of %v is answered with %s", mutation.Name, input, got.Body)
					}
					if strings.Contains(got.Body, `"message"`) {
						refused++
					}
				}
			}
		}
	}
	if refused < 500 {
		t.Errorf("only %d of %d inputs were refused", refused, sent)
	}
}

// idsByField are the ids of a world under the names that inputs have for them. A field
// that is called id is of the kind that the mutation is about.
func idsByField(w world, mutation string) map[string]string {
	ids := map[string]string{"customerId": w.ids[pay.KindCustomer], "gatewayId": w.ids[pay.KindGateway], "gatewayIds": w.ids[pay.KindGateway],
		"paymentMethodId": w.ids[pay.KindMethod], "transactionId": w.ids[pay.KindTransaction], "paymentId": w.ids[pay.KindPayment],
		"parentPaymentId": w.ids[pay.KindPayment], "businessId": w.ids[pay.KindBusiness], "invoiceId": w.ids[pay.KindInvoice],
		"productId": w.ids[pay.KindProduct], "subscriptionId": w.ids[pay.KindSubscription], "orderId": w.ids[pay.KindOrder], "refundId": w.ids[pay.KindRefund]}
	for name, kind := range map[string]pay.Kind{"ApiKey": pay.KindAPIKey, "Customer": pay.KindCustomer, "Product": pay.KindProduct,
		"PaymentGateway": pay.KindGateway, "WebhookEndpoint": pay.KindWebhookEndpoint, "WebhookSecret": pay.KindWebhookEndpoint, "WebhookDelivery": pay.KindWebhookDelivery} {
		if strings.HasSuffix(mutation, name) {
			ids["id"] = w.ids[kind]
		}
	}
	return ids
}

// TestNamesAreNotEchoed has what the schema does not tell of: names that a gateway knows,
// beside ones that it does not.
func TestNamesAreNotEchoed(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	method := s.method(t, s.customer, s.card)
	order := s.order(t, s.customer, 500, "EUR")
	payment := create(t, s.admin, "createPayment", "payment", apptest.Vars{"idempotencyKey": "later", "customerId": s.customer, "amount": minor(100)})
	form := []apptest.Vars{{"parameterId": secretMark, "value": "x"}}
	gateway := func(parameters ...apptest.Vars) apptest.Vars {
		return apptest.Vars{"name": "Cards", "connector": "sandbox", "methodType": "CARD", "isTokenizable": true, "parameters": parameters}
	}
	twice := func(item apptest.Vars) []apptest.Vars { return []apptest.Vars{item, item} }
	unknown, option := apptest.Vars{"parameterId": secretMark, "value": "x"}, apptest.Vars{"parameterId": "outcome", "value": secretMark}
	cases := map[string]struct {
		mutation string
		input    apptest.Vars
		want     []string
	}{
		"form field":         {"payOrders", apptest.Vars{"idempotencyKey": "form", "orders": one(order), "gatewayId": s.card, "form": form}, []string{"INVALID_INPUT input.form.0.parameterId"}},
		"form field, later":  {"processPayment", apptest.Vars{"idempotencyKey": "form2", "paymentId": payment, "gatewayId": s.card, "form": form}, []string{"INVALID_INPUT input.form.0.parameterId"}},
		"form field, stored": {"payOrders", apptest.Vars{"idempotencyKey": "form3", "orders": one(order), "paymentMethodId": method, "form": form}, []string{"INVALID_INPUT input.form.0.parameterId"}},
		"parameter":          {"createPaymentGateway", gateway(unknown), []string{"INVALID_INPUT input.parameters.0.parameterId"}},
		"parameter's option": {"createPaymentGateway", gateway(option), []string{"INVALID_INPUT input.parameters.0.value"}},
		"parameter, changed": {"updatePaymentGateway", apptest.Vars{"id": s.card, "parameters": []apptest.Vars{unknown, option}}, []string{"INVALID_INPUT input.parameters.0.parameterId", "INVALID_INPUT input.parameters.1.value"}},
		"customers":          {"createCustomers", apptest.Vars{"customers": twice(apptest.Vars{"referenceId": secretMark})}, nil},
		"orders":             {"createOrders", apptest.Vars{"orders": twice(apptest.Vars{"referenceId": secretMark, "customerId": s.customer, "totalAmount": minor(1)})}, nil},
		"products":           {"createProducts", apptest.Vars{"products": twice(apptest.Vars{"referenceId": secretMark, "name": "Tea", "unitAmount": minor(1)})}, nil},
		"invoices":           {"createInvoices", apptest.Vars{"invoices": twice(apptest.Vars{"referenceId": secretMark, "number": secretMark, "orderId": order})}, nil},
		"a webhook's types":  {"createWebhookEndpoint", apptest.Vars{"url": "https://example.com/", "eventTypes": []string{secretMark, secretMark}}, nil},
		"currencies":         {"createPaymentGateway", but(gateway(), apptest.Vars{"currencies": []string{"EUR", "EUR"}}), []string{"INVALID_INPUT input.currencies.1"}},
	}
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		c := cases[name]
		got := s.admin.Send(t, documentOf(t, c.mutation, "{ errors { code message path } }"), apptest.Vars{"input": c.input})
		if strings.Contains(got.Body, secretMark) || !strings.Contains(got.Body, `"message"`) {
			t.Errorf("%s: %s", name, got.Body)
		}
		if found := refusalsOf(t, s.admin, c.mutation, c.input); c.want != nil && !slices.Equal(found, c.want) {
			t.Errorf("%s: got %v, want %v", name, found, c.want)
		}
	}
}
