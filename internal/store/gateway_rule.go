package store

import (
	"context"
	"time"

	"github.com/paygraph/paygraph/internal/pay"
)

var gatewayRules = table[pay.GatewayRule]{name: "gateway_rules"}

// ruleList is the version of a tenant's rules.
type ruleList struct {
	Version   int
	UpdatedAt time.Time
}

var ruleLists = table[ruleList]{name: "gateway_rule_lists"}

// GatewayRules reads the tenant's rules in their order.
func (t Tenant) GatewayRules(ctx context.Context) (pay.GatewayRules, error) {
	lists, err := ruleLists.find(ctx, t.store, t.where("t"), "")
	if err != nil || len(lists) == 0 {
		return pay.GatewayRules{}, err
	}
	return t.rulesOf(ctx, lists[0])
}

// GatewayRulesForUpdate is GatewayRules and keeps others from changing the list until the
// transaction ends.
func (t Tenant) GatewayRulesForUpdate(ctx context.Context, now time.Time) (pay.GatewayRules, error) {
	// The first change makes the row that all others wait for.
	const begin = "INSERT INTO gateway_rule_lists (tenant_id, version, updated_at) VALUES ($1, 0, $2) ON CONFLICT (tenant_id) DO NOTHING"
	if _, err := t.store.writer(ctx).ExecContext(ctx, begin, t.id, now); err != nil {
		return pay.GatewayRules{}, translate(err, "begin the gateway rules")
	}
	lists, err := ruleLists.find(ctx, t.store, t.where("t"), " FOR UPDATE")
	if err != nil || len(lists) == 0 {
		return pay.GatewayRules{}, err
	}
	return t.rulesOf(ctx, lists[0])
}

func (t Tenant) rulesOf(ctx context.Context, list ruleList) (pay.GatewayRules, error) {
	rules, err := gatewayRules.find(ctx, t.store, t.where("t"), " ORDER BY t.position")
	r := pay.GatewayRules{Version: list.Version, Rules: rules}
	if list.Version > 0 {
		r.UpdatedAt = &list.UpdatedAt
	}
	return r, err
}

// ReplaceGatewayRules writes a list in the place of the one that GatewayRulesForUpdate read.
func (t Tenant) ReplaceGatewayRules(ctx context.Context, r pay.GatewayRules) error {
	w := t.store.writer(ctx)
	if _, err := w.ExecContext(ctx, "DELETE FROM gateway_rules WHERE tenant_id = $1", t.id); err != nil {
		return translate(err, "replace the gateway rules")
	}
	if err := insert(ctx, t.store, gatewayRules, t.id, r.Rules); err != nil {
		return err
	}
	result, err := w.ExecContext(ctx, "UPDATE gateway_rule_lists SET version = $2, updated_at = $3 WHERE tenant_id = $1", t.id, r.Version, r.UpdatedAt)
	if err != nil {
		return translate(err, "count the gateway rules")
	}
	return allThere(result, "gateway_rule_lists", 1)
}
