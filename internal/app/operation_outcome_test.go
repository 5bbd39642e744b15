package app_test

import (
	"slices"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// TestOperationOutcomes proves what captures, releases and calls to cancel come to
// that do not succeed: nothing is collected by a failure, and one without a result
// keeps others out until it has one.
func TestOperationOutcomes(t *testing.T) {
	t.Parallel()
	x := openTrial(t, "ADMIN")
	for kind, c := range map[string]struct {
		mutation, was string
		begin         apptest.Vars
		done          string // the attempt's state once it succeeded
	}{
		"capture": {"captureTransaction", "AUTHORIZED", apptest.Vars{"capture": false}, "CAPTURED"},
		"void":    {"voidTransaction", "AUTHORIZED", apptest.Vars{"capture": false}, "VOIDED"},
		"cancel":  {"cancelTransaction", "REQUIRES_ACTION", tok("otp"), "CANCELLED"},
	} {
		for outcome, want := range map[string]struct{ status, second string }{
			"fail": {"FAILED", ""}, "pending": {"PENDING", "PAYMENT_IN_PROGRESS"}, "timeout": {"UNKNOWN", "PAYMENT_IN_PROGRESS"},
		} {
			t.Run(kind+" "+outcome, func(t *testing.T) {
				p := act(t, x.admin, "payOrders", x.key(), but(apptest.Vars{"orders": one(x.order(1000)), "gatewayId": x.sandbox}, but(c.begin, sandboxKey(kind, outcome))))
				input, key := apptest.Vars{"transactionId": p.Transaction.ID}, x.key()
				got := act(t, x.admin, c.mutation, key, input)
				if got.Payment == nil || got.Transaction.Status != c.was || got.Payment.PaidAmount.MinorUnits != 0 || got.Payment.AuthorizedAmount != p.Payment.AuthorizedAmount ||
					got.Payment.Transactions[0].Operations[0].Status != want.status {
					t.Fatalf("got %+v", got)
				}
				if unknown := slices.Contains(got.Payment.Attention, "UNKNOWN_OUTCOME"); unknown != (outcome == "timeout") {
					t.Errorf("attention %v", got.Payment.Attention)
				}
				second := act(t, x.admin, c.mutation, x.key(), input)
				if code := append(second.codes(), "")[0]; code != want.second {
					t.Errorf("a second one: %+v", second)
				}
				x.clock.pass(time.Minute)
				again := act(t, x.admin, c.mutation, key, input)
				if after := map[string]string{"timeout": c.done}[outcome]; !again.Replayed || after != "" && again.Transaction.Status != after || after == "" && again.Transaction.Status != c.was {
					t.Errorf("repeated later: %+v", again)
				}
			})
		}
	}
}

// TestRefundOutcomes proves what refunds come to that do not succeed: the money
// stays collected, and what has no result stays reserved.
func TestRefundOutcomes(t *testing.T) {
	t.Parallel()
	x := openTrial(t, "ADMIN")
	for outcome, want := range map[string]struct {
		status, summary, attention string
		refundable                 int64
		later                      string
	}{
		"fail":       {"FAILED", "FAILED", "REFUND_FAILED", 1000, "FAILED"},
		"impossible": {"IMPOSSIBLE", "IMPOSSIBLE", "REFUND_FAILED", 1000, "IMPOSSIBLE"},
		"pending":    {"PENDING", "PENDING", "", 600, "PENDING"},
		"timeout":    {"UNKNOWN", "PENDING", "UNKNOWN_OUTCOME", 600, "SUCCEEDED"},
	} {
		t.Run(outcome, func(t *testing.T) {
			p := act(t, x.admin, "payOrders", x.key(), but(apptest.Vars{"orders": one(x.order(1000)), "gatewayId": x.sandbox}, sandboxKey("refund", outcome)))
			key, input := x.key(), apptest.Vars{"paymentId": p.Payment.ID, "amount": minor(400)}
			got := act(t, x.admin, "refundPayment", key, input)
			if got.Payment == nil || got.Refunds[0].Status != want.status || got.Payment.RefundStatus != want.summary || got.Payment.Status != "PAID" ||
				got.Payment.RefundedAmount.MinorUnits != 0 || got.Payment.RefundableAmount.MinorUnits != want.refundable || got.Payment.Orders[0].PaidStatus != "PAID" {
				t.Fatalf("got %+v", got)
			}
			if attention := append(got.Payment.Attention, ""); attention[0] != want.attention {
				t.Errorf("attention %v", got.Payment.Attention)
			}
			over := act(t, x.admin, "refundPayment", x.key(), apptest.Vars{"paymentId": p.Payment.ID, "amount": minor(want.refundable + 1)})
			if !slices.Equal(over.codes(), []string{"REFUND_EXCEEDS_REFUNDABLE"}) || over.Errors[0].Maximum.MinorUnits != want.refundable {
				t.Errorf("too much: %+v", over)
			}
			x.clock.pass(time.Minute)
			if again := act(t, x.admin, "refundPayment", key, input); !again.Replayed || again.Refunds[0].Status != want.later {
				t.Errorf("repeated later: %+v", again)
			}
			if outcome != "pending" {
				return
			}
			off := act(t, x.admin, "cancelRefund", x.key(), apptest.Vars{"refundId": got.Refunds[0].ID})
			if off.Payment == nil || off.Refunds[0].Status != "CANCELLED" || off.Payment.RefundableAmount.MinorUnits != 1000 {
				t.Errorf("called off: %+v", off)
			}
		})
	}
}

// TestStatusWords proves the headline in the words of each source, in the states
// that a payment reaches after its first attempt.
func TestStatusWords(t *testing.T) {
	t.Parallel()
	x := openTrial(t, "ADMIN")
	for name, want := range map[string][5]string{
		"declined":          {"FAILED", "failed", "failed", "FAILED", "Requested"},
		"partly captured":   {"PROCESSING", "processing", "processing", "PENDING", "Requested"},
		"held":              {"PROCESSING", "processing", "reserved", "PENDING", "Requested"},
		"OTP":               {"PROCESSING", "processing", "processing", "PENDING", "Requested"},
		"released":          {"CREATED", "pending", "created", "PENDING", "Requested"},
		"cancelled":         {"FAILED", "cancelled", "cancelled", "CANCELLED", "Cancelled"},
		"voided":            {"FAILED", "cancelled", "cancelled", "CANCELLED", "Voided"},
		"slip":              {"CREATED", "pending_approval", "created", "PENDING", "Requested"},
		"slip rejected":     {"FAILED", "failed", "failed", "FAILED", "Cancelled"},
		"slip approved":     {"PAID", "succeeded", "succeeded", "COMPLETED", "Paid"},
		"partly refunded":   {"PAID", "succeeded", "partial_refund", "COMPLETED", "Paid"},
		"refunded":          {"PAID", "refunded", "refunded", "REFUNDED", "Refunded"},
		"refund pending":    {"PAID", "succeeded", "pending_refund", "COMPLETED", "Paid"},
		"refund timeout":    {"PAID", "succeeded", "pending_refund", "COMPLETED", "Paid"},
		"refund fail":       {"PAID", "succeeded", "refund_failed", "COMPLETED", "Paid"},
		"captured":          {"PAID", "succeeded", "succeeded", "COMPLETED", "Paid"},
		"captured in two":   {"PAID", "succeeded", "captured", "COMPLETED", "Paid"},
		"refund impossible": {"PAID", "succeeded", "refund_failed", "COMPLETED", "ImpossibleRefund"},
		"free":              {"COMPLETED", "succeeded", "succeeded", "COMPLETED", "Confirmed"},
	} {
		id := recipes()[name](t, x, x.order(1000))
		got := apptest.Do[struct {
			Payment struct{ A, B, C, D, E string }
		}](t, x.admin, `query($id: ID!) { payment(by: { id: $id }) { a: statusAs(vocabulary: S0) b: statusAs(vocabulary: S1) c: statusAs(vocabulary: S2)
			d: statusAs(vocabulary: S3) e: statusAs(vocabulary: S4) } }`, apptest.Vars{"id": id}).Payment
		if words := [5]string{got.A, got.B, got.C, got.D, got.E}; words != want {
			t.Errorf("%s is %v, want %v", name, words, want)
		}
	}
}

// TestClosing proves that a payment whose hold is not released at once closes when
// it is, takes no attempt meanwhile, and goes on when its gateway refuses.
func TestClosing(t *testing.T) {
	t.Parallel()
	x := openTrial(t, "ADMIN")
	for outcome, want := range map[string]struct{ meanwhile, status string }{
		"pending": {"PAYMENT_CLOSED", "AUTHORIZED"}, "timeout": {"PAYMENT_CLOSED", "VOIDED"}, "fail": {"PAYMENT_IN_PROGRESS", "AUTHORIZED"},
	} {
		id := recipes()["closing, void "+outcome](t, x, x.order(1000))
		if got := x.lifeOf(t, id); got.Status != "AUTHORIZED" || got.AuthorizedAmount.MinorUnits != 1000 || got.Orders[0].OutstandingAmount.MinorUnits != 1000 {
			t.Errorf("%s: %+v", outcome, got)
		}
		if got := x.try(t, id, asked{action: "PROCESS_PAYMENT"}, nil); got.code != want.meanwhile {
			t.Errorf("%s: an attempt meanwhile: %s", outcome, got)
		}
		x.clock.pass(time.Minute)
		x.wakeAll(t)
		got := x.lifeOf(t, id)
		if got.Status != want.status || (got.AuthorizedAmount.MinorUnits == 0) != (want.status == "VOIDED") {
			t.Errorf("%s: afterwards %s, %d held", outcome, got.Status, got.AuthorizedAmount.MinorUnits)
		}
		if outcome == "fail" {
			if got := x.try(t, id, asked{action: "CAPTURE_TRANSACTION", transaction: got.Transactions[0].ID}, nil); got.code != "" {
				t.Errorf("a payment that was not released: %s", got)
			}
		}
	}
}
