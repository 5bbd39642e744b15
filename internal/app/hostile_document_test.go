package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
)

// document is a request with a document and nothing else.
func document(text string) string { return requestOf(text, nil) }

func requestOf(text string, variables any) string {
	body, err := json.Marshal(map[string]any{"query": text, "variables": variables})
	if err != nil {
		panic(err)
	}
	return string(body)
}

// numbered joins what format makes of the numbers from 0 to n-1.
func numbered(n int, format string) string {
	var text strings.Builder
	for i := range n {
		text.WriteString(strings.NewReplacer("#+", fmt.Sprint(i+1), "#", fmt.Sprint(i)).Replace(format))
	}
	return text.String()
}

// around puts n openings before and n closings after a text.
func around(n int, open, text, end string) string {
	return strings.Repeat(open, n) + text + strings.Repeat(end, n)
}

// hostileDocuments are requests that would cost much: to parse, to validate, to
// execute, or to refuse.
func hostileDocuments() map[string]string {
	all := map[string]string{}
	for _, group := range []map[string]string{hostileFragments(), hostileSelections(), hostileValues(), hostileWords(), hostileVariables()} {
		for name, body := range group {
			all[name] = body
		}
	}
	return all
}

func hostileFragments() map[string]string {
	const end = " fragment f20 on Query { __typename }"
	return map[string]string{
		"fragments that double":             document("{ ...f0 }" + numbered(20, " fragment f# on Query { ...f#+ ...f#+ }") + end),
		"fragments that triple with fields": document("{ ...f0 }" + numbered(20, " fragment f# on Query { a#: __typename ...f#+ ...f#+ ...f#+ }") + end),
		"doubling with depth":               document("{ payments { nodes { ...f0 } } }" + numbered(20, " fragment f# on Payment { customer { payments { nodes { ...f#+ ...f#+ } } } }") + " fragment f20 on Payment { id }"),
		"doubling that is never used":       document("{ viewer { id } }" + numbered(20, " fragment f# on Query { ...f#+ ...f#+ }") + end),
		"fragment in itself":                document("{ ...f } fragment f on Query { ...f }"),
		"fragments in a circle":             document("{ ...f0 }" + numbered(100, " fragment f# on Query { ...f#+ }") + " fragment f100 on Query { ...f0 }"),
		"circles everywhere":                document("{ ...f0 }" + numbered(60, " fragment f# on Query { ...f#+ ...f0 ...f1 ...f2 }") + " fragment f60 on Query { ...f0 }"),
		"circle that gains depth":           document("{ payments { nodes { ...f } } } fragment f on Payment { customer { payments { nodes { ...f } } } }"),
		"circle in introspection":           document("{ __schema { types { ...f } } } fragment f on __Type { fields { type { ...f } } ofType { ...f } }"),
		"chain of large fragments":          document("{ ...f0 }" + numbered(60, " fragment f# on Query { ...f#+ "+numbered(12, "x_#: __typename ")+"}") + " fragment f60 on Query { __typename }"),
		"operations that share a chain":     document(numbered(40, "query q# { ...f0 } ") + numbered(60, " fragment f# on Query { ...f#+ viewer { id } }") + " fragment f60 on Query { __typename }"),
		"fragments that nobody uses":        document("{ viewer { id } }" + numbered(200, " fragment f# on Query { __typename }")),
		"fragments that do not exist":       document("{ " + numbered(190, "...f# ") + "}"),
		"fragment named as introspection":   document("{ ...__schema } fragment __schema on Query { __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }"),
		"fragment with variables":           document("{ ...f } fragment f($x: Int = 1) on Query { __typename }"),
		"inline fragments in each other":    document("{ " + around(500, "... { ", "__typename", " }") + " }"),
	}
}

