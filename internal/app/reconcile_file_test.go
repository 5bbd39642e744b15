package app_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/pay"
)

// settlementFile writes a file for the command.
func settlementFile(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "settled.csv")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestReconcileFile proves that the command says of every row what it came to, and
// by its exit code whether a person must look; that a file with a bad row is not
// sent, and that all its faults are named with their lines.
func TestReconcileFile(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	payment, good := s.paidAt(t, "good", 8000)
	_, short := s.paidAt(t, "short", 2000)
	c := newCommand(t)
	c.env["DATABASE_URL"] = s.api.Database.URL
	run := func(gateway, text string) (int, string, string) {
		return c.run(t.Context(), "reconcile", "--company", "acme", "--environment", "sandbox", "--gateway", gateway, settlementFile(t, text))
	}
	const header = "external_id,amount,currency,fee,settled_on\n"
	clean := "\ufeffsettled_on,external_id,currency,fee,amount\r\n2026-03-04," + good + ",EUR,1.42,80.00\r\n"
	for range 2 { // the same file is the same request
		code, stdout, stderr := run(s.sandbox, clean)
		if code != 0 || stderr != "" || !strings.Contains(stdout, "CONFIRMED  "+payment) || !strings.Contains(stdout, "1 rows: 1 confirmed, 0 known before, 0 waiting, 0 at odds, 0 without a payment") {
			t.Errorf("clean: exit %d, %q, %q", code, stdout, stderr)
		}
	}
	code, stdout, stderr := run(s.sandbox, header+good+",80,EUR,,2026-03-04\n\n"+short+",19.99,EUR,0,2026-03-04\nnobody,1,JPY,,2026-03-04\n")
	if code != 1 || !strings.Contains(stderr, "a person must look at: 2") || !strings.Contains(stdout, "3 rows: 0 confirmed, 1 known before, 0 waiting, 1 at odds, 1 without a payment") {
		t.Errorf("with faults: exit %d, %q, %q", code, stdout, stderr)
	}
	for _, row := range []string{"\n4     " + short, "\n5     nobody"} {
		if !strings.Contains(stdout, row) {
			t.Errorf("no row %q in %s", row, stdout)
		}
	}
	untouched(t, s.api, func() {
		bad := header + good + ",80,EUR,,2026-03-05\nx,8.001,EUR,,2026-03-04\n,1,EUR,,2026-03-04\nx,0,EUR,,2026-03-04\nx,1,EURO,,2026-03-04\nx,1,EUR,-1,2026-03-04\n" +
			"x,1,EUR,,04.03.2026\nx,1,EUR\n4111 1111 1111 1111,1,EUR,,2026-03-04\nx,1,EUR,,2999-03-04\n\"torn,1\n"
		code, stdout, stderr := run(s.sandbox, bad)
		if code != 2 || stdout != "" || !strings.Contains(stderr, "nothing was sent: faults: 10") || strings.Contains(stderr, "4111") {
			t.Errorf("bad rows: exit %d, %q, %q", code, stdout, stderr)
		}
		for line, fault := range map[int]string{3: "amount", 4: "external_id", 5: "amount", 6: "currency", 7: "fee", 8: "settled_on", 9: "3 fields", 10: "external_id: card", 11: "settled_on"} {
			if !strings.Contains(stderr, fmt.Sprintf("line %d: %s", line, fault)) {
				t.Errorf("line %d is not named with %s: %s", line, fault, stderr)
			}
		}
		for fault, text := range map[string]string{"the header must name": "id,amount\n", "no header": "", "has no rows": header} {
			if code, stdout, stderr := run(s.sandbox, text); code != 2 || stdout != "" || !strings.Contains(stderr, fault) {
				t.Errorf("%s: exit %d, %q, %q", fault, code, stdout, stderr)
			}
		}
		if code, _, stderr := run(absent(pay.KindGateway), clean); code != 2 || !strings.Contains(stderr, "--gateway: There is no such gateway") {
			t.Errorf("no gateway: exit %d, %q", code, stderr)
		}
	})
	for line, want := range map[string]string{"reconcile": "--company is missing", "reconcile --company acme": "--gateway is missing", "reconcile --company acme --gateway x": "exactly one file",
		"reconcile --nonsense": "Usage: paygraph reconcile", "reconcile --company acme --gateway x a.csv b.csv": "exactly one file"} {
		if code, stdout, stderr := c.run(t.Context(), strings.Fields(line)...); code != 2 || stdout != "" || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit %d, %q, %q", line, code, stdout, stderr)
		}
	}
	if code, _, stderr := c.run(t.Context(), "reconcile", "--company", "acme", "--gateway", "x", "/no/such/file"); code != 2 || !strings.Contains(stderr, "no such file") {
		t.Errorf("no file: exit %d, %q", code, stderr)
	}
}
