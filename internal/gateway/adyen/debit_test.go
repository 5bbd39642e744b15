package adyen_test

import (
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/gateway/adyen"
	"github.com/paygraph/paygraph/internal/gateway/adyen/adyentest"
	"github.com/paygraph/paygraph/internal/pay"
)

// TestDirectDebit follows a debit that has no result for days, and one that came back after
// it was paid.
func TestDirectDebit(t *testing.T) {
	t.Parallel()
	s := adyentest.New(t)
	for name, paid := range map[string]bool{"paid": true, "refused": false} {
		r := request(adyentest.Debit)
		r.MethodType = pay.MethodDirectDebit
		f, err := adyen.New(s.URL).Charge(t.Context(), r)
		if err != nil || f.To != pay.TransactionPending || *f.ExternalID == "" {
			t.Fatalf("%s: %+v, %v", name, f, err)
		}
		x := pay.Transaction{Status: pay.TransactionCreated, Currency: "EUR", RequestedMinor: 1234, AutoCapture: true}
		apply(t, &x, f)
		if len(reported(t, s, r.AttemptID)) != 0 {
			t.Fatalf("%s: it has a result at once", name)
		}
		s.Settle(r.AttemptID, paid)
		told := reported(t, s, r.AttemptID)
		if len(told) != 1 || told[0].AttemptID != r.AttemptID || told[0].ExternalID != *f.ExternalID {
			t.Fatalf("%s: %+v", name, told)
		}
		apply(t, &x, *told[0].Fact)
		want := pay.TransactionFailed
		if paid {
			want = pay.TransactionCaptured
		}
		if x.Status != want || paid != (x.CapturedMinor == 1234) {
			t.Errorf("%s: it comes to %s of %d", name, x.Status, x.CapturedMinor)
		}
	}
}

func apply(t *testing.T, x *pay.Transaction, f pay.Fact) {
	t.Helper()
	if changed, err := x.Apply(f, time.Unix(0, 0).UTC()); err != nil || !changed {
		t.Fatalf("%s: %t, %v", f.To, changed, err)
	}
}

// TestDebitsThatComeBack proves that money which is gone again after it was told as taken is
// told as taken back, whoever took it.
func TestDebitsThatComeBack(t *testing.T) {
	t.Parallel()
	for code, step := range map[string]int{"CAPTURE_FAILED": 1, "CHARGEBACK": 1, "SECOND_CHARGEBACK": 3, "PREARBITRATION_LOST": 4} {
		i := item(code, attemptID, "true")
		i.OriginalReference = "PSPPAYMENT"
		got, err := receiver.Receive(delivery(i))
		if err != nil || len(got) != 1 || got[0].ChargedBackMinor == nil || *got[0].ChargedBackMinor != 1234 || got[0].AttemptID != attemptID ||
			got[0].ExternalID != "PSPPAYMENT" || *got[0].Currency != "EUR" ||
			*got[0].Dispute != (pay.DisputeStep{ID: "PSPEVENT", Step: step}) {
			t.Errorf("%s: %+v, %v", code, got, err)
		}
	}
}
