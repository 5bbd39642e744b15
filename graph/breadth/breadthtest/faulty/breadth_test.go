package faulty_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/paygraph/paygraph/graph/breadth"
	"github.com/paygraph/paygraph/graph/breadth/breadthtest"
	"github.com/paygraph/paygraph/graph/breadth/breadthtest/faulty"
	"github.com/paygraph/paygraph/graph/breadth/breadthtest/faulty/generated"
	"github.com/paygraph/paygraph/graph/guard"
)

var (
	documents = flag.Int("documents", 200, "how many random documents are executed both ways")
	seed      = flag.Uint64("seed", 1, "which documents")
)

// root has the resolvers.
type root struct{ world faulty.World }

func (r root) Query() generated.QueryResolver { return faulty.Queries{World: r.world} }
func (root) Box() generated.BoxResolver       { return faulty.Boxes{} }
func (root) Ball() generated.BallResolver     { return faulty.Balls{} }
func (root) Bag() generated.BagResolver       { return faulty.Bags{} }
func (root) Lid() generated.LidResolver       { return faulty.Lids{} }

// limits count what is shown, and refuse lists that are too long.
type limits struct {
	mu sync.Mutex
	counts
}

type counts struct {
	objects, elements, most int
}

func (*limits) Resolve(context.Context) error { return nil }

func (l *limits) Object() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.objects++
}

func (l *limits) List(length int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.elements += length; length > l.most {
		return errors.New("too many")
	}
	return nil
}

func (*limits) Fetched() {}

func (*limits) End(bool) {}

// around is what limits are for gqlgen: it counts alike.
func (l *limits) around(ctx context.Context, next graphql.Resolver) (any, error) {
	result, err := next(ctx)
	if err != nil || len(graphql.GetFieldContext(ctx).Field.Selections) == 0 {
		return result, err
	}
	if length, is := lengthOf(result); is {
		if err := l.List(length); err != nil {
			return nil, err
		}
	} else if length > 0 {
		l.Object()
	}
	return result, nil
}

// engine is one way of executing.
type engine struct {
	executor *executor.Executor
	counted  *limits
}

func engineOf(schema graphql.ExecutableSchema, counted *limits, around bool) engine {
	made := engine{executor.New(schema), counted}
	made.executor.SetErrorPresenter(func(ctx context.Context, err error) *gqlerror.Error {
		shown := graphql.DefaultErrorPresenter(ctx, err)
		shown.Extensions = map[string]any{"resolver": graphql.GetFieldContext(ctx).IsResolver}
		return shown
	})
	made.executor.SetRecoverFunc(func(_ context.Context, fault any) error { return fmt.Errorf("panic: %v", fault) })
	if around {
		made.executor.AroundFields(counted.around)
	}
	return made
}

// both are both ways of executing in a world.
func both(world faulty.World, most int) (gqlgen, levels engine) {
	config := generated.Config{Resolvers: root{world}}
	a, b := &limits{counts: counts{most: most}}, &limits{counts: counts{most: most}}
	planned := func(*breadth.Object, []string) breadth.Begin {
		return func(ctx context.Context) (context.Context, breadth.Limits) { return ctx, b }
	}
	return engineOf(generated.NewExecutableSchema(config), a, true), engineOf(generated.NewBreadthSchema(config, planned), b, true)
}

// answer executes a document.
func (e engine) answer(t *testing.T, document string, variables map[string]any) string {
	t.Helper()
	// As it comes over HTTP: numbers keep their digits.
	text, err := json.Marshal(variables)
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	var sent map[string]any
	if err := decoder.Decode(&sent); err != nil {
		t.Fatal(err)
	}
	ctx := graphql.StartOperationTrace(t.Context())
	oc, faults := e.executor.CreateOperationContext(ctx, &graphql.RawParams{Query: document, Variables: sent})
	if faults != nil {
		return "refused: " + faults.Error()
	}
	responses, ctx := e.executor.DispatchOperation(ctx, oc)
	body, err := json.Marshal(responses(ctx))
	if err != nil {
		t.Fatalf("%v for %s", err, document)
	}
	same, err := breadthtest.Alike(body)
	if err != nil {
		t.Fatal(err)
	}
	return same
}

