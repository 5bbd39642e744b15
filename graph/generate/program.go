package main

import (
	"errors"
	"fmt"
	"go/types"

	"golang.org/x/tools/go/packages"
	"golang.org/x/tools/go/ssa"
	"golang.org/x/tools/go/ssa/ssautil"
)

// program is the code of some packages in the form in which it can be analysed, with the
// types of all packages that they import.
type program struct {
	*ssa.Program
	types map[string]*types.Package
}

// loadProgram loads packages, which must compile.
func loadProgram(paths ...string) (program, error) {
	list, err := packages.Load(&packages.Config{Mode: packages.LoadSyntax}, paths...)
	if err != nil {
		return program{}, err
	}
	made := program{types: map[string]*types.Package{}}
	packages.Visit(list, nil, func(p *packages.Package) {
		made.types[p.PkgPath] = p.Types
		for _, failure := range p.Errors {
			err = errors.Join(err, failure)
		}
	})
	if err != nil {
		return program{}, fmt.Errorf("which columns are read is found in code that compiles: %w", err)
	}
	made.Program, _ = ssautil.Packages(list, ssa.InstantiateGenerics)
	made.Build()
	return made, nil
}

// function is a function of a package by its name.
func (p program) function(of, name string) *ssa.Function {
	return p.ImportedPackage(of).Func(name)
}

// own is a type that gqlgen loaded, as it is in the program.
func (p program) own(t types.Type) (types.Type, error) {
	n, ok := types.Unalias(t).(*types.Named)
	if !ok {
		return nil, fmt.Errorf("an object of type %s is not supported", t)
	}
	of := p.types[n.Obj().Pkg().Path()].Scope().Lookup(n.Obj().Name()).Type()
	if n.TypeArgs() == nil {
		return of, nil
	}
	var arguments []types.Type
	for argument := range n.TypeArgs().Types() {
		next, err := p.own(argument)
		if err != nil {
			return nil, err
		}
		arguments = append(arguments, next)
	}
	return types.Instantiate(types.NewContext(), of, arguments, false)
}

// method is a method of a type or of a pointer to it.
func (p program) method(of types.Type, name string) (*ssa.Function, error) {
	if _, ok := of.Underlying().(*types.Pointer); !ok {
		of = types.NewPointer(of)
	}
	selection := p.MethodSets.MethodSet(of).Lookup(nil, name)
	if selection == nil {
		return nil, fmt.Errorf("%s has no method %s", of, name)
	}
	return p.MethodValue(selection), nil
}

// made is the type that a function returns as an interface.
func made(f *ssa.Function) (types.Type, error) {
	for _, block := range f.Blocks {
		for _, instruction := range block.Instrs {
			if i, ok := instruction.(*ssa.MakeInterface); ok {
				return i.X.Type(), nil
			}
		}
	}
	return nil, fmt.Errorf("%s returns no type that is known", f)
}
