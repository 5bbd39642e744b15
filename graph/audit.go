package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"github.com/paygraph/paygraph/graph/page"
	"github.com/paygraph/paygraph/internal/pay"
)

func (q query) AuditEntries(ctx context.Context, filter *pay.AuditFilter, first *int, after *string, last *int, before *string, offset *int) (*page.Connection[pay.AuditEntry], error) {
	var f pay.AuditFilter
	if filter != nil {
		f = *filter
	}
	if err := checkValues(f.Actors, f.SubjectIDs); err != nil {
		return nil, err
	}
	return connect(ctx, q.Resolver, connection[pay.AuditEntry]{
		name: "auditEntries", conditions: f, sort: pay.NewestFirst,
		read: func(ctx context.Context, p pay.Page) (pay.Rows[pay.AuditEntry], error) {
			return q.service.ListAuditEntries(ctx, f, p)
		},
		count:    func(ctx context.Context) (int, error) { return q.service.CountAuditEntries(ctx, f) },
		position: func(e pay.AuditEntry) pay.Position { return pay.Position{Keys: []any{e.At}, ID: e.ID} },
	}, pageArgs{first, after, last, before, offset})
}

// named has the context of each root field carry its name, by which the audit log
// tells what somebody was refused.
func named(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
	if field := graphql.GetRootFieldContext(ctx); field != nil && field.Field.Field != nil {
		ctx = pay.WithTask(ctx, field.Field.Name)
	}
	return next(ctx)
}
