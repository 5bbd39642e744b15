package main

import (
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"
)

// given are the columns that a function may read which is not looked into.
func (a *analysis) given(f *ssa.Function) []string {
	if moves(a.rows, f) {
		return nil
	}
	columns := a.each(f.Signature.Params())
	if receiver := f.Signature.Recv(); receiver != nil {
		columns = append(columns, a.rows.whole(receiver.Type())...)
	}
	for _, bound := range f.FreeVars { // the receiver of a method that is a value
		columns = append(columns, a.rows.whole(bound.Type())...)
	}
	return columns
}

// each are the columns of all of a function's parameters.
func (a *analysis) each(parameters *types.Tuple) (columns []string) {
	for p := range parameters.Variables() {
		columns = append(columns, a.rows.whole(p.Type())...)
	}
	return columns
}

// movers are packages whose functions are given rows by type parameters alone, keep and move
// them, and read them only with functions that they are given.
var movers = []string{"slices", "maps", "iter", "sync", "github.com/graph-gophers/dataloader/v7"}

// moves says whether a function moves rows and reads none: it is one of the movers', and
// compares no rows.
func moves(r rows, f *ssa.Function) bool {
	origin := f.Origin()
	if origin == nil || !slices.Contains(movers, packageOf(f)) {
		return false
	}
	for i, argument := range f.TypeArgs() {
		constraint := origin.TypeParams().At(i).Constraint().Underlying().(*types.Interface)
		_, isStruct := argument.Underlying().(*types.Struct)
		if constraint.IsComparable() && isStruct && len(r.whole(argument)) > 0 {
			return false
		}
	}
	return true
}

// packageOf is the path of the package that a function was written in; one of all types' own,
// such as an error's Error, is in none.
func packageOf(f *ssa.Function) string {
	for f.Parent() != nil {
		f = f.Parent()
	}
	if f.Pkg != nil {
		return f.Pkg.Pkg.Path()
	}
	if object := f.Object(); object != nil && object.Pkg() != nil {
		return object.Pkg().Path()
	}
	return ""
}
