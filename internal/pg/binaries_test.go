package pg

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

func TestFindBinaries(t *testing.T) {
	t.Parallel()
	b, err := FindBinaries()
	check(t, err)
	t.Logf("%+v", b)
	if b.Major < minMajor || !exists(filepath.Join(b.Dir, "initdb")) || !exists(filepath.Join(b.Dir, "postgres")) {
		t.Errorf("got %+v", b)
	}

	find := func(t *testing.T, environment ...string) string {
		return startOther(t, "find", "", func(cmd *exec.Cmd) { cmd.Env = append(cmd.Env, environment...) }).line
	}
	t.Run("without any, the message lists the ways out", func(t *testing.T) {
		t.Parallel()
		line := find(t, "PAYGRAPH_IGNORE_SYSTEM_PG=1", "XDG_CACHE_HOME="+newDir(t), "PG_BIN=")
		contains(t, line, "no PostgreSQL server programs", "make run", "postgresql", "PG_BIN=", "DATABASE_URL=")
	})
	t.Run("PG_BIN is used alone, and its fault is named", func(t *testing.T) {
		t.Parallel()
		empty := newDir(t)
		contains(t, find(t, "PG_BIN="+empty), "no PostgreSQL server programs", "Not usable", empty)
		equal(t, "line", find(t, "PG_BIN="+b.Dir, "PATH="), "error: <nil>")
	})
	t.Run("links in PATH are followed", func(t *testing.T) {
		t.Parallel()
		links := newDir(t)
		check(t, os.Symlink(filepath.Join(b.Dir, "initdb"), filepath.Join(links, "initdb")))
		equal(t, "directory", realDir(filepath.Join(links, "initdb")), b.Dir)
	})
	t.Run("the newest version comes first", func(t *testing.T) {
		t.Parallel()
		dir := newDir(t)
		for _, v := range []string{"9.6", "15", "18.4.0-beta.9", "18.4.0-beta.17", "18.4"} {
			check(t, os.MkdirAll(filepath.Join(dir, v, "bin"), 0o755))
		}
		var got []string
		for _, found := range newestFirst(filepath.Join(dir, "*", "bin")) {
			got = append(got, filepath.Base(filepath.Dir(found)))
		}
		if want := []string{"18.4.0-beta.17", "18.4.0-beta.9", "18.4", "15", "9.6"}; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

func TestDefaultDir(t *testing.T) {
	t.Setenv("XDG_DATA_HOME", "/data/of/me")
	want := "/data/of/me/paygraph"
	if os.Geteuid() == 0 {
		want = "/var/lib/paygraph"
	}
	equal(t, "directory", DefaultDir(), want)
}
