package app_test

import (
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/pay"
)

// tryUntouched proves those cells of a principal that have one of the letters and change
// nothing, and says how many there were.
func (s stage) tryUntouched(t *testing.T, p principal, rows []triedRow, letters string) (cells int64) {
	t.Helper()
	untouched(t, s.api, func() {
		for letter := range strings.SplitSeq(letters, "") {
			for _, b := range s.batches(t, p, letter, rows) {
				cells += int64(len(b))
				s.assertAnswer(t, p, letter, b)
			}
		}
	})
	return cells
}

// assertAnswer fails the test unless the principal is told what the letter says, and is
// shown the objects only where they may be.
func (s stage) assertAnswer(t *testing.T, p principal, letter string, b batch) {
	t.Helper()
	document, variables := b.document(t)
	got := s.clients[p.code].Send(t, document, variables)
	switch letter {
	case "U":
		assertUnauthenticated(t, got)
	case "F":
		b.assertForbidden(t, got)
	case "-", "R":
		want := s.clients[p.code].Send(t, document, s.ofNothing(t, p, variables))
		b.assertAbsent(t, letter, b.parts(t, got), b.parts(t, want))
	case "A":
		for i, part := range b.parts(t, got) {
			if strings.Contains(part, `"code"`) || !strings.Contains(part, b[i].shows) {
				t.Errorf("A for %s: %s", b[i].name, part)
			}
		}
		return
	}
	for _, r := range b {
		if r.shows != "" && strings.Contains(got.Body, r.shows) || strings.Contains(got.Body, targetMark) {
			t.Errorf("%s for %s shows something: %s", letter, r.name, got.Body)
		}
	}
}

// assertForbidden fails the test unless each row of the batch is FORBIDDEN and nothing
// else is said.
func (b batch) assertForbidden(t *testing.T, got apptest.Response) {
	t.Helper()
	refused := map[any]int{}
	for _, e := range got.Errors {
		if e.Extensions.Code == "FORBIDDEN" && e.Message == "The credential does not permit this." && len(e.Path) > 0 {
			refused[e.Path[0]]++
		}
	}
	for i, r := range b {
		if refused[nameIn(i)] != 1 || len(got.Errors) != len(b) || got.Status != 200 {
			t.Errorf("F for %s: status %d: %s", r.name, got.Status, got.Body)
		}
	}
}

// assertAbsent fails the test unless what is said of each object is what is said of
// nothing; wants are the latter.
func (b batch) assertAbsent(t *testing.T, letter string, parts, wants []string) {
	t.Helper()
	for i, r := range b {
		refused, absent := strings.Contains(parts[i], `"code":`), strings.Contains(parts[i], `"code":"NOT_FOUND"`)
		if refused && absent != (letter == "-") || !refused && (letter == "R" || r.writes) {
			t.Errorf("%s for %s: %s", letter, r.name, parts[i])
		}
		if parts[i] != wants[i] {
			t.Errorf("%s for %s: %s\n\tand for what is absent: %s", letter, r.name, parts[i], wants[i])
		}
	}
}

// tryWriting proves for one operation the cells of those who may do it, and says how
// many there were.
func (s stage) tryWriting(t *testing.T, r triedRow) (cells int64) {
	t.Helper()
	inputs := map[string]apptest.Vars{}
	for _, p := range principals {
		if r.cell(p, s.environment) == "A" {
			inputs[p.code] = s.writes[r.name](r.inputFor(p.code))
		}
	}
	document := documentOf(t, r.field(), r.selection)
	before := tenantContents(t, s.api)
	for _, p := range principals {
		if input, may := inputs[p.code]; may {
			cells++
			before = s.assertDone(t, p, document, input, before, asksOutside[r.field()])
		}
	}
	return cells
}

// asksOutside are the mutations that keep nothing: they ask somebody outside.
var asksOutside = map[string]bool{"checkPaymentGateway": true}

// assertDone fails the test unless the operation is done, in the caller's tenant only.
// It is told what tenants had before, and says what they have after.
func (s stage) assertDone(t *testing.T, p principal, document string, input apptest.Vars, before map[holding]string, asks bool) map[holding]string {
	t.Helper()
	got := s.clients[p.code].Send(t, document, input)
	if !allowed(got) {
		t.Errorf("A for %s: status %d: %s", p.code, got.Status, got.Body)
	}
	changed, after := 0, tenantContents(t, s.api)
	for held, sum := range after {
		if before[held] == sum {
			continue
		}
		changed++
		_, there := before[held]
		// What changes of a company is told in both of its environments.
		told := held == (holding{"audit_entries", s.beside[p.code]}) && before[holding{"companies", ""}] != after[holding{"companies", ""}]
		if held.tenant != s.tenants[p.code] && held.tenant != "" && (there || p.role != pay.RoleOperator) && !told {
			t.Errorf("A for %s changes %s of another tenant", p.code, held.table)
		}
	}
	if (changed == 0) != asks {
		t.Errorf("A for %s changes %d tables: %s", p.code, changed, got.Body)
	}
	return after
}
