package app_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/service"
)

// TestRepeat proves that a repeat with the same key and input is the same
// payment and asks nobody for money again, whatever the first came to.
func TestRepeat(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.bank.on("tok_no", func(_ context.Context, r gateway.ChargeRequest) (pay.Fact, error) { return s.bank.decline(r), nil }, nil)
	for _, c := range []struct {
		token, status string
		change        apptest.Vars
	}{
		{"tok_yes", "PAID", nil},
		{"tok_hold", "AUTHORIZED", apptest.Vars{"capture": false}},
		{"tok_no", "FAILED", nil},
	} {
		t.Run(c.status, func(t *testing.T) {
			t.Parallel()
			input := but(s.whole(c.token, s.make.Orders(s.customer, 1000, 500)...), c.change)
			first := s.pay(t, c.token, input)
			if first.Replayed || first.Payment == nil || first.Payment.Status != c.status {
				t.Fatalf("first: %+v, want %s", first, c.status)
			}
			for range 3 {
				again := s.pay(t, c.token, input)
				if !again.Replayed || again.Payment == nil || again.Payment.ID != first.Payment.ID ||
					again.Payment.Status != c.status || again.Transaction.ID != first.Transaction.ID {
					t.Fatalf("again: %+v, want payment %s", again, first.Payment.ID)
				}
			}
			if charges, lookups := s.bank.asked(c.token); len(charges) != 1 || len(lookups) != 0 {
				t.Errorf("the bank was sent %d requests and asked %d times, want once and never", len(charges), len(lookups))
			}
			if n := s.count(t, "payments p JOIN idempotency_keys k ON k.payment_id = p.id WHERE k.key = $1", c.token); n != 1 {
				t.Errorf("%d payments, want 1", n)
			}
		})
	}
}

// count counts rows.
func (s *shop) count(t *testing.T, from string, args ...any) int {
	t.Helper()
	return valueOf[int](t, s.api.Database.DB, "SELECT count(*) FROM "+from, args...)
}

// TestKeyOfTenant proves that a key names an intent of one company in one
// environment: the same key elsewhere is another intent.
func TestKeyOfTenant(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	other := s.api.NewCompany(t, "other")
	paid := map[string]bool{}
	for _, grant := range []auth.Grant{{}, {CompanyID: other.ID}, {Environment: pay.Live}, {CompanyID: other.ID, Environment: pay.Live}} {
		client := s.api.Client(s.api.Token(t, grant))
		make := client.Make(t)
		gateway := make.Gateway(apptest.Vars{"connector": "bank"})
		input := but(s.whole("", make.Order(make.Customer(), 1000)), apptest.Vars{"gatewayId": gateway})
		got := payAs(t, client, "one key", input)
		if got.Replayed || got.Payment == nil || paid[got.Payment.ID] {
			t.Fatalf("%+v: got %+v, want a payment of its own", grant, got)
		}
		paid[got.Payment.ID] = true
		if again := payAs(t, client, "one key", input); !again.Replayed || again.Payment.ID != got.Payment.ID {
			t.Errorf("%+v: repeated: %+v, want %s", grant, again, got.Payment.ID)
		}
	}
	if s.bank.money() != 4000 {
		t.Errorf("the bank took %d, want 4000", s.bank.money())
	}
}

// TestRefusalKeepsKey proves that a request that was refused has not used its
// key: nothing happened, so the corrected request may carry the same one.
func TestRefusalKeepsKey(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	order := s.order(1000)
	good := s.whole("", order)
	for i, c := range []struct {
		code   string
		change apptest.Vars
	}{
		{"NOT_FOUND", apptest.Vars{"orders": []apptest.Vars{{"orderId": s.gateway}}}},
		{"REQUIRED", apptest.Vars{"orders": []apptest.Vars{}}},
		{"NOT_FOUND", apptest.Vars{"gatewayId": order}},
		{"REQUIRED", apptest.Vars{"gatewayId": nil}},
		{"AMOUNT_EXCEEDS_OUTSTANDING", apptest.Vars{"orders": partsOf([]string{order}, []int64{1001})}},
		{"AMOUNT_TOO_SMALL", apptest.Vars{"orders": partsOf([]string{order}, []int64{0})}},
		{"INVALID_INPUT", apptest.Vars{"paymentToken": "4111 1111 1111 1111"}},
		{"METADATA_LIMIT", apptest.Vars{"metadata": []apptest.Vars{{"key": "", "value": "x"}}}},
	} {
		t.Run(c.code, func(t *testing.T) {
			t.Parallel()
			order := s.order(1000)
			key := fmt.Sprint("refused-", i)
			if got := s.pay(t, key, but(good, c.change)); !slices.Equal(got.refused(), []string{c.code}) || got.Payment != nil || got.Replayed {
				t.Fatalf("got %+v, want %s", got, c.code)
			}
			if got := s.pay(t, key, s.whole("", order)); got.Replayed || got.Payment == nil || got.Payment.Status != "PAID" {
				t.Errorf("corrected: got %+v, want it PAID", got)
			}
		})
	}
}

