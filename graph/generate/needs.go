package main

import (
	"go/types"
	"maps"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// analysis finds out which columns of rows functions read, "Payment.Status", or "Payment"
// where all may be read. It does not follow values: a function reads what is read anywhere in
// it and in all functions that it calls or mentions, of whichever row. So a function that is
// called by a value is counted with whoever mentions it.
type analysis struct {
	rows rows
	// inside has the packages whose functions are looked into.
	inside map[string]bool
	// wired are the packages whose structs get their functions where it is seen, so that those
	// are counted there; one that lies in a struct of another is given rows to read.
	wired map[string]bool
	// ignored are functions that are not looked into though they could be, and passing those
	// that make an interface of a row without reading it.
	ignored, passing func(*ssa.Function) bool
	known            map[*ssa.Function]*reading
}

// newAnalysis has nothing ignored of the packages that are looked into.
func newAnalysis(r rows, inside ...string) *analysis {
	made := &analysis{rows: r, inside: map[string]bool{}, known: map[*ssa.Function]*reading{}, wired: map[string]bool{}}
	for _, path := range inside {
		made.inside[path] = true
	}
	made.ignored = func(*ssa.Function) bool { return false }
	made.passing = made.ignored
	return made
}

// reading is what a function does itself.
type reading struct {
	columns  map[string]bool
	mentions map[*ssa.Function]bool
}

func (r *reading) add(columns ...string) {
	for _, c := range columns {
		r.columns[c] = true
	}
}

// needs are the columns that functions read, sorted.
func (a *analysis) needs(functions ...*ssa.Function) []string {
	columns, seen := map[string]bool{}, map[*ssa.Function]bool{}
	for len(functions) > 0 {
		next := functions[len(functions)-1]
		functions = functions[:len(functions)-1]
		if seen[next] {
			continue
		}
		seen[next] = true
		read := a.read(next)
		maps.Copy(columns, read.columns)
		functions = slices.AppendSeq(functions, maps.Keys(read.mentions))
	}
	return whatCounts(columns)
}

// whatCounts leaves out columns of rows that are read as a whole.
func whatCounts(columns map[string]bool) (list []string) {
	for _, c := range slices.Sorted(maps.Keys(columns)) {
		if row, _, ok := strings.Cut(c, "."); !ok || !columns[row] {
			list = append(list, c)
		}
	}
	return list
}

// read is what a function does itself.
func (a *analysis) read(f *ssa.Function) *reading {
	if known := a.known[f]; known != nil {
		return known
	}
	made := &reading{columns: map[string]bool{}, mentions: map[*ssa.Function]bool{}}
	a.known[f] = made
	if a.ignored(f) {
		return made
	}
	if !a.inside[packageOf(f)] {
		made.add(a.given(f)...)
		return made
	}
	for _, block := range f.Blocks {
		for _, instruction := range block.Instrs {
			a.mentioned(instruction, made)
			made.add(a.reads(f, instruction)...)
		}
	}
	return made
}

// mentioned notes the functions in an instruction. A variable of a package that has functions
// mentions all that the package's variables begin with.
func (a *analysis) mentioned(instruction ssa.Instruction, into *reading) {
	for _, operand := range instruction.Operands(nil) {
		switch v := (*operand).(type) {
		case *ssa.Function:
			into.mentions[v] = true
		case *ssa.Global:
			if a.inside[v.Pkg.Pkg.Path()] && hasFunction(v.Type(), map[types.Type]bool{}) {
				into.mentions[v.Pkg.Func("init")] = true
			}
		}
	}
}

// hasFunction says whether a value of a type has functions in it.
func hasFunction(t types.Type, seen map[types.Type]bool) bool {
	if seen[t] {
		return false
	}
	seen[t] = true
	switch t := t.Underlying().(type) {
	case *types.Signature:
		return true
	case *types.Struct:
		return slices.ContainsFunc(slices.Collect(t.Fields()), func(f *types.Var) bool { return hasFunction(f.Type(), seen) })
	case interface{ Elem() types.Type }:
		return hasFunction(t.Elem(), seen)
	}
	return false
}
