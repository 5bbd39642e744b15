package app_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/paygraph/paygraph/internal/pay"
)

// principal is a sort of caller, a column of testdata/authorization.txt.
type principal struct {
	code string
	// role is "" where there is no credential that is good.
	role        pay.Role
	environment pay.Environment
	// company is A or B; customer is which of its customers.
	company  byte
	customer int
	// scopes are those of the credential; nil is all of the role's.
	scopes []pay.Scope
	// isKey says that the credential is a partner's key.
	isKey bool
}

var (
	noScope    = []pay.Scope{}
	readScope  = []pay.Scope{pay.ScopePaymentsRead}
	writeScope = []pay.Scope{pay.ScopePaymentsWrite}
)

var principals = []principal{
	{code: "anon"},
	{code: "expT"}, {code: "audT"}, {code: "expK"}, {code: "revK"},
	{code: "oper", role: pay.RoleOperator},
	{code: "A1L", role: pay.RoleCustomer, environment: pay.Live, company: 'A', customer: 1},
	{code: "A1S", role: pay.RoleCustomer, environment: pay.Sandbox, company: 'A', customer: 1},
	{code: "A2L", role: pay.RoleCustomer, environment: pay.Live, company: 'A', customer: 2},
	{code: "A2S", role: pay.RoleCustomer, environment: pay.Sandbox, company: 'A', customer: 2},
	{code: "B1L", role: pay.RoleCustomer, environment: pay.Live, company: 'B', customer: 1},
	{code: "admL", role: pay.RoleAdmin, environment: pay.Live, company: 'A'},
	{code: "admS", role: pay.RoleAdmin, environment: pay.Sandbox, company: 'A'},
	{code: "stfL", role: pay.RoleStaff, environment: pay.Live, company: 'A'},
	{code: "stfS", role: pay.RoleStaff, environment: pay.Sandbox, company: 'A'},
	{code: "roL", role: pay.RoleReadonly, environment: pay.Live, company: 'A'},
	{code: "roS", role: pay.RoleReadonly, environment: pay.Sandbox, company: 'A'},
	{code: "nilL", role: pay.RoleAdmin, environment: pay.Live, company: 'A', scopes: noScope},
	{code: "kfL", role: pay.RolePartner, environment: pay.Live, company: 'A', isKey: true},
	{code: "kfS", role: pay.RolePartner, environment: pay.Sandbox, company: 'A', isKey: true},
	{code: "krL", role: pay.RolePartner, environment: pay.Live, company: 'A', scopes: readScope, isKey: true},
	{code: "kwL", role: pay.RolePartner, environment: pay.Live, company: 'A', scopes: writeScope, isKey: true},
	{code: "admB", role: pay.RoleAdmin, environment: pay.Live, company: 'B'},
	{code: "kB", role: pay.RolePartner, environment: pay.Live, company: 'B', isKey: true},
}

// has says whether the credential holds the scope, as clients understand the schema.
func (p principal) has(s pay.Scope) bool {
	held := p.scopes
	if held == nil {
		held = p.role.MaxScopes()
	}
	return slices.Contains(held, s) || s == pay.ScopePaymentsRead && len(held) > 0
}

// authorizationRow says what each principal may do with one operation.
type authorizationRow struct {
	// name is the root field, with what tells rows of one field apart.
	name string
	// cells are one or two letters by the principal's code.
	cells map[string]string
}

// field is the root field that the row is about.
func (r authorizationRow) field() string {
	kind, rest, _ := strings.Cut(r.name, ":")
	if kind == "path" {
		kind, _, _ = strings.Cut(rest, ".")
	}
	return kind
}

// follows says whether the row is about a subscription.
func (r authorizationRow) follows() bool {
	return apiSchema().Subscription.Fields.ForName(r.field()) != nil
}

// cell is what the principal may do with an object of the environment; "" where the
// operation names no object and the environment is not the first.
func (r authorizationRow) cell(p principal, e pay.Environment) string {
	letters := r.cells[p.code]
	if len(letters) == 1 {
		return map[pay.Environment]string{pay.Live: letters}[e]
	}
	return map[pay.Environment]string{pay.Live: letters[:1], pay.Sandbox: letters[1:]}[e]
}

