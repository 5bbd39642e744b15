package service

import (
	"errors"
	"sync/atomic"
	"testing"
)

// TestTogether proves that all parts are done at the same time and to their end, whatever
// becomes of one, and that its error or panic is not lost.
func TestTogether(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		fail func() error
		err  error
		says any
	}{
		"all went well": {func() error { return nil }, nil, nil},
		"one failed":    {func() error { return broken }, broken, nil},
		"one panicked":  {func() error { panic("a fault") }, nil, "a fault"},
	} {
		var done atomic.Int64
		met := make(chan struct{})
		run := func() (says any, err error) {
			defer func() { says = recover() }()
			return nil, together([]int{1, 2, 3}, func(part int) error {
				if part == 2 {
					close(met) // nothing comes of the others unless this one runs beside them
					return c.fail()
				}
				<-met
				done.Add(1)
				return nil
			})
		}
		if says, err := run(); !errors.Is(err, c.err) || says != c.says || done.Load() != 2 {
			t.Errorf("%s: %v, panic %v, %d of the others done", name, err, says, done.Load())
		}
	}
}
