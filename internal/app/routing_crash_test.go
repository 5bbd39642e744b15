package app_test

import (
	"context"
	"database/sql/driver"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// TestCrashAfterSoftDecline proves that a process that dies once another gateway took over
// leaves an attempt that is sent under its own key, and that nothing else takes over then.
func TestCrashAfterSoftDecline(t *testing.T) {
	t.Parallel()
	clock := &movingClock{}
	s := openRoutingShop(t, clock.option())
	s.bank.on("tok_crash", s.bank.inTurn(s.bank.soft, func(context.Context, gateway.ChargeRequest) (pay.Fact, error) { panic("dies") }, s.bank.soft), nil)
	got := s.pays(t, wishing("tok_crash"))
	if got.statuses() != "FAILED UNKNOWN" {
		t.Fatalf("%+v", got)
	}
	clock.pass(time.Hour)
	s.wakeAll(t)
	charges, lookups := s.bank.asked("tok_crash")
	if len(charges) != 3 || charges[1].AttemptID != charges[2].AttemptID || len(lookups) == 0 {
		t.Errorf("%d charges, %d lookups", len(charges), len(lookups))
	}
	var left []string
	if err := s.api.Database.DB.Select(&left, "SELECT status FROM transactions ORDER BY attempt_number"); err != nil || strings.Join(left, " ") != "FAILED FAILED" {
		t.Errorf("%v: %v", left, err)
	}
}

// TestDiesBetween proves that a process that dies once the decline and the attempt that
// takes over are committed, before that is sent, leaves it to be sent once, by the program
// or by a repeat of the request, under its own key; and that nothing is asked before its
// lease is over.
func TestDiesBetween(t *testing.T) {
	t.Parallel()
	for name, repeat := range map[string]bool{"repeat": true, "program": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := &movingClock{}
			var sent wire
			s := openRoutingShop(t, clock.option(), sent.option())
			s.bank.on("tok_die", s.bank.inTurn(s.bank.soft, s.bank.takes), nil)
			input := but(wishing("tok_die"), apptest.Vars{"idempotencyKey": "die", "orders": one(s.order(1000))})
			commits := 0
			sent.cutBy(func(statement string, done bool) error {
				switch {
				case commits >= 2: // the intent, and the decline with what takes over
					return driver.ErrBadConn
				case statement == "COMMIT" && done:
					commits++
				}
				return nil
			})
			assertAvailable(t, name, s.admin.Send(t, `mutation($input: PayOrdersInput!) { payOrders(input: $input) `+routedFields+` }`, apptest.Vars{"input": input}))
			sent.cutBy(nil)
			if charges, _ := s.bank.asked("tok_die"); len(charges) != 1 || s.bank.money() != 0 {
				t.Fatalf("%d charges, %d taken", len(charges), s.bank.money())
			}
			if got := s.send(t, input); got.Payment != nil || len(got.Errors) != 1 || got.Errors[0].Code != "IDEMPOTENCY_IN_PROGRESS" {
				t.Errorf("before the lease is over: %+v", got)
			}
			clock.pass(time.Minute)
			if !repeat {
				s.wakeAll(t)
			}
			got := s.send(t, input)
			charges, _ := s.bank.asked("tok_die")
			if !got.Replayed || got.statuses() != "FAILED CAPTURED" || len(charges) != 2 || s.bank.money() != 1000 || got.Transaction.Status != "CAPTURED" {
				t.Errorf("%s after %d charges, %d taken: %+v", got.statuses(), len(charges), s.bank.money(), got)
			}
		})
	}
}

// TestFalloverCommitUnknown proves that the lost answer of any COMMIT of a request that falls
// over, or of all, leads to one charge: the repeat with the key finds it, or has it made.
func TestFalloverCommitUnknown(t *testing.T) {
	t.Parallel()
	clock := &movingClock{}
	var sent wire
	s := openRoutingShop(t, clock.option(), sent.option())
	for lost, most := 0, 1; lost <= most; lost++ {
		token := fmt.Sprint("tok_commit_", lost)
		s.bank.on(token, s.bank.inTurn(s.bank.soft, s.bank.takes), nil)
		input := but(wishing(token), apptest.Vars{"idempotencyKey": token, "orders": one(s.order(1000))})
		before := s.bank.money()
		commits := sent.loseCommits(lost)
		assertAvailable(t, token, s.admin.Send(t, `mutation($input: PayOrdersInput!) { payOrders(input: $input) `+routedFields+` }`, apptest.Vars{"input": input}))
		sent.cutBy(nil)
		if lost > 0 {
			most = *commits
		}
		clock.pass(time.Minute) // whatever runs is over
		got := s.send(t, input)
		if got.Payment == nil || got.Payment.Status != "PAID" || got.statuses() != "FAILED CAPTURED" || s.bank.money()-before != 1000 {
			t.Errorf("COMMIT %d lost: %d taken: %+v", lost, s.bank.money()-before, got)
		}
	}
}
