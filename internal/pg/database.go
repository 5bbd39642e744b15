package pg

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
)

// url returns the connection string of a database for a role of the server.
func (p place) url(database, role string) string {
	return fmt.Sprintf("host=%s port=%s user=%s dbname=%s sslmode=disable binary_parameters=yes timezone=UTC",
		quote(p.socketDir()), socketPort, role, database)
}

// quote writes a value of a connection string.
func quote(value string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(value) + "'"
}

// connect opens a database and makes sure that it answers.
func (p place) connect(ctx context.Context, database, role string) (*sql.DB, error) {
	db, err := sql.Open("postgres", p.url(database, role))
	if err != nil {
		return nil, fmt.Errorf("private database: %w", err)
	}
	if err := db.PingContext(ctx); err != nil {
		db.Close()
		return nil, fmt.Errorf("connect to the private database: %w", err)
	}
	return db, nil
}

// checkEnvironment exists because some variables win over the connection string
// or add hosts to it, and money would end up in the wrong database.
func (p place) checkEnvironment() error {
	c, err := pq.NewConfig(p.url(productName, productName))
	if err != nil {
		return fmt.Errorf("connection string of the private database: %w", err)
	}
	if c.Host != p.socketDir() || c.Hostaddr.IsValid() || len(c.Multi) > 0 || c.Service != "" {
		return errors.New("the environment variables PGHOST, PGHOSTADDR, PGPORT or PGSERVICE would send connections for the private database to another server: unset them or set DATABASE_URL")
	}
	return nil
}

// waitReady returns when the server accepts connections, after crash recovery
// if there is any. Only ctx bounds it: recovery takes the time that it takes.
func (p place) waitReady(ctx context.Context, proc *process) error {
	for {
		db, err := p.connect(ctx, "postgres", "postgres")
		if err == nil {
			return db.Close()
		}
		if !isStarting(err) {
			return err
		}
		select {
		case <-proc.exited:
			return fmt.Errorf("the server ended: %w", proc.err)
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// isStarting tells whether a connection failed because the server is not
// listening yet or still recovers from a crash.
func isStarting(err error) bool {
	return errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ECONNREFUSED) ||
		pq.As(err, pqerror.CannotConnectNow) != nil
}

// createDatabase makes the role and the database of the product when they are
// missing, also after a crash between the two.
func (p place) createDatabase(ctx context.Context) error {
	db, err := p.connect(ctx, "postgres", "postgres")
	if err != nil {
		return err
	}
	defer db.Close()
	for _, step := range []struct{ exists, create string }{
		{"select exists (select from pg_roles where rolname = 'paygraph')", "create role paygraph login createdb"},
		{"select exists (select from pg_database where datname = 'paygraph')", "create database paygraph owner paygraph"},
	} {
		var exists bool
		err := db.QueryRowContext(ctx, step.exists).Scan(&exists)
		if err == nil && !exists {
			_, err = db.ExecContext(ctx, step.create)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", step.create, err)
		}
	}
	return nil
}

// attach connects to the server of another process once.
func (p place) attach(ctx context.Context) (*Server, error) {
	if err := p.checkSocketDir(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	db, err := p.connect(ctx, productName, productName)
	if err != nil {
		return nil, err
	}
	db.Close()
	p.log.Info("using the PostgreSQL server of another process, as long as that runs", "owner", p.ownerPID(), "data", p.root)
	return &Server{place: p}, nil
}
