package app_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/paygraph/paygraph/internal/store"
)

// brokenBy are the names of the invariants that tx sees broken.
func brokenBy(t *testing.T, tx *sqlx.Tx) string {
	t.Helper()
	var names []string
	for _, i := range store.Invariants() {
		var broken bool
		if err := tx.Get(&broken, "SELECT EXISTS ("+i.Query()+")"); err != nil {
			t.Fatalf("%s: %v", i.Name, err)
		}
		if broken {
			names = append(names, i.Name)
		}
	}
	return strings.Join(names, ", ")
}

// TestAuditTampering proves that verify notices whatever is done to the sealed audit
// log by somebody who may switch its triggers off.
func TestAuditTampering(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.started(t, "a", "tok_approve", nil)
	if err := s.api.App.Service.SealAudit(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.started(t, "b", "tok_approve", nil) // some stay unsealed
	const hash, numbered, follows, ends = "an audit entry is what its hash says", "the audit log is numbered from 1 without gaps",
		"an audit entry follows its predecessor", "the audit log ends where it was last sealed"
	const rehash = "UPDATE audit_entries t SET hash = audit_hash(previous_hash, seq, t) WHERE seq = 5"
	for name, c := range map[string]struct{ statements, want string }{
		"nothing":              {"SELECT 1", ""},
		"an actor":             {"UPDATE audit_entries SET actor = 'admin:tesu' WHERE seq = 5", hash},
		"a value in JSON":      {`UPDATE audit_entries SET after = jsonb_set(after, '{name}', '"Bazk"') WHERE subject = 'PAYMENT_GATEWAY' AND after->>'name' = 'Bank'`, hash},
		"a microsecond":        {"UPDATE audit_entries SET at = at + interval '1 microsecond' WHERE seq = 5", hash},
		"a role taken away":    {"UPDATE audit_entries SET role = NULL WHERE seq = 5", hash},
		"with a new hash":      {"UPDATE audit_entries SET actor = 'admin:eve' WHERE seq = 5; " + rehash, follows},
		"an entry taken away":  {"DELETE FROM audit_entries WHERE seq = 5", numbered},
		"and the gap closed":   {"DROP INDEX audit_entries_chain; DELETE FROM audit_entries WHERE seq = 5; UPDATE audit_entries SET seq = seq - 1 WHERE seq > 5", hash},
		"two swapped":          {"UPDATE audit_entries SET seq = 1000 WHERE seq = 5; UPDATE audit_entries SET seq = 5 WHERE seq = 6; UPDATE audit_entries SET seq = 6 WHERE seq = 1000", hash},
		"the newest ones gone": {"DELETE FROM audit_entries WHERE seq > 5", ends},
		"all of them gone":     {"DELETE FROM audit_entries", ends},
		"the head gone":        {"DELETE FROM audit_heads", ends},
		"an entry never sealed": {"UPDATE audit_entries SET at = at - interval '2 hours' WHERE seq IS NULL",
			"an audit entry is sealed before those of an hour later"},
		"an old one put in": {"UPDATE audit_entries SET seq = NULL, hash = NULL, previous_hash = NULL WHERE seq = (SELECT max(seq) FROM audit_entries)", ends},
	} {
		tx := s.api.Database.DB.MustBegin()
		tx.MustExec("ALTER TABLE audit_entries DISABLE TRIGGER USER; ALTER TABLE audit_heads DISABLE TRIGGER USER")
		for _, statement := range strings.Split(c.statements, "; ") {
			if _, err := tx.Exec(statement); err != nil {
				t.Errorf("%s: %v: %s", name, err, statement)
			}
		}
		tx.MustExec("ALTER TABLE audit_entries ENABLE TRIGGER USER; ALTER TABLE audit_heads ENABLE TRIGGER USER")
		if got := brokenBy(t, tx); !strings.Contains(got, c.want) || (got == "") != (c.want == "") {
			t.Errorf("%s: verify says %q, want %q", name, got, c.want)
		}
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAuditStays proves that the audit log refuses to be changed, sealed or not, and
// that no table whose changes it records can be emptied past it.
func TestAuditStays(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	if err := s.api.App.Service.SealAudit(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.order(100)
	for _, statement := range []string{"UPDATE audit_entries SET actor = 'x'", "UPDATE audit_entries SET actor = 'x' WHERE seq IS NULL", "UPDATE audit_entries SET seq = seq + 100",
		`UPDATE audit_entries SET seq = 100, hash = decode(repeat('00', 32), 'hex'), previous_hash = decode(repeat('00', 32), 'hex'), after = '{}' WHERE seq IS NULL`,
		"UPDATE audit_entries SET seq = NULL, hash = NULL, previous_hash = NULL", "DELETE FROM audit_entries", "TRUNCATE audit_entries",
		"UPDATE audit_heads SET seq = 1", "DELETE FROM audit_heads", "TRUNCATE audit_heads", "TRUNCATE api_keys", "TRUNCATE customer_balances",
		"UPDATE tenants SET created_at = now()", "DELETE FROM tenants"} {
		if _, err := s.api.Database.DB.Exec(statement); err == nil || !strings.Contains(err.Error(), "only ever added") {
			t.Errorf("%s: %v", statement, err)
		}
	}
}

// TestAuditSealing proves that the program seals by itself, and that many who seal at
// once while entries come make one chain without gaps.
func TestAuditSealing(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() { s.make.Orders(s.customer, make([]int64, 50)...) })
		group.Go(func() {
			for range 5 {
				if err := s.api.App.Service.SealAudit(t.Context()); err != nil {
					t.Errorf("seal: %v", err)
				}
			}
		})
	}
	group.Wait()
	if sealed := valueOf[int](t, s.api.Database.DB, "SELECT coalesce(max(seq), 0) FROM audit_entries"); sealed < 5 {
		t.Errorf("only %d entries are sealed", sealed)
	}
	checkInvariants(t, s.api.Database.DB)
	stop := s.api.App.StartJobs(t.Context(), 100*time.Millisecond)
	t.Cleanup(func() {
		if err := stop(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	s.order(500)
	deadline := time.Now().Add(20 * time.Second)
	for {
		entries := auditOf(t, s.admin, nil)
		if e := entries[0]; e.Sealed && e.Seq != nil && e.Hash != nil && len(*e.Hash) == 64 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the program does not seal: %+v", entries[0])
		}
	}
	if n := valueOf[int](t, s.api.Database.DB, "SELECT count(*) FROM audit_entries WHERE seq IS NOT NULL"); n < 200 {
		t.Errorf("%d entries of 200 orders", n)
	}
}
