package pg

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// process is one running program of PostgreSQL.
type process struct {
	cmd      *exec.Cmd
	exited   chan struct{} // closed after err is set
	err      error
	stopping atomic.Bool // an end is expected
}

// spawn starts a program as the account, with its output in the server's log
// and in a process group of its own, so that Ctrl-C in a terminal reaches this
// program first and it can finish its work with the database.
func (p place) spawn(bin Binaries, program string, args ...string) (*process, error) {
	logFile, err := os.OpenFile(p.logPath(bin.Major), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL's log: %w", err)
	}
	defer logFile.Close()
	cmd := exec.Command(filepath.Join(bin.Dir, program), args...) // #nosec G204 -- programs and arguments are this package's
	cmd.Dir = p.root
	cmd.Env = p.environment()
	cmd.Stdout, cmd.Stderr = logFile, logFile
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: p.account.credential()}
	stopWithParent(cmd.SysProcAttr)

	proc := &process{cmd: cmd, exited: make(chan struct{})}
	started := make(chan error)
	go func() {
		// The kernel sends the parent-death signal when the starting thread
		// ends, so that thread is kept until the program has ended.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			proc.err = cmd.Wait()
			close(proc.exited)
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s as %s: %w", program, p.account.name, err)
	}
	return proc, nil
}

// environment is short on purpose: the program's own holds secrets, and PG*
// variables would change the server. TZ spares initdb a long search.
func (p place) environment() []string {
	env := []string{"LC_ALL=C", "TZ=UTC", "HOME=" + p.root}
	for _, name := range []string{"PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// signal does nothing when the process has ended.
func (p *process) signal(s syscall.Signal) { p.cmd.Process.Signal(s) }

// abort ends the process without a checkpoint and waits for it. The next start
// recovers from the write-ahead log.
func (p *process) abort() {
	p.stopping.Store(true)
	p.signal(syscall.SIGQUIT)
	select {
	case <-p.exited:
	case <-time.After(10 * time.Second):
		p.signal(syscall.SIGKILL)
		<-p.exited
	}
}

// terminate ends initdb. Its children notice that by themselves; killed, they
// would leave shared memory behind in the system.
func (p *process) terminate() {
	p.signal(syscall.SIGTERM)
	select {
	case <-p.exited:
	case <-time.After(5 * time.Second):
		p.signal(syscall.SIGKILL)
		<-p.exited
	}
}

func (p place) logPath(major int) string {
	return filepath.Join(p.root, "pg"+strconv.Itoa(major)+".log")
}

// startLog empties the log, which bounds its size to that of one run.
func (p place) startLog(major int) error {
	f, err := os.OpenFile(p.logPath(major), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return explain(p.logPath(major), err)
	}
	return errors.Join(f.Close(), p.account.own(f.Name()))
}

// logTail returns the last lines of the log, for messages.
func (p place) logTail(major int) string {
	text, _ := os.ReadFile(p.logPath(major))
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-8):], "\n")
}
