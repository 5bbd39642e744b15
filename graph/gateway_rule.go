package graph

import (
	"context"

	"github.com/paygraph/paygraph/graph/generated"
	"github.com/paygraph/paygraph/graph/model"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/service"
)

// GatewayRule resolves the fields of rules that are not columns.
func (r *Resolver) GatewayRule() generated.GatewayRuleResolver { return gatewayRule{r} }

type gatewayRule struct{ *Resolver }

func (q query) GatewayRules(ctx context.Context) (*pay.GatewayRules, error) {
	rules, err := q.service.GatewayRules(ctx)
	return &rules, err
}

func (gatewayRule) Gateway(ctx context.Context, r *pay.GatewayRule) (*pay.PaymentGateway, error) {
	return load(ctx).gateways.load(ctx, r.GatewayID)
}

func (m mutation) SetGatewayRules(ctx context.Context, input service.SetGatewayRulesInput) (*model.SetGatewayRulesPayload, error) {
	rules, err := m.service.SetGatewayRules(ctx, input)
	return answer(err, func(errs []model.MutationError) *model.SetGatewayRulesPayload {
		return &model.SetGatewayRulesPayload{GatewayRules: unless(errs, &rules), Errors: errs}
	})
}
