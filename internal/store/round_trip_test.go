package store_test

import (
	"context"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// TestRoundTrip writes rows with every field set and rows with all that may be
// absent left out, and reads each back as it was written. A field that no row
// sets fails it too: whoever adds one must map it to a column.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, rows := t.Context(), w.rows
	paymentIDs := []uuid.UUID{w.payments[0].Payment.ID, w.payments[1].Payment.ID}
	orderIDs := []uuid.UUID{w.orders[0].ID, w.orders[1].ID}

	customers := list(w.customers, func(n store.NewCustomer) pay.Customer { return n.Customer })
	same(t, customers)(rows.Customers(ctx, ids(customers)))
	products := list(w.products, func(n store.NewProduct) pay.Product { return n.Product })
	same(t, products)(rows.Products(ctx, ids(products)))
	businesses := list(w.businesses, func(n store.NewBusiness) pay.Business { return n.Business })
	same(t, businesses)(rows.Businesses(ctx, ids(businesses)))
	gateways := list(w.gateways, func(n store.NewGateway) pay.PaymentGateway { return n.PaymentGateway })
	same(t, gateways)(rows.Gateways(ctx, ids(gateways)))
	if rules, err := rows.GatewayRules(ctx); err != nil || !reflect.DeepEqual(rules, w.rules) {
		t.Errorf("gateway rules: %+v, %v", rules, err)
	}
	methods := list(w.methods, func(n store.NewPaymentMethod) pay.PaymentMethod { return n.PaymentMethod })
	same(t, methods)(rows.PaymentMethods(ctx, ids(methods)))
	keys := list(w.keys, func(n store.NewAPIKey) pay.APIKey { return n.APIKey })
	same(t, keys)(rows.APIKeysByID(ctx, ids(keys)))
	same(t, w.documents)(rows.TrustedDocumentsByHash(ctx, [][]byte{w.documents[1].Hash, w.documents[0].Hash}))

	orders := list(w.orders, func(n store.NewOrder) pay.Order { return n.Order })
	same(t, orders)(rows.Orders(ctx, orderIDs))
	same(t, w.orderLines)(rows.OrderLinesOf(ctx, orderIDs))
	same(t, w.orderCuts)(rows.OrderDiscountsOf(ctx, orderIDs))
	invoices := list(w.invoices, func(n store.NewInvoice) pay.Invoice { return n.Invoice })
	same(t, invoices)(rows.Invoices(ctx, ids(invoices)))
	subscriptions := list(w.subscriptions, func(n store.NewBillingSubscription) pay.BillingSubscription { return n.BillingSubscription })
	same(t, subscriptions)(rows.BillingSubscriptions(ctx, ids(subscriptions)))

	payments := list(w.payments, func(n store.NewPayment) pay.Payment { return n.Payment })
	same(t, payments)(rows.Payments(ctx, paymentIDs))
	same(t, flat(w.payments, func(n store.NewPayment) []pay.PaymentAllocation { return n.Allocations }))(rows.AllocationsOf(ctx, paymentIDs))
	same(t, flat(w.payments, func(n store.NewPayment) []pay.Transaction { return n.Transactions }))(rows.TransactionsOf(ctx, paymentIDs))
	same(t, flat(w.payments, func(n store.NewPayment) []pay.Line { return n.Lines }))(rows.PaymentLinesOf(ctx, paymentIDs))
	same(t, flat(w.payments, func(n store.NewPayment) []pay.Discount { return n.Discounts }))(rows.PaymentDiscountsOf(ctx, paymentIDs))
	same(t, w.operations)(rows.OperationsOf(ctx, paymentIDs))
	same(t, w.refunds)(rows.RefundsOf(ctx, paymentIDs))
	same(t, append(w.events, w.payments[1].Events...))(rows.EventsAfter(ctx, paymentIDs, 0, 10))

	hooks := list(w.hooks, func(n store.NewWebhookEvent) pay.WebhookEvent { return n.WebhookEvent })
	same(t, hooks)(rows.WebhookEvents(ctx, ids(hooks)))
	var endpoints []pay.WebhookEndpoint
	w.write(func(ctx context.Context) error { // the only way to read one that is deleted
		for _, e := range w.endpoints {
			found, err := rows.WebhookEndpointForUpdate(ctx, e.ID)
			if err != nil {
				return err
			}
			endpoints = append(endpoints, found...)
		}
		return nil
	})
	same(t, w.endpoints)(endpoints, nil)
	same(t, w.deliveries)(rows.WebhookDeliveries(ctx, ids(w.deliveries)))
	alone(t, w.tried)(rows.WebhookAttemptsOf(ctx, ids(w.deliveries)))
	same(t, w.settled)(rows.SettlementLinesNamed(ctx, w.settlement.GatewayID, []string{w.settled[0].ExternalID, w.settled[1].ExternalID}))

	alone(t, w.settlement)(rows.SettlementByKey(ctx, w.settlement.IdempotencyKey))
	alone(t, w.intent)(rows.IdempotencyKeyOf(ctx, w.intent.Operation, w.intent.Key))
	entries, err := rows.ListLedgerEntries(ctx, pay.LedgerFilter{}, pay.Page{Limit: 10})
	same(t, w.entries)(entries.List, err)
	alone(t, w.simulation)(rows.Simulations(ctx, []uuid.UUID{w.simulation.ID}))
	alone(t, w.credit)(rows.CreditBalances(ctx, ids(customers)))
	alone(t, w.payments[0].Enabled[0])(rows.EnabledGatewaysOf(ctx, paymentIDs))
	alone(t, w.tenant)(w.store.TenantOf(ctx, w.tenant.CompanyID, w.tenant.Environment))
	alone(t, store.KeyOwner{ID: keys[0].ID, Scopes: keys[0].Scopes, ExpiresAt: keys[0].ExpiresAt, RevokedAt: keys[0].RevokedAt, TrustedDocumentsOnly: keys[0].TrustedDocumentsOnly,
		TenantID: w.tenant.ID, CompanyID: w.tenant.CompanyID, Environment: w.tenant.Environment})(w.store.KeyByHash(ctx, w.keys[0].Hash))
}

