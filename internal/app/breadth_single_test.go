package app_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/config"
	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/manual"
	"github.com/paygraph/paygraph/internal/gateway/sandbox"
	"github.com/paygraph/paygraph/internal/pay"
)

// singles are documents that each select one leaf at one place of the schema.
func singles(s selector, ids []string) (docs []string) {
	type place struct{ open, shut string }
	quoted, err := json.Marshal(ids)
	if err != nil {
		panic(err) // texts
	}
	places := map[string]place{"Query": {"{ ", " }"}}
	leaves := func(def *ast.Definition, at place) {
		for _, f := range own(def) {
			if s.leaf(f) && possible(s, f) {
				docs = append(docs, at.open+s.field(def, f)+at.shut)
			}
		}
	}
	edges := func(name string) (next []string) {
		def, at := s.schema.Types[name], places[name]
		for _, f := range own(def) {
			if s.leaf(f) || !possible(s, f) {
				continue
			}
			text := s.field(def, f)
			if name == "Query" && f.Name == "payments" {
				text = "payments(first: 5, filter: {isActive: null})"
			}
			for _, part := range s.parts(f.Type.Name()) {
				inner := place{at.open + text + " { ... on " + part.Name + " { ", " } }" + at.shut}
				leaves(part, inner)
				if _, seen := places[part.Name]; !seen {
					places[part.Name] = inner
					next = append(next, part.Name)
				}
			}
		}
		return next
	}
	for _, part := range s.parts("Node") {
		p := place{fmt.Sprintf("{ nodes(ids: %s) { ... on %s { ", quoted, part.Name), " } } }"}
		leaves(part, p)
		places[part.Name] = p
	}
	queue := []string{"Query"}
	for _, part := range s.parts("Node") {
		queue = append(queue, part.Name)
	}
	for ; len(queue) > 0; queue = queue[1:] {
		queue = append(queue, edges(queue[0])...)
	}
	return docs
}

// possible says whether a field can be selected with the arguments that are known.
func possible(s selector, f *ast.FieldDefinition) bool {
	for _, a := range f.Arguments {
		if _, given := s.arguments[a.Name]; !given && a.Type.NonNull && a.DefaultValue == nil {
			return false
		}
	}
	return true
}

// TestBreadthSingles proves that each field of the API has the same answer alone as from
// gqlgen's executor, for callers of four kinds: alone it has only the columns read that it needs,
// and none that a neighbour needs.
func TestBreadthSingles(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.painted = true
	s.exhibit(t)
	s.exhibitRarities(t)
	r := &rivals{handlers: map[string]http.Handler{}}
	for _, name := range []string{config.Gqlgen, config.Breadth} {
		another := s.api.Another(t, app.WithConnectors(gateway.NewRegistry(sandbox.Connector, manual.Connector, s.bank)), app.WithExecutor(name),
			app.WithCostRate(100_000_000), app.WithLog(slog.New(slog.DiscardHandler)))
		h, err := another.App.Handler(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		r.handlers[name] = h
	}
	var ids []string
	for _, k := range nodeKinds {
		for _, id := range rowsOf(t, s.api.Database.DB, fmt.Sprintf("SELECT id::text FROM %s ORDER BY id LIMIT 5", k.table)) {
			ids = append(ids, globalID(k.kind, id))
		}
	}
	documents := singles(newSelector(), ids[:min(len(ids), 100)])
	if len(documents) < 500 {
		t.Fatalf("%d documents", len(documents))
	}
	company := s.api.Company.ID
	_, customer, _ := pay.SplitID(s.customer)
	for i, grant := range []auth.Grant{
		{CompanyID: company},
		{CompanyID: company, Role: pay.RoleStaff},
		{CompanyID: company, Role: pay.RoleReadonly, Scopes: []pay.Scope{pay.ScopePaymentsRead}},
		{CompanyID: company, Role: pay.RoleCustomer, CustomerID: &customer},
	} {
		token := s.api.Token(t, grant)
		for _, document := range oneOf(8, 2*i, documents) {
			body, err := json.Marshal(map[string]any{"query": document})
			if err != nil {
				t.Fatal(err)
			}
			if want, got := r.answer(t, config.Gqlgen, token, body), r.answer(t, config.Breadth, token, body); want.text != got.text {
				t.Errorf("%s: %s\n got %.600s\nwant %.600s", grant.Role, document, got.text, want.text)
			}
		}
	}
}
