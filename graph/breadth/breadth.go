// Package breadth executes queries level by level, and writes their answers straight into
// the buffer that is sent.
//
// gqlgen's executor is left with all else: it parses, validates, judges the cost, authorizes,
// and executes mutations, subscriptions, introspection and every query that is not supported
// here. It spends a context, a closure and a dozen allocations on each field, a thousand times
// for a page of payments; what is executed here spends them on each field of the document.
//
// # What is planned
//
// Once for a document (Plans), for each set of values of the variables that @skip and
// @include ask: the fields of each object, as gqlgen's own CollectFields merges them, so that
// fragments, aliases, interfaces and unions mean the same in both. A plan is made as a whole
// or not at all: a document that has anything in it that is not supported is gqlgen's, and
// nothing of it was executed before. So is one whose arguments cannot be read, which are read
// once for each field of the document before anything is executed.
//
// # How it is executed
//
// Fields differ in whether they are fetched. Those are the resolvers, methods that take a
// context, and whatever has one of them below it; all others are read from the domain's
// structs when they are written.
//
// Each root field is executed in two steps. The first fetches: from the parents of one level,
// all of which are known, it asks the resolver of each fetched field for every parent and has
// the results in a column, whose rows are the parents of the next level. The resolvers are
// those that gqlgen calls, and so are the batch functions behind them: whoever reads rows
// announces the keys that hang on them, so that the first row of a column has the whole
// column read in one statement. The second step writes the answer, depth first, and takes the
// values of columns in the order in which they were fetched: both steps visit the objects of
// one place of the document in the same order, so a column needs a position and no keys.
//
// The code that knows the types (generated/breadth.go) is generated from the schema and from
// gqlgen's configuration, with gqlgen's own bindings: reflection would cost a call of a
// method more than all of the field, and a table of closures would box each value.
//
// # Errors and nulls
//
// A field that fails is null, and so is what must not hold a null, upwards: the writer cuts
// the buffer back to where the object or list began. Siblings are executed all the same, and
// their errors told, as gqlgen does. Errors are presented at the end of the answer by gqlgen,
// in a context that says where they happened, which is made for them alone: in the order of
// the answer, where gqlgen has them in the order in which goroutines end.
// A panic of a resolver is the error of its field. One of a method without context throws the
// answer away, and gqlgen executes the query again: queries change nothing.
//
// # What holds
//
//   - withinBudget counts objects and lists and refuses what becomes too large, and resolvers
//     of objects are not called any more when the time is over: Limits.
//   - The middleware of root fields (named) is around each of them.
//   - Authorization, personal data and tenancy are the services', behind the same resolvers.
//   - Cost, tracing, timeouts, the number of errors and their words are gqlgen's extensions
//     around the operation, in which nothing changes.
package breadth

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
)

// Limits are what each field of one answer is held to.
type Limits interface {
	// Resolve is an error when a resolver of objects must not be called any more.
	Resolve(ctx context.Context) error
	// Object counts an object that is shown outside of lists.
	Object()
	// List counts the elements of a list that is shown, and is an error when they are too many.
	List(length int) error
	// Fetched is told when nothing more is fetched.
	Fetched()
	// End is told at the end, whatever became of the answer. Where that is written, it is in the
	// form in which encoding/json would write it again, so that nobody has to; and nobody will
	// look at what was fetched any more.
	End(written bool)
}

// Planned is told of a plan, once: of the query's root, and of the names of all its fields
// (Type.field), each once and in any order. It returns what begins each answer.
type Planned func(root *Object, selected []string) Begin

// Begin begins an answer: its limits, and the context that resolvers get, which may have at
// hand what each of them looks for.
type Begin func(ctx context.Context) (context.Context, Limits)

// Binding is what generated code knows of the schema's types.
type Binding struct {
	// Types has the object types by their names.
	Types map[string]Type
	// Abstract has the object types that an interface or union may be, by its name.
	Abstract map[string][]string
}

// Type is an object type.
type Type struct {
	// Satisfies are the names of the type itself, its interfaces and unions.
	Satisfies []string
	// Fields are those that are supported, by their names.
	Fields map[string]Bound
}

// Bound is what generated code does with a field.
type Bound struct {
	// Index tells fields of one type apart in generated code.
	Index int
	// Resolver has gqlgen call a resolver; Fetched is that or a method with a context.
	Resolver, Fetched bool
}

// typename is the index of __typename, which all types have.
const typename = -1

// Field is a field of a document, merged from all its places there.
type Field struct {
	// Index is that of Bound.
	Index int
	// NonNull says that the field must not be null.
	NonNull bool
	// On is what is selected, by the concrete types that the field's may be: one of an
	// object, none of a leaf.
	On []*Object
	// Parent is what it is a field of.
	Parent *Object

	collected graphql.CollectedField
	bound     Bound
	// fetched says that there is a column of values, at slot.
	fetched bool
	slot    int
	// key is what is written before the value, with the comma that the first field has not.
	key string
}

// Name is the field's in the schema.
func (f *Field) Name() string { return f.collected.Name }

// Alias is the field's in the answer.
func (f *Field) Alias() string { return f.collected.Alias }

// Of is what is selected on a field that is one object.
func (f *Field) Of() *Object { return f.On[0] }

// As is what is selected where a field is an object of a type.
func (f *Field) As(name string) *Object {
	for _, object := range f.On {
		if object.Type == name {
			return object
		}
	}
	return nil
}

// Object is what a document selects on a concrete type, at one place.
type Object struct {
	// Type is the name of the type.
	Type string
	// Fields are all fields, in the order of the answer, Fetched those with columns.
	Fields, Fetched []*Field
}