// leftOver are columns that this program neither reads nor writes, and that the version
// before it still reads: it runs on while a new one migrates. They go a version later.
var leftOver = []string{"payments.checkout_url"}

// TestEveryColumn proves that the rows of the round trip leave no column of the
// database at null or at its zero: whoever adds a column must write it.
func TestEveryColumn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	later := time.Now().AddDate(10, 0, 0)
	if err := w.store.InTx(t.Context(), func(ctx context.Context) error {
		due, err := w.store.ClaimDue(ctx, later, later, 100, nil)
		if err == nil {
			err = w.store.Postpone(ctx, due[0], 1, later)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	var tables []string
	if err := w.db.SelectContext(t.Context(), &tables, `SELECT table_name FROM information_schema.tables
		WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name NOT LIKE 'goose%'`); err != nil {
		t.Fatal(err)
	}
	if len(tables) < 27 {
		t.Errorf("only %d tables: %v", len(tables), tables)
	}
	for _, table := range tables {
		var found struct {
			Rows   int
			Unused pay.Strings[string]
		}
		if err := w.db.GetContext(t.Context(), &found, `WITH r AS (SELECT to_jsonb(t) AS j FROM `+table+` t), unused AS (
				SELECT e.key FROM r, jsonb_each(r.j) e GROUP BY e.key
				HAVING bool_and(e.value IN ('null', '0', 'false', '""', '[]', '{}')))
			SELECT (SELECT count(*) FROM r) AS rows, (SELECT coalesce(array_agg(key), '{}') FROM unused) AS unused`); err != nil {
			t.Fatal(err)
		}
		found.Unused = slices.DeleteFunc(found.Unused, func(column string) bool { return slices.Contains(leftOver, table+"."+column) })
		if found.Rows == 0 || len(found.Unused) > 0 {
			t.Errorf("%s: %d rows, columns that none of them sets: %v", table, found.Rows, found.Unused)
		}
	}
}

// same returns a check that the rows that are read are those that were written,
// in any order, and that together they set every field.
func same[T any](t *testing.T, want []T) func([]T, error) {
	t.Helper()
	return func(got []T, err error) {
		t.Helper()
		name := reflect.TypeFor[T]().Name()
		if err != nil || len(got) != len(want) {
			t.Errorf("%s: wrote %d rows, read %d, %v", name, len(want), len(got), err)
			return
		}
		if fields := unset(got); len(fields) > 0 {
			t.Errorf("%s: no row sets %v", name, fields)
		}
		read := map[uuid.UUID]T{}
		for i, id := range ids(got) {
			read[id] = got[i]
		}
		for i, id := range ids(want) {
			for _, difference := range differences(reflect.ValueOf(want[i]), reflect.ValueOf(read[id]), name) {
				t.Error(difference)
			}
		}
	}
}

// alone is same for a row that is the only one and has no id of its own.
func alone[T any](t *testing.T, want T) func([]T, error) {
	t.Helper()
	return func(got []T, err error) {
		t.Helper()
		if err != nil || len(got) != 1 {
			t.Errorf("%T: %d rows, %v", want, len(got), err)
			return
		}
		if fields := unset(got); len(fields) > 0 {
			t.Errorf("%T: %v not set", want, fields)
		}
		for _, difference := range differences(reflect.ValueOf(want), reflect.ValueOf(got[0]), reflect.TypeFor[T]().Name()) {
			t.Error(difference)
		}
	}
}

func ids[T any](rows []T) []uuid.UUID {
	return list(rows, func(row T) uuid.UUID { return reflect.ValueOf(row).FieldByName("ID").Interface().(uuid.UUID) })
}

func list[T, R any](rows []T, of func(T) R) []R {
	out := make([]R, len(rows))
	for i, row := range rows {
		out[i] = of(row)
	}
	return out
}

func flat[T, R any](rows []T, of func(T) []R) []R {
	var out []R
	for _, row := range rows {
		out = append(out, of(row)...)
	}
	return out
}
