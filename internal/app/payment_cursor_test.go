package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

// badPage fails the test unless a list is refused as bad input.
func badPage(t *testing.T, c *apptest.Client, name, document string, vars apptest.Vars) {
	t.Helper()
	got := c.Send(t, document, vars)
	if len(got.Errors) != 1 || got.Errors[0].Extensions.Code != "GRAPHQL_VALIDATION_FAILED" || got.Errors[0].Message == "" || string(got.Data) != "null" {
		t.Errorf("%s: got %.300s, want GRAPHQL_VALIDATION_FAILED", name, got.Body)
	}
}

// TestForeignCursor proves that a cursor is good for nothing but the list that
// it comes from: the same tenant and customer, filter and order.
func TestForeignCursor(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	for _, id := range s.make.Orders(s.customer, 100, 200, 300) {
		s.make.PayWhole(s.sandbox, id)
	}
	p := readPage(t, s.admin, apptest.Vars{"first": 2})
	cursor := *p.PageInfo.EndCursor
	customer, _ := pay.ParseID(pay.KindCustomer, s.customer)
	other := s.api.NewCompany(t, "other")
	for name, client := range map[string]*apptest.Client{
		"another company":     s.api.Client(s.api.Token(t, auth.Grant{CompanyID: other.ID})),
		"another environment": s.api.Client(s.api.Token(t, auth.Grant{Environment: pay.Live})),
		"a customer":          s.api.Client(s.api.Token(t, auth.Grant{Role: pay.RoleCustomer, CustomerID: &customer})),
	} {
		badPage(t, client, name, pageDocument, apptest.Vars{"first": 2, "after": cursor})
	}
	for name, vars := range map[string]apptest.Vars{
		"another filter":       {"filter": apptest.Vars{"currency": "EUR"}},
		"both active or not":   {"filter": apptest.Vars{"isActive": nil}},
		"another direction":    {"orderBy": orderBy("CREATED_AT ASC")},
		"another order":        {"orderBy": orderBy("AMOUNT DESC")},
		"one more key":         {"orderBy": orderBy("CREATED_AT DESC, AMOUNT DESC")},
		"nothing":              {"after": ""},
		"no cursor":            {"after": "eyJpZCI6MX0"},
		"one character more":   {"after": cursor + "A"},
		"one character less":   {"after": cursor[:len(cursor)-1]},
		"another first letter": {"after": string(rune('A'+(cursor[0]+1)%26)) + cursor[1:]},
		"not base64":           {"after": strings.Repeat("%", 40)},
		"signature only":       {"after": cursor[:16]},
	} {
		badPage(t, s.admin, name, pageDocument, but(apptest.Vars{"first": 2, "after": cursor}, vars))
	}
	badPage(t, s.admin, "orders", `query($after: String) { orders(first: 2, after: $after) { nodes { id } } }`, apptest.Vars{"after": cursor})
	badPage(t, s.admin, "the customer's payments", `query($after: String) { customers(first: 1) { nodes { payments(first: 2, after: $after) { nodes { id } } } } }`, apptest.Vars{"after": cursor})
	same := readPage(t, s.admin, apptest.Vars{"first": 5, "after": cursor, "filter": apptest.Vars{}, "orderBy": orderBy("CREATED_AT DESC")})
	if len(same.Edges) != 1 || slices.Contains(p.ids(), same.Edges[0].Node.ID) {
		t.Errorf("the defaults, written out, are the same list: %+v", same)
	}
}

