package guard_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/graph/guard"
)

// times joins what format makes of the numbers from 0 to n-1, at each #.
func times(n int, format string) string {
	var text strings.Builder
	for i := range n {
		text.WriteString(strings.ReplaceAll(format, "#", fmt.Sprint(i)))
	}
	return text.String()
}

func deep(n int, open, inside, end string) string {
	return strings.Repeat(open, n) + inside + strings.Repeat(end, n)
}

// TestLimits proves that each limit lets pass what is at it, and refuses one more.
func TestLimits(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		limit int
		of    func(n int) string
		words string
	}{
		"bytes":              {guard.MaxDocument, func(n int) string { return "{a} #" + strings.Repeat("x", n-5) }, "longer than 32768 bytes"},
		"tokens":             {guard.MaxTokens - 7, func(n int) string { return "{a(x: [" + strings.Repeat("1 ", n-2) + "])}" }, "more than 2000 tokens"},
		"name":               {guard.MaxName, func(n int) string { return "{" + strings.Repeat("a", n) + "}" }, "A name is longer than 200 bytes"},
		"name of a value":    {guard.MaxName, func(n int) string { return "{a(x: {a: " + strings.Repeat("a", n) + "})}" }, "A name is longer"},
		"selections":         {guard.MaxSelections, func(n int) string { return "{a {" + times(n, "a# ") + "}}" }, "More than 200 fields are selected in one place"},
		"aliases":            {guard.MaxAliases, func(n int) string { return "{a {" + times(n, "a#: b ") + "}}" }, "more than 30 names in one place"},
		"directives":         {guard.MaxDirectives, func(n int) string { return "{a {" + times(n, "a# @skip(if: true) ") + "}}" }, "more than 20 directives"},
		"directives here":    {guard.MaxDirectivesAtOnce, func(n int) string { return "{a " + strings.Repeat("@skip(if: true) ", n) + "}" }, "One place has more than 2 directives"},
		"variables":          {guard.MaxVariables, func(n int) string { return "query(" + times(n, "$v#: Int ") + ") {a}" }, "more than 100 variables"},
		"depth of a value":   {guard.MaxValueDepth, func(n int) string { return "{a(x: " + deep(n, "[", "1", "]") + ")}" }, "more than 16 lists and objects"},
		"depth of defaults":  {guard.MaxValueDepth, func(n int) string { return "query($v: X = " + deep(n, "{a:", "1", "}") + ") {a}" }, "more than 16 lists and objects"},
		"depth of a type":    {guard.MaxTypeDepth, func(n int) string { return "query($v: " + deep(n, "[", "Int", "]") + ") {a}" }, "more than 4 lists in each other"},
		"depth":              {guard.MaxDepth, func(n int) string { return "{" + deep(n, "a{", "b", "}") + "}" }, "more than 15 deep"},
		"depth in fragments": {guard.MaxDepth, func(n int) string { return "{...f0}" + chain(n, "{a{...f%d}}") }, "more than 15 deep"},
		"roots":              {guard.MaxRoots, func(n int) string { return "{" + times(n, "a# ") + "}" }, "more than 30 fields of its own"},
		"roots by spreads":   {guard.MaxRoots, func(n int) string { return "{...f ... {" + times(n-1, "a# ") + "}} fragment f on X {x}" }, "more than 30 fields of its own"},
		"pairs":              {guard.MaxPairs, func(n int) string { return "{a {" + pairs(n, "b# ") + "}}" }, "more than 5000 pairs"},
		"pairs by spreads":   {guard.MaxPairs, func(n int) string { return "{a {" + pairs(n, "...f# ") + "}}" + times(9, " fragment f# on X {x#}") }, "more than 5000 pairs"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, refusal := guard.Document(c.of(c.limit)); refusal != nil {
				t.Errorf("%d are refused: %+v", c.limit, refusal)
			}
			if _, refusal := guard.Document(c.of(c.limit + 1)); refusal == nil || refusal.Code != guard.TooLarge || !strings.Contains(refusal.Message, c.words) {
				t.Errorf("%d: %+v, want %q", c.limit+1, refusal, c.words)
			}
		})
	}
}

