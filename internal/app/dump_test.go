package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

// deep selects every field of a type that needs no argument, with what hangs on
// it as deep as depth says.
func deep(definition *ast.Definition, depth int) string {
	var b strings.Builder
	b.WriteString("{ __typename")
	if definition.Kind == ast.Union {
		for _, possible := range apiSchema().GetPossibleTypes(definition) {
			fmt.Fprintf(&b, " ... on %s %s", possible.Name, deep(possible, depth))
		}
		return b.String() + " }"
	}
	for _, f := range definition.Fields {
		b.WriteString(deepField(f, depth))
	}
	return b.String() + " }"
}

// deepField selects one field, or nothing where it lies too deep.
func deepField(f *ast.FieldDefinition, depth int) string {
	of := apiSchema().Types[f.Type.Name()]
	needs := slices.ContainsFunc(f.Arguments, func(a *ast.ArgumentDefinition) bool { return a.Type.NonNull && a.DefaultValue == nil })
	switch {
	case needs || strings.HasPrefix(f.Name, "__"):
		return ""
	case of.IsLeafType():
		return " " + f.Name
	case of.Name == "Money":
		return " " + f.Name + " { minorUnits }"
	case flat(of):
		return " " + f.Name + " " + deep(of, 0)
	case depth == 0:
		return ""
	case of.Fields.ForName("totalCount") != nil: // a connection; its edges are its nodes again
		row := apiSchema().Types[of.Fields.ForName("nodes").Type.Name()]
		return " " + f.Name + " { totalCount pageInfo { hasNextPage endCursor } nodes " + deep(row, depth-1) + " }"
	}
	return " " + f.Name + " " + deep(of, depth-1)
}

// flat says that a type's fields are all plain, or money.
func flat(definition *ast.Definition) bool {
	return definition.Kind == ast.Object && !slices.ContainsFunc(definition.Fields, func(f *ast.FieldDefinition) bool {
		return !apiSchema().Types[f.Type.Name()].IsLeafType() && f.Type.Name() != "Money"
	})
}

// dump reads all that a client can: every list of the root, and every object of
// a world by its id, each with what hangs on it two levels down. One document
// for each field keeps them within the limit on documents.
func dump(t *testing.T, c *apptest.Client, own world, lists ...string) []string {
	t.Helper()
	var documents []string
	for _, name := range lists {
		_, field := rootField(t, name)
		documents = append(documents, "{"+deepField(field, 1)+" }")
	}
	for _, kind := range allKinds {
		if own.ids[kind] == "" {
			continue
		}
		definition := apiSchema().Types[typesByKind[kind]]
		parts := []string{deep(definition, 0)}
		for _, f := range definition.Fields {
			if deepField(f, 0) == "" && deepField(f, 2) != "" {
				parts = append(parts, "{"+deepField(f, 2)+" }")
			}
		}
		for _, part := range parts {
			documents = append(documents, fmt.Sprintf(`{ node(id: %q) { ... on %s %s } }`, own.ids[kind], definition.Name, part))
		}
	}
	all := make([]string, len(documents))
	for i, document := range documents {
		all[i] = bodyOf(c.Send(t, document, nil))
		if !strings.HasPrefix(all[i], `200 {"data":{"`) || strings.Contains(all[i], `{"node":null}`) {
			t.Fatalf("%s is answered with %.500s", document, all[i])
		}
	}
	return all
}

// everyList are the root fields that list, or begin at the caller.
var everyList = []string{"viewer", "company", "businesses", "payments", "orders", "invoices", "billingSubscriptions", "customers", "products", "paymentGateways", "connectors", "gatewayRules", "apiKeys", "trustedDocuments", "paymentSummary", "refunds", "events", "settlementLines", "auditEntries",
	"webhookEndpoints", "webhookDeliveries"}

var typesByKind = map[pay.Kind]string{pay.KindPayment: "Payment", pay.KindTransaction: "Transaction", pay.KindRefund: "Refund",
	pay.KindAllocation: "PaymentAllocation", pay.KindOrder: "Order", pay.KindInvoice: "Invoice", pay.KindSubscription: "BillingSubscription",
	pay.KindCustomer: "Customer", pay.KindMethod: "PaymentMethod", pay.KindGateway: "PaymentGateway", pay.KindCompany: "Company",
	pay.KindBusiness: "Business", pay.KindProduct: "Product", pay.KindEvent: "PaymentEvent", pay.KindOperation: "TransactionOperation", pay.KindAPIKey: "ApiKey"}

