package chaos

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
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
	ID        string
	OrderID   string
	PaymentID string
	Status    string
	Captured  int64
	Held      int64
	Refunded  int64
}

// Verdict is what a comparison found. Faults are what must never be.
type Verdict struct {
	Payments, Charges int
	// Captured, Held and Refunded are minor units by the provider's books.
	Captured, Held, Refunded int64
	Faults                   []string
}

func (v *Verdict) fault(format string, args ...any) {
	v.Faults = append(v.Faults, fmt.Sprintf(format, args...))
}

// Compare holds the database against the provider's books and against what clients were
// told, and checks everything that paygraph verify checks.
func Compare(ctx context.Context, db *sqlx.DB, provider *psp.Provider, journal *Journal) (Verdict, error) {
	var v Verdict
	attempts, err := readAttempts(ctx, db)
	if err != nil {
		return v, err
	}
	charges := map[string]psp.Charge{}
	for _, c := range provider.Charges() {
		charges[c.Attempt] = c
		v.Captured, v.Held, v.Refunded = v.Captured+c.Captured, v.Held+c.Held, v.Refunded+c.Refunded()
	}
	v.Charges = len(charges)
	v.attempts(attempts, charges)
	if err := v.journal(ctx, db, journal, charges); err != nil {
		return v, err
	}
	if err := db.GetContext(ctx, &v.Payments, "SELECT count(*) FROM payments"); err != nil {
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

func readAttempts(ctx context.Context, db *sqlx.DB) ([]stored, error) {
	var list []stored
	const query = `SELECT t.id, a.order_id AS orderid, t.payment_id AS paymentid, t.status, t.captured_minor AS captured, t.held_minor AS held, t.refunded_minor AS refunded
		FROM transactions t JOIN payment_allocations a ON a.tenant_id = t.tenant_id AND a.payment_id = t.payment_id
		JOIN payment_gateways g ON g.tenant_id = t.tenant_id AND g.id = t.gateway_id WHERE g.connector = $1`
	return list, db.SelectContext(ctx, &list, query, psp.Name)
}

// attempts compares every attempt with the books, in both directions, and sees to it
// that no order was charged twice.
func (v *Verdict) attempts(list []stored, charges map[string]psp.Charge) {
	paid := map[string][]string{}
	seen := map[string]bool{}
	for _, a := range list {
		seen[a.ID] = true
		c := charges[a.ID]
		if a.Captured != c.Captured || a.Held != c.Held || a.Refunded != c.Refunded() {
			v.fault("attempt %s is %s with captured %d, held %d, refunded %d; the provider has %s %d, %d, %d", a.ID, a.Status,
				a.Captured, a.Held, a.Refunded, c.Status, c.Captured, c.Held, c.Refunded())
		}
		if c.Captured > 0 || c.Held > 0 {
			paid[a.OrderID] = append(paid[a.OrderID], a.ID)
		}
		if c.Refunded() > c.Captured {
			v.fault("attempt %s gave back %d of %d", a.ID, c.Refunded(), c.Captured)
		}
	}
	for order, attempts := range paid {
		if len(attempts) > 1 {
			v.fault("order %s was charged by attempts %s", order, strings.Join(attempts, " and "))
		}
	}
	for id, c := range charges {
		if !seen[id] {
			v.fault("the provider has %s %d for attempt %s, which is unknown", c.Status, c.Captured, id)
		}
	}
}

// journal sees to it that what clients were told is so: what was acknowledged is
// there, a key has one payment and one first answer, and no charge that the provider
// holds was called failed.
func (v *Verdict) journal(ctx context.Context, db *sqlx.DB, j *Journal, charges map[string]psp.Charge) error {
	var ids []string
	if err := db.SelectContext(ctx, &ids, "SELECT id FROM payments"); err != nil {
		return err
	}
	slices.Sort(ids)
	j.mu.Lock()
	defer j.mu.Unlock()
	v.Faults = append(v.Faults, j.faults...)
	for key, payment := range j.payments {
		id, _ := pay.ParseID(pay.KindPayment, payment)
		if _, found := slices.BinarySearch(ids, id.String()); id == uuid.Nil || !found {
			v.fault("%s was acknowledged as payment %s, which is lost", key, payment)
		}
	}
	for key, n := range j.firsts {
		if n > 1 {
			v.fault("%s was the first request %d times", key, n)
		}
	}
	for attempt := range j.failures {
		id, _ := pay.ParseID(pay.KindTransaction, attempt)
		if c := charges[id.String()]; c.Captured+c.Held > 0 {
			v.fault("attempt %s was called failed; the provider has %s %d", id, c.Status, c.Captured+c.Held)
		}
	}
	return nil
}
