package app_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

// pair are two payments that differ in everything that a filter can ask for.
type pair struct {
	*shop
	hit, miss string
	// names of what the first has.
	order, invoice, business, gateway, humanID, externalID, subscription string
}

func openPair(t *testing.T) pair {
	t.Helper()
	p := pair{shop: openShop(t)}
	p.business = apptest.Do[struct {
		CreateBusiness struct{ Business struct{ ID string } }
	}](t, p.admin, `mutation { createBusiness(input: { name: "Baixa" }) { business { id } } }`, nil).CreateBusiness.Business.ID
	p.order = p.orderOf(t, apptest.Vars{"businessId": p.business, "totalAmount": apptest.Vars{"minorUnits": 1001}})
	p.invoice, p.gateway = p.shop.invoice(t, "I-1", p.order), p.shop.gateway
	p.hit = p.pay(t, "hit", but(p.whole("", p.order), apptest.Vars{"referenceId": "HIT-1", "module": "GROOMING", "description": "100% tasting_menu",
		"metadata": []apptest.Vars{{"key": "table", "value": "7"}, {"key": "guests", "value": "2"}}})).Payment.ID
	wallet := p.make.Gateway(apptest.Vars{"methodType": "MOBILE_WALLET"})
	dollars := p.orderOf(t, apptest.Vars{"customerId": p.make.Customer(), "totalAmount": apptest.Vars{"minorUnits": 2002, "currency": "USD"}})
	p.miss = p.pay(t, "miss", but(p.whole("tok_soft_decline", dollars), apptest.Vars{"gatewayId": wallet, "referenceId": "MISS-2", "module": "OTHER",
		"description": "Dinner with crème", "metadata": []apptest.Vars{{"key": "table", "value": "8"}}})).Payment.ID
	p.paint(t)
	db := p.api.Database.DB
	p.humanID = valueOf[string](t, db, "SELECT human_id FROM payments WHERE reference_id = 'HIT-1'")
	p.externalID = valueOf[string](t, db, "SELECT external_id FROM transactions WHERE manual_reference = 'SLIP-1'")
	p.subscription = globalID("sub", valueOf[string](t, db, "SELECT id FROM billing_subscriptions"))
	return p
}

// paint gives the payments what no request can give so far, and different times.
func (p pair) paint(t *testing.T) {
	t.Helper()
	p.painted = true
	for _, statement := range []string{
		`UPDATE payments SET refund_status = 'PARTIAL', reconciliation_status = 'RECONCILED', mode = 'WALLET', attention = '{APPROVAL_OVERDUE}',
			scheduled_for = '2030-01-01', customer_email = 'Hit@Example.com', refunded_minor = 1 WHERE reference_id = 'HIT-1'`,
		`UPDATE transactions SET manual_reference = 'SLIP-1', refunded_minor = 1 WHERE captured_minor > 0`,
		`INSERT INTO refunds (tenant_id, id, batch_id, payment_id, transaction_id, currency, amount_minor, method, status, created_by, created_at, updated_at, succeeded_at)
			SELECT tenant_id, gen_random_uuid(), gen_random_uuid(), payment_id, id, currency, 1, 'ORIGINAL', 'SUCCEEDED', 'test', now(), now(), now()
			FROM transactions WHERE captured_minor > 0`,
		`INSERT INTO billing_subscriptions (tenant_id, id, customer_id, currency, price_minor, interval_unit, interval_count, time_zone, starts_on, created_at, updated_at)
			SELECT tenant_id, gen_random_uuid(), customer_id, currency, 1001, 'MONTH', 1, 'Europe/Lisbon', now(), now(), now() FROM payments WHERE reference_id = 'HIT-1'`,
		`UPDATE payment_allocations a SET refunded_minor = 1, subject_kind = 'SUBSCRIPTION', subscription_id = s.id FROM billing_subscriptions s WHERE a.captured_minor > 0`,
		`UPDATE payments SET created_at = '2020-01-01', updated_at = '2020-01-01' WHERE reference_id = 'MISS-2'`,
		`ALTER TABLE payment_events DISABLE TRIGGER USER`, // history cannot be changed else
		`UPDATE payment_events e SET created_at = '2020-01-01' FROM payments p WHERE p.id = e.payment_id AND p.reference_id = 'MISS-2'`,
	} {
		if _, err := p.api.Database.DB.Exec(statement); err != nil {
			t.Fatalf("%v: %s", err, statement)
		}
	}
}

