package app_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// apiSchema is the public schema, read as clients read it.
var apiSchema = sync.OnceValue(func() *ast.Schema {
	text, err := os.ReadFile("../../schema.graphqls")
	if err != nil {
		panic(err)
	}
	return gqlparser.MustLoadSchema(&ast.Source{Name: "schema.graphqls", Input: string(text)})
})

// rootField finds a query or mutation by name.
func rootField(t *testing.T, name string) (operation string, field *ast.FieldDefinition) {
	t.Helper()
	if f := apiSchema().Query.Fields.ForName(name); f != nil {
		return "query", f
	}
	if f := apiSchema().Mutation.Fields.ForName(name); f != nil {
		return "mutation", f
	}
	t.Fatalf("the schema has no root field %s", name)
	return "", nil
}

// documentOf calls a root field with a variable for each of its arguments.
func documentOf(t *testing.T, name, selection string) string {
	t.Helper()
	operation, field := rootField(t, name)
	var declared, passed []string
	for _, a := range field.Arguments {
		declaration := fmt.Sprintf("$%s: %s", a.Name, a.Type)
		if a.DefaultValue != nil {
			declaration += " = " + a.DefaultValue.String()
		}
		declared = append(declared, declaration)
		passed = append(passed, fmt.Sprintf("%s: $%s", a.Name, a.Name))
	}
	variables, arguments := "", ""
	if len(declared) > 0 {
		variables, arguments = "("+strings.Join(declared, ", ")+")", "("+strings.Join(passed, ", ")+")"
	}
	return fmt.Sprintf("%s%s { %s%s %s }", operation, variables, name, arguments, selection)
}

const errorFields = `errors { code message path retryable
	... on AmountError { maximum { minorUnits currency } minimum { minorUnits currency } }
	... on StateError { current allowed }
	... on ConflictError { currentVersion existingId }
	... on IdempotencyError { firstUsedAt } }`

type bound struct {
	MinorUnits int64
	Currency   string
}

// typedRefusal is one entry of a payload's errors with the fields of its type.
type typedRefusal struct {
	apptest.Refusal
	Maximum, Minimum *bound
	Current          *string
	Allowed          []string
	CurrentVersion   *int
	ExistingID       *string
	FirstUsedAt      *string
}

// String is all that a test compares, for example
// "AMOUNT_EXCEEDS_OUTSTANDING input.orders.0.amount max=600EUR".
func (r typedRefusal) String() string {
	text := r.Code + " " + strings.Join(r.Path, ".")
	if r.Maximum != nil {
		text += fmt.Sprintf(" max=%d%s", r.Maximum.MinorUnits, r.Maximum.Currency)
	}
	if r.Minimum != nil {
		text += fmt.Sprintf(" min=%d%s", r.Minimum.MinorUnits, r.Minimum.Currency)
	}
	if r.CurrentVersion != nil {
		text += fmt.Sprintf(" version=%d", *r.CurrentVersion)
	}
	if r.ExistingID != nil {
		text += " existing=" + *r.ExistingID
	}
	if r.Retryable {
		text += " retryable"
	}
	return text
}

// refusalsOf calls a root field whose payload lists errors and returns them in
// short. It fails the test when the payload holds anything besides.
func refusalsOf(t *testing.T, c *apptest.Client, name string, input apptest.Vars) []string {
	t.Helper()
	_, field := rootField(t, name)
	payload := apptest.Do[map[string]map[string]json.RawMessage](t, c,
		documentOf(t, name, "{ "+payloadFields(field)+errorFields+" }"), apptest.Vars{"input": input})[name]
	var list []typedRefusal
	if err := json.Unmarshal(payload["errors"], &list); err != nil {
		t.Fatalf("errors of %s: %v", name, err)
	}
	short := make([]string, len(list))
	for i, r := range list {
		short[i] = r.String()
		assertPublic(t, r.Message)
	}
	for key, value := range payload {
		if key != "errors" && len(list) > 0 && !slices.Contains([]string{"null", "[]", "0", "false"}, string(value)) {
			t.Errorf("%s was refused (%v) and yet has %s: %s", name, short, key, value)
		}
	}
	return short
}

// payloadFields selects what else a payload holds, one level deep.
func payloadFields(field *ast.FieldDefinition) string {
	var b strings.Builder
	for _, f := range apiSchema().Types[field.Type.Name()].Fields {
		switch definition := apiSchema().Types[f.Type.Name()]; {
		case f.Name == "errors":
		case definition.IsLeafType():
			b.WriteString(f.Name + " ")
		default:
			b.WriteString(f.Name + " { __typename } ")
		}
	}
	return b.String()
}

// internals are texts that only this program's insides would write.
var internals = []string{"strconv", "json:", "pq:", "sql:", "panic", "goroutine", "interface {}", "json.Number", "SQLSTATE", "violates", "gqlgen"}

// assertPublic fails the test when an answer shows the program's insides.
func assertPublic(t *testing.T, text string) {
	t.Helper()
	for _, word := range internals {
		if strings.Contains(text, word) {
			t.Errorf("%q shows: %s", word, text)
		}
	}
}

// assertRefused fails the test unless the refusals are exactly these.
func assertRefused(t *testing.T, name string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s refused\n\t%s\nwant\n\t%s", name, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// refuseEach sends each input to a mutation, which must refuse it and store
// nothing.
func refuseEach(t *testing.T, api *apptest.API, c *apptest.Client, mutation string, cases []badInput) {
	t.Helper()
	for _, bad := range cases {
		t.Run(outcome(bad.want[0], bad.what), func(t *testing.T) {
			untouched(t, api, func() { assertRefused(t, mutation, refusalsOf(t, c, mutation, bad.input), bad.want...) })
		})
	}
}

// outcome names a subtest after the first refusal that it wants, in words that
// tell it from others: "ErrAmountTooSmall zero".
func outcome(refusal, what string) string {
	code, _, _ := strings.Cut(refusal, " ")
	var b strings.Builder
	b.WriteString("Err")
	for part := range strings.SplitSeq(strings.ToLower(code), "_") {
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String() + " " + what
}
