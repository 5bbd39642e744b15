package service

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// draft is one object of a bulk request, ready to be stored.
type draft[T any] struct {
	row         T
	id          uuid.UUID
	referenceID *string
	fingerprint []byte
}

// bulk stores drafts all together, each at most once by its reference.
type bulk[T any] struct {
	table  store.Referencing
	kind   pay.Kind
	drafts []draft[T]
	// path leads to the i-th item of the input.
	path func(i int) pay.Path
	// insert stores the drafts that are new.
	insert func(ctx context.Context, rows store.Tenant, fresh []draft[T]) error
	// read reads objects that exist already.
	read func(ctx context.Context, ids []uuid.UUID) ([]T, error)
	key  func(T) uuid.UUID
	// isSame, where it is set, says in the fingerprint's place whether a draft is what exists.
	// The fingerprint is of all content: with it, who may not see some could guess.
	isSame func(draft, old T) bool
}

// save runs in the caller's transaction. It returns the objects in the order of
// the drafts, and how many of them are new: one whose reference exists with
// the same content, as far as the caller may see it, is returned as it is, with other
// content it is refused.
func (b bulk[T]) save(ctx context.Context, rows store.Tenant) ([]T, int, error) {
	var references []string
	for _, d := range b.drafts {
		if d.referenceID != nil {
			references = append(references, *d.referenceID)
		}
	}
	taken, err := rows.References(ctx, b.table, references)
	if err != nil {
		return nil, 0, err
	}
	shown, err := b.shown(ctx, taken)
	if err != nil {
		return nil, 0, err
	}
	var problems pay.Problems
	var fresh []draft[T]
	var existing []uuid.UUID
	ids := make([]uuid.UUID, len(b.drafts))
	for i, d := range b.drafts {
		ids[i] = d.id
		old, ok := takenBy(taken, d.referenceID)
		switch {
		case !ok:
			fresh = append(fresh, d)
		case b.repeats(d, old, shown):
			ids[i], existing = old.ID, append(existing, old.ID)
		default:
			refusal, err := b.collision(ctx, i, old)
			if err != nil {
				return nil, 0, err
			}
			problems.Add(refusal)
		}
	}
	if problems.Any() {
		return nil, 0, problems.Err()
	}
	// In an order of their own: two requests with the same references in
	// opposite orders would each wait for a row that the other inserted.
	slices.SortStableFunc(fresh, func(a, b draft[T]) int { return strings.Compare(text(a.referenceID), text(b.referenceID)) })
	if err := b.insert(ctx, rows, fresh); err != nil {
		return nil, 0, err
	}
	list, err := b.inOrder(ctx, ids, fresh, existing)
	return list, len(fresh), err
}

// shown are the objects that exist already, by id; none where fingerprints decide.
func (b bulk[T]) shown(ctx context.Context, taken map[string]store.Reference) (map[uuid.UUID]T, error) {
	if b.isSame == nil || len(taken) == 0 {
		return nil, nil
	}
	var ids []uuid.UUID
	for _, old := range taken {
		ids = append(ids, old.ID)
	}
	list, err := b.read(ctx, ids)
	if err != nil {
		return nil, err
	}
	byID := make(map[uuid.UUID]T, len(list))
	for _, row := range list {
		byID[b.key(row)] = row
	}
	return byID, nil
}

// repeats says whether a draft is the one that has its reference.
func (b bulk[T]) repeats(d draft[T], old store.Reference, shown map[uuid.UUID]T) bool {
	if b.isSame == nil {
		return bytes.Equal(old.Fingerprint, d.fingerprint)
	}
	row, visible := shown[old.ID]
	return visible && b.isSame(d.row, row)
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// collision refuses the i-th draft because its reference is old's. It names old
// only to who may see it: the reference may be another customer's.
func (b bulk[T]) collision(ctx context.Context, i int, old store.Reference) (*pay.Error, error) {
	visible, err := b.read(ctx, []uuid.UUID{old.ID})
	if err != nil {
		return nil, err
	}
	existing := ""
	if len(visible) > 0 {
		existing = pay.FormatID(b.kind, old.ID)
	}
	return duplicateReference(existing, b.path(i).Then("referenceId")), nil
}

func takenBy(taken map[string]store.Reference, ref *string) (store.Reference, bool) {
	if ref == nil {
		return store.Reference{}, false
	}
	old, ok := taken[*ref]
	return old, ok
}

func (b bulk[T]) inOrder(ctx context.Context, ids []uuid.UUID, fresh []draft[T], existing []uuid.UUID) ([]T, error) {
	byID := make(map[uuid.UUID]T, len(ids))
	for _, d := range fresh {
		byID[d.id] = d.row
	}
	if len(existing) > 0 {
		found, err := b.read(ctx, existing)
		if err != nil {
			return nil, err
		}
		for _, row := range found {
			byID[b.key(row)] = row
		}
	}
	list := make([]T, len(ids))
	for i, id := range ids {
		list[i] = byID[id]
	}
	return list, nil
}

// errTakenMeanwhile is an insert's word that another request committed one of the
// references after they were looked up: looking again finds it.
var errTakenMeanwhile = errors.New("reference was taken meanwhile")

// saveBulk prepares and saves in one transaction, and once more when another
// request took one of the references in between.
func saveBulk[T any](ctx context.Context, s *Service, rows store.Tenant, prepare func(context.Context) (bulk[T], error)) (list []T, created int, err error) {
	var b bulk[T]
	for range 3 {
		err = s.store.InTx(ctx, func(ctx context.Context) (err error) {
			if b, err = prepare(ctx); err != nil {
				return err
			}
			list, created, err = b.save(ctx, rows)
			return err
		})
		if !store.IsDuplicateReference(err) && !errors.Is(err, errTakenMeanwhile) {
			break
		}
	}
	if errors.Is(err, store.ErrCommitUnknown) {
		err = b.committed(ctx, list, err)
	}
	if err != nil {
		return nil, 0, err
	}
	return list, created, nil
}

// committed finds out by their ids whether objects were saved whose COMMIT was not
// answered. It is not tried again when they are not there: the answer may be late
// only, and who sends the same references again finds what was saved.
func (b bulk[T]) committed(ctx context.Context, list []T, unknown error) error {
	ids := make([]uuid.UUID, len(list))
	for i, row := range list {
		ids[i] = b.key(row)
	}
	found, err := b.read(ctx, ids)
	if err == nil && len(found) == len(list) {
		return nil
	}
	return unknown
}

// saveOne is saveBulk for a single object.
func saveOne[T any](ctx context.Context, s *Service, rows store.Tenant, b bulk[T]) (T, error) {
	return saveOneWith(ctx, s, rows, func(context.Context) (bulk[T], error) { return b, nil })
}

// saveOneWith is saveOne for an object whose draft needs the transaction.
func saveOneWith[T any](ctx context.Context, s *Service, rows store.Tenant, prepare func(context.Context) (bulk[T], error)) (T, error) {
	list, _, err := saveBulk(ctx, s, rows, prepare)
	if err != nil {
		var none T
		return none, err
	}
	return list[0], nil
}

// fetch reads rows by ids of any number of inputs at once, by id.
func fetch[T any](ctx context.Context, ids []uuid.UUID, read func(context.Context, []uuid.UUID) ([]T, error), key func(T) uuid.UUID) (map[uuid.UUID]T, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := read(ctx, ids)
	if err != nil {
		return nil, err
	}
	found := make(map[uuid.UUID]T, len(rows))
	for _, row := range rows {
		found[key(row)] = row
	}
	return found, nil
}
