package app_test

import (
	"context"
	"maps"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/manual"
	"github.com/paygraph/paygraph/internal/gateway/sandbox"
	"github.com/paygraph/paygraph/internal/pay"
)

// whole is all that the sandbox can do.
type whole interface {
	gateway.Charger
	gateway.Completer
	gateway.Capturer
	gateway.Voider
	gateway.Canceller
	gateway.Refunder
	gateway.RefundCanceller
	gateway.Saver
	gateway.SettingChecker
	gateway.Receiver
}

// hanging is the sandbox with a line on which its calls and answers can be held up.
type hanging struct {
	whole
	// held is where calls wait before they are sent; nil lets them through.
	held atomic.Pointer[waiter]
	// deaf: inquiries get no answer.
	deaf atomic.Bool
}

// hold has calls wait from now on, until the waiter is released.
func (h *hanging) hold() *waiter {
	w := &waiter{arrived: make(chan struct{}, 100), released: make(chan struct{})}
	h.held.Store(w)
	return w
}

// pass waits where calls are held up, and then makes the call.
func pass[T any](ctx context.Context, h *hanging, call func() (T, error)) (T, error) {
	if w := h.held.Load(); w != nil {
		if err := w.wait(ctx); err != nil {
			var none T
			return none, err
		}
	}
	return call()
}

func (h *hanging) Charge(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	return pass(ctx, h, func() (pay.Fact, error) { return h.whole.Charge(ctx, r) })
}

func (h *hanging) Lookup(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	if h.deaf.Load() {
		return pay.Fact{}, errLost
	}
	return h.whole.Lookup(ctx, r)
}

func (h *hanging) Complete(ctx context.Context, r gateway.ChargeRequest, a gateway.Answer) (pay.Fact, error) {
	return pass(ctx, h, func() (pay.Fact, error) { return h.whole.Complete(ctx, r, a) })
}

func (h *hanging) Capture(ctx context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
	return pass(ctx, h, func() (pay.OperationFact, error) { return h.whole.Capture(ctx, r) })
}

func (h *hanging) Void(ctx context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
	return pass(ctx, h, func() (pay.OperationFact, error) { return h.whole.Void(ctx, r) })
}

func (h *hanging) Cancel(ctx context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
	return pass(ctx, h, func() (pay.OperationFact, error) { return h.whole.Cancel(ctx, r) })
}

func (h *hanging) Refund(ctx context.Context, r gateway.OperationRequest) (pay.RefundFact, error) {
	return pass(ctx, h, func() (pay.RefundFact, error) { return h.whole.Refund(ctx, r) })
}

func (h *hanging) CancelRefund(ctx context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
	return pass(ctx, h, func() (pay.OperationFact, error) { return h.whole.CancelRefund(ctx, r) })
}

// openHanging starts a trial whose gateways of the sandbox can hang.
func openHanging(t *testing.T) (*trial, *hanging) {
	t.Helper()
	h, b := &hanging{whole: sandbox.Connector.(whole)}, newBank()
	x := openTrial(t, pay.RoleAdmin, app.WithConnectors(gateway.NewRegistry(h, manual.Connector, b)))
	x.bank, x.make = b, x.admin.Make(t) // whose credential lasts
	return x, h
}

// inParts is a payment of 900 that three attempts share; capture says whether they took the
// money, or hold it.
func (x *trial) inParts(t *testing.T, capture bool, more apptest.Vars) string {
	t.Helper()
	id := x.created(t, x.key(), but(more, apptest.Vars{"orders": one(x.order(900))})).Payment.ID
	for range 3 {
		got := act(t, x.admin, "processPayment", x.key(), apptest.Vars{"paymentId": id, "gatewayId": x.sandbox, "capture": capture, "amount": minor(300)})
		if got.Transaction == nil || got.Transaction.Status != map[bool]string{true: "CAPTURED", false: "AUTHORIZED"}[capture] {
			t.Fatalf("a part: %+v", got)
		}
	}
	return id
}

