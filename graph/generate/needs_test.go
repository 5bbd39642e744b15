package main

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/ssa"
)

// testRows is the package of functions that are analysed in tests.
const testRows = "github.com/paygraph/paygraph/graph/generate/testdata/rows"

func testAnalysis(t *testing.T) (program, *analysis) {
	t.Helper()
	p, err := loadProgram(testRows)
	if err != nil {
		t.Fatal(err)
	}
	return p, newAnalysis(newRows(p.types[testRows], []string{"Car", "Boat"}), testRows)
}

// TestNeeds: what functions read is found, whichever way they read it, and what they only
// move or write is not.
func TestNeeds(t *testing.T) {
	p, a := testAnalysis(t)
	for name, want := range map[string][]string{
		"Method":            {"Car.Name", "Car.Owner"},
		"MethodValue":       {"Car.Name", "Car.Owner"},
		"Closure":           {"Car.Wheels"},
		"Moves":             nil,
		"Sorts":             {"Car.ID"},
		"Generic":           {"Car.Next"},
		"Writes":            {"Car.Owner"},
		"Adds":              {"Car.Wheels"},
		"Revises":           nil,
		"Turns":             {"Car.Name", "Car.Owner"},
		"RevisesAndTells":   {"Car.Name"},
		"Promoted":          {"Car.Total"},
		"Part":              {"Boat.Paid", "Boat.Total", "Car.Paid", "Car.Total"},
		"TakesPart":         {"Boat.Paid", "Boat.Total"},
		"PartValue":         {"Boat.Paid", "Boat.Total", "Car.Paid", "Car.Total"},
		"Escapes":           {"Car"},
		"EscapesInside":     {"Car"},
		"EscapesAsPart":     {"Boat.Paid", "Boat.Total", "Car.Paid", "Car.Total"},
		"Compares":          {"Car"},
		"ComparesPointers":  nil,
		"ComparesElsewhere": {"Boat"},
		"Invokes":           {"Car"},
		"Renames":           {"Car"},
		"Table":             {"Car.Owner"},
		"Recurses":          {"Car.Wheels"},
		"Held":              {"Car"},
	} {
		if got := a.needs(p.function(testRows, name)); !slices.Equal(got, want) {
			t.Errorf("%s reads %q, want %q", name, got, want)
		}
	}
}

// TestNeedsLeftOut: functions that are ignored count for nothing, and those that pass rows on
// may make interfaces of them.
func TestNeedsLeftOut(t *testing.T) {
	p, a := testAnalysis(t)
	a.ignored = func(f *ssa.Function) bool { return f.Name() == "Title" }
	a.passing = func(f *ssa.Function) bool { return f.Name() == "EscapesInside" }
	for _, name := range []string{"Method", "EscapesInside"} {
		if got := a.needs(p.function(testRows, name)); got != nil {
			t.Errorf("%s reads %q, want none", name, got)
		}
	}
}

// TestVariable: a variable is a column by its own name, also where it is one of a part.
func TestVariable(t *testing.T) {
	p, a := testAnalysis(t)
	for _, column := range []string{"Car.Wheels", "Car.Paid", "Boat.Paid"} {
		row, name, _ := strings.Cut(column, ".")
		got, err := a.variable(p.types[testRows].Scope().Lookup(row).Type(), name)
		if err != nil || !slices.Equal(got, []string{column}) {
			t.Errorf("%s is %q (%v)", column, got, err)
		}
	}
}
