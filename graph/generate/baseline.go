package main

import (
	"fmt"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"
)

// loaderMakers make the loaders of rows, of a function that reads rows and one that is given
// them, the first two arguments: what finds a row's key, or counts rows without reading them.
// Who is told of rows only announces keys of others, which is not needed: see announces.
var loaderMakers = []string{"oneBy", "manyBy", "newChildList"}

// baseline notes what is read of rows whatever is asked: the ids, and what is read where rows
// are loaded, such as whose they are and what the caller may not see.
func (t *readsTable) baseline() error {
	var loading []*ssa.Function
	loaders := []*ssa.Function{t.program.function(inGraph, "newLoaders")}
	receiver := types.NewPointer(t.program.types[inGraph].Scope().Lookup("loaders").Type())
	loaders = append(loaders, t.program.LookupMethod(receiver, t.program.types[inGraph], "listsUnder"))
	for _, f := range loaders {
		for _, block := range f.Blocks {
			for _, instruction := range block.Instrs {
				if call, ok := instruction.(ssa.CallInstruction); ok && makesLoader(call.Common()) {
					loading = append(loading, functionsIn(call.Common().Args[:2])...)
				}
			}
		}
	}
	if len(loading) == 0 {
		return fmt.Errorf("no loaders are made by %s", loaders[0])
	}
	columns := map[string]bool{}
	for _, c := range t.analysis.needs(loading...) {
		columns[c] = true
	}
	for of, name := range t.analysis.rows.names {
		if f, _, _ := types.LookupFieldOrMethod(of.Type(), false, of.Pkg(), "ID"); f != nil {
			columns[name+".ID"] = true
		}
	}
	t.put("", whatCounts(columns))
	return nil
}

func makesLoader(call *ssa.CallCommon) bool {
	f := call.StaticCallee()
	return f != nil && f.Origin() != nil && slices.Contains(loaderMakers, f.Origin().Name())
}

// functionsIn are the functions that arguments are.
func functionsIn(arguments []ssa.Value) (list []*ssa.Function) {
	for _, argument := range arguments {
		if c, ok := argument.(*ssa.ChangeType); ok {
			argument = c.X
		}
		switch v := argument.(type) {
		case *ssa.Function:
			list = append(list, v)
		case *ssa.MakeClosure:
			list = append(list, v.Fn.(*ssa.Function))
		}
	}
	return list
}
