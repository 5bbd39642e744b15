package pg

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

const (
	productName = "paygraph"
	// socketPort is only part of the socket's file name.
	socketPort = "5432"
	// maxSocketPath stays under the limits of all systems (104 on macOS).
	maxSocketPath = 100
)

// place is the directory of a server, with the account that the server's
// processes have there.
type place struct {
	root       string // absolute, symbolic links resolved
	account    account
	log        *slog.Logger
	disposable bool
}

// DefaultDir returns the data directory of the product: /var/lib/paygraph for
// root, whose home directory the server's account could not enter, and
// $XDG_DATA_HOME/paygraph or ~/.local/share/paygraph for others. Without a home
// directory it is .paygraph in the working directory.
func DefaultDir() string {
	if os.Geteuid() == 0 {
		return "/var/lib/" + productName
	}
	if dir, ok := userDir("XDG_DATA_HOME", ".local/share"); ok {
		return filepath.Join(dir, productName)
	}
	return "." + productName
}

// userDir follows the XDG rule that a relative path in the variable is ignored.
func userDir(variable, below string) (string, bool) {
	if dir := os.Getenv(variable); filepath.IsAbs(dir) {
		return dir, true
	}
	home, err := os.UserHomeDir()
	if err != nil || !filepath.IsAbs(home) {
		return "", false
	}
	return filepath.Join(home, below), true
}

// newPlace creates the directory and checks that the server can work in it.
func newPlace(o Options) (place, error) {
	p := place{log: o.Log, disposable: o.Disposable}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	if o.Dir == "" {
		return p, errors.New("no data directory given")
	}
	mode := os.FileMode(0o700)
	if os.Geteuid() == 0 {
		mode = 0o711 // the server's account must pass through it
	}
	if err := os.MkdirAll(o.Dir, mode); err != nil {
		return p, explain(o.Dir, err)
	}
	root, err := filepath.Abs(o.Dir)
	if err != nil {
		return p, fmt.Errorf("%s: %w", dirVariable, err)
	}
	if p.root, err = filepath.EvalSymlinks(root); err != nil {
		return p, explain(root, err)
	}
	if p.account, err = p.findAccount(); err != nil {
		return p, err
	}
	if err := p.account.canEnter(p.root); err != nil {
		return p, fmt.Errorf("%s: %w", dirVariable, err)
	}
	return p, nil
}

// dirVariable is what the person who reads a message has to change.
const dirVariable = "PAYGRAPH_DATA_DIR"

// explain turns a refused access into a sentence about whose directory it is.
func explain(path string, err error) error {
	if !errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%s: the data directory cannot be used: %w", dirVariable, err)
	}
	for dir := filepath.Clean(path); ; dir = filepath.Dir(dir) {
		info, statErr := os.Lstat(dir)
		if statErr != nil && dir != filepath.Dir(dir) {
			continue
		}
		owner := "another user"
		if statErr == nil {
			uid, _ := ownerOf(info)
			owner = userName(uid)
		}
		return fmt.Errorf("%s: %s belongs to %s and %s cannot use it; choose another data directory or set DATABASE_URL: %w",
			dirVariable, dir, owner, userName(os.Geteuid()), err)
	}
}

func (p place) data(major int) string { return filepath.Join(p.root, "pg"+strconv.Itoa(major)) }

// newestCluster returns the major version of the newest data directory, or 0.
func (p place) newestCluster() (int, error) {
	entries, err := os.ReadDir(p.root)
	if err != nil {
		return 0, explain(p.root, err)
	}
	newest := 0
	for _, e := range entries {
		number, ok := strings.CutPrefix(e.Name(), "pg")
		major, err := strconv.Atoi(number)
		if ok && err == nil {
			newest = max(newest, major)
		}
	}
	return newest, nil
}

// Exists says whether a server was ever made in the data directory.
func Exists(dir string) bool {
	major, err := place{root: dir}.newestCluster()
	return err == nil && major > 0
}

// socketDir depends on nothing but the directory, because a process that
// attaches must find the same path. A deep directory has its socket in /tmp.
func (p place) socketDir() string {
	dir := filepath.Join(p.root, "run")
	if len(filepath.Join(dir, ".s.PGSQL."+socketPort+".lock")) < maxSocketPath {
		return dir
	}
	sum := sha256.Sum256([]byte(p.root))
	return "/tmp/" + productName + "-" + hex.EncodeToString(sum[:8])
}

func (p place) makeSocketDir() error {
	dir := p.socketDir()
	err := os.Mkdir(dir, 0o700)
	if err == nil {
		err = p.account.own(dir)
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("socket directory: %w", err)
	}
	return p.checkSocketDir()
}

// checkSocketDir refuses a directory that somebody else made, which anybody can
// do in /tmp: without a password it decides who the server is.
func (p place) checkSocketDir() error {
	info, err := os.Lstat(p.socketDir())
	if err != nil {
		return fmt.Errorf("socket directory: %w", err)
	}
	if uid, _ := ownerOf(info); uid != p.account.uid || info.Mode() != fs.ModeDir|0o700 {
		return fmt.Errorf("socket directory %s must be a directory of %s with mode 0700, not one of %s with %s: remove it",
			p.socketDir(), p.account.name, userName(uid), info.Mode())
	}
	return nil
}

func ownerOf(info fs.FileInfo) (uid, gid int) {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(st.Uid), int(st.Gid)
	}
	return -1, -1
}
