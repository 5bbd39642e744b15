package app_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// unanswered pays so many orders whose outcome is not known, and stays so.
func (s *shop) unanswered(t *testing.T, n int, gateway, token string) {
	t.Helper()
	for _, order := range s.make.Orders(s.customer, slices.Repeat([]int64{60}, n)...) {
		if got := s.pay(t, order, apptest.Vars{"gatewayId": gateway, "orders": one(order), "paymentToken": token}); got.Transaction == nil || got.Transaction.Status != "UNKNOWN" {
			t.Fatalf("%+v", got)
		}
	}
}

// sweep starts the job engine.
func (s *shop) sweep(t *testing.T) {
	t.Helper()
	stop := s.api.App.StartJobs(t.Context(), 50*time.Millisecond)
	t.Cleanup(func() {
		if err := stop(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
}

// until waits for something that the program does by itself.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !done(); {
		if time.Now().After(deadline) {
			t.Fatalf("in vain: %s", what)
		}
		time.Sleep(5 * time.Millisecond) // what it waits for needs the processors too
	}
}

// TestFailingRows proves that rows that cannot be woken keep nobody waiting: each is
// tried once, told of once, and then later each time.
func TestFailingRows(t *testing.T) {
	t.Parallel()
	const bad = 40 // more than there are workers
	clock, sent := newStillClock(), &wire{}
	var log logBook
	s := openShop(t, clock.option(), sent.option(), app.WithLog(slog.New(slog.NewTextHandler(&log, nil))))
	s.admin = s.api.Client(s.api.Token(t, auth.Grant{TTL: 90 * 24 * time.Hour}))
	retired := s.make.Gateway(apptest.Vars{"name": "Retired"})
	s.unanswered(t, bad, retired, "tok_timeout_forever")
	s.api.Database.DB.MustExec("UPDATE payment_gateways SET connector = 'retired-psp' WHERE name = 'Retired'")
	clock.pass(time.Minute)
	s.sweep(t)
	failed := func(times int) func() bool {
		return func() bool { return s.count(t, "claims WHERE failures = $1", times) == bad }
	}
	until(t, "every row fails once", failed(1))
	paid := s.pay(t, "good", apptest.Vars{"gatewayId": s.sandbox, "orders": one(s.order(100)), "paymentToken": "tok_timeout"})
	clock.pass(6 * time.Second)
	until(t, "the good one is asked for", func() bool { return s.lifeOf(t, paid.Payment.ID).Status == "PAID" })
	until(t, "every row fails again", failed(2))
	for times := 2; times < 5; times++ {
		clock.pass(pay.Due{Failures: times - 1}.FailureWait() - 2*time.Second)
		sent.take()
		looks := 0
		until(t, "the engine looks twice, and begins once more", func() bool {
			for _, statement := range sent.take() {
				if strings.Contains(statement, "SELECT 'attempt' AS kind") {
					looks++
				}
			}
			return looks >= 3
		})
		if n := s.count(t, "claims WHERE failures > $1", times); n > 0 {
			t.Errorf("%d rows were tried too early after failure %d", n, times)
		}
		clock.pass(3 * time.Second)
		until(t, "every row fails again", failed(times+1))
	}
	until(t, "the last failure is told of", func() bool { return strings.Count(log.String(), "level=ERROR msg=\"waking a row failed") == bad })
	if n := strings.Count(log.String(), "level=WARN msg=\"waking a row failed"); n != 4*bad {
		t.Errorf("%d warnings of %d rows that failed 5 times", n, bad)
	}
	s.api.Database.DB.MustExec("UPDATE payment_gateways SET connector = 'sandbox' WHERE name = 'Retired'")
	clock.pass(time.Hour)
	until(t, "all went well", func() bool { return s.count(t, "claims") == 0 })
}

// TestHangingGateway proves that a gateway that hangs does not get all workers, however
// much hangs on it.
func TestHangingGateway(t *testing.T) {
	t.Parallel()
	var clock movingClock
	s := openShop(t, clock.option())
	s.admin = s.api.Client(s.api.Token(t, auth.Grant{TTL: 90 * 24 * time.Hour}))
	var asking, most atomic.Int64
	released := make(chan struct{})
	s.bank.on("tok_hang", fails(errLost), func(ctx context.Context, _ gateway.ChargeRequest) (pay.Fact, error) {
		n := asking.Add(1)
		defer asking.Add(-1)
		for was := most.Load(); n > was && !most.CompareAndSwap(was, n); was = most.Load() {
		}
		select {
		case <-released:
		case <-ctx.Done():
		}
		return pay.Fact{}, errLost
	})
	s.unanswered(t, 40, s.gateway, "tok_hang")
	clock.pass(time.Minute)
	s.sweep(t)
	until(t, "the bank hangs", func() bool { return asking.Load() >= 8 })
	paid := s.pay(t, "good", apptest.Vars{"gatewayId": s.sandbox, "orders": one(s.order(100)), "paymentToken": "tok_timeout"})
	clock.pass(6 * time.Second)
	until(t, "another gateway is asked", func() bool { return s.lifeOf(t, paid.Payment.ID).Status == "PAID" })
	if n := asking.Load(); n < 8 || most.Load() > 16 {
		t.Errorf("the bank is asked %d at once, and was %d", n, most.Load())
	}
	close(released)
	until(t, "the rest is asked for", func() bool { return s.count(t, "transactions WHERE checks > 0 AND token = 'tok_hang'") == 40 })
}

// TestFailureCounts proves what is held against a row: what fails by itself, and what is
// as due as before, but not that the database was away. It waits in any case.
func TestFailureCounts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind     pay.DueKind
		table    string // whose changes fail
		code     string
		failures int
	}{
		"a fault":                   {pay.DueSimulation, "payments", "P0001", 1},
		"a database that goes away": {pay.DueSimulation, "payments", "57P01", 0},
		"an answer not recorded":    {pay.DueRefund, "refunds", "P0001", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var clock movingClock
			s := openShop(t, clock.option())
			s.admin = s.api.Client(s.api.Token(t, auth.Grant{TTL: 90 * 24 * time.Hour}))
			paid := act(t, s.admin, "payOrders", "p", but(apptest.Vars{"orders": one(s.order(1000)), "gatewayId": s.sandbox}, sandboxKey("refund", "timeout")))
			act(t, s.admin, "refundPayment", "r", apptest.Vars{"paymentId": paid.Payment.ID, "amount": minor(400)})
			simulate(t, s.admin, paid.Transaction.ID, "CHARGEBACK", apptest.Vars{"delaySeconds": 1})
			clock.pass(time.Minute)
			db := s.api.Database.DB
			db.MustExec(`CREATE FUNCTION crash() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'crash' USING ERRCODE = '` + c.code + `'; END $$`)
			db.MustExec(`CREATE TRIGGER crash BEFORE UPDATE ON ` + c.table + ` FOR EACH STATEMENT EXECUTE FUNCTION crash()`)
			claim := func() (found []pay.Due) {
				t.Helper()
				due, err := s.api.App.Service.ClaimDue(t.Context(), 10)
				if err != nil {
					t.Fatal(err)
				}
				return slices.DeleteFunc(due, func(d pay.Due) bool { return d.Kind != c.kind })
			}
			due := claim()
			if len(due) != 1 {
				t.Fatalf("due: %+v", due)
			}
			if err := s.api.App.Service.Wake(t.Context(), due[0]); err == nil {
				t.Error("it went well though it cannot")
			}
			if n := valueOf[int](t, db, "SELECT failures FROM claims WHERE kind = $1", c.kind); n != c.failures {
				t.Errorf("it counts as %d failures, want %d", n, c.failures)
			}
			if again := claim(); len(again) != 0 {
				t.Errorf("it is tried again at once: %+v", again)
			}
			clock.pass(6 * time.Second)
			db.MustExec(`DROP TRIGGER crash ON ` + c.table)
			if due = claim(); len(due) != 1 || due[0].Failures != c.failures {
				t.Fatalf("later: %+v", due)
			}
			if err := s.api.App.Service.Wake(t.Context(), due[0]); err != nil {
				t.Error(err)
			}
			if n := s.count(t, "claims WHERE kind = $1", c.kind); n != 0 {
				t.Errorf("%d claims are left", n)
			}
		})
	}
}