// TestRepeatWhileAsking proves for every mutation with a key that while its first request
// waits for the gateway a repeat is told to come back, and how soon, and that afterwards it
// gets what came of it.
func TestRepeatWhileAsking(t *testing.T) {
	t.Parallel()
	x, h := openHanging(t)
	type begun struct {
		mutation string
		calls    int
		begin    func(int) apptest.Vars
	}
	tried := map[string]begun{
		"refundPayment, in parts": {"refundPayment", 3, func(int) apptest.Vars { return apptest.Vars{"paymentId": x.inParts(t, true, nil)} }},
		"cancelPayment, in parts": {"cancelPayment", 3, func(int) apptest.Vars { return apptest.Vars{"paymentId": x.inParts(t, false, nil)} }},
		"the second of two answers": {"completeTransaction", 1, func(int) apptest.Vars {
			paid := x.started(t, x.key(), "tok_otp", nil)
			act(t, x.admin, "completeTransaction", x.key(), apptest.Vars{"transactionId": paid.Transaction.ID, "code": "000000"})
			return apptest.Vars{"transactionId": paid.Transaction.ID, "code": "123456"}
		}},
	}
	asking := map[string]int{"payOrders": 1, "processPayment": 1, "completeTransaction": 1, "captureTransaction": 1, "voidTransaction": 1,
		"cancelTransaction": 1, "cancelPayment": 1, "refundPayment": 1, "cancelRefund": 1} // the others ask no gateway for anything
	for mutation, m := range x.keyedMutations(t) {
		tried[mutation] = begun{mutation, asking[mutation], m.begin}
	}
	for _, name := range slices.Sorted(maps.Keys(tried)) {
		c := tried[name]
		input, key := c.begin(7), x.key()
		w := h.hold()
		first := make(chan lifeStep, 1)
		go func() { first <- briefly(t, x.admin, c.mutation, key, input) }()
		for range c.calls {
			<-w.arrived
		}
		if c.calls > 0 {
			x.comeBack(t, name, c.mutation, key, input)
		}
		h.held.Store(nil)
		close(w.released)
		if got := <-first; len(got.Errors) > 0 || got.Replayed || got.Payment == nil {
			t.Errorf("%s: %+v", name, got)
		}
		if n := len(w.arrived); n > 0 {
			t.Errorf("%s: %d more calls than %d", name, n, c.calls)
		}
		if got := briefly(t, x.admin, c.mutation, key, input); len(got.Errors) > 0 || !got.Replayed {
			t.Errorf("%s afterwards: %+v", name, got)
		}
	}
}

// comeBack repeats a request whose first is still waiting.
func (x *trial) comeBack(t *testing.T, name, mutation, key string, input apptest.Vars) {
	t.Helper()
	got := apptest.Do[map[string]struct{ Errors []refusalSeen }](t, x.admin,
		documentOf(t, mutation, "{ errors { code message path retryable ... on IdempotencyError { firstUsedAt retryAfterSeconds } } }"),
		apptest.Vars{"input": but(input, apptest.Vars{"idempotencyKey": key})})[mutation].Errors
	if len(got) != 1 || got[0].Code != "IDEMPOTENCY_IN_PROGRESS" || !got[0].Retryable || got[0].RetryAfterSeconds == nil || *got[0].RetryAfterSeconds < 1 || *got[0].RetryAfterSeconds > 26 {
		t.Errorf("%s meanwhile: %+v", name, got)
	}
}

// TestRepeatOfAnotherAnswer proves that the request which led to an action, and an answer
// that led to another one, are not waited for because a later answer is on its way.
func TestRepeatOfAnotherAnswer(t *testing.T) {
	t.Parallel()
	x, h := openHanging(t)
	more := apptest.Vars{"orders": one(x.order(1000)), "gatewayId": x.sandbox, "paymentToken": "tok_redirect.dropin"}
	paid := act(t, x.admin, "payOrders", "pay", more)
	answer := apptest.Vars{"transactionId": paid.Transaction.ID, "payload": apptest.Vars{}}
	act(t, x.admin, "completeTransaction", "1", answer)
	w := h.hold()
	second := make(chan lifeStep, 1)
	go func() { second <- act(t, x.admin, "completeTransaction", "2", answer) }()
	<-w.arrived
	for mutation, input := range map[string]apptest.Vars{"payOrders": more, "completeTransaction": answer} {
		key := map[string]string{"payOrders": "pay", "completeTransaction": "1"}[mutation]
		if got := act(t, x.admin, mutation, key, input); !got.Replayed || got.Transaction == nil || got.Transaction.Status != "REQUIRES_ACTION" {
			t.Errorf("%s: %+v", mutation, got)
		}
	}
	close(w.released)
	<-second
}

