package graph

import (
	"context"
	"errors"
	"testing"
)

// TestBrokenFetch proves that what was to be fetched by something that panics is an error for
// all who wait for it: those who go on behind a panic would otherwise fetch nothing for ever.
func TestBrokenFetch(t *testing.T) {
	t.Parallel()
	fetches := 0
	r := &relation[int, string]{}
	r.fetch = func(context.Context, []int) (map[int]string, error) {
		if fetches++; fetches > 1 {
			return nil, errors.New("fetched again")
		}
		panic("in a batch function")
	}
	r.expect(1)
	r.expect(2)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("nobody was told of the panic")
			}
		}()
		r.load(t.Context(), 1)
	}()
	for _, key := range []int{1, 2} {
		if _, err := r.load(t.Context(), key); !errors.Is(err, errBroken) {
			t.Errorf("%d: %v", key, err)
		}
	}
}
