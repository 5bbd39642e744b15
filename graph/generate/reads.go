package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/format"
	"go/types"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/codegen"
	"github.com/99designs/gqlgen/codegen/templates"
	"golang.org/x/tools/go/ssa"
)

// Packages in which it is found what a field reads.
const (
	module     = "github.com/paygraph/paygraph/"
	inGraph    = module + "graph"
	inPage     = module + "graph/page"
	inModel    = module + "graph/model"
	inPay      = module + "internal/pay"
	inServices = module + "internal/service"
)

// narrowed are the structs of rows of which only the columns are read that are asked for.
var narrowed = []string{
	"Customer", "Discount", "Invoice", "Line", "Operation", "Order", "Payment", "PaymentAllocation",
	"PaymentEvent", "PaymentGateway", "PaymentMethod", "Refund", "Transaction",
}

// readsTable says which columns of rows are read for each field of the API.
type readsTable struct {
	program program
	// analysis is of all but what places rows, and placed of that too.
	analysis, placed *analysis
	columns          map[string][]string
	// placing are the functions that were left out because they place rows.
	placing map[*ssa.Function]bool
}

// writeReads writes the table of what fields read.
func writeReads(schema file) error {
	name := filepath.Join(schema.data.Config.Exec.Dir(), "reads.go")
	// The code that is looked into names the table.
	if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
		if err := save(name, nil); err != nil {
			return err
		}
	}
	table, err := newReadsTable()
	if err != nil {
		return err
	}
	if err := table.baseline(); err != nil {
		return err
	}
	for _, o := range schema.Objects() {
		if err := table.object(o.Object); err != nil {
			return fmt.Errorf("what is read of %s: %w", o.Name, err)
		}
	}
	table.cursors(schema.Objects())
	return save(name, table.columns)
}

// save writes the file of a table.
func save(name string, columns map[string][]string) error {
	return os.WriteFile(name, readsText(columns), 0o644) // #nosec G306 -- source code, which all may read
}

func newReadsTable() (*readsTable, error) {
	inside := []string{inGraph, inPage, inModel, inPay, inServices}
	p, err := loadProgram(inside...)
	if err != nil {
		return nil, err
	}
	t := &readsTable{program: p, columns: map[string][]string{}, placing: map[*ssa.Function]bool{}}
	t.analysis = t.looksInto(inside, func(f *ssa.Function) bool {
		if places(f) {
			t.placing[f] = true
			return true
		}
		return announces(f)
	})
	t.placed = t.looksInto(inside, announces)
	return t, nil
}

// looksInto is an analysis of packages, but for what is ignored.
func (t *readsTable) looksInto(inside []string, ignored func(*ssa.Function) bool) *analysis {
	a := newAnalysis(newRows(t.program.types[inPay], narrowed), inside...)
	a.ignored, a.passing = ignored, passesOn
	a.wired[inGraph], a.wired[inPage] = true, true // by resolvers
	return a
}

// places says whether a function tells the place of a row in a list, or makes such a function:
// cursors are made of places, and only where they are asked for.
func places(f *ssa.Function) bool {
	results := f.Signature.Results()
	if packageOf(f) != inGraph || results.Len() != 1 {
		return false
	}
	result := results.At(0).Type()
	if made, ok := result.Underlying().(*types.Signature); ok && made.Results().Len() == 1 {
		result = made.Results().At(0).Type()
	}
	of := named(result)
	return of != nil && of.Name() == "Position" && of.Pkg().Path() == inPay
}

// cursors notes what is read for them, of whichever list.
func (t *readsTable) cursors(objects []object) {
	columns := t.placed.needs(slices.Collect(maps.Keys(t.placing))...)
	for _, o := range objects {
		row, list := strings.CutSuffix(o.Name, "Connection")
		switch {
		case o.Name == "PageInfo":
			t.put(o.Name+".startCursor", columns)
			t.put(o.Name+".endCursor", columns)
		case list:
			t.put(o.Name+".edges", slices.DeleteFunc(slices.Clone(columns), func(c string) bool { return !strings.HasPrefix(c, row+".") }))
		}
	}
}

// announces says whether a function only tells loaders which keys are likely to be asked for.
// A key that was not read is not announced, and read when it is asked for: whoever asks needs
// it by itself.
func announces(f *ssa.Function) bool {
	receiver := f.Signature.Recv()
	if packageOf(f) != inGraph || receiver == nil || !strings.HasPrefix(f.Name(), "saw") {
		return false
	}
	of := named(receiver.Type())
	return of != nil && of.Name() == "loaders"
}

// passesOn says whether a function makes a row that was found the object of a field whose
// type is an interface or a union: which columns are read then is up to the object's fields.
func passesOn(f *ssa.Function) bool {
	return packageOf(f) == inGraph && f.Origin() != nil && f.Origin().Name() == "orNil"
}

// put notes what is read for a field, if anything is, beside what was noted.
func (t *readsTable) put(field string, columns []string) {
	if all := slices.Sorted(slices.Values(slices.Concat(t.columns[field], columns))); len(all) > 0 {
		t.columns[field] = slices.Compact(all)
	}
}

// object notes what is read for the fields of an object.
func (t *readsTable) object(o *codegen.Object) error {
	for _, f := range o.Fields {
		if f.IsReserved() {
			continue
		}
		columns, err := t.field(f)
		if err != nil {
			return err
		}
		t.put(o.Name+"."+f.Name, columns)
	}
	return nil
}

// field is what is read for a field: what its resolver, its method or its variable is.
func (t *readsTable) field(f *codegen.Field) ([]string, error) {
	if f.IsResolver {
		return t.resolver(f)
	}
	of, err := t.program.own(f.Object.Type)
	if err != nil {
		return nil, err
	}
	if f.IsVariable() {
		return t.analysis.variable(of, f.GoFieldName)
	}
	method, err := t.program.method(of, f.GoFieldName)
	if err != nil {
		return nil, err
	}
	return t.analysis.needs(method), nil
}

// resolver is what a field's resolver reads, which is a method of what the root of resolvers
// has for the field's object.
func (t *readsTable) resolver(f *codegen.Field) ([]string, error) {
	root := t.program.types[inGraph].Scope().Lookup("Resolver").Type()
	getter, err := t.program.method(root, templates.UcFirst(f.Object.Name))
	if err != nil {
		return nil, err
	}
	of, err := made(getter)
	if err != nil {
		return nil, err
	}
	method, err := t.program.method(of, f.GoFieldName)
	if err != nil {
		return nil, err
	}
	return t.analysis.needs(method), nil
}

// readsText is the file of the table.
func readsText(columns map[string][]string) []byte {
	var b bytes.Buffer
	fmt.Fprint(&b, `// Code generated by github.com/paygraph/paygraph/graph/generate, DO NOT EDIT.

package generated

import "github.com/paygraph/paygraph/graph/breadth"

// Reads says which columns of rows are read for each field of the API that a query reaches.
var Reads = breadth.Reads{
`)
	for _, field := range slices.Sorted(maps.Keys(columns)) {
		fmt.Fprintf(&b, "%q: {", field)
		for i, c := range columns[field] {
			if i > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, "%q", c)
		}
		b.WriteString("},\n")
	}
	b.WriteString("}\n")
	text, err := format.Source(b.Bytes())
	if err != nil {
		panic(err) // of text that is made here
	}
	return text
}
