package app_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

// heavier is a subscription that could come to four points for an event, and comes to two.
const heavier = `subscription($after: EventCursor) { paymentEvents(after: $after) { cursor payment { id transactions { id } } } }`

// followHeavier follows with it over a transport.
func followHeavier(t *testing.T, api *apptest.API, transport, token, after string) stream {
	t.Helper()
	vars := apptest.Vars{"after": after}
	if transport == "sse" {
		s, _ := listenFor(t, api.URL, token, heavier, vars)
		t.Cleanup(s.close)
		return s
	}
	s, _ := dial(t, api.URL, nil)
	t.Cleanup(s.close)
	s.greet(t, token)
	s.subscribe(t, "1", heavier, vars)
	return s
}

// TestFollowCosts proves that each event is paid for by what it came to and says so, and
// that a stream whose caller has no points left waits until there are, over both
// transports: it tells every event once and no error, and others are told meanwhile.
func TestFollowCosts(t *testing.T) {
	t.Parallel()
	const rate, most = 100, 1000
	var ahead atomic.Int64
	began := time.Now().UTC().Truncate(time.Second)
	api := apptest.Start(t, app.WithCostRate(rate), app.WithClock(func() time.Time { return began.Add(time.Duration(ahead.Load())) }))
	admin := api.Admin(t)
	start := logOf(t, admin, nil).PageInfo.EndCursor
	for _, key := range []string{"a", "b", "c", "d", "e"} {
		apptest.Do[any](t, admin, `mutation($key: IdempotencyKey!) { createPayment(input: {idempotencyKey: $key, amount: {minorUnits: 100, currency: "EUR"}}) { payment { id } } }`, apptest.Vars{"key": key})
	}
	log := logOf(t, admin, nil).Nodes
	if len(log) != 5 {
		t.Fatalf("%d events", len(log))
	}
	for transport := range transports {
		poor := api.Token(t, auth.Grant{Subject: "poor by " + transport})
		spend(t, api.Client(poor), most-4)
		told := make(chan news, len(log))
		go func(s stream) {
			for range log {
				told <- s.next(t)
			}
		}(followHeavier(t, api, transport, poor, start))
		next := func(i, available int) {
			t.Helper()
			got := <-told
			if got.event == nil || got.event.Cursor != log[i].Cursor || got.code != "" {
				t.Fatalf("%s: event %d: %+v", transport, i, got)
			}
			c := costShown(t, apptest.Response{Body: got.text})
			if c.RequestedQueryCost != 4 || c.ActualQueryCost == nil || *c.ActualQueryCost != 2 || *c.ThrottleStatus != (throttleStatus{most, available, rate}) {
				t.Errorf("%s: event %d costs %s", transport, i, got.text)
			}
		}
		next(0, 2) // what was spent at the beginning
		next(1, 0) // what was not needed of it, and as much owed until now
		waits := func() {
			t.Helper()
			rich := followHeavier(t, api, transport, api.Token(t, auth.Grant{Subject: "rich " + pay.NewID().String()}), start)
			for range log {
				nextEvent(t, rich)
			}
			select {
			case got := <-told:
				t.Errorf("%s: told without points: %+v", transport, got)
			default:
			}
		}
		waits()
		ahead.Add(int64(20 * time.Millisecond)) // two points
		next(2, 0)
		waits()
		ahead.Add(int64(100 * time.Second))
		next(3, most-2)
		next(4, most-4)
	}
}

// spend spends points of a caller.
func spend(t *testing.T, c *apptest.Client, points int) {
	t.Helper()
	for points > 0 {
		ids := make([]string, min(points, 100))
		for i := range ids {
			ids[i] = pay.FormatID(pay.KindOrder, pay.NewID())
		}
		got := costShown(t, c.Send(t, `query($ids: [ID!]!) { nodes(ids: $ids) { id } }`, apptest.Vars{"ids": ids}))
		if got.ActualQueryCost == nil || *got.ActualQueryCost != len(ids) {
			t.Fatalf("%d ids cost %+v", len(ids), got)
		}
		points -= len(ids)
	}
}

// TestFollowRefusedCosts proves that a stream which is refused costs what a refusal does
// where the request was at fault, and nothing else; and one that ends without an event a
// point at most.
func TestFollowRefusedCosts(t *testing.T) {
	t.Parallel()
	const most = 1000
	began := time.Now().UTC().Truncate(time.Second)
	api := apptest.Start(t, app.WithCostRate(100), app.WithClock(func() time.Time { return began }))
	for name, c := range map[string]struct {
		grant    auth.Grant
		document string
		costs    int
	}{
		"without scopes": {auth.Grant{Role: pay.RolePartner, Scopes: []pay.Scope{}}, heavier, 0},
		"no stream":      {auth.Grant{}, `{ payments(first: 100) { nodes { id } } }`, misuse},
		"a bad cursor":   {auth.Grant{}, `subscription { paymentEvents(after: "x") { payment { id } } }`, misuse},
	} {
		c.grant.Subject = name
		token := api.Token(t, c.grant)
		s, _ := listenFor(t, api.URL, token, c.document, nil)
		if got := s.next(t); got.code == "" || got.event != nil {
			t.Errorf("%s: %+v", name, got)
		}
		if got := s.next(t); got.kind != "complete" {
			t.Errorf("%s ends with %+v", name, got)
		}
		s.close()
		if got := costShown(t, api.Client(token).Send(t, `{ __typename }`, nil)); got.ThrottleStatus.CurrentlyAvailable != most-c.costs-1 {
			t.Errorf("%s: %+v are left", name, *got.ThrottleStatus)
		}
	}
	token := api.Token(t, auth.Grant{Subject: "quiet"})
	s, _ := dial(t, api.URL, nil)
	defer s.close()
	s.greet(t, token)
	s.subscribe(t, "1", heavier, nil)
	s.send(t, socketMessage{ID: "1", Type: "complete"})
	for asked := 1; ; asked++ { // until the server has noticed
		left := costShown(t, api.Client(token).Send(t, `{ __typename }`, nil)).ThrottleStatus.CurrentlyAvailable
		if left >= most-1-asked {
			break
		}
		if asked > 900 {
			t.Fatalf("quiet: %d are left after %d points", left, asked)
		}
	}
}
