package app_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/service"
)

// TestHangUp proves that a client that goes away while the bank is asked
// changes nothing: the answer is waited for and stored.
func TestHangUp(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	w := s.slow("tok_slow")
	input := s.whole("tok_slow", s.order(1000))
	ctx, hangUp := context.WithCancel(t.Context())
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		s.admin.SendContext(ctx, t, receiptDocument, apptest.Vars{"input": but(input, apptest.Vars{"idempotencyKey": "hang-up"})})
	}()
	<-w.arrived
	hangUp()
	<-gone
	close(w.released)
	got := s.untilDone(t, "hang-up", input)
	if !got.Replayed || got.Payment == nil || got.Payment.Status != "PAID" {
		t.Fatalf("got %+v, want it PAID", got)
	}
	if charges, lookups := s.bank.asked("tok_slow"); len(charges) != 1 || len(lookups) != 0 {
		t.Errorf("the bank was sent %d requests and asked %d times, want once and never", len(charges), len(lookups))
	}
}

// untilDone repeats a request until the first with its key is no longer running.
func (s *shop) untilDone(t *testing.T, key string, input apptest.Vars) receipt {
	t.Helper()
	for t.Context().Err() == nil {
		if got := s.pay(t, key, input); !slices.Equal(got.refused(), []string{"IDEMPOTENCY_IN_PROGRESS"}) {
			return got
		}
	}
	return receipt{}
}

// TestContextEnds proves the same for the context of the service: whatever ends
// a request, an attempt that was sent is brought to its end.
func TestContextEnds(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	order := s.order(1000)
	ctx, cancel := context.WithCancel(s.asAdmin(t))
	s.bank.on("tok_end", func(charging context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
		cancel()
		if charging.Err() != nil {
			t.Error("the bank's call ended with the request")
		}
		if _, ok := charging.Deadline(); !ok {
			t.Error("the bank may be waited for without end")
		}
		return s.bank.take(r, r.Amount.Minor), nil
	}, nil)
	token := "tok_end"
	paid, err := s.api.App.Service.PayOrders(ctx, service.PayOrdersInput{IdempotencyKey: "end", Capture: true, GatewayID: &s.gateway,
		PaymentToken: &token, Orders: []service.PayOrderInput{{OrderID: order}}})
	if err != nil || paid.Payment.Status != pay.PaymentPaid {
		t.Fatalf("got %+v, %v, want it PAID", paid, err)
	}
}

// TestLeasePassed proves that an attempt whose process died is picked up by a
// repeat once its lease is over, not before, and that the first process changes
// nothing when it comes back after all.
func TestLeasePassed(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	for _, c := range []struct {
		token   string
		first   reply // what the bank does with the request of the process that dies
		charges int
		status  string
	}{
		{"tok_arrived", s.bank.lose, 1, "PAID"},
		{"tok_answered", nil, 1, "PAID"},
		{"tok_lost", fails(errLost), 2, "PAID"},
		{"tok_declined", func(_ context.Context, r gateway.ChargeRequest) (pay.Fact, error) { return s.bank.decline(r), nil }, 1, "FAILED"},
	} {
		t.Run(c.status+" "+c.token, func(t *testing.T) {
			t.Parallel()
			token := c.token
			w, input := waiter{arrived: make(chan struct{}, 1), released: make(chan struct{})}, s.whole(token, s.order(1000))
			s.bank.on(token, dying(s.bank, w, c.first), nil)
			first := make(chan receipt, 1)
			go func() { defer close(first); first <- s.pay(t, token, input) }()
			release := sync.OnceFunc(func() { close(w.released) })
			t.Cleanup(func() { release(); <-first }) // it must not outlive the test
			<-w.arrived
			if got := s.pay(t, token, input); !slices.Equal(got.refused(), []string{"IDEMPOTENCY_IN_PROGRESS"}) {
				t.Fatalf("before the lease is over: %+v", got)
			}
			s.moveLease(t, token, "9500 milliseconds") // the program's clock may be some ms behind the database's
			if got := s.pay(t, token, input); len(got.Errors) != 1 || got.Errors[0].RetryAfterSeconds == nil || *got.Errors[0].RetryAfterSeconds > 10 {
				t.Fatalf("ten seconds before: %+v, want to be told to come back by then", got)
			}
			s.endLease(t, token)
			got := s.pay(t, token, input)
			if !got.Replayed || got.Payment == nil || got.Payment.Status != c.status {
				t.Fatalf("after: %+v", got)
			}
			release()
			if late := <-first; late.Payment == nil || late.Payment.ID != got.Payment.ID || late.Payment.Status != c.status {
				t.Errorf("the first process came to %+v, want %s", late, c.status)
			}
			if charges, lookups := s.bank.asked(token); len(charges) != c.charges || len(lookups) != 1 {
				t.Errorf("the bank was sent %d requests and asked %d times, want %d and once", len(charges), len(lookups), c.charges)
			}
		})
	}
}

