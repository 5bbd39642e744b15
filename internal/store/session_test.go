package store_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"github.com/paygraph/paygraph/internal/pay"
)

// session is what a statement sees of the session that it runs on.
type session struct {
	Process int
	Tenant  string
}

const whichSession = "SELECT pg_backend_pid() AS process, current_setting('paygraph.tenant') AS tenant"

// atOnce are the sessions of tenants who ask at the same time; they wait when it returns.
func atOnce(t *testing.T, db *sqlx.DB, tenants ...uuid.UUID) []session {
	t.Helper()
	told := make([]session, len(tenants))
	for i, tenant := range tenants {
		ctx := as(t.Context(), tenant)
		conn, err := db.Connx(ctx)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if err := conn.GetContext(ctx, &told[i], whichSession); err != nil {
			t.Fatal(err)
		}
	}
	return told
}

// TestSessionOfTheTenant proves that who asks again has the session that was told its tenant,
// whatever connection the pool gives out.
func TestSessionOfTheTenant(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	db := b.pool(3)
	db.SetMaxIdleConns(3)
	tenants := []uuid.UUID{b.tenant.ID, b.copied.ID, pay.NewID()}
	first := atOnce(t, db, tenants...)
	for _, n := range []int{0, 1, 2, 2, 1, 0, 1, 0, 2} {
		var s session
		if err := db.GetContext(as(t.Context(), tenants[n]), &s, whichSession); err != nil {
			t.Fatal(err)
		}
		if s != first[n] {
			t.Errorf("tenant %d has %+v and had %+v", n, s, first[n])
		}
	}
	if _, err := db.Preparex("SELECT 1"); err == nil {
		t.Error("the pool prepares a statement, which it would run on any session")
	}
}

// TestSessionsAreApart has many tenants use few connections at once in every way that ends
// well or badly, and proves that each statement runs on a session of its own, told its
// tenant, and that as many sessions are there as connections in the end.
func TestSessionsAreApart(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	const size = 4
	db := b.pool(size)
	db.SetMaxIdleConns(size - 1) // so that some are closed while others work
	var group sync.WaitGroup
	for n := range 3 * size {
		group.Go(func() {
			tenant, random := pay.NewID(), rand.New(rand.NewPCG(uint64(n), 0)) // #nosec G404 -- a test
			for range 100 {
				s := sessionFor(t, db, tenant, random.IntN(len(uses)))
				if s.Tenant != tenant.String() {
					t.Errorf("%s works as %q", tenant, s.Tenant)
				}
			}
		})
	}
	group.Wait()
	db.SetMaxIdleConns(size)
	seen := map[int]bool{}
	for range size {
		conn, err := db.Connx(b.acting())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		var s session
		if err := conn.GetContext(b.acting(), &s, whichSession); err != nil || s.Tenant != b.tenant.ID.String() || seen[s.Process] {
			t.Errorf("%+v is used twice or of another tenant, %v", s, err)
		}
		seen[s.Process] = true
	}
}

// uses are ways of using a pool. What ends badly has an error.
var uses = []func(context.Context, *sqlx.DB, *session) error{
	func(ctx context.Context, db *sqlx.DB, s *session) error { return db.GetContext(ctx, s, whichSession) },
	func(ctx context.Context, db *sqlx.DB, s *session) error {
		conn, err := db.Connx(ctx)
		if err != nil {
			return err
		}
		defer conn.Close()
		var before session
		if err := conn.GetContext(ctx, &before, whichSession); err != nil {
			return err
		}
		err = conn.GetContext(ctx, s, whichSession)
		if *s != before {
			s.Tenant = "two sessions"
		}
		return err
	},
	func(ctx context.Context, db *sqlx.DB, s *session) error {
		tx, err := db.BeginTxx(ctx, nil)
		if err != nil {
			return err
		}
		defer tx.Rollback()
		return tx.GetContext(ctx, s, whichSession)
	},
	func(ctx context.Context, db *sqlx.DB, _ *session) error { // waits, perhaps, until it is too late
		ctx, cancel := context.WithCancel(ctx)
		go cancel()
		_, err := db.ExecContext(ctx, whichSession)
		return err
	},
	func(ctx context.Context, db *sqlx.DB, _ *session) error {
		_, err := db.ExecContext(ctx, "SELECT 1 / 0")
		return err
	},
	func(ctx context.Context, db *sqlx.DB, _ *session) error {
		_, err := db.ExecContext(ctx, "SELECT pg_terminate_backend(pg_backend_pid())")
		return err
	},
}

// sessionFor uses the pool in one of the ways, and once more if no session told of itself.
func sessionFor(t *testing.T, db *sqlx.DB, tenant uuid.UUID, use int) (s session) {
	t.Helper()
	ctx := as(t.Context(), tenant)
	if err := uses[use](ctx, db, &s); err == nil && s.Process != 0 {
		return s
	}
	if err := db.GetContext(ctx, &s, whichSession); err != nil {
		t.Errorf("after use %d: %v", use, err)
	}
	return s
}

// TestTenantsInTurn proves that a few tenants who ask in turn do not take each other's session,
// where sessions wait that were told of others.
func TestTenantsInTurn(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	db := b.pool(4)
	db.SetMaxIdleConns(4)
	atOnce(t, db, slices.Repeat([]uuid.UUID{b.tenant.ID}, 4)...)
	others, first := []uuid.UUID{pay.NewID(), pay.NewID()}, [2]session{}
	for turn := range 6 {
		var s session
		if err := db.GetContext(as(t.Context(), others[turn%2]), &s, whichSession); err != nil {
			t.Fatal(err)
		}
		if turn < 2 {
			first[turn] = s
		}
		if s != first[turn%2] {
			t.Errorf("turn %d has %+v and not %+v", turn, s, first[turn%2])
		}
	}
	if first[0].Process == first[1].Process {
		t.Error("both have one session")
	}
}

// TestControlIsRefused proves that nobody can begin or end a transaction but by its methods: what
// the session was told in one that is taken back would be taken for told, and the next statement
// run as another tenant's.
func TestControlIsRefused(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	db := b.pool(1)
	ctx := as(t.Context(), b.tenant.ID)
	for _, control := range []string{"BEGIN", "begin read write; SELECT 1", "START TRANSACTION", "\n\tROLLBACK", "COMMIT;", "END", "ABORT",
		"SAVEPOINT a", "ROLLBACK TO a", "RELEASE a", "PREPARE TRANSACTION 'a'", "RESET ALL", "DISCARD ALL", "DEALLOCATE ALL", ";\f ROLLBACK"} {
		if _, err := db.ExecContext(ctx, control); err == nil {
			t.Errorf("%q is executed", control)
		}
		tx, err := db.BeginTxx(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.QueryContext(ctx, control); err == nil {
			t.Errorf("%q is executed in a transaction", control)
		}
		var s session
		if err := tx.GetContext(ctx, &s, whichSession); err != nil || s.Tenant != b.tenant.ID.String() {
			t.Errorf("behind %q the tenant is %q, %v", control, s.Tenant, err)
		}
		if err := tx.Rollback(); err != nil {
			t.Error(err)
		}
	}
}
