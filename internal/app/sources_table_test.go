package app_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/paygraph/paygraph/internal/pay"
)

// notYet is what docs/sources.md names and the schema does not have yet. An
// entry must go as soon as the schema has it.
var notYet []string

// sourceKinds are the kinds of names, in the order of sourceCounts.
var sourceKinds = []string{"field", "value", "operation", "parameter", "error", "rule"}

// sourceRow is a row of docs/sources.md: a name of a source and where it is here.
type sourceRow struct {
	source, kind, name string
	here               []string
	note               string
}

// missing tells what of the row's references is not in the schema.
func (r sourceRow) missing(t *testing.T) (names []string) {
	t.Helper()
	for _, ref := range r.here {
		if !known(t, ref) {
			names = append(names, ref)
		}
	}
	return names
}

var quoted = regexp.MustCompile("`([^`]+)`")

// sourceRows reads the tables.
func sourceRows(t *testing.T) (rows []sourceRow) {
	t.Helper()
	page, err := os.ReadFile("../../docs/sources.md")
	if err != nil {
		t.Fatal(err)
	}
	source := ""
	for line := range strings.SplitSeq(string(page), "\n") {
		if title, ok := strings.CutPrefix(line, "## "); ok {
			source, _, _ = strings.Cut(title, ":")
		}
		cells := strings.Split(line, " | ")
		if !strings.HasPrefix(line, "| ") || cells[0] == "| kind" {
			continue
		}
		if len(cells) != 4 || source == "" {
			t.Fatalf("not a row of four cells under a source: %s", line)
		}
		row := sourceRow{source: source, kind: strings.TrimPrefix(cells[0], "| "), name: strings.Trim(cells[1], "`"), note: strings.TrimSuffix(cells[3], "|")}
		for _, found := range quoted.FindAllStringSubmatch(cells[2], -1) {
			row.here = append(row.here, found[1])
		}
		rows = append(rows, row)
	}
	return rows
}

// known reports whether a reference names a type, a field, an argument, an
// input field or an enum value of the schema, a code of a request's errors, or a
// header.
func known(t *testing.T, ref string) bool {
	t.Helper()
	if strings.HasPrefix(ref, "HTTP ") {
		return true
	}
	if code, ok := strings.CutPrefix(ref, "extensions.code:"); ok {
		for _, path := range []string{"../../graph/errors.go", "../../graph/guard/guard.go"} {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(text), `= "`+code+`"`) {
				return true
			}
		}
		return false
	}
	ref, argument, hasArgument := strings.Cut(strings.TrimSuffix(ref, ")"), "(")
	typeName, member, hasMember := strings.Cut(ref, ".")
	definition := apiSchema().Types[typeName]
	if definition == nil || !hasMember {
		return definition != nil && !hasArgument
	}
	if definition.Kind == ast.Enum {
		return !hasArgument && definition.EnumValues.ForName(member) != nil
	}
	field := definition.Fields.ForName(member)
	return field != nil && (!hasArgument || field.Arguments.ForName(argument) != nil)
}

// TestKnown proves that a name which the schema lacks is noticed.
func TestKnown(t *testing.T) {
	t.Parallel()
	for _, ref := range []string{"Payment", "Payment.id", "PaymentStatus.PAID", "PaymentFilter.orderIds", "Query.payments(first)", "Customer.payments(after)", "extensions.code:FORBIDDEN", "extensions.code:COST_LIMIT"} {
		if !known(t, ref) {
			t.Errorf("%s is in the schema", ref)
		}
	}
	for _, ref := range []string{"", "Payments", "Payment.ids", "PaymentStatus.COMPLETED", "PaymentFilter.order", "Query.payments(limit)", "Payment.id(x)", "Payment(x)", "PaymentStatus.PAID(x)", "extensions.code:TEAPOT"} {
		if known(t, ref) {
			t.Errorf("%q is not in the schema", ref)
		}
	}
}