// dying does something with the first request, whose answer comes only when it
// is released; later ones are as usual. A nil reply takes the money.
func dying(b *bank, w waiter, first reply) reply {
	turn := make(chan bool, 1)
	turn <- true
	if first == nil {
		first = func(_ context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
			return b.take(r, r.Amount.Minor), nil
		}
	}
	return func(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
		select {
		case <-turn:
			fact, err := first(ctx, r)
			return fact, errors.Join(err, w.wait(ctx))
		default:
			return b.take(r, r.Amount.Minor), nil
		}
	}
}

// endLease moves the end of the lease of a token's attempt into the past.
func (s *shop) endLease(t *testing.T, token string) {
	t.Helper()
	s.moveLease(t, token, "-1 second")
}

// moveLease makes the lease of a token's attempt end so long from now.
func (s *shop) moveLease(t *testing.T, token, interval string) {
	t.Helper()
	result, err := s.api.Database.DB.Exec("UPDATE transactions SET lease_until = now() + $2::interval WHERE token = $1", token, interval)
	if err != nil {
		t.Fatalf("end lease: %v", err)
	}
	if n, err := result.RowsAffected(); n != 1 || err != nil {
		t.Fatalf("%d leases ended, %v", n, err)
	}
}

// TestSettlingFails proves that a database that breaks while the bank answers
// is no failed payment: the answer shows the payment as it stands, and a repeat
// finds out what the bank did.
func TestSettlingFails(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	db := s.api.Database.DB
	if _, err := db.Exec(`CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'broken'; END $$`); err != nil {
		t.Fatal(err)
	}
	order := s.order(1000)
	input := s.whole("tok_break", order)
	s.bank.on("tok_break", func(_ context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
		if _, err := db.Exec("CREATE TRIGGER broken BEFORE UPDATE ON payments FOR EACH ROW EXECUTE FUNCTION broken()"); err != nil {
			t.Error(err)
		}
		return s.bank.take(r, r.Amount.Minor), nil
	}, nil)
	got := s.pay(t, "break", input)
	if len(got.Errors) > 0 || got.Payment.Status != "PROCESSING" || got.Transaction.Status != "CREATED" || got.Payment.InFlightAmount.MinorUnits != 1000 {
		t.Fatalf("got %+v, want it PROCESSING", got)
	}
	if o := s.seeOrder(t, order); o.OutstandingAmount.MinorUnits != 1000 || o.InFlightAmount.MinorUnits != 1000 {
		t.Errorf("order %+v, want 1000 in flight", o)
	}
	if _, err := db.Exec("DROP TRIGGER broken ON payments"); err != nil {
		t.Fatal(err)
	}
	s.endLease(t, "tok_break")
	if again := s.pay(t, "break", input); !again.Replayed || again.Payment == nil || again.Payment.Status != "PAID" || again.Payment.ID != got.Payment.ID {
		t.Errorf("repeated: %+v, want it PAID", again)
	}
}

// TestCommitUnknown proves that a lost answer to COMMIT is found out about: what
// was stored is gone on with, what was not is refused as a whole, and neither
// charges twice.
func TestCommitUnknown(t *testing.T) {
	t.Parallel()
	var sent wire
	s := openShop(t, sent.option())
	for _, c := range []struct {
		name   string
		commit int  // which COMMIT of the request, counted from 1
		done   bool // whether the database carried it out
		want   string
	}{
		{"OK when the intent was stored", 1, true, "PAID"},
		{"UNAVAILABLE when it was not", 1, false, "UNAVAILABLE"},
		{"OK when the result was stored", 2, true, "PAID"},
		{"OK when it was not", 2, false, "PAID"},
	} {
		t.Run(c.name, func(t *testing.T) {
			token := fmt.Sprintf("tok_%d_%t", c.commit, c.done)
			commits, input := 0, but(s.whole(token, s.order(1000)), apptest.Vars{"idempotencyKey": token})
			sent.cutBy(func(statement string, done bool) error {
				if statement == "COMMIT" && done == c.done {
					if commits++; commits == c.commit {
						return errLost
					}
				}
				return nil
			})
			got := s.admin.Send(t, receiptDocument, apptest.Vars{"input": input})
			sent.cutBy(nil)
			if !strings.Contains(got.Body, `"`+c.want+`"`) {
				t.Fatalf("got %s, want %s", got.Body, c.want)
			}
			if again := s.pay(t, token, input); again.Payment == nil || again.Payment.Status != "PAID" || again.Replayed != (c.want == "PAID") {
				t.Errorf("repeated: %+v, want it PAID", again)
			}
			if charges, lookups := s.bank.asked(token); len(charges) != 1 || len(lookups) != 0 {
				t.Errorf("the bank was sent %d requests and asked %d times, want once and never", len(charges), len(lookups))
			}
		})
	}
}
