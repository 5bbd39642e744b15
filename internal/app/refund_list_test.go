package app_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

const refundPageDocument = `query($filter: RefundFilter, $orderBy: [RefundOrder!] = [{ field: CREATED_AT, direction: DESC }], $first: Int, $after: String, $last: Int, $before: String, $offset: Int) {
	refunds(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before, offset: $offset) {
		totalCount edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`

func refundPage(t *testing.T, c *apptest.Client, vars apptest.Vars) page {
	t.Helper()
	return apptest.Do[struct{ Refunds page }](t, c, refundPageDocument, vars).Refunds
}

// openReturns is a shop with refunds of two payments of two customers, by all
// methods; it returns them by name.
func openReturns(t *testing.T) (*shop, map[string]string) {
	t.Helper()
	s := openShop(t)
	ids := map[string]string{"other customer": s.make.Customer()}
	for name, customer := range map[string]string{"euro": s.customer, "dollar": ids["other customer"]} {
		order := s.orderOf(t, apptest.Vars{"customerId": customer, "totalAmount": apptest.Vars{"minorUnits": 1000, "currency": map[string]string{"euro": "EUR", "dollar": "USD"}[name]}})
		ids[name+" payment"] = s.make.PayWhole(s.sandbox, order)
	}
	for _, r := range []struct {
		name  string
		input apptest.Vars
	}{
		{"original", apptest.Vars{"paymentId": ids["euro payment"], "amount": minor(10), "referenceId": "R-1"}},
		{"manual", apptest.Vars{"paymentId": ids["euro payment"], "amount": minor(20), "method": "MANUAL", "manualReference": "SLIP-1"}},
		{"credit", apptest.Vars{"paymentId": ids["euro payment"], "amount": minor(30), "method": "STORE_CREDIT"}},
		{"dollar", apptest.Vars{"paymentId": ids["dollar payment"]}},
	} {
		got := act(t, s.admin, "refundPayment", "refund-"+r.name, r.input)
		if len(got.Refunds) != 1 {
			t.Fatalf("%s: %+v", r.name, got)
		}
		ids[r.name] = got.Refunds[0].ID
	}
	if _, err := s.api.Database.DB.Exec(`UPDATE refunds SET created_at = CASE currency WHEN 'USD' THEN timestamptz '2020-01-01' ELSE '2026-01-01' END`); err != nil {
		t.Fatal(err)
	}
	return s, ids
}

// TestRefundFilter proves every condition of the filter: what it finds, and that
// it leaves out the rest. It fails for conditions that it does not know.
func TestRefundFilter(t *testing.T) {
	t.Parallel()
	s, ids := openReturns(t)
	type v = apptest.Vars
	cases := map[string][]struct {
		filter v
		want   []string
	}{
		"ids":          {{v{"ids": []string{ids["manual"], ids["euro payment"]}}, []string{"manual"}}, {v{"ids": []string{}}, nil}},
		"referenceIds": {{v{"referenceIds": []string{"R-1", "SLIP-1"}}, []string{"original"}}},
		"paymentIds":   {{v{"paymentIds": []string{ids["dollar payment"]}}, []string{"dollar"}}},
		"status":       {{v{"status": []string{"SUCCEEDED"}}, []string{"original", "manual", "credit", "dollar"}}, {v{"status": []string{"FAILED", "PENDING"}}, nil}},
		"method":       {{v{"method": []string{"MANUAL", "STORE_CREDIT"}}, []string{"manual", "credit"}}},
		"currency":     {{v{"currency": "USD"}, []string{"dollar"}}, {v{"currency": "EUR", "method": []string{"ORIGINAL"}}, []string{"original"}}},
		"createdAt":    {{v{"createdAt": v{"lt": "2026-01-01T00:00:00Z"}}, []string{"dollar"}}, {v{"createdAt": v{"gte": "2026-01-01T00:00:00Z"}}, []string{"original", "manual", "credit"}}},
	}
	for _, field := range schemaOfAPI().Types["RefundFilter"].Fields {
		if cases[field.Name] == nil {
			t.Errorf("the test does not know the condition %s", field.Name)
		}
		for _, c := range cases[field.Name] {
			var want []string
			for _, name := range c.want {
				want = append(want, ids[name])
			}
			got := refundPage(t, s.admin, v{"filter": c.filter})
			slices.Sort(want)
			if found := got.ids(); !slices.Equal(slices.Sorted(slices.Values(found)), want) || got.TotalCount != len(want) {
				t.Errorf("%v finds %v of %d, want %v", c.filter, found, got.TotalCount, c.want)
			}
		}
	}
	_, id, _ := pay.SplitID(ids["other customer"])
	customer := s.api.Client(s.api.Token(t, auth.Grant{Role: pay.RoleCustomer, CustomerID: &id}))
	for _, filter := range []v{nil, {"ids": []string{ids["dollar"], ids["manual"]}}, {"paymentIds": []string{ids["dollar payment"], ids["euro payment"]}}} {
		if got := refundPage(t, customer, v{"filter": filter}); got.TotalCount != 1 || !slices.Equal(got.ids(), []string{ids["dollar"]}) {
			t.Errorf("another customer's %v: %+v", filter, got)
		}
	}
	badPage(t, s.admin, "too many", refundPageDocument, v{"filter": v{"paymentIds": slices.Repeat([]string{"x"}, 101)}})
}