// TestPartsTogether proves that the calls for the parts of one request are made at the same
// time, also when they are asked for again: neither their leases nor the caller wait for one
// after another.
func TestPartsTogether(t *testing.T) {
	t.Parallel()
	x, h := openHanging(t)
	for mutation, c := range map[string]struct {
		capture bool
		key     string
		want    []string
	}{"refundPayment": {true, "refund", []string{"PAID", "REFUNDED"}}, "cancelPayment": {false, "void", []string{"AUTHORIZED", "VOIDED"}}} {
		input := apptest.Vars{"paymentId": x.inParts(t, c.capture, sandboxKey(c.key, "timeout"))} // the first answers get lost
		for _, want := range c.want {
			w := h.hold()
			done := make(chan lifeStep, 1)
			go func() { done <- act(t, x.admin, mutation, mutation, input) }()
			for n := range 3 {
				select {
				case <-w.arrived:
				case <-time.After(15 * time.Second):
					t.Fatalf("%s, %s: %d calls at the same time, want 3", mutation, want, n)
				}
			}
			close(w.released)
			if got := <-done; len(got.Errors) > 0 || got.Payment == nil || got.Payment.Status != want {
				t.Errorf("%s: %+v, want %s", mutation, got, want)
			}
		}
		h.held.Store(nil)
	}
}

// TestPayerIsWaitedFor proves that nothing makes an attempt that waits for the payer one that
// is paid but the payer's answer, and nothing one that is left but a gateway that says so.
func TestPayerIsWaitedFor(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		token          string
		report, answer apptest.Vars
	}{
		"too much":       {"tok_otp", apptest.Vars{"amount": 999999, "currency": "EUR"}, apptest.Vars{"code": "123456"}},
		"other currency": {"tok_redirect", apptest.Vars{"amount": 1000, "currency": "USD"}, apptest.Vars{"payload": apptest.Vars{}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x, h := openHanging(t)
			gate := hooked(t, x.api, x.admin, "waits")
			strange := func(event string) lifeStep {
				paid := x.started(t, x.key(), c.token, apptest.Vars{"gatewayId": gate.gateway})
				gate.send(t, event, hookEvent("attempt.captured", paid.Transaction.ID, c.report))
				if outcome := outcomeOf(t, x.admin, event); outcome != "MISMATCH" {
					t.Errorf("the report is %s", outcome)
				}
				return paid
			}
			left, back := strange("1"), strange("2")
			waits := func(when string) {
				x.wakeAll(t)
				if got := x.lifeOf(t, left.Payment.ID); got.Status != "REQUIRES_ACTION" || got.Transactions[0].Status != "REQUIRES_ACTION" || !slices.Equal(got.Attention, []string{"AMOUNT_MISMATCH"}) {
					t.Errorf("%s: %s %s %v", when, got.Status, got.Transactions[0].Status, got.Attention)
				}
			}
			waits("at once")
			x.clock.pass(time.Hour)
			waits("an hour later")
			got := act(t, x.admin, "completeTransaction", x.key(), but(c.answer, apptest.Vars{"transactionId": back.Transaction.ID}))
			if got.Payment == nil || got.Payment.Status != "PAID" || !slices.Equal(got.Payment.Attention, []string{"AMOUNT_MISMATCH"}) {
				t.Errorf("answered: %+v", got)
			}
			h.deaf.Store(true)
			x.clock.pass(pay.ActionTTL)
			waits("when its time is over, which the gateway does not say")
			x.clock.pass(time.Minute)
			waits("a minute later")
			h.deaf.Store(false)
			x.clock.pass(10 * time.Minute)
			x.wakeAll(t)
			if got := x.lifeOf(t, left.Payment.ID); got.Status != "FAILED" || got.Transactions[0].Status != "DROPPED" || !slices.Equal(got.Attention, []string{"AMOUNT_MISMATCH"}) {
				t.Errorf("in the end: %+v", got)
			}
		})
	}
}

// TestLostAnswer proves that an answer of the payer's whose outcome got lost is asked about,
// and that a wrong one is never taken for right.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	x, _ := openHanging(t)
	for name, c := range map[string]struct {
		token, code   string
		status, ended string
	}{
		"right":           {"tok_otp.timeout", "123456", "UNKNOWN", "CAPTURED"},
		"right, declined": {"tok_otp.timeout_declined", "123456", "UNKNOWN", "FAILED"},
		"right, pending":  {"tok_otp.pending", "123456", "PENDING", "PENDING"},
		"wrong":           {"tok_otp.timeout", "000000", "REQUIRES_ACTION", "REQUIRES_ACTION"},
	} {
		paid := x.started(t, x.key(), c.token, nil)
		act(t, x.admin, "completeTransaction", x.key(), apptest.Vars{"transactionId": paid.Transaction.ID, "code": c.code})
		if got := x.lifeOf(t, paid.Payment.ID).Transactions[0].Status; got != c.status {
			t.Errorf("%s: %s, want %s", name, got, c.status)
		}
		x.clock.pass(time.Hour)
		x.wakeAll(t)
		if got := x.lifeOf(t, paid.Payment.ID).Transactions[0].Status; got != c.ended {
			t.Errorf("%s: it came to %s, want %s", name, got, c.ended)
		}
	}
}
