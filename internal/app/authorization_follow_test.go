package app_test

import (
	"cmp"
	"net/http"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/pay"
)

// tryFollowing proves the cell of a principal who follows the payment that the table is
// about, and says how many cells there were.
func (s stage) tryFollowing(t *testing.T, p principal, table []authorizationRow) (cells int64) {
	t.Helper()
	for _, row := range table {
		if row.follows() {
			cells++
			s.assertFollows(t, p, row.cell(p, s.environment))
		}
	}
	return cells
}

// assertFollows fails the test unless the principal is told what the letter says. That
// nothing is told of the payment shows by what is told next: of one of the principal's own,
// which was made later.
func (s stage) assertFollows(t *testing.T, p principal, letter string) {
	t.Helper()
	target := s.target.ids[pay.KindPayment]
	want, vars := target, apptest.Vars{"filter": apptest.Vars{"paymentIds": []string{target}}}
	if admin := s.admins[p.code]; admin != nil {
		vars["after"] = apptest.Do[struct {
			Events struct{ PageInfo struct{ EndCursor string } }
		}](t, admin, `{ events(first: 1) { pageInfo { endCursor } } }`, nil).Events.PageInfo.EndCursor
	}
	if letter == "-" {
		made := s.admins[p.code].Make(t)
		want = made.PayWhole(made.Gateway(nil), made.Order(cmp.Or(s.customers[p.code], made.Customer()), 100))
		vars["filter"] = apptest.Vars{"paymentIds": []string{target, want}}
	}
	stream, response := listenFor(t, s.api.URL, s.clients[p.code].Token(), followDocument, vars)
	defer stream.close()
	if refused := response.StatusCode == http.StatusUnauthorized; refused || letter == "U" {
		if !refused || letter != "U" {
			t.Errorf("%s for paymentEvents: status %d", letter, response.StatusCode)
		}
		return
	}
	got := stream.next(t)
	switch {
	case letter == "F" && (got.code != "FORBIDDEN" || got.event != nil):
		t.Errorf("F for paymentEvents: %+v", got)
	case letter != "F" && (got.event == nil || got.event.Payment.ID != want):
		t.Errorf("%s for paymentEvents: %+v, want one of %s", letter, got, want)
	}
}
