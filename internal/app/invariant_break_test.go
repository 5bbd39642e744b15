package app_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/store"
)

const (
	// withoutKeys drops every foreign key, as in a copy that was loaded without them.
	withoutKeys = `DO $$ DECLARE k record; BEGIN FOR k IN SELECT conrelid::regclass AS child, conname FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace
		LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', k.child, k.conname); END LOOP; END $$; `
	toAnotherTenant = ` x SET tenant_id = (SELECT t.id FROM tenants t WHERE t.id <> x.tenant_id LIMIT 1)`
	secondKey       = `INSERT INTO idempotency_keys (tenant_id, operation, key, fingerprint, payment_id, subject_id, created_at)
		SELECT tenant_id, operation, key || '2', fingerprint, payment_id, subject_id, created_at FROM idempotency_keys`
	openings = `INSERT INTO ledger_entries (tenant_id, id, payment_id, event_seq, position, debit_kind, credit_kind, currency, amount_minor, created_at)
		SELECT tenant_id, gen_random_uuid(), id, 1000, 0, 'PAYOUTS', 'OPENING', currency, 1, now() FROM payments`
)

// past has a statement go past the triggers of tables.
func past(statement string, tables ...string) string {
	for _, table := range tables {
		statement = "ALTER TABLE " + table + " DISABLE TRIGGER USER; " + statement
	}
	return statement
}

