package app_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/manual"
	"github.com/paygraph/paygraph/internal/gateway/sandbox"
	"github.com/paygraph/paygraph/internal/pay"
)

// stalledBank is a bank whose requests stand still for so long that the program asks
// again meanwhile. What is asked again is done; what stood still is not sent any more.
type stalledBank struct {
	*bank
	// meanwhile is called for a request that stands still.
	meanwhile func()
	// silent: the answers to those who asked again get lost.
	silent bool

	mutex sync.Mutex
	given map[string]int64 // by refund
	taken map[string]int64 // by capture
}

func (b *stalledBank) Describe() gateway.Description {
	d := b.bank.Describe()
	d.MultiCapture = true
	return d
}

func (b *stalledBank) Capture(_ context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
	err := b.operate(r, b.taken)
	return pay.OperationFact{To: pay.OperationSucceeded}, err
}

func (b *stalledBank) Refund(_ context.Context, r gateway.OperationRequest) (pay.RefundFact, error) {
	err := b.operate(r, b.given)
	return pay.RefundFact{To: pay.RefundSucceeded}, err
}

// operate enters a request once, unless it is one that stands still.
func (b *stalledBank) operate(r gateway.OperationRequest, book map[string]int64) error {
	if !r.Again && b.meanwhile != nil {
		b.meanwhile()
		return gateway.ErrNotSent
	}
	b.mutex.Lock()
	defer b.mutex.Unlock()
	book[r.OperationID] = r.Amount.Minor
	if b.silent {
		return errLost
	}
	return nil
}

func (b *stalledBank) sum(book map[string]int64) (minor int64) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for _, amount := range book {
		minor += amount
	}
	return minor
}

// openStalledShop starts a shop whose bank can stand still; what is due is woken when
// it does, after so long.
func openStalledShop(t *testing.T) (*shop, *stalledBank, *movingClock) {
	t.Helper()
	clock := &movingClock{}
	b := &stalledBank{bank: newBank(), given: map[string]int64{}, taken: map[string]int64{}}
	s := openShop(t, clock.option(), app.WithConnectors(gateway.NewRegistry(sandbox.Connector, manual.Connector, b)))
	s.bank = b.bank
	s.admin = s.api.Client(s.api.Token(t, auth.Grant{TTL: 90 * 24 * time.Hour}))
	return s, b, clock
}

// TestStalledCharge proves that a process which stood still between its commit and its
// call does not call failed what another one has charged meanwhile, whatever that one
// was told.
func TestStalledCharge(t *testing.T) {
	t.Parallel()
	for name, lost := range map[string]error{"answered": nil, "lost": errLost} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, b, clock := openStalledShop(t)
			stalled := false
			b.on("tok_stall", func(_ context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
				if !stalled {
					stalled = true
					clock.pass(pay.LeaseLength)
					s.wakeAll(t)
					return pay.Fact{}, gateway.ErrNotSent
				}
				return b.take(r, r.Amount.Minor), lost
			}, nil)
			want := map[error]string{nil: "CAPTURED", errLost: "UNKNOWN"}[lost]
			got := s.pay(t, "k", s.whole("tok_stall", s.order(1000)))
			if got.Transaction == nil || got.Transaction.Status != want || b.money() != 1000 {
				t.Errorf("got %+v, want %s; the bank took %d", got.Transaction, want, b.money())
			}
			clock.pass(time.Minute)
			s.wakeAll(t) // and in the end the bank's books are ours
		})
	}
}

// TestFailedBeforeItIsAsked proves that what failed because it was not sent is not sent by
// who took it on before that, and comes to it now.
func TestFailedBeforeItIsAsked(t *testing.T) {
	t.Parallel()
	s, b, clock := openStalledShop(t)
	var due []pay.Due
	b.on("tok_stall", func(_ context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
		if due != nil {
			return b.take(r, r.Amount.Minor), nil
		}
		clock.pass(pay.LeaseLength)
		var err error
		if due, err = s.api.App.Service.ClaimDue(t.Context(), 100); err != nil || len(due) != 1 {
			t.Errorf("%d are due, %v", len(due), err)
		}
		return pay.Fact{}, gateway.ErrNotSent
	}, nil)
	got := s.pay(t, "k", s.whole("tok_stall", s.order(1000)))
	for _, d := range due {
		if err := s.api.App.Service.Wake(t.Context(), d); err != nil {
			t.Error(err)
		}
	}
	if after := s.lifeOf(t, got.Payment.ID).Transactions[0].Status; got.Transaction.Status != "FAILED" || after != "FAILED" || b.money() != 0 {
		t.Errorf("it was called %s, is %s, and the bank took %d", got.Transaction.Status, after, b.money())
	}
}

