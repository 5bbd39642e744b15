package pg

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
)

// account is the operating system user of the server's processes.
type account struct {
	uid, gid int
	name     string // for messages
}

// findAccount returns the account for a place. Root takes that of the data that
// is already there, since PostgreSQL refuses files of another owner.
func (p place) findAccount() (account, error) {
	if major, err := p.newestCluster(); err == nil && major > 0 && os.Geteuid() == 0 {
		if info, err := os.Stat(p.data(major)); err == nil {
			uid, gid := ownerOf(info)
			return account{uid, gid, userName(uid)}, nil
		}
	}
	return usualAccount()
}

// usualAccount returns the caller's own account, or for root that of user
// "postgres" or "nobody".
func usualAccount() (account, error) {
	if uid := os.Geteuid(); uid != 0 {
		return account{uid, os.Getegid(), userName(uid)}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		if err := errors.Join(err1, err2); err != nil {
			return account{}, fmt.Errorf("user %s: %w", name, err)
		}
		return account{uid, gid, "user " + name}, nil
	}
	return account{}, errors.New("PostgreSQL cannot run as root and there is no user postgres or nobody to run it: create one, start as an ordinary user, or set DATABASE_URL")
}

func userName(uid int) string {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return "user " + u.Username
	}
	return "uid " + strconv.Itoa(uid)
}

// credential is nil when the caller already is the account.
func (a account) credential() *syscall.Credential {
	if a.uid == os.Geteuid() {
		return nil
	}
	return &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)} // #nosec G115 -- the system's own numbers, which have 32 bits
}

// own gives a file that root made to the account.
func (a account) own(path string) error {
	if a.uid == os.Geteuid() {
		return nil
	}
	return os.Lchown(path, a.uid, a.gid)
}

// canEnter tells whether the account can pass through dir and all its parents.
// It exists for root, who can enter everything and would not notice.
func (a account) canEnter(dir string) error {
	if a.uid == os.Geteuid() {
		return nil
	}
	var path []string
	for p := dir; ; p = filepath.Dir(p) {
		path = append(path, p)
		if p == filepath.Dir(p) {
			break
		}
	}
	for _, p := range slices.Backward(path) {
		info, err := os.Stat(p)
		if err != nil {
			return fmt.Errorf("directory of PostgreSQL: %w", err)
		}
		if !a.hasBit(info, 1) {
			return fmt.Errorf("%s, who runs PostgreSQL for root, cannot enter %s (%s): choose another directory, or allow it with chmod o+x %s",
				a.name, p, info.Mode(), p)
		}
	}
	return nil
}

// hasBit reads the permissions as the kernel does: only the first class that
// fits the account counts.
func (a account) hasBit(info fs.FileInfo, bit fs.FileMode) bool {
	uid, gid := ownerOf(info)
	switch {
	case a.uid == uid:
		bit <<= 6
	case a.gid == gid:
		bit <<= 3
	}
	return info.Mode()&bit != 0
}
