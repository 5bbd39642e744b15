package app_test

import (
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// nested nests customers and their payments n times in each other, rows to a page.
func nested(n int, rows string) string {
	return strings.Repeat("nodes { customer { payments(first: "+rows+") { ", n) + "nodes { id }" + strings.Repeat(" } } }", n)
}

// TestAnswersAreBounded proves that what an answer can hold is known before any
// of it is read, however the document says it.
func TestAnswersAreBounded(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	client := api.Admin(t)
	ids := strings.Repeat(`"ord_AAAAAAAAAAAAAAAAAAAAAAAAAA", `, 100)
	const aType = `query($n: String!) { __type(name: $n) { ...a } } fragment a on __Type { fields { args { type { ...b } } type { ...b } } } fragment b on __Type { ofType { name } `
	for name, c := range map[string]struct {
		document string
		vars     apptest.Vars
		message  string
	}{
		"one list":           {`{ payments(first: 100) { nodes { id transactions { gateway { parameters { options { id } } } } lines { id } } } }`, nil, ""},
		"a list in a list":   {`{ payments(first: 20) { ` + nested(1, "20") + ` } }`, nil, ""},
		"aliases":            {`{ a: payments(first: 100) { nodes { id } } b: payments(first: 100) { nodes { id } } }`, nil, ""},
		"lists in lists":     {`{ payments(first: 100) { ` + nested(2, "100") + ` } }`, nil, "more than 20000 objects"},
		"by variable":        {`query($n: Int!) { payments(first: $n) { ` + nested(2, "$n") + ` } }`, apptest.Vars{"n": 100}, "more than 20000 objects"},
		"by variable, small": {`query($n: Int!) { payments(first: $n) { ` + nested(2, "$n") + ` } }`, apptest.Vars{"n": 5}, ""},
		"backwards":          {`{ payments(last: 100) { ` + nested(2, "100") + ` } }`, nil, "more than 20000 objects"},
		"by default":         {`{ payments { ` + nested(4, "10") + ` } }`, nil, "more than 20000 objects"},
		"in fragments": {`{ payments(first: 100) { ...a } } fragment a on PaymentConnection { nodes { customer { ...b } } }
			fragment b on Customer { payments(first: 100) { ...c } } fragment c on PaymentConnection { nodes { customer { payments(first: 100) { nodes { id } } } } }`, nil, "more than 20000 objects"},
		"by many aliases": {`{ ` + manyTimes(30, func(n string) string {
			return n + `: payments(first: 100) { nodes { customer { orders(first: 10) { nodes { id } } } } } `
		}) + ` }`, nil, "more than 20000 objects"},
		"nodes":   {`query($ids: [ID!]!) { nodes(ids: $ids) { ... on Order { payments(first: 100) { nodes { transactions { id } } } } } }`, apptest.Vars{"ids": strings.Split(strings.Trim(strings.ReplaceAll(ids, `"`, ""), ", "), ", ")}, "more than 20000 objects"},
		"ids":     {`{ nodes(ids: [` + ids + `]) { ... on Order { payments(first: 100) { nodes { transactions { id } } } } } }`, nil, "more than 20000 objects"},
		"depth":   {`{ payments(first: 1) { ` + nested(5, "1") + ` } }`, nil, "selected more than 15 deep"},
		"fitting": {`{ payments(first: 1) { ` + nested(4, "1") + ` } }`, nil, ""},
		"the schema, by aliases": {`{ ` + manyTimes(10, func(n string) string {
			return n + `: __schema { types { fields { args { type { name } } type { name } } } } `
		}) + ` }`, nil, "more than 20000 objects"},
		"types of types, by aliases":       {`{ __schema { types { ` + manyTimes(5, func(n string) string { return n + `: fields { type { fields { type { name } } } } ` }) + ` } } }`, nil, "more than 20000 objects"},
		"a type in fragments, by variable": {aType + manyTimes(29, func(n string) string { return n + `: ofType { inputFields { type { ofType { ofType { name } } } } } ` }) + `}`, apptest.Vars{"n": "Mutation"}, "more than 20000 objects"},
		"a small type in the same":         {aType + manyTimes(29, func(n string) string { return n + `: ofType { inputFields { type { ofType { ofType { name } } } } } ` }) + `}`, apptest.Vars{"n": "Money"}, ""},
		"a type that is not":               {`{ __type(name: "Nothing") { fields { name } } }`, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := client.Send(t, c.document, c.vars)
			if c.message == "" {
				if len(got.Errors) > 0 {
					t.Errorf("%s", got.Body)
				}
				return
			}
			if len(got.Errors) != 1 || got.Errors[0].Extensions.Code != "COST_LIMIT" || got.Errors[0].Extensions.RequestID == "" ||
				!strings.Contains(got.Errors[0].Message, c.message) {
				t.Errorf("got %.400s, want COST_LIMIT, %s", got.Body, c.message)
			}
		})
	}
}

// manyTimes joins what part makes of n names.
func manyTimes(n int, part func(name string) string) string {
	var text strings.Builder
	for i := range n {
		text.WriteString(part("a" + strings.Repeat("x", i)))
	}
	return text.String()
}
