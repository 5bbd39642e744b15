package pg

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// lock is held by the process that owns a server. The kernel drops it when the
// process ends in any way, which a file with a process id could not promise.
type lock struct{ file *os.File }

func (p place) lockPath() string { return filepath.Join(p.root, "owner.lock") }

// tryLock returns nil without an error when another process has the lock.
func (p place) tryLock() (*lock, error) {
	f, err := os.OpenFile(p.lockPath(), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, explain(p.lockPath(), err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, f.Close()
	}
	if err == nil {
		err = p.account.own(f.Name())
	}
	if err == nil {
		err = f.Truncate(0)
	}
	if err == nil {
		_, err = fmt.Fprintln(f, os.Getpid()) // for the message of a second process
	}
	if err != nil {
		f.Close() // #nosec G104 -- the lock is given up with the file
		return nil, fmt.Errorf("%s: lock it: %w", dirVariable, err)
	}
	return &lock{f}, nil
}

// owned tells whether a process has the lock, by asking for a share of it. Two
// that ask do not hinder each other, and who wants the whole lock in that moment
// tries again. Without the file nothing is known: somebody else removed it.
func (p place) owned() bool {
	f, err := os.Open(p.lockPath())
	if err != nil {
		return true
	}
	defer f.Close()
	return syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB) != nil
}

func (l *lock) release() { l.file.Close() } // #nosec G104 -- the kernel drops the lock in any case

// ownerPID is a hint for people; only the lock itself decides.
func (p place) ownerPID() string {
	text, _ := os.ReadFile(p.lockPath())
	if pid, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil {
		return strconv.Itoa(pid)
	}
	return "(unknown)"
}