// TestInProgress proves that while the first request waits for the gateway, a
// repeat is told to come back, and finds the result afterwards.
func TestInProgress(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	w := s.slow("tok_slow")
	order := s.order(1000)
	input := s.whole("tok_slow", order)
	first := make(chan receipt)
	go func() { first <- s.pay(t, "slow", input) }()
	<-w.arrived
	for range 2 {
		got := s.pay(t, "slow", input)
		if !slices.Equal(got.refused(), []string{"IDEMPOTENCY_IN_PROGRESS"}) || !got.Errors[0].Retryable || got.Errors[0].FirstUsedAt == nil ||
			!slices.Equal(got.Errors[0].Path, []string{"input", "idempotencyKey"}) || got.Payment != nil {
			t.Errorf("meanwhile: got %+v, want IDEMPOTENCY_IN_PROGRESS, retryable", got)
		}
		// The lease is 26 seconds long, and began a moment ago.
		if after := got.Errors[0].RetryAfterSeconds; after == nil || *after < 5 || *after > 26 {
			t.Errorf("meanwhile: got %+v, want the seconds until the lease is over", got.Errors[0])
		}
	}
	if got := s.pay(t, "other key", s.whole("", order)); !slices.Equal(got.refused(), []string{"PAYMENT_IN_PROGRESS"}) {
		t.Errorf("another key meanwhile: got %+v, want PAYMENT_IN_PROGRESS", got)
	}
	close(w.released)
	paid := <-first
	if paid.Payment == nil || paid.Payment.Status != "PAID" || paid.Replayed {
		t.Fatalf("first: %+v, want it PAID", paid)
	}
	if got := s.pay(t, "slow", input); !got.Replayed || got.Payment.ID != paid.Payment.ID {
		t.Errorf("afterwards: %+v, want %s", got, paid.Payment.ID)
	}
}

// waiter is a charge that waits at the bank.
type waiter struct {
	arrived  chan struct{} // gets a value for every charge that came
	released chan struct{} // lets them go on, once closed
}

// slow makes the bank wait before it takes a token's money.
func (s *shop) slow(token string) waiter {
	w := waiter{arrived: make(chan struct{}, 100), released: make(chan struct{})}
	s.bank.on(token, func(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
		if err := w.wait(ctx); err != nil {
			return pay.Fact{}, err
		}
		return s.bank.take(r, r.Amount.Minor), nil
	}, nil)
	return w
}

// wait lets the test know, and waits for it no longer than the program does.
func (w waiter) wait(ctx context.Context) error {
	w.arrived <- struct{}{}
	select {
	case <-w.released:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// TestEndedBefore proves that a request whose caller is gone before anything is
// stored does nothing, and has not used its key.
func TestEndedBefore(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	order := s.order(1000)
	ctx, cancel := context.WithCancel(s.asAdmin(t))
	cancel()
	in := service.PayOrdersInput{IdempotencyKey: "gone", Capture: true, GatewayID: &s.gateway, Orders: []service.PayOrderInput{{OrderID: order}}}
	if paid, err := s.api.App.Service.PayOrders(ctx, in); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %+v, %v, want it canceled", paid, err)
	}
	if n := s.count(t, "payments"); n != 0 || s.bank.money() != 0 {
		t.Errorf("%d payments, %d taken, want nothing", n, s.bank.money())
	}
	if got := s.pay(t, "gone", s.whole("", order)); got.Replayed || got.Payment == nil || got.Payment.Status != "PAID" {
		t.Errorf("repeated: %+v, want it PAID", got)
	}
}

// asAdmin is the context of an admin's request, for tests that call the service.
func (s *shop) asAdmin(t *testing.T) context.Context {
	t.Helper()
	tenants, err := s.api.App.Store.TenantOf(t.Context(), s.api.Company.ID, pay.Sandbox)
	if err != nil {
		t.Fatalf("tenant: %v", err)
	}
	return pay.WithActor(t.Context(), pay.Actor{ID: "admin:test", Role: pay.RoleAdmin, Scopes: pay.Scopes(),
		TenantID: tenants[0].ID, CompanyID: s.api.Company.ID, Environment: pay.Sandbox})
}
