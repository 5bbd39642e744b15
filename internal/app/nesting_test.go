package app_test

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

// mostTokens is what the server takes of one document.
const mostTokens = 2000

// openDemo is a server with the demo company.
func openDemo(t *testing.T) (*apptest.API, pay.Company) {
	t.Helper()
	api := apptest.Start(t)
	company, err := api.App.MakeDemo(t.Context())
	if err != nil {
		t.Fatalf("make demo: %v", err)
	}
	t.Cleanup(func() { checkInvariants(t, api.Database.DB) })
	return api, company
}

// demoReaders are clients of every role that reads the demo company.
func demoReaders(t *testing.T, api *apptest.API, company pay.Company) map[pay.Role]*apptest.Client {
	t.Helper()
	customer := uuid.MustParse(valueOf[string](t, api.Database.DB, "SELECT id FROM customers WHERE reference_id = 'C-001'"))
	return map[pay.Role]*apptest.Client{
		pay.RoleAdmin:    api.Client(api.Token(t, auth.Grant{CompanyID: company.ID})),
		pay.RoleReadonly: api.Client(api.Token(t, auth.Grant{CompanyID: company.ID, Role: pay.RoleReadonly})),
		pay.RoleCustomer: api.Client(api.Token(t, auth.Grant{CompanyID: company.ID, Role: pay.RoleCustomer, CustomerID: &customer})),
	}
}

// TestEveryField proves that every field of every type that can be reached from
// a payment can be read in one document, by everyone who may read payments.
func TestEveryField(t *testing.T) {
	t.Parallel()
	document := everyField(t)
	api, company := openDemo(t)
	for role, client := range demoReaders(t, api, company) {
		t.Run("OK for "+string(role), func(t *testing.T) {
			t.Parallel()
			readEverything(t, client, document)
		})
	}
	t.Run("OK with an object of every type", func(t *testing.T) {
		t.Parallel()
		s := openShop(t)
		s.exhibit(t)
		s.exhibitRarities(t)
		seen := readEverything(t, s.admin, document)
		for _, name := range reachable("Payment") {
			if !seen[name] && name != "ConflictError" && name != "IdempotencyError" { // which say nothing about what is allowed
				t.Errorf("no object of the type %s", name)
			}
		}
	})
}

func everyField(t *testing.T) string {
	t.Helper()
	root, fragments := newSelector().once("Payment")
	document := "{ payments(first: 10, filter: { isActive: null }) { nodes { " + root + " } } }\n" + fragments
	if n := tokens(document); n > mostTokens {
		t.Fatalf("the document has %d tokens; the server takes %d", n, mostTokens)
	}
	return document
}

