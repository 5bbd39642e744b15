package pgtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/paygraph/paygraph/internal/pg"
	"github.com/paygraph/paygraph/migrations"
)

// server is the PostgreSQL server as one test process sees it.
type server struct {
	settings settings // of its main database
	admin    *sql.DB
	template string    // database that is copied
	session  *sql.Conn // holds the template's lock as long as this process runs
	copyBy   string    // how to copy it
	restart  string    // command that starts it again, for people; "" when not ours
}

// startTime bounds everything before the first database, crashed servers and
// a slow machine included.
const startTime = 2 * time.Minute

// shared returns the server of this process, found or started once.
var shared = sync.OnceValues(func() (*server, error) {
	ctx, cancel := context.WithTimeout(context.Background(), startTime)
	defer cancel()
	s, err := connect(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.makeTemplate(ctx, migrations.Hash(), migrations.Up); err != nil {
		return nil, err
	}
	return s, nil
})

func connect(ctx context.Context) (*server, error) {
	if url := os.Getenv("PAYGRAPH_TEST_DATABASE_URL"); url != "" {
		return newServer(url)
	}
	dir, err := directory()
	if err != nil {
		return nil, err
	}
	if err := use(dir); err != nil {
		return nil, err
	}
	url, err := sharedURL(ctx, dir)
	if err != nil {
		return nil, err
	}
	s, err := newServer(url)
	if err == nil {
		s.restart = restartCommand(dir, s.settings.get("host"))
	}
	return s, err
}

func newServer(url string) (*server, error) {
	set, err := parse(url)
	if err != nil {
		return nil, err
	}
	s := &server{settings: set}
	if s.admin, err = sql.Open("postgres", s.settings.String()); err != nil {
		return nil, fmt.Errorf("open the test server: %w", err)
	}
	s.admin.SetMaxOpenConns(5)
	return s, nil
}

// users is open, and with that locked, until the process ends: shared by each
// test process, and at the end exclusively by the keeper of the server.
//
//lint:ignore U1000 the reference keeps the file, and with it the lock, from being collected
var users *os.File

// use marks the server of dir as used by this process. It waits while a keeper
// stops the server.
func use(dir string) error { return lockUsers(dir, syscall.LOCK_SH) }

func lockUsers(dir string, how int) error {
	f, err := os.OpenFile(filepath.Join(dir, "users.lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("test server: %w", err)
	}
	users = f
	for {
		err := syscall.Flock(int(f.Fd()), how)
		if err == nil {
			return nil
		}
		if !errors.Is(err, syscall.EINTR) {
			return fmt.Errorf("test server: lock %s: %w", f.Name(), err)
		}
	}
}

// sharedURL returns the connection string of the server in dir, which it starts
// when no other process has.
func sharedURL(ctx context.Context, dir string) (string, error) {
	s, err := pg.Attach(ctx, pg.Options{Dir: dir})
	if errors.Is(err, pg.ErrNotRunning) {
		return startKeeper(dir)
	}
	if err != nil {
		return "", err
	}
	return s.URL(), nil
}

// clusterForm names the servers apart that initdb made with other options: raise
// it with them.
const clusterForm = "2"

// directory returns where the shared server has its files: in memory when there
// is enough, which makes tests several times faster. Each user has an own one.
func directory() (string, error) {
	if dir := os.Getenv("PAYGRAPH_TEST_PG_DIR"); dir != "" {
		dir, err := filepath.Abs(dir)
		return dir, errors.Join(err, os.MkdirAll(dir, 0o711))
	}
	name := "paygraph-test" + clusterForm + "-" + strconv.Itoa(os.Geteuid())
	dir := filepath.Join("/dev/shm", name)
	if _, err := os.Lstat(dir); err != nil && !hasSpace("/dev/shm") {
		dir = filepath.Join(os.TempDir(), name)
	}
	if err := os.Mkdir(dir, 0o711); err != nil && !errors.Is(err, os.ErrExist) {
		return "", fmt.Errorf("directory of the test server: %w", err)
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return "", fmt.Errorf("directory of the test server: %w", err)
	}
	// Anybody can make a directory of this name there.
	if st, ok := info.Sys().(*syscall.Stat_t); !ok || !info.IsDir() || int(st.Uid) != os.Geteuid() {
		return "", fmt.Errorf("directory of the test server: %s belongs to somebody else", dir)
	}
	return dir, nil
}

func hasSpace(dir string) bool {
	const gigabyte = 1 << 30
	var st syscall.Statfs_t
	return syscall.Statfs(dir, &st) == nil && uint64(st.Bavail)*uint64(st.Bsize) >= gigabyte
}

// restartCommand is a help for people and may be empty.
func restartCommand(dir, socketDir string) string {
	bin, err := pg.FindBinaries()
	if err != nil {
		return ""
	}
	data := filepath.Join(dir, "pg"+strconv.Itoa(bin.Major))
	command := fmt.Sprintf("%s/postgres -D '%s' -k %s -c listen_addresses=", bin.Dir, data, socketDir)
	var st syscall.Stat_t
	if syscall.Stat(data, &st) != nil || int(st.Uid) == os.Geteuid() {
		return command
	}
	owner, err := user.LookupId(strconv.Itoa(int(st.Uid)))
	if err != nil {
		return ""
	}
	return "runuser -u " + owner.Username + " -- " + command
}
