package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// table knows how rows of T lie in one database table: a field is the column
// of its name, unless the table says otherwise. Statements list their columns,
// so the program runs before and after a migration that adds one.
type table[T any] struct {
	name string
	// columns maps a field's column name to the table's, where they differ.
	columns map[string]string
	// computed maps a field's column name to an expression over alias t; such
	// fields are read and never written here.
	computed map[string]string
}

func (tb table[T]) column(field string) string {
	if name, ok := tb.columns[field]; ok {
		return name
	}
	return field
}

// find reads the rows that match; rest is what follows the conditions.
func (tb table[T]) find(ctx context.Context, s *Store, w *where, rest string) ([]T, error) {
	chosen := tb.selection(ctx)
	f := likely[T](ctx, chosen, w.likely)
	query := "SELECT " + chosen.record() + " FROM " + tb.name + " t" + w.String() + rest
	if err := f.selectRows(ctx, s, query, w.args...); err != nil {
		return nil, translate(err, "read "+tb.name)
	}
	chosen.counted(len(f.rows), w.likely)
	return f.rows, nil
}

// byID reads the rows of a tenant with these ids, in any order, whatever customer they are
// of.
func (tb table[T]) byID(ctx context.Context, t Tenant, ids []uuid.UUID) ([]T, error) {
	w := t.where("t")
	w.among("t.id", ids)
	return tb.find(ctx, t.store, w, "")
}

// lock is byID for one row, which it locks until the transaction ends.
func (tb table[T]) lock(ctx context.Context, t Tenant, id uuid.UUID) ([]T, error) {
	w := t.where("t")
	w.and("t.id = ?", id)
	return tb.find(ctx, t.store, w, " FOR UPDATE")
}

// maxRows bounds what hangs on other rows, such as lines: the owners are counted
// beforehand, what hangs on them is not.
const maxRows = 20_000

// findSome is find for at most maxRows rows; more are pay.ErrTooManyRows.
func (tb table[T]) findSome(ctx context.Context, s *Store, w *where, rest string) ([]T, error) {
	rows, err := tb.find(ctx, s, w, fmt.Sprintf("%s LIMIT %d", rest, maxRows+1))
	if err != nil {
		return nil, err
	}
	return rows, fewEnough(len(rows), tb.name)
}

// fewEnough is pay.ErrTooManyRows of more rows than are read.
func fewEnough(rows int, table string) error {
	if rows > maxRows {
		return fmt.Errorf("read %s: %w", table, pay.ErrTooManyRows)
	}
	return nil
}

// writable lists the fields of R that are stored.
func (tb table[T]) writable(row reflect.Type) []string {
	return slices.DeleteFunc(fieldColumns(row), func(field string) bool {
		_, computed := tb.computed[field]
		return computed
	})
}

// insert adds rows of tenant in one statement, however many they are. R is T,
// or a struct that embeds it and adds columns that nobody reads back.
func insert[T, R any](ctx context.Context, s *Store, tb table[T], tenant uuid.UUID, rows []R) error {
	if len(rows) == 0 {
		return nil
	}
	_, err := insertRows(ctx, s, tb, tenant, rows, "")
	return err
}

// insertRows is insert with what ends the statement; it says how many rows are new.
func insertRows[T, R any](ctx context.Context, s *Store, tb table[T], tenant uuid.UUID, rows []R, rest string) (int64, error) {
	fields := tb.writable(reflect.TypeFor[R]())
	var names []string
	for _, f := range fields {
		names = append(names, tb.column(f))
	}
	columns := strings.Join(names, ", ")
	query := fmt.Sprintf("INSERT INTO %s (tenant_id, %s) SELECT $1, %s FROM json_populate_recordset(NULL::%s, $2)%s",
		tb.name, columns, columns, tb.name, rest)
	text, err := encodeRows(tb, fields, rows)
	if err != nil {
		return 0, err
	}
	result, err := s.writer(ctx).ExecContext(ctx, query, tenant, text)
	if err != nil {
		return 0, translate(err, "insert into "+tb.name)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return 0, translate(err, "insert into "+tb.name)
	}
	return n, nil
}

// update writes the named columns of rows, found by id, in one statement.
func (tb table[T]) update(ctx context.Context, s *Store, tenant uuid.UUID, rows []T, columns ...string) error {
	if len(rows) == 0 {
		return nil
	}
	if len(columns) == 0 {
		columns = slices.DeleteFunc(tb.writable(reflect.TypeFor[T]()), func(f string) bool { return f == "id" })
	}
	var set []string
	for _, f := range columns {
		set = append(set, fmt.Sprintf("%[1]s = r.%[1]s", tb.column(f)))
	}
	// The ids stand in the condition too: the planner takes the function for a
	// thousand rows, and would read the tenant's whole table to join with them.
	query := fmt.Sprintf("UPDATE %s t SET %s FROM json_populate_recordset(NULL::%s, $2) r WHERE t.tenant_id = $1 AND t.id = ANY($3) AND t.id = r.id",
		tb.name, strings.Join(set, ", "), tb.name)
	text, err := encodeRows(tb, append([]string{"id"}, columns...), rows)
	if err != nil {
		return err
	}
	result, err := s.writer(ctx).ExecContext(ctx, query, tenant, text, anyOf(ids(rows)))
	if err != nil {
		return translate(err, "update "+tb.name)
	}
	return allThere(result, tb.name, len(rows))
}

// allThere fails when a statement changed fewer rows than it named: they are missing,
// which is a fault of this program.
func allThere(result sql.Result, table string, want int) error {
	n, err := result.RowsAffected()
	if err != nil {
		return translate(err, "write "+table)
	}
	if n != int64(want) {
		return fmt.Errorf("write %s: %d of %d rows are there", table, n, want)
	}
	return nil
}

// ids are the values of the rows' field ID.
func ids[T any](rows []T) []uuid.UUID {
	list := make([]uuid.UUID, len(rows))
	for i := range rows {
		list[i] = reflect.ValueOf(rows[i]).FieldByName("ID").Interface().(uuid.UUID)
	}
	return list
}

// encodeRows writes rows as a JSON array for json_populate_recordset. It is
// text, not bytes, because the driver's binary mode would send bytes as bytea.
func encodeRows[T, R any](tb table[T], fields []string, rows []R) (string, error) {
	objects := make([]map[string]any, len(rows))
	for i := range rows {
		values := map[string]any{}
		collect(reflect.ValueOf(rows[i]), values)
		objects[i] = make(map[string]any, len(fields))
		for _, f := range fields {
			objects[i][tb.column(f)] = values[f]
		}
	}
	text, err := json.Marshal(objects)
	if err != nil {
		return "", fmt.Errorf("encode rows of %s: %w", tb.name, err)
	}
	return string(text), nil
}

func collect(v reflect.Value, into map[string]any) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Anonymous {
			collect(v.Field(i), into)
			continue
		}
		into[columnName(f.Name)] = jsonValue(v.Field(i))
	}
}

// jsonValue makes bytes a bytea literal and an absent list an empty one.
func jsonValue(v reflect.Value) any {
	if v.Kind() != reflect.Slice {
		return v.Interface()
	}
	switch {
	case v.Type() == reflect.TypeFor[[]byte]():
		return `\x` + hex.EncodeToString(v.Bytes())
	case v.Type().Elem().Kind() == reflect.Uint8: // JSON text
		if v.Len() == 0 {
			return nil
		}
	case v.IsNil():
		return []struct{}{}
	}
	return v.Interface()
}
