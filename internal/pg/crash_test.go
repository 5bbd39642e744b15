package pg

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

var itoa = strconv.Itoa

// newOwner lets another process own a server that holds committed money.
func newOwner(t *testing.T, dir string) (*other, *Server) {
	t.Helper()
	o := startOther(t, "open", dir, nil)
	equal(t, "line", o.line, "owner: true")
	s := mustOpen(t, dir)
	run(t, s, "create table if not exists money (cents int); insert into money values (42)")
	return o, s
}

func TestKilledOwner(t *testing.T) {
	t.Parallel()
	t.Run("an immediate restart has all data", func(t *testing.T) {
		t.Parallel()
		dir := newCluster(t)
		for round := 1; round <= 3; round++ {
			o, _ := newOwner(t, dir)
			o.kill()
			s := mustOpen(t, dir)
			equal(t, "owner", s.Owner(), true)
			equal(t, "rows", query[int](t, s, "select count(*) from money"), round)
			mustStop(t, s)
		}
	})
	t.Run("killed together with the server, too", func(t *testing.T) {
		t.Parallel()
		dir := newCluster(t)
		for round := 1; round <= 3; round++ {
			o, s := newOwner(t, dir)
			check(t, syscall.Kill(readPid(s.data()), syscall.SIGKILL))
			o.kill()
			s = mustOpen(t, dir)
			equal(t, "rows", query[int](t, s, "select count(*) from money"), round)
			mustStop(t, s)
		}
	})
	t.Run("and while a query computes", func(t *testing.T) {
		t.Parallel()
		dir := newCluster(t)
		o, s := newOwner(t, dir)
		busy := keepBusy(t, s)
		check(t, syscall.Kill(readPid(s.data()), syscall.SIGKILL))
		o.kill()
		s = mustOpen(t, dir)
		equal(t, "rows", query[int](t, s, "select count(*) from money"), 1)
		if err := <-busy; err == nil {
			t.Error("the query of the killed server returned")
		}
	})
	t.Run("without a restart its server ends all the same", func(t *testing.T) {
		t.Parallel()
		dir := newCluster(t)
		o, s := newOwner(t, dir)
		o.kill()
		// Nothing but the kernel's signal ends it here: this waits, with a limit.
		for range 2400 {
			if len(s.processes()) == 0 {
				return
			}
			pause(t.Context(), 25e6)
		}
		t.Errorf("still running: %v", s.processes())
	})
}

// keepBusy runs a query that never looks whether its server is alive, and
// returns when it computes.
func keepBusy(t *testing.T, s *Server) <-chan error {
	t.Helper()
	db, err := s.place.connect(t.Context(), productName, productName)
	check(t, err)
	t.Cleanup(func() { db.Close() })
	done := make(chan error, 1)
	go func() {
		_, err := db.ExecContext(t.Context(), "select count(*) from generate_series(1, 100000) a, generate_series(1, 1000000) b")
		done <- err
	}()
	for query[int](t, s, "select count(*) from pg_stat_activity where state = 'active' and query like '%generate_series%' and pid <> pg_backend_pid()") == 0 {
	}
	return done
}

func TestKilledServer(t *testing.T) {
	t.Parallel()
	dir := newCluster(t)
	s := mustOpen(t, dir)
	run(t, s, "create table money as select 42 as cents")
	check(t, syscall.Kill(readPid(s.data()), syscall.SIGKILL))
	<-s.Exited()
	check(t, s.Stop(t.Context()))

	s = mustOpen(t, dir)
	equal(t, "cents", query[int](t, s, "select cents from money"), 42)
}

func TestStalePidFile(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(t *testing.T) int{
		"of a zombie":        startZombie,
		"of another program": startProgram,
		"of this process":    func(*testing.T) int { return os.Getpid() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := newCluster(t)
			s := mustOpen(t, dir)
			run(t, s, "create table money as select 42 as cents")
			pidPath := filepath.Join(s.data(), pidFile)
			text, err := os.ReadFile(pidPath)
			check(t, err)
			s.proc.abort()
			check(t, s.Stop(t.Context()))

			pid := start(t)
			_, rest, _ := cut(string(text))
			check(t, os.WriteFile(pidPath, []byte(itoa(pid)+"\n"+rest), 0o600))
			check(t, s.place.account.own(pidPath))
			socketLock := filepath.Join(s.place.socketDir(), ".s.PGSQL.5432.lock")
			check(t, os.WriteFile(socketLock, []byte(itoa(pid)+"\n"+rest), 0o600))

			s = mustOpen(t, dir)
			equal(t, "cents", query[int](t, s, "select cents from money"), 42)
			check(t, syscall.Kill(pid, 0)) // nobody killed it
		})
	}
}

func cut(text string) (first, rest string, ok bool) {
	for i := range text {
		if text[i] == '\n' {
			return text[:i], text[i+1:], true
		}
	}
	return text, "", false
}

func startProgram(t *testing.T) int {
	t.Helper()
	cmd := exec.Command("cat")
	stdin, err := cmd.StdinPipe()
	check(t, err)
	check(t, cmd.Start())
	t.Cleanup(func() { stdin.Close(); cmd.Wait() })
	return cmd.Process.Pid
}

// startZombie returns a process that ended and that nobody has waited for yet.
func startZombie(t *testing.T) int {
	t.Helper()
	cmd := exec.Command("true")
	output, err := cmd.StdoutPipe()
	check(t, err)
	check(t, cmd.Start())
	output.Read(make([]byte, 1)) // returns when the program has ended
	t.Cleanup(func() { cmd.Wait() })
	return cmd.Process.Pid
}

func TestUnusableData(t *testing.T) {
	t.Parallel()
	t.Run("data of a version that is not installed is not replaced by an empty database", func(t *testing.T) {
		t.Parallel()
		dir := newDir(t)
		check(t, os.Mkdir(filepath.Join(dir, "pg99"), 0o700))
		_, err := Open(t.Context(), Options{Dir: dir})
		contains(t, oneLine(err), "pg99 needs the programs of PostgreSQL 99")
	})
	t.Run("a broken cluster shows what PostgreSQL says about it", func(t *testing.T) {
		t.Parallel()
		dir := newCluster(t)
		s := mustOpen(t, dir)
		mustStop(t, s)
		check(t, os.Remove(filepath.Join(s.data(), "global", "pg_control")))
		_, err := Open(context.Background(), Options{Dir: dir})
		contains(t, oneLine(err), "start PostgreSQL", "pg_control")
	})
}
