package app_test

import (
	"fmt"
	"testing"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/pay"
)

// TestNestedStatements proves the same for lists in lists: the number of
// statements follows from the document, not from the number of rows.
func TestNestedStatements(t *testing.T) {
	t.Parallel()
	g := openGallery(t)
	g.statements(t, dashboard("nothing"), apptest.Vars{"first": 1}) // the first request looks up the tenant
	create(t, g.admin, "createWebhookEndpoint", "webhookEndpoint", apptest.Vars{"url": "https://example.com/"})
	g.api.Database.DB.MustExec("UPDATE webhook_endpoints SET position = 0") // of all that has happened
	if err := g.api.App.Service.DispatchWebhooks(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, document string
		want, nested   int
	}{
		{"orders of customers", `customers(first: $n) { nodes { orders { nodes { id } } } }`, 2, 0},
		{"payments and orders of customers, counted", `customers(first: $n) { nodes {
			payments { totalCount nodes { id } } orders { totalCount nodes { id } } invoices { totalCount nodes { id } } paymentMethods { id } creditBalances { decimal } } }`, 9, 0},
		{"transactions of payments of orders", `orders(first: $n) { nodes { payments { nodes { transactions { id gateway { name } } } } } }`, 4, 0},
		{"invoices of orders", `orders(first: $n, orderBy: { field: CREATED_AT, direction: ASC }) { nodes { invoice { number } lines { product { name } } discounts { discountName } } }`, 5, 2},
		{"payments of invoices", `invoices(first: $n) { nodes { order { id } payments { nodes { allocations { amount { decimal } } } } } }`, 4, 0},
		{"two pages of each customer", `customers(first: $n) { nodes { a: payments(first: 1) { nodes { id } } b: payments(first: 2) { nodes { id } } } }`, 3, 0},
		{"attempts in three ways", `payments(first: $n) { nodes { transactions { id } refunds { transaction { status } } events { nodes { transaction { status } } }
			lastError { code } transactionReference } }`, 4, 2},
		{"grandchildren", `payments(first: $n, filter: { isActive: null }, orderBy: { field: AMOUNT, direction: ASC }) { nodes { childPayments { nodes { childPayments { nodes { id } } } } } }`, 3, 0},
		{"back and forth", `payments(first: $n) { nodes { transactions { payment { customer { payments { nodes { id } } } } } } }`, 4, 1},
		{"counted", `payments(first: $n) { totalCount nodes { id } }`, 2, 0},
		{"not counted", `payments(first: $n) { pageInfo { hasNextPage endCursor } edges { cursor node { id } } }`, 1, 0},
		{"events of attempts", `payments(first: $n) { nodes { transactions { events { type transaction { id } } } } }`, 3, 1},
		{"events with what they are about", `payments(first: $n) { nodes { events { nodes { reason changedFields refund { id } operation { kind } transaction { id } } } } }`, 5, 0},
		{"words of a source", `payments(first: $n) { nodes { statusAs(vocabulary: S2) transactions { id } } }`, 2, 1},
		{"refunds", `refunds(first: $n) { nodes { id } }`, 1, 0},
		{"refunds, counted, with what they belong to", `refunds(first: $n) { totalCount nodes { payment { id } transaction { events { seq } gateway { name } } } }`, 6, 0},
		{"the log of events", `events(first: $n) { nodes { cursor type payment { id transactions { id } } } }`, 5, 0},
		{"webhooks with what they are about", `webhookDeliveries(first: $n) { nodes { endpoint { url } event { type } payment { id } attempts { number } } }`, 5, 0},
		{"a summary", `paymentSummary(groupBy: [STATUS, METHOD, CURRENCY, GATEWAY, DAY]) { count gateway { name } } payments(first: $n) { nodes { id } }`, 3, 0},
		{"company and location", `payments(first: $n) { nodes { company { name } business { name } gateways { name } paymentMethod { id } } }`, 6, 0},
	} {
		for _, n := range []int{1, 100} {
			document := `query($n: Int!) { ` + c.document + ` }`
			if sent := g.statements(t, document, apptest.Vars{"n": n}); len(sent) != withOthers(c.want, c.nested) {
				t.Errorf("%s, %d of them: %d statements, want %d: %s", c.name, n, len(sent), withOthers(c.want, c.nested), tablesOf(sent))
			}
		}
	}
}

// nodeKinds are the types that node finds, with their tables.
var nodeKinds = []struct{ kind, table string }{
	{"py", "payments"}, {"txn", "transactions"}, {"ord", "orders"}, {"inv", "invoices"}, {"cus", "customers"}, {"gw", "payment_gateways"},
	{"prd", "products"}, {"pm", "payment_methods"}, {"biz", "businesses"}, {"rf", "refunds"}, {"op", "operations"}, {"al", "payment_allocations"}, {"evt", "payment_events WHERE seq > 1"},
}

// TestNodeStatements proves that nodes are read together: one statement for
// each type among them, whether there is one of a type or many.
func TestNodeStatements(t *testing.T) {
	t.Parallel()
	g := openGallery(t)
	const document = `query($ids: [ID!]!) { nodes(ids: $ids) { id ... on Refund { payment { id } transaction { id } } ... on PaymentEvent { attempt: transaction { id } } } }`
	g.statements(t, dashboard("nothing"), apptest.Vars{"first": 1})
	for _, each := range []int{1, 4, 7} { // 7 of 13 types are 91 ids
		var ids []string
		for _, k := range nodeKinds {
			ids = append(ids, g.idsOf(t, k.kind, k.table, each)...)
		}
		sent := g.statements(t, document, apptest.Vars{"ids": ids})
		// Attempts of refunds and events, and payments of refunds, come on top.
		if want := len(nodeKinds) + 2; len(sent) > want || len(sent) < len(nodeKinds) {
			t.Errorf("%d of each type: %d statements, want at most %d: %s", each, len(sent), want, tablesOf(sent))
		}
		answer := apptest.Do[struct{ Nodes []*struct{ ID string } }](t, g.admin, document, apptest.Vars{"ids": ids})
		for i, node := range answer.Nodes {
			if node == nil || node.ID != ids[i] {
				t.Errorf("%s is %+v", ids[i], node)
			}
		}
	}
	for _, k := range nodeKinds {
		one := g.statements(t, document, apptest.Vars{"ids": g.idsOf(t, k.kind, k.table, 1)})
		many := g.statements(t, document, apptest.Vars{"ids": g.idsOf(t, k.kind, k.table, 100)})
		if len(one) != len(many) {
			t.Errorf("%s: one costs %d statements, 100 cost %d: %s", k.table, len(one), len(many), tablesOf(many))
		}
	}
}

// idsOf returns ids of up to n rows of a table.
func (g gallery) idsOf(t *testing.T, kind, table string, n int) []string {
	t.Helper()
	ids := rowsOf(t, g.api.Database.DB, fmt.Sprintf("SELECT id FROM %s ORDER BY id LIMIT %d", table, n))
	for i, id := range ids {
		ids[i] = globalID(kind, id)
	}
	if len(ids) != n {
		t.Fatalf("%d rows in %s, want %d", len(ids), table, n)
	}
	return ids
}

// globalID writes a row's id as the API does.
func globalID(kind, id string) string { return pay.FormatID(pay.Kind(kind), uuid.MustParse(id)) }