// lengthOf is how long a list is, 1 for what is none and 0 for null.
func lengthOf(result any) (length int, list bool) {
	v := reflect.ValueOf(result)
	switch {
	case result == nil || v.Kind() == reflect.Pointer && v.IsNil():
		return 0, false
	case v.Kind() == reflect.Slice:
		return v.Len(), true
	}
	return 1, false
}

// isPlanned says whether a document is executed breadth first.
func isPlanned(t *testing.T, plans *breadth.Plans, schema *ast.Schema, document string, variables map[string]any) bool {
	t.Helper()
	doc, err := gqlparser.LoadQueryWithRules(schema, document, rules.NewDefaultRules())
	if err != nil {
		t.Fatal(err)
	}
	operation := doc.Operations[0]
	values, refused := validator.VariableValues(schema, operation, variables)
	return refused == nil && plans.Of(&graphql.OperationContext{Doc: doc, Operation: operation, Variables: values}) != nil
}

// TestBothAlike proves that both ways of executing queries answer to the byte alike, whatever
// fails: random documents, in worlds where nothing fails, few fields, and many.
func TestBothAlike(t *testing.T) {
	t.Parallel()
	executed, failing, planned := 0, 0, 0
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	random := breadthtest.New(schema, *seed, nothing)
	plans := breadth.NewPlans(generated.BreadthBinding, nil)
	worlds := [][2]engine{}
	for i, faults := range []uint64{0, 5, 20, 60} {
		for j := range 3 {
			a, b := both(faulty.World{Seed: uint64(10*i + j), Faults: faults}, 2+j)
			worlds = append(worlds, [2]engine{a, b})
		}
	}
	for range *documents {
		document, variables := random.Next()
		w := worlds[executed%len(worlds)]
		executed++
		want, got := w[0].answer(t, document, variables), w[1].answer(t, document, variables)
		if got != want {
			t.Fatalf("got  %s\nwant %s\nfor %s\nwith %v", got, want, document, variables)
		}
		if strings.HasPrefix(got, `{"errors"`) {
			failing++
		}
		a, b := w[0].counted, w[1].counted
		if a.counts != b.counts && !strings.Contains(want, "panic: sealed") { // of which all is done again
			t.Fatalf("counted %+v, want %+v, for %s", b.counts, a.counts, document)
		}
		a.counts, b.counts = counts{most: a.most}, counts{most: b.most}
		if isPlanned(t, plans, schema, document, variables) {
			planned++
		}
	}
	t.Logf("%d documents, %d of them executed breadth first, %d with errors", executed, planned, failing)
	if failing < executed/10 || planned < executed*95/100 {
		t.Errorf("too few")
	}
}

// FuzzBothAlike executes any document both ways, in any world; one that is empty is made from
// the seed.
func FuzzBothAlike(f *testing.F) {
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	random := breadthtest.New(schema, 1, nothing)
	for i := range uint64(20) {
		text, _ := random.Next()
		f.Add(text, i, i*5)
		f.Add("", i, i*5)
	}
	f.Fuzz(func(t *testing.T, text string, seed, faults uint64) {
		var variables map[string]any
		if text == "" {
			text, variables = breadthtest.New(schema, seed, nothing).Next()
		}
		if _, refusal := guard.Document(text); refusal != nil {
			return // it would take long to validate
		}
		gqlgen, levels := both(faulty.World{Seed: seed, Faults: faults % 101}, 3)
		if want, got := gqlgen.answer(t, text, variables), levels.answer(t, text, variables); got != want {
			t.Errorf("got  %s\nwant %s\nfor %s\nwith %v", got, want, text, variables)
		}
	})
}

// nothing leaves all values to the generator.
func nothing(*rand.Rand, string, string, *ast.Type) (any, bool) { return nil, false }
