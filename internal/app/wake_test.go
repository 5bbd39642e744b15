package app_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

// movingClock is the time plus what a test adds to it.
type movingClock struct{ ahead atomic.Int64 }

func (c *movingClock) now() time.Time {
	return time.Now().UTC().Truncate(time.Microsecond).Add(time.Duration(c.ahead.Load()))
}

func (c *movingClock) pass(d time.Duration) { c.ahead.Add(int64(d)) }

func (c *movingClock) option() app.Option { return app.WithClock(c.now) }

// stillClock goes on only when a test has it, however long the test takes.
type stillClock struct {
	movingClock
	base time.Time
}

func newStillClock() *stillClock {
	return &stillClock{base: time.Now().UTC().Truncate(time.Microsecond)}
}

func (c *stillClock) now() time.Time { return c.base.Add(time.Duration(c.ahead.Load())) }

func (c *stillClock) option() app.Option { return app.WithClock(c.now) }

// wakeAll does everything that is due, until nothing is.
func (s *shop) wakeAll(t *testing.T) (n int) {
	t.Helper()
	for range 10 {
		due, err := s.api.App.Service.ClaimDue(t.Context(), 100)
		if err != nil {
			t.Fatalf("look for what is due: %v", err)
		}
		if len(due) == 0 {
			break
		}
		for _, d := range due {
			if err := s.api.App.Service.Wake(t.Context(), d); err != nil {
				t.Errorf("wake %s %s: %v", d.Kind, d.ID, err)
			}
			n++
		}
	}
	return n
}

// lifeOf reads a payment.
func (s *shop) lifeOf(t *testing.T, id string) lived {
	t.Helper()
	return apptest.Do[struct{ Payment lived }](t, s.admin, `query($id: ID!) { payment(by: { id: $id }) { ...life } } `+lifeFields, apptest.Vars{"id": id}).Payment
}

// TestWake proves that what waits ends by itself, and only by what the gateway says.
func TestWake(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		input          apptest.Vars
		after          time.Duration
		status, txn    string
		sooner         time.Duration // nothing happens before
		unlessOperated string
	}{
		"an outcome that got lost":        {apptest.Vars{"paymentToken": "tok_timeout"}, 6 * time.Second, "PAID", "CAPTURED", 4 * time.Second, ""},
		"a decline that got lost":         {apptest.Vars{"paymentToken": "tok_timeout_declined"}, 6 * time.Second, "FAILED", "FAILED", 4 * time.Second, ""},
		"an outcome that stays unknown":   {apptest.Vars{"paymentToken": "tok_timeout_forever"}, time.Hour, "PROCESSING", "UNKNOWN", 0, ""},
		"a payer who left":                {apptest.Vars{"paymentToken": "tok_otp"}, pay.ActionTTL + time.Second, "FAILED", "DROPPED", pay.ActionTTL - time.Minute, "DROP SUCCEEDED"},
		"a hold that ran out":             {apptest.Vars{"capture": false}, pay.HoldTTL + time.Second, "FAILED", "EXPIRED", pay.HoldTTL - time.Minute, "EXPIRE SUCCEEDED"},
		"a hold that cannot be released":  {apptest.Vars{"capture": false, "metadata": []apptest.Vars{{"key": "sandbox.void", "value": "fail"}}}, pay.HoldTTL + time.Second, "AUTHORIZED", "AUTHORIZED", 0, "EXPIRE FAILED"},
		"a release without an answer":     {apptest.Vars{"capture": false, "metadata": []apptest.Vars{{"key": "sandbox.void", "value": "timeout"}}}, pay.HoldTTL + time.Second, "AUTHORIZED", "AUTHORIZED", 0, "EXPIRE UNKNOWN"},
		"an attempt that is only pending": {apptest.Vars{"paymentToken": "tok_pending"}, 25 * time.Hour, "PROCESSING", "PENDING", 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := newStillClock()
			s := openShop(t, clock.option())
			s.admin = s.api.Client(s.api.Token(t, auth.Grant{TTL: 90 * 24 * time.Hour}))
			paid := act(t, s.admin, "payOrders", "a", but(apptest.Vars{"orders": one(s.make.Order(s.customer, 500)), "gatewayId": s.sandbox}, c.input))
			if paid.Payment == nil {
				t.Fatalf("pay: %+v", paid.Errors)
			}
			clock.pass(c.sooner)
			if s.wakeAll(t); c.sooner > 0 && s.lifeOf(t, paid.Payment.ID).Status != paid.Payment.Status {
				t.Errorf("it ended too soon: %s", s.lifeOf(t, paid.Payment.ID).Status)
			}
			clock.pass(c.after - c.sooner)
			s.wakeAll(t)
			got := s.lifeOf(t, paid.Payment.ID)
			if got.Status != c.status || got.Transactions[0].Status != c.txn {
				t.Errorf("%s %s, want %s %s", got.Status, got.Transactions[0].Status, c.status, c.txn)
			}
			var operations []string
			for _, o := range got.Transactions[0].Operations {
				operations = append(operations, o.Kind+" "+o.Status)
			}
			if c.unlessOperated != "" && !slices.Contains(operations, c.unlessOperated) {
				t.Errorf("operations %v, want %s", operations, c.unlessOperated)
			}
			if due, err := s.api.App.Service.ClaimDue(t.Context(), 10); err != nil || len(due) > 0 {
				t.Errorf("still due: %+v, %v", due, err)
			}
		})
	}
}

// TestJobs proves that the engine itself finds what is due.
func TestJobs(t *testing.T) {
	t.Parallel()
	var clock movingClock
	s := openShop(t, clock.option())
	s.admin = s.api.Client(s.api.Token(t, auth.Grant{TTL: 90 * 24 * time.Hour}))
	stop := s.api.App.StartJobs(t.Context(), 100*time.Millisecond)
	t.Cleanup(func() {
		if err := stop(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	paid := s.pay(t, "lost", s.whole("tok_timeout", s.order(500)))
	clock.pass(time.Minute)
	deadline := time.Now().Add(20 * time.Second)
	for s.lifeOf(t, paid.Payment.ID).Status != "PAID" {
		if time.Now().After(deadline) {
			t.Fatalf("the lost outcome was not asked for: %+v", s.lifeOf(t, paid.Payment.ID))
		}
	}
}
