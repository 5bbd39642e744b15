package store_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/pg/pgtest"
	"github.com/paygraph/paygraph/internal/store"
)

// TestEveryTableIsLocked fails for a table with rows of tenants that has no policy.
func TestEveryTableIsLocked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, table := range w.tables() {
		var locked bool
		if err := w.db.Get(&locked, `SELECT c.relrowsecurity AND c.relforcerowsecurity AND count(p) FILTER (WHERE p.polname = 'of_tenant' AND p.polcmd = '*') = 1 AND count(p) = 1
			FROM pg_class c LEFT JOIN pg_policy p ON p.polrelid = c.oid WHERE c.oid = $1::regclass GROUP BY c.oid`, table); err != nil || !locked {
			t.Errorf("%s is not locked, %v: call lock_table in the migration that makes it", table, err)
		}
	}
	if gaps, err := w.store.LockGaps(t.Context()); err != nil || len(gaps) > 0 {
		t.Errorf("row level security is not in force: %v, %v", gaps, err)
	}
	if super := strings.Replace(w.url, "user=paygraph", "user=postgres", 1); super != w.url { // on a server of the tests' own
		// In another database: who is no superuser could not drop this one under a session of theirs.
		db := sqlx.MustOpen("postgres", super+" dbname=postgres")
		defer db.Close()
		if gaps, err := store.New(db).LockGaps(t.Context()); err != nil || len(gaps) != 1 || !strings.Contains(gaps[0], "superuser") {
			t.Errorf("as superuser: %v, %v", gaps, err)
		}
	}
	w.exec("ALTER TABLE refunds NO FORCE ROW LEVEL SECURITY")
	if gaps, err := w.store.LockGaps(t.Context()); err != nil || len(gaps) != 1 || !strings.Contains(gaps[0], "refunds") {
		t.Errorf("with a table that is open: %v, %v", gaps, err)
	}
}

