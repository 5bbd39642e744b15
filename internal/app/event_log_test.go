package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

// logPage is a page of the log of events.
type logPage struct {
	Nodes    []happened
	Edges    []struct{ Cursor string }
	PageInfo struct {
		HasNextPage, HasPreviousPage bool
		StartCursor                  *string
		EndCursor                    string
	}
	TotalCount int
}

const logDocument = `query($after: EventCursor, $first: Int! = 100, $filter: PaymentEventFilter) { events(after: $after, first: $first, filter: $filter) {
	nodes { ...happened } edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount } }` + happenedFields

func logOf(t *testing.T, c *apptest.Client, vars apptest.Vars) logPage {
	t.Helper()
	return apptest.Do[struct{ Events logPage }](t, c, logDocument, vars).Events
}

// wholeLog reads the log from its beginning to its end, in pages of three.
func wholeLog(t *testing.T, c *apptest.Client, filter apptest.Vars) (all []happened) {
	t.Helper()
	vars := apptest.Vars{"first": 3, "filter": filter}
	for more := true; more; {
		page := logOf(t, c, vars)
		all, more = append(all, page.Nodes...), page.PageInfo.HasNextPage
		vars["after"] = page.PageInfo.EndCursor
	}
	return all
}

// names writes events as payment, number and type.
func names(events []happened) []string {
	list := make([]string, len(events))
	for i, e := range events {
		list[i] = fmt.Sprintf("%s %d %s", e.Payment.ID, e.Seq, e.Type)
	}
	return list
}

// TestEventLog proves that pollers read every event once, in its payment's order, and
// that they never have to begin anew.
func TestEventLog(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	empty := logOf(t, s.admin, nil)
	if len(empty.Nodes) != 0 || empty.PageInfo.EndCursor == "" || empty.PageInfo.HasNextPage || empty.PageInfo.HasPreviousPage || empty.PageInfo.StartCursor != nil {
		t.Errorf("empty log: %+v", empty)
	}
	var payments []string
	for i := range 4 {
		payments = append(payments, s.pay(t, fmt.Sprint("log-", i), s.whole("", s.order(1000))).Payment.ID)
	}
	all := wholeLog(t, s.admin, nil)
	if want := s.count(t, "payment_events"); len(all) != want || logOf(t, s.admin, nil).TotalCount != want {
		t.Errorf("the log has %d events, want %d", len(all), want)
	}
	next := map[string]int{}
	for _, e := range all {
		if next[e.Payment.ID]++; e.Seq != next[e.Payment.ID] {
			t.Errorf("event %d of %s is the %d. in the log", e.Seq, e.Payment.ID, next[e.Payment.ID])
		}
		if e.Actor == "" || e.Status == "" || len(e.Cursor) != 22 {
			t.Errorf("event: %+v", e)
		}
	}
	if len(next) != len(payments) {
		t.Errorf("events of %d payments, want %d", len(next), len(payments))
	}
	resumed := logOf(t, s.admin, apptest.Vars{"after": all[4].Cursor})
	if !slices.Equal(names(resumed.Nodes), names(all[5:])) || !resumed.PageInfo.HasPreviousPage || resumed.PageInfo.EndCursor != all[len(all)-1].Cursor {
		t.Errorf("after the fifth: %v, %+v", names(resumed.Nodes), resumed.PageInfo)
	}
	if since := logOf(t, s.admin, apptest.Vars{"after": empty.PageInfo.EndCursor}); !slices.Equal(names(since.Nodes), names(all)) {
		t.Errorf("after the end of the empty log: %v", names(since.Nodes))
	}
	end := resumed.PageInfo.EndCursor
	if nothing := logOf(t, s.admin, apptest.Vars{"after": end}); len(nothing.Nodes) != 0 || nothing.PageInfo.EndCursor != end {
		t.Errorf("nothing new: %+v", nothing)
	}
}

