package app_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

// briefly sends one mutation about a payment and reads little of the answer: many
// callers at once are to wait for each other, not for what they read.
func briefly(t *testing.T, c *apptest.Client, mutation, key string, input apptest.Vars) lifeStep {
	t.Helper()
	selection := "{ payment { id status } errors { code message } }"
	if rootTakes(mutation, "idempotencyKey") {
		selection, input = "{ payment { id status } replayed errors { code message } }", but(input, apptest.Vars{"idempotencyKey": key})
	}
	return apptest.Do[map[string]lifeStep](t, c, documentOf(t, mutation, selection), apptest.Vars{"input": input})[mutation]
}

// won counts the answers without refusals, and fails the test for every refusal
// that has another code.
func won(t *testing.T, answers []lifeStep, codes ...string) (n int) {
	t.Helper()
	for i, got := range answers {
		if len(got.Errors) == 0 {
			n++
			continue
		}
		for _, code := range got.codes() {
			if !slices.Contains(codes, code) {
				t.Errorf("caller %d: %+v", i, got.Errors)
			}
		}
	}
	return n
}

// TestManyRefunds proves that of many refunds at the same time no more succeed
// than money was captured.
func TestManyRefunds(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	for _, c := range []struct {
		amount int64
		want   int
	}{{6000, 1}, {3000, 3}, {10_000, 1}} {
		paid := act(t, s.admin, "payOrders", fmt.Sprint("pay-", c.amount), apptest.Vars{"orders": one(s.order(10_000)), "gatewayId": s.sandbox})
		answers := atOnce(100, func(i int) lifeStep {
			return briefly(t, s.admin, "refundPayment", fmt.Sprint(c.amount, "-", i), apptest.Vars{"paymentId": paid.Payment.ID, "amount": minor(c.amount)})
		})
		if n := won(t, answers, "REFUND_EXCEEDS_REFUNDABLE"); n != c.want {
			t.Errorf("%d refunds of %d of 10000 succeeded, want %d", n, c.amount, c.want)
		}
		if got := s.lifeOf(t, paid.Payment.ID); got.RefundedAmount.MinorUnits != c.amount*int64(c.want) || len(got.Refunds) != c.want || got.RefundPendingAmount.MinorUnits != 0 {
			t.Errorf("refunds of %d: %d came back in %d refunds", c.amount, got.RefundedAmount.MinorUnits, len(got.Refunds))
		}
	}
}

// TestManyCaptures proves that of many captures at the same time no more succeed
// than is held, and that a capture and a release at the same time are one after
// the other.
func TestManyCaptures(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	held := s.held(t, "held")
	answers := atOnce(50, func(i int) lifeStep {
		return briefly(t, s.admin, "captureTransaction", fmt.Sprint("c-", i), apptest.Vars{"transactionId": held.Transaction.ID, "amount": minor(6000)})
	})
	if n := won(t, answers, "CAPTURE_EXCEEDS_AUTHORIZED", "PAYMENT_IN_PROGRESS"); n != 1 {
		t.Errorf("%d captures of 6000 of 10000 succeeded, want 1", n)
	}
	if got := s.lifeOf(t, held.Payment.ID); got.PaidAmount.MinorUnits != 6000 || got.AuthorizedAmount.MinorUnits != 4000 {
		t.Errorf("paid %d, held %d", got.PaidAmount.MinorUnits, got.AuthorizedAmount.MinorUnits)
	}
	for i := range 10 {
		held := s.held(t, fmt.Sprint("race-", i))
		answers := atOnce(2, func(j int) lifeStep {
			return briefly(t, s.admin, []string{"captureTransaction", "voidTransaction"}[j], fmt.Sprint("race-", i), apptest.Vars{"transactionId": held.Transaction.ID})
		})
		if n := won(t, answers, "PAYMENT_IN_PROGRESS", "ALREADY_CAPTURED", "INVALID_STATE", "NOTHING_TO_VOID"); n != 1 {
			t.Errorf("%d of a capture and a release succeeded: %+v", n, answers)
		}
		if got := s.lifeOf(t, held.Payment.ID); got.AuthorizedAmount.MinorUnits != 0 || got.Status != "PAID" && got.Status != "CREATED" {
			t.Errorf("%s, %d held", got.Status, got.AuthorizedAmount.MinorUnits)
		}
	}
}

