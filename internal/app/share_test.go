package app_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// sharedLines are lines of which a test looks at the shares.
type sharedLines []struct {
	ShareAmount struct{ MinorUnits int64 }
}

func (l sharedLines) minors() (list []int64) {
	for _, line := range l {
		list = append(list, line.ShareAmount.MinorUnits)
	}
	return list
}

// TestLineShares proves that the shares of lines add up to what the whole comes to,
// in previews, orders and payments, and that a payment of several orders has those
// of its orders.
func TestLineShares(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	lines := []apptest.Vars{{"productName": "a", "unitAmount": minor(333)}, {"productName": "b", "unitAmount": minor(333)}, {"productName": "c", "unitAmount": minor(334)}}
	input := apptest.Vars{"lines": lines, "discounts": []apptest.Vars{{"discountName": "a third", "type": "PERCENOFF", "valueBasisPoints": 3333}}}
	want := []int64{222, 222, 223}
	preview := apptest.Do[struct{ PreviewPayment struct{ Lines sharedLines } }](t, s.admin,
		`query($input: PreviewPaymentInput!) { previewPayment(input: $input) { lines { shareAmount { minorUnits } } } }`, apptest.Vars{"input": input}).PreviewPayment
	if got := preview.Lines.minors(); !slices.Equal(got, want) {
		t.Errorf("preview: %v, want %v", got, want)
	}
	discounted := s.orderOf(t, input)
	order := apptest.Do[struct{ Order struct{ Lines sharedLines } }](t, s.admin, `query($id: ID!) { order(id: $id) { lines { shareAmount { minorUnits } } } }`, apptest.Vars{"id": discounted}).Order
	if got := order.Lines.minors(); !slices.Equal(got, want) {
		t.Errorf("order: %v, want %v", got, want)
	}
	full := s.orderOf(t, apptest.Vars{"lines": []apptest.Vars{{"productName": "d", "unitAmount": minor(500)}}})
	both := s.created(t, "both", apptest.Vars{"orders": []apptest.Vars{{"orderId": full}, {"orderId": discounted}}}).Payment.ID
	read := func(id string) []int64 {
		return apptest.Do[struct{ Payment struct{ Lines sharedLines } }](t, s.admin, `query($id: ID!) { payment(by: { id: $id }) { lines { shareAmount { minorUnits } } } }`, apptest.Vars{"id": id}).Payment.Lines.minors()
	}
	if got := read(both); !slices.Equal(got, append([]int64{500}, want...)) {
		t.Errorf("payment of both: %v", got)
	}
	own := s.created(t, "own", input).Payment.ID
	if got := read(own); !slices.Equal(got, want) {
		t.Errorf("payment: %v, want %v", got, want)
	}
	s.forgetShares(t)
	if got := read(own); !slices.Equal(got, want) {
		t.Errorf("after the migration: %v, want %v", got, want)
	}
}

// forgetShares takes the shares away, and has the migration make them anew.
func (s *shop) forgetShares(t *testing.T) {
	t.Helper()
	text, err := os.ReadFile("../../migrations/0013_shares.sql")
	if err != nil {
		t.Fatal(err)
	}
	statements := []string{"UPDATE order_lines SET share_minor = 0", "UPDATE payment_lines SET share_minor = 0"}
	for statement := range strings.SplitSeq(string(text), ";") {
		if statement = strings.TrimSpace(statement); strings.HasPrefix(statement, "WITH spread") {
			statements = append(statements, statement)
		}
	}
	for _, statement := range statements {
		if _, err := s.api.Database.DB.Exec(statement); err != nil {
			t.Fatalf("%v: %s", err, statement)
		}
	}
}

// TestFixedAmount proves that a price may be set as an amount, and that an amount is
// no percentage.
func TestFixedAmount(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	input := func(kind string) apptest.Vars {
		return apptest.Vars{"lines": []apptest.Vars{{"productName": "a", "unitAmount": minor(1000)}},
			"discounts": []apptest.Vars{{"discountName": "for", "type": kind, "amount": minor(600)}}}
	}
	for kind, final := range map[string]int64{"FIXED": 600, "DOLLAROFF": 400} {
		if got := s.preview(t, input(kind)); got.FinalAmount == nil || got.FinalAmount.MinorUnits != final {
			t.Errorf("%s: %+v", kind, got)
		}
	}
	assertRefused(t, "PERCENOFF", refusalsOf(t, s.admin, "previewPayment", input("PERCENOFF")), "INVALID_INPUT input.discounts.0.type")
}
