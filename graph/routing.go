package graph

import (
	"context"

	"github.com/paygraph/paygraph/graph/generated"
	"github.com/paygraph/paygraph/internal/pay"
)

type (
	routing          struct{ *Resolver }
	routingCandidate struct{ *Resolver }
)

// TransactionRouting resolves the attempt that a decision goes back to.
func (r *Resolver) TransactionRouting() generated.TransactionRoutingResolver { return routing{r} }

// RoutingCandidate resolves the gateways that a decision was about.
func (r *Resolver) RoutingCandidate() generated.RoutingCandidateResolver { return routingCandidate{r} }

func (routing) FallbackOf(ctx context.Context, r *pay.Routing) (*pay.Transaction, error) {
	return loadAny(ctx, &load(ctx).transactions, r.FallbackOf)
}

func (routingCandidate) Gateway(ctx context.Context, c *pay.RoutingCandidate) (*pay.PaymentGateway, error) {
	return load(ctx).gateways.load(ctx, c.GatewayID)
}
