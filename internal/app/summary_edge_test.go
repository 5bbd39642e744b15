package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// refusedSummary fails the test unless a summary is refused with this code.
func refusedSummary(t *testing.T, c *apptest.Client, code string, filter apptest.Vars, groups ...string) {
	t.Helper()
	got := c.Send(t, summaryDocument, apptest.Vars{"filter": filter, "groupBy": append([]string{}, groups...)})
	if len(got.Errors) != 1 || got.Errors[0].Extensions.Code != code || string(got.Data) != "null" {
		t.Errorf("%v by %v: got %.300s, want %s", filter, groups, got.Body, code)
	}
}

// TestSummaryArguments proves that a summary takes the filter of the list, with
// the same limits, and every group once.
func TestSummaryArguments(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	if rows := summaryOf(t, s.admin, nil, "STATUS", "DAY"); rows == nil || len(rows) != 0 {
		t.Errorf("no payments: %+v", rows)
	}
	s.make.PayWhole(s.sandbox, s.order(100))
	const invalid = "GRAPHQL_VALIDATION_FAILED"
	refusedSummary(t, s.admin, invalid, nil, "STATUS", "DAY", "STATUS")
	refusedSummary(t, s.admin, invalid, nil, "CURRENCY", "CURRENCY")
	refusedSummary(t, s.admin, invalid, apptest.Vars{"search": "a"})
	refusedSummary(t, s.admin, invalid, apptest.Vars{"amount": apptest.Vars{"gte": 1}})
	refusedSummary(t, s.admin, invalid, apptest.Vars{"ids": slices.Repeat([]string{"x"}, 101)})
	got := s.admin.Send(t, `{ paymentSummary { currency count } }`, nil)
	if len(got.Errors) > 0 || !strings.Contains(got.Body, `[{"currency":"EUR","count":1}]`) {
		t.Errorf("without arguments: %s", got.Body)
	}
	// A summary is of one size at most, so a document holds few of them.
	var many strings.Builder
	for i := range 40 {
		fmt.Fprintf(&many, "s%d: paymentSummary { gateway { id } } ", i)
	}
	if got := s.admin.Send(t, "{"+many.String()+"}", nil); len(got.Errors) != 1 || got.Errors[0].Extensions.Code != "COST_LIMIT" {
		t.Errorf("forty summaries: %.300s", got.Body)
	}
}

// TestSummaryTooLong proves that a summary of more rows than are accepted is
// refused rather than cut, and the longest is not.
func TestSummaryTooLong(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.make.PayWhole(s.sandbox, s.order(100))
	multiply(t, s.api.Database.DB, pay.MaxSummaryRows) // one too many
	if _, err := s.api.Database.DB.Exec(`UPDATE payments p SET created_at = timestamptz '2020-01-01T00:00:00Z' + n * interval '1 day'
		FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM payments) x WHERE x.id = p.id`); err != nil {
		t.Fatal(err)
	}
	refusedSummary(t, s.admin, "COST_LIMIT", nil, "DAY")
	longest := summaryOf(t, s.admin, apptest.Vars{"createdAt": apptest.Vars{"gte": "2020-01-03T00:00:00Z"}}, "DAY")
	if len(longest) != pay.MaxSummaryRows || *longest[0].Day != "2020-01-03" {
		t.Errorf("%d rows, the first %+v", len(longest), longest[0])
	}
	if all := summaryOf(t, s.admin, nil); len(all) != 1 || all[0].Count != pay.MaxSummaryRows+1 {
		t.Errorf("all days together: %+v", all)
	}
}

// TestSummaryTooLarge proves that a sum comes out exact up to the greatest amount
// there is, and is refused from there on, never rounded or wrapped.
func TestSummaryTooLarge(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	add := func(minors ...int64) {
		for _, n := range minors {
			if got := s.created(t, fmt.Sprint("of-", n), apptest.Vars{"amount": minor(n)}); got.Payment == nil {
				t.Fatalf("%d: %+v", n, got)
			}
		}
	}
	add(money.MaxMinor-7, 7)
	if got := summaryOf(t, s.admin, nil); len(got) != 1 || got[0].FinalAmount.MinorUnits != money.MaxMinor || got[0].OutstandingAmount.MinorUnits != money.MaxMinor {
		t.Errorf("the greatest amount: %+v", got)
	}
	add(1)
	refusedSummary(t, s.admin, "GRAPHQL_VALIDATION_FAILED", nil, "STATUS")
	// Thousands of them are more than a machine's integer holds.
	multiply(t, s.api.Database.DB, 1100)
	refusedSummary(t, s.admin, "GRAPHQL_VALIDATION_FAILED", nil)
	if got := summaryOf(t, s.admin, apptest.Vars{"currency": "EUR", "amount": apptest.Vars{"lte": 7}}); len(got) != 1 || got[0].FinalAmount.MinorUnits != 1101*8 {
		t.Errorf("the small ones: %+v", got)
	}
}

// TestSummaryVisibility proves that a summary tells nobody more than the list
// does: customers learn of their own payments only, other companies of none, and
// looking for an address needs permission.
func TestSummaryVisibility(t *testing.T) {
	t.Parallel()
	s := openBooks(t)
	_, id, _ := pay.SplitID(s.customer)
	customer := s.api.Client(s.api.Token(t, auth.Grant{Role: pay.RoleCustomer, CustomerID: &id}))
	readonly := s.api.Client(s.api.Token(t, auth.Grant{Role: pay.RoleReadonly}))
	other := s.api.Client(s.api.Token(t, auth.Grant{CompanyID: s.api.NewCompany(t, "rival").ID}))
	everything := apptest.Vars{"isActive": nil}
	of := func(c *apptest.Client) (count int) {
		for _, row := range summaryOf(t, c, everything, "STATUS", "GATEWAY") {
			count += row.Count
		}
		return count
	}
	all := valueOf[int](t, s.api.Database.DB, "SELECT count(*) FROM payments")
	own := valueOf[int](t, s.api.Database.DB, "SELECT count(*) FROM payments WHERE customer_id = $1", id)
	if own == 0 || own == all || of(s.admin) != all || of(readonly) != all || of(customer) != own || of(other) != 0 {
		t.Errorf("of %d payments the admin sees %d, a reader %d, another company %d, and a customer with %d sees %d",
			all, of(s.admin), of(readonly), of(other), own, of(customer))
	}
	want := summedUp(t, customer, everything, "STATUS", "GATEWAY")
	for _, row := range summaryOf(t, customer, everything, "STATUS", "GATEWAY") {
		if wanted := want[row.key()]; row.text() != wanted.text() {
			t.Errorf("the customer's %s\nwant %s", row.text(), wanted.text())
		}
	}
	for _, filter := range []apptest.Vars{{"customerEmail": "ana@example.com"}, {"OR": []apptest.Vars{{"AND": []apptest.Vars{{"customerEmail": "ana@example.com"}}}}}} {
		refusedSummary(t, readonly, "FORBIDDEN", filter, "STATUS")
		summaryOf(t, s.admin, filter, "STATUS")
	}
}
