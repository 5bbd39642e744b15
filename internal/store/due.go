package store

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/paygraph/paygraph/internal/pay"
)

// dueKinds are the sorts of rows that the program looks at again, each with the table
// that has them and the column that says when.
var dueKinds = []struct {
	kind         pay.DueKind
	table, dueAt string
}{
	{pay.DueAttempt, "transactions", "wake_at"},
	{pay.DueOperation, "operations", "wake_at"},
	{pay.DueRefund, "refunds", "wake_at"},
	{pay.DuePayment, "payments", "wake_at"},
	{pay.DueSimulation, "simulations", "wake_at"},
	{pay.DueWebhook, "webhook_events", "wake_at"},
	{pay.DueSubscription, "billing_subscriptions", "next_due_at"},
}

// claimQuery takes rows in one order, so that two processes at it wait for each other
// and never both; of a row that both see the second finds it claimed.
var claimQuery = sync.OnceValue(func() string {
	var kinds []string
	for _, k := range dueKinds {
		kinds = append(kinds, fmt.Sprintf(`(SELECT '%s' AS kind, t.id, t.tenant_id, t.%s AS wake_at FROM %s t WHERE t.%[2]s <= $1 AND NOT EXISTS (
			SELECT FROM claims c WHERE c.tenant_id = t.tenant_id AND c.kind = '%[1]s' AND c.id = t.id AND c.claimed_until > $1) ORDER BY t.%[2]s LIMIT $3)`,
			k.kind, k.dueAt, k.table))
	}
	return `WITH due AS (SELECT * FROM (` + strings.Join(kinds, " UNION ALL ") + `) d ORDER BY wake_at LIMIT $3), claimed AS (
			INSERT INTO claims (tenant_id, kind, id, claimed_until) SELECT tenant_id, kind, id, $2::timestamptz FROM due ORDER BY 1, 2, 3
			ON CONFLICT (tenant_id, kind, id) DO UPDATE SET claimed_until = excluded.claimed_until WHERE claims.claimed_until <= $1
			RETURNING tenant_id, kind, id)
		SELECT d.kind, d.id, d.tenant_id, n.company_id, n.environment, d.wake_at FROM due d JOIN claimed USING (tenant_id, kind, id)
		JOIN tenants n ON n.id = d.tenant_id ORDER BY d.wake_at`
})

// ClaimDue takes on rows of all tenants whose time to be looked at has come, the longest
// waiting first, that nobody else has. It is the program's own question and no caller's.
func (s *Store) ClaimDue(ctx context.Context, now, until time.Time, limit int) ([]pay.Due, error) {
	var list []pay.Due
	if err := s.writer(ctx).SelectContext(ctx, &list, claimQuery(), now, until, limit); err != nil {
		return nil, translate(err, "take on what is due")
	}
	return list, nil
}

// Unclaim gives a row back.
func (s *Store) Unclaim(ctx context.Context, d pay.Due) error {
	const query = "DELETE FROM claims WHERE tenant_id = $1 AND kind = $2 AND id = $3"
	if _, err := s.writer(ctx).ExecContext(ctx, query, d.TenantID, d.Kind, d.ID); err != nil {
		return translate(err, "give back what was due")
	}
	return nil
}