// breaks says for every invariant what breaks it.
var breaks = map[string][]string{
	"an order's money is that of its allocations":                                               {"UPDATE orders SET captured_minor = 0, refunded_minor = 0"},
	"a stand-alone invoice's money is that of its allocations":                                  {"UPDATE invoices SET captured_minor = 0 WHERE order_id IS NULL", "UPDATE invoices SET captured_minor = total_minor + 1 WHERE order_id IS NULL"},
	"orders are promised what their payments hold and ask for":                                  {"UPDATE orders SET held_minor = 5"},
	"stand-alone invoices are promised what their payments hold and ask for":                    {"UPDATE invoices SET in_flight_minor = 5 WHERE order_id IS NULL"},
	"no order is promised more than it owes, unless money came late or was approved as surplus": {"UPDATE orders SET in_flight_minor = total_minor + 1"},
	"all that a gateway of vouchers captured counts as paid by vouchers":                        {"UPDATE transactions SET method_type = 'VOUCHER'", "UPDATE transactions SET vouchers_tendered = 1"},
	"an order has in food vouchers what its payments have":                                      {"UPDATE orders SET voucher_minor = 1"},
	"no order has more food vouchers than food, unless money came late or wrong":                {"UPDATE orders SET voucher_minor = food_minor + 1"},
	"an invoice follows the order that it bills":                                                {"UPDATE invoices SET in_flight_minor = 1"},
	"an allocation names the invoice that bills its order":                                      {"UPDATE payment_allocations SET invoice_id = NULL WHERE order_id IS NOT NULL"},
	"a payment's allocations add up to it":                                                      {"UPDATE payment_allocations SET amount_minor = amount_minor + 1", "UPDATE payments SET surplus_minor = 0"},
	"what an order or invoice has beyond its total is surplus, unless a refund failed after all": {"UPDATE payment_allocations SET surplus_minor = 0",
		"UPDATE invoices SET captured_minor = total_minor + 1 WHERE order_id IS NULL"},
	"surplus was not owed": {"UPDATE payment_allocations SET surplus_minor = captured_minor"},
	"surplus goes back first, unless it came later or a refund failed after all":                      {"UPDATE payment_allocations SET refunded_minor = 1 WHERE captured_minor > 0 AND surplus_minor = 0"},
	"a part captures at most its amount, unless money came late or wrong, or was approved as surplus": {"UPDATE payment_allocations SET captured_minor = amount_minor + 1"},
	"an allocation's payment and order have one customer and currency":                                {"UPDATE orders SET currency = 'USD'", withoutKeys + "UPDATE payment_allocations" + toAnotherTenant},
	"a payment pays an order once": {`INSERT INTO payment_allocations (tenant_id, id, payment_id, position, subject_kind, order_id, amount_minor)
		SELECT tenant_id, gen_random_uuid(), payment_id, position + 9, subject_kind, order_id, amount_minor FROM payment_allocations WHERE order_id IS NOT NULL`},
	"lines and discounts explain what orders and payments come to": {"UPDATE payment_lines SET gross_minor = gross_minor + 1", "UPDATE order_lines SET share_minor = 0",
		"DELETE FROM payment_discounts", "DELETE FROM order_discounts"},

	"a payment's sums and states, and where it calls for attention, are what its attempts and refunds give": {"UPDATE payments SET held_minor = 3", "UPDATE payments SET fee_minor = 3", "UPDATE payments SET status = 'EXPIRED'", "UPDATE payments SET refund_status = 'NONE'",
		"UPDATE payments SET refund_status = 'IMPOSSIBLE'", "UPDATE payments SET reconciliation_status = 'RECONCILED'", "UPDATE payments SET attention = '{CHARGEBACK}'",
		"UPDATE payments SET acknowledged = '{AMOUNT_MISMATCH}'", "UPDATE transactions SET is_mismatch = true", "UPDATE transactions SET told_refunded_minor = 1, unexplained_minor = 1", "UPDATE transactions SET is_late = true"},
	"an unknown outcome has attention": {"UPDATE payments SET attention = '{UNKNOWN_OUTCOME}'", "UPDATE payments SET attention = '{}'"},
	"no payment has more than its amount, unless money came late or wrong, or was approved as surplus": {"UPDATE payments SET held_minor = final_minor"},
	"paidAt says that all is captured":                {"UPDATE payments SET paid_at = NULL"},
	"a cancel that was asked for waits for a gateway": {"UPDATE payments SET cancel_requested_at = now()"},
	"what has no result yet is looked at again": {"UPDATE transactions SET wake_at = NULL WHERE status = 'UNKNOWN'", "UPDATE transactions SET wake_at = NULL WHERE status = 'AUTHORIZED'",
		"UPDATE operations SET status = 'PENDING', wake_at = NULL", "UPDATE refunds SET status = 'UNKNOWN', succeeded_at = NULL, wake_at = NULL",
		"UPDATE billing_subscriptions SET next_due_on = NULL, next_due_at = NULL", "UPDATE payments SET wake_at = NULL WHERE expires_at IS NOT NULL",
		"UPDATE payments SET wake_at = NULL WHERE scheduled_for IS NOT NULL", "UPDATE webhook_events SET outcome = NULL, applied_at = NULL, transaction_id = NULL, payment_id = NULL"},

	"what went back has refunds of that amount": {"UPDATE refunds SET amount_minor = amount_minor + 1"},
	"what gateways gave back beyond our refunds is booked, or calls for attention": {"UPDATE transactions SET told_refunded_minor = 1 WHERE captured_minor > refunded_minor", "UPDATE refunds SET is_external = true",
		"UPDATE transactions SET told_refunded_minor = 1, unexplained_minor = 1 WHERE refunded_minor > 0"},
	"a refund is being called off only while it is under way, and is not under way once it was": {"UPDATE operations SET kind = 'CANCEL_REFUND', refund_id = (SELECT id FROM refunds LIMIT 1)"},
	"what payers' banks took back is the sum of the disputes": {"UPDATE transactions SET charged_back_minor = 7",
		`UPDATE transactions SET disputes = '[{"id": "dp_a", "moves": [], "amountMinor": 5}]'`,
		`UPDATE transactions SET disputes = '[{"id": "dp_a", "moves": [], "amountMinor": 5}, {"id": "dp_b", "moves": [], "amountMinor": -5}]'`,
		`UPDATE transactions SET disputes = '[{"id": "dp_a", "moves": [], "amountMinor": 0}, {"id": "dp_a", "moves": [], "amountMinor": 0}]'`},
	"a key names one payment": {secondKey},
	"a key has what it made, and tells requests apart": {"UPDATE idempotency_keys SET subject_id = gen_random_uuid()",
		"UPDATE idempotency_keys SET fingerprint = decode(repeat('00', 32), 'hex')"},
	"what a key made has no other key": {secondKey},
	"what a caller's request made has its key": {"DELETE FROM idempotency_keys", "DELETE FROM idempotency_keys WHERE operation = 'createPayment'", "DELETE FROM idempotency_keys WHERE operation = 'processPayment'",
		"DELETE FROM idempotency_keys WHERE operation = 'captureTransaction'", "DELETE FROM idempotency_keys WHERE operation = 'refundPayment'"},
	"what was reconciled has settlement lines, and they agree with it": {"DELETE FROM settlement_lines", "UPDATE settlement_lines SET amount_minor = amount_minor + 1",
		"UPDATE transactions SET confirmed_minor = captured_minor - 1 WHERE reconciliation_status = 'RECONCILED'"},

	"a payment's events are numbered from 1, lie in the log in that order, begin with its amount, and end with its state": {"UPDATE payments SET event_seq = event_seq + 1", "UPDATE payments SET status = 'EXPIRED'",
		withoutKeys + "UPDATE payments" + toAnotherTenant, past("UPDATE payment_events SET position = position + 100000 WHERE seq = 1", "payment_events"), past("UPDATE payment_events SET position = NULL WHERE seq = 1", "payment_events"),
		"UPDATE payments SET closed = 'CANCELLED' WHERE closed IS NULL", "UPDATE payments SET closed = NULL", "UPDATE payments SET closed = 'EXPIRED' WHERE closed IS NOT NULL",
		past("UPDATE payment_events SET amount_minor = amount_minor * 10 WHERE type = 'PAYMENT_CREATED'", "payment_events")},
	"the events of an attempt name its payment, add up to its amounts, and end with its state and what it holds": {withoutKeys + "UPDATE transactions" + toAnotherTenant,
		past("UPDATE payment_events SET transaction_id = (SELECT max(id::text)::uuid FROM transactions) WHERE type = 'TRANSACTION_CREATED'", "payment_events"),
		"UPDATE transactions SET confirmed_minor = captured_minor - 1 WHERE captured_minor > 0", "UPDATE transactions SET requested_minor = requested_minor * 10", "UPDATE transactions SET charged_back_minor = 1",
		"UPDATE transactions SET requested_minor = 1 WHERE captured_minor > 0", past("UPDATE payment_events SET amount_minor = amount_minor * 10 WHERE type = 'TRANSACTION_CREATED'", "payment_events"),
		"UPDATE transactions SET held_minor = held_minor + 1 WHERE status = 'AUTHORIZED'", "UPDATE transactions SET action_type = 'OTP', is_answered = true"},
	"the events of a refund and of an operation show its amount, and the newest its state": {"UPDATE operations SET amount_minor = amount_minor + 1", "UPDATE refunds SET amount_minor = amount_minor + 1",
		past("UPDATE payment_events SET amount_minor = amount_minor * 10 WHERE type = 'REFUND_REQUESTED'", "payment_events")},

	"an entry of the books moves money between two accounts of its payment": {past("UPDATE ledger_entries SET currency = 'USD'", "ledger_entries"), past("UPDATE ledger_entries SET event_seq = event_seq + 1000", "ledger_entries"),
		past("UPDATE ledger_entries SET credit_customer_id = NULL", "ledger_entries"), past("ALTER TABLE ledger_entries DROP CONSTRAINT ledger_entries_amount_minor_check; UPDATE ledger_entries SET amount_minor = -amount_minor", "ledger_entries")},
	"the books say of each gateway what a payment's amounts say": {"UPDATE transactions SET charged_back_minor = 7", past("DELETE FROM ledger_entries", "ledger_entries"),
		"UPDATE transactions t SET gateway_id = g.id FROM payment_gateways g WHERE g.tenant_id = t.tenant_id AND g.id <> t.gateway_id AND t.captured_minor > 0"},
	"the books say of all else what a payment's amounts say": {"UPDATE payments SET refund_pending_minor = 7", openings, past("DELETE FROM ledger_entries", "ledger_entries")},
	"store credit is what the books say":                     {"UPDATE customer_balances SET balance_minor = balance_minor + 9", "DELETE FROM customer_balances", "INSERT INTO customer_balances SELECT tenant_id, id, 'USD', 9, now() FROM customers"},
	"what belongs to a payment has its currency":             {"UPDATE transactions SET currency = 'USD'", withoutKeys + "UPDATE refunds" + toAnotherTenant, withoutKeys + "UPDATE operations" + toAnotherTenant},
	"refunds and reservations fit what was captured":         {"UPDATE transactions SET refund_pending_minor = captured_minor + 1"},

	"a report of a provider that counted is done with":  {"ALTER TABLE webhook_events DROP CONSTRAINT webhook_events_check3; UPDATE webhook_events SET wake_at = now()"},
	"a report counts for an attempt of its own gateway": {"UPDATE webhook_events e SET gateway_id = g.id FROM payment_gateways g WHERE g.tenant_id = e.tenant_id AND g.id <> e.gateway_id"},
	"money that a counted report told of is there":      {"UPDATE transactions SET captured_minor = captured_minor - 1 WHERE id IN (SELECT transaction_id FROM webhook_events)"},

	"an endpoint has come as far as its deliveries, and no further than the log of events": {"UPDATE webhook_endpoints SET position = position + 100000", "UPDATE webhook_endpoints SET position = 0"},
	"a delivery is of an event of its payment, and is what its tries came to": {"UPDATE webhook_deliveries SET attempts = attempts + 1", past("DELETE FROM webhook_attempts", "webhook_attempts"),
		"UPDATE webhook_deliveries d SET payment_id = p.id FROM payments p WHERE p.tenant_id = d.tenant_id AND p.id <> d.payment_id",
		"UPDATE webhook_deliveries SET status = 'DELIVERED', delivered_at = now(), wake_at = NULL WHERE status = 'PENDING'"},
	"a delivery that waits is looked at again, unless its endpoint is told nothing": {"UPDATE webhook_deliveries SET wake_at = NULL"},
	"whether the merchant was told of a payment is what the newest try came to": {"UPDATE payments SET callback_success = NOT callback_success", "UPDATE payments SET callback_at = callback_at - interval '1 second'",
		"UPDATE payments SET callback_success = NULL, callback_at = NULL", "UPDATE payments SET callback_success = true, callback_at = now() WHERE callback_at IS NULL"},

	"the log of events is numbered from 1 without gaps, up to its head": {past("DELETE FROM payment_events WHERE position = 2", "payment_events"),
		past("UPDATE event_heads SET position = position + 1", "event_heads")},

	"the audit log is numbered from 1 without gaps":          {past("DELETE FROM audit_entries WHERE seq = 2", "audit_entries")},
	"an audit entry is what its hash says":                   {past("UPDATE audit_entries SET actor = 'x' WHERE seq = 2", "audit_entries")},
	"an audit entry follows its predecessor":                 {past("UPDATE audit_entries SET previous_hash = hash WHERE seq = 2", "audit_entries")},
	"the audit log ends where it was last sealed":            {past("DELETE FROM audit_entries e USING audit_heads h WHERE (e.tenant_id, e.seq) = (h.tenant_id, h.seq)", "audit_entries")},
	"an audit entry is sealed before those of an hour later": {past("UPDATE audit_entries SET at = at - interval '2 hours', seq = NULL, previous_hash = NULL, hash = NULL WHERE seq = 2", "audit_entries")},

	"an attempt that took over follows the one that it took over from": {"UPDATE transactions SET routing = jsonb_build_object('fallbackOf', id)"},

	"master data names rows of its own tenant":                    {withoutKeys + "UPDATE customers" + toAnotherTenant},
	"payments and their parts name rows of their own tenant":      {withoutKeys + "UPDATE payment_gateways" + toAnotherTenant},
	"books, events and settlements name rows of their own tenant": {withoutKeys + "UPDATE payments" + toAnotherTenant},

	"a row is what the audit log last said of it": {past("UPDATE transactions SET external_id = id::text", "transactions"), past("UPDATE transactions SET external_id = NULL", "transactions"),
		past("UPDATE transactions t SET gateway_id = g.id FROM payment_gateways g WHERE g.tenant_id = t.tenant_id AND g.id <> t.gateway_id AND t.captured_minor = 0", "transactions"),
		past("UPDATE api_keys SET revoked_at = NULL", "api_keys"), past("UPDATE api_keys SET trusted_documents_only = true", "api_keys"), past("UPDATE api_keys SET scopes = '{gateways:admin}'", "api_keys"), past("UPDATE orders SET total_minor = total_minor + 1, subtotal_minor = subtotal_minor + 1", "orders")},
	"no row is gone of which the audit log does not say so": {past("DELETE FROM customer_balances", "customer_balances"), past("DELETE FROM api_keys", "api_keys")},
	"history is kept by its triggers": {"DROP TRIGGER audit ON payments", "DROP TRIGGER ledger_entries_stay ON ledger_entries", "ALTER TABLE refunds DISABLE TRIGGER audit",
		"ALTER TABLE orders ENABLE REPLICA TRIGGER audit_truncate", "DROP TRIGGER audit ON refunds; CREATE TRIGGER audit AFTER INSERT ON refunds FOR EACH ROW EXECUTE FUNCTION audit_payments()"},
}

