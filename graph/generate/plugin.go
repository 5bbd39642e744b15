package main

import (
	_ "embed"
	"go/types"
	"slices"
	"strings"
	"text/template"

	"github.com/99designs/gqlgen/codegen"
	"github.com/99designs/gqlgen/codegen/templates"
	"github.com/99designs/gqlgen/plugin"
	"github.com/vektah/gqlparser/v2/ast"
)

//go:embed breadth.gotpl
var text string

// breadthPlugin writes the file of a name.
type breadthPlugin struct {
	name string
	// made is what was written.
	made file
}

var _ plugin.CodeGenerator = &breadthPlugin{}

// Name names the plugin for gqlgen.
func (*breadthPlugin) Name() string { return "breadth" }

// GenerateCode writes what breadth executes queries with.
func (p *breadthPlugin) GenerateCode(data *codegen.Data) error {
	p.made = file{reached: map[string]bool{}, data: data}
	p.made.reach("Query")
	return templates.Render(templates.Options{
		PackageName: data.Config.Exec.Package, Filename: p.name, Data: p.made, Template: text, GeneratedHeader: true,
		FileNotice: "//lint:file-ignore U1000 generated for every type, whether a query reaches it or not",
		Packages:   data.Config.Packages, PruneOptions: data.Config.GetPruneOptions(),
		Funcs: template.FuncMap{"value": value, "write": write, "fetch": fetch, "length": length},
	})
}

// file is what the template shows.
type file struct {
	data    *codegen.Data
	reached map[string]bool
}

// reach notes the types that queries reach.
func (f file) reach(name string) {
	if f.reached[name] {
		return
	}
	f.reached[name] = true
	if abstract, ok := f.data.Interfaces[name]; ok {
		for _, i := range abstract.Implementors {
			f.reach(i.Name)
		}
	}
	for _, o := range f.data.Objects {
		if o.Name == name {
			for _, field := range o.Fields {
				f.reach(field.TypeReference.Definition.Name)
			}
		}
	}
}

// Objects are the object types that queries reach.
func (f file) Objects() (list []object) {
	for _, o := range f.data.Objects {
		if f.reached[o.Name] && !strings.HasPrefix(o.Name, "__") {
			list = append(list, newObject(o))
		}
	}
	return list
}

// Interfaces are the interfaces and unions that queries reach.
func (f file) Interfaces() (list []abstract) {
	for name, i := range f.data.Interfaces {
		if f.reached[name] {
			list = append(list, newAbstract(i))
		}
	}
	slices.SortFunc(list, func(a, b abstract) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// abstract is an interface or a union.
type abstract struct {
	*codegen.Interface
	Members []member
}

// member is a type that an interface or union may be, in the forms of Go in which it is.
type member struct {
	Name  string
	Value types.Type
	Forms []codegen.InterfaceImplementor
}

func newAbstract(i *codegen.Interface) abstract {
	made := abstract{Interface: i}
	for _, form := range i.Implementors {
		if form.Kind != ast.Object {
			continue // an interface, whose objects are among the others
		}
		value := form.Type
		if p, ok := value.(*types.Pointer); ok {
			value = p.Elem()
		}
		at := slices.IndexFunc(made.Members, func(m member) bool { return m.Name == form.Name })
		if at < 0 {
			made.Members = append(made.Members, member{Name: form.Name, Value: value})
			at = len(made.Members) - 1
		}
		made.Members[at].Forms = append(made.Members[at].Forms, form)
	}
	return made
}

// object is an object type with the fields that are supported.
type object struct {
	*codegen.Object
	Bound []field
}

func newObject(o *codegen.Object) object {
	made := object{Object: o}
	for i, f := range o.Fields {
		if next := (field{f, i}); next.supported() {
			made.Bound = append(made.Bound, next)
		}
	}
	return made
}

// field is a field with the number that tells it apart.
type field struct {
	*codegen.Field
	Index int
}

// Fetched says whether a column is fetched for it always.
func (f field) Fetched() bool {
	return f.IsResolver || f.MethodHasContext || f.Field.IsMethod() && !f.NoErr
}

// Composite says whether something is selected on it.
func (f field) Composite() bool { return f.TypeReference.Definition.IsCompositeType() }

// supported says whether the field is of a form that the template knows.
func (f field) supported() bool {
	ref := f.TypeReference
	switch {
	case f.IsReserved(), f.HasHaser, f.VOkFunc, f.Stream, f.IsBatch(), f.HasDirectives(), ref.IsRoot, ref.IsMap():
		return false
	case ref.IsPtrToSlice(), ref.IsPtrToIntf(), ref.IsPtrToPtr():
		return false
	case ref.IsSlice() && f.Composite():
		elem := ref.Elem()
		return !elem.IsSlice() && !elem.IsMap() && !elem.IsPtrToPtr() && !elem.IsPtrToIntf()
	}
	return true
}