// conditions are filters that one payment of the pair matches and the other
// does not: two for each field, so that a condition that is ignored, or that
// never matches, is seen.
func (p pair) conditions() map[string][2]apptest.Vars {
	type v = apptest.Vars
	values := func(field string, hit, miss any) [2]v { return [2]v{{field: []any{hit}}, {field: []any{miss}}} }
	since, before := v{"gte": "2021-01-01T00:00:00Z"}, v{"lt": "2021-01-01T00:00:00Z"}
	return map[string][2]v{
		"ids":                  values("ids", p.hit, p.miss),
		"humanIds":             {{"humanIds": []string{p.humanID, "ZZZZZZ"}}, nil},
		"referenceIds":         values("referenceIds", "HIT-1", "MISS-2"),
		"status":               {{"status": v{"in": []string{"PAID", "PARTIALLY_REFUNDED"}}}, {"status": v{"notIn": []string{"PAID"}}}},
		"captureStatus":        values("captureStatus", "FULL", "NONE"),
		"refundStatus":         values("refundStatus", "PARTIAL", "NONE"),
		"reconciliationStatus": values("reconciliationStatus", "RECONCILED", "UNRECONCILED"),
		"attention":            {{"attention": []string{"OVERPAID", "APPROVAL_OVERDUE"}}, nil},
		"module":               values("module", "GROOMING", "OTHER"),
		"mode":                 values("mode", "WALLET", "PAYMENT"),
		"methodType":           values("methodType", "CARD", "MOBILE_WALLET"),
		"gatewayIds":           {{"gatewayIds": []string{p.gateway, p.sandbox}}, nil},
		"currency":             {{"currency": "EUR"}, {"currency": "USD"}},
		"customerIds":          {{"customerIds": []string{p.customer}}, nil},
		"customerEmail":        {{"customerEmail": "hit@example.COM"}, {"customerEmail": "ana@example.com"}},
		"orderIds":             {{"orderIds": []string{p.order}}, nil},
		"invoiceIds":           {{"invoiceIds": []string{p.invoice}}, nil},
		"subscriptionIds":      {{"subscriptionIds": []string{p.subscription}}, nil},
		"businessIds":          {{"businessIds": []string{p.business}}, nil},
		"amount":               {{"currency": "EUR", "amount": v{"gte": 1001, "lte": 1001}}, {"currency": "USD", "amount": v{"gte": 2002}}},
		"paidAmount":           {{"currency": "EUR", "paidAmount": v{"lte": 1001, "gte": 1001}}, {"currency": "USD", "paidAmount": v{"lte": 0}}},
		"createdAt":            {{"createdAt": since}, {"createdAt": before}},
		"updatedAt":            {{"updatedAt": since}, {"updatedAt": before}},
		"paidAt":               {{"paidAt": since}, nil},
		"scheduledFor":         {{"scheduledFor": v{"gte": "2030-01-01T00:00:00Z", "lt": "2030-01-01T00:00:01Z"}}, nil},
		"statusReachedAt": {{"statusReachedAt": v{"status": "PROCESSING", "gte": since["gte"]}},
			{"statusReachedAt": v{"status": "PROCESSING", "lt": before["lt"]}}},
		"externalId":      {{"externalId": p.externalID}, nil},
		"manualReference": {{"manualReference": "SLIP-1"}, nil},
		"hasRefund":       {{"hasRefund": true}, {"hasRefund": false}},
		"metadata": {{"metadata": []v{{"key": "table", "value": "7"}, {"key": "guests", "value": "2"}}},
			{"metadata": []v{{"key": "table", "value": "8"}}}},
		"search": {{"search": "IT-1"}, {"search": "dINNer"}},
		"AND":    {{"AND": []v{{"currency": "EUR"}, {"module": []string{"GROOMING", "OTHER"}}}}, {"AND": []v{{"currency": "USD"}}}},
		"OR": {{"OR": []v{{"currency": "CHF"}, {"currency": "EUR"}}},
			{"OR": []v{{"currency": "USD", "module": []string{"OTHER"}}, {"currency": "EUR", "module": []string{"OTHER"}}}}},
	}
}

// TestPaymentFilter proves every condition of the filter, each with a payment
// that matches and one that does not. It fails for conditions that it does not
// know.
func TestPaymentFilter(t *testing.T) {
	t.Parallel()
	p := openPair(t)
	conditions := p.conditions()
	for _, field := range schemaOfAPI().Types["PaymentFilter"].Fields {
		cases, ok := conditions[field.Name]
		if !ok && field.Name != "isActive" {
			t.Errorf("the test does not know the condition %s", field.Name)
		}
		for i, filter := range cases {
			if filter == nil {
				continue
			}
			if want := []string{p.hit, p.miss}[i]; !slices.Equal(p.find(t, p.admin, filter), []string{want}) {
				t.Errorf("%s: %v finds %v, want %s", field.Name, filter, p.find(t, p.admin, filter), want)
			}
			// Inside another condition it means the same.
			for _, nested := range []apptest.Vars{{"AND": []apptest.Vars{filter}}, {"OR": []apptest.Vars{filter, {"ids": []string{}}}}} {
				if got := p.find(t, p.admin, nested); field.Name != "AND" && field.Name != "OR" && len(got) != 1 {
					t.Errorf("%s: %v finds %v", field.Name, nested, got)
				}
			}
		}
	}
}