func hostileSelections() map[string]string {
	return map[string]string{
		"one field many times":                  document("{ " + strings.Repeat("__typename ", 5000) + "}"),
		"one field in every place":              document("{ viewer { " + strings.Repeat("id ", 190) + "} " + strings.Repeat("viewer { id } ", 190) + "}"),
		"names that overlap":                    document("{ " + strings.Repeat("payments { nodes { id id id id } } ", 150) + "}"),
		"overlap of overlaps":                   document("{ " + strings.Repeat("payments { "+strings.Repeat("nodes { "+strings.Repeat("id ", 6)+"} ", 6)+"} ", 30) + "}"),
		"names in conflict":                     document("{ " + numbered(40, "x: node(id: \"#\") { id } ") + "}"),
		"many names":                            document("{ " + numbered(400, "a#: __typename ") + "}"),
		"many mutations":                        document("mutation { " + numbered(1000, "a#: cancelPayment(input: { idempotencyKey: \"k#\", paymentId: \"py_x\" }) { replayed } ") + "}"),
		"a few mutations":                       document("mutation { " + numbered(10, "a#: cancelPayment(input: { idempotencyKey: \"k#\", paymentId: \"py_x\" }) { replayed } ") + "}"),
		"many root fields":                      document("{ " + numbered(59, "a#: viewer { id } ") + "}"),
		"many operations":                       document(numbered(200, "query q# { viewer { id } } ")),
		"one name for all operations":           document(strings.Repeat("query q { viewer { id } } ", 200)),
		"objects deep in each other":            document("{ payments { " + nested(10, "1") + " } }"),
		"nesting past the parser":               document("{ " + around(5000, "a { ", "b", " }") + " }"),
		"nesting past the limit":                document("{ " + around(900, "a{", "b", "}") + " }"),
		"types of types":                        document("{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }"),
		"the schema by aliases":                 document("{ " + numbered(10, "a#: __schema { types { fields { args { type { name } } type { name } } } } ") + "}"),
		"types in wrapped types":                document("{ __schema { types { fields { args { type { ofType { inputFields { type { ofType { inputFields { name } } } } } } } type { ofType { ofType { fields { name } } fields { type { fields { name } } } } } } } } }"),
		"a long chain of ofType":                document("{ __type(name: \"Query\") { " + around(40, "ofType { ", "name", " }") + " } }"),
		"pages in pages":                        document("{ payments(first: 100) { " + nested(3, "100") + " } }"),
		"fields that do not exist by thousands": document("{ " + numbered(9, "payments { nodes { "+numbered(190, "n# ")+"} } ") + "}"),
		"names in conflict by thousands":        document("{ " + numbered(3, "x#: node(id: \"1\") { id } "+strings.Repeat("x#: node(id: \"2\") { id } ", 47)) + "}"),
		"fields that do not exist":              document("{ " + numbered(199, "nothing# ") + "}"),
		"fields that do not exist deep":         document("{ payments { nodes { " + numbered(199, "n# ") + "} } }"),
		"arguments that do not exist":           document("{ viewer(" + numbered(400, "a#: 1 ") + ") { id } }"),
		"one argument many times":               document("{ payments(" + strings.Repeat("first: 1 ", 400) + ") { totalCount } }"),
		"a subscription":                        document("subscription { payments { totalCount } }"),
		"directives by thousands":               document("{ viewer " + strings.Repeat("@skip(if: false) ", 10_000) + "{ id } }"),
		"directives everywhere":                 document("{ " + strings.Repeat("viewer @skip(if: false) { id } ", 40) + "}"),
		"one directive many times":              document("{ viewer " + strings.Repeat("@a ", 600) + "{ id } }"),
		"an unknown directive":                  document("{ viewer @live { id } }"),
		"a deferred fragment":                   document("{ viewer { ... @defer { id } } }"),
		"a streamed list":                       document("{ payments { nodes @stream(initialCount: 1) { id } } }"),
	}
}

