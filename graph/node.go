package graph

import (
	"context"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/graph/model"
	"github.com/paygraph/paygraph/internal/pay"
)

// byID loads one row by its global id; text that is no id of the kind reads as
// a row that does not exist.
func byID[V any](ctx context.Context, r *relation[uuid.UUID, *V], kind pay.Kind, text string) (*V, error) {
	id, ok := pay.ParseID(kind, text)
	if !ok {
		return nil, nil
	}
	return r.load(ctx, id)
}

func (q query) Node(ctx context.Context, id string) (model.Node, error) {
	kind, key, ok := pay.SplitID(id)
	if !ok {
		return nil, nil
	}
	q.announce(ctx, kind, key)
	return q.node(ctx, kind, key)
}

func (q query) Nodes(ctx context.Context, ids []string) ([]model.Node, error) {
	if len(ids) > pay.MaxPageSize {
		return nil, badInput("At most %d ids are accepted.", pay.MaxPageSize)
	}
	for _, id := range ids {
		if kind, key, ok := pay.SplitID(id); ok {
			q.announce(ctx, kind, key)
		}
	}
	nodes := make([]model.Node, len(ids))
	for i, id := range ids {
		kind, key, ok := pay.SplitID(id)
		if !ok {
			continue
		}
		var err error
		if nodes[i], err = q.node(ctx, kind, key); err != nil {
			return nil, err
		}
	}
	return nodes, nil
}

// announce lets the ids of one request be read together, by type.
func (query) announce(ctx context.Context, kind pay.Kind, id uuid.UUID) {
	l := load(ctx)
	switch kind {
	case pay.KindPayment:
		l.payments.expect(id)
	case pay.KindTransaction:
		l.transactions.expect(id)
	case pay.KindOrder:
		l.orders.expect(id)
	case pay.KindInvoice:
		l.invoices.expect(id)
	case pay.KindCustomer:
		l.customers.expect(id)
	case pay.KindGateway:
		l.gateways.expect(id)
	case pay.KindProduct:
		l.products.expect(id)
	case pay.KindMethod:
		l.methods.expect(id)
	case pay.KindBusiness:
		l.businesses.expect(id)
	case pay.KindSubscription:
		l.subscriptions.expect(id)
	}
}

// node reads any object. The prefix tells the type; a bare UUID does not, so
// it names no node.
func (q query) node(ctx context.Context, kind pay.Kind, id uuid.UUID) (model.Node, error) {
	l, ids := load(ctx), []uuid.UUID{id}
	switch kind {
	case pay.KindPayment:
		return orNil(l.payments.load(ctx, id))
	case pay.KindTransaction:
		return orNil(l.transactions.load(ctx, id))
	case pay.KindOrder:
		return orNil(l.orders.load(ctx, id))
	case pay.KindInvoice:
		return orNil(l.invoices.load(ctx, id))
	case pay.KindCustomer:
		return orNil(l.customers.load(ctx, id))
	case pay.KindGateway:
		return orNil(l.gateways.load(ctx, id))
	case pay.KindProduct:
		return orNil(l.products.load(ctx, id))
	case pay.KindMethod:
		return orNil(l.methods.load(ctx, id))
	case pay.KindBusiness:
		return orNil(l.businesses.load(ctx, id))
	case pay.KindSubscription:
		return orNil(l.subscriptions.load(ctx, id))
	case pay.KindRefund:
		return orNil(first(q.service.Refunds(ctx, ids)))
	case pay.KindAllocation:
		return orNil(first(q.service.Allocations(ctx, ids)))
	case pay.KindEvent:
		return orNil(first(q.service.Events(ctx, ids)))
	case pay.KindAPIKey:
		return orNil(first(q.service.APIKeysByID(ctx, ids)))
	case pay.KindCompany:
		company, err := companyOf(ctx)
		if company != nil && company.ID != id {
			company = nil
		}
		return orNil(company, err)
	}
	return nil, nil
}
