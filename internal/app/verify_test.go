package app_test

import (
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
	if code != 1 || !strings.Contains(stderr, "broken invariants: ") || !strings.Contains(stderr, "the books say of each payment") || strings.Contains(stdout, "\n0  the books say of each") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
}
