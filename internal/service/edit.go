package service

import (
	"context"
	"reflect"

	"github.com/paygraph/paygraph/internal/pay"
)

// edition is a change of one row of master data.
type edition[T any] struct {
	// lock reads the row under its lock; it finds none where missing is refused.
	lock    func(context.Context) ([]T, error)
	missing *pay.Error
	// expected is the version that the caller looked at, if they say; version is the
	// row's own.
	expected *int
	version  func(T) int
	apply    func(*T) error
	// save writes the row as the next version.
	save func(context.Context, *T) error
}

// edit changes one row under its lock. A change that leaves it as it was writes
// nothing: there is nothing that another version could be about.
func edit[T any](ctx context.Context, s *Service, e edition[T]) (row T, err error) {
	err = s.store.InTx(ctx, func(ctx context.Context) error {
		list, err := e.lock(ctx)
		if err == nil && len(list) == 0 {
			err = pay.Errors{e.missing}
		}
		if err != nil {
			return err
		}
		row = list[0]
		if conflict := outdated("It", e.version(row), e.expected); conflict != nil {
			return pay.Errors{conflict}
		}
		if err := e.apply(&row); err != nil || reflect.DeepEqual(row, list[0]) {
			return err
		}
		return e.save(ctx, &row)
	})
	return row, err
}