// find returns the payments that a filter finds, the newest first.
func (s *shop) find(t *testing.T, c *apptest.Client, filter apptest.Vars) []string {
	t.Helper()
	got := apptest.Do[struct {
		Payments struct {
			TotalCount int
			Nodes      []struct{ ID string }
		}
	}](t, c, `query($filter: PaymentFilter) { payments(filter: $filter) { totalCount nodes { id } } }`, apptest.Vars{"filter": filter}).Payments
	ids := []string{}
	for _, node := range got.Nodes {
		ids = append(ids, node.ID)
	}
	if got.TotalCount != len(ids) {
		t.Errorf("%v: totalCount %d, found %d", filter, got.TotalCount, len(ids))
	}
	return ids
}

// TestPaymentFilterLogic proves how conditions combine: absent, null and empty
// ones, isActive at every level, texts that mean something to the database.
func TestPaymentFilterLogic(t *testing.T) {
	t.Parallel()
	type v = apptest.Vars
	p := openPair(t)
	both, none := []string{p.hit, p.miss}, []string{}
	readonly := p.api.Client(p.api.Token(t, auth.Grant{Role: pay.RoleReadonly}))
	hit, miss := []string{p.hit}, []string{p.miss}
	check := func(name string, filter v, want []string) {
		t.Helper()
		if got := p.find(t, p.admin, filter); !slices.Equal(got, want) {
			t.Errorf("%s: found %v, want %v", name, got, want)
		}
	}
	check("no filter", nil, both)
	check("empty filter", v{}, both)
	check("null condition", v{"ids": nil, "status": nil, "AND": nil, "OR": nil}, both)
	check("empty list", v{"ids": []string{}}, none)
	check("empty status", v{"status": v{}}, both)
	check("no status at all", v{"status": v{"in": []string{}}}, none)
	check("not none", v{"status": v{"notIn": []string{}}}, both)
	check("empty AND", v{"AND": []v{}}, both)
	check("empty OR", v{"OR": []v{}}, none)
	check("id that names nothing", v{"ids": []string{"py_nonsense", p.order, ""}}, none)
	check("conditions all hold", v{"currency": "EUR", "module": []string{"OTHER"}}, none)
	check("OR beside a condition", v{"currency": "EUR", "OR": []v{{"module": []string{"OTHER"}}}}, none)
	check("three levels", v{"AND": []v{{"OR": []v{{"currency": "USD"}}}}}, miss)
	check("percent sign", v{"search": "0%"}, hit)
	check("wildcards mean nothing", v{"search": "%i%"}, none)
	check("underscore", v{"search": "tasting_"}, hit)
	check("letters beyond ASCII", v{"search": "CRÈME"}, miss)
	check("underscore is no joker", v{"search": "D_nner"}, none)
	check("human id", v{"search": strings.ToLower(p.humanID)}, hit)
	check("status never reached", v{"statusReachedAt": v{"status": "REFUNDED"}}, none)
	check("range of nothing", v{"createdAt": v{"gte": "2021-01-01T00:00:00Z", "lt": "2021-01-01T00:00:00Z"}}, none)
	if _, err := p.api.Database.DB.Exec("UPDATE payments SET is_active = false WHERE reference_id = 'MISS-2'"); err != nil {
		t.Fatal(err)
	}
	check("left out: active only", v{}, hit)
	check("no filter: active only", nil, hit)
	check("null: both", v{"isActive": nil}, both)
	check("false", v{"isActive": false}, miss)
	check("true", v{"isActive": true}, hit)
	check("inside it is a condition like others", v{"isActive": nil, "OR": []v{{"isActive": false}}}, miss)
	check("inside, left out means both", v{"isActive": nil, "OR": []v{{"currency": "USD"}, {"currency": "EUR"}}}, both)
	check("the outermost counts", v{"OR": []v{{"isActive": false}}}, none)
	if got := readonly.Send(t, `{ payments(filter: { OR: [{ customerEmail: "hit@example.com" }] }) { nodes { id } } }`, nil); len(got.Errors) != 1 || got.Errors[0].Extensions.Code != "FORBIDDEN" {
		t.Errorf("an address without permission: %s", got.Body)
	}
}
