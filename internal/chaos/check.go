package chaos

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/paygraph/paygraph/internal/chaos/psp"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// Open counts what has no result yet: what healing has to bring to an end.
const Open = `SELECT (SELECT count(*) FROM transactions WHERE status IN ('CREATED', 'PENDING', 'UNKNOWN', 'REQUIRES_ACTION'))
	+ (SELECT count(*) FROM operations WHERE status IN ('REQUESTED', 'PENDING', 'UNKNOWN'))
	+ (SELECT count(*) FROM refunds WHERE status IN ('REQUESTED', 'PENDING', 'UNKNOWN'))`

// AwaitHealing waits until everything has its result, and says how long that took. It
// is false when Healing was not enough.
func AwaitHealing(ctx context.Context, db *sqlx.DB) (took time.Duration, left int, healed bool) {
	began := time.Now()
	for {
		err := db.GetContext(ctx, &left, Open)
		took = time.Since(began)
		if err == nil && left == 0 {
			return took, 0, true
		}
		if took > Healing || ctx.Err() != nil {
			return took, left, false
		}
		Pause(ctx, 100*time.Millisecond)
	}
}

// stored is an attempt as the gateway believes it to be.
type stored struct {
	ID       string
	Status   string
	Captured int64
	Held     int64
	Refunded int64
}

// Verdict is what a comparison found. Faults are what must never be.
type Verdict struct {
	Payments, Charges int
	// Fallovers are the attempts that took over from another gateway.
	Fallovers int
	// Captured, Held and Refunded are minor units by the provider's books.
	Captured, Held, Refunded int64
	Faults                   []string
}

func (v *Verdict) fault(format string, args ...any) {
	v.Faults = append(v.Faults, fmt.Sprintf(format, args...))
}

// Safe is what must hold at any time, whatever fails: no charge without its intent, none
// of more than was wanted, nothing given back that was not taken, and no client told
// something else than what is. The books are read first, because they only grow.
func Safe(ctx context.Context, db *sqlx.DB, provider *psp.Provider, journal *Journal) (Verdict, error) {
	var v Verdict
	charges := byAttempt(provider)
	for _, c := range charges {
		v.Captured, v.Held, v.Refunded = v.Captured+c.Captured, v.Held+c.Held, v.Refunded+c.Refunded()
	}
	v.Charges = len(charges)
	v.books(charges, journal)
	journal.mu.Lock() // what is acknowledged from here on may not be read below
	told := maps.Clone(journal.payments)
	journal.mu.Unlock()
	attempts, err := ids(ctx, db, "SELECT id FROM transactions")
	if err != nil {
		return v, err
	}
	for id, c := range charges {
		if !attempts[id] {
			v.fault("the provider has %s %d for attempt %s, which is unknown", c.Status, c.Captured, id)
		}
	}
	payments, err := ids(ctx, db, "SELECT id FROM payments")
	if err != nil {
		return v, err
	}
	v.Payments = len(payments)
	for key, payment := range told {
		if id, _ := pay.ParseID(pay.KindPayment, payment); !payments[id.String()] {
			v.fault("%s was acknowledged as payment %s, which is lost", key, payment)
		}
	}
	return v, nil
}

// byAttempt are the provider's books as they are now.
func byAttempt(provider *psp.Provider) map[string]psp.Charge {
	charges := map[string]psp.Charge{}
	for _, c := range provider.Charges() {
		charges[c.Attempt] = c
	}
	return charges
}

func ids(ctx context.Context, db *sqlx.DB, query string) (map[string]bool, error) {
	var list []string
	err := db.SelectContext(ctx, &list, query)
	set := make(map[string]bool, len(list))
	for _, id := range list {
		set[id] = true
	}
	return set, err
}

// books sees to it that no intent was charged twice: what is captured and held for it is
// no more than was wanted, in however many attempts. And that what clients were told of
// it is so: a key has one first answer, and no charge that the provider holds was called
// failed.
func (v *Verdict) books(charges map[string]psp.Charge, j *Journal) {
	j.mu.Lock()
	defer j.mu.Unlock()
	v.Faults = append(v.Faults, j.faults...)
	collected, attempts := map[string]int64{}, map[string][]string{}
	for id, c := range charges {
		if c.Collected() > 0 {
			collected[c.Key] += c.Collected()
			attempts[c.Key] = append(attempts[c.Key], id)
		}
		if c.Refunded() > c.Captured {
			v.fault("attempt %s gave back %d of %d", id, c.Refunded(), c.Captured)
		}
	}
	for key, minor := range collected {
		if wanted, ok := j.wanted[key]; !ok || minor > wanted {
			v.fault("%s wanted %d and was charged %d by attempts %s", key, wanted, minor, strings.Join(attempts[key], " and "))
		}
	}
	for key, n := range j.firsts {
		if n > 1 {
			v.fault("%s was the first request %d times", key, n)
		}
	}
	for attempt := range j.failures {
		id, _ := pay.ParseID(pay.KindTransaction, attempt)
		if c := charges[id.String()]; c.Collected() > 0 {
			v.fault("attempt %s was called failed; the provider has %s %d", id, c.Status, c.Collected())
		}
	}
}

// Compare is Safe once everything has its result: the database is held against the
// provider's books, and everything is checked that paygraph verify checks.
func Compare(ctx context.Context, db *sqlx.DB, provider *psp.Provider, journal *Journal) (Verdict, error) {
	v, err := Safe(ctx, db, provider, journal)
	if err != nil {
		return v, err
	}
	if err := v.attempts(ctx, db, provider); err != nil {
		return v, err
	}
	if err := db.GetContext(ctx, &v.Fallovers, "SELECT count(*) FROM transactions WHERE routing ->> 'fallbackOf' IS NOT NULL"); err != nil {
		return v, err
	}
	var twice []string
	if err := db.SelectContext(ctx, &twice, "SELECT order_id FROM payment_allocations GROUP BY order_id HAVING count(*) > 1"); err != nil {
		return v, err
	}
	for _, order := range twice { // each is wanted once
		v.fault("order %s has several payments", order)
	}
	rows := store.New(db)
	for _, invariant := range store.Invariants() {
		count, shown, err := rows.Violations(ctx, invariant)
		if err != nil {
			return v, err
		}
		if count > 0 {
			v.fault("verify: %s: %d\n%s", invariant.Name, count, strings.Join(shown[:min(3, len(shown))], "\n"))
		}
	}
	return v, nil
}

// attempts compares every attempt at the provider with its books; Safe did the other
// direction.
func (v *Verdict) attempts(ctx context.Context, db *sqlx.DB, provider *psp.Provider) error {
	var list []stored
	const query = `SELECT t.id, t.status, t.captured_minor AS captured, t.held_minor AS held, t.refunded_minor AS refunded
		FROM transactions t JOIN payment_gateways g ON g.tenant_id = t.tenant_id AND g.id = t.gateway_id WHERE g.connector = $1`
	if err := db.SelectContext(ctx, &list, query, psp.Name); err != nil {
		return err
	}
	charges := byAttempt(provider)
	for _, a := range list {
		c := charges[a.ID]
		if a.Captured != c.Captured || a.Held != c.Held || a.Refunded != c.Refunded() {
			v.fault("attempt %s is %s with captured %d, held %d, refunded %d; the provider has %s %d, %d, %d", a.ID, a.Status,
				a.Captured, a.Held, a.Refunded, c.Status, c.Captured, c.Held, c.Refunded())
		}
	}
	return nil
}
