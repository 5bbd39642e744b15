package chaos

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/paygraph/paygraph/internal/pg"
)

// Cluster is a PostgreSQL server that keeps what it promised (fsync is on), and that
// is killed again and again.
type Cluster struct {
	dir    string
	server *pg.Server
	// Kills counts the ends that it did not come to by itself.
	Kills atomic.Int64
}

// StartCluster makes a server in dir.
func StartCluster(ctx context.Context, dir string) (*Cluster, error) {
	server, err := pg.Open(ctx, pg.Options{Dir: dir})
	if err != nil {
		return nil, err
	}
	return &Cluster{dir: dir, server: server}, nil
}

// URL is the connection string; it stays the same however often the server ends.
func (c *Cluster) URL() string { return c.server.URL() }

// Kill kills the whole server at once and starts it again, as a power cut does.
func (c *Cluster) Kill(ctx context.Context) error {
	pid, err := c.postmaster()
	if err != nil {
		return err
	}
	exited := c.server.Exited()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		return fmt.Errorf("kill PostgreSQL: %w", err)
	}
	<-exited
	c.Kills.Add(1)
	if err := c.server.Stop(ctx); err != nil { // gives its lock back
		return err
	}
	started, err := pg.Open(ctx, pg.Options{Dir: c.dir})
	if err != nil {
		return err
	}
	c.server = started
	return nil
}

// KillBackend kills the process of one connection, chosen by random, after which the
// server ends all others and recovers.
func (c *Cluster) KillBackend(ctx context.Context, db *sqlx.DB, random *rand.Rand) error {
	var pids []int
	const query = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() ORDER BY backend_start, pid`
	for began := time.Now(); len(pids) == 0; Pause(ctx, 20*time.Millisecond) {
		// It may recover still from being killed before, or have no connection yet.
		if err := db.SelectContext(ctx, &pids, query); err != nil && (ctx.Err() != nil || time.Since(began) > Healing) {
			return fmt.Errorf("find a backend: %w", err)
		}
	}
	pid := pids[random.IntN(len(pids))]
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("kill a backend: %w", err)
	}
	c.Kills.Add(1)
	return c.await(ctx, db)
}

// await waits until the server answers.
func (c *Cluster) await(ctx context.Context, db *sqlx.DB) error {
	for {
		err := db.PingContext(ctx)
		if err == nil || ctx.Err() != nil {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (c *Cluster) postmaster() (int, error) {
	found, err := filepath.Glob(filepath.Join(c.dir, "pg*", "postmaster.pid"))
	if err != nil || len(found) == 0 {
		return 0, fmt.Errorf("PostgreSQL does not run in %s", c.dir)
	}
	raw, err := os.ReadFile(found[0])
	if err != nil {
		return 0, err
	}
	first, _, _ := strings.Cut(string(raw), "\n")
	return strconv.Atoi(first)
}

// Stop ends the server.
func (c *Cluster) Stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	return c.server.Stop(ctx)
}