func hostileValues() map[string]string {
	find := func(value string) string {
		return document("{ payments(filter: { search: " + value + " }) { totalCount } }")
	}
	return map[string]string{
		"lists in lists":                   find(around(900, "[", "", "]")),
		"lists in lists by thousands":      find(around(15_000, "[", "", "]")),
		"objects in objects":               find(around(400, "{a:", "1", "}")),
		"filters in filters":               document("{ payments(filter: " + around(200, "{ AND: [", "{}", "] }") + ") { totalCount } }"),
		"a long list":                      document("{ nodes(ids: [" + strings.Repeat("1 ", 1990) + "]) { id } }"),
		"a list of nothing":                document("{ nodes(ids: [" + strings.Repeat("null ", 1900) + "]) { id } }"),
		"a long text":                      find(`"` + strings.Repeat("x", 40_000) + `"`),
		"a long block":                     find(`"""` + strings.Repeat(" x\n", 15_000) + `"""`),
		"a number without end":             document("{ payments(first: " + strings.Repeat("9", 30_000) + ") { totalCount } }"),
		"an exponent":                      document("{ payments(first: 1e999999999) { totalCount } }"),
		"enum values that do not exist":    document("{ payments(filter: { modules: [" + numbered(900, "N# ") + "] }) { totalCount } }"),
		"one field of an input many times": document("{ payments(filter: { " + strings.Repeat(`search: "x" `, 600) + "}) { totalCount } }"),
		"two of an input that wants one":   document(`{ payment(by: { id: "py_x", humanId: "AAAAAA" }) { id } }`),
	}
}

func hostileWords() map[string]string {
	return map[string]string{
		"only spaces":                 document(strings.Repeat(" ", 30_000)),
		"only commas":                 document(strings.Repeat(",", 30_000) + "{"),
		"only comments":               document(strings.Repeat("#\n", 10_000) + "{ viewer { id } }"),
		"a long document":             document("{ viewer { id } } # " + strings.Repeat("x", 100_000)),
		"a long name":                 document("{ " + strings.Repeat("x", 30_000) + " }"),
		"a long name of an operation": document("query " + strings.Repeat("x", 20_000) + " { " + numbered(300, "a(x: $b#) ") + "}"),
		"letters of another script":   document("{ vіewer { id } }"),
		"a NUL":                       document("{ viewer\x00 { id } }"),
		"an open text":                document(`{ payments(filter: { search: "` + strings.Repeat("x", 30_000)),
		"an open block":               document(`{ payments(filter: { search: """` + strings.Repeat("x", 30_000)),
		"a bad escape":                document(`{ payments(filter: { search: "\q` + strings.Repeat("x", 30_000) + `" }) { totalCount } }`),
		"half a surrogate":            document(`{ payments(filter: { search: "\uD800" }) { totalCount } } }`),
		"braces only":                 document(strings.Repeat("{", 30_000)),
		"nothing":                     document(""),
		"a batch":                     "[" + strings.Repeat(document("{ viewer { id } }")+",", 500) + document("{ viewer { id } }") + "]",
	}
}

func hostileVariables() map[string]string {
	const search = "query($f: PaymentFilter) { payments(filter: $f) { totalCount } }"
	raw := func(query, variables string) string {
		return fmt.Sprintf(`{"query":%q,"variables":%s}`, query, variables)
	}
	return map[string]string{
		"variables by thousands":            requestOf("query("+numbered(400, "$v#: Int ")+") { viewer { id } }", nil),
		"variables that nobody declared":    raw("{ viewer { id } }", "{"+numbered(2000, `"v#":1,`)+`"v":1}`),
		"variables that do not exist":       document("{ " + numbered(190, "a#(x: $v#) ") + "}"),
		"one variable in every place":       document("query($v: [[[[[[[[Int]]]]]]]]) { " + strings.Repeat("viewer(x: $v) { id } ", 40) + "}"),
		"a type of lists":                   document("query($v: " + around(900, "[", "Int", "]") + ") { viewer { id } }"),
		"a deep variable":                   raw(search, `{"f":`+around(5000, `{"AND":[`, "{}", "]}")+"}"),
		"a variable a little too deep":      raw(search, `{"f":`+around(9, `{"AND":[`, `{"search":"x"}`, "]}")+"}"),
		"a deep extension":                  `{"query":"{ viewer { id } }","extensions":` + around(5000, `{"a":`, "1", "}") + "}",
		"a long list in a variable":         raw("query($i: [ID!]!) { nodes(ids: $i) { id } }", `{"i":[`+strings.Repeat("1,", 20_000)+"1]}"),
		"a list of lists in a variable":     raw("query($i: [ID!]!) { nodes(ids: $i) { id } }", `{"i":[`+strings.Repeat("[],", 60_000)+"[]]}"),
		"a long text in a variable":         requestOf(search, apptest.Vars{"f": apptest.Vars{"search": strings.Repeat("x", 100_000)}}),
		"a number without end in variables": raw("query($n: Int!) { payments(first: $n) { totalCount } }", `{"n":`+strings.Repeat("9", 100_000)+"}"),
		"values by the hundred thousand":    `{"query":"{ viewer { id } }","extensions":{"a":[` + strings.Repeat("0,", 120_000) + "0]}}",
		"many fields of an input":           raw(search, `{"f":{`+numbered(9000, `"v#":1,`)+`"v":1}}`),
	}
}

