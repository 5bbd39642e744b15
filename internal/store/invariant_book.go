package store

// bookInvariants are about the ledger, and about rows that lie in the wrong place.
var bookInvariants = []Invariant{
	{"the ledger adds up to zero", `
		SELECT tenant_id, currency, sum(minor) FROM ledger_sides GROUP BY 1, 2 HAVING sum(minor) <> 0`},
	{"the books say of each payment what its amounts say", `
		SELECT tenant_id, payment_id, kind, gateway_id, customer_id, sum(minor) AS booked_too_much FROM (
			SELECT tenant_id, payment_id, kind, gateway_id, customer_id, minor FROM ledger_sides WHERE kind <> 'OPENING' UNION ALL
			SELECT tenant_id, payment_id, kind, gateway_id, customer_id, -minor FROM payment_postings) x
		GROUP BY 1, 2, 3, 4, 5 HAVING sum(minor) <> 0`},
	{"an opening balance is one of zero", `
		SELECT tenant_id, payment_id, sum(minor) FROM ledger_sides WHERE kind = 'OPENING' GROUP BY 1, 2 HAVING sum(minor) <> 0`},
	{"store credit is what the books say", `
		SELECT b.tenant_id, b.customer_id, b.currency, b.balance_minor, l.minor FROM customer_balances b LEFT JOIN (
			SELECT tenant_id, customer_id, currency, -sum(minor) AS minor FROM ledger_sides WHERE kind = 'STORE_CREDIT' GROUP BY 1, 2, 3) l
			ON (l.tenant_id, l.customer_id, l.currency) = (b.tenant_id, b.customer_id, b.currency)
		WHERE b.balance_minor <> coalesce(l.minor, 0) AND NOT EXISTS (SELECT FROM payments p JOIN transactions t ON t.tenant_id = p.tenant_id AND t.payment_id = p.id
			WHERE p.tenant_id = b.tenant_id AND p.customer_id = b.customer_id AND t.is_mismatch)`},
	{"an entry of the books has its payment's currency", `
		SELECT e.id FROM ledger_entries e JOIN payments p ON p.tenant_id = e.tenant_id AND p.id = e.payment_id WHERE e.currency <> p.currency`},
	{"what a payment is for has its currency", `
		SELECT p.id, x.id, x.currency FROM payments p JOIN transactions x ON x.tenant_id = p.tenant_id AND x.payment_id = p.id WHERE x.currency <> p.currency UNION ALL
		SELECT p.id, x.id, x.currency FROM payments p JOIN refunds x ON x.tenant_id = p.tenant_id AND x.payment_id = p.id WHERE x.currency <> p.currency UNION ALL
		SELECT p.id, x.id, x.currency FROM payments p JOIN operations x ON x.tenant_id = p.tenant_id AND x.payment_id = p.id WHERE x.currency <> p.currency`},
	{"refunds and reservations fit what was captured", `
		SELECT id, captured_minor, refunded_minor, refund_pending_minor FROM transactions
		WHERE refunded_minor + refund_pending_minor > captured_minor AND NOT is_mismatch`},
}
