package pg

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestOpen(t *testing.T) {
	t.Parallel()
	dir := newDirIn(t, os.TempDir()) // the place for real data is no memory either
	s := mustOpen(t, dir)

	t.Run("a first start makes a safe database in UTF8 and UTC", func(t *testing.T) {
		equal(t, "owner", s.Owner(), true)
		for setting, want := range map[string]string{
			"fsync": "on", "data_checksums": "on", "server_encoding": "UTF8", "lc_collate": "C",
			"TimeZone": "UTC", "listen_addresses": "", "is_superuser": "off",
		} {
			equal(t, setting, query[string](t, s, "select coalesce(current_setting('"+setting+"', true), 'C')"), want)
		}
		equal(t, "database", query[string](t, s, "select current_database()||'/'||current_user"), "paygraph/paygraph")
	})
	t.Run("no process of the server listens on TCP", func(t *testing.T) {
		for _, pid := range s.processes() {
			equal(t, "TCP sockets", tcpListeners(t, pid), 0)
		}
	})
	t.Run("Ctrl-C in a terminal does not reach it", func(t *testing.T) {
		group, err := syscall.Getpgid(s.proc.cmd.Process.Pid)
		check(t, err)
		if group == syscall.Getpgrp() {
			t.Error("the server is in this program's process group")
		}
	})
	t.Run("the log and the data are for the server's account only", func(t *testing.T) {
		for path, want := range map[string]os.FileMode{
			s.data(): 0o700, s.data() + ".log": 0o600, s.place.socketDir(): 0o700, s.place.lockPath(): 0o600,
		} {
			info, err := os.Stat(path)
			check(t, err)
			equal(t, path, info.Mode().Perm(), want)
			uid, _ := ownerOf(info)
			equal(t, path+" owner", uid, s.place.account.uid)
		}
	})
	t.Run("the database keeps its data over a stop and a warm start", func(t *testing.T) {
		run(t, s, "create table money as select 42 as cents")
		mustStop(t, s)
		equal(t, "processes left", len(s.processes()), 0)
		<-s.Exited()
		s = mustOpen(t, dir)
		equal(t, "cents", query[int](t, s, "select cents from money"), 42)
		mustStop(t, s)
	})
	t.Run("a second stop does nothing", func(t *testing.T) { check(t, s.Stop(t.Context())) })
}

func TestAttach(t *testing.T) {
	t.Parallel()
	dir := newCluster(t)
	owner := mustOpen(t, dir)
	run(t, owner, "create table money as select 42 as cents")

	t.Run("a second server of the same process attaches", func(t *testing.T) {
		s := mustOpen(t, dir)
		equal(t, "owner", s.Owner(), false)
		equal(t, "url", s.URL(), owner.URL())
		equal(t, "cents", query[int](t, s, "select cents from money"), 42)
		select {
		case <-s.Exited():
			t.Error("an attached server says that it exited")
		default:
		}
		mustStop(t, s)
		equal(t, "cents after the attached one stopped", query[int](t, owner, "select cents from money"), 42)
	})
	t.Run("a second process attaches", func(t *testing.T) {
		o := startOther(t, "open", dir, nil)
		equal(t, "line", o.line, "owner: false")
		o.end()
		equal(t, "cents after it ended", query[int](t, owner, "select cents from money"), 42)
	})
	t.Run("without an owner Attach says so", func(t *testing.T) {
		mustStop(t, owner)
		_, err := Attach(t.Context(), Options{Dir: dir})
		equal(t, "ErrNotRunning", errors.Is(err, ErrNotRunning), true)
	})
}

// TestWait proves that those that are attached hear of the end of the owner,
// however it ends, and that one of them can be the next.
func TestWait(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*other){"stopped": (*other).end, "killed": (*other).kill} {
		t.Run("an owner that is "+name, func(t *testing.T) {
			t.Parallel()
			dir := newCluster(t)
			o, first := newOwner(t, dir)
			second := mustOpen(t, dir)
			hurried, cancel := context.WithCancel(t.Context())
			cancel()
			equal(t, "Wait while the owner runs", first.Wait(hurried), context.Canceled)
			end(o)
			check(t, first.Wait(t.Context()))
			check(t, second.Wait(t.Context()))

			next := mustOpen(t, dir)
			equal(t, "owner", next.Owner(), true)
			equal(t, "owner of the other", mustOpen(t, dir).Owner(), false)
			equal(t, "rows", query[int](t, next, "select count(*) from money"), 1)
			equal(t, "Wait of the owner", next.Wait(hurried), context.Canceled)
			mustStop(t, next)
			check(t, next.Wait(t.Context()))
		})
	}
}

