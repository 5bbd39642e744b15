package graph

import (
	"context"
	"errors"

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

// source is where the objects of one type are loaded from by id.
type source struct {
	expect func(uuid.UUID)
	load   func(context.Context, uuid.UUID) (any, error)
}

func loadedBy[V any](r *relation[uuid.UUID, *V]) source {
	return source{
		expect: func(id uuid.UUID) { r.expect(id) },
		load:   func(ctx context.Context, id uuid.UUID) (any, error) { return orNil(r.load(ctx, id)) },
	}
}

// hidden reads what the caller may not see as absent, for a type that fewer roles
// see than the others: one id of it must not cost them the rest of a list.
func hidden(s source) source {
	return source{expect: s.expect, load: func(ctx context.Context, id uuid.UUID) (any, error) {
		found, err := s.load(ctx, id)
		if errors.Is(err, pay.ErrForbidden) {
			return nil, nil
		}
		return found, err
	}}
}

// sources are the types that node finds, by the prefix of their ids.
func (q query) sources(ctx context.Context) map[pay.Kind]source {
	l := load(ctx)
	return map[pay.Kind]source{
		pay.KindPayment:      loadedBy(&l.payments),
		pay.KindTransaction:  loadedBy(&l.transactions),
		pay.KindOrder:        loadedBy(&l.orders),
		pay.KindInvoice:      loadedBy(&l.invoices),
		pay.KindCustomer:     loadedBy(&l.customers),
		pay.KindGateway:      loadedBy(&l.gateways),
		pay.KindProduct:      loadedBy(&l.products),
		pay.KindMethod:       loadedBy(&l.methods),
		pay.KindBusiness:     loadedBy(&l.businesses),
		pay.KindSubscription: loadedBy(&l.subscriptions),
		pay.KindRefund:       loadedBy(&l.refunds),
		pay.KindAllocation:   loadedBy(&l.allocation),
		pay.KindEvent:        loadedBy(&l.events),
		pay.KindOperation:    loadedBy(&l.operations),
		pay.KindAPIKey:       hidden(loadedBy(&l.apiKeys)),
		pay.KindCompany:      {expect: func(uuid.UUID) {}, load: ownCompany},
	}
}

// ownCompany is the caller's company when the id names it.
func ownCompany(ctx context.Context, id uuid.UUID) (any, error) {
	company, err := companyOf(ctx)
	if err != nil || company == nil || company.ID != id {
		return nil, err
	}
	return company, nil
}

func (q query) Node(ctx context.Context, id string) (model.Node, error) {
	nodes, err := q.Nodes(ctx, []string{id})
	if err != nil {
		return nil, err
	}
	return nodes[0], nil
}

func (q query) Nodes(ctx context.Context, ids []string) ([]model.Node, error) {
	if len(ids) > pay.MaxPageSize {
		return nil, badInput("At most %d ids are accepted.", pay.MaxPageSize)
	}
	if err := q.service.MayRead(ctx); err != nil {
		return nil, err
	}
	sources := q.sources(ctx)
	for _, id := range ids { // announced first, so that each type is read together
		if kind, key, ok := pay.SplitID(id); ok && sources[kind].load != nil {
			sources[kind].expect(key)
		}
	}
	nodes := make([]model.Node, len(ids))
	for i, id := range ids {
		// The prefix tells the type; a bare UUID has none and names no node.
		kind, key, ok := pay.SplitID(id)
		if !ok || sources[kind].load == nil {
			continue
		}
		var err error
		if nodes[i], err = sources[kind].load(ctx, key); err != nil {
			return nil, err
		}
	}
	return nodes, nil
}
