package pay_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/pay"
)

// words is what partners of the five source systems were told, one row a
// headline: S0, S1, S2, S3, S4.
const words = `
CREATED            CREATED    pending          created        PENDING   Requested
PENDING_APPROVAL   CREATED    pending_approval created        PENDING   Requested
REQUIRES_ACTION    PROCESSING processing       processing     PENDING   Requested
PROCESSING         PROCESSING processing       processing     PENDING   Requested
ON_RETRY           PROCESSING processing       on_retry       PENDING   Requested
AUTHORIZED         PROCESSING processing       reserved       PENDING   Requested
PARTIALLY_PAID     PROCESSING processing       processing     PENDING   Requested
PAID               PAID       succeeded        succeeded      COMPLETED Paid
CONFIRMED          COMPLETED  succeeded        succeeded      COMPLETED Confirmed
PARTIALLY_REFUNDED PAID       succeeded        partial_refund COMPLETED Paid
REFUNDED           PAID       refunded         refunded       REFUNDED  Refunded
FAILED             FAILED     failed           failed         FAILED    Requested
REJECTED           FAILED     failed           failed         FAILED    Cancelled
CANCELLED          FAILED     cancelled        cancelled      CANCELLED Cancelled
VOIDED             FAILED     cancelled        cancelled      CANCELLED Voided
EXPIRED            FAILED     cancelled        cancelled      CANCELLED Expired`

var vocabularies = []pay.StatusVocabulary{"S0", "S1", "S2", "S3", "S4"}

// TestStatusAs proves that every headline has its word in every vocabulary.
func TestStatusAs(t *testing.T) {
	t.Parallel()
	var seen []pay.PaymentStatus
	for row := range strings.Lines(strings.TrimSpace(words)) {
		columns := strings.Fields(row)
		p := pay.Payment{Status: pay.PaymentStatus(columns[0]), RefundStatus: "NONE"}
		seen = append(seen, p.Status)
		for i, v := range vocabularies {
			if got := p.StatusAs(v, nil); got != columns[i+1] {
				t.Errorf("%s in %s is %q, want %q", p.Status, v, got, columns[i+1])
			}
		}
	}
	if !slices.Equal(seen, headlines) {
		t.Errorf("the table has %v", seen)
	}
}

// TestStatusAsOfReserved proves that S2 tells money that was held first from a direct
// sale, and nobody else does.
func TestStatusAsOfReserved(t *testing.T) {
	t.Parallel()
	direct, reserved, failed := pay.Transaction{CapturedMinor: 1, AutoCapture: true}, pay.Transaction{CapturedMinor: 1}, pay.Transaction{}
	for _, status := range headlines {
		for _, v := range vocabularies {
			p := pay.Payment{Status: status, RefundStatus: "NONE"}
			plain := p.StatusAs(v, nil)
			want := plain
			if v == "S2" && plain == "succeeded" {
				want = "captured"
			}
			if got := p.StatusAs(v, []pay.Transaction{failed, reserved}); got != want {
				t.Errorf("%s in %s, held first: %q, want %q", status, v, got, want)
			}
			for _, attempts := range [][]pay.Transaction{{direct}, {failed}, {reserved, direct}} {
				if got := p.StatusAs(v, attempts); got != plain {
					t.Errorf("%s in %s: %q, want %q", status, v, got, plain)
				}
			}
		}
	}
}

// TestStatusAsOfRefunds proves that a vocabulary with a word for what became of
// the refunds uses it, and that the others keep to the headline.
func TestStatusAsOfRefunds(t *testing.T) {
	t.Parallel()
	special := map[pay.RefundStatusSummary]map[pay.StatusVocabulary]string{
		"NONE": {}, "PARTIAL": {}, "FULL": {},
		"PENDING": {"S2": "pending_refund"}, "FAILED": {"S2": "refund_failed"}, "IMPOSSIBLE": {"S2": "refund_failed", "S4": "ImpossibleRefund"},
	}
	for _, status := range headlines {
		for refunds, words := range special {
			for _, v := range vocabularies {
				want, ok := words[v]
				if !ok {
					want = pay.Payment{Status: status, RefundStatus: "NONE"}.StatusAs(v, nil)
				}
				if got := (pay.Payment{Status: status, RefundStatus: refunds}).StatusAs(v, nil); got != want {
					t.Errorf("%s with refunds %s in %s is %q, want %q", status, refunds, v, got, want)
				}
			}
		}
	}
}

// TestAttemptStatusAs proves that attempts have the words of S4 and of no other
// source, and that a refund that can never succeed has its own.
func TestAttemptStatusAs(t *testing.T) {
	t.Parallel()
	for status, want := range map[pay.TransactionStatus]string{
		"CREATED": "Requested", "PENDING_APPROVAL": "Requested", "REQUIRES_ACTION": "Requested", "PENDING": "Requested", "UNKNOWN": "Requested", "AUTHORIZED": "Requested",
		"CAPTURED": "Paid", "FAILED": "Failed", "DROPPED": "Dropped", "CANCELLED": "Cancelled", "VOIDED": "Voided", "EXPIRED": "Expired", "REJECTED": "Cancelled",
	} {
		x := pay.Transaction{Status: status}
		for _, v := range vocabularies {
			switch got := x.StatusAs(v, nil); {
			case v == "S4" && (got == nil || *got != want):
				t.Errorf("%s in S4: %v, want %s", status, got, want)
			case v != "S4" && got != nil:
				t.Errorf("%s in %s: %s", status, v, *got)
			}
		}
	}
	for want, c := range map[string]struct {
		confirmed, refunded int64
		refunds             []pay.Refund
	}{
		"Confirmed":        {10, 0, nil},
		"Paid":             {0, 4, nil},
		"Refunded":         {0, 10, []pay.Refund{{Status: pay.RefundImpossible}, {Status: pay.RefundSucceeded}}},
		"ImpossibleRefund": {0, 4, []pay.Refund{{Status: pay.RefundSucceeded}, {Status: pay.RefundImpossible}}},
	} {
		x := pay.Transaction{Status: pay.TransactionCaptured, CapturedMinor: 10, ConfirmedMinor: c.confirmed, RefundedMinor: c.refunded}
		if got := x.StatusAs("S4", c.refunds); *got != want {
			t.Errorf("%s, want %s", *got, want)
		}
	}
}