// TestRowSecurity proves of each table that faulty statements do not get past the lock:
// one without a tenant, one of another tenant, one that puts a row into another tenant or
// moves it there, and one of a connection that does not say whose rows it is about.
func TestRowSecurity(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec("INSERT INTO claims (tenant_id, kind, id, claimed_until) VALUES ($1, 'payment', $2, now())", w.tenant.ID, pay.NewID())
	w.copyAll()
	db, err := sqlx.Open("postgres", w.url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, table := range w.tables() {
		var whole, own int
		if err := errors.Join(w.db.Get(&whole, "SELECT count(*) FROM "+table), w.db.Get(&own, "SELECT count(*) FROM "+table+" WHERE tenant_id = $1", w.tenant.ID)); err != nil {
			t.Fatal(err)
		}
		if own == 0 {
			t.Errorf("%s has no row, so the rest proves nothing", table)
		}
		as := func(tenant string, query string, args ...any) (int64, error) {
			tx := db.MustBegin()
			defer tx.Rollback()
			tx.MustExec("SELECT set_config('paygraph.tenant', $1, true)", tenant)
			result, err := tx.Exec(query, args...)
			if err != nil {
				return 0, err
			}
			return result.RowsAffected()
		}
		all, id, stranger := "SELECT FROM "+table, w.tenant.ID.String(), pay.NewID().String()
		columns := pgtest.Columns(t, w.db, table)
		move := "INSERT INTO " + table + " (" + columns + ") SELECT " + columns + " FROM (SELECT (jsonb_populate_record(x, jsonb_build_object('tenant_id', $1::text))).* FROM " + table + " x LIMIT 1) r"
		for name, c := range map[string]struct {
			tenant, query string
			args          []any
			rows          int
			refused       bool
		}{
			"without a tenant":            {id, all, nil, own, false},
			"of another tenant":           {stranger, all + " WHERE tenant_id = $1", []any{id}, 0, false},
			"of everything":               {"all", all, nil, whole, false},
			"of nobody":                   {"", all, nil, 0, true},
			"what is no tenant":           {"x", all, nil, 0, true},
			"new rows for another tenant": {id, move, []any{w.copied.ID.String()}, 0, true},
			"moved to another tenant":     {id, "UPDATE " + table + " SET tenant_id = $1", []any{w.copied.ID.String()}, 0, true},
		} {
			n, err := as(c.tenant, c.query, c.args...)
			if n != int64(c.rows) || (err != nil) != c.refused {
				t.Errorf("%s, %s: %d rows, want %d; %v", table, name, n, c.rows, err)
			}
			// Rows that are only ever added are not moved by anybody.
			if refused := (*pq.Error)(nil); c.refused && len(c.args) > 0 {
				if !errors.As(err, &refused) || refused.Code != "42501" && !strings.HasSuffix(refused.Message, "only ever added") {
					t.Errorf("%s, %s: %v", table, name, err)
				}
			}
		}
		if n, err := as(stranger, "UPDATE "+table+" SET tenant_id = tenant_id WHERE tenant_id = $1", w.tenant.ID); err == nil && n > 0 {
			t.Errorf("%s: %d rows of another tenant are changed", table, n)
		}
	}
}

// TestLockKeepsHandlesApart proves that a handle to another tenant than the caller's finds
// nothing, whatever its statements name.
func TestLockKeepsHandlesApart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, sessions := range []bool{true, false} {
		db, err := store.Open(w.url, sessions, 0, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		s := store.New(db)
		rows := s.For(pay.Actor{TenantID: w.tenant.ID})
		stranger := as(t.Context(), w.copied.ID)
		for name, read := range w.readings() {
			var own, foreign int
			err := s.InTx(w.acting(), func(ctx context.Context) (err error) { own, err = read(ctx, rows); return err })
			failed := s.InTx(stranger, func(ctx context.Context) (err error) { foreign, err = read(ctx, rows); return err })
			if name == "GatewayRulesForUpdate" { // which makes the row that it locks, and is refused that
				var fault *pq.Error
				if !errors.As(failed, &fault) || fault.Code != "42501" {
					t.Errorf("%s begins a list of another tenant: %v", name, failed)
				}
				failed = nil
			}
			if err != nil || failed != nil || own == 0 || foreign != 0 {
				t.Errorf("%s: %d rows for the tenant, %d for another; %v, %v", name, own, foreign, err, failed)
			}
		}
		for _, read := range []func(context.Context) (int, error){
			func(ctx context.Context) (int, error) {
				return size(rows.Payments(ctx, []uuid.UUID{w.payments[0].Payment.ID}))
			},
			func(ctx context.Context) (int, error) { return size(rows.Customers(ctx, ids(w.customers))) },
		} {
			own, err := read(w.acting())
			foreign, failed := read(stranger)
			again, err2 := read(w.acting())
			if own == 0 || again != own || foreign != 0 || errors.Join(err, failed, err2) != nil {
				t.Errorf("alone: %d, %d and %d rows, %v, %v, %v", own, foreign, again, err, failed, err2)
			}
			if _, err := read(t.Context()); err == nil {
				t.Error("a statement of nobody is answered")
			}
		}
	}
}

// TestTelling proves what it costs to say whose rows a lone statement is about: nothing for
// the same tenant, one statement for another, and a transaction where the session may be
// somebody else's next, as behind a proxy, also one that nobody told the program of.
func TestTelling(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	proxied := regexp.MustCompile(`host='?[^ ']*'? port=\d+`).ReplaceAllString(w.url, "host=127.0.0.1 port="+forward(t, w.url))
	for name, c := range map[string]struct {
		url      string
		sessions bool
		want     []int
	}{
		"the server itself": {w.url, true, []int{2, 1, 2, 1}}, "as the operator says": {w.url, false, []int{3, 3, 3, 3}}, "a proxy": {proxied, true, []int{3, 3, 3, 3}},
	} {
		r := &recorder{}
		db, err := store.Open(c.url, c.sessions, 0, func(inner driver.Connector) driver.Connector { r.Connector = inner; return r })
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		db.SetMaxOpenConns(1)
		if err := db.Ping(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		r.take()
		for i, tenant := range []uuid.UUID{w.tenant.ID, w.tenant.ID, w.copied.ID, w.copied.ID} {
			ctx := as(t.Context(), tenant)
			found, err := store.New(db).For(pay.Actor{TenantID: w.tenant.ID}).Payments(ctx, []uuid.UUID{w.payments[0].Payment.ID})
			if err != nil || (len(found) > 0) != (tenant == w.tenant.ID) {
				t.Errorf("%s: statement %d finds %d, %v", name, i, len(found), err)
			}
			if sent := r.take(); len(sent) != c.want[i] {
				t.Errorf("%s: statement %d sends %d: %v", name, i, len(sent), sent)
			}
		}
	}
}

// forward returns the port of a proxy before the server of a connection string.
func forward(t *testing.T, url string) string {
	t.Helper()
	c, err := pq.NewConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("unix", filepath.Join(c.Host, ".s.PGSQL.5432"))
			if err != nil {
				in.Close()
				return
			}
			go func() { io.Copy(out, in); out.Close() }()
			go func() { io.Copy(in, out); in.Close() }()
		}
	}()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// acrossTenants are the functions whose statements see the rows of all tenants, each with
// the reason.
var acrossTenants = map[string]string{
	"UnsealedTenants": "the program's own work, which begins with whose it is", "UnplacedTenants": "as UnsealedTenants", "BehindEndpoints": "as UnsealedTenants",
	"claim": "as UnsealedTenants", "EventHeads": "as UnsealedTenants", "Backlog": "counts what waits of all",
	"UpdateCompany": "the audit logs of both tenants tell of it", "InsertCompany": "as UpdateCompany; nobody acts in a tenant that is not there yet",
	"Violations": "verify looks at everything", "Endpoint": "the address of a delivery alone says whose it is",
}

// withoutTenants are the functions whose statements touch no rows of tenants.
var withoutTenants = map[string]string{
	"KeyByHash": "its function looks across tenants by itself, and shows the owner of one key", "LockGaps": "the catalog",
	"companies": "companies are above tenants", "TenantOf": "as companies", "CursorSecret": "one for the installation",
}

// TestAcross fails for a function that works across tenants and is not listed.
func TestAcross(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil || strings.HasSuffix(file, "_test.go") {
			continue
		}
		name := ""
		for line := range strings.Lines(string(text)) {
			if m := regexp.MustCompile(`^func (?:\([^)]*\) )?(\w+)`).FindStringSubmatch(line); m != nil {
				name = m[1]
			}
			for _, way := range []string{"across", "outside"} {
				if strings.Contains(line, way+"(") && name != way && !strings.HasPrefix(line, "//") {
					found[way] = append(found[way], name)
				}
			}
		}
	}
	for way, list := range map[string]map[string]string{"across": acrossTenants, "outside": withoutTenants} {
		for _, name := range found[way] {
			if list[name] == "" {
				t.Errorf("%s calls %s and is not listed", name, way)
			}
		}
		for name := range list {
			if !slices.Contains(found[way], name) {
				t.Errorf("%s is listed and does not call %s", name, way)
			}
		}
	}
}
