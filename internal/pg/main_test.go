package pg

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The test binary runs itself again as another paygraph process. What it does
// there is in the first variable, with which directory in the second.
const (
	roleVariable  = "PG_TEST_ROLE"
	placeVariable = "PG_TEST_DIR"
)

func TestMain(m *testing.M) {
	switch os.Getenv(roleVariable) {
	case "":
		code := m.Run()
		os.RemoveAll(prototypeDir)
		os.Exit(code)
	case "open":
		s, err := Open(context.Background(), Options{Dir: os.Getenv(placeVariable)})
		if err != nil {
			fmt.Println("error:", oneLine(err))
			os.Exit(1)
		}
		fmt.Println("owner:", s.Owner())
		io.Copy(io.Discard, os.Stdin) // until the test closes it or kills this process
		s.Stop(context.Background())
	case "find":
		_, err := FindBinaries()
		fmt.Println("error:", oneLine(err))
	}
}

func oneLine(err error) string { return strings.ReplaceAll(fmt.Sprint(err), "\n", " | ") }

// other is another process that runs the "open" or "find" role.
type other struct {
	cmd   *exec.Cmd
	stdin io.Closer
	line  string // its first line
}

// startOther runs a role and waits for its first line. prepare may be nil.
func startOther(t *testing.T, role, dir string, prepare func(*exec.Cmd)) *other {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleVariable+"="+role, placeVariable+"="+dir)
	cmd.Stderr = os.Stderr
	if prepare != nil {
		prepare(cmd)
	}
	stdin, err := cmd.StdinPipe()
	check(t, err)
	stdout, err := cmd.StdoutPipe()
	check(t, err)
	check(t, cmd.Start())
	o := &other{cmd: cmd, stdin: stdin}
	t.Cleanup(o.end)
	o.line, err = bufio.NewReader(stdout).ReadString('\n')
	check(t, err)
	o.line = strings.TrimSpace(o.line)
	return o
}

// end lets the process stop its server and waits for it.
func (o *other) end() {
	o.stdin.Close()
	o.cmd.Wait()
}

func (o *other) kill() {
	o.cmd.Process.Kill()
	o.cmd.Wait()
}

// memory returns a directory in memory if there is room, because making
// database files on a disk is most of these tests' time; else the usual one.
func memory() string {
	const dir = "/dev/shm"
	var st syscall.Statfs_t
	if syscall.Statfs(dir, &st) == nil && uint64(st.Bavail)*uint64(st.Bsize) > 2<<30 {
		return dir
	}
	return os.TempDir()
}

func newDir(t *testing.T) string {
	t.Helper()
	return newDirIn(t, memory())
}

// newDirIn returns a directory that the account of a root-started server can
// enter, which it cannot with t.TempDir.
func newDirIn(t *testing.T, parent string) string {
	t.Helper()
	dir, err := os.MkdirTemp(parent, "pg-")
	check(t, err)
	check(t, os.Chmod(dir, 0o711))
	dir, err = filepath.EvalSymlinks(dir)
	check(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

var prototypeDir string

// prototype makes one stopped cluster that tests copy.
var prototype = sync.OnceValues(func() (string, error) {
	var err error
	if prototypeDir, err = os.MkdirTemp(memory(), "pg-"); err != nil {
		return "", err
	}
	if err := os.Chmod(prototypeDir, 0o711); err != nil {
		return "", err
	}
	s, err := Open(context.Background(), Options{Dir: prototypeDir})
	if err != nil {
		return "", err
	}
	return prototypeDir, s.Stop(context.Background())
})

// newCluster returns a directory with a stopped server, which takes a tenth of
// the time of a first start.
func newCluster(t *testing.T) string {
	t.Helper()
	from, err := prototype()
	check(t, err)
	dir := newDir(t)
	out, err := exec.Command("cp", "-a", from+"/.", dir).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return dir
}

// mustOpen starts or attaches, and stops at the end of the test.
func mustOpen(t *testing.T, dir string) *Server {
	t.Helper()
	begin := time.Now()
	s, err := Open(t.Context(), Options{Dir: dir})
	check(t, err)
	t.Logf("opened in %s", time.Since(begin).Round(time.Millisecond))
	t.Cleanup(func() { s.Stop(context.Background()) })
	return s
}

func mustStop(t *testing.T, s *Server) {
	t.Helper()
	begin := time.Now()
	check(t, s.Stop(t.Context()))
	t.Logf("stopped in %s", time.Since(begin).Round(time.Millisecond))
}

// data is the directory that the server's processes work in.
func (s *Server) data() string {
	major, _ := s.place.newestCluster()
	return s.place.data(major)
}

// processes are those of the server that live.
func (s *Server) processes() []int { return s.place.account.serversOf(s.data()) }

func query[T any](t *testing.T, s *Server, statement string) (value T) {
	t.Helper()
	db, err := sql.Open("postgres", s.URL())
	check(t, err)
	defer db.Close()
	check(t, db.QueryRowContext(t.Context(), statement).Scan(&value))
	return value
}

func run(t *testing.T, s *Server, statement string) {
	t.Helper()
	db, err := sql.Open("postgres", s.URL())
	check(t, err)
	defer db.Close()
	_, err = db.ExecContext(t.Context(), statement)
	check(t, err)
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing in:\n%s", part, text)
		}
	}
}
