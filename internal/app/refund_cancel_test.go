package app_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/manual"
	"github.com/paygraph/paygraph/internal/pay"
)

// TestRefundCancelOutcomes proves that calling off a refund is said to be done only
// when the gateway did it, and that one without an answer is asked for again: by a
// repeat, and by the program.
func TestRefundCancelOutcomes(t *testing.T) {
	t.Parallel()
	x := openTrial(t, "ADMIN")
	for outcome, want := range map[string]struct{ status, refund, second, later, refundLater string }{
		"succeed": {"SUCCEEDED", "CANCELLED", "INVALID_STATE", "SUCCEEDED", "CANCELLED"},
		"fail":    {"FAILED", "PENDING", "", "FAILED", "PENDING"},
		"pending": {"PENDING", "PENDING", "PAYMENT_IN_PROGRESS", "PENDING", "PENDING"},
		"timeout": {"UNKNOWN", "PENDING", "PAYMENT_IN_PROGRESS", "SUCCEEDED", "CANCELLED"},
	} {
		for _, by := range []string{"a repeat", "the program"} {
			t.Run(outcome+", "+by, func(t *testing.T) {
				p := act(t, x.admin, "payOrders", x.key(), apptest.Vars{"orders": one(x.order(1000)), "gatewayId": x.sandbox,
					"metadata": []apptest.Vars{{"key": "sandbox.refund", "value": "pending"}, {"key": "sandbox.cancelRefund", "value": outcome}}})
				r := act(t, x.admin, "refundPayment", x.key(), apptest.Vars{"paymentId": p.Payment.ID, "amount": minor(400)}).Refunds[0]
				key, input := x.key(), apptest.Vars{"refundId": r.ID}
				got := act(t, x.admin, "cancelRefund", key, input)
				if got.Payment == nil || got.Replayed || got.Operation == nil || got.Operation.Kind != "CANCEL_REFUND" || got.Operation.Status != want.status || got.Refunds[0].Status != want.refund {
					t.Fatalf("got %+v", got)
				}
				if reserved := got.Payment.RefundPendingAmount.MinorUnits; (reserved == 400) != (want.refund == "PENDING") {
					t.Errorf("%d stays reserved", reserved)
				}
				if unknown := slices.Contains(got.Payment.Attention, "UNKNOWN_OUTCOME"); unknown != (outcome == "timeout") {
					t.Errorf("attention %v", got.Payment.Attention)
				}
				if outcome != "fail" { // which may be tried once more
					if second := act(t, x.admin, "cancelRefund", x.key(), input); !slices.Equal(second.codes(), []string{want.second}) {
						t.Errorf("a second one: %+v", second)
					}
				}
				x.clock.pass(20 * time.Second)
				if by == "the program" {
					x.wakeAll(t)
				}
				again := act(t, x.admin, "cancelRefund", key, input)
				if !again.Replayed || again.Operation == nil || again.Operation.ID != got.Operation.ID || again.Operation.Status != want.later || again.Refunds[0].Status != want.refundLater {
					t.Errorf("later: %+v", again)
				}
				events := []string{"CANCEL_REFUND_REQUESTED"}
				for _, status := range slices.Compact([]string{want.status, want.later}) {
					events = append(events, "CANCEL_REFUND_"+status)
				}
				var noted []string
				for _, e := range x.events(t, p.Payment.ID) {
					if e.Operation != nil {
						noted = append(noted, e.Type)
					}
				}
				if !slices.Equal(noted, events) {
					t.Errorf("events %v, want %v", noted, events)
				}
			})
		}
	}
}

// TestRefundEndsItsCancel proves that a request to call off a refund ends with the
// refund, whatever is heard of that meanwhile.
func TestRefundEndsItsCancel(t *testing.T) {
	t.Parallel()
	x := openTrial(t, "ADMIN")
	for fact, want := range map[string][2]string{"REFUND_SUCCEEDED": {"FAILED", "SUCCEEDED"}, "REFUND_FAILED": {"SUCCEEDED", "FAILED"}} {
		p := act(t, x.admin, "payOrders", x.key(), apptest.Vars{"orders": one(x.order(1000)), "gatewayId": x.sandbox,
			"metadata": []apptest.Vars{{"key": "sandbox.refund", "value": "pending"}, {"key": "sandbox.cancelRefund", "value": "pending"}}})
		r := act(t, x.admin, "refundPayment", x.key(), apptest.Vars{"paymentId": p.Payment.ID}).Refunds[0]
		key, input := x.key(), apptest.Vars{"refundId": r.ID}
		act(t, x.admin, "cancelRefund", key, input)
		if got := simulate(t, x.admin, p.Transaction.ID, fact, apptest.Vars{"refundId": r.ID}); len(got.Errors) > 0 || !got.Changed {
			t.Fatalf("%s: %+v", fact, got)
		}
		if got := act(t, x.admin, "cancelRefund", key, input); !got.Replayed || got.Operation.Status != want[0] || got.Refunds[0].Status != want[1] {
			t.Errorf("%s: %+v", fact, got)
		}
	}
}

// vault is a bank that holds money, releases it, gives it back, and calls that off. The
// first request of each waits, and its answer is lost.
type vault struct {
	*bank
	waiter
}

