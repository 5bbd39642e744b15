package main

import (
	"errors"
	"fmt"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"
)

// loaderMakers say how rows are loaded, by a function that reads rows and one that is given
// them, the two arguments after the first: what finds a row's key, or counts rows without
// reading them. Who is told of rows only announces keys of others, which is not needed: see
// announces.
var loaderMakers = []string{"oneBy", "manyBy", "allBy", "listsBy"}

// baseline notes what is read of rows whatever is asked: the ids, and what is read where rows
// are loaded, such as whose they are and what the caller may not see.
func (t *readsTable) baseline() error {
	loading, err := t.loading()
	if err != nil {
		return err
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

// loading are the functions that relations are made of.
func (t *readsTable) loading() (list []*ssa.Function, err error) {
	for _, name := range []string{"rowsByID", "rowsOf", "listsUnder"} {
		f := t.program.function(inGraph, name)
		inside, err := loadersIn(f)
		if err == nil && len(inside) == 0 {
			err = errors.New("no loaders are made")
		}
		if err != nil {
			return nil, fmt.Errorf("in %s: %w", f, err)
		}
		list = append(list, inside...)
	}
	return list, nil
}

// loadersIn are the functions that the loaders are made of which a function makes.
func loadersIn(f *ssa.Function) (list []*ssa.Function, err error) {
	for _, block := range f.Blocks {
		for _, instruction := range block.Instrs {
			call, ok := instruction.(ssa.CallInstruction)
			if !ok || !makesLoader(call.Common()) {
				continue
			}
			inside, err := functionsIn(call.Common().Args[1:3])
			if err != nil {
				return nil, err
			}
			list = append(list, inside...)
		}
	}
	return list, nil
}

func makesLoader(call *ssa.CallCommon) bool {
	f := call.StaticCallee()
	return f != nil && f.Origin() != nil && slices.Contains(loaderMakers, f.Origin().Name())
}

// functionsIn are the functions among arguments, and those that others are made of by a call.
// What others read is not known, which is an error: the table would lack it.
func functionsIn(arguments []ssa.Value) (list []*ssa.Function, err error) {
	for _, argument := range arguments {
		if _, ok := argument.Type().Underlying().(*types.Signature); !ok {
			continue
		}
		var inside []*ssa.Function
		switch v := argument.(type) {
		case *ssa.Const: // nil
		case *ssa.Function:
			inside = []*ssa.Function{v}
		case *ssa.MakeClosure:
			inside = []*ssa.Function{v.Fn.(*ssa.Function)}
		case *ssa.ChangeType:
			inside, err = functionsIn([]ssa.Value{v.X})
		case *ssa.Call:
			inside, err = functionsIn(append([]ssa.Value{v.Call.Value}, v.Call.Args...))
		default:
			err = fmt.Errorf("it is not known what function %s is", v.Name())
		}
		if err != nil {
			return nil, err
		}
		list = append(list, inside...)
	}
	return list, nil
}
