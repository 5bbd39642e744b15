package app_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/gateway/sandbox"
)

// TestReadmeConfiguration proves that the README's table of environment
// variables is the program's own.
func TestReadmeConfiguration(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	table.WriteString("| variable | default | meaning |\n|---|---|---|\n")
	for _, v := range app.Variables() {
		fmt.Fprintf(&table, "| `%s` | %s | %s |\n", v.Name, v.Default, v.Meaning)
	}
	if !strings.Contains(string(readme), table.String()) {
		t.Errorf("the README lacks this table:\n%s", table.String())
	}
}

// TestReadmeOutcomes proves that the README's table of what the sandbox can do
// names every outcome and no other.
func TestReadmeOutcomes(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(readme), "| outcome | what happens |\n|---|---|\n")
	table, _, _ = strings.Cut(table, "\n\n")
	var named []string
	for row := range strings.SplitSeq(table, "\n") {
		for name := range strings.SplitSeq(strings.Split(row, "|")[1], ",") {
			named = append(named, strings.Trim(name, " `"))
		}
	}
	if want := sandbox.Outcomes(); !slices.Equal(slices.Sorted(slices.Values(named)), slices.Sorted(slices.Values(want))) {
		t.Errorf("the README names %q, want %q", named, want)
	}
}
