package graph

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/uuid"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"

	"github.com/paygraph/paygraph/graph/generated"
	"github.com/paygraph/paygraph/internal/pay"
)

func listCalled(name string) list { return func() []byte { return []byte(name) } }

// FuzzCursor gives a text as a cursor and writes one of it: nothing but what was written
// for a list is read, and that as it was written.
func FuzzCursor(f *testing.F) {
	c := cursors{secret: []byte("a secret")}
	mine, other := listCalled(`["payments"]`), listCalled(`["orders"]`)
	id := uuid.MustParse("0192f0c1-2a3b-7c4d-8e5f-60718293a4b5")
	genuine, err := c.write(mine, pay.Position{Keys: []any{"x"}, ID: id})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(genuine, int64(1))
	f.Add("", int64(-1<<63))
	f.Add(base64.RawURLEncoding.EncodeToString([]byte(strings.Repeat("0", signatureSize)+`{"Keys":[{}]}`)), int64(0))
	f.Fuzz(func(t *testing.T, text string, number int64) {
		if got, err := c.read(mine, text); err == nil {
			// Base64 has more than one spelling of the same bytes: the last bits of some are not read.
			if again, err := c.write(mine, *got); err != nil || len(again) != len(genuine) || text[:len(text)-1] != genuine[:len(genuine)-1] {
				t.Errorf("%q was read as %+v", text, got)
			}
		}
		at := time.UnixMicro(number % (1 << 55)).UTC()
		key := strings.ToValidUTF8(text, "\ufffd")
		written, err := c.write(mine, pay.Position{Keys: []any{key, number, at}, ID: id})
		if err != nil {
			if at.Year() >= 0 && at.Year() <= 9999 { // JSON has no other years, and neither do payments
				t.Fatal(err)
			}
			return
		}
		if got, err := c.read(mine, written); err != nil || got.ID != id || len(got.Keys) != 3 || got.Keys[0] != key || got.Keys[1] != number || !got.Keys[2].(time.Time).Equal(at) {
			t.Errorf("%q %d %s: got %+v, %v", key, number, at, got, err)
		}
		if got, err := c.read(other, written); err == nil {
			t.Errorf("read for another list: %+v", got)
		}
	})
}

// FuzzEventCursor gives a text as a place in a log of events and writes one of it, as
// FuzzCursor does.
func FuzzEventCursor(f *testing.F) {
	c := cursors{secret: []byte("a secret")}
	mine, err := c.logOf(listCalled(`["one"]`))
	if err != nil {
		f.Fatal(err)
	}
	other, err := c.logOf(listCalled(`["another"]`))
	if err != nil {
		f.Fatal(err)
	}
	f.Add("", int64(0))
	f.Add("AAAAAAAAAAAAAAAAAAAAAA", int64(1<<62))
	f.Fuzz(func(t *testing.T, text string, place int64) {
		if got, err := mine.read(text); err == nil {
			if again := mine.write(got); again[:len(again)-1] != text[:len(again)-1] {
				t.Errorf("%q was read as %d", text, got)
			}
		}
		place &= 1<<63 - 1
		written := mine.write(place)
		if got, err := mine.read(written); err != nil || got != place {
			t.Errorf("%d was read as %d, %v", place, got, err)
		}
		if got, err := other.read(written); err == nil {
			t.Errorf("read for another log: %d", got)
		}
	})
}

