package app_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// vouchersSeen is what the API says of vouchers on a payment with one attempt.
type vouchersSeen struct {
	PaidAmount, PaidVoucherAmount struct{ MinorUnits int64 }
	Transactions                  []struct {
		ID                    string
		Amount, VoucherAmount struct{ MinorUnits int64 }
		VoucherCount          *int
	}
}

func (s *shop) vouchersOf(t *testing.T, payment string) vouchersSeen {
	t.Helper()
	return apptest.Do[struct{ Payment vouchersSeen }](t, s.admin, `query($id: ID!) { payment(by: { id: $id }) { paidAmount { minorUnits } paidVoucherAmount { minorUnits }
		transactions { id amount { minorUnits } voucherAmount { minorUnits } voucherCount } } }`, apptest.Vars{"id": payment}).Payment
}

// capturing is a way in which 10.00 of an attempt come to be captured: how it begins, and
// what follows.
type capturing struct {
	begin   apptest.Vars
	follows []apptest.Vars
	after   []int64
}

// capturings are all ways. A step has the name of what captures and an amount.
var capturings = map[string]capturing{
	"first answer":            {apptest.Vars{"paymentToken": "tok_approve"}, nil, []int64{1000}},
	"first answer of a part":  {apptest.Vars{"paymentToken": "tok_partial"}, nil, []int64{500}},
	"captured in parts":       {apptest.Vars{"capture": false}, []apptest.Vars{{"capture": 200}, {"capture": 300}, {"capture": 500}}, []int64{0, 200, 500, 1000}},
	"captured, then reported": {apptest.Vars{"capture": false}, []apptest.Vars{{"capture": 600}, {"report": 1000}}, []int64{0, 600, 1000}},
	"a hold that is reported": {apptest.Vars{"capture": false}, []apptest.Vars{{"report": 1000}}, []int64{0, 1000}},
	"pending, reported":       {apptest.Vars{"paymentToken": "tok_pending"}, []apptest.Vars{{"report": 500}}, []int64{0, 500}},
	"pending, simulated":      {apptest.Vars{"paymentToken": "tok_pending"}, []apptest.Vars{{"simulate": 400}, {"simulate": 700}}, []int64{0, 400, 700}},
	"late":                    {apptest.Vars{"paymentToken": "tok_soft_decline"}, []apptest.Vars{{"report": 1000}}, []int64{0, 1000}},
}

// TestCapturedByVouchers proves that all which a gateway of vouchers captures counts as paid
// by vouchers, however it comes to be captured, and nothing of what another gateway does.
func TestCapturedByVouchers(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	for kind, c := range map[string]struct {
		gateway apptest.Vars
		tenders any
		count   int // of the vouchers that are shown; 0 where the gateway takes none
	}{
		"meal":    {apptest.Vars{"kind": "VOUCHER", "methodType": "VOUCHER", "isFoodOnly": true}, 3, 3},
		"gift":    {apptest.Vars{"kind": "VOUCHER", "methodType": "VOUCHER"}, nil, 1},
		"by card": {apptest.Vars{"kind": "VOUCHER", "methodType": "CARD"}, 2, 2},
		"online":  {apptest.Vars{"kind": "ONLINE", "methodType": "VOUCHER"}, nil, 1},
		"card":    {apptest.Vars{"kind": "ONLINE", "methodType": "CARD"}, nil, 0},
	} {
		h := hooked(t, s.api, s.admin, "a", but(c.gateway, apptest.Vars{"name": kind}))
		for name, way := range capturings {
			key := strings.NewReplacer(", ", "-", " ", "-").Replace(kind + " " + name)
			paid := act(t, s.admin, "payOrders", key, but(apptest.Vars{"orders": part(s.lunch(t), minor(1000)), "gatewayId": h.gateway, "voucherCount": c.tenders}, way.begin))
			if paid.Payment == nil {
				t.Fatalf("%s: %+v", key, paid.Errors)
			}
			s.showsVouchers(t, key, paid.Payment.ID, way.after[0], c.count)
			for i, step := range way.follows {
				s.captures(t, h, fmt.Sprint(key, i), paid.Transaction.ID, step)
				s.showsVouchers(t, fmt.Sprint(key, i), paid.Payment.ID, way.after[i+1], c.count)
			}
		}
	}
	checkInvariants(t, s.api.Database.DB)
	s.forgetVouchers(t)
	checkInvariants(t, s.api.Database.DB)
}

// forgetVouchers takes away what vouchers paid, and has the migration find it out.
func (s *shop) forgetVouchers(t *testing.T) {
	t.Helper()
	const paid = "SELECT concat_ws(' ', id, voucher_minor, voucher_count) FROM transactions ORDER BY id"
	db := s.api.Database.DB
	want := rowsOf(t, db, paid)
	text, err := os.ReadFile("../../migrations/0040_captured_by_vouchers.sql")
	if err != nil {
		t.Fatal(err)
	}
	db.MustExec("UPDATE transactions SET voucher_minor = 0, voucher_count = NULL")
	db.MustExec("UPDATE payments SET voucher_minor = 0")
	db.MustExec(string(text))
	if got := rowsOf(t, db, paid); !slices.Equal(got, want) {
		t.Errorf("after the migration: %v, want %v", got, want)
	}
}

// captures has a step capture what it says.
func (s *shop) captures(t *testing.T, h hook, key, attempt string, step apptest.Vars) {
	t.Helper()
	for how, amount := range step {
		switch how {
		case "capture":
			act(t, s.admin, "captureTransaction", key, apptest.Vars{"transactionId": attempt, "amount": minor(int64(amount.(int)))})
		case "report":
			h.send(t, key, hookEvent("attempt.captured", attempt, apptest.Vars{"amount": amount}))
		case "simulate":
			simulate(t, s.admin, attempt, "CAPTURED", apptest.Vars{"amount": minor(int64(amount.(int)))})
		}
	}
}

// showsVouchers proves that so much is captured and, if count is not 0, all of it by that
// many vouchers.
func (s *shop) showsVouchers(t *testing.T, key, payment string, captured int64, count int) {
	t.Helper()
	got := s.vouchersOf(t, payment)
	attempt, by, shown := got.Transactions[0], int64(0), 0
	if count > 0 && captured > 0 {
		by = captured
	}
	if attempt.VoucherCount != nil {
		shown = *attempt.VoucherCount
	}
	if got.PaidAmount.MinorUnits != captured || attempt.Amount.MinorUnits != captured || got.PaidVoucherAmount.MinorUnits != by || attempt.VoucherAmount.MinorUnits != by ||
		(shown > 0) != (by > 0) || by > 0 && shown != count {
		t.Errorf("%s: %+v, by %d vouchers; want %d of %d by %d", key, got, shown, by, captured, count)
	}
}
