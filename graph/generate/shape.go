package main

import (
	"fmt"
	"go/types"

	"github.com/99designs/gqlgen/codegen/config"
	"github.com/99designs/gqlgen/codegen/templates"
)

// value is the Go expression that gqlgen has for a field's value, without an error where it
// has none.
func value(f field) string {
	switch {
	case f.IsResolver:
		return "e.ec.Resolvers." + f.ShortInvocation()
	case f.Field.IsMethod():
		return fmt.Sprintf("obj.%s(%s)", f.GoFieldName, f.CallArgs())
	}
	return "obj." + f.GoFieldName
}

// length is the function that says how many objects a field's value has, nil for a leaf.
func length(f field) string {
	ref := f.TypeReference
	goType := templates.CurrentImports.LookupType(ref.GO)
	switch {
	case !f.Composite():
		return "nil"
	case ref.IsSlice():
		return "breadth.OfList[" + templates.CurrentImports.LookupType(ref.Elem().GO) + "]"
	case ref.IsPtr():
		return "breadth.OfPointer[" + templates.CurrentImports.LookupType(ref.Elem().GO) + "]"
	case types.IsInterface(ref.GO):
		return "breadth.OfAny[" + goType + "]"
	}
	return "breadth.OfValue[" + goType + "]"
}

// fetch is the statement that fetches what is below a column, if anything is.
func fetch(f field) string {
	ref, column, name := f.TypeReference, "column", f.TypeReference.Definition.Name
	list := ref.IsSlice()
	if list {
		ref = ref.Elem()
	}
	inside := types.IsInterface(ref.GO)
	switch {
	case list && !inside && !ref.IsPtr():
		column = "breadth.Elements(column)"
	case list && !inside:
		column = "breadth.Pointers(breadth.Lists(column))"
	case list:
		column = "breadth.Lists(column)"
	case !inside && ref.IsPtr():
		column = "breadth.Pointers(column)"
	case !inside:
		column = "breadth.Values(column)"
	}
	if inside {
		return fmt.Sprintf("e.fetch%s(ctx, f, %s)", name, column)
	}
	return fmt.Sprintf("if fetched := f.Of().Fetched; len(fetched) > 0 { e.fetch%s(ctx, fetched, %s) }", name, column)
}

// write are the statements that write v, a field's value, and return whether it is not null.
func write(f field) string {
	ref := f.TypeReference
	switch {
	case !f.Composite():
		return leaf(ref)
	case ref.IsSlice():
		element := ref.Elem()
		// The element's pointer is enough where it is an object by value.
		body := composite(element, "*p", "p", "e.Missing()")
		list := fmt.Sprintf("return breadth.List(&e.Writer, v, %t, func(p *%s) bool { %s })",
			element.GQL.NonNull, templates.CurrentImports.LookupType(element.GO), body)
		if ref.GQL.NonNull {
			return list
		}
		return "if v == nil { return e.Null() }\n" + list
	}
	missing := "e.Missing()"
	if types.IsInterface(ref.GO) {
		missing = "e.MissingAny()"
	}
	return composite(ref, "v", "&v", missing)
}

// composite writes an object, which is read as v and is at p where it is no pointer itself.
func composite(ref *config.TypeReference, v, p, missing string) string {
	name := ref.Definition.Name
	if !ref.GQL.NonNull {
		missing = "e.Null()"
	}
	null := fmt.Sprintf("if %s == nil { return %s }\n", v, missing)
	switch {
	case types.IsInterface(ref.GO):
		return null + fmt.Sprintf("return e.write%s(f, %s)", name, v)
	case ref.IsPtr():
		return null + fmt.Sprintf("return e.write%s(f.Of(), %s)", name, v)
	}
	return fmt.Sprintf("return e.write%s(f.Of(), %s)", name, p)
}

// plainly are the marshalers whose text breadth writes itself, by what it writes.
var plainly = map[string]string{
	"MarshalString": "String(string(%s))", "MarshalDecimal": "String(%s)", "MarshalCurrencyCode": "String(string(%s))",
	"MarshalCountryCode": "String(%s)", "MarshalEmailAddress": "String(%s)", "MarshalPhoneNumber": "String(%s)",
	"MarshalURL": "String(%s)", "MarshalIdempotencyKey": "String(%s)",
	"MarshalInt": "Int(int64(%s))", "MarshalInt64": "Int(%s)", "MarshalBoolean": "Bool(%s)", "MarshalDateTime": "DateTime(%s)",
}

// leaf writes a scalar or an enum, by gqlgen's marshaler unless it is one of the plain ones.
func leaf(ref *config.TypeReference) string {
	form := ""
	if ref.Marshaler != nil && !ref.IsMarshaler && !ref.IsContext && !ref.IsSlice() && !ref.HasEnumValues() && !ref.IsTargetNilable() {
		form = plainly[ref.Marshaler.Name()]
	}
	switch {
	case form == "":
		return fmt.Sprintf("return e.Leaf(e.ec.%s(e.At(), nil, v))", ref.MarshalFunc())
	case !ref.IsPtr():
		return "return e." + fmt.Sprintf(form, "v")
	}
	missing := "e.Null()"
	if ref.GQL.NonNull {
		missing = "e.Missing()"
	}
	return fmt.Sprintf("if v == nil { return %s }\nreturn e.%s", missing, fmt.Sprintf(form, "*v"))
}
