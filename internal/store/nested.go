package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// A nested statement reads rows together with what hangs on them, and on that in turn, as far
// as somebody said that it will be asked for (pay.WithNested): what a statement costs on either
// side, most of it waking the other, is several times what reading a few rows does.
//
// It reads what the relations' own statements would, under the same conditions. Who asks for
// it later finds it by the relation and the keys, and reads what is not there. So nothing
// depends on it, and where it fails, rows are read without it.
type nested struct {
	parts []nestedIn
	// shown is how many rows of the first part have anything below them; without it all have.
	shown int
	// asked is what was asked for, and kept where it is kept.
	asked *pay.Nested
	kept  *keptNested
}

// nestedIn is a part with the number of that on which it hangs, and the field there that has
// the keys. The first part has neither.
type nestedIn struct {
	part
	parent int
	field  string
}

// findNested is find, together with what hangs on the rows and will be asked for.
func (tb table[T]) findNested(ctx context.Context, t Tenant, w *where, rest string) ([]T, error) {
	chosen := tb.selection(ctx)
	root := &nestedRoot[T]{found: likely[T](ctx, chosen, w.likely), table: tb, where: w, rest: rest}
	n := nested{shown: w.shown}
	if !n.begin(ctx, t, root, rowName[T](), w.likely) || !n.read(ctx, t, nestedKey{table: tb.name, rest: rest}) {
		return tb.find(ctx, t.store, w, rest) // and what hangs on them is read by itself
	}
	chosen.counted(len(root.rows), w.likely)
	return root.rows, nil
}

// readNested reads what hangs on rows and will be asked for, where that is of several tables.
// Lists with filters are read by themselves, as each is planned anew.
func (tb table[T]) readNested(ctx context.Context, t Tenant, rows []T) {
	root := &nestedKnown[T]{found: &found[T]{chosen: tb.selection(ctx), rows: rows}, table: tb}
	var n nested
	if len(rows) > 0 && root.has("ID") && n.begin(ctx, t, root, rowName[T](), len(rows)) && len(n.parts) > 2 {
		n.read(ctx, t, nestedKey{table: tb.name, rest: "known"})
	}
}

// begin adds the first rows, of a type and about so many, and what hangs on them and is asked
// for, if there is any.
func (n *nested) begin(ctx context.Context, t Tenant, root part, row string, likely int) bool {
	if n.kept = keptIn(ctx); n.kept == nil {
		return false
	}
	if n.asked = pay.NestedOf(ctx); n.asked == nil || !n.kept.first(row) {
		return false
	}
	n.parts = []nestedIn{{part: root}}
	n.grow(ctx, t, 0, row, *n.asked, max(1, likely))
	return len(n.parts) > 1 && len(n.parts) <= mostParts
}

// grow adds what hangs on rows of a type, which are a part of about so many.
func (n *nested) grow(ctx context.Context, t Tenant, parent int, row string, below pay.Nested, likely int) {
	for _, e := range edges[row] {
		further, asked := below[row+"."+e.name]
		if !asked || !n.parts[parent].has(e.field) {
			continue
		}
		if p := e.begin(ctx, t, n.parts[parent], likely); p != nil {
			n.parts = append(n.parts, nestedIn{p, parent, e.field})
			n.grow(ctx, t, len(n.parts)-1, e.row, further, likely)
		}
	}
}

// mostParts bounds how much is read by one statement.
const mostParts = 16

// nestedKey is what the text of a nested statement follows from: what is asked for, what is
// selected of it, the table of the first rows, the conditions on them with what ends their
// statement, and who asks.
type nestedKey struct {
	asked                   *pay.Nested
	selected                [mostParts]*selection
	table, conditions, rest string
	customer, payment       bool
}

// maxNested texts are kept; they are long.
const maxNested = 256

// nestedTexts remembers them: writing one takes half as long as having few rows read by it.
var nestedTexts = newLRU[nestedKey, string](maxNested)

// read reads the parts in one statement, and keeps what was not there yet. The rest of the key
// follows from who asks. It says false where that fails.
func (n *nested) read(ctx context.Context, t Tenant, key nestedKey) bool {
	var args []any
	conditions := make([]string, len(n.parts))
	for i, p := range n.parts {
		t.before = len(args)
		w := p.conditions(t)
		conditions[i], args, key.selected[i] = w.String(), append(args, w.args...), p.selected()
	}
	key.asked, key.conditions, key.customer, key.payment = n.asked, conditions[0], t.customer != nil, t.payment != nil
	query, known := nestedTexts.Get(key)
	if !known {
		query = n.text(conditions)
		nestedTexts.Add(key, query)
	}
	if err := t.store.selectRecords(ctx, n, query, args); err != nil {
		t.store.tellNestedFailure(ctx, err)
		return false
	}
	n.keep()
	return true
}

// OnNestedFailure has tell called when a nested statement fails while the database can be
// reached and somebody still waits: what it was to read is read part by part, so that nobody
// but tell hears of it. Set it before the store is used.
func (s *Store) OnNestedFailure(tell func(context.Context, error)) { s.onNestedFailure = tell }

func (s *Store) tellNestedFailure(ctx context.Context, err error) {
	if s.onNestedFailure != nil && ctx.Err() == nil && !IsUnreachable(err) {
		s.onNestedFailure(ctx, err)
	}
}

func (n *nested) clear() {
	for _, p := range n.parts {
		p.clear()
	}
}

// text is the statement, with the conditions of each part.
func (n *nested) text(conditions []string) string {
	var with, all []string
	for i, p := range n.parts {
		keys := fmt.Sprintf("SELECT %s FROM p%d", columnName(p.field), p.parent)
		if p.parent == 0 && n.shown > 0 {
			keys += fmt.Sprintf(" LIMIT %d", n.shown)
		}
		label := fmt.Sprintf(`'\x%02x'::bytea`, i)
		with = append(with, fmt.Sprintf("p%d AS (%s)", i, p.query(conditions[i], keys, label, n.keysOf(i))))
		if p.sent() {
			all = append(all, fmt.Sprintf("SELECT row FROM p%d", i))
		}
	}
	return "WITH " + strings.Join(with, ", ") + " " + strings.Join(all, " UNION ALL ")
}

// keysOf are the fields of a part that have the keys of what hangs on it.
func (n *nested) keysOf(parent int) (fields []string) {
	for _, p := range n.parts[1:] {
		if p.parent == parent && !slices.Contains(fields, p.field) {
			fields = append(fields, p.field)
		}
	}
	return fields
}

// add reads a row of any part.
func (n *nested) add(r *record) error {
	label, err := r.next()
	if err != nil {
		return err
	}
	if len(label) != 1 || int(label[0]) >= len(n.parts) {
		return errRecord
	}
	return n.parts[label[0]].add(r)
}

func (n *nested) keep() {
	n.kept.mutex.Lock()
	defer n.kept.mutex.Unlock()
	type column struct {
		parent int
		field  string
	}
	keys := map[column][]uuid.UUID{}
	for _, p := range n.parts[1:] {
		of := column{p.parent, p.field}
		if keys[of] == nil {
			keys[of] = n.parts[p.parent].keysIn(p.field)
		}
		p.keep(n.kept, n.parts[p.parent], keys[of])
	}
}
