package pg

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// createCluster makes the database files beside their final place and renames
// them, so that a crash half-way never leaves something that looks complete.
func (p place) createCluster(ctx context.Context, bin Binaries) error {
	data := p.data(bin.Major)
	dir := data + ".new"
	if err := p.endServers(ctx, dir); err != nil {
		return err
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("remove half-made database files: %w", err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return explain(dir, err)
	}
	defer func() {
		// Nothing is left to remove after the rename; else initdb's children go first.
		if err := p.endServers(context.WithoutCancel(ctx), dir); err == nil {
			os.RemoveAll(dir) // #nosec G104 -- the next start removes what stays
		}
	}()
	if err := p.account.own(dir); err != nil {
		return fmt.Errorf("database files: %w", err)
	}
	if err := p.initdb(ctx, bin, dir); err != nil {
		return err
	}
	if err := os.Rename(dir, data); err != nil {
		return fmt.Errorf("database files: %w", err)
	}
	return syncDir(p.root)
}

// characterTypes are the locales to take letters from, best first: with them É is
// the upper case of é in searches. A system may not have them; C, which knows
// ASCII only, they all have. Text is ordered by its bytes in any case, which is
// faster and the same everywhere.
var characterTypes = []string{"C.UTF-8", "en_US.UTF-8", "C"}

// initdb fills dir. Writing everything to disk is a step of its own, which is
// faster than what initdb does by itself, and left out for test clusters.
func (p place) initdb(ctx context.Context, bin Binaries, dir string) error {
	var err error
	for _, characters := range characterTypes {
		err = p.runInitdb(ctx, bin, "-D", dir, "-U", "postgres", "-A", "trust", "-E", "UTF8",
			"--locale=C", "--lc-ctype="+characters, "--data-checksums", "--no-sync", "--no-instructions")
		if err == nil || ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		return err
	}
	if p.disposable {
		err := os.WriteFile(filepath.Join(dir, bootFile), []byte(bootID()), 0o600)
		if err != nil {
			return fmt.Errorf("test cluster: %w", err)
		}
		return nil
	}
	return p.runInitdb(ctx, bin, "-D", dir, "--sync-only")
}

func (p place) runInitdb(ctx context.Context, bin Binaries, args ...string) error {
	proc, err := p.spawn(bin, "initdb", args...)
	if err != nil {
		return err
	}
	select {
	case <-proc.exited:
	case <-ctx.Done():
		proc.terminate()
		return fmt.Errorf("create the database files: %w", ctx.Err())
	}
	if proc.err != nil {
		return fmt.Errorf("create the database files: initdb: %w\n%s", proc.err, p.logTail(bin.Major))
	}
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir) // #nosec G304 -- the data directory of who starts the program
	if err != nil {
		return fmt.Errorf("%s: %w", dirVariable, err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("%s: write it to disk: %w", dirVariable, err)
	}
	return nil
}

// bootFile holds the id of the system start in which a test cluster was made.
const bootFile = "paygraph.boot"

// bootID is empty where the system has none.
func bootID() string {
	id, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return strings.TrimSpace(string(id))
}

// cleanlyStopped tells whether a cluster without fsync can be used again:
// PostgreSQL noted a shutdown in its control file, and since then the system has
// not restarted and with that perhaps lost what was not on disk yet.
func cleanlyStopped(data string) bool {
	boot, err := os.ReadFile(filepath.Join(data, bootFile)) // #nosec G304 -- in the data directory of who starts the program
	if err != nil || string(boot) != bootID() {
		return false
	}
	// The state follows a 64-bit and two 32-bit numbers in all versions.
	const stateOffset, shutDown = 16, 1
	control, err := os.ReadFile(filepath.Join(data, "global", "pg_control")) // #nosec G304 -- in the data directory of who starts the program
	return err == nil && len(control) >= stateOffset+4 &&
		binary.NativeEndian.Uint32(control[stateOffset:]) == shutDown
}