// pairs selects a few places so often that there are n pairs in all.
func pairs(n int, format string) string {
	var text strings.Builder
	for place := 0; n > 0; place++ {
		selected := 1
		for ; (selected+1)*selected/2 <= n; selected++ {
		}
		n -= selected * (selected - 1) / 2
		text.WriteString(strings.Repeat(strings.ReplaceAll(format, "#", fmt.Sprint(place)), selected))
	}
	return text.String()
}

// chain is n fragments with a selection that spreads the next one, and the last.
func chain(n int, selection string) string {
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, " fragment f%d on X ", i)
		fmt.Fprintf(&text, selection, i+1)
	}
	return text.String() + fmt.Sprintf(" fragment f%d on X {b}", n)
}

// TestIntrospection proves that tools can read the schema: the query is what graphql
// 16.14.2 makes with every option, as GraphiQL and others send it.
func TestIntrospection(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/introspection.graphql")
	if err != nil {
		t.Fatal(err)
	}
	if _, refusal := guard.Document(string(text)); refusal != nil {
		t.Errorf("refused: %+v", refusal)
	}
}

// TestRefusals proves that what no limit counts is refused too, with a code and the
// place.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                     guard.Invalid + " The document has no operation.",
		"fragment f on X {a}":                  guard.Invalid + " The document has no operation.",
		"{":                                    guard.NotGraphQL + " The document is not GraphQL: Expected Name, found <EOF>. 1:2",
		"{a(x:)}":                              guard.NotGraphQL + " The document is not GraphQL: Unexpected ). 1:6",
		"{a} secret":                           guard.NotGraphQL + " The document is not GraphQL: Unexpected Name. 1:5",
		"{a(\"secret\": 1)}":                   guard.NotGraphQL + " The document is not GraphQL: Expected Name, found String. 1:5",
		"fragment f secret X":                  guard.NotGraphQL + " The document is not GraphQL: Expected \"on\", found Name. 1:12",
		"{}":                                   guard.NotGraphQL + " The document is not GraphQL: a pair of braces or parentheses is empty. 1:2",
		"{a(x: \"\\secret\")}":                 guard.NotGraphQL + " The document is not GraphQL: a character, number or text is malformed. 1:9",
		"{a ...secret}":                        guard.Invalid + " A fragment is spread that the document does not have. 1:7",
		"{...f} fragment f on X {...f}":        guard.Invalid + " A fragment is spread in itself, directly or through others. 1:28",
		"{a @defer}":                           guard.Invalid + " The only directives of a document are @skip and @include; @defer and @stream are not supported. 1:5",
		"{... @defer {a}}":                     guard.Invalid + " The only directives of a document are @skip and @include; @defer and @stream are not supported. 1:7",
		"{...f @stream} fragment f on X {a}":   guard.Invalid + " The only directives of a document are @skip and @include; @defer and @stream are not supported. 1:8",
		"query($v: Int @secret) {a}":           guard.Invalid + " The only directives of a document are @skip and @include; @defer and @stream are not supported. 1:16",
		"{a} fragment f($v: Int) on X {a}":     guard.Invalid + " A fragment has variables of its own, which is not supported. 1:5",
		"{" + deep(1100, "a{", "b", "}") + "}": guard.TooLarge + " The document is nested deeper than is accepted.",
		"{a(x: " + deep(990, "[", "1", "]") + ")}": guard.TooLarge + " A value has more than 16 lists and objects in each other.",
		"{a {...f0}}" + wide(60):                   guard.TooLarge + " The document has more than 10000 fields when its fragments are written out",
	} {
		_, refusal := guard.Document(text)
		got := ""
		if refusal != nil {
			got = refusal.Code + " " + refusal.Message
			if refusal.At != nil {
				got += fmt.Sprintf(" %d:%d", refusal.At.Line, refusal.At.Column)
			}
		}
		if !strings.HasPrefix(got, want) || strings.Contains(got, "secret") {
			t.Errorf("%.60s: got %q, want %q", text, got, want)
		}
	}
}

