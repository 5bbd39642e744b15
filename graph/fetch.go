package graph

import (
	"context"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// by tells a relation, which is found in the loaders of a request by of, how it is fetched.
func by[K comparable, V any](of func(*loaders) *relation[K, V], fetch func(context.Context, []K) (map[K]V, error)) func(*loaders) {
	return func(l *loaders) { of(l).fetch = fetch }
}

// oneBy makes a fetch of single rows out of one that returns rows in any order.
// A missing row is nil. seen is told of every row, to announce what hangs on it.
func oneBy[V any](of func(*loaders) *one[V], read func(context.Context, []uuid.UUID) ([]V, error), key func(*V) uuid.UUID, seen func(*loaders, ...[]V)) func(*loaders) {
	return by(of, func(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]*V, error) {
		rows, err := read(needed(ctx), ids)
		if err != nil {
			return nil, err
		}
		if seen != nil {
			seen(load(ctx), rows)
		}
		found := make(map[uuid.UUID]*V, len(rows))
		for i := range rows {
			found[key(&rows[i])] = &rows[i]
		}
		return found, nil
	})
}

// manyBy is oneBy for lists: every key has the rows that belong to it, in the
// order read.
func manyBy[V any](of func(*loaders) *many[V], read func(context.Context, []uuid.UUID) ([]V, error), key func(*V) uuid.UUID, seen func(*loaders, ...[]V)) func(*loaders) {
	return by(of, func(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID][]V, error) {
		rows, err := read(needed(ctx), ids)
		if err != nil {
			return nil, err
		}
		if seen != nil {
			seen(load(ctx), rows)
		}
		return grouped(rows, key, len(ids)), nil
	})
}

// allBy is manyBy for rows that are read by their keys.
func allBy[V any](of func(*loaders) *many[V], read func(context.Context, []uuid.UUID) (map[uuid.UUID][]V, error), seen func(*loaders, ...[]V)) func(*loaders) {
	return by(of, func(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID][]V, error) {
		found, err := read(needed(ctx), ids)
		lists := make([][]V, 0, len(found))
		for _, id := range ids { // in the same order each time
			if rows := found[id]; len(rows) > 0 {
				lists = append(lists, rows)
			}
		}
		seen(load(ctx), lists...)
		return found, err
	})
}

// listsBy is by for the lists under parents. count may be nil where nobody asks for it.
func listsBy[V any](
	of func(*loaders) *childList[V],
	read func(context.Context, []uuid.UUID, pay.Page) (map[uuid.UUID]pay.Rows[V], error),
	count func(context.Context, []uuid.UUID) (map[uuid.UUID]int, error),
	seen func(*loaders, ...[]V),
) func(*loaders) {
	fetch := func(ctx context.Context, parents []uuid.UUID, p pay.Page) (map[uuid.UUID]pay.Rows[V], error) {
		found, err := read(needed(ctx), parents, p)
		if err != nil {
			return nil, err
		}
		lists := make([][]V, 0, len(found))
		for _, parent := range parents {
			if list := found[parent].List; len(list) > 0 {
				lists = append(lists, list)
			}
		}
		seen(load(ctx), lists...)
		return found, nil
	}
	return func(l *loaders) {
		lists := of(l)
		lists.read, lists.counts.fetch = fetch, count
	}
}

// grouped are the rows by their keys, of which there are about so many. Those of one key are
// expected to stand together, as the database sorts them: rows are large, and are not copied.
func grouped[V any](rows []V, key func(*V) uuid.UUID, keys int) map[uuid.UUID][]V {
	found := make(map[uuid.UUID][]V, keys)
	for start, end := 0, 0; start < len(rows); start = end {
		of := key(&rows[start])
		for end = start + 1; end < len(rows) && key(&rows[end]) == of; {
			end++
		}
		if before, apart := found[of]; apart {
			found[of] = append(before, rows[start:end]...)
		} else {
			found[of] = rows[start:end:end]
		}
	}
	return found
}
