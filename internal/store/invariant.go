package store

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"
)

// unfinished are the states in which an attempt has no result yet.
const unfinished = "('CREATED', 'REQUIRES_ACTION', 'PENDING', 'UNKNOWN')"

// Invariant is something that must be true of the database after any requests
// whatever, with a query that returns the rows for which it is not.
type Invariant struct{ Name, query string }

// Invariants are all of them, in the order in which they are shown.
func Invariants() []Invariant {
	return slices.Concat(moneyInvariants, paymentInvariants, historyInvariants, eventInvariants, inboxInvariants, webhookInvariants, bookInvariants, tenantInvariants, auditInvariants, trailInvariants)
}

// maxViolations bounds how many broken rows are told apart.
const maxViolations = 20

// verifySettings are for statements that read whole tables: they may take their time,
// and more memory than those of requests, and gain nothing from being compiled. Several
// run at once, so that helpers of each would only be in the others' way. Ids begin with
// the time, so that rows lie in the order of their keys: reading a table by an index
// costs little more than reading it whole, and joins and totals need no table in memory.
const verifySettings = `SELECT set_config('statement_timeout', '0', true) AS timeout, set_config('work_mem', '256MB', true) AS memory, set_config('jit', 'off', true) AS compiled,
	set_config('max_parallel_workers_per_gather', '0', true) AS helpers, set_config('random_page_cost', '1.1', true) AS pages`

// Violations counts the rows that break an invariant, of all companies, and shows the
// first of them. It is the operator's question and no caller's.
func (s *Store) Violations(ctx context.Context, i Invariant) (count int, shown []string, err error) {
	ctx = across(ctx)
	const query = "SELECT count(*) OVER () AS total, row_to_json(x)::text AS row FROM (%s) x LIMIT %d"
	tx, err := s.db.BeginTxx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return 0, nil, translate(err, "begin")
	}
	defer tx.Rollback()
	var rows []struct {
		Total int
		Row   string
	}
	var set struct{ Timeout, Memory, Compiled, Helpers, Pages string }
	if err := tx.GetContext(ctx, &set, verifySettings); err != nil {
		return 0, nil, translate(err, "prepare to verify")
	}
	if err := tx.SelectContext(ctx, &rows, fmt.Sprintf(query, i.query, maxViolations)); err != nil {
		return 0, nil, translate(err, "check that "+i.Name)
	}
	for _, r := range rows {
		count, shown = r.Total, append(shown, r.Row)
	}
	return count, shown, nil
}

// Verified is what became of an invariant that was checked.
type Verified struct {
	Invariant Invariant
	// Count is how many rows break it; Shown are the first of them, as JSON.
	Count int
	Shown []string
	Took  time.Duration
	Err   error
}

// verifiers is how many invariants are checked at once.
const verifiers = 2

// Verify checks all invariants, some at once, and yields what became of each, in
// their order.
func (s *Store) Verify(ctx context.Context) iter.Seq[Verified] {
	return func(yield func(Verified) bool) {
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		all := Invariants()
		done, free := make([]chan Verified, len(all)), make(chan struct{}, verifiers)
		for i := range all {
			done[i] = make(chan Verified, 1)
		}
		go func() {
			for _, i := range longestFirst(all) {
				free <- struct{}{}
				go func() {
					done[i] <- s.verified(ctx, all[i])
					<-free
				}()
			}
		}()
		for _, result := range done {
			if !yield(<-result) {
				return
			}
		}
	}
}

// longestFirst is the order in which invariants are begun: those with the most tables
// to read, or with the books, take longest and should not be waited for alone in the end.
func longestFirst(all []Invariant) (order []int) {
	for i := range all {
		order = append(order, i)
	}
	rank := func(i int) int {
		return -strings.Count(all[i].query, "FROM ") - 9*strings.Count(all[i].query, "_postings")
	}
	slices.SortStableFunc(order, func(a, b int) int { return rank(a) - rank(b) })
	return order
}

func (s *Store) verified(ctx context.Context, i Invariant) Verified {
	began := time.Now()
	count, shown, err := s.Violations(ctx, i)
	return Verified{Invariant: i, Count: count, Shown: shown, Took: time.Since(began), Err: err}
}

// Query is the text that finds what breaks the invariant.
func (i Invariant) Query() string { return i.query }
