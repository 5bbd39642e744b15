package pg

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

func TestOrdinaryUser(t *testing.T) {
	t.Parallel()
	dir, program := newDir(t), copyOfThisProgram(t)
	bin, err := FindBinaries()
	check(t, err)
	who := ordinaryUser()
	if who != nil {
		check(t, os.Chown(dir, int(who.Uid), int(who.Gid)))
	}
	cmd := exec.Command(program, "-test.run=^(TestOpen|TestAttach|TestKilledServer|TestDeepDirectory)$", "-test.v")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TMPDIR="+dir, "HOME="+dir, "PG_BIN="+bin.Dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: who}
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	check(t, err)
	contains(t, string(out), "--- PASS: TestOpen")
}

func TestOtherUsersDirectory(t *testing.T) {
	t.Parallel()
	dir, program := newCluster(t), copyOfThisProgram(t)
	mustOpen(t, dir)
	who := ordinaryUser()
	if who == nil { // this process cannot become another user, but be locked out
		check(t, os.Chmod(filepath.Join(dir, "owner.lock"), 0))
	}
	o := startOther(t, "open", dir, func(cmd *exec.Cmd) {
		cmd.Path = program
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: who}
	})
	contains(t, o.line, "PAYGRAPH_DATA_DIR: ", "owner.lock belongs to user", "cannot use it", "DATABASE_URL")
}

func TestHiddenDirectory(t *testing.T) {
	t.Parallel()
	hidden := filepath.Join(newDir(t), "hidden")
	check(t, os.Mkdir(hidden, 0o700))
	s, err := Open(t.Context(), Options{Dir: filepath.Join(hidden, "data")})
	if os.Geteuid() != 0 { // its own hidden directory is open to an ordinary user
		check(t, err)
		check(t, s.Stop(t.Context()))
		return
	}
	contains(t, oneLine(err), "PAYGRAPH_DATA_DIR: ", "who runs PostgreSQL for root, cannot enter "+hidden, "chmod o+x")
}

func TestForeignEnvironment(t *testing.T) {
	t.Parallel()
	for _, variable := range []string{"PGHOSTADDR=127.0.0.1", "PGHOST=a,b"} {
		t.Run(variable+" is refused", func(t *testing.T) {
			t.Parallel()
			o := startOther(t, "open", newDir(t), func(cmd *exec.Cmd) { cmd.Env = append(cmd.Env, variable) })
			contains(t, o.line, "would send connections for the private database to another server")
		})
	}
	t.Run("what the connection string overrides is not", func(t *testing.T) {
		t.Parallel()
		o := startOther(t, "open", newCluster(t), func(cmd *exec.Cmd) {
			cmd.Env = append(cmd.Env, "PGHOST=a", "PGPORT=1", "PGUSER=u", "PGDATABASE=d", "PGDATA=/nowhere", "TZ=Asia/Dhaka")
		})
		equal(t, "line", o.line, "owner: true")
	})
}

// ordinaryUser returns who to run as for a test that is root, else nil.
func ordinaryUser() *syscall.Credential {
	if os.Geteuid() != 0 {
		return nil
	}
	return &syscall.Credential{Uid: 65534, Gid: 65534}
}

// copyOfThisProgram is where another user may run it. Another program writes it: what this one
// has open for writing, processes that tests beside it start have open for a moment too, and
// then it cannot be run ("text file busy").
func copyOfThisProgram(t *testing.T) string {
	t.Helper()
	path := filepath.Join(newDir(t), "pg.test")
	check(t, exec.Command("cp", os.Args[0], path).Run())
	check(t, os.Chmod(path, 0o755))
	return path
}