// TestEventLogFilter proves that a filter keeps what matches and no more, and that pages
// go on behind what does not.
func TestEventLogFilter(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	first := s.pay(t, "one", s.whole("", s.order(1000))).Payment.ID
	rival := s.make.Customer()
	second := s.pay(t, "two", s.whole("", s.make.Order(rival, 500))).Payment.ID
	all := wholeLog(t, s.admin, nil)
	for name, c := range map[string]struct {
		filter apptest.Vars
		keeps  func(happened) bool
	}{
		"type":     {apptest.Vars{"types": []string{"TRANSACTION_CAPTURED", "NOTHING"}}, func(e happened) bool { return e.Type == "TRANSACTION_CAPTURED" }},
		"status":   {apptest.Vars{"statuses": []string{"PAID"}}, func(e happened) bool { return e.Status == "PAID" }},
		"payment":  {apptest.Vars{"paymentIds": []string{second, "nonsense"}}, func(e happened) bool { return e.Payment.ID == second }},
		"customer": {apptest.Vars{"customerIds": []string{s.customer}}, func(e happened) bool { return e.Payment.ID == first }},
		"both":     {apptest.Vars{"customerIds": []string{s.customer}, "paymentIds": []string{second}}, func(happened) bool { return false }},
		"nothing":  {apptest.Vars{"types": []string{}}, func(happened) bool { return false }},
	} {
		var want []happened
		for _, e := range all {
			if c.keeps(e) {
				want = append(want, e)
			}
		}
		if got := wholeLog(t, s.admin, c.filter); !slices.Equal(names(got), names(want)) || name != "both" && name != "nothing" && len(got) == 0 {
			t.Errorf("%s: %v, want %v", name, names(got), names(want))
		}
		if page := logOf(t, s.admin, apptest.Vars{"filter": c.filter}); page.TotalCount != len(want) || page.PageInfo.EndCursor != all[len(all)-1].Cursor {
			t.Errorf("%s: %d in all, and the page ends at %s", name, page.TotalCount, page.PageInfo.EndCursor)
		}
	}
}

// TestEventLogRefusals proves that a cursor is good in its own log only, and what a page
// may ask for.
func TestEventLogRefusals(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	admin := api.Admin(t)
	make := admin.Make(t)
	make.PayWhole(make.Gateway(nil), make.Order(make.Customer(), 1000))
	good := logOf(t, admin, nil).PageInfo.EndCursor
	live := api.Client(api.Token(t, auth.Grant{Environment: pay.Live}))
	rival := api.Client(api.Token(t, auth.Grant{CompanyID: api.NewCompany(t, "rival").ID}))
	changed := "A" + good[1:]
	if changed == good {
		changed = "B" + good[1:]
	}
	for name, c := range map[string]struct {
		client *apptest.Client
		vars   apptest.Vars
	}{
		"of the other environment": {live, apptest.Vars{"after": good}}, "of another company": {rival, apptest.Vars{"after": good}},
		"changed": {admin, apptest.Vars{"after": changed}}, "short": {admin, apptest.Vars{"after": good[:10]}}, "empty": {admin, apptest.Vars{"after": ""}},
		"of another list": {admin, apptest.Vars{"after": apptest.Do[struct {
			Payments struct{ PageInfo struct{ EndCursor string } }
		}](t, admin, `{ payments(first: 1) { pageInfo { endCursor } } }`, nil).Payments.PageInfo.EndCursor}},
		"page of none": {admin, apptest.Vars{"first": 0}}, "page too large": {admin, apptest.Vars{"first": 101}},
		"too many values": {admin, apptest.Vars{"filter": apptest.Vars{"types": slices.Repeat([]string{"X"}, 101)}}},
		"NUL in a value":  {admin, apptest.Vars{"filter": apptest.Vars{"types": []string{"\x00"}}}},
	} {
		got := c.client.Send(t, logDocument, c.vars)
		if len(got.Errors) != 1 || got.Errors[0].Extensions.Code != "GRAPHQL_VALIDATION_FAILED" {
			t.Errorf("%s: %s", name, got.Body)
		}
	}
	// The database was put back: what the caller saw is not there any more.
	for _, statement := range []string{"ALTER TABLE payment_events DISABLE TRIGGER USER", "ALTER TABLE event_heads DISABLE TRIGGER USER",
		"DELETE FROM payment_events WHERE position > 1", "UPDATE event_heads SET position = 1", "UPDATE payments SET event_seq = 1, status = e.status FROM payment_events e WHERE e.payment_id = payments.id"} {
		api.Database.DB.MustExec(statement)
	}
	if got := admin.Send(t, logDocument, apptest.Vars{"after": good}); len(got.Errors) != 1 || !strings.Contains(got.Errors[0].Message, "beyond the newest event") {
		t.Errorf("beyond the end: %s", got.Body)
	}
}

