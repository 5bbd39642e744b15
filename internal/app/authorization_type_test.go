package app_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/paygraph/paygraph/internal/pay"
)

// TestAuthorizationOfTypes proves that testdata/authorization_types.txt says of every
// type of objects, with an id or without, whom the schema leads to one: a type that is
// new, and a field that leads somebody new to an old one, fails until somebody has decided.
func TestAuthorizationOfTypes(t *testing.T) {
	t.Parallel()
	listed, led := callersListed(t), callersLed(t)
	if len(led) < 90 {
		t.Errorf("the schema has only %d types of objects", len(led))
	}
	for name, callers := range led {
		if want, known := listed[name]; !known {
			t.Errorf("the list does not have %s, to which the schema leads %s", name, callers)
		} else if callers != want {
			t.Errorf("%s: the schema leads %s to it, the list says %s", name, callers, want)
		}
	}
	for name := range listed {
		if _, known := led[name]; !known {
			t.Errorf("the schema has no objects of the type %s", name)
		}
	}
}

// callersListed reads who may come to a type, by the type's name: a line that begins at
// the margin has callers, the indented ones after it their types.
func callersListed(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("testdata/authorization_types.txt")
	if err != nil {
		t.Fatal(err)
	}
	listed, callers := map[string]string{}, ""
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		if !strings.HasPrefix(line, " ") {
			callers = strings.TrimSpace(line)
			continue
		}
		for _, name := range strings.Fields(line) {
			if _, twice := listed[name]; twice || callers == "" {
				t.Errorf("the list has %s twice, or without callers", name)
			}
			listed[name] = callers
		}
	}
	return listed
}

// callersLed are whom the schema's fields lead to a type, by the type's name. What node
// gives is told by the table of operations: its field alone would lead everybody to
// everything.
func callersLed(t *testing.T) map[string]string {
	t.Helper()
	all := map[string][]string{}
	for name, definition := range apiSchema().Types {
		if definition.Kind == ast.Object && !definition.BuiltIn && !slices.Contains(rootTypes(), definition) {
			all[name] = nil
		}
	}
	table := authorizationTable(t)
	for _, p := range principals {
		if p.role == "" || p.environment == pay.Sandbox || p.company == 'B' || p.customer > 1 {
			continue // as others, of other objects
		}
		var from []string
		for _, root := range rootTypes() {
			from = append(from, root.Name)
		}
		for _, row := range table {
			if name, ok := strings.CutPrefix(row.name, "node:"); ok && strings.Contains(row.cells[p.code], "A") {
				from = append(from, name)
			}
		}
		for _, name := range ledTo(from, func(f *ast.FieldDefinition) bool { return f.Type.Name() != "Node" && admits(f, p) }) {
			if callers, known := all[name]; known {
				all[name] = append(callers, strings.TrimSuffix(p.code, "L"))
			}
		}
	}
	led := map[string]string{}
	for name, callers := range all {
		led[name] = strings.Join(callers, " ")
	}
	return led
}
