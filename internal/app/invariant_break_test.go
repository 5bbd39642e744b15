package app_test

import (
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/store"
)

const (
	// withoutKeys drops every foreign key, as in a copy that was loaded without them.
	withoutKeys = `DO $$ DECLARE k record; BEGIN FOR k IN SELECT conrelid::regclass AS child, conname FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace
		LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', k.child, k.conname); END LOOP; END $$; `
	toAnotherTenant = ` x SET tenant_id = (SELECT t.id FROM tenants t WHERE t.id <> x.tenant_id LIMIT 1)`
	untriggered     = "ALTER TABLE audit_entries DISABLE TRIGGER USER; "
	secondKey       = `INSERT INTO idempotency_keys (tenant_id, operation, key, fingerprint, payment_id, subject_id, created_at)
		SELECT tenant_id, operation, key || '2', fingerprint, payment_id, subject_id, created_at FROM idempotency_keys`
	openings = `INSERT INTO ledger_entries (tenant_id, id, payment_id, event_seq, position, debit_kind, credit_kind, currency, amount_minor, created_at)
		SELECT tenant_id, gen_random_uuid(), id, 1000, 0, 'PAYOUTS', 'OPENING', currency, 1, now() FROM payments`
)

// breaks says for every invariant what breaks it.
var breaks = map[string]string{
	"an order's money is that of its allocations":                          "UPDATE orders SET captured_minor = 0, refunded_minor = 0",
	"orders are promised what their payments hold and ask for":             "UPDATE orders SET held_minor = 5",
	"no order is promised more than it owes, unless money came late":       "UPDATE orders SET in_flight_minor = total_minor + 1",
	"an order has in food vouchers what its payments have":                 "UPDATE orders SET voucher_minor = 1",
	"no order has more food vouchers than food":                            "UPDATE orders SET voucher_minor = food_minor + 1",
	"an invoice follows the order that it bills":                           "UPDATE invoices SET in_flight_minor = 1",
	"an allocation names the invoice that bills its order":                 "UPDATE payment_allocations SET invoice_id = NULL",
	"a payment's sums are those of its attempts":                           "UPDATE payments SET held_minor = 3",
	"no payment has more than its amount, unless money came late or wrong": "UPDATE payments SET held_minor = final_minor",
	"a payment's allocations add up to it":                                 "UPDATE payment_allocations SET amount_minor = amount_minor + 1",
	"a part captures at most its amount":                                   "UPDATE payment_allocations SET captured_minor = amount_minor + 1",
	"a payment's orders have its customer and currency":                    "UPDATE orders SET currency = 'USD'",
	"a payment pays an order once": `INSERT INTO payment_allocations (tenant_id, id, payment_id, position, subject_kind, order_id, amount_minor)
		SELECT tenant_id, gen_random_uuid(), payment_id, 9, subject_kind, order_id, amount_minor FROM payment_allocations`,
	"lines and discounts explain the total":   "UPDATE payment_lines SET gross_minor = gross_minor + 1",
	"the shares of lines add up to the whole": "UPDATE order_lines SET share_minor = 0",

	"what went back has refunds of that amount":             "UPDATE refunds SET amount_minor = amount_minor + 1",
	"paidAt says that all is captured":                      "UPDATE payments SET paid_at = NULL",
	"an unknown outcome has attention":                      "UPDATE payments SET attention = '{UNKNOWN_OUTCOME}'",
	"a key names one payment":                               secondKey,
	"a key has the payment that it names, and what it made": "UPDATE idempotency_keys SET subject_id = gen_random_uuid()",
	"what a key made has no other key":                      secondKey,
	"a refund is being called off only while it is under way, and is not under way once it was": "UPDATE operations SET kind = 'CANCEL_REFUND', refund_id = (SELECT id FROM refunds LIMIT 1)",

	"events are numbered from 1 without gaps":                                     "UPDATE payments SET event_seq = event_seq + 1",
	"the last event shows the headline":                                           "UPDATE payments SET status = 'EXPIRED'",
	"what was captured, confirmed and charged back has events of that amount":     "UPDATE transactions SET confirmed_minor = captured_minor",
	"the newest event of an attempt shows its state, and what it holds":           "UPDATE transactions SET held_minor = held_minor + 1 WHERE status = 'AUTHORIZED'",
	"the newest event of a refund and of an operation shows its state and amount": "UPDATE operations SET amount_minor = amount_minor + 1",

	"the ledger adds up to zero": `CREATE OR REPLACE VIEW ledger_sides AS SELECT tenant_id, id, payment_id, debit_kind AS kind, debit_gateway_id AS gateway_id,
		debit_customer_id AS customer_id, currency, amount_minor AS minor, created_at FROM ledger_entries`,
	"the books say of each payment what its amounts say": "UPDATE transactions SET charged_back_minor = 7",
	"an opening balance is one of zero":                  openings,
	"store credit is what the books say":                 "INSERT INTO customer_balances SELECT tenant_id, id, 'EUR', 9, now() FROM customers",
	"an entry of the books has its payment's currency":   "ALTER TABLE ledger_entries DISABLE TRIGGER USER; UPDATE ledger_entries SET currency = 'USD'",
	"what a payment is for has its currency":             "UPDATE transactions SET currency = 'USD'",
	"refunds and reservations fit what was captured":     "UPDATE transactions SET refund_pending_minor = captured_minor + 1",

	"no report of a provider is left undone":            "UPDATE webhook_events SET outcome = NULL, applied_at = NULL, transaction_id = NULL, payment_id = NULL",
	"a report counts for an attempt of its own gateway": "UPDATE webhook_events e SET gateway_id = g.id FROM payment_gateways g WHERE g.tenant_id = e.tenant_id AND g.id <> e.gateway_id",
	"money that a counted report told of is there":      "UPDATE transactions SET captured_minor = captured_minor - 1 WHERE id IN (SELECT transaction_id FROM webhook_events)",

	"the audit log is numbered from 1 without gaps":          untriggered + "DELETE FROM audit_entries WHERE seq = 2",
	"an audit entry is what its hash says":                   untriggered + "UPDATE audit_entries SET actor = 'x' WHERE seq = 2",
	"an audit entry follows its predecessor":                 untriggered + "UPDATE audit_entries SET previous_hash = hash WHERE seq = 2",
	"the audit log ends where it was last sealed":            untriggered + "DELETE FROM audit_entries e USING audit_heads h WHERE (e.tenant_id, e.seq) = (h.tenant_id, h.seq)",
	"an audit entry is sealed before those of an hour later": untriggered + "UPDATE audit_entries SET at = at - interval '2 hours', seq = NULL, previous_hash = NULL, hash = NULL WHERE seq = 2",

	"master data names rows of its own tenant":                    withoutKeys + "UPDATE customers" + toAnotherTenant,
	"payments and their parts name rows of their own tenant":      withoutKeys + "UPDATE payment_gateways" + toAnotherTenant,
	"books, events and settlements name rows of their own tenant": withoutKeys + "UPDATE payments" + toAnotherTenant,
}

