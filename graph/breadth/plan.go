package breadth

import (
	"maps"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// maxPlans are kept. Documents that are not kept validated (graph.Handler) leave theirs
// behind until newer ones need the place.
const maxPlans = 512

// Plans are those of documents that were executed before.
type Plans struct {
	binding Binding
	planned Planned
	made    *lru.Cache[planKey, *Plan]
}

// planKey is an operation of a document, and how the variables stand that say what is left
// out of it.
type planKey struct {
	operation *ast.OperationDefinition
	left      string
}

// Plan is how a query is executed. One that is nil is gqlgen's.
type Plan struct {
	Root *Object
	// arguments are the fields that have any.
	arguments []*Field
	slots     int
	begin     Begin
	// size is how many bytes the latest answer had.
	size atomic.Int64
}

// leastRoom and mostRoom bound what is set aside for an answer, in bytes.
const (
	leastRoom = 1 << 10
	mostRoom  = 1 << 20
)

// room is how many bytes an answer is likely to need.
func (p *Plan) room() int {
	size := int(p.size.Load())
	return min(max(size+size/8, leastRoom), mostRoom)
}

// NewPlans has no plans yet. Without planned none can be executed.
func NewPlans(binding Binding, planned Planned) *Plans {
	made, err := lru.New[planKey, *Plan](maxPlans)
	if err != nil {
		panic(err) // of a size below one
	}
	return &Plans{binding, planned, made}
}

// Of is the plan of an operation, or nil if it has anything in it that is not supported.
func (p *Plans) Of(oc *graphql.OperationContext) *Plan {
	if oc.Operation.Operation != ast.Query {
		return nil
	}
	key := planKey{oc.Operation, conditions(oc)}
	if plan, known := p.made.Get(key); known {
		return plan
	}
	m := maker{binding: p.binding, oc: oc, plan: &Plan{}, selected: map[string]bool{}}
	m.plan.Root = m.object("Query", oc.Operation.SelectionSet)
	if m.unsupported != "" {
		m.plan = nil
	} else if p.planned != nil {
		m.plan.begin = p.planned(m.plan.Root, slices.Collect(maps.Keys(m.selected)))
	}
	p.made.Add(key, m.plan)
	return m.plan
}

// conditions are the values of the variables that may stand in @skip and @include, which are
// those of type Boolean.
func conditions(oc *graphql.OperationContext) string {
	var values strings.Builder
	for _, v := range oc.Operation.VariableDefinitions {
		if v.Type.NamedType != "Boolean" {
			continue
		}
		switch oc.Variables[v.Variable] {
		case true:
			values.WriteByte('t')
		case false:
			values.WriteByte('f')
		default:
			values.WriteByte('-')
		}
	}
	return values.String()
}

// maker makes a plan.
type maker struct {
	binding Binding
	oc      *graphql.OperationContext
	plan    *Plan
	// selected are the names of the fields.
	selected map[string]bool
	// unsupported says what is not supported, if anything is.
	unsupported string
}

func (m *maker) object(name string, set ast.SelectionSet) *Object {
	object := &Object{Type: name}
	bound, ok := m.binding.Types[name]
	if !ok {
		m.unsupported = name
		return object
	}
	seen := map[string]bool{}
	for _, collected := range graphql.CollectFields(m.oc, set, bound.Satisfies) {
		// gqlgen leaves fields of one name apart that it found on unrelated types, and shows
		// the first; of __typename, which clients add to all of them, nothing else is lost.
		if seen[collected.Alias] && collected.Name == "__typename" {
			continue
		}
		if seen[collected.Alias] || collected.IsDeferred() {
			m.unsupported = name + "." + collected.Name
		}
		seen[collected.Alias] = true
		if field := m.field(object, bound, collected); field != nil {
			object.Fields = append(object.Fields, field)
			if field.fetched {
				object.Fetched = append(object.Fetched, field)
			}
		}
	}
	return object
}

// field plans a field, nil if it is not supported.
func (m *maker) field(parent *Object, of Type, collected graphql.CollectedField) *Field {
	field := &Field{Parent: parent, collected: collected, key: `,"` + collected.Alias + `":`}
	if collected.Name == "__typename" {
		field.Index, field.NonNull = typename, true
		return field
	}
	bound, ok := of.Fields[collected.Name]
	if !ok || collected.Definition == nil {
		m.unsupported = parent.Type + "." + collected.Name
		return nil
	}
	m.selected[parent.Type+"."+collected.Name] = true
	field.Index, field.bound, field.fetched = bound.Index, bound, bound.Fetched
	field.NonNull = collected.Definition.Type.NonNull
	if len(collected.Definition.Arguments) > 0 {
		m.plan.arguments = append(m.plan.arguments, field)
	}
	if len(collected.Selections) > 0 {
		m.below(field, collected)
	}
	if field.fetched || len(collected.Definition.Arguments) > 0 {
		field.slot = m.plan.slots
		m.plan.slots++
	}
	return field
}

// below plans what is selected on a field.
func (m *maker) below(field *Field, collected graphql.CollectedField) {
	name := collected.Definition.Type.Name()
	concrete, ok := m.binding.Abstract[name]
	if !ok {
		concrete = []string{name}
	}
	for _, name := range concrete {
		object := m.object(name, collected.Selections)
		field.On = append(field.On, object)
		field.fetched = field.fetched || len(object.Fetched) > 0
	}
}