// TestSealGoesOn proves that a company whose audit log cannot be sealed keeps no other
// waiting.
func TestSealGoesOn(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	for _, slug := range []string{"b", "c"} {
		s.api.NewCompany(t, slug)
	}
	db := s.api.Database.DB
	const unsealed = "audit_entries WHERE seq IS NULL"
	tenants := valueOf[int](t, db, "SELECT count(DISTINCT tenant_id) FROM "+unsealed)
	if tenants < 3 {
		t.Fatalf("%d tenants have something to be sealed", tenants)
	}
	// The first that is tried fails; a sequence is not rolled back with it.
	db.MustExec(`CREATE SEQUENCE tries`)
	db.MustExec(`CREATE FUNCTION crash() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF nextval('tries') = 1 THEN RAISE EXCEPTION 'crash'; END IF; RETURN NEW; END $$`)
	db.MustExec(`CREATE TRIGGER crash BEFORE INSERT OR UPDATE ON audit_heads FOR EACH ROW EXECUTE FUNCTION crash()`)
	if err := s.api.App.Service.SealAudit(t.Context()); err == nil {
		t.Error("sealing went well though it cannot")
	}
	if n := valueOf[int](t, db, "SELECT count(DISTINCT tenant_id) FROM "+unsealed); n != 1 {
		t.Errorf("%d of %d tenants are left unsealed", n, tenants)
	}
	db.MustExec("DROP TRIGGER crash ON audit_heads")
	if err := s.api.App.Service.SealAudit(t.Context()); err != nil || s.count(t, unsealed) != 0 {
		t.Errorf("later: %v", err)
	}
}
