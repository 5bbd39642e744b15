package app_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

// personalFields selects the fields of a type that the schema marks as personal
// data, or nothing.
func personalFields(definition *ast.Definition) string {
	var b strings.Builder
	for _, f := range definition.Fields {
		if f.Directives.ForName("pii") != nil {
			b.WriteString(deepField(f, 1))
		}
	}
	return b.String()
}

// inside leads to the types with personal data that have no id: from objects of which
// kind, by which field.
var inside = map[string]struct {
	kind  pay.Kind
	field string
}{"CustomerSnapshot": {pay.KindPayment, "customerSnapshot"}, "DirectDebitDetails": {kindDebit, "details"}}

// kindDebit is where a world of these tests has a stored method that is a bank account.
const kindDebit pay.Kind = "debit"

// personal reads every field that the schema marks as personal data, of an
// object of each type that has some: what stands in it by type and field.
func personal(t *testing.T, c *apptest.Client, w world) map[string]string {
	t.Helper()
	found := map[string]string{}
	kinds := map[string]pay.Kind{}
	for kind, name := range typesByKind {
		kinds[name] = kind
	}
	for _, name := range slices.Sorted(maps.Keys(apiSchema().Types)) {
		fields := personalFields(apiSchema().Types[name])
		if fields == "" {
			continue
		}
		selection, at := fmt.Sprintf("... on %s {%s }", name, fields), kinds[name]
		way, isInside := inside[name]
		if isInside {
			holder := map[pay.Kind]string{pay.KindPayment: "Payment", kindDebit: "PaymentMethod"}[way.kind]
			selection, at = fmt.Sprintf("... on %s { %s { %s } }", holder, way.field, selection), way.kind
		}
		if w.ids[at] == "" {
			t.Errorf("the test does not know how to reach a %s", name)
			continue
		}
		got := apptest.Do[struct{ Node map[string]json.RawMessage }](t, c, fmt.Sprintf("{ node(id: %q) { %s } }", w.ids[at], selection), nil).Node
		if isInside {
			if err := json.Unmarshal(got[way.field], &got); err != nil {
				t.Fatalf("decode %s: %v", way.field, err)
			}
			delete(got, way.field)
		}
		for field, value := range got {
			found[name+"."+field] = string(value)
		}
	}
	return found
}

// onlyMasked are the fields, by type and name, that the schema says are masked rather
// than null.
func onlyMasked() (list []string) {
	for name, definition := range apiSchema().Types {
		for _, f := range definition.Fields {
			if d := f.Directives.ForName("pii"); d != nil && d.ArgumentMap(nil)["masked"] == true {
				list = append(list, name+"."+f.Name)
			}
		}
	}
	return list
}

// TestPersonalData proves that all that the schema marks as personal is null, or
// masked where it says so, without the scope for it, whatever the role, and there with it.
func TestPersonalData(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	w := newWorld(t, api, api.Company, pay.Sandbox, "zqown")
	debit := w.client.Make(t).Gateway(apptest.Vars{"methodType": "DIRECT_DEBIT"})
	w.ids[kindDebit] = create(t, w.client, "createPaymentMethod", "paymentMethod", apptest.Vars{"customerId": w.ids[pay.KindCustomer], "gatewayId": debit, "token": "tok_approve",
		"directDebit": apptest.Vars{"iban": "DE89370400440532013000", "accountId": "zqown"}})
	full, masked := personal(t, w.client, w), onlyMasked()
	if len(full) < 17 || len(masked) != 1 {
		t.Fatalf("only %d personal fields, of which masked: %v", len(full), masked)
	}
	read := []pay.Scope{pay.ScopePaymentsRead}
	_, id, _ := pay.SplitID(w.ids[pay.KindCustomer])
	key := func(scopes ...string) *apptest.Client {
		return api.Client(makeKey(t, w.client, apptest.Vars{"name": "Partner", "scopes": scopes}).secret)
	}
	by := func(g auth.Grant) *apptest.Client { return api.Client(api.Token(t, g)) }
	for name, c := range map[string]struct {
		client *apptest.Client
		shown  bool
	}{
		"OK admin":                      {by(auth.Grant{}), true},
		"OK staff":                      {by(auth.Grant{Role: pay.RoleStaff}), true},
		"OK customer":                   {by(auth.Grant{Role: pay.RoleCustomer, CustomerID: &id}), true},
		"OK key with the scope":         {key("PAYMENTS_PII"), true},
		"OK null for key":               {key("PAYMENTS_READ", "PAYMENTS_WRITE", "PAYMENTS_REFUND", "GATEWAYS_ADMIN"), false},
		"OK null for readonly":          {by(auth.Grant{Role: pay.RoleReadonly}), false},
		"OK null for partner":           {by(auth.Grant{Role: pay.RolePartner, Scopes: read}), false},
		"OK null for narrowed staff":    {by(auth.Grant{Role: pay.RoleStaff, Scopes: read}), false},
		"OK null for narrowed customer": {by(auth.Grant{Role: pay.RoleCustomer, CustomerID: &id, Scopes: read}), false},
		"OK null for narrowed admin":    {by(auth.Grant{Scopes: []pay.Scope{pay.ScopePaymentsRead, pay.ScopePaymentsWrite, pay.ScopeGatewaysAdmin}}), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := personal(t, c.client, w)
			for field, value := range full {
				switch got := found[field]; {
				case value == "null":
					t.Errorf("%s is null for whoever may see it, so the test proves nothing", field)
				case c.shown && got != value:
					t.Errorf("%s is %s, want %s", field, got, value)
				case !c.shown && slices.Contains(masked, field):
					if got == "null" || got == value || strings.Contains(got, "3000") {
						t.Errorf("%s is %s, which is to be masked", field, got)
					}
				case !c.shown && got != "null":
					t.Errorf("%s is %s", field, got)
				}
			}
		})
	}
}