// wide is a chain of fragments with twelve fields each, no two of one name.
func wide(n int) string {
	var text strings.Builder
	fmt.Fprintf(&text, " fragment f%d on X {b}", n)
	for i := range n {
		fmt.Fprintf(&text, " fragment f%d on X { ...f%d %s}", i, i+1, times(12, fmt.Sprintf("a%d_# ", i)))
	}
	return text.String()
}

// TestVariables proves that each limit of variables lets pass what is at it, and
// refuses one more; before decoding and after.
func TestVariables(t *testing.T) {
	t.Parallel()
	list := func(n int) any { return make([]any, n) }
	within := func(n int) any {
		value := any("x")
		for range n {
			value = map[string]any{"a": value}
		}
		return value
	}
	for name, c := range map[string]struct {
		limit int
		of    func(n int) any
		words string
	}{
		"list":   {guard.MaxList, list, "more than 5000 items"},
		"depth":  {guard.MaxValueDepth, within, "more than 16 lists and objects"},
		"text":   {guard.MaxText, func(n int) any { return strings.Repeat("x", n) }, "longer than 65536 bytes"},
		"number": {guard.MaxNumber, func(n int) any { return json.Number(strings.Repeat("9", n)) }, "longer than 64 digits"},
	} {
		if refusal := guard.Variables(map[string]any{"v": c.of(c.limit)}); refusal != nil {
			t.Errorf("%s: %d are refused: %+v", name, c.limit, refusal)
		}
		if refusal := guard.Variables(map[string]any{"v": c.of(c.limit + 1)}); refusal == nil || refusal.Code != guard.TooLarge || !strings.Contains(refusal.Message, c.words) {
			t.Errorf("%s: %d: %+v, want %q", name, c.limit+1, refusal, c.words)
		}
	}
	many := map[string]any{}
	for i := range guard.MaxVariables {
		many[fmt.Sprint("v", i)] = i
	}
	if refusal := guard.Variables(many); refusal != nil {
		t.Errorf("%d variables: %+v", len(many), refusal)
	}
	many["one more"] = nil
	if refusal := guard.Variables(many); refusal == nil || !strings.Contains(refusal.Message, "More than 100 variables") {
		t.Errorf("%d variables: %+v", len(many), refusal)
	}
}

// TestJSON proves the same of JSON that is not decoded yet, in which brackets and
// commas inside texts count for nothing.
func TestJSON(t *testing.T) {
	t.Parallel()
	text := `"` + strings.Repeat(`[{,\"\\`, guard.MaxJSONValues) + `"`
	for name, c := range map[string]struct {
		limit int
		of    func(n int) string
		words string
	}{
		"values": {guard.MaxJSONValues, func(n int) string { // lists of 99 and one with the rest
			full := (n - 3) / 100
			return "[" + strings.Repeat("["+strings.Repeat("0,", 98)+"0],", full) + "[" + strings.Repeat("0,", n-3-100*full) + text + "]]"
		}, "more than 100000 values"},
		"items":  {guard.MaxList, func(n int) string { return "[" + strings.Repeat("0,", n-1) + text + "]" }, "more than 5000 items"},
		"lists":  {guard.MaxJSONDepth, func(n int) string { return deep(n, "[", text, "]") }, "more than 18 lists and objects in each other"},
		"fields": {guard.MaxJSONDepth, func(n int) string { return deep(n, `{"a":`, text, "}") }, "more than 18 lists and objects in each other"},
	} {
		if refusal := guard.JSON([]byte(c.of(c.limit))); refusal != nil {
			t.Errorf("%s: %d are refused: %+v", name, c.limit, refusal)
		}
		if refusal := guard.JSON([]byte(c.of(c.limit + 1))); refusal == nil || refusal.Code != guard.TooLarge || !strings.Contains(refusal.Message, c.words) {
			t.Errorf("%s: %d: %+v, want %q", name, c.limit+1, refusal, c.words)
		}
	}
	for _, broken := range []string{"", `"`, `"\`, "]]]]", `{"a":"\"`} {
		if refusal := guard.JSON([]byte(broken)); refusal != nil {
			t.Errorf("%q: %+v", broken, refusal)
		}
	}
}
