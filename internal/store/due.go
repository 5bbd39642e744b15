package store

import (
	"context"
	"time"

	"github.com/paygraph/paygraph/internal/pay"
)

// Due lists rows of all tenants whose time to be looked at has come, the longest
// waiting first. It is the program's own question and no caller's.
func (s *Store) Due(ctx context.Context, now time.Time, limit int) ([]pay.Due, error) {
	const query = `SELECT d.kind, d.id, d.tenant_id, n.company_id, n.environment, d.wake_at FROM (
		(SELECT 'attempt' AS kind, id, tenant_id, wake_at FROM transactions WHERE wake_at <= $1 ORDER BY wake_at LIMIT $2) UNION ALL
		(SELECT 'operation', id, tenant_id, wake_at FROM operations WHERE wake_at <= $1 ORDER BY wake_at LIMIT $2) UNION ALL
		(SELECT 'refund', id, tenant_id, wake_at FROM refunds WHERE wake_at <= $1 ORDER BY wake_at LIMIT $2) UNION ALL
		(SELECT 'payment', id, tenant_id, wake_at FROM payments WHERE wake_at <= $1 ORDER BY wake_at LIMIT $2) UNION ALL
		(SELECT 'simulation', id, tenant_id, wake_at FROM simulations WHERE wake_at <= $1 ORDER BY wake_at LIMIT $2) UNION ALL
		(SELECT 'webhook', id, tenant_id, wake_at FROM webhook_events WHERE wake_at <= $1 ORDER BY wake_at LIMIT $2) UNION ALL
		(SELECT 'subscription', id, tenant_id, next_due_at FROM billing_subscriptions WHERE next_due_at <= $1 ORDER BY next_due_at LIMIT $2)) d
		JOIN tenants n ON n.id = d.tenant_id ORDER BY d.wake_at LIMIT $2`
	var list []pay.Due
	if err := s.reader(ctx).SelectContext(ctx, &list, query, now, limit); err != nil {
		return nil, translate(err, "read what is due")
	}
	return list, nil
}
