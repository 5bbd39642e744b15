// Package migrations holds the SQL that builds the database, numbered and
// forward only, and runs it. It lives at the top of the module because the
// files can only be embedded by a package beside them.
package migrations

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"time"

	"github.com/lib/pq"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// lease is how long the lock outlives a process that stopped renewing it. Shorter
// than a hiccup of the network it must not be, or two would migrate at once.
const lease = 20 * time.Second

//go:embed *.sql
var files embed.FS

// Up brings the database at url to the newest version. Several processes may
// start it at once: one migrates, the others wait for it and find it done.
//
// The lock is a row with a lease, not a lock of the session: a proxy that pools
// transactions would hand the session, and an advisory lock with it, to somebody
// else. Who migrates renews the lease; when its process is killed the others wait
// for no longer than the lease.
func Up(ctx context.Context, url string) error {
	connector, err := pq.NewConnector(url)
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	db := sql.OpenDB(acrossTenants{connector})
	defer db.Close()
	p, err := provider(db)
	if err != nil {
		return err
	}
	// Without anything to do nothing is locked: a process that is killed as it starts
	// would keep all others from starting for as long as its lease.
	pending, err := p.HasPending(ctx)
	if err != nil {
		return fmt.Errorf("read migration state: %w", err)
	}
	if pending {
		if _, err := p.Up(ctx); err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
	}
	return ensureInstallation(ctx, db)
}

// Pending reports whether the database still lacks a migration that this
// binary has; the readiness check refuses traffic until it does not.
func Pending(ctx context.Context, db *sql.DB) (bool, error) {
	p, err := provider(db)
	if err != nil {
		return false, err
	}
	pending, err := p.HasPending(ctx)
	if err != nil {
		return false, fmt.Errorf("read migration state: %w", err)
	}
	return pending, nil
}

// Hash names the content of all migrations, so that test databases built from
// other files are never reused.
func Hash() string {
	h := sha256.New()
	names, _ := fs.Glob(files, "*.sql")
	for _, name := range names {
		text, _ := files.ReadFile(name)
		fmt.Fprintf(h, "%s %d\n", name, len(text))
		h.Write(text)
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

func provider(db *sql.DB) (*goose.Provider, error) {
	locker, err := lock.NewPostgresTableLocker(
		lock.WithTableLeaseDuration(lease),
		lock.WithTableHeartbeatInterval(lease/5),
		lock.WithTableLockTimeout(time.Second, 90), // longer than a lease that nobody renews, and than a migration should take
		lock.WithTableUnlockTimeout(time.Second, 3),
	)
	if err != nil {
		return nil, fmt.Errorf("migration lock: %w", err)
	}
	p, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithLocker(locker))
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return p, nil
}

// ensureInstallation writes the one row of installation; racing starts keep the
// first one's secret.
func ensureInstallation(ctx context.Context, db *sql.DB) error {
	secret := make([]byte, 32)
	rand.Read(secret)
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("installation: %w", err)
	}
	defer tx.Rollback()
	const insert = `INSERT INTO installation (cursor_secret) VALUES ($1) ON CONFLICT DO NOTHING`
	if _, err := tx.ExecContext(ctx, insert, secret); err != nil {
		return fmt.Errorf("installation: %w", err)
	}
	return tx.Commit()
}