func TestConcurrentFirstStart(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	owners := make(chan bool)
	for range 3 {
		go func() {
			s, err := Open(t.Context(), Options{Dir: dir})
			if err != nil {
				t.Error(err)
				owners <- false
				return
			}
			t.Cleanup(func() { s.Stop(context.Background()) })
			owners <- s.Owner()
		}()
	}
	count := 0
	for range 3 {
		if <-owners {
			count++
		}
	}
	equal(t, "owners", count, 1)
}

func TestStopWithoutTime(t *testing.T) {
	t.Parallel()
	dir := newCluster(t)
	s := mustOpen(t, dir)
	run(t, s, "create table money as select 42 as cents")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Stop(ctx); err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	equal(t, "processes left", len(s.processes()), 0)
	equal(t, "cents", query[int](t, mustOpen(t, dir), "select cents from money"), 42)
}

func TestCancelledStart(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	a, err := usualAccount()
	check(t, err)
	cancelled := 0
	for after := time.Millisecond; after < 10*time.Second; after *= 2 {
		ctx, cancel := context.WithTimeout(t.Context(), after)
		s, err := Open(ctx, Options{Dir: dir})
		cancel()
		if err == nil {
			mustStop(t, s)
			break
		}
		cancelled++
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("after %s: %v", after, err)
		}
		for _, major := range []int{14, 15, 16, 17, 18, 19} {
			p := place{root: dir, account: a}
			equal(t, "processes left", len(p.account.serversOf(p.data(major))), 0)
			equal(t, "half-made files left", exists(p.data(major)+".new"), false)
		}
	}
	t.Logf("%d starts cancelled", cancelled)
	equal(t, "works afterwards", query[int](t, mustOpen(t, dir), "select 1"), 1)
}

func TestDeepDirectory(t *testing.T) {
	t.Parallel()
	base := newDir(t)
	dir := filepath.Join(base, strings.Repeat("long name's ", 10), "data")
	check(t, os.MkdirAll(dir, 0o711))
	owner := mustOpen(t, dir)
	socket := filepath.Join(owner.place.socketDir(), ".s.PGSQL.5432")
	t.Cleanup(func() { os.RemoveAll(owner.place.socketDir()) })
	if len(socket) >= maxSocketPath || strings.HasPrefix(socket, base) {
		t.Errorf("socket path %s", socket)
	}
	equal(t, "owner of the second", mustOpen(t, dir).Owner(), false)

	t.Run("a socket directory that anybody can enter is refused", func(t *testing.T) {
		mustStop(t, owner)
		check(t, os.Chmod(owner.place.socketDir(), 0o755))
		_, err := Open(t.Context(), Options{Dir: dir})
		contains(t, oneLine(err), "mode 0700")
	})
}

func TestDisposable(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	open := func() *Server {
		s, err := Open(t.Context(), Options{Dir: dir, Disposable: true})
		check(t, err)
		t.Cleanup(func() { s.Stop(context.Background()) })
		return s
	}
	s := open()
	equal(t, "fsync", query[string](t, s, "show fsync"), "off")
	run(t, s, "create table money as select 42 as cents")

	mustStop(t, s)
	s = open()
	equal(t, "kept over a clean stop", query[int](t, s, "select cents from money"), 42)

	s.proc.abort()
	s.Stop(t.Context())
	s = open()
	equal(t, "thrown away after a crash", query[bool](t, s, "select to_regclass('money') is null"), true)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// tcpListeners counts the TCP sockets that a process listens on, by comparing
// its open files with the kernel's tables; without these tables it is 0.
func tcpListeners(t *testing.T, pid int) int {
	t.Helper()
	proc := filepath.Join("/proc", itoa(pid))
	tables := ""
	for _, name := range []string{"tcp", "tcp6"} {
		text, _ := os.ReadFile(filepath.Join(proc, "net", name))
		tables += string(text)
	}
	count := 0
	files, _ := os.ReadDir(filepath.Join(proc, "fd"))
	for _, f := range files {
		target, _ := os.Readlink(filepath.Join(proc, "fd", f.Name()))
		inode, ok := strings.CutPrefix(target, "socket:[")
		if ok && strings.Contains(tables, " "+strings.TrimSuffix(inode, "]")+" ") {
			count++
		}
	}
	return count
}