// TestPersonalDataNowhere proves that who may not see personal data finds it in
// no other field either, and not in the answers to their own mutations.
func TestPersonalDataNowhere(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	partner := api.Client(api.Token(t, auth.Grant{Role: pay.RolePartner, Scopes: []pay.Scope{pay.ScopePaymentsRead, pay.ScopePaymentsWrite, pay.ScopeGatewaysAdmin}}))
	admin := api.Admin(t)
	const secret = "zqsecret"
	address := apptest.Vars{"name": secret, "line1": secret, "city": secret}
	input := apptest.Vars{"customers": []apptest.Vars{{"referenceId": "C-1", "email": secret + "@example.com", "firstName": secret, "lastName": secret, "address": address}}}
	const create = `mutation($input: CreateCustomersInput!) { createCustomers(input: $input) { customers { id email firstName lastName displayName address { name line1 } } errors { message } } }`
	for range 2 { // made, and found again
		if got := partner.Send(t, create, apptest.Vars{"input": input}); strings.Contains(got.Body, secret) || !strings.Contains(got.Body, `"email":null`) {
			t.Errorf("createCustomers: %s", got.Body)
		}
	}
	gateway := admin.Make(t).Gateway(nil)
	customer := apptest.Do[struct {
		Customers struct{ Nodes []struct{ ID string } }
	}](t, admin, `{ customers { nodes { id } } }`, nil).Customers.Nodes[0].ID
	order := admin.Make(t).Order(customer, 1000)
	method := partner.Send(t, `mutation($input: CreatePaymentMethodInput!) { createPaymentMethod(input: $input) { paymentMethod { id holderName holderEmail customer { email } } errors { message } } }`,
		apptest.Vars{"input": apptest.Vars{"customerId": customer, "gatewayId": gateway, "token": "tok", "holderName": secret, "holderEmail": secret + "@example.com"}})
	paid := partner.Send(t, `mutation($input: PayOrdersInput!) { payOrders(input: $input) { payment { id billingAddress { name } customerSnapshot { email displayName } transactions { holderName } }
		transaction { holderName holderEmail } errors { message } } }`, apptest.Vars{"input": apptest.Vars{"idempotencyKey": "k", "orders": one(order), "gatewayId": gateway, "billingAddress": address}})
	for _, got := range []apptest.Response{method, paid} {
		if strings.Contains(got.Body, secret) || len(got.Errors) > 0 || !strings.Contains(got.Body, `"errors":[]`) {
			t.Errorf("answer: %s", got.Body)
		}
	}
	ids := world{ids: map[pay.Kind]string{pay.KindCustomer: customer, pay.KindOrder: order, pay.KindGateway: gateway}}
	lists := []string{"viewer", "payments", "paymentSummary", "refunds", "orders", "invoices", "customers", "products", "paymentGateways", "apiKeys"}
	if text := strings.Join(dump(t, partner, ids, lists...), ""); strings.Contains(text, secret) {
		t.Errorf("it shows in %s", text)
	}
	if text := strings.Join(dump(t, admin, ids, lists...), ""); strings.Count(text, secret) < 10 {
		t.Errorf("the admin sees too little: %s", text)
	}
}

// TestPersonalDataFilter proves that nobody can find out by looking for it what
// they may not see.
func TestPersonalDataFilter(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	w := newWorld(t, api, api.Company, pay.Sandbox, "zqown")
	readonly := api.Client(api.Token(t, auth.Grant{Role: pay.RoleReadonly}))
	condition := apptest.Vars{"customerEmail": "ZQOWN@example.com"}
	for name, filter := range map[string]apptest.Vars{"customers": {"email": "ZQown@Example.com"}, "payments": condition, "payments by AND": {"AND": []apptest.Vars{condition}},
		"payments by OR": {"OR": []apptest.Vars{{"search": "zq"}, condition}}, "payments deep down": {"AND": []apptest.Vars{{"OR": []apptest.Vars{condition}}}}} {
		for _, selection := range []string{"totalCount", "nodes { id }"} {
			t.Run("ErrForbidden "+name+" "+selection, func(t *testing.T) {
				t.Parallel()
				field, _, _ := strings.Cut(name, " ")
				kind := map[string]string{"customers": "CustomerFilter", "payments": "PaymentFilter"}[field]
				document := fmt.Sprintf("query($filter: %s) { %s(filter: $filter) { %s } }", kind, field, selection)
				assertForbidden(t, readonly.Send(t, document, apptest.Vars{"filter": filter}), field)
				if got := w.client.Send(t, document, apptest.Vars{"filter": filter}); strings.Contains(got.Body, `"totalCount":0`) || strings.Contains(got.Body, `[]`) || len(got.Errors) > 0 {
					t.Errorf("the admin finds nothing: %s", got.Body)
				}
			})
		}
	}
}
