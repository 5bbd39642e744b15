package store

// inboxInvariants are about what providers reported by webhook.
var inboxInvariants = []Invariant{
	{"a report of a provider that counted is done with", `
		SELECT tenant_id, id, outcome, checks FROM webhook_events
		WHERE outcome NOT IN ('ORPHAN', 'WAITING') AND (applied_at IS NULL OR wake_at IS NOT NULL)`},
	{"a report counts for an attempt of its own gateway", `
		SELECT e.tenant_id, e.id, e.gateway_id, t.gateway_id AS other_gateway_id, t.payment_id FROM webhook_events e
			JOIN transactions t ON t.tenant_id = e.tenant_id AND t.id = e.transaction_id
		WHERE t.gateway_id <> e.gateway_id OR t.payment_id <> e.payment_id`},
	{"money that a counted report told of is there", `
		SELECT e.tenant_id, e.id, t.id AS transaction_id, t.captured_minor, e.report -> 'fact' ->> 'AmountMinor' AS reported FROM webhook_events e
			JOIN transactions t ON t.tenant_id = e.tenant_id AND t.id = e.transaction_id
		WHERE e.outcome IN ('APPLIED', 'NOTHING_NEW') AND e.report -> 'fact' ->> 'To' = 'CAPTURED' AND t.captured_minor < (e.report -> 'fact' ->> 'AmountMinor')::bigint`},
}
