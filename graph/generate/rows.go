package main

import (
	"go/types"
	"slices"
)

// rows are the structs whose fields are told apart.
type rows struct {
	// names are their names, by the types.
	names map[*types.TypeName]string
	// parts are the structs that are embedded in some, with the names of those.
	parts map[*types.TypeName][]string
}

// newRows finds structs of a package by their names.
func newRows(in *types.Package, names []string) rows {
	made := rows{names: map[*types.TypeName]string{}, parts: map[*types.TypeName][]string{}}
	for _, name := range names {
		of := in.Scope().Lookup(name).(*types.TypeName)
		made.names[of] = name
		made.embed(name, of.Type())
	}
	return made
}

// embed notes what is embedded in the row of a name: its columns are the row's.
func (r rows) embed(name string, in types.Type) {
	for f := range in.Underlying().(*types.Struct).Fields() {
		if f.Embedded() {
			of := named(f.Type())
			r.parts[of] = append(r.parts[of], name)
			r.embed(name, f.Type())
		}
	}
}

// named is the name of a type or of what it points to, nil if it has none.
func named(t types.Type) *types.TypeName {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	if n, ok := types.Unalias(t).(*types.Named); ok {
		return n.Obj()
	}
	return nil
}

// whole are the reads of one who has a value of a type and may read all of it: the rows that
// it is or leads to, and the columns of parts that are there without their row.
func (r rows) whole(t types.Type) (reads []string) {
	r.walk(t, map[types.Type]bool{}, func(of *types.TypeName) {
		if name, ok := r.names[of]; ok {
			reads = append(reads, name)
			return
		}
		for f := range of.Type().Underlying().(*types.Struct).Fields() {
			for _, name := range r.parts[of] {
				reads = append(reads, name+"."+f.Name())
			}
		}
	})
	return reads
}

// walk finds rows and parts that a value of a type leads to. What is behind an interface was
// counted when it became one, and what a function has where that was made.
func (r rows) walk(t types.Type, seen map[types.Type]bool, found func(*types.TypeName)) {
	t = types.Unalias(t)
	if seen[t] {
		return
	}
	seen[t] = true
	switch t := t.(type) {
	case *types.Named:
		if of := t.Obj(); r.names[of] != "" || r.parts[of] != nil {
			found(of)
			return
		}
		r.walk(t.Underlying(), seen, found)
	case *types.Map:
		r.walk(t.Key(), seen, found)
		r.walk(t.Elem(), seen, found)
	case *types.Struct:
		for f := range t.Fields() {
			r.walk(f.Type(), seen, found)
		}
	case interface{ Elem() types.Type }: // pointers, lists and channels
		r.walk(t.Elem(), seen, found)
	}
}

// field are the columns that a field of a struct is: none where it is a part, whose fields
// are counted by themselves. within is the row that the struct is known to be a part of.
func (r rows) field(of *types.TypeName, f *types.Var, within string) []string {
	switch name, ok := r.names[of]; {
	case of == nil || f.Embedded() && r.parts[named(f.Type())] != nil:
		return nil
	case ok:
		return []string{name + "." + f.Name()}
	}
	owners := r.parts[of]
	if within != "" {
		owners = []string{within}
	}
	list := slices.Clone(owners)
	for i := range list {
		list[i] += "." + f.Name()
	}
	return list
}
