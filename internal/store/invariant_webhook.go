package store

// webhookInvariants are about what companies were told by webhook.
var webhookInvariants = []Invariant{
	{"an endpoint has come as far as its deliveries, and no further than the log of events", `
		SELECT e.tenant_id, e.id, e.position, x.newest, h.position AS head FROM webhook_endpoints e
			LEFT JOIN event_heads h ON h.tenant_id = e.tenant_id
			LEFT JOIN (SELECT d.tenant_id, d.endpoint_id, max(coalesce(v.position, 0)) AS newest, bool_or(v.position IS NULL) AS unplaced FROM webhook_deliveries d
				JOIN payment_events v ON v.tenant_id = d.tenant_id AND v.id = d.event_id GROUP BY 1, 2) x ON x.tenant_id = e.tenant_id AND x.endpoint_id = e.id
		WHERE e.position > coalesce(h.position, 0) OR x.newest > e.position OR x.unplaced`},
	{"a delivery is of an event of its payment, and is what its tries came to", `
		SELECT d.tenant_id, d.id, d.status, d.attempts, a.number AS tries, a.taken FROM webhook_deliveries d
			JOIN payment_events v ON v.tenant_id = d.tenant_id AND v.id = d.event_id
			LEFT JOIN (SELECT tenant_id, delivery_id, count(*) AS number, max(number) AS highest, bool_or(failure IS NULL) AS taken
				FROM webhook_attempts GROUP BY 1, 2) a ON a.tenant_id = d.tenant_id AND a.delivery_id = d.id
		WHERE v.payment_id <> d.payment_id OR d.attempts <> coalesce(a.number, 0) OR d.attempts <> coalesce(a.highest, 0)
			OR d.status = 'DELIVERED' AND a.taken IS NOT TRUE OR d.status = 'FAILED' AND a.number IS NULL`},
	{"a delivery that waits is looked at again, unless its endpoint is told nothing", `
		SELECT d.tenant_id, d.id, d.endpoint_id FROM webhook_deliveries d
			JOIN webhook_endpoints e ON e.tenant_id = d.tenant_id AND e.id = d.endpoint_id
		WHERE d.status = 'PENDING' AND d.wake_at IS NULL AND e.disabled_reason IS NULL`},
	{"whether the merchant was told of a payment is what the newest try came to", `
		SELECT p.tenant_id, p.id, p.callback_success, p.callback_at, x.at FROM payments p
			LEFT JOIN (SELECT d.tenant_id, d.payment_id, max(a.at) AS at FROM webhook_attempts a
				JOIN webhook_deliveries d ON d.tenant_id = a.tenant_id AND d.id = a.delivery_id GROUP BY 1, 2) x ON x.tenant_id = p.tenant_id AND x.payment_id = p.id
		WHERE p.callback_at IS DISTINCT FROM x.at
			OR p.callback_at IS NOT NULL AND NOT EXISTS (SELECT FROM webhook_attempts a JOIN webhook_deliveries d ON d.tenant_id = a.tenant_id AND d.id = a.delivery_id
				WHERE d.tenant_id = p.tenant_id AND d.payment_id = p.id AND a.at = p.callback_at AND (a.failure IS NULL) = p.callback_success)`},
}
