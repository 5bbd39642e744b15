package pg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// minMajor is the oldest version that the database driver supports.
const minMajor = 14

// ErrNoBinaries says that PostgreSQL's server programs are not installed. Its
// message lists what to do about it on this machine.
var ErrNoBinaries error = noBinaries{}

type noBinaries struct{}

func (noBinaries) Error() string {
	return fmt.Sprintf(`no PostgreSQL server programs (initdb and postgres, version %d or newer) were found. Ways out:
  make run                       installs what is missing, then starts
  %-29s  installs them by package manager
  PG_BIN=/path/to/bin            names the directory of programs that are somewhere else
  DATABASE_URL=postgres://...    uses a server that already runs`, minMajor, installCommand())
}

func installCommand() string {
	for _, command := range []string{
		"apt-get install postgresql",
		"dnf install postgresql-server",
		"apk add postgresql",
		"brew install postgresql",
	} {
		tool, _, _ := strings.Cut(command, " ")
		if _, err := exec.LookPath(tool); err == nil {
			return command
		}
	}
	return "package \"postgresql\""
}

// Binaries are the programs of one PostgreSQL installation.
type Binaries struct {
	Dir     string // holds initdb and postgres
	Major   int    // 15
	Version string // "15.18"
}

// FindBinaries returns the first usable installation: $PG_BIN and nothing else
// when it is set; then PATH, the usual places of Linux distributions, Homebrew
// and Postgres.app, the newest version first; then what .ci/postgres unpacked
// into the cache directory. With PAYGRAPH_IGNORE_SYSTEM_PG=1 only $PG_BIN and
// the cache count, which is how the cache is tried on a machine that has
// PostgreSQL. The error wraps ErrNoBinaries.
func FindBinaries() (Binaries, error) {
	a, err := usualAccount()
	if err != nil {
		return Binaries{}, err
	}
	return find(a, 0)
}

// find returns the first installation that the account can run and that has
// the major version, 0 for any.
func find(a account, major int) (Binaries, error) {
	var rejected []string
	for _, dir := range candidates() {
		b, err := inspect(dir, a)
		if err == nil && major != 0 && b.Major != major {
			err = fmt.Errorf("%s holds version %s", dir, b.Version)
		}
		if err == nil {
			return b, nil
		}
		rejected = append(rejected, err.Error())
	}
	if rejected == nil {
		return Binaries{}, ErrNoBinaries
	}
	return Binaries{}, fmt.Errorf("%w\nNot usable: %s", ErrNoBinaries, strings.Join(rejected, "; "))
}

func candidates() []string {
	if dir := os.Getenv("PG_BIN"); dir != "" {
		return []string{dir}
	}
	var dirs []string
	if os.Getenv("PAYGRAPH_IGNORE_SYSTEM_PG") != "1" {
		for _, program := range []string{"initdb", "postgres"} {
			if path, err := exec.LookPath(program); err == nil {
				dirs = append(dirs, realDir(path))
			}
		}
		for _, pattern := range []string{
			"/usr/lib/postgresql/*/bin",         // Debian, Ubuntu
			"/usr/pgsql-*/bin",                  // PostgreSQL's own RPMs
			"/usr/libexec/postgresql*",          // Alpine
			"/opt/homebrew/opt/postgresql*/bin", // Homebrew on ARM
			"/usr/local/opt/postgresql*/bin",    // Homebrew on Intel
			"/home/linuxbrew/.linuxbrew/opt/postgresql*/bin",
			"/Applications/Postgres.app/Contents/Versions/*/bin",
		} {
			dirs = append(dirs, newestFirst(pattern)...)
		}
	}
	return append(dirs, newestFirst(filepath.Join(cacheDir(), "*", "bin"))...)
}

// cacheDir is where .ci/postgres unpacks programs. For root it is not below the
// home directory, which the account that runs them cannot enter.
func cacheDir() string {
	if dir, ok := userDir("XDG_CACHE_HOME", ".cache"); ok && (os.Geteuid() != 0 || os.Getenv("XDG_CACHE_HOME") != "") {
		return filepath.Join(dir, productName, "postgres")
	}
	return filepath.Join("/var/cache", productName, "postgres")
}

// realDir follows symbolic links, because distributions link single programs
// into PATH and PostgreSQL looks for its files beside the real one.
func realDir(program string) string {
	if real, err := filepath.EvalSymlinks(program); err == nil {
		program = real
	}
	return filepath.Dir(program)
}

var number = regexp.MustCompile(`\d+`)

func newestFirst(pattern string) []string {
	dirs, _ := filepath.Glob(pattern)
	numbers := func(dir string) (n []int) {
		for _, s := range number.FindAllString(dir, -1) {
			i, _ := strconv.Atoi(s)
			n = append(n, i)
		}
		return n
	}
	slices.SortStableFunc(dirs, func(a, b string) int { return slices.Compare(numbers(b), numbers(a)) })
	return dirs
}

var versionLine = regexp.MustCompile(`\(PostgreSQL\) ((\d+)\S*)`)

// inspect checks that the directory holds both programs and that the account
// can run them.
func inspect(dir string, a account) (Binaries, error) {
	for _, program := range []string{"initdb", "postgres"} {
		if _, err := exec.LookPath(filepath.Join(dir, program)); err != nil {
			return Binaries{}, err
		}
	}
	if err := a.canEnter(dir); err != nil {
		return Binaries{}, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version").Output() // #nosec G204 -- a directory of the system or of who starts the program
	if err != nil {
		return Binaries{}, fmt.Errorf("%s/postgres --version: %w", dir, err)
	}
	m := versionLine.FindSubmatch(out)
	if m == nil {
		return Binaries{}, errors.New(dir + "/postgres does not tell its version")
	}
	major, err := strconv.Atoi(string(m[2]))
	if err != nil || major < minMajor {
		return Binaries{}, fmt.Errorf("%s holds version %s", dir, m[1])
	}
	return Binaries{Dir: dir, Major: major, Version: string(m[1])}, nil
}
