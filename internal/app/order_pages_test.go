package app_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

func TestEveryOrderInPages(t *testing.T) {
	s := openShop(t)
	s.painted = true
	s.exhibit(t)
	s.exhibitRarities(t)
	for i := range 12 {
		s.order(int64(100 + i%3))
		s.bill(t, fmt.Sprintf("B-%d", i), int64(1000+i%2))
	}
	for _, sql := range []string{"UPDATE invoices SET due_on = issued_on + (abs(hashtext(id::text)) % 3) WHERE abs(hashtext(id::text)) % 2 = 0", "UPDATE invoices SET created_at = date_trunc('hour', created_at)", "UPDATE payments SET updated_at = created_at WHERE final_minor = 100"} {
		if _, err := s.api.Database.DB.Exec(sql); err != nil {
			t.Fatal(err)
		}
	}
	_, customer, _ := pay.SplitID(s.customer)
	lists := map[string]struct {
		order  string
		fields []string
	}{
		"payments":  {"PaymentOrder", []string{"CREATED_AT", "UPDATED_AT", "AMOUNT"}},
		"orders":    {"OrderOrder", []string{"CREATED_AT", "PLACED_AT", "TOTAL_AMOUNT"}},
		"invoices":  {"InvoiceOrder", []string{"CREATED_AT", "DUE_ON"}},
		"customers": {"CustomerOrder", []string{"CREATED_AT"}},
		"refunds":   {"RefundOrder", []string{"CREATED_AT"}},
	}
	type conn struct {
		Nodes    []struct{ ID string }
		PageInfo struct {
			HasNextPage, HasPreviousPage bool
			EndCursor, StartCursor       *string
		}
	}
	n := 0
	for who, token := range map[string]string{"admin": s.api.Token(t, auth.Grant{CompanyID: s.api.Company.ID}), "customer": s.api.Token(t, auth.Grant{CompanyID: s.api.Company.ID, Role: pay.RoleCustomer, CustomerID: &customer})} {
		c := s.api.Client(token)
		ask := func(list, typ, args string, orderBy []any) conn {
			answer := c.Send(t, fmt.Sprintf("query($o: [%s!]) { %s(orderBy: $o, %s) { nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }", typ, list, args), map[string]any{"o": orderBy})
			if len(answer.Errors) > 0 {
				t.Fatalf("%s %s %v: %+v", list, args, orderBy, answer.Errors)
			}
			var got map[string]conn
			if err := json.Unmarshal(answer.Data, &got); err != nil {
				t.Fatal(err)
			}
			return got[list]
		}
		ids := func(c conn) (l []string) {
			for _, n := range c.Nodes {
				l = append(l, n.ID)
			}
			return l
		}
		for list, d := range lists {
			var orders [][]any
			var build func(prefix []any, used map[string]bool)
			build = func(prefix []any, used map[string]bool) {
				if len(prefix) > 0 {
					orders = append(orders, append([]any{}, prefix...))
				}
				for _, f := range d.fields {
					if used[f] {
						continue
					}
					for _, dir := range []string{"ASC", "DESC"} {
						used[f] = true
						build(append(append([]any{}, prefix...), map[string]any{"field": f, "direction": dir}), used)
						used[f] = false
					}
				}
			}
			build(nil, map[string]bool{})
			for _, o := range orders {
				whole := strings.Join(ids(ask(list, d.order, "first: 100", o)), " ")
				var forward []string
				args := "first: 3"
				for {
					p := ask(list, d.order, args, o)
					forward = append(forward, ids(p)...)
					if !p.PageInfo.HasNextPage {
						break
					}
					args = fmt.Sprintf("first: 3, after: %q", *p.PageInfo.EndCursor)
				}
				var backward []string
				args = "last: 3"
				for {
					p := ask(list, d.order, args, o)
					backward = append(ids(p), backward...)
					if !p.PageInfo.HasPreviousPage {
						break
					}
					args = fmt.Sprintf("last: 3, before: %q", *p.PageInfo.StartCursor)
				}
				if f, b := strings.Join(forward, " "), strings.Join(backward, " "); f != whole || b != whole {
					t.Errorf("%s %s %v:\nwhole    %s\nforward  %s\nbackward %s", who, list, o, whole, f, b)
				}
				n++
			}
		}
	}
	t.Logf("%d orders", n)
}
