package graph

import (
	"context"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/graph/model"
	"github.com/paygraph/paygraph/graph/page"
	"github.com/paygraph/paygraph/internal/pay"
)

func (q query) Refunds(ctx context.Context, filter *pay.RefundFilter, orderBy []model.RefundOrder, first *int, after *string, last *int, before *string, offset *int) (*page.Connection[pay.Refund], error) {
	sort, err := sortOf(orderBy, func(o model.RefundOrder) pay.SortKey {
		return pay.SortKey{Field: pay.SortField(o.Field), Descending: o.Direction == model.OrderDirectionDesc}
	})
	if err != nil {
		return nil, err
	}
	var f pay.RefundFilter
	if filter != nil {
		f = *filter
	}
	if err := checkValues(f.IDs, f.ReferenceIDs, f.PaymentIDs); err != nil {
		return nil, err
	}
	return connect(ctx, q.Resolver, connection[pay.Refund]{
		name: "refunds", conditions: f, sort: sort, position: refundPosition(sort),
		read: func(ctx context.Context, p pay.Page) (pay.Rows[pay.Refund], error) {
			rows, err := q.service.ListRefunds(ctx, f, sort, p)
			saw(ctx, (*loaders).sawRefunds, rows.List)
			return rows, err
		},
		count: func(ctx context.Context) (int, error) { return q.service.CountRefunds(ctx, f) },
	}, pageArgs{first, after, last, before, offset})
}

func refundPosition(sort pay.Sort) func(pay.Refund) pay.Position {
	return positionBy(sort, func(r pay.Refund) uuid.UUID { return r.ID }, func(r pay.Refund, _ pay.SortField) any { return r.CreatedAt })
}