// TestStalledAsking is TestStalledCharge while the other process still waits for its
// answer: the two could otherwise both be right.
func TestStalledAsking(t *testing.T) {
	t.Parallel()
	s, b, clock := openStalledShop(t)
	asking, answered, heard := make(chan struct{}), make(chan struct{}), make(chan struct{})
	stalled := false
	b.on("tok_stall", func(_ context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
		if !stalled {
			stalled = true
			clock.pass(pay.LeaseLength)
			go func() {
				defer close(heard)
				s.wakeAll(t)
			}()
			<-asking
			return pay.Fact{}, gateway.ErrNotSent
		}
		return b.take(r, r.Amount.Minor), nil
	}, func(context.Context, gateway.ChargeRequest) (pay.Fact, error) {
		close(asking)
		<-answered
		return pay.Fact{}, gateway.ErrNoSuchAttempt
	})
	got := s.pay(t, "k", s.whole("tok_stall", s.order(1000)))
	if got.Transaction == nil || got.Transaction.Status != "UNKNOWN" {
		t.Errorf("got %+v while another asks, want UNKNOWN", got.Transaction)
	}
	close(answered)
	<-heard
	if p := s.lifeOf(t, got.Payment.ID); p.Status != "PAID" || b.money() != 1000 {
		t.Errorf("in the end the payment is %s, and the bank took %d", p.Status, b.money())
	}
}

// TestStalledRefund proves the same of a refund that is split over several attempts:
// what the bank gave back while the request stood still at other parts cannot be given
// back again.
func TestStalledRefund(t *testing.T) {
	t.Parallel()
	s, b, clock := openStalledShop(t)
	id := s.created(t, "a", apptest.Vars{"orders": one(s.order(900))}).Payment.ID
	for _, key := range []string{"p1", "p2", "p3"} {
		act(t, s.admin, "processPayment", key, apptest.Vars{"paymentId": id, "gatewayId": s.gateway, "amount": minor(300)})
	}
	b.meanwhile = func() {
		clock.pass(pay.LeaseLength)
		s.wakeAll(t)
	}
	first := act(t, s.admin, "refundPayment", "r1", apptest.Vars{"paymentId": id})
	if len(first.Refunds) != 3 {
		t.Fatalf("got %+v, want three parts", first)
	}
	b.meanwhile = nil
	act(t, s.admin, "refundPayment", "r2", apptest.Vars{"paymentId": id})
	if p := s.lifeOf(t, id); b.sum(b.given) != 900 || p.RefundedAmount.MinorUnits != 900 {
		t.Errorf("the bank gave back %d of 900, the payment says %d", b.sum(b.given), p.RefundedAmount.MinorUnits)
	}
}

// TestStalledCapture proves the same of a capture.
func TestStalledCapture(t *testing.T) {
	t.Parallel()
	s, b, clock := openStalledShop(t)
	input := s.whole("", s.order(1000))
	input["capture"] = false
	paid := act(t, s.admin, "payOrders", "a", input)
	b.silent, b.meanwhile = true, func() {
		clock.pass(pay.LeaseLength)
		s.wakeAll(t)
	}
	got := act(t, s.admin, "captureTransaction", "c1", apptest.Vars{"transactionId": paid.Transaction.ID, "amount": minor(600)})
	if got.Operation == nil || got.Operation.Status != "UNKNOWN" || b.sum(b.taken) != 600 {
		t.Errorf("got %+v of a capture of 600 of which the bank took %d", got, b.sum(b.taken))
	}
}

// TestAnswerBrokenOff proves that a payer whose answer was on its way when the process was
// killed can answer again, and is not taken for one that left.
func TestAnswerBrokenOff(t *testing.T) {
	t.Parallel()
	s, _, clock := openStalledShop(t)
	paid := act(t, s.admin, "payOrders", "a", apptest.Vars{"orders": one(s.order(1000)), "gatewayId": s.sandbox, "paymentToken": "tok_otp"})
	// What completeTransaction commits before it calls the gateway.
	if _, err := s.api.Database.DB.Exec("UPDATE transactions SET lease_until = $1, wake_at = $1", pay.FirstLease(clock.now())); err != nil {
		t.Fatal(err)
	}
	clock.pass(pay.LeaseLength)
	s.wakeAll(t)
	done := act(t, s.admin, "completeTransaction", "c", apptest.Vars{"transactionId": paid.Transaction.ID, "code": "123456"})
	if done.Transaction == nil || done.Transaction.Status != "CAPTURED" {
		t.Errorf("the second answer came to %+v, %+v", done.Transaction, done.Errors)
	}
}
