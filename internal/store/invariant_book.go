package store

// bookInvariants are about the ledger. That debits and credits are equal is no
// invariant: one row holds both sides of an entry, so they cannot differ. What can be
// wrong is that an entry is none, or that the books say something else than payments.
var bookInvariants = []Invariant{
	{"an entry of the books moves money between two accounts of its payment", `
		SELECT e.tenant_id, e.id, e.payment_id, e.currency, e.amount_minor FROM ledger_entries e LEFT JOIN payments p ON p.tenant_id = e.tenant_id AND p.id = e.payment_id
		WHERE p.id IS NULL OR e.currency <> p.currency OR e.amount_minor < 1
			OR e.debit_kind = e.credit_kind AND (e.debit_gateway_id, e.debit_customer_id) IS NOT DISTINCT FROM (e.credit_gateway_id, e.credit_customer_id)
			OR e.debit_customer_id IS DISTINCT FROM CASE WHEN e.debit_kind IN ('CUSTOMER_RECEIVABLE', 'STORE_CREDIT') THEN p.customer_id END
			OR e.credit_customer_id IS DISTINCT FROM CASE WHEN e.credit_kind IN ('CUSTOMER_RECEIVABLE', 'STORE_CREDIT') THEN p.customer_id END
			OR e.event_seq NOT BETWEEN 1 AND p.event_seq AND 'OPENING' NOT IN (e.debit_kind, e.credit_kind)`},
	{"the books say of each gateway what a payment's amounts say", `
		SELECT b.*, p.tenant_id, p.payment_id, p.gateway_id, p.clearing, p.settled, p.fees, p.chargebacks FROM (
			SELECT tenant_id, payment_id, gateway_id, ` + booked("GATEWAY_CLEARING") + ` AS clearing, ` + booked("SETTLED") + ` AS settled, ` +
		booked("FEES") + ` AS fees, ` + booked("CHARGEBACKS") + ` AS chargebacks
			FROM ledger_sides WHERE gateway_id IS NOT NULL GROUP BY 1, 2, 3) b
		FULL JOIN gateway_postings p USING (tenant_id, payment_id, gateway_id)
		WHERE (coalesce(b.clearing, 0), coalesce(b.settled, 0), coalesce(b.fees, 0), coalesce(b.chargebacks, 0)) <>
			(coalesce(p.clearing, 0), coalesce(p.settled, 0), coalesce(p.fees, 0), coalesce(p.chargebacks, 0))`},
	{"the books say of all else what a payment's amounts say", `
		SELECT b.*, p.tenant_id, p.payment_id, p.payouts, p.receivable, p.suspense, p.payable, p.credit FROM (
			SELECT tenant_id, payment_id, ` + booked("PAYOUTS") + ` AS payouts, ` + booked("CUSTOMER_RECEIVABLE") + ` AS receivable, ` + booked("SUSPENSE") + ` AS suspense, ` +
		booked("REFUNDS_PAYABLE") + ` AS payable, ` + booked("STORE_CREDIT") + ` AS credit, ` + booked("OPENING") + ` AS opening
			FROM ledger_sides WHERE gateway_id IS NULL GROUP BY 1, 2) b
		FULL JOIN other_postings p USING (tenant_id, payment_id)
		WHERE (coalesce(b.payouts, 0), coalesce(b.receivable, 0), coalesce(b.suspense, 0), coalesce(b.payable, 0), coalesce(b.credit, 0), coalesce(b.opening, 0)) <>
			(coalesce(p.payouts, 0), coalesce(p.receivable, 0), coalesce(p.suspense, 0), coalesce(p.payable, 0), coalesce(p.credit, 0), 0)`},
	{"store credit is what the books say", `
		SELECT * FROM (SELECT tenant_id, customer_id, currency, coalesce(b.balance_minor, 0) AS balance_minor, coalesce(l.minor, 0) AS booked_minor FROM customer_balances b FULL JOIN (
			SELECT tenant_id, customer_id, currency, -sum_minor(minor) AS minor FROM ledger_sides WHERE kind = 'STORE_CREDIT' GROUP BY 1, 2, 3) l USING (tenant_id, customer_id, currency)) b
		WHERE balance_minor <> booked_minor AND NOT EXISTS (SELECT FROM payments p JOIN transactions t ON t.tenant_id = p.tenant_id AND t.payment_id = p.id
			WHERE p.tenant_id = b.tenant_id AND p.customer_id = b.customer_id AND t.is_mismatch)`},
	{"what belongs to a payment has its currency", ofPaymentsCurrency("transactions") + " UNION ALL " + ofPaymentsCurrency("refunds") + " UNION ALL " + ofPaymentsCurrency("operations")},
	{"refunds and reservations fit what was captured", `
		SELECT id, captured_minor, refunded_minor, refund_pending_minor FROM transactions
		WHERE refunded_minor + refund_pending_minor > captured_minor AND NOT is_mismatch`},
}

// booked is what the entries come to on an account, in minor units.
func booked(kind string) string {
	return "sum_minor(minor) FILTER (WHERE kind = '" + kind + "')"
}

// ofPaymentsCurrency is the query for rows that have another currency than their payment,
// or no payment.
func ofPaymentsCurrency(table string) string {
	return "SELECT x.tenant_id, x.id, x.payment_id, x.currency FROM " + table + " x LEFT JOIN payments p ON p.tenant_id = x.tenant_id AND p.id = x.payment_id WHERE x.currency IS DISTINCT FROM p.currency"
}
