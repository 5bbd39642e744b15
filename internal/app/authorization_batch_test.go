package app_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/pay"
)

// triedRow is one row of the table as it is tried.
type triedRow struct {
	authorizationRow
	question
	writes bool
}

// reading are the rows that only read.
func (s stage) reading(t *testing.T, table []authorizationRow) (list []triedRow) {
	t.Helper()
	for _, row := range table {
		if row.follows() {
			continue
		}
		ask, reads := s.asks[row.name]
		if reads == (s.writes[row.name] != nil) {
			t.Fatalf("the test does not know how to try %s", row.name)
		}
		if reads {
			list = append(list, triedRow{row, ask, false})
		}
	}
	return list
}

// writing are the others, with input that all who are refused share. It adds objects,
// which may push others off the first page of a list.
func (s stage) writing(t *testing.T, table []authorizationRow) (list []triedRow) {
	t.Helper()
	for _, row := range table {
		if write := s.writes[row.name]; write != nil {
			_, field := rootField(t, row.field())
			ask := question{variables: write(row.inputFor("nobody")), selection: "{ " + payloadFields(field) + errorFields + " }"}
			list = append(list, triedRow{row, ask, true})
		}
	}
	return list
}

// inputFor names the input that a principal gives.
func (r authorizationRow) inputFor(code string) string {
	return strings.ReplaceAll(r.name, ":", "-") + "-by-" + code
}

// movesMoney says whether a document may do nothing else.
func (r triedRow) movesMoney(t *testing.T) bool {
	_, field := rootField(t, r.field())
	input := field.Arguments.ForName("input")
	return r.writes && (field.Name == "simulateTransaction" || apiSchema().Types[input.Type.Name()].Fields.ForName("idempotencyKey") != nil)
}

// batch is rows that one document tries together: thousands of cells are tried, and a
// request of its own for each takes a minute.
type batch []triedRow

// batches puts together the rows that have the letter for the principal.
func (s stage) batches(t *testing.T, p principal, letter string, rows []triedRow) (list []batch) {
	t.Helper()
	const most = 8
	var b batch
	for _, r := range rows {
		switch {
		case r.cell(p, s.environment) != letter:
			continue
		case r.movesMoney(t):
			list = append(list, batch{r})
			continue
		}
		if b = append(b, r); len(b) == most {
			list, b = append(list, b), nil
		}
	}
	if len(b) > 0 {
		list = append(list, b)
	}
	return list
}

// document calls each root field under a name of its own.
func (b batch) document(t *testing.T) (string, apptest.Vars) {
	t.Helper()
	var declared, called []string
	variables := apptest.Vars{}
	operation := ""
	for i, r := range b {
		var field *ast.FieldDefinition
		operation, field = rootField(t, r.field())
		var passed []string
		for _, a := range field.Arguments {
			value, given := r.variables[a.Name]
			if !given {
				continue
			}
			name := fmt.Sprint(a.Name, i)
			variables[name] = value
			declared, passed = append(declared, fmt.Sprintf("$%s: %s", name, a.Type)), append(passed, fmt.Sprintf("%s: $%s", a.Name, name))
		}
		arguments := ""
		if len(passed) > 0 {
			arguments = "(" + strings.Join(passed, ", ") + ")"
		}
		called = append(called, fmt.Sprintf("%s: %s%s %s", nameIn(i), field.Name, arguments, r.selection))
	}
	if len(declared) > 0 {
		operation += "(" + strings.Join(declared, ", ") + ")"
	}
	return operation + " { " + strings.Join(called, "\n") + " }", variables
}

// nameIn is what a row of a batch is called in the answer.
func nameIn(i int) string { return fmt.Sprint("row", i) }

// parts are what an answer says to each row, in their order.
func (b batch) parts(t *testing.T, got apptest.Response) []string {
	t.Helper()
	var data map[string]json.RawMessage
	if err := json.Unmarshal(got.Data, &data); err != nil || got.Status != 200 || len(got.Errors) > 0 || len(data) != len(b) {
		t.Errorf("status %d: %s", got.Status, got.Body)
	}
	list := make([]string, len(b))
	for i := range b {
		list[i] = string(data[nameIn(i)])
	}
	return list
}

var idInText = regexp.MustCompile(`\b([a-z]+)_([0-9a-z]{26})\b`)

// sharedKinds are what all of a company see, its customers too.
var sharedKinds = map[pay.Kind]bool{pay.KindGateway: true, pay.KindProduct: true, pay.KindBusiness: true, pay.KindCompany: true}

// ofNothing replaces the ids of what the principal may not see by ids of nothing.
func (s stage) ofNothing(t *testing.T, p principal, variables apptest.Vars) apptest.Vars {
	t.Helper()
	text, err := json.Marshal(variables)
	if err != nil {
		t.Fatal(err)
	}
	beside := p.company == 'A' && p.environment == s.environment
	replaced := idInText.ReplaceAllStringFunc(string(text), func(id string) string {
		kind, _, ok := pay.SplitID(id)
		if !ok || beside && sharedKinds[kind] {
			return id
		}
		return absent(kind)
	})
	var other apptest.Vars
	if err := json.Unmarshal([]byte(replaced), &other); err != nil {
		t.Fatal(err)
	}
	return other
}