// TestManyApprovals proves that of two slips for one invoice that are approved at
// the same time one pays it.
func TestManyApprovals(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	bank := s.manualGateway(nil)
	for i := range 10 {
		invoice := s.invoice(t, fmt.Sprint("I-", i), s.order(1000))
		var slips []lifeStep
		for j := range 2 {
			key := fmt.Sprint(i, "-", j)
			slips = append(slips, act(t, s.teller(t), "submitManualPayment", key, apptest.Vars{"invoiceId": invoice, "gatewayId": bank, "transactionReference": key}))
		}
		answers := atOnce(10, func(j int) lifeStep {
			return briefly(t, s.admin, "approveManualPayment", fmt.Sprint(i, "-", j), apptest.Vars{"transactionId": slips[j%2].Transaction.ID})
		})
		if n := won(t, answers, "ORDER_ALREADY_PAID", "INVOICE_ALREADY_PAID", "INVALID_STATE"); n != 1 {
			t.Errorf("%d approvals succeeded, want 1", n)
		}
	}
}

// teller is another person than the admin, who may not approve.
func (s *shop) teller(t *testing.T) *apptest.Client {
	t.Helper()
	return s.api.Client(s.api.Token(t, auth.Grant{Role: pay.RoleStaff, Subject: "teller"}))
}

// manualGateway configures a gateway for what is paid by hand.
func (s *shop) manualGateway(more apptest.Vars) string {
	return s.make.Gateway(but(apptest.Vars{"name": "Transfer", "connector": "manual", "kind": "MANUAL", "action": "NONE",
		"methodType": "BANK_TRANSFER", "isTokenizable": false}, more))
}

// TestCancelAgainstProcess proves that a payment that is cancelled and attempted
// at the same time ends closed and empty, or paid.
func TestCancelAgainstProcess(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	for i := range 20 {
		made := s.created(t, fmt.Sprint("made-", i), apptest.Vars{"orders": one(s.order(1000))})
		answers := atOnce(4, func(j int) lifeStep {
			input := apptest.Vars{"paymentId": made.Payment.ID}
			if j%2 == 0 {
				return briefly(t, s.admin, "processPayment", fmt.Sprint(i, "-", j), but(input, apptest.Vars{"gatewayId": s.sandbox}))
			}
			return briefly(t, s.admin, "cancelPayment", fmt.Sprint(i, "-", j), input)
		})
		if n := won(t, answers, "PAYMENT_CLOSED", "PAYMENT_IN_PROGRESS", "ALREADY_CAPTURED", "INVALID_STATE", "ORDER_ALREADY_PAID"); n != 1 {
			t.Errorf("%d succeeded: %+v", n, answers)
		}
		if got := s.lifeOf(t, made.Payment.ID); got.Status != "PAID" && (got.Status != "CANCELLED" || len(got.Transactions) > 0) {
			t.Errorf("it ended %s with %d attempts", got.Status, len(got.Transactions))
		}
	}
}

// TestManyRefundsOfAmount proves the same for a payment of no order: then nothing but
// the payment's own lock keeps them apart.
func TestManyRefundsOfAmount(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	for i := range 5 {
		made := s.created(t, fmt.Sprint("amount-", i), apptest.Vars{"customerId": s.customer, "amount": but(minor(10_000), apptest.Vars{"currency": "EUR"})})
		act(t, s.admin, "processPayment", fmt.Sprint("pay-", i), apptest.Vars{"paymentId": made.Payment.ID, "gatewayId": s.sandbox})
		answers := atOnce(30, func(j int) lifeStep {
			return briefly(t, s.admin, "refundPayment", fmt.Sprint(i, "-", j), apptest.Vars{"paymentId": made.Payment.ID, "amount": minor(3000)})
		})
		if n := won(t, answers, "REFUND_EXCEEDS_REFUNDABLE"); n != 3 {
			t.Errorf("%d refunds of 3000 of 10000 succeeded, want 3", n)
		}
	}
}