// TestInvariantsBreak proves that each invariant is noticed when it is broken: a check
// that cannot fail proves nothing.
func TestInvariantsBreak(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.exhibitHistory(t)
	if err := errors.Join(s.api.App.Service.SealAudit(t.Context()), s.api.App.Service.PlaceEvents(t.Context())); err != nil {
		t.Fatal(err)
	}
	for _, i := range store.Invariants() {
		if before := valueOf[int](t, s.api.Database.DB, "SELECT count(*) FROM ("+i.Query()+") x"); before != 0 {
			t.Errorf("%s: %d rows before", i.Name, before)
		}
		if len(breaks[i.Name]) == 0 {
			t.Errorf("nothing is known to break: %s", i.Name)
		}
		for _, statement := range breaks[i.Name] {
			s.breakWith(t, i, statement)
		}
	}
	if len(breaks) != len(store.Invariants()) {
		t.Errorf("%d ways to break %d invariants", len(breaks), len(store.Invariants()))
	}
}

// breakWith proves that a statement breaks the invariant, and takes it back.
func (s *shop) breakWith(t *testing.T, i store.Invariant, statement string) {
	t.Helper()
	tx := s.api.Database.DB.MustBegin()
	defer tx.Rollback()
	if _, err := tx.Exec(statement); err != nil {
		t.Errorf("%s: %s: %v", i.Name, statement, err)
		return
	}
	var broken int
	if err := tx.Get(&broken, "SELECT count(*) FROM ("+i.Query()+") x"); err != nil || broken == 0 {
		t.Errorf("%s is not broken by: %s, %v", i.Name, statement, err)
	}
}

