package app_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
)

// TestSchemaStyle proves the two rules of the linter that changes of the schema break most
// easily, where no npm is there to run it: each type has an id or is listed, in the linter's
// own settings, as one that has none, and descriptions are one line.
func TestSchemaStyle(t *testing.T) {
	t.Parallel()
	settings, err := os.ReadFile("../../.ci/schemalint/eslint.config.js")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(settings), "const values = [")
	list, _, ended := strings.Cut(list, "\n];")
	list = regexp.MustCompile(`(?m)//.*$`).ReplaceAllString(list, "")
	var values []string
	for _, quoted := range regexp.MustCompile(`'(\w+)'`).FindAllStringSubmatch(list, -1) {
		values = append(values, quoted[1])
	}
	suffixes := regexp.MustCompile(`(Connection|Edge|Error|Payload)$`)
	if !ended || len(values) < 20 || !strings.Contains(string(settings), "suffixes: ['Connection', 'Edge', 'Error', 'Payload']") {
		t.Fatalf("the linter's settings are written otherwise; it lists %q", values)
	}
	roots := []*ast.Definition{apiSchema().Query, apiSchema().Mutation, apiSchema().Subscription}
	for name, d := range apiSchema().Types {
		if d.Kind != ast.Object || d.BuiltIn || slices.Contains(roots, d) || suffixes.MatchString(name) {
			continue
		}
		id := d.Fields.ForName("id")
		if hasID := id != nil && id.Type.String() == "ID!"; hasID == slices.Contains(values, name) {
			t.Errorf("%s has an id and is listed as a value, or neither", name)
		}
	}
	for _, name := range values {
		if apiSchema().Types[name] == nil {
			t.Errorf("the linter's settings list %s, which the schema does not have", name)
		}
	}
	schema, err := os.ReadFile("../../schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(string(schema), "\n") {
		if strings.Contains(line, `"""`) {
			t.Errorf("line %d of the schema has a description in several lines", i+1)
		}
	}
}
