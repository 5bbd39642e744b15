package app_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// source is a parsed file of the program.
type source struct {
	files *token.FileSet
	name  string
	file  *ast.File
}

// sourcesOf parses the files of a package that are no tests.
func sourcesOf(t *testing.T, folder string) (list []source) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("..", "..", folder, "*.go"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no files in %s: %v", folder, err)
	}
	for _, path := range paths {
		if !strings.HasSuffix(path, "_test.go") {
			list = append(list, parseSource(t, path, nil))
		}
	}
	return list
}

func parseSource(t *testing.T, path string, text any) source {
	t.Helper()
	s := source{files: token.NewFileSet(), name: filepath.Base(path)}
	var err error
	if s.file, err = parser.ParseFile(s.files, path, text, 0); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s source) at(n ast.Node, format string, args ...any) string {
	return fmt.Sprintf("%s:%d: %s", s.name, s.files.Position(n.Pos()).Line, fmt.Sprintf(format, args...))
}

// called is the name of the function or method that an expression calls, or "".
func called(n ast.Node) string {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return ""
	}
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// calls says whether anything in n calls one of these names.
func calls(n ast.Node, names ...string) (found bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		found = found || slices.Contains(names, called(n))
		return !found
	})
	return found
}

var (
	writes    = regexp.MustCompile(`(?is)^[\x60"]\s*(WITH\b.*\b(INSERT INTO|UPDATE|DELETE FROM)\b|INSERT\b|UPDATE\b|DELETE\b|TRUNCATE\b|MERGE\b|COPY\b)`)
	executing = []string{"Exec", "ExecContext", "MustExec", "MustExecContext", "NamedExec", "NamedExecContext"}
	// pooled are the functions that may use the pool itself: it begins transactions,
	// reads where there is none, is pinged, and verifies in transactions that only read.
	pooled = []string{"New", "runTx", "reader", "Ping", "Violations"}
)

// loneWrites are the places of the store that could write outside a transaction.
func loneWrites(s source) (faults []string) {
	for _, declaration := range s.file.Decls {
		f, ok := declaration.(*ast.FuncDecl)
		if !ok {
			ast.Inspect(declaration, func(n ast.Node) bool {
				if text, ok := n.(*ast.BasicLit); ok && writes.MatchString(text.Value) {
					faults = append(faults, s.at(n, "a statement that writes stands outside the function that sends it"))
				}
				return true
			})
			continue
		}
		faults = append(faults, s.loneWritesIn(f)...)
	}
	return faults
}

func (s source) loneWritesIn(f *ast.FuncDecl) (faults []string) {
	transactions := map[string]bool{} // names of what writer returned
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if name, ok := n.Lhs[0].(*ast.Ident); ok && called(n.Rhs[0]) == "writer" {
				transactions[name.Name] = true
			}
		case *ast.BasicLit:
			if writes.MatchString(n.Value) && (!calls(f, "writer", "writeOne") || calls(f, "reader")) {
				faults = append(faults, s.at(n, "a statement that writes is sent otherwise than by writer"))
			}
		case *ast.SelectorExpr:
			if n.Sel.Name == "db" && !slices.Contains(pooled, f.Name.Name) {
				faults = append(faults, s.at(n, "%s uses the pool itself", f.Name.Name))
			}
		case *ast.CallExpr:
			method, ok := n.Fun.(*ast.SelectorExpr)
			if !ok || !slices.Contains(executing, method.Sel.Name) {
				break
			}
			name, isName := method.X.(*ast.Ident)
			if called(method.X) != "writer" && !(isName && transactions[name.Name]) {
				faults = append(faults, s.at(n, "%s is called on something else than writer", method.Sel.Name))
			}
		}
		return true
	})
	return faults
}

// connectorMethods are the methods of connectors that may call out.
func connectorMethods(sources []source) (names []string) {
	for _, s := range sources {
		ast.Inspect(s.file, func(n ast.Node) bool {
			of, ok := n.(*ast.InterfaceType)
			if !ok {
				return true
			}
			for _, m := range of.Methods.List {
				f, ok := m.Type.(*ast.FuncType)
				if ok && len(f.Params.List) > 0 && isContext(f.Params.List[0].Type) {
					names = append(names, m.Names[0].Name)
				}
			}
			return true
		})
	}
	return names
}

func isContext(e ast.Expr) bool {
	s, ok := e.(*ast.SelectorExpr)
	return ok && s.Sel.Name == "Context"
}

