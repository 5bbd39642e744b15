package app_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/pay"
)

var rowSecurity = flag.Int("row-security", 0, "measure what row level security costs, in so many rounds of 400 orders each way")

// TestRowSecurityCost measures how many orders are paid in a second, and how much
// processor time one takes in the server and PostgreSQL, with row level security as it is
// in force and with it taken off a database, in turn.
func TestRowSecurityCost(t *testing.T) {
	if *rowSecurity == 0 {
		t.Skip("only with -row-security")
	}
	plain, locked := newPayingServer(t, false), newPayingServer(t, true)
	plain.round(t)
	locked.round(t)
	var rates, works []float64
	for round := range *rowSecurity {
		order := []*payingServer{plain, locked}
		if round%2 == 1 {
			slices.Reverse(order)
		}
		for _, s := range order {
			s.round(t)
		}
		rates, works = append(rates, locked.rate/plain.rate), append(works, locked.work/plain.work)
		t.Logf("round %d: without %.0f orders/s of %.2f ms, with %.0f of %.2f: %.3f of the orders, %.3f of the time", round+1,
			plain.rate, plain.work*1000, locked.rate, locked.work*1000, rates[round], works[round])
	}
	for name, ratios := range map[string][]float64{"orders/s": rates, "processor time": works} {
		slices.Sort(ratios)
		t.Logf("%s with, of that without: median %.3f of %d rounds (%.3f to %.3f)", name, ratios[len(ratios)/2], len(ratios), ratios[0], ratios[len(ratios)-1])
	}
	t.Logf("statements of one payment: %d without, %d with", plain.statements(t), locked.statements(t))
}

// payingServer is a server with or without policies.
type payingServer struct {
	till
	sent *wire
	// rate is how many orders were paid in a second, and work how many seconds of
	// processor time each took, in the last round.
	rate, work float64
	keys       atomic.Int64
}

func newPayingServer(t *testing.T, locked bool) *payingServer {
	t.Helper()
	s := &payingServer{sent: &wire{}}
	api := apptest.Start(t, s.sent.option())
	s.till = till{api: api, admin: api.Admin(t), environment: pay.Sandbox}
	s.make = s.admin.Make(t)
	s.customer, s.card = s.make.Customer(), s.make.Gateway(nil)
	if !locked {
		s.unlock(t)
	}
	return s
}

// unlock takes the policies of all tables out of force.
func (s *payingServer) unlock(t *testing.T) {
	t.Helper()
	db := s.api.Database.DB
	var tables []string
	if err := db.Select(&tables, "SELECT relname FROM pg_class WHERE relrowsecurity"); err != nil || len(tables) == 0 {
		t.Fatalf("tables that are locked: %v, %v", tables, err)
	}
	for _, table := range tables {
		if _, err := db.Exec(fmt.Sprintf("ALTER TABLE %s DISABLE ROW LEVEL SECURITY", table)); err != nil {
			t.Fatalf("unlock %s: %v", table, err)
		}
	}
}

// round has eight clients pay 400 orders.
func (s *payingServer) round(t *testing.T) {
	t.Helper()
	const clients, many = 8, 400
	totals := make([]int64, 100)
	for i := range totals {
		totals[i] = 100
	}
	orders := make(chan string, many)
	for len(orders) < many {
		for _, id := range s.make.Orders(s.customer, totals...) {
			orders <- id
		}
	}
	close(orders)
	var all sync.WaitGroup
	began, worked := time.Now(), s.processorTime(t)
	for range clients {
		all.Go(func() {
			for order := range orders {
				got := s.make.Pay(fmt.Sprint("key-", s.keys.Add(1)), apptest.Vars{"orders": one(order), "gatewayId": s.card})
				if got.Payment == nil || got.Payment.Status != "PAID" {
					t.Errorf("pay: %+v", got)
				}
			}
		})
	}
	all.Wait()
	s.rate, s.work = many/time.Since(began).Seconds(), (s.processorTime(t)-worked).Seconds()/many
}

// processorTime is what this process has used, clients included, and PostgreSQL for the
// server's connections.
func (s *payingServer) processorTime(t *testing.T) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	used := time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	var backends []int
	if err := s.api.Database.DB.Select(&backends, "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"); err != nil {
		t.Fatal(err)
	}
	for _, pid := range backends {
		used += timeOf(t, pid)
	}
	return used
}

// timeOf is the processor's time that another process has used.
func timeOf(t *testing.T, pid int) (used time.Duration) {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Skipf("processor time of process %d: %v", pid, err)
	}
	const tick = 10 * time.Millisecond // USER_HZ
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	for _, field := range fields[11:13] { // utime and stime
		n, err := strconv.Atoi(field)
		if err != nil {
			t.Fatal(err)
		}
		used += time.Duration(n) * tick
	}
	return used
}

// statements counts what one payment sends to the database.
func (s *payingServer) statements(t *testing.T) int {
	t.Helper()
	order := s.make.Order(s.customer, 100)
	s.sent.take()
	s.make.PayWhole(s.card, order)
	return len(s.sent.take())
}
