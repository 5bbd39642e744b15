package store

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/paygraph/paygraph/internal/pay"
)

// dueKinds are the sorts of rows that the program looks at again, each with the table
// that has them, the column that says when, and whose gateway may be asked.
var dueKinds = []struct {
	kind                  pay.DueKind
	table, dueAt, gateway string
}{
	{pay.DueAttempt, "transactions", "wake_at", "t.gateway_id"},
	{pay.DueOperation, "operations", "wake_at", gatewayOfAttempt},
	{pay.DueRefund, "refunds", "wake_at", gatewayOfAttempt},
	{pay.DuePayment, "payments", "wake_at", gatewayOfMethod},
	{pay.DueSimulation, "simulations", "wake_at", asksNobody},
	{pay.DueWebhook, "webhook_events", "wake_at", asksNobody},
	{pay.DueSubscription, "billing_subscriptions", "next_due_at", gatewayOfMethod},
	{pay.DueDelivery, "webhook_deliveries", "wake_at", "t.endpoint_id"},
}

const (
	gatewayOfAttempt = "(SELECT x.gateway_id FROM transactions x WHERE x.tenant_id = t.tenant_id AND x.id = t.transaction_id)"
	gatewayOfMethod  = "(SELECT m.gateway_id FROM payment_methods m WHERE m.tenant_id = t.tenant_id AND m.id = t.payment_method_id)"
	asksNobody       = "NULL::uuid"
)

// claimQuery takes rows in one order, so that two processes at it wait for each other
// and never both; of a row that both see the second finds it claimed.
func claimQuery(of func(pay.DueKind) bool) string {
	var kinds []string
	for _, k := range dueKinds {
		if !of(k.kind) {
			continue
		}
		kinds = append(kinds, fmt.Sprintf(`(SELECT '%s' AS kind, t.id, t.tenant_id, %[4]s AS gateway_id, t.%[2]s AS wake_at FROM %[3]s t WHERE t.%[2]s <= $1
			AND t.tenant_id <> ALL($4::uuid[]) AND (cardinality($4) = 0 OR coalesce(%[4]s, t.tenant_id) <> ALL($4)) AND NOT EXISTS (
			SELECT FROM claims c WHERE c.tenant_id = t.tenant_id AND c.kind = '%[1]s' AND c.id = t.id AND c.claimed_until > $1) ORDER BY t.%[2]s LIMIT $3)`,
			k.kind, k.dueAt, k.table, k.gateway))
	}
	return `WITH due AS (SELECT * FROM (` + strings.Join(kinds, " UNION ALL ") + `) d ORDER BY wake_at LIMIT $3), claimed AS (
			INSERT INTO claims (tenant_id, kind, id, claimed_until) SELECT tenant_id, kind, id, $2::timestamptz FROM due ORDER BY 1, 2, 3
			ON CONFLICT (tenant_id, kind, id) DO UPDATE SET claimed_until = excluded.claimed_until WHERE claims.claimed_until <= $1
			RETURNING tenant_id, kind, id, failures)
		SELECT d.kind, d.id, d.tenant_id, n.company_id, n.environment, d.gateway_id, d.wake_at, failures FROM due d JOIN claimed USING (tenant_id, kind, id)
		JOIN tenants n ON n.id = d.tenant_id ORDER BY d.wake_at`
}

var (
	claimMoney    = sync.OnceValue(func() string { return claimQuery(func(k pay.DueKind) bool { return k != pay.DueDelivery }) })
	claimMessages = sync.OnceValue(func() string { return claimQuery(func(k pay.DueKind) bool { return k == pay.DueDelivery }) })
)

// ClaimDue takes on rows of all tenants whose time to be looked at has come, the longest
// waiting first, that nobody else has: none of the tenants and gateways of the ids in
// without. Messages to companies are left to ClaimDeliveries. It is the program's own
// question and no caller's.
func (s *Store) ClaimDue(ctx context.Context, now, until time.Time, limit int, without []uuid.UUID) ([]pay.Due, error) {
	return s.claim(ctx, claimMoney(), now, until, limit, without)
}

// ClaimDeliveries is ClaimDue for messages to companies, with their endpoints in the
// place of gateways.
func (s *Store) ClaimDeliveries(ctx context.Context, now, until time.Time, limit int, without []uuid.UUID) ([]pay.Due, error) {
	return s.claim(ctx, claimMessages(), now, until, limit, without)
}

func (s *Store) claim(ctx context.Context, query string, now, until time.Time, limit int, without []uuid.UUID) ([]pay.Due, error) {
	var list []pay.Due
	if err := s.writer(ctx).SelectContext(across(ctx), &list, query, now, until, limit, pq.Array(append([]uuid.UUID{}, without...))); err != nil {
		return nil, translate(err, "take on what is due")
	}
	return list, nil
}

// IsStillDue says that a row is due since the time at which it was taken on, as if nobody
// had woken it.
func (s *Store) IsStillDue(ctx context.Context, d pay.Due) (due bool, err error) {
	for _, k := range dueKinds {
		if k.kind != d.Kind {
			continue
		}
		query := "SELECT EXISTS (SELECT FROM " + k.table + " t WHERE t.tenant_id = $1 AND t.id = $2 AND t." + k.dueAt + " = $3)"
		if err := s.writer(ctx).GetContext(ctx, &due, query, d.TenantID, d.ID, d.WakeAt); err != nil {
			return false, translate(err, "look whether a row is still due")
		}
	}
	return due, nil
}

// Unclaim gives a row back.
func (s *Store) Unclaim(ctx context.Context, d pay.Due) error {
	const query = "DELETE FROM claims WHERE tenant_id = $1 AND kind = $2 AND id = $3"
	if _, err := s.writer(ctx).ExecContext(ctx, query, d.TenantID, d.Kind, d.ID); err != nil {
		return translate(err, "give back what was due")
	}
	return nil
}

// Postpone keeps a row that failed from being taken on before the time; failures is how
// often it has failed by now.
func (s *Store) Postpone(ctx context.Context, d pay.Due, failures int, until time.Time) error {
	const query = "UPDATE claims SET failures = $4, claimed_until = $5 WHERE tenant_id = $1 AND kind = $2 AND id = $3"
	if _, err := s.writer(ctx).ExecContext(ctx, query, d.TenantID, d.Kind, d.ID, failures, until); err != nil {
		return translate(err, "postpone what was due")
	}
	return nil
}
