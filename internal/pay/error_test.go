package pay_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/pay"
)

// TestProblems proves that refusals are collected in their order, and that
// none is no error at all: an empty list in an error would look like a failure.
func TestProblems(t *testing.T) {
	t.Parallel()
	var p pay.Problems
	p.Add(nil)
	if p.Any() || p.Err() != nil {
		t.Fatalf("nothing was refused: %v", p.Err())
	}
	at := pay.At("input", "orders")
	p.Addf(pay.CodeRequired, at.Index(2).Then("amount"), "Give %d.", 1)
	p.Add(pay.Refuse(pay.CodeNotFound, at, "There is none."))
	if !p.Any() || p.Err().Error() != "REQUIRED at input.orders.2.amount: Give 1.; NOT_FOUND at input.orders: There is none." {
		t.Errorf("refused: %v", p.Err())
	}
}

// TestAsErrors proves that refusals are found however deep they are wrapped,
// one or many, and that other errors hold none.
func TestAsErrors(t *testing.T) {
	t.Parallel()
	one, other := pay.Refuse(pay.CodeRequired, nil, "a"), pay.Refuse(pay.CodeNotFound, nil, "b")
	for name, test := range map[string]struct {
		err  error
		want pay.Errors
	}{
		"nil": {nil, nil}, "another error": {errors.New("disk full"), nil}, "one": {one, pay.Errors{one}}, "many": {pay.Errors{one, other}, pay.Errors{one, other}},
		"one, wrapped":  {fmt.Errorf("in: %w", fmt.Errorf("in: %w", one)), pay.Errors{one}},
		"many, wrapped": {fmt.Errorf("in: %w", pay.Errors{one, other}), pay.Errors{one, other}},
	} {
		if got := pay.AsErrors(test.err); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestPath proves that a path that is made longer twice does not overwrite
// itself, as appending to a shared slice would.
func TestPath(t *testing.T) {
	t.Parallel()
	base := make(pay.Path, 1, 8)
	base[0] = "input"
	first, second := base.Then("orders").Index(0), base.Then("lines", "x")
	if strings.Join(base, ".") != "input" || strings.Join(first, ".") != "input.orders.0" || strings.Join(second, ".") != "input.lines.x" {
		t.Errorf("%v, %v, %v", base, first, second)
	}
}