// TestEventLogBelongs proves that nobody reads events of others, nor their names.
func TestEventLogBelongs(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	own := s.pay(t, "own", s.whole("", s.order(1000))).Payment.ID
	stranger := s.make.Customer()
	s.pay(t, "other", s.whole("", s.make.Order(stranger, 500)))
	customer := asCustomer(t, s.api, s.customer)
	got := wholeLog(t, customer, nil)
	if len(got) == 0 || slices.ContainsFunc(got, func(e happened) bool { return e.Payment.ID != own || strings.Contains(e.Actor, ":") }) {
		t.Errorf("a customer reads %+v", got)
	}
	for name, client := range map[string]*apptest.Client{
		"live":  s.api.Client(s.api.Token(t, auth.Grant{Environment: pay.Live})),
		"rival": s.api.Client(s.api.Token(t, auth.Grant{CompanyID: s.api.NewCompany(t, "rival").ID})),
	} {
		if events := wholeLog(t, client, nil); len(events) > 0 {
			t.Errorf("%s reads %+v", name, events)
		}
	}
}

// TestEventLogScan proves that a filter that hardly anything matches reads a bounded part
// of the log, and that its pages lead on to what matches.
func TestEventLogScan(t *testing.T) {
	t.Parallel()
	w := &wire{}
	api := apptest.Start(t, w.option())
	admin := api.Admin(t)
	make := admin.Make(t)
	make.PayWhole(make.Gateway(nil), make.Order(make.Customer(), 1000))
	logOf(t, admin, nil)
	api.Database.DB.MustExec(`INSERT INTO payment_events (tenant_id, payment_id, seq, id, type, status, actor, created_at)
		SELECT tenant_id, payment_id, n, gen_random_uuid(), CASE n WHEN 25000 THEN 'NEEDLE' ELSE 'HAY' END, 'PAID', 'x', now()
		FROM (SELECT DISTINCT tenant_id, payment_id FROM payment_events) e, generate_series(1000, 25000) n`)
	vars, pages := apptest.Vars{"filter": apptest.Vars{"types": []string{"NEEDLE"}}}, 0
	for {
		page := logOf(t, admin, vars)
		if pages++; len(page.Nodes) == 1 && !page.PageInfo.HasNextPage {
			break
		}
		if len(page.Nodes) > 0 || !page.PageInfo.HasNextPage || pages > 5 {
			t.Fatalf("page %d: %+v", pages, page)
		}
		vars["after"] = page.PageInfo.EndCursor
	}
	if pages != 3 {
		t.Errorf("%d pages for 24,000 events", pages)
	}
}

// TestEventPlaces proves that many processes that give places at once, while others
// record events, leave no gap and turn no payment's events round; also when clocks go
// back.
func TestEventPlaces(t *testing.T) {
	t.Parallel()
	clock := &movingClock{}
	s := openShop(t, clock.option())
	other := s.api.Another(t, app.WithClock(clock.now))
	var paid []chan struct{}
	for worker := range 4 {
		done := make(chan struct{})
		paid = append(paid, done)
		go func() {
			defer close(done)
			for i := range 5 {
				clock.pass(-1e9)
				s.make.PayWhole(s.sandbox, s.order(int64(100+worker+i)))
			}
		}()
	}
	for _, done := range paid {
		for open := true; open; {
			for _, a := range []*apptest.API{s.api, other} {
				if err := a.App.Service.PlaceEvents(t.Context()); err != nil {
					t.Error(err)
				}
			}
			select {
			case <-done:
				open = false
			default:
			}
		}
	}
	if err := s.api.App.Service.PlaceEvents(t.Context()); err != nil || s.count(t, "payment_events WHERE position IS NULL") > 0 {
		t.Errorf("%d events have no place, %v", s.count(t, "payment_events WHERE position IS NULL"), err)
	}
} // the shop checks the invariants