// TestSourceTables proves that docs/sources.md says of every name of every source
// where it is, and names nothing that is not there.
func TestSourceTables(t *testing.T) {
	t.Parallel()
	rows := sourceRows(t)
	named, waiting := map[string][]string{}, map[string]bool{}
	for _, row := range rows {
		place := row.source + " " + row.kind
		named[place] = append(named[place], row.name)
		if len(row.here) == 0 {
			t.Errorf("%s %s is nowhere", place, row.name)
		}
		for _, ref := range row.missing(t) {
			waiting[ref] = true
			if !slices.Contains(notYet, ref) {
				t.Errorf("%s %s: the schema has no %s", place, row.name, ref)
			}
		}
	}
	for _, ref := range notYet {
		if !waiting[ref] {
			t.Errorf("%s is in the schema, or in no row: delete it from notYet", ref)
		}
	}
	for source, kinds := range sourceNames {
		for i, kind := range sourceKinds {
			want := strings.Split(kinds[kind], "\n")
			if kinds[kind] == "" {
				want = nil
			}
			if len(want) != sourceCounts[source][i] {
				t.Errorf("%d names of kind %s in %s, want %d", len(want), kind, source, sourceCounts[source][i])
			}
			if got := named[source+" "+kind]; !slices.Equal(got, want) {
				t.Errorf("the table of %s has of kind %s\n%q, want\n%q", source, kind, got, want)
			}
			delete(named, source+" "+kind)
		}
	}
	if len(named) > 0 {
		t.Errorf("rows of an unknown source or kind: %v", named)
	}
	t.Log(countMapped(t, rows))
}

// countMapped says for each kind how many names are in the schema.
func countMapped(t *testing.T, rows []sourceRow) string {
	t.Helper()
	var text strings.Builder
	for _, kind := range sourceKinds {
		mapped, left := 0, 0
		for _, row := range rows {
			switch {
			case row.kind != kind:
			case len(row.missing(t)) > 0:
				left++
			default:
				mapped++
			}
		}
		fmt.Fprintf(&text, "%s: %d mapped, %d not yet; ", kind, mapped, left)
	}
	return text.String()
}

// secondWords are words for a state of which a source has another one, too, that
// is emitted.
var secondWords = []string{"S1 completed"}

// TestSourceStatuses proves that a status of a source which the tables map to a
// headline is the word that the headline has in that source.
func TestSourceStatuses(t *testing.T) {
	t.Parallel()
	checked := 0
	for _, row := range sourceRows(t) {
		status, ok := strings.CutPrefix(row.here[0], "PaymentStatus.")
		if !ok || slices.Contains(secondWords, row.source+" "+row.name) {
			continue
		}
		checked++
		payment := pay.Payment{Status: pay.PaymentStatus(status), RefundStatus: "NONE"}
		attempt := pay.Transaction{CapturedMinor: 1, AutoCapture: row.name != "captured"}
		if got := payment.StatusAs(pay.StatusVocabulary(row.source), []pay.Transaction{attempt}); got != row.name {
			t.Errorf("%s is %q in %s, the table says %q", status, got, row.source, row.name)
		}
	}
	if checked < 30 {
		t.Errorf("only %d statuses were found in the tables", checked)
	}
}

var exampleLink = regexp.MustCompile(`\[([a-z0-9-]+)\]\(\.\./(examples/sources/s[0-4]/([a-z0-9-]+)\.graphql)\)`)

// TestSourceOperations proves that every operation of a source has an example,
// and that every example belongs to an operation.
func TestSourceOperations(t *testing.T) {
	t.Parallel()
	linked := map[string]bool{}
	for _, row := range sourceRows(t) {
		links := exampleLink.FindAllStringSubmatch(row.note, -1)
		if row.kind == "operation" && len(links) == 0 && len(row.missing(t)) == 0 {
			t.Errorf("%s %s has no example", row.source, row.name)
		}
		for _, link := range links {
			linked[link[2]] = true
			if link[1] != link[3] || !strings.Contains(link[2], strings.ToLower(row.source)) {
				t.Errorf("%s %s: odd link %s", row.source, row.name, link[0])
			}
		}
	}
	examples, err := filepath.Glob("../../examples/sources/*/*.graphql")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range examples {
		name := strings.TrimPrefix(path, "../../")
		if !linked[name] {
			t.Errorf("%s belongs to no operation", name)
		}
		delete(linked, name)
	}
	if len(linked) > 0 {
		t.Errorf("no such examples: %v", linked)
	}
}
