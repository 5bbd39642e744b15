package app_test

import (
	"maps"
	"os"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/store"
)

// TestVerify proves that the command prints every invariant with its count, and exits
// with 1 when one is broken.
func TestVerify(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	if _, err := api.App.MakeDemo(t.Context()); err != nil {
		t.Fatal(err)
	}
	c := newCommand(t)
	c.env["DATABASE_URL"] = api.Database.URL
	code, stdout, stderr := c.run(t.Context(), "verify")
	if lines := strings.Count(stdout, "\n"); code != 0 || lines != len(store.Invariants()) || strings.Count(stdout, "\n0  ")+1 != lines {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	if _, err := api.Database.DB.Exec("UPDATE transactions SET charged_back_minor = 7 WHERE captured_minor > 0"); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr = c.run(t.Context(), "verify")
	if code != 1 || !strings.Contains(stderr, "broken invariants: ") || !strings.Contains(stderr, "the books say of each gateway") || strings.Contains(stdout, "\n0  the books say of each gateway") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
}

// TestVerifyMakesNothing proves that a database which is not there, or not as this
// program needs it, is no clean bill: exit code 2, and nothing is made.
func TestVerifyMakesNothing(t *testing.T) {
	t.Parallel()
	c := newCommand(t)
	for name, change := range map[string]func(command){
		"out of reach": func(c command) {
			c.env["DATABASE_URL"] = "host=127.0.0.1 port=1 user=nobody dbname=none sslmode=disable"
		},
		"no data":          func(c command) { c.env["DATABASE_URL"], c.env["PAYGRAPH_DATA_DIR"] = "", t.TempDir() },
		"without a schema": func(c command) { c.env["DATABASE_URL"] += " options='-csearch_path=elsewhere'" },
	} {
		other := command{env: maps.Clone(c.env)}
		change(other)
		code, stdout, stderr := other.run(t.Context(), "verify")
		if code != 2 || stdout != "" || stderr == "" {
			t.Errorf("%s: exit %d: %s%s", name, code, stdout, stderr)
		}
		if dir := other.env["PAYGRAPH_DATA_DIR"]; dir != "" {
			if made, err := os.ReadDir(dir); err != nil || len(made) > 0 {
				t.Errorf("%s: made %v, %v", name, made, err)
			}
		}
	}
}