const (
	// mostCPU and mostBytes are what a refusal may cost.
	mostCPU   = 5 * time.Millisecond
	mostBytes = 2 << 20
)

// TestHostileDocuments proves that requests made to cost much are refused for little,
// with a code, whatever their form. It is not parallel to others: it measures.
func TestHostileDocuments(t *testing.T) {
	api := apptest.Start(t)
	token := api.Token(t, auth.Grant{})
	handler, err := api.App.Handler(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client := api.Client(token)
	if got := client.Send(t, "{ viewer { id } }", nil); got.Status != http.StatusOK || len(got.Errors) > 0 { // the tenant is known now
		t.Fatalf("a good request: %s", got.Body)
	}
	documents := hostileDocuments()
	if len(documents) < 40 {
		t.Errorf("only %d documents", len(documents))
	}
	for name, body := range documents {
		t.Run(name, func(t *testing.T) {
			got := client.SendBody(t.Context(), t, []byte(body))
			if len(got.Errors) == 0 || len(got.Errors) > 20 || len(got.Data) > 0 || got.Status != http.StatusOK && got.Status != http.StatusBadRequest {
				t.Fatalf("status %d with %d errors: %.500s", got.Status, len(got.Errors), got.Body)
			}
			for _, e := range got.Errors {
				if code := e.Extensions.Code; code != "GRAPHQL_PARSE_FAILED" && code != "GRAPHQL_VALIDATION_FAILED" && code != "COST_LIMIT" || e.Extensions.RequestID == "" {
					t.Errorf("%+v", e)
				}
			}
			assertPublic(t, got.Body)
			cpu, size := costOf(handler, token, body)
			t.Logf("%6.2f ms  %7d bytes  %s %.100s", cpu.Seconds()*1000, size, got.Errors[0].Extensions.Code, got.Errors[0].Message)
			if cpu > mostCPU*slowdown || size > mostBytes {
				t.Errorf("costs %s and %d bytes, more than %s and %d", cpu, size, mostCPU*slowdown, mostBytes)
			}
		})
	}
}

// costOf is the processor's time and the memory that an answer takes: the least of
// several tries, because caches are cold at first. One goroutine does all of it, on one
// thread.
func costOf(handler http.Handler, token, body string) (cpu time.Duration, size uint64) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cpu, size = time.Hour, 1<<62
	for try := range 30 {
		if try > 4 && cpu <= mostCPU*slowdown && size <= mostBytes {
			break
		}
		request := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(body))
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Authorization", "Bearer "+token)
		recorder := httptest.NewRecorder()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		began := threadTime()
		handler.ServeHTTP(recorder, request)
		cpu = min(cpu, threadTime()-began)
		runtime.ReadMemStats(&after)
		size = min(size, after.TotalAlloc-before.TotalAlloc)
	}
	return cpu, size
}
