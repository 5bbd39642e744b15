package app_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/config"
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
	for _, v := range config.Table() {
		fmt.Fprintf(&table, "| `%s` | %s | %s |\n", v.Name, v.Default, v.Meaning)
	}
	if !strings.Contains(string(readme), table.String()) {
		t.Errorf("the README lacks this table:\n%s", table.String())
	}
}