// TestDumpUnchanged proves that nothing of another company or environment shows
// in anything that a company can read, nested lists and counts included: what
// it reads stays the same to the letter while the others fill up.
func TestDumpUnchanged(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t, withSandboxEverywhere())
	other := api.NewCompany(t, "zqrival")
	own := newWorld(t, api, api.Company, pay.Sandbox, "zqown")
	before := dump(t, own.client, own, everyList...)
	worlds := map[string]world{
		"zqrival": newWorld(t, api, other, pay.Sandbox, "zqrival"),
		"zqlive":  newWorld(t, api, api.Company, pay.Live, "zqlive"),
	}
	after := dump(t, own.client, own, everyList...)
	for i := range before {
		if before[i] != after[i] {
			t.Errorf("before %s\nafter  %s", before[i], after[i])
		}
	}
	if strings.Contains(strings.Join(after, ""), "tok_") {
		t.Error("a token shows")
	}
	assertMarked(t, api, "zqrival")
	for mark, w := range worlds {
		if text := strings.Join(after, ""); strings.Contains(text, mark) || strings.Count(text, "zqown") < 100 {
			t.Errorf("%s shows, or too little does: %.3000s", mark, text)
		}
		if seen := strings.Count(strings.Join(dump(t, w.client, w, "payments", "orders"), ""), mark); seen < 100 {
			t.Errorf("%s shows only %d times where it belongs", mark, seen)
		}
	}
}

// unmarked are the textual columns that hold no text of a tenant's own choice:
// words of this program, numbers of its making, a connector's declarations.
var unmarked = []string{"amount_currency", "method_types", "action", "action_data", "action_external_id", "action_type", "action_url", "attention", "changed_fields", "closed", "debit_kind", "credit_kind", "early", "acknowledged", "reason", "fact", "refused_with", "connector", "countries",
	"currencies", "decline_type", "disabled_reason", "disputes", "error_code", "event_types", "external_id", "failure", "friendly_name", "human_id", "interval_unit", "kind", "method", "method_type", "mode", "module",
	"message", "operation", "option_id", "outcome", "parameter_id", "phone", "customer_phone", "prefix", "reconciliation_status", "refund_status", "scopes", "status",
	"subject_kind", "subject", "before", "role", "request_id", "text", "time_zone", "type"}

// assertMarked proves that a world's mark stands in every column that could
// show it, so that a new column cannot escape the tests above.
func assertMarked(t *testing.T, api *apptest.API, mark string) {
	t.Helper()
	var columns []struct{ Table, Column string }
	if err := api.Database.DB.SelectContext(t.Context(), &columns, `SELECT c.table_name AS table, c.column_name AS column FROM information_schema.columns c
		JOIN information_schema.columns x ON x.table_schema = 'public' AND x.table_name = c.table_name AND x.column_name = 'tenant_id'
		WHERE c.table_schema = 'public' AND c.data_type IN ('text', 'jsonb', 'ARRAY')`); err != nil || len(columns) < 80 {
		t.Fatalf("list columns: %d, %v", len(columns), err)
	}
	for _, c := range columns {
		var seen bool
		query := fmt.Sprintf("SELECT EXISTS (SELECT 1 FROM %s WHERE strpos(%s::text, $1) > 0)", c.Table, c.Column)
		if err := api.Database.DB.GetContext(t.Context(), &seen, query, mark); err != nil {
			t.Fatalf("look into %s.%s: %v", c.Table, c.Column, err)
		}
		if !seen && !slices.Contains(unmarked, c.Column) {
			t.Errorf("%s.%s holds no mark", c.Table, c.Column)
		}
	}
}

// TestDumpOfCustomer proves the same for a customer and another of the company.
func TestDumpOfCustomer(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	own := newWorld(t, api, api.Company, pay.Sandbox, "zqown")
	_, id, _ := pay.SplitID(own.ids[pay.KindCustomer])
	customer := api.Client(api.Token(t, auth.Grant{Role: pay.RoleCustomer, CustomerID: &id}))
	lists := []string{"viewer", "payments", "paymentSummary", "refunds", "events", "orders", "invoices", "billingSubscriptions", "customers"}
	delete(own.ids, pay.KindAPIKey) // nothing for customers
	before := dump(t, customer, own, lists...)
	newWorld(t, api, api.Company, pay.Sandbox, "zqother")
	after := dump(t, customer, own, lists...)
	for i := range before {
		if before[i] != after[i] || strings.Contains(after[i], "zqother") {
			t.Errorf("before %s\nafter  %s", before[i], after[i])
		}
	}
}