// exhibitHistory has something of all that can be broken.
func (s *shop) exhibitHistory(t *testing.T) {
	t.Helper()
	server, taken := newReceiver(t), false
	server.answers(func(w http.ResponseWriter, _ *http.Request) { // takes the first message
		if taken {
			w.WriteHeader(http.StatusInternalServerError)
		}
		taken = true
	})
	s.endpoint(t, server, apptest.Vars{"eventTypes": []string{"REFUND_REQUESTED", "TRANSACTION_FAILED", "TRANSACTION_AUTHORIZED"}})
	defer s.deliver(t)
	order := create(t, s.admin, "createOrder", "order", apptest.Vars{"order": apptest.Vars{"customerId": s.customer, "lines": []apptest.Vars{lineOf(nil)},
		"discounts": []apptest.Vars{{"discountName": "regular", "amount": minor(1)}}}})
	s.invoice(t, "I-1", order)
	paid := act(t, s.admin, "payOrders", "lines", apptest.Vars{"orders": one(order), "gatewayId": s.sandbox})
	act(t, s.admin, "refundPayment", "back", apptest.Vars{"paymentId": paid.Payment.ID, "amount": minor(100)})
	s.paidTwice(t)
	held := s.held(t, "part")
	act(t, s.admin, "captureTransaction", "part", apptest.Vars{"transactionId": held.Transaction.ID, "amount": minor(100)})
	s.held(t, "held")
	h := hooked(t, s.api, s.admin, "a")
	h.send(t, "evt", hookEvent("attempt.captured", s.pending(t, h, "hooked").Transaction.ID, apptest.Vars{"amount": 1000}))
	bill := s.created(t, "bill", apptest.Vars{"invoiceId": s.bill(t, "I-2", 1000)})
	act(t, s.admin, "processPayment", "bill", apptest.Vars{"paymentId": bill.Payment.ID, "gatewayId": s.sandbox})
	s.topUp(t, "top-up", 1000, "succeed")
	s.started(t, "unknown", "tok_timeout_forever", nil)
	called := s.created(t, "called-off", apptest.Vars{"orders": one(s.order(100))})
	act(t, s.admin, "cancelPayment", "called-off", apptest.Vars{"paymentId": called.Payment.ID})
	method := s.method(t, s.customer, s.sandbox, "tok_approve")
	later := time.Now().AddDate(0, 1, 0)
	s.created(t, "expires", apptest.Vars{"orders": one(s.order(100)), "expiresAt": later})
	s.created(t, "dated", apptest.Vars{"orders": one(s.order(100)), "paymentMethodId": method, "scheduledFor": later})
	create(t, s.admin, "createBillingSubscription", "billingSubscription", apptest.Vars{"customerId": s.customer, "price": minor(900), "intervalUnit": "MONTH", "timeZone": "UTC",
		"startsOn": later.Format(time.DateOnly), "paymentMethodId": method})
	_, external := s.paidAt(t, "settled", 1000)
	reconcile(t, s.admin, "settled", s.sandbox, settledLine(external, 1000))
	refusalsOf(t, s.admin, "revokeApiKey", apptest.Vars{"id": create(t, s.admin, "createApiKey", "apiKey", apptest.Vars{"name": "old", "scopes": []string{"PAYMENTS_READ"}})})
}