// FuzzMessage gives any message of a websocket: it is none of the protocol's, or its
// request is refused, or what goes on to the library is the same request.
func FuzzMessage(f *testing.F) {
	for _, text := range []string{`{"type":"connection_init","payload":{"Authorization":"Bearer x"}}`, `{"type":"subscribe","id":"1","payload":{"query":"subscription{a}","variables":{"n":1e999}}}`, `{"type":"ping","payload":[1]}`,
		`{"type":"subscribe","id":"1","payload":"x"}`, `{"type":"complete"}`, `{"type":"next","id":""}`, "null", "\xff", `{"type":"subscribe","id":"\ud800","payload":{"query":"","QUERY":null}}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		var m message
		if !m.read(frame) || m.Type != messageSubscribe {
			return
		}
		var want, got graphql.RawParams
		refused := parseBody(m.Payload, &want)
		if bad := m.readRequest(); (bad == nil) != (refused == nil) {
			t.Fatalf("%q: %v, and as a body %v", frame, bad, refused)
		}
		if refused != nil {
			return
		}
		if _, err := json.Marshal(m); err != nil {
			t.Fatalf("%q is read, and cannot be handed on: %v", frame, err)
		}
		if err := decode(m.Payload, &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q is handed on as %+v, not %+v: %v", frame, got, want, err)
		}
	})
}

// FuzzAccepted gives any header Accept, which can only choose between two media types.
func FuzzAccepted(f *testing.F) {
	for _, text := range []string{"", "*/*", mediaGraphQL + ";q=0.5, " + mediaJSON, "application/*;q=NaN", "a/b;q=-1," + mediaGraphQL + `;q="+Inf"`, ";;q=;", "text/html;q=1;q=2", strings.Repeat("*/*,", 100)} {
		f.Add(text, text)
	}
	f.Fuzz(func(t *testing.T, one, two string) {
		if got := accepted([]string{one, two}); got != mediaGraphQL && got != mediaJSON {
			t.Errorf("%q: got %q", one+two, got)
		}
	})
}

// FuzzBody gives any body and any query of a link: either is refused as the caller's
// fault, or is a document with its variables.
func FuzzBody(f *testing.F) {
	for _, text := range []string{`{"query":"{a}","variables":{"a":1e999,"b":[null]},"operationName":null}`, `{"query":"{a}","QUERY":1}`, `[]`, `{"query":null}`, "query=%7Ba%7D&variables={}", "query=%zz",
		`{"query":"\ud800","extensions":[]}`, `{"query":"{a}"}{}`, "query={a}&query={b}&variables=null&extensions=1", "\xff"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for name, read := range map[string]func(*graphql.RawParams) *badRequest{
			"body": func(into *graphql.RawParams) *badRequest { return parseBody([]byte(text), into) },
			"link": func(into *graphql.RawParams) *badRequest { return readLink(text, into) },
		} {
			var request graphql.RawParams
			bad := read(&request)
			if bad != nil && (bad.status != http.StatusBadRequest || bad.fault.Message == "") {
				t.Errorf("%s %q: %d %q", name, text, bad.status, bad.fault.Message)
			}
			if _, err := json.Marshal(request.Variables); bad == nil && err != nil {
				t.Errorf("%s %q: variables that are no JSON: %v", name, text, err)
			}
		}
	})
}

// FuzzOneOf gives variables of a type with inputs that want exactly one of their fields:
// the check ends, and admits a single value only where it has one field that is not null.
func FuzzOneOf(f *testing.F) {
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: `
		enum Word { A B }
		input One @oneOf { a: Int b: One c: [One!] d: Word e: String }
		type Query { f(x: One): Int }`})
	for _, text := range []string{`{"a":1}`, `{"b":{"c":[{"a":1},{"d":"A"}]}}`, `{"a":null}`, `{}`, `[1]`, `{"c":{"c":{"c":{"e":1}}}}`, `null`, `{"a":1,"b":null}`, `{"d":"a"}`, `"x"`} {
		f.Add(text)
	}
	operation := &ast.OperationDefinition{VariableDefinitions: ast.VariableDefinitionList{{Variable: "v", Type: ast.NamedType("One", nil)}}}
	f.Fuzz(func(t *testing.T, text string) {
		var value any
		if decode([]byte(text), &value) != nil || value == nil {
			return
		}
		err := (exactVariables{schema}).check(t.Context(), &graphql.OperationContext{Operation: operation, Variables: map[string]any{"v": value}})
		fields, _ := value.(map[string]any)
		known, null := 0, false
		for name, v := range fields {
			if strings.Contains("abcde", name) && len(name) == 1 {
				known, null = known+1, null || v == nil
			}
		}
		if err == nil && (known != 1 || null) {
			t.Errorf("admitted %s", text)
		}
	})
}

// FuzzKeyHeader gives a document, its variables and a header with a key. Where the key is
// written into the document it parses as before, and asks for the same.
func FuzzKeyHeader(f *testing.F) {
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	for _, seed := range [][3]string{
		{`mutation { cancelPayment(input: { paymentId: "py_x" }) { replayed } }`, `{}`, "key-1"},
		{`mutation($i: CancelPaymentInput!) { cancelPayment(input: $i) { replayed } }`, `{"i":{"paymentId":"x"}}`, `a"b\c`},
		{`mutation($i: CancelPaymentInput! = {idempotencyKey: null}) { cancelPayment(input: $i) { replayed } }`, `null`, "k"},
		{`mutation($k: IdempotencyKey! = "k") { cancelPayment(input: { idempotencyKey: $k }) { replayed } } # é`, `{"k":1}`, "k"},
		{`mutation { ...f } fragment f on Mutation { cancelPayment(input: { idempotencyKey: """k""" }) { replayed } }`, `{}`, ""},
		{`{ viewer { id } }`, `{}`, "k"}, {`mutation { a: cancelPayment b: cancelPayment(input: []) { replayed } }`, `[]`, "\x00"},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, text, variables, key string) {
		doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: text}, 500)
		if err != nil || len(doc.Operations) == 0 {
			return
		}
		request := graphql.RawParams{Query: text, Headers: http.Header{keyHeader: {key}}}
		_ = decode([]byte(variables), &request.Variables)
		if keyFromHeader(schema, doc, doc.Operations[0], &request) != nil || request.Query == text {
			return
		}
		again, err := parser.ParseQuery(&ast.Source{Input: request.Query})
		if err != nil {
			t.Fatalf("%q became %q: %v", text, request.Query, err)
		}
		if before, after := namesOf(doc), namesOf(again); !reflect.DeepEqual(before, after) {
			t.Errorf("%q became %q: %v, not %v", text, request.Query, after, before)
		}
		if !strings.Contains(request.Query, keyField) {
			t.Errorf("%q became %q, which names no key", text, request.Query)
		}
	})
}

// namesOf lists what a document asks for.
func namesOf(doc *ast.QueryDocument) []string {
	var names []string
	observers := &validator.Events{}
	observers.OnField(func(_ *validator.Walker, field *ast.Field) { names = append(names, field.Alias+":"+field.Name) })
	validator.Walk(generated.NewExecutableSchema(generated.Config{}).Schema(), doc, observers)
	return names
}
