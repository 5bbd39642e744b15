package store

import (
	"context"
	"reflect"
	"slices"
	"sync"

	"github.com/google/uuid"
)

// keptNested is what nested statements of one query have read, until it is asked for. What is
// asked for is given away: its rows may be changed by whoever has them.
type keptNested struct {
	mutex sync.Mutex
	// read are the types of rows with which something was read.
	read  []string
	parts []part
}

// keptIn is nil where nothing is kept: in a transaction, and outside of OnOneConnection.
func keptIn(ctx context.Context) *keptNested {
	if c, ok := ctx.Value(connectionKey{}).(*connection); ok && !HoldsTx(ctx) {
		return &c.nested
	}
	return nil
}

// clear forgets what nobody has asked for.
func (k *keptNested) clear() {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	k.parts = nil
}

// first says whether nothing was read yet with rows of a type. With later ones it may have been
// read already, as the same rows are found in several places of a document.
func (k *keptNested) first(row string) bool {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if slices.Contains(k.read, row) {
		return false
	}
	k.read = append(k.read, row)
	return true
}

// takeNested gives away the rows of a relation that were read for keys, and says for which of
// them none were.
func takeNested[T any](ctx context.Context, t Tenant, r *relation[T], keys []uuid.UUID) (f *found[T], rest []uuid.UUID) {
	f = &found[T]{}
	kept := keptIn(ctx)
	if kept == nil {
		return f, keys
	}
	kept.mutex.Lock()
	defer kept.mutex.Unlock()
	rest = keys
	for i, each := range kept.parts {
		p, ok := each.(*nestedPart[T])
		if !ok || p.relation != r || p.whole != r.table.selection(ctx) || !p.of.same(t) {
			continue
		}
		if f.rows == nil && !p.parted && slices.Equal(p.asked, rest) {
			kept.parts = slices.Delete(kept.parts, i, i+1)
			return p.found, nil
		}
		rest = p.give(f, rest)
	}
	return f, rest
}

// give gives away the rows of some keys, and says which others there are.
func (p *nestedPart[T]) give(to *found[T], keys []uuid.UUID) (rest []uuid.UUID) {
	rows := p.byKey()
	to.keyed, to.key = p.keyed, p.key
	p.asked, p.parted = slices.Clone(p.asked), true // other parts have the same keys
	for _, key := range keys {
		at := slices.Index(p.asked, key)
		if at < 0 {
			rest = append(rest, key)
			continue
		}
		p.asked = slices.Delete(p.asked, at, at+1)
		if p.keyed {
			to.keys = append(to.keys, slices.Repeat([]uuid.UUID{key}, len(rows[key]))...)
		}
		to.rows = append(to.rows, rows[key]...)
	}
	return rest
}

// keysIn are the values of a field, which is a UUID or a pointer to one, each once.
func keysIn[T any](rows []T, field string) []uuid.UUID {
	path := fieldNamed[T](field)
	keys, seen := make([]uuid.UUID, 0, len(rows)), make(map[uuid.UUID]struct{}, len(rows))
	for i := range rows {
		key, there := keyIn(reflect.ValueOf(&rows[i]).Elem().FieldByIndex(path))
		if _, known := seen[key]; there && !known {
			seen[key] = struct{}{}
			keys = append(keys, key)
		}
	}
	return keys
}

func keyIn(field reflect.Value) (key uuid.UUID, there bool) {
	switch v := field.Addr().Interface().(type) {
	case *uuid.UUID:
		return *v, true
	case **uuid.UUID:
		if *v != nil {
			return **v, true
		}
	}
	return key, false
}