// TestInvariantsBreak proves that each invariant is noticed when it is broken: a check
// that cannot fail proves nothing.
func TestInvariantsBreak(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	order := create(t, s.admin, "createOrder", "order", apptest.Vars{"order": apptest.Vars{"customerId": s.customer, "lines": []apptest.Vars{lineOf(nil)}}})
	s.invoice(t, "I-1", order)
	paid := act(t, s.admin, "payOrders", "lines", apptest.Vars{"orders": one(order), "gatewayId": s.sandbox})
	act(t, s.admin, "refundPayment", "back", apptest.Vars{"paymentId": paid.Payment.ID, "amount": minor(100)})
	held := s.held(t, "part")
	act(t, s.admin, "captureTransaction", "part", apptest.Vars{"transactionId": held.Transaction.ID, "amount": minor(100)})
	s.held(t, "held")
	h := hooked(t, s.api, s.admin, "a")
	h.send(t, "evt", hookEvent("attempt.captured", s.pending(t, h, "hooked").Transaction.ID, apptest.Vars{"amount": 1000}))
	if err := s.api.App.Service.SealAudit(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, i := range store.Invariants() {
		statement, known := breaks[i.Name]
		if !known {
			t.Errorf("nothing is known to break: %s", i.Name)
			continue
		}
		tx := s.api.Database.DB.MustBegin()
		before := valueOf[int](t, s.api.Database.DB, "SELECT count(*) FROM ("+i.Query()+") x")
		if _, err := tx.Exec(statement); err != nil {
			t.Errorf("%s: %v", statement, err)
		}
		var broken int
		if err := tx.Get(&broken, "SELECT count(*) FROM ("+i.Query()+") x"); err != nil {
			t.Errorf("%s: %v", i.Name, err)
		}
		if before != 0 || broken == 0 {
			t.Errorf("%s: %d rows before, %d when it is broken", i.Name, before, broken)
		}
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
	}
	if len(breaks) != len(store.Invariants()) {
		t.Errorf("%d ways to break %d invariants", len(breaks), len(store.Invariants()))
	}
}
