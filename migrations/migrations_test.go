package migrations_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/pressly/goose/v3/lock"

	"github.com/paygraph/paygraph/internal/pg/pgtest"
	"github.com/paygraph/paygraph/migrations"
)

// empty returns a database without anything in it.
func empty(t *testing.T) pgtest.Database {
	t.Helper()
	d := pgtest.New(t)
	execute(t, d, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
	return d
}

func execute(t *testing.T, d pgtest.Database, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		if _, err := d.DB.Exec(statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// held makes a database whose lock is held by another process for so long.
func held(t *testing.T, interval string) pgtest.Database {
	t.Helper()
	d := empty(t)
	execute(t, d, `CREATE TABLE goose_lock (lock_id bigint PRIMARY KEY, locked boolean NOT NULL DEFAULT false,
			locked_at timestamptz, locked_by text, lease_expires_at timestamptz, updated_at timestamptz)`,
		fmt.Sprintf(`INSERT INTO goose_lock VALUES (%d, true, now(), 'a process that was killed', now() + interval '%s', now())`, lock.DefaultLockID, interval))
	return d
}

// assertMigrated checks that every migration was applied once and that the lock
// is free again.
func assertMigrated(t *testing.T, d pgtest.Database) {
	t.Helper()
	var got struct{ Versions, Distinct, Installations, Locks int }
	if err := d.DB.Get(&got, `SELECT count(*) AS versions, count(DISTINCT version_id) AS distinct,
		(SELECT count(*) FROM installation) AS installations, (SELECT count(*) FROM goose_lock WHERE locked) AS locks FROM goose_db_version`); err != nil {
		t.Fatal(err)
	}
	if got.Versions != got.Distinct || got.Versions < 2 || got.Installations != 1 || got.Locks != 0 {
		t.Errorf("got %+v, want every version and one installation once, and no lock", got)
	}
	if pending, err := migrations.Pending(t.Context(), d.DB.DB); pending || err != nil {
		t.Errorf("pending %t, %v", pending, err)
	}
}

// TestRacingStarts proves that of several processes that start at once one
// migrates, and that the others come up as well.
func TestRacingStarts(t *testing.T) {
	t.Parallel()
	d := empty(t)
	var running sync.WaitGroup
	for range 3 {
		running.Go(func() {
			if err := migrations.Up(t.Context(), d.URL); err != nil {
				t.Error(err)
			}
		})
	}
	running.Wait()
	assertMigrated(t, d)
}

// TestKilledMigrator proves that the lock of a process that was killed holds the
// next one up until its lease is over and no longer.
func TestKilledMigrator(t *testing.T) {
	t.Parallel()
	for name, interval := range map[string]string{"over": "-1 second", "soon over": "2 seconds"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := held(t, interval)
			var until time.Time
			if err := d.DB.Get(&until, "SELECT lease_expires_at AT TIME ZONE 'UTC' FROM goose_lock"); err != nil {
				t.Fatal(err)
			}
			if err := migrations.Up(t.Context(), d.URL); err != nil {
				t.Fatal(err)
			}
			assertMigrated(t, d)
			var early bool
			if err := d.DB.Get(&early, "SELECT min(tstamp) < $1 FROM goose_db_version WHERE version_id > 0", until); err != nil || early {
				t.Errorf("migrated before the lease was over: %t, %v", early, err)
			}
		})
	}
}

// TestLockOfALivingProcess proves that nobody migrates beside who holds the lock.
func TestLockOfALivingProcess(t *testing.T) {
	t.Parallel()
	d := held(t, "1 hour")
	ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
	defer cancel()
	if err := migrations.Up(ctx, d.URL); err == nil {
		t.Error("migrated beside a process that does")
	}
	var tables int
	if err := d.DB.Get(&tables, `SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'goose%'`); err != nil || tables != 0 {
		t.Errorf("%d tables, %v", tables, err)
	}
}
