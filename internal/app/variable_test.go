package app_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app"
)

// variableName is what names of environment variables of this program look like.
// PG_… is not PG…: those are lib/pq's own, and OTEL_TRACES_… are OpenTelemetry's.
var variableName = regexp.MustCompile(`^(PAYGRAPH|DATABASE|XDG|PG|OTEL_EXPORTER)_[A-Z_]+$`)

// TestVariablesAreListed proves that the program reads no environment variable
// that its table leaves out: none stands in its source.
func TestVariablesAreListed(t *testing.T) {
	t.Parallel()
	listed := map[string]bool{}
	for _, v := range app.Variables() {
		listed[v.Name] = false
	}
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		switch name := entry.Name(); {
		case err != nil:
			return err
		case entry.IsDir() && (name == "examples" || name == "pgtest" || name == "chaos" || name == "testdata" || name == "generated"):
			return fs.SkipDir // other programs, tests, and what is made by a machine
		case !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || strings.HasSuffix(path, "internal/app/main.go"):
			return nil // the last one holds the table
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			literal, ok := n.(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING {
				return true
			}
			name, err := strconv.Unquote(literal.Value)
			if err != nil || !variableName.MatchString(name) || name == "PG_VERSION" { // a file of a cluster
				return true
			}
			if _, ok := listed[name]; !ok {
				t.Errorf("%s reads %s, which is in no table", path, name)
			}
			listed[name] = true
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, found := range listed {
		if !found {
			t.Errorf("%s is in the table and nowhere in the source", name)
		}
	}
}
