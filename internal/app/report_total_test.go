package app_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// TestTotalBesideOtherRefunds proves that what goes back by hand or as store credit, of
// which the gateway knows nothing, explains nothing that the gateway gave back: that is
// booked besides, or calls for a person where so much was not captured.
func TestTotalBesideOtherRefunds(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	h := hooked(t, s.api, s.admin, "a")
	for name, c := range map[string]struct {
		method           string
		amount, total    int64
		totalFirst       bool
		outcome          string
		refunded         int64
		attention, books string
	}{
		"credit":             {"STORE_CREDIT", 400, 400, false, "APPLIED", 800, "[]", "CUSTOMER_RECEIVABLE -200, GATEWAY_CLEARING 600, STORE_CREDIT -400"},
		"credit-after":       {"STORE_CREDIT", 400, 400, true, "APPLIED", 800, "[]", "CUSTOMER_RECEIVABLE -200, GATEWAY_CLEARING 600, STORE_CREDIT -400"},
		"by-hand":            {"MANUAL", 400, 500, false, "APPLIED", 900, "[]", "CUSTOMER_RECEIVABLE -100, GATEWAY_CLEARING 500, PAYOUTS -400"},
		"by-hand-after":      {"MANUAL", 400, 500, true, "APPLIED", 900, "[]", "CUSTOMER_RECEIVABLE -100, GATEWAY_CLEARING 500, PAYOUTS -400"},
		"all-twice":          {"MANUAL", 1000, 1000, false, "MISMATCH", 1000, "[AMOUNT_MISMATCH]", "GATEWAY_CLEARING 1000, PAYOUTS -1000"},
		"twice-in-part":      {"MANUAL", 700, 500, false, "MISMATCH", 1000, "[AMOUNT_MISMATCH]", "GATEWAY_CLEARING 700, PAYOUTS -700"},
		"the-gateways-alone": {"ORIGINAL", 400, 400, false, "NOTHING_NEW", 400, "[]", "CUSTOMER_RECEIVABLE -600, GATEWAY_CLEARING 600"},
	} {
		begun := s.started(t, name, "tok_approve", apptest.Vars{"gatewayId": h.gateway})
		id := begun.Payment.ID
		give := func() {
			input := apptest.Vars{"paymentId": id, "amount": minor(c.amount), "method": c.method}
			if c.method == "MANUAL" {
				input["manualReference"] = "slip-" + name
			}
			if got := act(t, s.admin, "refundPayment", name, input); len(got.Errors) > 0 || got.Refunds[0].Status != "SUCCEEDED" {
				t.Fatalf("%s: %+v", name, got)
			}
		}
		if !c.totalFirst {
			give()
		}
		event := deliverAll(t, h, begun.Transaction.ID, time.Now(), tells{"attempt.refunded", untold, of(c.total)})[0]
		if c.totalFirst {
			give()
		}
		got := s.lifeOf(t, id)
		books := s.books(t, apptest.Vars{"paymentIds": []string{id}})
		if outcome := outcomeOf(t, s.admin, event); outcome != c.outcome || got.RefundedAmount.MinorUnits != c.refunded || fmt.Sprint(got.Attention) != c.attention || books != c.books {
			t.Errorf("%s: %s, refunded %d, %v, the books say %s", name, outcome, got.RefundedAmount.MinorUnits, got.Attention, books)
		}
		deliverAll(t, h, begun.Transaction.ID, time.Now(), tells{"attempt.refunded", untold, of(c.total)})
		if again := s.lifeOf(t, id); again.Version != got.Version {
			t.Errorf("%s: told again it was news: %+v", name, again)
		}
	}
	checkInvariants(t, s.api.Database.DB)
}

// TestTotalOfCaptures proves that a total of more than is captured yet counts in full once
// the rest is, and that a person must look until then.
func TestTotalOfCaptures(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	h := hooked(t, s.api, s.admin, "a")
	held := s.started(t, "held", "tok_approve", apptest.Vars{"gatewayId": h.gateway, "capture": false})
	attempt, now := held.Transaction.ID, time.Now()
	act(t, s.admin, "captureTransaction", "c1", apptest.Vars{"transactionId": attempt, "amount": minor(300)})
	deliverAll(t, h, attempt, now, tells{"attempt.refunded", untold, of(500)})
	if got := s.lifeOf(t, held.Payment.ID); got.RefundedAmount.MinorUnits != 300 || !slices.Equal(got.Attention, []string{"AMOUNT_MISMATCH"}) {
		t.Errorf("more than was captured: %+v", got)
	}
	deliverAll(t, h, attempt, now, tells{"attempt.captured", 1, of(900)})
	if got := s.lifeOf(t, held.Payment.ID); got.RefundedAmount.MinorUnits != 500 || len(got.Attention) > 0 {
		t.Errorf("once the rest was: %+v", got)
	}
	checkInvariants(t, s.api.Database.DB)
}
