package graph

import (
	"context"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/graph/page"
	"github.com/paygraph/paygraph/internal/pay"
)

// pageArgs are the paging arguments of a list at the root.
type pageArgs struct {
	first  *int
	after  *string
	last   *int
	before *string
	offset *int
}

// connection describes one list for connect.
type connection[T any] struct {
	name string
	// conditions is all that decides the list's content.
	conditions any
	sort       pay.Sort
	read       func(context.Context, pay.Page) (pay.Rows[T], error)
	count      func(context.Context) (int, error)
	// position is the row's place in the list.
	position func(T) pay.Position
}

// connect reads one page and dresses it as a Relay connection.
func connect[T any](ctx context.Context, r *Resolver, c connection[T], args pageArgs) (*page.Connection[T], error) {
	actor, err := pay.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	l := listOf(actor, c.name, c.conditions, c.sort)
	p, err := r.page(l, args)
	if err != nil {
		return nil, err
	}
	rows, err := c.read(needed(ctx), p)
	if err != nil {
		return nil, err
	}
	conn := dress(r, l, rows.List, c.position)
	conn.Count = c.count
	ends := conn.Info
	conn.Info = func() page.PageInfo {
		info := ends()
		if p.Backward {
			info.HasPreviousPage, info.HasNextPage = rows.More, p.From != nil
		} else {
			info.HasNextPage, info.HasPreviousPage = rows.More, p.From != nil || p.Offset > 0
		}
		return info
	}
	return conn, nil
}

// page checks the arguments: forward, backward or by number, not mixed.
func (r *Resolver) page(l list, a pageArgs) (pay.Page, error) {
	switch {
	case a.first != nil && a.last != nil:
		return pay.Page{}, badInput("Give at most one of first and last.")
	case a.after != nil && a.before != nil:
		return pay.Page{}, badInput("Give at most one of after and before.")
	case a.last == nil && a.before != nil:
		return pay.Page{}, badInput("before goes with last.")
	case a.last != nil && a.after != nil:
		return pay.Page{}, badInput("after goes with first.")
	case a.offset != nil && (a.last != nil || a.after != nil || a.before != nil):
		return pay.Page{}, badInput("offset goes with first alone.")
	case a.offset != nil && (*a.offset < 0 || *a.offset > pay.MaxOffset):
		return pay.Page{}, badInput("offset must be 0 to %d.", pay.MaxOffset)
	}
	p := pay.Page{Limit: pay.DefaultPageSize, Backward: a.last != nil}
	cursor := a.after
	if a.first != nil {
		p.Limit = *a.first
	}
	if a.last != nil {
		p.Limit, cursor = *a.last, a.before
	}
	if a.offset != nil {
		p.Offset = *a.offset
	}
	if p.Limit < 1 || p.Limit > pay.MaxPageSize {
		return pay.Page{}, badInput("A page has 1 to %d rows.", pay.MaxPageSize)
	}
	var err error
	if cursor != nil {
		p.From, err = r.cursors.read(l, *cursor)
	}
	return p, err
}

// dress puts rows into a connection with their cursors.
func dress[T any](r *Resolver, l list, rows []T, position func(T) pay.Position) *page.Connection[T] {
	conn := &page.Connection[T]{Nodes: rows}
	if rows == nil {
		conn.Nodes = []T{}
	}
	conn.Cursor = func(i int) (string, error) { return r.cursors.write(l, position(rows[i])) }
	conn.Info = func() (info page.PageInfo) {
		if len(rows) > 0 {
			info.Start = func() (string, error) { return conn.Cursor(0) }
			info.End = func() (string, error) { return conn.Cursor(len(rows) - 1) }
		}
		return info
	}
	return conn
}

// under reads one page of a list that hangs on a parent.
func under[T any](ctx context.Context, r *Resolver, lists *childList[T], name string, parent uuid.UUID, first int, after *string, position func(T) pay.Position) (*page.Connection[T], error) {
	return connect(ctx, r, connection[T]{
		name: name, conditions: parent, position: position,
		read: func(ctx context.Context, p pay.Page) (pay.Rows[T], error) {
			key := pageKey{first: first}
			if after != nil {
				key.after = *after
			}
			return lists.load(ctx, parent, key, p)
		},
		count: func(ctx context.Context) (int, error) { return lists.counts.load(ctx, parent) },
	}, pageArgs{first: &first, after: after})
}

// sortOf reads the sort keys of a list's argument.
func sortOf[O any](orders []O, key func(O) pay.SortKey) (pay.Sort, error) {
	if len(orders) == 0 {
		return pay.NewestFirst, nil
	}
	if len(orders) > pay.MaxSortKeys {
		return nil, badInput("At most %d sort keys are accepted.", pay.MaxSortKeys)
	}
	var sort pay.Sort
	for _, o := range orders {
		next := key(o)
		for _, k := range sort {
			if k.Field == next.Field {
				return nil, badInput("A list cannot be sorted by %s twice.", k.Field)
			}
		}
		sort = append(sort, next)
	}
	return sort, nil
}

// positionBy is the place of a row in a list sorted so; key returns the value
// of one sort field.
func positionBy[T any](sort pay.Sort, id func(T) uuid.UUID, key func(T, pay.SortField) any) func(T) pay.Position {
	return func(row T) pay.Position {
		p := pay.Position{ID: id(row)}
		for _, k := range sort {
			p.Keys = append(p.Keys, key(row, k.Field))
		}
		return p
	}
}
