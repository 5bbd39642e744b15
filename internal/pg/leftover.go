package pg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	pidFile = "postmaster.pid"
	// orphanPatience is for processes whose server died under them: most end
	// by themselves at once, one in a long computation does not notice.
	orphanPatience = 500 * time.Millisecond
	// shutdownPatience is for a server that lost its owner and writes out its
	// memory. It is much longer than that usually takes.
	shutdownPatience = time.Minute
)

// clearLeftovers makes room for a new server after a crash: it waits for the
// processes of the old one and repairs what would keep PostgreSQL from starting.
// The caller holds the owner's lock, so no other paygraph uses the data.
func (p place) clearLeftovers(ctx context.Context, data string) error {
	if err := p.endServers(ctx, data); err != nil {
		return err
	}
	if err := disarmPidFile(data); err != nil {
		return err
	}
	// PostgreSQL trusts the process id in the socket's lock file too. Nobody
	// can be listening: the socket belongs to this data directory alone.
	for _, suffix := range []string{"", ".lock"} {
		err := os.Remove(filepath.Join(p.socketDir(), ".s.PGSQL."+socketPort+suffix))
		if err != nil && !os.IsNotExist(err) {
			return fmt.Errorf("remove the old socket: %w", err)
		}
	}
	return nil
}

func (p place) endServers(ctx context.Context, data string) error {
	if real, err := filepath.EvalSymlinks(data); err == nil {
		data = real
	}
	var asked int // the server that was asked to stop
	for start := time.Now(); ; {
		pids := p.account.serversOf(data)
		if len(pids) == 0 {
			return nil
		}
		main, waited := readPid(data), time.Since(start)
		switch alive := slices.Contains(pids, main); {
		case ctx.Err() != nil:
			return fmt.Errorf("waiting for an earlier PostgreSQL server (process %d) to end: %w", pids[0], ctx.Err())
		case alive && waited > shutdownPatience:
			return fmt.Errorf("an earlier PostgreSQL server (process %d) uses %s and does not end: stop it", main, data)
		case alive && asked != main:
			p.log.Warn("stopping the PostgreSQL server that a crash left behind", "pid", main)
			asked = main
			syscall.Kill(main, syscall.SIGINT)
		case !alive && waited > orphanPatience:
			for _, pid := range pids {
				syscall.Kill(pid, syscall.SIGKILL)
			}
		}
		pause(ctx, 10*time.Millisecond)
	}
}

// disarmPidFile repairs a pid file whose number now belongs to a zombie or to
// another program, because PostgreSQL only checks that the number is in use. The
// file stays: PostgreSQL finds in it the shared memory of the old server, and
// refuses to start while a forgotten process still uses that. It never takes its
// own parent, this process, for another server.
func disarmPidFile(data string) error {
	pid := readPid(data)
	if pid <= 0 || errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return nil
	}
	path := filepath.Join(data, pidFile)
	text, err := os.ReadFile(path) // #nosec G304 -- in the data directory of who starts the program
	if err == nil {
		_, rest, _ := strings.Cut(string(text), "\n")
		err = os.WriteFile(path, []byte(strconv.Itoa(os.Getpid())+"\n"+rest), 0o600) // #nosec G703 -- in the data directory of who starts the program
	}
	if err != nil {
		return fmt.Errorf("repair %s: %w", path, err)
	}
	return nil
}

// readPid returns the process id in the pid file, or 0.
func readPid(data string) int {
	text, _ := os.ReadFile(filepath.Join(data, pidFile)) // #nosec G304 -- in the data directory of who starts the program
	line, _, _ := strings.Cut(string(text), "\n")
	pid, _ := strconv.Atoi(strings.TrimSpace(line))
	return max(pid, -pid) // negative for a server in single-user mode
}
