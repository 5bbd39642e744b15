package store

import (
	"context"
	"database/sql"
	"reflect"

	"github.com/jmoiron/sqlx/reflectx"
)

// mostLikely bounds the rows for which room is made before there are any.
const mostLikely = 200

// selectRows reads a list of structs whose fields at paths are the columns; there is room for
// so many. sqlx makes each
// row apart and copies it, looks the columns up each time, and makes a value for each pointer
// before it learns that the column is null: for rows that are mostly nullable columns that is
// a third of what reading them costs.
func selectRows[T any](ctx context.Context, s *Store, paths [][]int, room int, query string, args ...any) (list []T, err error) {
	err = s.reading(ctx, func(q queryer) error {
		list = nil
		rows, err := q.QueryxContext(ctx, query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		list, err = scanRows[T](rows.Rows, paths, room)
		return err
	})
	return list, err
}

func scanRows[T any](rows *sql.Rows, paths [][]int, room int) (list []T, err error) {
	into := make([]any, len(paths))
	for rows.Next() {
		if list == nil {
			list = make([]T, 0, max(1, room))
		}
		list = append(list, *new(T))
		row := reflect.ValueOf(&list[len(list)-1]).Elem()
		for i, path := range paths {
			if len(path) == 1 {
				into[i] = row.Field(path[0]).Addr().Interface()
			} else {
				into[i] = reflectx.FieldByIndexes(row, path).Addr().Interface()
			}
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
	}
	return list, rows.Err()
}