// sends is the method of the service's work that may call a connector, because it is
// only used inside Service.call.
const sends = "send"

// loneCalls are the places of the service that call a connector past Service.call,
// which gives the call its deadline and refuses it inside a transaction.
func loneCalls(s source, methods []string) (faults []string) {
	methods = append(slices.Clone(methods), sends)
	for _, declaration := range s.file.Decls {
		f, ok := declaration.(*ast.FuncDecl)
		if !ok || f.Name.Name == sends {
			continue
		}
		inside := map[ast.Node]bool{} // functions that are handed to call, or to asked, which hands them on
		ast.Inspect(f, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && (called(call) == "call" || called(call) == "asked") {
				for _, a := range call.Args {
					inside[a] = true
				}
			}
			if inside[n] {
				return false
			}
			call, ok := n.(*ast.CallExpr)
			if !ok || !slices.Contains(methods, called(n)) || len(call.Args) == 0 {
				return true
			}
			if _, method := call.Fun.(*ast.SelectorExpr); !method {
				return true
			}
			if name, ok := call.Args[0].(*ast.Ident); ok && name.Name == "ctx" {
				faults = append(faults, s.at(n, "%s is called outside Service.call", called(n)))
			}
			return true
		})
	}
	return faults
}

// TestProtocol proves by the source that nothing is written outside a transaction,
// where the driver could repeat a statement whose answer was lost, and that no
// connector is called but by Service.call.
func TestProtocol(t *testing.T) {
	t.Parallel()
	methods := connectorMethods(sourcesOf(t, "internal/gateway"))
	if !slices.Contains(methods, "Charge") || !slices.Contains(methods, "Refund") || !slices.Contains(methods, "Lookup") {
		t.Fatalf("the methods of connectors are %v", methods)
	}
	for _, s := range slices.Concat(sourcesOf(t, "internal/store"), sourcesOf(t, "internal/service")) {
		if s.name == "prepare.go" || s.name == "telling.go" { // below the transactions: they are the driver
			continue
		}
		for _, fault := range append(loneWrites(s), loneCalls(s, methods)...) {
			t.Error(fault)
		}
	}
	for code, want := range map[string]string{
		`func (s *Store) A(ctx C) { s.db.ExecContext(ctx, q) }`:                                                               "pool itself",
		`func (s *Store) B(ctx C) { s.reader(ctx).GetContext(ctx, &x, "UPDATE a SET b = 1 RETURNING c") }`:                    "otherwise than by writer",
		"func (s *Store) C(ctx C) { s.reader(ctx).GetContext(ctx, &x, `\n\tWITH y AS (INSERT INTO a VALUES (1)) SELECT 1`) }": "otherwise than by writer",
		`func (s *Store) D(ctx C) { tx := s.other(ctx); tx.ExecContext(ctx, q) }`:                                             "something else than writer",
		`const e = "DELETE FROM a"`:                               "outside the function",
		`func (s *Service) F(ctx C) { w.charger.Charge(ctx, r) }`: "outside Service.call",
		`func (s *Service) G(ctx C) { s.call(ctx, c, func(ctx C) error { return nil }); c.(gateway.Refunder).Refund(ctx, r) }`:                    "outside Service.call",
		`func (s *Service) I(ctx C) { s.told(ctx, c, "refund", func(ctx C) (string, error) { return "", c.(gateway.Refunder).Refund(ctx, r) }) }`: "outside Service.call",
		`func (s *Service) H(ctx C) { w.send(ctx) }`: "outside Service.call",
	} {
		s := parseSource(t, "example.go", "package example\n"+code)
		if faults := append(loneWrites(s), loneCalls(s, methods)...); !strings.Contains(strings.Join(faults, "\n"), want) {
			t.Errorf("%s: found %q, want %q", code, faults, want)
		}
	}
	fine := parseSource(t, "example.go", "package example\n"+`func (s *Store) A(ctx C) { tx := s.writer(ctx); tx.ExecContext(ctx, "INSERT INTO a"); s.writer(ctx).ExecContext(ctx, "UPDATE a") }
		func (s *Service) B(ctx C) { s.call(ctx, c, func(ctx C) error { return c.Charge(ctx, r) }); state.Void(id, t) }`)
	if faults := append(loneWrites(fine), loneCalls(fine, methods)...); len(faults) > 0 {
		t.Errorf("what is right is refused: %q", faults)
	}
}
