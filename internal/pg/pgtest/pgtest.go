// Package pgtest gives every test a PostgreSQL database of its own, with the
// project's schema in it.
//
// There is nothing to set up and nothing to shut down: the first test process
// starts a server, all processes of a `go test ./...` share it, and it ends
// with the last one. A template is migrated once per state of the migrations;
// a test's database is a copy of it, which takes some 10 ms.
//
// Environment:
//
//	PAYGRAPH_TEST_DATABASE_URL  use this server; its role needs CREATEDB
//	PAYGRAPH_TEST_PG_DIR        directory of the shared server's files, instead
//	                            of one in memory or in the temporary directory
package pgtest

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	_ "github.com/lib/pq" // the driver of every connection string here
)

// Database is one test's own database.
type Database struct {
	// URL is the lib/pq connection string, in key=value form.
	URL string
	// DB is open, limited to 10 connections so that many tests fit on the
	// server, and closed when the test ends. Its connections see the rows of
	// all tenants, which those of URL do only where they say so.
	DB *sqlx.DB
}

// cleanupTime bounds what happens to a database after its test.
const cleanupTime = time.Minute

// New returns a database with the migrated schema. It is dropped when the test
// ends; that of a failed test is kept and its URL logged. Tests that use it may
// run in parallel.
func New(tb testing.TB) Database {
	tb.Helper()
	s, err := shared()
	if err != nil {
		tb.Fatalf("pgtest: %v", err)
	}
	name := newName()
	if err := s.clone(tb.Context(), name); err != nil {
		tb.Fatalf("pgtest: %v", err)
	}
	tb.Cleanup(func() { s.finish(tb, name) })

	url := s.url(name)
	db, err := sqlx.Open("postgres", AcrossTenants(url))
	if err != nil {
		tb.Fatalf("pgtest: open database: %v", err)
	}
	db.SetMaxOpenConns(10)
	tb.Cleanup(func() { db.Close() })
	return Database{URL: url, DB: db}
}

var (
	count atomic.Int64
	// run tells processes with the same id apart, in containers that share
	// a server.
	run = strings.ToLower(rand.Text()[:6])
)

// AcrossTenants is a key=value connection string for statements over rows of all tenants.
func AcrossTenants(url string) string { return url + " paygraph.tenant=all" }

// Columns lists the columns of a table that are written, by commas: all but those that
// follow from others.
func Columns(tb testing.TB, db *sqlx.DB, table string) string {
	tb.Helper()
	var list string
	if err := db.Get(&list, `SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
		WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''`, table); err != nil {
		tb.Fatalf("pgtest: columns of %s: %v", table, err)
	}
	return list
}

// newName starts with the process id, by which prune knows abandoned databases.
func newName() string { return fmt.Sprintf("test_%d_%s_%d", os.Getpid(), run, count.Add(1)) }

// finish drops the database of a test that passed.
func (s *server) finish(tb testing.TB, name string) {
	ctx, cancel := context.WithTimeout(context.Background(), cleanupTime)
	defer cancel()
	if !tb.Failed() {
		if err := s.drop(ctx, name); err != nil {
			tb.Errorf("pgtest: %v", err)
		}
		return
	}
	if err := s.keep(ctx, name, tb.Name()); err != nil {
		tb.Errorf("pgtest: %v", err)
	}
	tb.Logf("pgtest: the database of the failed test is kept: %s", s.url(name))
	if s.restart != "" {
		tb.Logf("pgtest: its server ends with the tests; to start it again: %s", s.restart)
	}
}
