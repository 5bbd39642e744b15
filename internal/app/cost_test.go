package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
)

// shownCost is extensions.cost.
type shownCost struct {
	RequestedQueryCost int
	ActualQueryCost    *int
	ThrottleStatus     *throttleStatus
}

type throttleStatus struct{ MaximumAvailable, CurrentlyAvailable, RestoreRate int }

func costShown(t *testing.T, answer apptest.Response) shownCost {
	t.Helper()
	var body struct{ Extensions struct{ Cost *shownCost } }
	if err := json.Unmarshal([]byte(answer.Body), &body); err != nil || body.Extensions.Cost == nil {
		t.Fatalf("%v: no cost in %.300s", err, answer.Body)
	}
	return *body.Extensions.Cost
}

// TestCost proves that every answer says what it cost: what lists may hold with variables
// resolved, and what they held.
func TestCost(t *testing.T) {
	t.Parallel()
	s := openShop(t, app.WithCostRate(1000))
	for i := range 3 {
		s.created(t, fmt.Sprint("p", i), apptest.Vars{"amount": minor(100)})
	}
	mutation := `mutation { createPayment(input: {idempotencyKey: "cost", amount: {minorUnits: 100, currency: "EUR"}}) { payment { id amount: finalAmount { decimal } } } }`
	for _, c := range []struct {
		name, document    string
		vars              apptest.Vars
		requested, actual int
	}{
		{"values", `{ __typename }`, nil, 1, 1},
		{"one object", `{ viewer { id } }`, nil, 1, 1},
		{"a page", `query($n: Int!) { payments(first: $n) { nodes { id finalAmount { decimal } } } }`, apptest.Vars{"n": 50}, 101, 7},
		{"a smaller", `query($n: Int!) { payments(first: $n) { nodes { id finalAmount { decimal } } } }`, apptest.Vars{"n": 2}, 5, 5},
		{"a mutation", mutation, nil, 13, 3},
	} {
		got := costShown(t, s.admin.Send(t, c.document, c.vars))
		if got.RequestedQueryCost != c.requested || got.ActualQueryCost == nil || *got.ActualQueryCost != c.actual || got.ThrottleStatus == nil {
			t.Errorf("%s: %+v, want %d and %d", c.name, got, c.requested, c.actual)
		}
	}
}

// TestCostIsBounded proves that callers who ask for too much in a short time are refused
// until their points came back, that nothing is done meanwhile, and that nobody else is.
func TestCostIsBounded(t *testing.T) {
	t.Parallel()
	const rate, most = 100, 1000
	var ahead atomic.Int64
	began := time.Now().UTC().Truncate(time.Second)
	api := apptest.Start(t, app.WithCostRate(rate), app.WithClock(func() time.Time { return began.Add(time.Duration(ahead.Load())) }))
	greedy, other := api.Admin(t), api.Client(api.Token(t, auth.Grant{Subject: "another"}))
	const pay = `mutation($key: IdempotencyKey!) { createPayment(input: {idempotencyKey: $key, amount: {minorUnits: 100, currency: "EUR"}}) { payment { id } } }`
	if got := costShown(t, other.Send(t, pay, apptest.Vars{"key": "one"})); *got.ActualQueryCost != 2 || got.ThrottleStatus == nil || *got.ThrottleStatus != (throttleStatus{most, most - 2, rate}) {
		t.Errorf("what was not needed is given back: %+v %+v", got, got.ThrottleStatus)
	}
	multiply(t, api.Database.DB, 150)
	const page = `{ payments(first: 100) { nodes { id finalAmount { decimal } } } }` // 201 points
	for n := range 4 {
		if got := greedy.Send(t, page, nil); got.Status != http.StatusOK || costShown(t, got).ThrottleStatus.CurrentlyAvailable != most-201*(n+1) {
			t.Fatalf("page %d: %.300s", n, got.Body)
		}
	}
	late := greedy.Send(t, page, nil)
	if got := costShown(t, late); late.Status != http.StatusTooManyRequests || late.Header.Get("Retry-After") != "1" || len(late.Errors) != 1 || late.Errors[0].Extensions.Code != "RATE_LIMITED" ||
		len(late.Data) > 0 || got.ActualQueryCost != nil || got.RequestedQueryCost != 201 || got.ThrottleStatus.CurrentlyAvailable != 196 {
		t.Errorf("the fifth: %d, %.400s", late.Status, late.Body)
	}
	for n := range 98 { // two points each, and ten more must be there
		greedy.Send(t, pay, apptest.Vars{"key": fmt.Sprint("drain-", n)})
	}
	before := valueOf[int](t, api.Database.DB, "SELECT count(*) FROM payments")
	if got := greedy.Send(t, pay, apptest.Vars{"key": "late"}); got.Status != http.StatusTooManyRequests || valueOf[int](t, api.Database.DB, "SELECT count(*) FROM payments") != before {
		t.Errorf("a payment without points: %.300s", got.Body)
	}
	if got := other.Send(t, page, nil); got.Status != http.StatusOK {
		t.Errorf("somebody else: %.300s", got.Body)
	}
	ahead.Add(int64(3 * time.Second))
	if got := greedy.Send(t, page, nil); got.Status != http.StatusOK {
		t.Errorf("three seconds later: %.300s", got.Body)
	}
	if got := other.Send(t, `{ payments(first: 100) { nodes { id customer { id } orders { id } invoices { id } lines { id } refunds { id } } } }`, nil); len(got.Errors) != 1 || got.Errors[0].Extensions.Code != "COST_LIMIT" {
		t.Errorf("more than a bucket holds: %.300s", got.Body)
	}
}
