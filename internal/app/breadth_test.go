package app_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"
	query "github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/paygraph/paygraph/graph/breadth"
	"github.com/paygraph/paygraph/graph/breadth/breadthtest"
	"github.com/paygraph/paygraph/graph/generated"
	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/config"
	"github.com/paygraph/paygraph/internal/pay"
)

// TestBreadthFirst proves that queries are answered to the byte alike by both ways of
// executing them: every query that stands in this repository's tests, examples and pages,
// and selections of everything that the schema offers, by callers of every role.
func TestBreadthFirst(t *testing.T) {
	t.Parallel()
	api, company := openDemo(t)
	gqlgen, levels := api.Another(t, app.WithExecutor(config.Gqlgen)), api.Another(t, app.WithExecutor(config.Breadth))
	payment := valueOf[string](t, api.Database.DB, "SELECT id::text FROM payments ORDER BY created_at DESC LIMIT 1")
	documents := slices.Concat(writtenQueries(t), everySelection())
	plans, planned := breadth.NewPlans(generated.BreadthBinding, nil), 0
	compared := map[pay.Role]int{}
	readers := demoReaders(t, api, company)
	if len(documents) < 300 {
		t.Fatalf("%d documents", len(documents))
	}
	for _, text := range documents {
		document, err := gqlparser.LoadQueryWithRules(schemaOfAPI(), text, rules.NewDefaultRules())
		if err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		vars := inventVariables(document.Operations[0], payment)
		if values, err := validator.VariableValues(schemaOfAPI(), document.Operations[0], vars); err == nil &&
			plans.Of(&graphql.OperationContext{Doc: document, Operation: document.Operations[0], Variables: values}) != nil {
			planned++
		}
		for role, reader := range readers {
			want := alike(t, gqlgen.Client(reader.Token()).Send(t, text, vars))
			if got := alike(t, levels.Client(reader.Token()).Send(t, text, vars)); got != want {
				t.Errorf("%s: got  %.1500s\nwant %.1500s\nfor %.500s", role, got, want, text)
			}
			compared[role]++
		}
	}
	t.Logf("%d documents, %d of them executed breadth first; compared by role: %v", len(documents), planned, compared)
	if planned < len(documents)*9/10 {
		t.Errorf("only %d of %d documents are executed breadth first", planned, len(documents))
	}
}

// alike is an answer without what differs between two of the same: the request's id, and
// the order of errors, which gqlgen has in the order in which goroutines end.
func alike(t *testing.T, answer apptest.Response) string {
	t.Helper()
	text := answer.Body
	if answer.RequestID != "" {
		text = strings.ReplaceAll(text, answer.RequestID, "…")
	}
	same, err := breadthtest.Alike([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return same
}

// inventVariables makes up values for the variables that must have one.
func inventVariables(operation *query.OperationDefinition, payment string) apptest.Vars {
	vars := apptest.Vars{}
	for _, v := range operation.VariableDefinitions {
		values := map[string]any{"Int": 3, "Int64": 300, "ID": "pay_" + payment, "String": "x", "Boolean": true, "CurrencyCode": "EUR", "CountryCode": "PT",
			"PaymentLookup": map[string]any{"id": "pay_" + payment}, "Scope": "PAYMENTS_READ"}
		value, ok := values[v.Type.Name()]
		if !ok || !v.Type.NonNull || v.DefaultValue != nil {
			continue
		}
		if v.Type.Elem != nil {
			value = []any{value}
		}
		vars[v.Variable] = value
	}
	return vars
}

// everySelection selects everything under every field of queries that needs no argument, as
// deep as the size of documents lets it.
func everySelection() (documents []string) {
	s := newSelector()
	for _, f := range own(s.schema.Query) {
		if slices.ContainsFunc(f.Arguments, func(a *query.ArgumentDefinition) bool { return a.Type.NonNull && a.DefaultValue == nil }) {
			continue
		}
		parts := s.parts(f.Type.Name())
		if len(parts) != 1 {
			continue
		}
		documents = append(documents, "{ "+s.field(s.schema.Query, f)+" { "+s.deep(f.Type.Name(), 1)+" } }",
			"{ "+s.field(s.schema.Query, f)+" { "+s.deep(f.Type.Name(), 2)+" } }")
		documents = append(documents, s.split("{ "+s.field(s.schema.Query, f)+" { ", " } }", parts[0], 4)...)
	}
	return slices.DeleteFunc(documents, func(text string) bool { return tokens(text) > mostTokens })
}

var fenced = regexp.MustCompile("(?s)```graphql\n(.*?)```")

// writtenQueries are the valid queries that stand in the repository's texts.
func writtenQueries(t *testing.T) []string {
	t.Helper()
	found := map[string]bool{}
	keep := func(text string) {
		document, err := gqlparser.LoadQueryWithRules(schemaOfAPI(), text, rules.NewDefaultRules())
		if err == nil && len(document.Operations) == 1 && document.Operations[0].Operation == query.Query {
			found[text] = true
		}
	}
	root := filepath.Join("..", "..")
	for _, pattern := range []string{"README.md", "docs/*.md", "internal/*/*.go", "internal/*/*/*.go", "graph/*.go", "graph/*/*_test.go", "examples/*/*.go", "examples/*/*/*.graphql",
		"internal/web/graphiql/page/*"} {
		paths, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				continue // a folder
			}
			switch filepath.Ext(path) {
			case ".md":
				for _, block := range fenced.FindAllStringSubmatch(string(text), -1) {
					keep(block[1])
				}
			case ".go":
				for _, literal := range literals(t, path) {
					keep(literal)
				}
			case ".graphql":
				keep(string(text))
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// literals are the texts of a Go file that could be a document.
func literals(t *testing.T, path string) (list []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING && strings.Contains(literal.Value, "{") {
			if text, err := strconv.Unquote(literal.Value); err == nil {
				list = append(list, text)
			}
		}
		return true
	})
	return list
}
