package pgtest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestNew(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"one", "two"} {
		t.Run(name+" has the schema and only its own rows", func(t *testing.T) {
			t.Parallel()
			d := New(t)
			if rows := get[int](t, d, "select count(*) from installation"); rows != 1 {
				t.Errorf("got %d rows from the migrations", rows)
			}
			d.DB.MustExec("create table own as select 1 as n")
			if url := get[string](t, d, "select current_database()"); !strings.Contains(d.URL, "dbname="+url) {
				t.Errorf("%s is the database of %s", url, d.URL)
			}
			if zone := get[string](t, d, "show timezone"); zone != "UTC" || !strings.Contains(d.URL, "binary_parameters=yes") {
				t.Errorf("time zone %s, url %s", zone, d.URL)
			}
		})
	}
}

func TestTwentyAtOnce(t *testing.T) {
	t.Parallel()
	begin := time.Now()
	databases := make(chan Database)
	for range 20 {
		go func() { databases <- New(t) }()
	}
	seen := map[string]bool{}
	for range 20 {
		seen[get[string](t, <-databases, "select current_database()")] = true
	}
	if len(seen) != 20 {
		t.Errorf("got %d databases", len(seen))
	}
	t.Logf("20 databases in %s", time.Since(begin).Round(time.Millisecond))
}

// failing is a test that runs in this one and can fail without failing it.
type failing struct {
	testing.TB
	failed   bool
	cleanups []func()
	log      string
}

func (f *failing) Failed() bool              { return f.failed }
func (f *failing) Cleanup(do func())         { f.cleanups = append(f.cleanups, do) }
func (f *failing) Logf(s string, arg ...any) { f.log += fmt.Sprintf(s, arg...) + "\n" }

func (f *failing) end() {
	for i := range f.cleanups {
		f.cleanups[len(f.cleanups)-1-i]()
	}
}

func TestFinish(t *testing.T) {
	t.Parallel()
	for name, failed := range map[string]bool{"a passed test's database is dropped": false, "a failed test's database is kept": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := shared()
			check(t, err)
			f := &failing{TB: t, failed: failed}
			d := New(f)
			database := get[string](t, d, "select current_database()")
			f.end()
			if err := d.DB.Ping(); err == nil {
				t.Error("its connections are still open")
			}
			if kept := exists(t, s, database); kept != failed {
				t.Errorf("kept: %v", kept)
			}
			if failed {
				if !strings.Contains(f.log, d.URL) {
					t.Errorf("log: %s", f.log)
				}
				check(t, s.drop(t.Context(), database))
			}
		})
	}
}

func BenchmarkNew(b *testing.B) {
	s, err := shared()
	check(b, err)
	for b.Loop() {
		name := newName()
		check(b, s.clone(context.Background(), name))
		b.StopTimer()
		check(b, s.drop(context.Background(), name))
		b.StartTimer()
	}
}

func get[T any](t testing.TB, d Database, query string) (value T) {
	t.Helper()
	check(t, d.DB.GetContext(t.Context(), &value, query))
	return value
}

func exists(t *testing.T, s *server, database string) (found bool) {
	t.Helper()
	check(t, s.admin.QueryRowContext(t.Context(), "select exists (select from pg_database where datname = $1)", database).Scan(&found))
	return found
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
