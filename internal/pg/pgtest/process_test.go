package pgtest

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/pg"
)

// holdVariable makes TestHold, in a process of its own, hold a database until
// its input ends.
const holdVariable = "PGTEST_HOLD"

func TestHold(t *testing.T) {
	t.Parallel()
	if os.Getenv(holdVariable) == "" {
		return // it is the others' second process
	}
	d := New(t)
	os.Stdout.WriteString("holds " + d.URL + "\n")
	io.Copy(io.Discard, os.Stdin)
}

func TestServerOfSeveralProcesses(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	t.Run("is shared, and ends with the last of them", func(t *testing.T) {
		var running []*exec.Cmd
		for range 3 {
			cmd := process(dir, "^(TestNew|TestTwentyAtOnce|TestFinish)$")
			cmd.Stdout, cmd.Stderr = new(bytes.Buffer), os.Stderr
			check(t, cmd.Start())
			running = append(running, cmd)
		}
		for _, cmd := range running {
			if err := cmd.Wait(); err != nil {
				t.Errorf("%v:\n%s", err, cmd.Stdout)
			}
		}
		waitStopped(t, dir)
	})
	t.Run("ends with a killed one too, whose database the next run drops", func(t *testing.T) {
		killed := hold(t, dir)
		check(t, killed.cmd.Process.Kill())
		killed.cmd.Wait()
		waitStopped(t, dir)

		next := hold(t, dir)
		s, err := newServer(next.url)
		check(t, err)
		defer s.admin.Close()
		set, err := parse(killed.url)
		check(t, err)
		if exists(t, s, set.get("dbname")) {
			t.Error("the database of the killed process is still there")
		}
		next.end()
		waitStopped(t, dir)
	})
	t.Run("is made anew after a crash", func(t *testing.T) {
		first := hold(t, dir)
		check(t, syscall.Kill(serverPid(t, dir), syscall.SIGKILL))
		second := hold(t, dir) // while the first still runs, without its server
		first.end()
		if pid := serverPid(t, dir); syscall.Kill(pid, 0) != nil {
			t.Errorf("the new server %d ended with a process of the old one", pid)
		}
		second.end()
		waitStopped(t, dir)
	})
}

func TestGivenServer(t *testing.T) {
	t.Parallel()
	main, err := shared()
	check(t, err)
	cmd := process("", "^TestNew$")
	cmd.Env = append(cmd.Env, "PAYGRAPH_TEST_DATABASE_URL="+main.settings.String())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v:\n%s", err, out)
	}
}

func TestOtherUserBesideThisOne(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	program := filepath.Join(newDir(t), "pgtest.test")
	copyFile(t, os.Args[0], program)
	bin, err := pg.FindBinaries()
	check(t, err)
	mine := process(dir, "^TestTwentyAtOnce$")
	mine.Env = append(mine.Env, "PG_BIN="+bin.Dir)
	if os.Geteuid() == 0 { // an ordinary user tests the same, beside itself
		const nobody = 65534
		check(t, os.Chown(dir, nobody, nobody))
		mine.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	mine.Path, mine.Dir = program, dir
	New(t)
	out, err := mine.CombinedOutput()
	if err != nil {
		t.Errorf("%v:\n%s", err, out)
	}
	waitStopped(t, dir)
}

// process is a test binary like this one, with a shared server in dir.
func process(dir, tests string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], "-test.run="+tests)
	cmd.Env = append(os.Environ(), "PAYGRAPH_TEST_PG_DIR="+dir, "PAYGRAPH_TEST_DATABASE_URL=")
	return cmd
}

// holder is another process that has a database.
type holder struct {
	cmd   *exec.Cmd
	stdin io.Closer
	url   string
}

func hold(t *testing.T, dir string) *holder {
	t.Helper()
	cmd := process(dir, "^TestHold$")
	cmd.Env = append(cmd.Env, holdVariable+"=1")
	stdin, err := cmd.StdinPipe()
	check(t, err)
	stdout, err := cmd.StdoutPipe()
	check(t, err)
	check(t, cmd.Start())
	h := &holder{cmd: cmd, stdin: stdin}
	t.Cleanup(h.end)
	line, err := bufio.NewReader(stdout).ReadString('\n')
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "holds ")
	if err != nil || !ok {
		t.Fatalf("%q, %v", line, err)
	}
	h.url = url
	return h
}

func (h *holder) end() {
	h.stdin.Close()
	h.cmd.Wait()
}

// waitStopped waits for the server of dir to be gone.
func waitStopped(t *testing.T, dir string) {
	t.Helper()
	begin := time.Now()
	for time.Since(begin) < time.Minute {
		_, err := pg.Attach(t.Context(), pg.Options{Dir: dir})
		if errors.Is(err, pg.ErrNotRunning) {
			left, _ := filepath.Glob(filepath.Join(dir, "pg*", "postmaster.pid"))
			if left != nil {
				t.Errorf("left: %v", left)
			}
			t.Logf("stopped %s after its last user", time.Since(begin).Round(time.Millisecond))
			return
		}
		<-time.After(5 * time.Millisecond)
	}
	t.Error("the server still runs a minute after its last user")
}

func serverPid(t *testing.T, dir string) int {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(dir, "pg*", "postmaster.pid"))
	if len(files) != 1 {
		t.Fatalf("pid files: %v", files)
	}
	text, err := os.ReadFile(files[0])
	check(t, err)
	line, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(line)
	check(t, err)
	return pid
}

// newDir returns a directory for another shared server, beside the usual one.
func newDir(t *testing.T) string {
	t.Helper()
	usual, err := directory()
	check(t, err)
	dir, err := os.MkdirTemp(filepath.Dir(usual), "pgtest-")
	check(t, err)
	check(t, os.Chmod(dir, 0o711))
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// copyFile has another program write it: what this one has open for writing, processes that
// tests beside it start have open for a moment too, and then it cannot be run.
func copyFile(t *testing.T, from, to string) {
	t.Helper()
	check(t, exec.Command("cp", from, to).Run())
	check(t, os.Chmod(to, 0o755))
}