// TestRefundPages proves that walking the list forward, backward and by number
// shows every refund once, newest first or oldest first, although their times are
// equal; and that a cursor is good for its own list only.
func TestRefundPages(t *testing.T) {
	t.Parallel()
	s, _ := openReturns(t)
	multiply(t, s.api.Database.DB, 20)
	for _, direction := range []string{"DESC", "ASC"} {
		want := rowsOf(t, s.api.Database.DB, fmt.Sprintf("SELECT id FROM refunds ORDER BY created_at %[1]s, id %[1]s", direction))
		for i, id := range want {
			want[i] = globalID("rf", id)
		}
		vars := apptest.Vars{"orderBy": orderBy("CREATED_AT " + direction)}
		var forward, backward, byNumber []string
		for after := any(nil); ; {
			p := refundPage(t, s.admin, but(vars, apptest.Vars{"first": 25, "after": after}))
			if p.PageInfo.HasPreviousPage != (len(forward) > 0) || p.TotalCount != len(want) {
				t.Errorf("after %d refunds: %+v of %d", len(forward), p.PageInfo, p.TotalCount)
			}
			if forward = append(forward, p.ids()...); !p.PageInfo.HasNextPage {
				break
			}
			after = *p.PageInfo.EndCursor
		}
		for before := any(nil); ; {
			p := refundPage(t, s.admin, but(vars, apptest.Vars{"last": 25, "before": before}))
			if backward = append(p.ids(), backward...); !p.PageInfo.HasPreviousPage {
				break
			}
			before = *p.PageInfo.StartCursor
		}
		for offset := 0; offset < len(want); offset += 30 {
			byNumber = append(byNumber, refundPage(t, s.admin, but(vars, apptest.Vars{"first": 30, "offset": offset})).ids()...)
		}
		for name, got := range map[string][]string{"forward": forward, "backward": backward, "by number": byNumber} {
			if !slices.Equal(got, want) {
				t.Errorf("%s %s: %d refunds, want %d in order", direction, name, len(got), len(want))
			}
		}
	}
	cursor := *refundPage(t, s.admin, apptest.Vars{"first": 2}).PageInfo.EndCursor
	badPage(t, s.admin, "another filter", refundPageDocument, apptest.Vars{"first": 2, "after": cursor, "filter": apptest.Vars{"currency": "EUR"}})
	badPage(t, s.admin, "another list", pageDocument, apptest.Vars{"first": 2, "after": cursor})
	badPage(t, s.admin, "both ways", refundPageDocument, apptest.Vars{"first": 2, "last": 2})
}

// TestAttemptEvents proves that an attempt's events are those of its payment's
// history that are about it, its refunds included, in the same order.
func TestAttemptEvents(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	order := s.order(1000)
	declined := act(t, s.admin, "payOrders", "a", apptest.Vars{"orders": one(order), "gatewayId": s.sandbox, "paymentToken": "tok_soft_decline"})
	held := act(t, s.admin, "processPayment", "b", apptest.Vars{"paymentId": declined.Payment.ID, "gatewayId": s.sandbox, "capture": false, "paymentToken": "tok_authorize"})
	act(t, s.admin, "captureTransaction", "c", apptest.Vars{"transactionId": held.Transaction.ID, "amount": minor(600)})
	act(t, s.admin, "refundPayment", "d", apptest.Vars{"paymentId": declined.Payment.ID, "amount": minor(50)})
	type event struct {
		ID, Type    string
		Transaction *struct{ ID string }
	}
	got := apptest.Do[struct {
		Payment struct {
			Events       struct{ Nodes []event }
			Transactions []struct {
				ID     string
				Events []event
			}
		}
	}](t, s.admin, `query($id: ID!) { payment(by: { id: $id }) { events(first: 100) { nodes { id type transaction { id } } } transactions { id events { id type transaction { id } } } } }`,
		apptest.Vars{"id": declined.Payment.ID}).Payment
	whole := 0
	for _, x := range got.Transactions {
		var want, shown []string
		for _, e := range got.Events.Nodes {
			if e.Transaction != nil && e.Transaction.ID == x.ID {
				want = append(want, e.Type+" "+e.ID)
			}
		}
		for _, e := range x.Events {
			shown = append(shown, e.Type+" "+e.ID)
			if e.Transaction == nil || e.Transaction.ID != x.ID {
				t.Errorf("%s is about %+v", e.Type, e.Transaction)
			}
		}
		if whole += len(shown); len(want) < 2 || !slices.Equal(shown, want) {
			t.Errorf("%s: %v\nwant %v", x.ID, shown, want)
		}
	}
	if len(got.Transactions) != 2 || whole >= len(got.Events.Nodes) {
		t.Errorf("%d attempts with %d of %d events", len(got.Transactions), whole, len(got.Events.Nodes))
	}
}