func (b vault) answer(ctx context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
	if r.Again {
		return pay.OperationFact{To: pay.OperationSucceeded}, nil
	}
	if err := b.wait(ctx); err != nil {
		return pay.OperationFact{}, err
	}
	return pay.OperationFact{}, errLost
}

func (b vault) Charge(_ context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	if r.Capture {
		return b.take(r, r.Amount.Minor), nil
	}
	return pay.Fact{To: pay.TransactionAuthorized, AmountMinor: r.Amount.Minor}, nil
}

func (b vault) Void(ctx context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
	return b.answer(ctx, r)
}

// Refund is pending where the metadata says so, so that it can be called off.
func (b vault) Refund(ctx context.Context, r gateway.OperationRequest) (pay.RefundFact, error) {
	if r.Attempt.Metadata.Get("refund") != nil {
		return pay.RefundFact{To: pay.RefundPending}, nil
	}
	f, err := b.answer(ctx, r)
	return pay.RefundFact{To: pay.RefundState(f.To)}, err
}

func (b vault) CancelRefund(ctx context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
	if r.RefundID == "" || r.RefundID == r.OperationID {
		return pay.OperationFact{}, gateway.ErrNotSent
	}
	return b.answer(ctx, r)
}

// TestStillRunning proves that a repeat that comes while the first request waits for
// its gateway is told to come back, and that it is done once and for all when the
// first request's process died.
func TestStillRunning(t *testing.T) {
	t.Parallel()
	for mutation, c := range map[string]struct {
		pays  apptest.Vars
		input func(s *shop, t *testing.T, paid lifeStep) apptest.Vars
		other string
		done  func(lifeStep) string
		want  string
	}{
		"refundPayment": {nil, func(_ *shop, _ *testing.T, paid lifeStep) apptest.Vars {
			return apptest.Vars{"paymentId": paid.Payment.ID}
		},
			"NOT_REFUNDABLE", func(got lifeStep) string { return got.Refunds[0].Status }, "SUCCEEDED"},
		"voidTransaction": {apptest.Vars{"capture": false}, func(_ *shop, _ *testing.T, paid lifeStep) apptest.Vars {
			return apptest.Vars{"transactionId": paid.Transaction.ID}
		}, "PAYMENT_IN_PROGRESS", func(got lifeStep) string { return got.Transaction.Status }, "VOIDED"},
		"cancelPayment": {apptest.Vars{"capture": false}, func(_ *shop, _ *testing.T, paid lifeStep) apptest.Vars {
			return apptest.Vars{"paymentId": paid.Payment.ID}
		}, "", func(got lifeStep) string { return got.Payment.Status }, "VOIDED"},
		"cancelRefund": {apptest.Vars{"metadata": []apptest.Vars{{"key": "refund", "value": "pending"}}}, func(s *shop, t *testing.T, paid lifeStep) apptest.Vars {
			return apptest.Vars{"refundId": act(t, s.admin, "refundPayment", "r", apptest.Vars{"paymentId": paid.Payment.ID}).Refunds[0].ID}
		}, "PAYMENT_IN_PROGRESS", func(got lifeStep) string { return got.Refunds[0].Status }, "CANCELLED"},
	} {
		t.Run(mutation, func(t *testing.T) {
			t.Parallel()
			var clock movingClock
			b := vault{newBank(), waiter{arrived: make(chan struct{}, 1), released: make(chan struct{})}}
			s := &shop{bank: b.bank}
			s.api = apptest.Start(t, clock.option(), app.WithConnectors(gateway.NewRegistry(manual.Connector, b)))
			s.admin = s.api.Client(s.api.Token(t, auth.Grant{TTL: time.Hour}))
			s.make = s.admin.Make(t)
			bank := s.make.Gateway(apptest.Vars{"name": "Bank", "connector": "bank"})
			paid := act(t, s.admin, "payOrders", "p", but(apptest.Vars{"orders": one(s.make.Order(s.make.Customer(), 1000)), "gatewayId": bank}, c.pays))
			input := c.input(s, t, paid)
			first := make(chan lifeStep, 1)
			go func() { first <- act(t, s.admin, mutation, "k", input) }()
			<-b.arrived
			if got := act(t, s.admin, mutation, "k", input); !slices.Equal(got.codes(), []string{"IDEMPOTENCY_IN_PROGRESS"}) || got.Payment != nil {
				t.Errorf("meanwhile: %+v", got)
			}
			if got := act(t, s.admin, mutation, "other", input); c.other != "" && !slices.Equal(got.codes(), []string{c.other}) {
				t.Errorf("with another key meanwhile: %+v", got)
			}
			if s.wakeAll(t) != 0 {
				t.Error("the program did something before the lease was over")
			}
			clock.pass(pay.LeaseLength) // the first process is dead, as far as anybody knows
			s.wakeAll(t)
			got := act(t, s.admin, mutation, "k", input)
			if !got.Replayed || c.done(got) != c.want {
				t.Errorf("afterwards: %+v", got)
			}
			close(b.released)
			if late := <-first; late.Payment == nil || c.done(late) != c.want {
				t.Errorf("the first process came to %+v", late)
			}
			checkInvariants(t, s.api.Database.DB)
		})
	}
}
