package pg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// settings are given on the command line, so that nothing written by ALTER
// SYSTEM can open the server to the network or make it lose commits.
var settings = []string{
	"listen_addresses=",
	"unix_socket_permissions=0700",
	"cluster_name=" + productName,
	"timezone=UTC",
	"log_timezone=UTC",
	"log_destination=stderr",
	"logging_collector=off",
	// Statements and the details of an error can hold customers' data.
	"log_min_error_statement=panic",
	"log_error_verbosity=terse",
}

var durable = []string{
	"fsync=on", "full_page_writes=on", "synchronous_commit=on",
	// A new database has no statistics, and plans made without them read a
	// tenant's whole index. The default of a minute is an import's whole length.
	"autovacuum_naptime=2s",
}

// disposable trades safety for speed and for little space, because a test
// cluster usually lives in memory. Autovacuum would hold test databases open
// while they are cloned or dropped. Memory of a crashed server that is in files
// goes away with the cluster, otherwise nobody would free it.
var disposable = []string{
	"fsync=off", "full_page_writes=off", "dynamic_shared_memory_type=mmap",
	"max_connections=300", "autovacuum=off",
	"wal_level=minimal", "max_wal_senders=0", "min_wal_size=32MB", "max_wal_size=256MB",
}

// start runs the server of p, whose lock the caller holds.
func (p place) start(ctx context.Context, l *lock) (*Server, error) {
	begin := time.Now()
	bin, err := p.binaries()
	if err != nil {
		return nil, err
	}
	if err := p.prepare(ctx, bin); err != nil {
		return nil, err
	}
	proc, err := p.run(ctx, bin)
	if err != nil {
		return nil, err
	}
	if err := p.createDatabase(ctx); err != nil {
		proc.abort()
		if ctx.Err() != nil { // the driver's error hides it
			err = fmt.Errorf("%w: %w", err, ctx.Err())
		}
		return nil, err
	}
	p.log.Info("PostgreSQL is ready", "version", bin.Version, "data", p.data(bin.Major), "took", time.Since(begin).Round(time.Millisecond))
	go p.watch(proc, bin)
	return &Server{place: p, lock: l, proc: proc}, nil
}

// binaries returns the programs that fit the data. The newest cluster of the
// directory decides, because starting an empty one beside it, only since other
// programs come first in PATH today, would look like the loss of all data.
func (p place) binaries() (Binaries, error) {
	major, err := p.newestCluster()
	if err != nil {
		return Binaries{}, err
	}
	if major == 0 || p.disposable {
		return find(p.account, 0)
	}
	bin, err := find(p.account, major)
	if err != nil {
		return Binaries{}, fmt.Errorf("the data in %s needs the programs of PostgreSQL %d: %w", p.data(major), major, err)
	}
	return bin, nil
}

// prepare leaves a cluster that no server uses and a socket directory.
func (p place) prepare(ctx context.Context, bin Binaries) error {
	data := p.data(bin.Major)
	if err := p.makeSocketDir(); err != nil {
		return err
	}
	if err := p.clearLeftovers(ctx, data); err != nil {
		return err
	}
	if p.disposable && !cleanlyStopped(data) {
		if err := os.RemoveAll(data); err != nil {
			return fmt.Errorf("throw the crashed test cluster away: %w", err)
		}
	}
	if err := p.startLog(bin.Major); err != nil {
		return err
	}
	_, err := os.Stat(filepath.Join(data, "PG_VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		return p.createCluster(ctx, bin)
	}
	if err != nil {
		return fmt.Errorf("look at the database files: %w", err)
	}
	return nil
}

// run starts the server and waits until it answers. A server killed a moment
// ago may still have child processes that use its memory; PostgreSQL then
// refuses to start, rightly, and a little later it does not.
func (p place) run(ctx context.Context, bin Binaries) (*process, error) {
	for deadline := time.Now().Add(10 * time.Second); ; {
		proc, err := p.launch(bin)
		if err != nil {
			return nil, err
		}
		err = p.waitReady(ctx, proc)
		if err == nil {
			return proc, nil
		}
		proc.abort()
		if ctx.Err() != nil {
			return nil, fmt.Errorf("start PostgreSQL: %w", ctx.Err())
		}
		reason := p.logTail(bin.Major)
		if !strings.Contains(reason, "still in use") || time.Now().After(deadline) {
			return nil, fmt.Errorf("start PostgreSQL: %w\n%s", err, reason)
		}
		pause(ctx, 50*time.Millisecond)
	}
}

func (p place) launch(bin Binaries) (*process, error) {
	args := []string{"-D", p.data(bin.Major), "-k", p.socketDir(), "-p", socketPort}
	mode := durable
	if p.disposable {
		mode = disposable
	}
	for _, s := range append(settings[:len(settings):len(settings)], mode...) {
		args = append(args, "-c", s)
	}
	return p.spawn(bin, "postgres", args...)
}

// watch reports a server that ended without Stop.
func (p place) watch(proc *process, bin Binaries) {
	<-proc.exited
	if !proc.stopping.Load() {
		p.log.Error("PostgreSQL ended unexpectedly", "error", proc.err, "log", p.logTail(bin.Major))
	}
}
