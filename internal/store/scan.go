package store

import (
	"context"
	"database/sql"
	"fmt"
	"reflect"

	"github.com/google/uuid"
)

// mostLikely bounds the rows for which room is made before there are any.
const mostLikely = 200

// found are rows of T as a statement finds them.
type found[T any] struct {
	chosen *selection
	// memory is where they are; nil where they are not a query's.
	memory *memory
	// room is how many rows there should be room for.
	room int
	// keyed says that each is sent behind the key of what it hangs on; these are then in keys.
	// Otherwise the field named key has it, if it hangs on anything.
	keyed bool
	keys  []uuid.UUID
	key   string
	rows  []T
	// texts are those of the rows.
	texts texts
}

// likely is room for rows of which so many are likely.
func likely[T any](ctx context.Context, chosen *selection, rows int) *found[T] {
	return &found[T]{chosen: chosen, memory: memoryOf(ctx), room: chosen.room(rows)}
}

func (f *found[T]) sent() bool { return true }

// keysIn are the values of a field, each once.
func (f *found[T]) keysIn(field string) []uuid.UUID { return keysIn(f.rows, field) }

func (f *found[T]) clear() { f.keys, f.rows = nil, nil }

func (f *found[T]) has(field string) bool { return f.chosen.has(field) }

func (f *found[T]) selected() *selection { return f.chosen }

// selectRows reads rows by a statement whose only column is their records.
func (f *found[T]) selectRows(ctx context.Context, s *Store, query string, args ...any) error {
	return s.selectRecords(ctx, f, query, args)
}

// recordReader reads records; clear has it begin again.
type recordReader interface {
	clear()
	add(*record) error
}

// selectRecords has the records read that a statement finds.
func (s *Store) selectRecords(ctx context.Context, reader recordReader, query string, args []any) error {
	return s.reading(ctx, func(q queryer) error {
		reader.clear()
		rows, err := q.QueryxContext(ctx, query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		return eachRecord(rows.Rows, reader.add)
	})
}

// eachRecord has the records of a statement read.
func eachRecord(rows *sql.Rows, read func(*record) error) error {
	var raw sql.RawBytes
	var r record
	for rows.Next() {
		err := rows.Scan(&raw)
		if err == nil {
			r, err = openRecord(raw)
		}
		if err != nil {
			return err
		}
		if err := read(&r); err != nil {
			return err
		}
	}
	return rows.Err()
}

// add reads a row.
func (f *found[T]) add(r *record) error {
	if f.rows == nil {
		f.rows = roomFor[T](f.memory, max(1, f.room))
		f.texts.rows = max(1, f.room)
	}
	if f.keyed {
		if f.keys == nil {
			f.keys = make([]uuid.UUID, 0, max(1, f.room))
		}
		key, err := r.id()
		if err != nil {
			return err
		}
		f.keys = append(f.keys, key)
	}
	f.rows = append(f.rows, *new(T))
	return f.chosen.read(r, reflect.ValueOf(&f.rows[len(f.rows)-1]).Elem(), &f.texts)
}

// read reads the values of a row into its struct, in which there is nothing yet.
func (s *selection) read(r *record, row reflect.Value, texts *texts) error {
	for i := range s.fields {
		f := &s.fields[i]
		value, err := r.next()
		if err != nil {
			return err
		}
		field := row.FieldByIndex(f.path)
		switch {
		case value != nil:
			err = f.form.read(field, value, texts)
		case f.form.null != nil:
			err = f.form.null(field)
		default:
			err = fmt.Errorf("store: column %s is null", f.column)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// byKey are the rows by the keys of what they hang on. Those of one stand together in most
// statements, and are not copied then: rows are large.
func (f *found[T]) byKey() map[uuid.UUID][]T {
	grouped := make(map[uuid.UUID][]T)
	key := f.keyOf()
	for start, end := 0, 0; start < len(f.rows); start = end {
		of := key(start)
		for end = start + 1; end < len(f.rows) && key(end) == of; {
			end++
		}
		if before, apart := grouped[of]; apart {
			grouped[of] = append(before, f.rows[start:end]...)
		} else {
			grouped[of] = f.rows[start:end:end]
		}
	}
	return grouped
}

// keyOf says what the row of a number hangs on.
func (f *found[T]) keyOf() func(i int) uuid.UUID {
	if f.keyed {
		return func(i int) uuid.UUID { return f.keys[i] }
	}
	field := fieldNamed[T](f.key)
	return func(i int) uuid.UUID {
		key, _ := keyIn(reflect.ValueOf(&f.rows[i]).Elem().FieldByIndex(field))
		return key
	}
}

// values are those of a field by the rows' ids.
func (f *found[T]) values(field string) map[uuid.UUID]reflect.Value {
	values := make(map[uuid.UUID]reflect.Value, len(f.rows))
	id, path := fieldNamed[T]("ID"), fieldNamed[T](field)
	for i := range f.rows {
		row := reflect.ValueOf(&f.rows[i]).Elem()
		key, _ := keyIn(row.FieldByIndex(id))
		values[key] = row.FieldByIndex(path)
	}
	return values
}

// fieldNamed is the path to a field.
func fieldNamed[T any](name string) []int {
	field, _ := reflect.TypeFor[T]().FieldByName(name)
	return field.Index
}
