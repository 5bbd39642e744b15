package app_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

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
	quoted, _ := json.Marshal(ids)
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

func possible(s selector, f *ast.FieldDefinition) bool {
	for _, a := range f.Arguments {
		if _, given := s.arguments[a.Name]; !given && a.Type.NonNull && a.DefaultValue == nil {
			return false
		}
	}
	return true
}

func TestBreadthSingles(t *testing.T) {
	s := openShop(t)
	s.painted = true
	s.exhibit(t)
	s.exhibitRarities(t)
	_, customer, _ := pay.SplitID(s.customer)
	grants := map[string]auth.Grant{
		"admin":    {CompanyID: s.api.Company.ID},
		"readonly": {CompanyID: s.api.Company.ID, Role: pay.RoleReadonly, Scopes: []pay.Scope{pay.ScopePaymentsRead}},
		"staff":    {CompanyID: s.api.Company.ID, Role: pay.RoleStaff},
		"customer": {CompanyID: s.api.Company.ID, Role: pay.RoleCustomer, CustomerID: &customer},
	}
	r := &rivals{handlers: map[string]http.Handler{}}
	for _, name := range []string{config.Gqlgen, config.Breadth} {
		another := s.api.Another(t, app.WithConnectors(gateway.NewRegistry(sandbox.Connector, manual.Connector, s.bank)), app.WithExecutor(name), app.WithCostRate(100_000_000), app.WithLog(slog.New(slog.NewTextHandler(io.Discard, nil))))
		h, err := another.App.Handler(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		r.handlers[name] = h
	}
	var ids []string
	for _, k := range nodeKinds {
		for _, id := range rowsOf(t, s.api.Database.DB, fmt.Sprintf("SELECT id::text FROM %s ORDER BY random() LIMIT 6", k.table)) {
			ids = append(ids, globalID(k.kind, id))
		}
	}
	if len(ids) > 100 {
		ids = ids[:100]
	}
	docs := singles(newSelector(), ids)
	t.Logf("%d ids, %d documents", len(ids), len(docs))
	bad, errs, empty := 0, 0, 0
	for who, grant := range grants {
		token := s.api.Token(t, grant)
		for _, doc := range docs {
			body, _ := json.Marshal(map[string]any{"query": doc})
			start := time.Now()
			want := r.answer(t, config.Gqlgen, token, body)
			first := time.Since(start)
			start = time.Now()
			got := r.answer(t, config.Breadth, token, body)
			if second := time.Since(start); first > time.Second || second > time.Second {
				t.Logf("SLOW %s gqlgen %s breadth %s %s", who, first, second, doc[max(0, strings.Index(doc, "]")):])
			}
			if want.text != got.text {
				if bad++; bad < 30 {
					t.Errorf("%s: %s\n got %.600s\nwant %.600s", who, doc[max(0, strings.Index(doc, "]")):], got.text, want.text)
				}
			}
			if want.errors > 0 {
				if errs++; errs < 10 {
					t.Logf("errors for %s: %.200s in %s", who, want.text, doc[max(0, strings.Index(doc, "]")):])
				}
			}
			if strings.Contains(want.text, `{}`) {
				empty++
			}
		}
	}
	t.Logf("%d differ, %d with errors, %d empty", bad, errs, empty)
}
