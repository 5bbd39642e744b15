package guard_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"

	"github.com/paygraph/paygraph/graph/generated"
	"github.com/paygraph/paygraph/graph/guard"
)

// patience is how long the guard, or validation after it, may take for one document.
// Machines that run tests are slow and busy; what it must not be is without end.
const patience = 500 * time.Millisecond

var (
	schema  = generated.NewExecutableSchema(generated.Config{}).Schema()
	secrets = regexp.MustCompile(`[0-9A-Za-z_]{24,}`)
)

// check looks at one document: the guard must be quick and say nothing of it, and what
// it admits the library must validate quickly.
func check(t *testing.T, text string) (admitted bool) {
	t.Helper()
	began := time.Now()
	_, refusal := guard.Document(text)
	if took := time.Since(began); took > patience {
		t.Errorf("the guard took %s for %.2000q", took, text)
	}
	if refusal != nil {
		for _, word := range secrets.FindAllString(text, -1) {
			if strings.Contains(refusal.Message, word) {
				t.Errorf("%q repeats %q", refusal.Message, word)
			}
		}
		return false
	}
	doc, err := parser.ParseQuery(&ast.Source{Input: text})
	if err != nil {
		t.Fatalf("admitted what is no GraphQL: %v", err)
	}
	began = time.Now()
	validator.ValidateWithRules(schema, doc, nil)
	if took := time.Since(began); took > patience {
		t.Errorf("validation took %s for %.2000q", took, text)
	}
	return true
}

// FuzzGuard tries texts that are or look like documents.
func FuzzGuard(f *testing.F) {
	for _, text := range []string{"{ viewer { id } }", "query q($v: [Int!]! = [1]) { payments(first: $v) @skip(if: true) { ...f } } fragment f on PaymentConnection { a: totalCount }",
		`{ node(id: "\u00e9") { ... on Payment { id } } } # comment`, `mutation { payOrders(input: { a: """b""" c: [1.5e3 true null ENUM $v] }) { errors { code } } }`, "{...f} fragment f on Query {...f}",
		"{ __schema { types { fields { type { ofType { name } } } } } }", "subscription { a }", "{ a(x: [[[[]]]]) }", "\ufeff{a}", "{" + times(20, "a#: viewer { id } ") + "}", "{...f0}" + chain(10, "{...f%[1]d ...f%[1]d}")} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { check(t, text) })
}

// FuzzShapes tries documents of all shapes that grammar allows: each byte says what
// comes next. It finds what is valid and slow, which texts that are changed at random
// do not.
func FuzzShapes(f *testing.F) {
	for _, shape := range [][]byte{{0}, {4, 1, 2, 3}, bytes.Repeat([]byte{1, 3}, 100), bytes.Repeat([]byte{5, 2, 6}, 200), bytes.Repeat([]byte{7}, 300), {200, 1, 1, 1, 6, 6, 6, 6}} {
		f.Add(shape)
	}
	f.Fuzz(func(t *testing.T, shape []byte) {
		w := shapeWriter{shape: shape}
		w.text.WriteString("{ ")
		w.selection("Query", 0)
		w.text.WriteString("}")
		for i := range w.fragments {
			fmt.Fprintf(&w.text, " fragment f%d on Payment { ", i)
			w.selection("Payment", 0)
			w.text.WriteString("}")
		}
		check(t, w.text.String())
	})
}

// shapeWriter writes selections of payments and of the root that are mostly valid.
type shapeWriter struct {
	text      strings.Builder
	shape     []byte
	fragments int
}

func (w *shapeWriter) next() byte {
	if len(w.shape) == 0 {
		return 0
	}
	b := w.shape[0]
	w.shape = w.shape[1:]
	return b
}

func (w *shapeWriter) selection(of string, depth int) {
	w.text.WriteString("__typename ")
	for b := w.next(); b%8 != 0 && w.text.Len() < guard.MaxDocument; b = w.next() {
		switch {
		case of == "Query":
			w.text.WriteString("payments(first: 1) { nodes { ")
			w.selection("Payment", depth+2)
			w.text.WriteString("} } ")
		case b%8 == 1:
			w.text.WriteString("customer { payments { nodes { ")
			w.selection("Payment", depth+3)
			w.text.WriteString("} } } ")
		case b%8 == 2:
			w.fragments = max(w.fragments, int(b/8)+1)
			fmt.Fprintf(&w.text, "...f%d ", b/8)
		case b%8 == 3:
			w.text.WriteString("... on Payment { ")
			w.selection("Payment", depth)
			w.text.WriteString("} ")
		case b%8 == 4:
			fmt.Fprintf(&w.text, "a%d: id ", b/8)
		case b%8 == 5:
			w.text.WriteString("transactions { id gateway { id } } ")
		case b%8 == 6:
			w.text.WriteString("... @include(if: true) { id } ")
		default:
			w.text.WriteString("id status ")
		}
	}
}

// FuzzVariables tries JSON: what the guard admits, it looks at again when it is decoded.
func FuzzVariables(f *testing.F) {
	for _, text := range []string{`{"a":[1,"x",null,{"b":true}]}`, `{"a":"\"]}"}`, "[", `{"a":1e999}`, strings.Repeat(`{"a":`, 30)} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if guard.JSON(text) != nil {
			return
		}
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		var variables map[string]any
		if decoder.Decode(&variables) == nil {
			guard.Variables(variables)
		}
	})
}