// exhibitRarities adds the types that exhibit has none of.
func (s *shop) exhibitRarities(t *testing.T) {
	t.Helper()
	s.endpoint(t, newReceiver(t), apptest.Vars{"eventTypes": []string{"PAYMENT_CREATED"}})
	defer s.deliver(t)
	for method, outcome := range map[string]string{"DIRECT_DEBIT": "approve", "VOUCHER": "approve", "MOBILE_WALLET": "approve", "CARD": "otp", "CASH": "hard_decline"} {
		kind := "ONLINE"
		if method == "VOUCHER" {
			kind = method
		}
		gateway := s.make.Gateway(apptest.Vars{"methodType": method, "kind": kind})
		got := s.pay(t, method, but(s.whole("tok_"+outcome, s.order(100)), apptest.Vars{"gatewayId": gateway, "metadata": []apptest.Vars{{"key": "table", "value": "7"}}}))
		if got.Payment == nil {
			t.Fatalf("%s: %+v", method, got.Errors)
		}
	}
	chosen := routingShop{s}
	chosen.rules(t, apptest.Vars{"name": "all", "gatewayId": s.sandbox})
	chosen.pays(t, nil)
	late := apptest.Vars{"paymentId": s.created(t, "late", apptest.Vars{"orders": part(s.order(250), minor(100))}).Payment.ID, "gatewayId": s.sandbox}
	declined := act(t, s.admin, "processPayment", "declined", but(late, tok("hard_decline")))
	act(t, s.admin, "processPayment", "held", but(late, apptest.Vars{"capture": false}))
	simulate(t, s.admin, declined.Transaction.ID, "CAPTURED", nil) // so that none of the hold can be captured
	for _, statement := range []string{
		`UPDATE payments SET billing_address = '{"city": "Lisboa"}'`,
		`UPDATE transactions SET details = '{"manual": {"label": "Cash", "reference": "7"}}' WHERE method_type = 'CASH'`,
		`INSERT INTO billing_subscriptions (tenant_id, id, customer_id, currency, price_minor, interval_unit, interval_count, time_zone, starts_on, created_at, updated_at, next_due_on, next_due_at)
			SELECT DISTINCT ON (customer_id) tenant_id, gen_random_uuid(), customer_id, currency, 1001, 'MONTH', 1, 'Europe/Lisbon', now(), now(), now(), now(), now() FROM payments`,
		`UPDATE payment_allocations a SET subject_kind = 'SUBSCRIPTION', subscription_id = s.id FROM billing_subscriptions s WHERE a.amount_minor = 200`,
		`UPDATE payment_allocations SET subject_kind = 'INVOICE' WHERE invoice_id IS NOT NULL AND subject_kind = 'ORDER'`,
	} {
		if _, err := s.api.Database.DB.Exec(statement); err != nil {
			t.Fatalf("%v: %s", err, statement)
		}
	}
}

// reachable lists the object types that a type leads to, sorted.
func reachable(root string) []string {
	return ledTo([]string{root}, func(*ast.FieldDefinition) bool { return true })
}

// ledTo lists the object types that types lead to by fields that are open, sorted and
// with those that it begins at.
func ledTo(from []string, open func(*ast.FieldDefinition) bool) []string {
	s, seen := newSelector(), map[string]bool{}
	for queue := from; len(queue) > 0; queue = queue[1:] {
		if seen[queue[0]] {
			continue
		}
		seen[queue[0]] = true
		for _, f := range own(s.schema.Types[queue[0]]) {
			if s.leaf(f) || !open(f) {
				continue
			}
			for _, part := range s.parts(f.Type.Name()) {
				queue = append(queue, part.Name)
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// readEverything sends a document that must be answered without any error, and
// returns the types of the objects in the answer.
func readEverything(t *testing.T, c *apptest.Client, document string) map[string]bool {
	t.Helper()
	answer := c.Send(t, document, nil)
	if len(answer.Errors) > 0 || answer.Status != 200 {
		t.Fatalf("status %d: %+v in %.500s", answer.Status, answer.Errors, document)
	}
	var data any
	if err := json.Unmarshal(answer.Data, &data); err != nil {
		t.Fatalf("decode: %v", err)
	}
	seen := map[string]bool{}
	walk(data, seen)
	if !seen["Payment"] {
		t.Errorf("no payment in %.300s", answer.Body)
	}
	return seen
}

func walk(value any, seen map[string]bool) {
	switch v := value.(type) {
	case map[string]any:
		if name, ok := v["__typename"].(string); ok {
			seen[name] = true
		}
		for _, inner := range v {
			walk(inner, seen)
		}
	case []any:
		for _, inner := range v {
			walk(inner, seen)
		}
	}
}

// TestDeepNesting proves that everything can be read four levels deep, whatever
// way it is reached. One document would have too many tokens, so each object
// under a payment has its own, and where that is too long, each under that.
func TestDeepNesting(t *testing.T) {
	t.Parallel()
	api, company := openDemo(t)
	s := newSelector()
	const before, after = "{ payments(first: 10, filter: { isActive: null }) { nodes { __typename ", " } } }"
	documents := s.split(before, after, s.schema.Types["Payment"], 4)
	for role, client := range demoReaders(t, api, company) {
		t.Run("OK for "+string(role), func(t *testing.T) {
			t.Parallel()
			for _, document := range documents {
				readEverything(t, client, document)
			}
		})
	}
}
