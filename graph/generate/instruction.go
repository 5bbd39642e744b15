package main

import (
	"fmt"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// reads are the columns that an instruction reads.
func (a *analysis) reads(f *ssa.Function, instruction ssa.Instruction) []string {
	switch i := instruction.(type) {
	case *ssa.FieldAddr:
		if !written(i) && !revised(i) {
			return a.field(i.X, i.Field)
		}
	case *ssa.Field:
		return a.field(i.X, i.Field)
	case *ssa.MakeInterface:
		if !a.passing(f) {
			return a.rows.whole(i.X.Type())
		}
	case *ssa.BinOp:
		return a.compared(i.X.Type())
	case *ssa.Lookup:
		return a.compared(i.Index.Type())
	case *ssa.MapUpdate:
		return a.compared(i.Key.Type())
	case *ssa.Store:
		return a.taken(i)
	case *ssa.ChangeType:
		return a.renamed(i.X.Type(), i.Type())
	case ssa.CallInstruction:
		if call := i.Common(); call.IsInvoke() || a.wiredElsewhere(call.Value) { // of one of many methods, anywhere
			return a.each(call.Signature().Params())
		}
	}
	return nil
}

// wiredElsewhere says whether a function that is called lies in a field of a struct, and may
// have come there where nobody looks.
func (a *analysis) wiredElsewhere(f ssa.Value) bool {
	var of ssa.Value
	switch v := f.(type) {
	case *ssa.Field:
		of = v.X
	case *ssa.UnOp:
		field, ok := v.X.(*ssa.FieldAddr)
		if !ok {
			return false
		}
		of = field.X
	default:
		return false
	}
	name := named(of.Type())
	return name == nil || !a.wired[name.Pkg().Path()]
}

// written says whether a field's address serves to write it alone.
func written(field *ssa.FieldAddr) bool {
	for _, user := range *field.Referrers() {
		if store, ok := user.(*ssa.Store); !ok || store.Addr != field || store.Val == field {
			return false
		}
	}
	return true
}

// revised says whether a field is read only to be replaced by what a function makes of it,
// as what a caller may not see of it is left out: who reads the field afterwards needs it, and
// nobody else does. The function must do nothing else, as those of package service that show
// rows do.
func revised(field *ssa.FieldAddr) bool {
	users := *field.Referrers()
	for _, user := range users {
		if store, ok := user.(*ssa.Store); ok && store.Addr == field {
			continue
		}
		value, ok := user.(*ssa.UnOp)
		if !ok || len(*value.Referrers()) == 0 {
			return false
		}
		for _, use := range *value.Referrers() {
			if !replaces(field, use) {
				return false
			}
		}
	}
	return len(users) > 0
}

// replaces says whether an instruction calls a function whose result becomes the field's value.
func replaces(field *ssa.FieldAddr, instruction ssa.Instruction) bool {
	call, ok := instruction.(*ssa.Call)
	if !ok || call.Call.StaticCallee() == nil || len(*call.Referrers()) != 1 {
		return false
	}
	store, ok := (*call.Referrers())[0].(*ssa.Store)
	if !ok || store.Val != call {
		return false
	}
	into, ok := store.Addr.(*ssa.FieldAddr)
	return ok && into.Field == field.Field && types.Identical(into.X.Type(), field.X.Type())
}

// field are the columns that a field of a struct is.
func (a *analysis) field(of ssa.Value, index int) []string {
	name := named(of.Type())
	return a.rows.field(name, fieldsOf(of.Type()).Field(index), a.within(of))
}

// variable are the columns that a variable of a struct is, which may be in a part of it.
func (a *analysis) variable(of types.Type, name string) (columns []string, err error) {
	_, path, _ := types.LookupFieldOrMethod(of, true, named(of).Pkg(), name)
	if path == nil {
		return nil, fmt.Errorf("%s has no field %s", of, name)
	}
	within := ""
	for _, index := range path {
		f := fieldsOf(of).Field(index)
		if row, ok := a.rows.names[named(of)]; ok {
			within = row
		}
		columns = append(columns, a.rows.field(named(of), f, within)...)
		of = f.Type()
	}
	return columns, nil
}

// within is the name of the row that a struct was just taken from, if it is a part of one.
func (a *analysis) within(part ssa.Value) string {
	var from ssa.Value
	switch v := part.(type) {
	case *ssa.FieldAddr:
		from = v.X
	case *ssa.Field:
		from = v.X
	default:
		return ""
	}
	if name, ok := a.rows.names[named(from.Type())]; ok {
		return name
	}
	return a.within(from)
}

// taken are the columns that a part may have been in before it is written into a row: those of
// other rows that have one of its type, under whose name nobody reads them any more.
func (a *analysis) taken(store *ssa.Store) (columns []string) {
	part, row := store.Val.Type(), a.within(store.Addr)
	if _, ok := part.Underlying().(*types.Struct); !ok || row == "" {
		return nil
	}
	for _, c := range a.rows.whole(part) {
		if !strings.HasPrefix(c, row+".") {
			columns = append(columns, c)
		}
	}
	return columns
}

// fieldsOf is the struct that a type is or points to.
func fieldsOf(t types.Type) *types.Struct {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	return t.Underlying().(*types.Struct)
}

// compared are the columns that comparing two values reads: pointers are compared without.
func (a *analysis) compared(t types.Type) []string {
	switch t.Underlying().(type) {
	case *types.Struct, *types.Array:
		return a.rows.whole(t)
	}
	return nil
}

// renamed are the columns that are lost sight of where a value gets another type.
func (a *analysis) renamed(from, to types.Type) []string {
	after := a.rows.whole(to)
	return slices.DeleteFunc(a.rows.whole(from), func(c string) bool { return slices.Contains(after, c) })
}