// TestPageArguments proves that arguments that do not go together, or are out
// of range, are refused rather than read in some way.
func TestPageArguments(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	for _, id := range s.make.Orders(s.customer, 100, 200) {
		s.make.PayWhole(s.sandbox, id)
	}
	cursor := *readPage(t, s.admin, apptest.Vars{"first": 1}).PageInfo.EndCursor
	for _, vars := range []apptest.Vars{
		{"first": 0}, {"first": 101}, {"first": -1}, {"last": 0}, {"last": 101}, {"last": -1},
		{"first": 1, "last": 1},
		{"first": 1, "before": cursor}, {"before": cursor}, {"last": 1, "after": cursor}, {"first": 1, "after": cursor, "before": cursor},
		{"last": 1, "after": cursor, "before": cursor},
		{"offset": -1}, {"offset": pay.MaxOffset + 1}, {"offset": 1, "last": 1}, {"offset": 1, "after": cursor}, {"offset": 0, "last": 1, "before": cursor},
		{"orderBy": orderBy("AMOUNT ASC, AMOUNT DESC")},
		{"orderBy": orderBy("AMOUNT ASC, CREATED_AT ASC, UPDATED_AT ASC, AMOUNT ASC")},
		{"filter": apptest.Vars{"amount": apptest.Vars{"gte": 1}}},
		{"filter": apptest.Vars{"OR": []apptest.Vars{{"paidAmount": apptest.Vars{"lte": 1}}}, "currency": "EUR"}},
		{"filter": apptest.Vars{"search": "a"}}, {"filter": apptest.Vars{"search": strings.Repeat("ä", 101)}},
		{"filter": apptest.Vars{"ids": slices.Repeat([]string{"x"}, 101)}},
		{"filter": apptest.Vars{"OR": slices.Repeat([]apptest.Vars{{}}, 11)}},
		{"filter": apptest.Vars{"AND": slices.Repeat([]apptest.Vars{{}}, 11)}},
		{"filter": apptest.Vars{"AND": []apptest.Vars{{"OR": []apptest.Vars{{"AND": []apptest.Vars{{}}}}}}}},
		{"filter": apptest.Vars{"metadata": slices.Repeat([]apptest.Vars{{"key": "a", "value": "b"}}, 11)}},
	} {
		badPage(t, s.admin, fmt.Sprintf("%.100s", fmt.Sprint(vars)), pageDocument, vars)
	}
	for _, first := range []int{0, 101, -1} {
		vars := apptest.Vars{"first": first}
		badPage(t, s.admin, "payments of customers", `query($first: Int!) { customers(first: 1) { nodes { payments(first: $first) { nodes { id } } } } }`, vars)
		events := s.admin.Send(t, `query($first: Int!) { payments(first: 1) { nodes { events(first: $first) { nodes { id } } } } }`, vars)
		if len(events.Errors) != 1 || events.Errors[0].Extensions.Code != "GRAPHQL_VALIDATION_FAILED" || !strings.Contains(string(events.Data), `[{"events":null}]`) {
			t.Errorf("events: got %.300s, want GRAPHQL_VALIDATION_FAILED, and the payment all the same", events.Body)
		}
		badPage(t, s.admin, "the caller's payments", `query($first: Int!) { viewer { payments(first: $first) { nodes { id } } } }`, vars)
	}
	for _, vars := range []apptest.Vars{ // the ends of the ranges
		{"first": 100}, {"first": 1}, {"last": 100}, {"offset": pay.MaxOffset}, {"filter": apptest.Vars{"search": "ab"}},
		{"filter": apptest.Vars{"search": strings.Repeat("ä", 100)}}, {"filter": apptest.Vars{"ids": slices.Repeat([]string{"x"}, 100)}},
		{"filter": apptest.Vars{"OR": slices.Repeat([]apptest.Vars{{}}, 10)}},
		{"filter": apptest.Vars{"AND": []apptest.Vars{{"OR": []apptest.Vars{{}}}}}},
		{"first": 1, "after": cursor}, {"last": 1, "before": cursor}, {"after": cursor},
	} {
		readPage(t, s.admin, vars)
	}
}

// TestEventPages proves the pages of a payment's events.
func TestEventPages(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.make.PayWhole(s.sandbox, s.order(100))
	const document = `query($first: Int!, $after: String) { payments(first: 1) { nodes { events(first: $first, after: $after) {
		totalCount edges { cursor node { seq } } pageInfo { hasNextPage hasPreviousPage endCursor } } } } }`
	type events struct {
		TotalCount int
		Edges      []struct {
			Cursor string
			Node   struct{ Seq int }
		}
		PageInfo struct {
			HasNextPage, HasPreviousPage bool
			EndCursor                    *string
		}
	}
	read := func(vars apptest.Vars) events {
		t.Helper()
		return apptest.Do[struct {
			Payments struct{ Nodes []struct{ Events events } }
		}](t, s.admin, document, vars).Payments.Nodes[0].Events
	}
	vars := apptest.Vars{"first": 2}
	first := read(vars)
	if len(first.Edges) != 2 || first.Edges[1].Node.Seq != 2 || first.TotalCount != 3 || !first.PageInfo.HasNextPage || first.PageInfo.HasPreviousPage {
		t.Errorf("first page %+v", first)
	}
	vars["after"] = *first.PageInfo.EndCursor
	if rest := read(vars); len(rest.Edges) != 1 || rest.Edges[0].Node.Seq != 3 || rest.TotalCount != 3 || rest.PageInfo.HasNextPage || !rest.PageInfo.HasPreviousPage {
		t.Errorf("second page %+v", rest)
	}
}
