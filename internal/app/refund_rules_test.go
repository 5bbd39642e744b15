package app_test

import (
	"slices"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// approvedSlip is a payment of 10.00 that a person paid by bank transfer.
func approvedSlip(t *testing.T, x *trial) lived {
	t.Helper()
	return x.lifeOf(t, slip(1000, false, "approveManualPayment", nil)(t, x, x.order(1000)))
}

// mixed is a payment of 10.00: 4.00 by bank transfer after 6.00 by a card whose
// gateway gives back all of it or nothing.
func mixed(t *testing.T, x *trial) lived {
	t.Helper()
	id := x.created(t, x.key(), apptest.Vars{"orders": one(x.order(1000))}).Payment.ID
	paid := act(t, x.admin, "processPayment", x.key(), apptest.Vars{"paymentId": id, "gatewayId": x.whole, "amount": minor(600)})
	rest := act(t, x.teller(t), "submitManualPayment", x.key(), apptest.Vars{"paymentId": id, "gatewayId": x.manual, "transactionReference": x.key()})
	if paid.Payment == nil || rest.Payment == nil {
		t.Fatalf("pay: %+v %+v", paid.Errors, rest.Errors)
	}
	return *act(t, x.admin, "approveManualPayment", x.key(), apptest.Vars{"transactionId": rest.Transaction.ID}).Payment
}

// refundPreviewed is the answer to previewRefund.
type refundPreviewed struct {
	MaximumAmount *bound
	Parts         []struct{ Method string }
	Errors        []typedRefusal
}

func (x *trial) preview(t *testing.T, input apptest.Vars) refundPreviewed {
	t.Helper()
	return apptest.Do[struct{ PreviewRefund refundPreviewed }](t, x.admin, documentOf(t, "previewRefund",
		"{ maximumAmount { minorUnits currency } parts { method } "+errorFields+" }"), apptest.Vars{"input": input}).PreviewRefund
}

// refuses asks for a refund and for its preview, which must both be refused so.
func (x *trial) refuses(t *testing.T, input apptest.Vars, want string) {
	t.Helper()
	assertRefused(t, "refundPayment", refusalsOf(t, x.admin, "refundPayment", but(input, apptest.Vars{"idempotencyKey": x.key()})), want)
	var got []string
	for _, r := range x.preview(t, input).Errors {
		got = append(got, r.String())
	}
	assertRefused(t, "previewRefund", got, want)
}

// TestPaidOutByHand proves that whatever goes back outside any gateway names its
// slip, whether or not the method was named, and that a slip counts once.
func TestPaidOutByHand(t *testing.T) {
	t.Parallel()
	x := openTrial(t, "ADMIN")
	transfer, both, card := approvedSlip(t, x), mixed(t, x), x.lifeOf(t, with(nil)(t, x, x.order(1000)))
	for name, input := range map[string]apptest.Vars{
		"a transfer": {"paymentId": transfer.ID}, "a transfer, named": {"paymentId": transfer.ID, "method": "MANUAL"},
		"a part of a mixed split": {"paymentId": both.ID}, "a card": {"paymentId": card.ID, "method": "MANUAL"},
	} {
		t.Run(name, func(t *testing.T) { x.refuses(t, input, "REQUIRED input.manualReference") })
	}
	out := apptest.Vars{"paymentId": card.ID, "method": "MANUAL", "amount": minor(300), "manualReference": "out 1"}
	if got := x.preview(t, out); len(got.Errors) > 0 || got.Parts[0].Method != "MANUAL" {
		t.Errorf("preview: %+v", got)
	}
	first := act(t, x.admin, "refundPayment", "first", out)
	if len(first.Refunds) != 1 {
		t.Fatalf("first: %+v", first)
	}
	x.refuses(t, out, "DUPLICATE_REFERENCE input.manualReference existing="+first.Refunds[0].ID)
	if again := act(t, x.admin, "refundPayment", "first", out); !again.Replayed || len(again.Errors) > 0 {
		t.Errorf("the same request: %+v", again)
	}
	if other := act(t, x.admin, "refundPayment", x.key(), apptest.Vars{"paymentId": transfer.ID, "manualReference": "out 1"}); len(other.Errors) > 0 {
		t.Errorf("another payment: %+v", other)
	}
	shared := act(t, x.admin, "refundPayment", x.key(), apptest.Vars{"paymentId": both.ID, "method": "MANUAL", "manualReference": "out 1"})
	if len(shared.Refunds) != 2 {
		t.Errorf("the parts of one refund: %+v", shared)
	}
}

// TestRefundBounds proves that refusals of refunds say what could be given back.
func TestRefundBounds(t *testing.T) {
	t.Parallel()
	x := openTrial(t, "ADMIN")
	card, both := x.lifeOf(t, with(nil)(t, x, x.order(1000))), mixed(t, x)
	whole := recipes()["all or nothing, partly paid out"](t, x, x.order(1000))
	empty := recipes()["refunded"](t, x, x.order(1000))
	for name, c := range map[string]struct {
		input apptest.Vars
		want  string
		most  int64
	}{
		"too much":                       {apptest.Vars{"paymentId": card.ID, "amount": minor(1001)}, "REFUND_EXCEEDS_REFUNDABLE input.amount max=1000EUR", 1000},
		"another currency":               {apptest.Vars{"paymentId": card.ID, "amount": apptest.Vars{"minorUnits": 1, "currency": "USD"}}, "CURRENCY_MISMATCH input.amount.currency", 1000},
		"an attempt of another payment":  {apptest.Vars{"paymentId": card.ID, "transactionId": both.Transactions[0].ID}, "NOT_FOUND input.transactionId", 1000},
		"all of nothing":                 {apptest.Vars{"paymentId": empty}, "NOT_REFUNDABLE input.paymentId", 0},
		"something of nothing":           {apptest.Vars{"paymentId": empty, "amount": minor(1)}, "REFUND_EXCEEDS_REFUNDABLE input.amount max=0EUR", 0},
		"a part of a split":              {apptest.Vars{"paymentId": both.ID, "amount": minor(700), "manualReference": "a"}, "PARTIAL_REFUND_UNSUPPORTED input.amount max=1000EUR", 1000},
		"a part of the attempt":          {apptest.Vars{"paymentId": both.ID, "transactionId": both.Transactions[0].ID, "amount": minor(1)}, "PARTIAL_REFUND_UNSUPPORTED input.amount max=600EUR", 600},
		"what can be given back no more": {apptest.Vars{"paymentId": whole}, "PARTIAL_REFUND_UNSUPPORTED input.amount", 600},
	} {
		t.Run(name, func(t *testing.T) {
			x.refuses(t, c.input, c.want)
			if got := x.preview(t, c.input).MaximumAmount; got == nil || got.MinorUnits != c.most || got.Currency != "EUR" {
				t.Errorf("the preview's maximum is %+v, want %d", got, c.most)
			}
		})
	}
	act(t, x.admin, "refundPayment", x.key(), apptest.Vars{"paymentId": both.ID, "transactionId": both.Transactions[0].ID, "amount": minor(100), "method": "MANUAL", "manualReference": "b"})
	x.refuses(t, apptest.Vars{"paymentId": both.ID, "amount": minor(500), "manualReference": "c"}, "PARTIAL_REFUND_UNSUPPORTED input.amount max=400EUR")
	if got := x.preview(t, apptest.Vars{"paymentId": "py_nothing"}); got.MaximumAmount != nil || len(got.Errors) != 1 {
		t.Errorf("no such payment: %+v", got)
	}
}

// TestRefundReference proves that a refund's reference which another one has is
// refused with that one.
func TestRefundReference(t *testing.T) {
	t.Parallel()
	x := openTrial(t, "ADMIN")
	card, other := with(nil)(t, x, x.order(1000)), with(nil)(t, x, x.order(1000))
	first := act(t, x.admin, "refundPayment", x.key(), apptest.Vars{"paymentId": card, "amount": minor(1), "referenceId": "R 1"})
	for _, id := range []string{card, other} {
		got := refusalsOf(t, x.admin, "refundPayment", apptest.Vars{"idempotencyKey": x.key(), "paymentId": id, "amount": minor(1), "referenceId": "R 1"})
		assertRefused(t, "refundPayment", got, "DUPLICATE_REFERENCE input.referenceId existing="+first.Refunds[0].ID)
	}
}

// refundMethods are the ways in which money can go back.
var refundMethods = []string{"ORIGINAL", "MANUAL", "STORE_CREDIT"}

// refunds tries to give back the most by one method, on a copy of its own: it must
// be accepted by those that are said, and by no other.
func (x *trial) refunds(t *testing.T, payment lived, a asked, method string, said verdict, begin func() string) {
	t.Helper()
	id, by := begin(), apptest.Vars{"method": method}
	over := x.try(t, id, a, new(*said.maximum+1), by)
	if over.code != "REFUND_EXCEEDS_REFUNDABLE" || over.maximum == nil || *over.maximum != *said.maximum {
		t.Errorf("%s: %s of %s with one too much: said at most %d, got %s", payment.Status, method, payment.attempts(), *said.maximum, over)
	}
	for _, amount := range []*int64{said.maximum, nil} {
		if got := x.try(t, id, a, amount, by); (got.code == "") != slices.Contains(said.methods, method) {
			t.Errorf("%s: %s of %s: said %v, got %s", payment.Status, method, payment.attempts(), said.methods, got)
		}
		id = begin()
	}
}
