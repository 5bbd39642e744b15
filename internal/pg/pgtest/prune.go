package pgtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/lib/pq"
	"github.com/paygraph/paygraph/migrations"
)

// keptDatabases is how many databases of failed tests stay, the newest ones.
const keptDatabases = 10

// keep marks a database so that prune leaves it.
func (s *server) keep(ctx context.Context, name, test string) error {
	_, err := s.admin.ExecContext(ctx, fmt.Sprintf("comment on database %s is %s", name, pq.QuoteLiteral("kept: "+test)))
	if err != nil {
		return fmt.Errorf("keep the test's database: %w", err)
	}
	return nil
}

// prune drops what earlier runs left on the shared server: databases of killed
// processes, all but the newest of failed tests, and unused templates. It runs
// while the first users may already be there.
func prune(ctx context.Context, url string) error {
	db, err := sql.Open("postgres", url)
	if err != nil {
		return fmt.Errorf("clean the test server: %w", err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1) // a session's locks belong to one connection
	return errors.Join(pruneTests(ctx, db), pruneTemplates(ctx, db))
}

func pruneTests(ctx context.Context, db *sql.DB) error {
	abandoned, err := list(ctx, db, `select datname from pg_database
		where datname like 'test\_%' and shobj_description(oid, 'pg_database') is null`)
	if err != nil {
		return err
	}
	tooMany, err := list(ctx, db, `select datname from pg_database
		where datname like 'test\_%' and shobj_description(oid, 'pg_database') is not null
		order by oid desc offset $1`, keptDatabases)
	if err != nil {
		return err
	}
	for _, name := range append(abandoned, tooMany...) {
		var pid int
		if _, err := fmt.Sscanf(name, "test_%d_", &pid); err != nil || !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			continue // its process lives
		}
		if _, err := db.ExecContext(ctx, "drop database if exists "+name); err != nil {
			return fmt.Errorf("clean the test server: %w", err)
		}
	}
	return nil
}

func pruneTemplates(ctx context.Context, db *sql.DB) error {
	templates, err := list(ctx, db, "select datname from pg_database where datname like $1",
		strings.ReplaceAll(templatePrefix, "_", `\_`)+"%")
	if err != nil {
		return err
	}
	for _, name := range templates {
		if name == templateName(migrations.Hash()) {
			continue // about to be used
		}
		if err := dropUnused(ctx, db, name); err != nil {
			return fmt.Errorf("clean the test server: %w", err)
		}
	}
	return nil
}

// dropUnused drops a template that no process holds the lock of.
func dropUnused(ctx context.Context, db *sql.DB, name string) error {
	var unused bool
	err := db.QueryRowContext(ctx, "select pg_try_advisory_lock($1)", lockKey(name)).Scan(&unused)
	if err != nil || !unused {
		return err
	}
	_, dropErr := db.ExecContext(ctx, "drop database if exists "+name)
	_, err = db.ExecContext(ctx, "select pg_advisory_unlock($1)", lockKey(name))
	return errors.Join(dropErr, err)
}

func list(ctx context.Context, db *sql.DB, query string, args ...any) (names []string, err error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("clean the test server: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, fmt.Errorf("clean the test server: %w", err)
		}
		names = append(names, name)
	}
	return names, rows.Err()
}