// authorizationTable reads the table, which must know the principals of this test and
// no others.
func authorizationTable(t *testing.T) []authorizationRow {
	t.Helper()
	text, err := os.ReadFile("testdata/authorization.txt")
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, p := range principals {
		codes = append(codes, p.code)
	}
	var rows []authorizationRow
	headed := false
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		switch {
		case len(words) == 0 || words[0] == "#":
			continue
		case !headed:
			if headed = true; !slices.Equal(words, codes) {
				t.Fatalf("the columns are %v, the principals %v", words, codes)
			}
			continue
		case len(words) != len(codes)+1:
			t.Fatalf("row %s has %d cells, want %d", words[0], len(words)-1, len(codes))
		}
		row := authorizationRow{name: words[0], cells: map[string]string{}}
		for i, code := range codes {
			letters := words[i+1]
			if strings.Trim(letters, "AR-FU") != "" || len(letters) > 2 || len(letters) != len(words[1]) {
				t.Fatalf("row %s: cell %q of %s", row.name, letters, code)
			}
			row.cells[code] = letters
		}
		rows = append(rows, row)
	}
	return rows
}

// TestAuthorizationTable proves that the table says of every root field and of every
// type that has an id who may do what, and that it says the same as the schema's
// directives: a field that is new fails until somebody has decided.
func TestAuthorizationTable(t *testing.T) {
	t.Parallel()
	rows := map[string]authorizationRow{}
	for _, row := range authorizationTable(t) {
		if _, twice := rows[row.name]; twice {
			t.Errorf("the table has %s twice", row.name)
		}
		rows[row.name] = row
	}
	fields := rootFields()
	for _, field := range fields {
		row, known := rows[field.Name]
		if !known {
			t.Errorf("the table has no row for the field %s", field.Name)
			continue
		}
		if field.Directives.ForName("hasScope") == nil && field.Directives.ForName("hasRole") == nil {
			t.Errorf("the schema does not say who may call %s", field.Name)
		}
		for _, p := range principals {
			if refused := strings.Contains(row.cells[p.code], "F"); p.role != "" && refused == admits(field, p) {
				t.Errorf("%s for %s: the table says %s, the schema %s", field.Name, p.code, row.cells[p.code], directivesOf(field))
			}
		}
	}
	for _, definition := range apiSchema().GetPossibleTypes(apiSchema().Types["Node"]) {
		if _, known := rows["node:"+definition.Name]; !known {
			t.Errorf("the table has no row for objects of the type %s", definition.Name)
		}
	}
	for name, row := range rows {
		if !slices.ContainsFunc(fields, func(f *ast.FieldDefinition) bool { return f.Name == row.field() }) {
			t.Errorf("the schema has no field for the row %s", name)
		}
		for _, p := range principals {
			if refused := strings.Contains(row.cells[p.code], "U"); refused != (p.role == "") {
				t.Errorf("%s for %s is %s", name, p.code, row.cells[p.code])
			}
		}
	}
}

// rootTypes are the types that documents begin at.
func rootTypes() []*ast.Definition {
	all := []*ast.Definition{apiSchema().Query, apiSchema().Mutation, apiSchema().Subscription}
	return slices.DeleteFunc(all, func(d *ast.Definition) bool { return d == nil })
}

// rootFields are the fields of the schema's roots.
func rootFields() (list []*ast.FieldDefinition) {
	for _, root := range rootTypes() {
		list = append(list, own(root)...)
	}
	return list
}

// admits says whether the directives of a root field let the principal call it.
func admits(field *ast.FieldDefinition, p principal) bool {
	for _, d := range field.Directives {
		switch d.Name {
		case "hasScope":
			name := d.Arguments.ForName("scope").Value.Raw
			if !slices.ContainsFunc(pay.Scopes(), func(s pay.Scope) bool { return scopeName(s) == name && p.has(s) }) {
				return false
			}
		case "hasRole":
			if !slices.ContainsFunc(d.Arguments.ForName("roles").Value.Children, func(c *ast.ChildValue) bool { return c.Value.Raw == string(p.role) }) {
				return false
			}
		}
	}
	return true
}

// scopeName is the scope in the API: payments:read is PAYMENTS_READ.
func scopeName(s pay.Scope) string { return strings.ToUpper(strings.ReplaceAll(string(s), ":", "_")) }

func directivesOf(field *ast.FieldDefinition) string {
	var all []string
	for _, d := range field.Directives {
		for _, a := range d.Arguments {
			all = append(all, "@"+d.Name+"("+a.Value.String()+")")
		}
	}
	return strings.Join(all, " ")
}

// TestSharedObjectsLeadNowhere proves that what every customer of a company may see
// has no field that leads to what belongs to one of them.
func TestSharedObjectsLeadNowhere(t *testing.T) {
	t.Parallel()
	for _, shared := range []string{"Company", "Business", "Product", "PaymentGateway"} {
		for _, name := range reachable(shared) {
			if name != shared && apiSchema().Types[name].Fields.ForName("id") != nil && name != "GatewayOption" {
				t.Errorf("%s leads to %s", shared, name)
			}
		}
	}
	if !slices.Contains(reachable("Order"), "Payment") {
		t.Error("an order leads to no payment, so the rest proves nothing")
	}
}
