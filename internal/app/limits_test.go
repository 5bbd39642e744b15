package app_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/graph/guard"
)

// TestLimitsAreWritten proves that the page for callers has the limits that hold.
func TestLimitsAreWritten(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/requests.md")
	if err != nil {
		t.Fatal(err)
	}
	for of, limit := range map[string]int{"bytes | the document": guard.MaxDocument, "tokens |": guard.MaxTokens, "bytes | a name": guard.MaxName, "names | one field": guard.MaxAliases, "fragments |": guard.MaxFragments, "braces |": guard.MaxNesting, "directives |": guard.MaxDirectives,
		"fields | one pair": guard.MaxSelections, "fields | an operation": guard.MaxRoots, "objects | objects in": guard.MaxDepth, "fields | all": guard.MaxExpanded, "pairs |": guard.MaxPairs, "variables |": guard.MaxVariables,
		"deep |": guard.MaxValueDepth, "lists |": guard.MaxTypeDepth, "items |": guard.MaxList, "bytes | a text": guard.MaxText, "digits |": guard.MaxNumber, "values |": guard.MaxJSONValues} {
		if line := fmt.Sprintf("\n| %d %s", limit, of); !strings.Contains(string(page), line) {
			t.Errorf("docs/requests.md has no line that begins with %q", line)
		}
	}
}
