package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
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
// resolved, and what they held; and each mutation, with what its lists have.
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
		{"what is skipped", `query($n: Int!, $more: Boolean!) { payments(first: $n) { nodes { id finalAmount @include(if: $more) { decimal } } } skipped: payments(first: 50) @skip(if: true) { nodes { id } } }`, apptest.Vars{"n": 50, "more": false}, 51, 4},
		{"ids", `query($ids: [ID!]!) { nodes(ids: $ids) { id } }`, apptest.Vars{"ids": []string{s.customer, s.customer, s.customer}}, 3, 3},
		{"one type", `{ __type(name: "Money") { name fields { name } } }`, nil, 5, 5},
		{"a smaller", `query($n: Int!) { payments(first: $n) { nodes { id finalAmount { decimal } } } }`, apptest.Vars{"n": 2}, 5, 5},
		{"a mutation", mutation, nil, 13, 13},
		{"several", `mutation($input: UpdateCustomerInput!) { a: updateCustomer(input: $input) { replayed: __typename } b: updateCustomer(input: $input) { replayed: __typename } }`, apptest.Vars{"input": apptest.Vars{"id": s.customer, "expectedVersion": 77}}, 22, 22},
		{"in bulk, refused", `mutation($input: CreateCustomersInput!) { createCustomers(input: $input) { customers { id } errors { code } } }`, apptest.Vars{"input": apptest.Vars{"customers": []apptest.Vars{{"email": "a@example.org", "referenceId": "a"}, {"email": "b@example.org", "referenceId": "a"}, {"email": "c@example.org"}}}}, 18, 15},
		{"more than was expected", `mutation($input: CreateCustomersInput!) { createCustomers(input: $input) { customers { id } } }`, apptest.Vars{"input": apptest.Vars{"customers": []apptest.Vars{{"email": "d@example.org"}, {"email": "e@example.org"}, {"email": "f@example.org"}}}}, 16, 17},
	} {
		answer := s.admin.Send(t, c.document, c.vars)
		got := costShown(t, answer)
		if got.RequestedQueryCost != c.requested || got.ActualQueryCost == nil || *got.ActualQueryCost != c.actual || got.ThrottleStatus == nil {
			t.Errorf("%s: want %d and %d: %s", c.name, c.requested, c.actual, answer.Body)
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
	const paying = `mutation($key: IdempotencyKey!) { createPayment(input: {idempotencyKey: $key, amount: {minorUnits: 100, currency: "EUR"}}) { payment { id } } }`
	if got := costShown(t, other.Send(t, paying, apptest.Vars{"key": "one"})); *got.ActualQueryCost != 12 || got.ThrottleStatus == nil || *got.ThrottleStatus != (throttleStatus{most, most - 12, rate}) {
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
	for n := range 16 { // twelve points each
		greedy.Send(t, paying, apptest.Vars{"key": fmt.Sprint("drain-", n)})
	}
	before := valueOf[int](t, api.Database.DB, "SELECT count(*) FROM payments")
	if got := greedy.Send(t, paying, apptest.Vars{"key": "late"}); got.Status != http.StatusTooManyRequests || valueOf[int](t, api.Database.DB, "SELECT count(*) FROM payments") != before {
		t.Errorf("a payment without points: %.300s", got.Body)
	}
	if got := other.Send(t, page, nil); got.Status != http.StatusOK {
		t.Errorf("somebody else: %.300s", got.Body)
	}
	ahead.Add(int64(3 * time.Second))
	if got := greedy.Send(t, page, nil); got.Status != http.StatusOK {
		t.Errorf("three seconds later: %.300s", got.Body)
	}
	if got := other.Send(t, `{ payments(first: 100) { nodes { id customer { id } orders { id } invoices { id } lines { id } refunds { id } } } }`, nil); costShown(t, got).RequestedQueryCost != refusal || len(got.Errors) != 1 || got.Errors[0].Extensions.Code != "COST_LIMIT" {
		t.Errorf("more than a bucket holds: %.300s", got.Body)
	}
}

// TestCostIsSettled proves that what is refused does not cost what it could have come to,
// and that an answer beyond what it could be expected to come to is paid for later, though
// not for ever.
func TestCostIsSettled(t *testing.T) {
	t.Parallel()
	const rate, most = 100, 1000
	began := time.Now().UTC().Truncate(time.Second)
	var ahead atomic.Int64
	api := apptest.Start(t, app.WithCostRate(rate), app.WithClock(func() time.Time { return began.Add(time.Duration(ahead.Load())) }))
	client := api.Admin(t)
	link := call(t, "GET", api.URL+"/graphql?query="+url.QueryEscape(`mutation { createPayment(input: {idempotencyKey: "link", amount: {minorUnits: 100, currency: "EUR"}}) { payment { id } } }`), api.Token(t, auth.Grant{}), "", "")
	if want := fmt.Sprintf(`"cost":{"requestedQueryCost":10,"actualQueryCost":10,"throttleStatus":{"maximumAvailable":%d,"currentlyAvailable":%d,"restoreRate":%d}}`, most, most-10, rate); link.status != http.StatusMethodNotAllowed || !strings.Contains(link.body, want) {
		t.Errorf("a mutation by a link: %d %s", link.status, link.body)
	}
	maker := api.Client(api.Token(t, auth.Grant{Subject: "maker"})).Make(t)
	for range 10 {
		maker.Gateway(nil)
	}
	long := costShown(t, client.Send(t, "{ "+numbered(30, "a#: paymentGateways { parameters { options { id } } } ")+"}", nil)) // of lists that are mostly short
	if long.RequestedQueryCost > most/2 || *long.ActualQueryCost < 2*most || long.ThrottleStatus.CurrentlyAvailable != 0 {
		t.Errorf("more than was expected: %+v", long)
	}
	if got := client.Send(t, `{ viewer { id } }`, nil); got.Status != http.StatusTooManyRequests || got.Header.Get("Retry-After") != "11" { // a bucket is owed, and a point
		t.Errorf("after it: %d %v", got.Status, got.Header)
	}
	ahead.Add(int64(11 * time.Second))
	if got := client.Send(t, `{ viewer { id } }`, nil); got.Status != http.StatusOK {
		t.Errorf("when it is paid: %s", got.Body)
	}
}

// TestQueriesEnd proves that a query which takes too long is ended with a code of its own,
// and takes no lock or connection with it.
func TestQueriesEnd(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t, app.WithQueryLimit(200*time.Millisecond))
	client, document := api.Admin(t), `{ viewer { id } payments { nodes { id } } }`
	lock, err := api.Database.DB.BeginTxx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Rollback()
	if _, err := lock.Exec("LOCK TABLE payments IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	got := client.Send(t, document, nil)
	if len(got.Errors) != 1 || got.Errors[0].Extensions.Code != "TIMEOUT" || got.Errors[0].Extensions.RequestID == "" || got.Errors[0].Extensions.Outcome != "" {
		t.Errorf("a query that waits: %s", got.Body)
	}
	if err := lock.Rollback(); err != nil {
		t.Fatal(err)
	}
	again := client.Send(t, document, nil)
	for tries := 1; len(again.Errors) > 0 && again.Errors[0].Extensions.Code == "TIMEOUT" && tries < 50; tries++ { // the machine may be busy
		again = client.Send(t, document, nil)
	}
	if len(again.Errors) > 0 {
		t.Errorf("afterwards: %s", again.Body)
	}
}

// TestCostAtOnce proves that who asks for much at the same time gets no more than who asks
// for it one after the other.
func TestCostAtOnce(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC()
	api := apptest.Start(t, app.WithCostRate(100), app.WithClock(func() time.Time { return now })) // 1000 points
	ids := make([]string, 100)                                                                     // and 100 points each, whether they exist or not
	for i := range ids {
		ids[i] = pay.FormatID(pay.KindOrder, pay.NewID())
	}
	client, answers := api.Admin(t), make(chan int, 25)
	for range cap(answers) {
		go func() {
			answers <- client.Send(t, `query($ids: [ID!]!) { nodes(ids: $ids) { id } }`, apptest.Vars{"ids": ids}).Status
		}()
	}
	got := map[int]int{}
	for range cap(answers) {
		got[<-answers]++
	}
	if got[http.StatusOK] != 10 || got[http.StatusTooManyRequests] != 15 {
		t.Errorf("answers by status: %v", got)
	}
}

// TestIntrospectionCost proves that what is asked of the schema is priced by what it comes
// to, and that tools get the whole of it in one request where the rate is as docs/operations.md
// wants it for that.
func TestIntrospectionCost(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t, app.WithCostRate(600))
	whole, err := os.ReadFile("../../graph/guard/testdata/introspection.graphql") // as GraphiQL asks
	if err != nil {
		t.Fatal(err)
	}
	for _, document := range []string{string(whole), `{ __schema { queryType { name } directives { args { type { ofType { name } } } } } }`,
		`{ __schema { types { fields { args { type { name } } type { name } } } } }`,
		`{ a: __type(name: "PaymentStatus") { enumValues(includeDeprecated: true) { name } } b: __type(name: "Node") { possibleTypes { interfaces { name } } } c: __type(name: "Nothing") { name } }`,
		`query($never: Boolean = false) { __schema { subscriptionType { ... on __Type { fields { type { name } } } inputFields { name } } types @include(if: $never) { name } } }`} {
		client := api.Client(api.Token(t, auth.Grant{Subject: pay.NewID().String()}))
		answer := client.Send(t, document, nil)
		got := costShown(t, answer)
		if len(answer.Errors) > 0 || got.ActualQueryCost == nil || got.RequestedQueryCost != *got.ActualQueryCost {
			t.Errorf("%.80s: %+v, %.300s", document, got, answer.Body)
			continue
		}
		t.Logf("%d points: %.60s", got.RequestedQueryCost, document)
	}
	// What is left out as deprecated is given back.
	if got := costShown(t, api.Admin(t).Send(t, `{ __schema { types { fields { name } enumValues { name } } } }`, nil)); *got.ActualQueryCost > got.RequestedQueryCost {
		t.Errorf("without what is deprecated: %+v", got)
	}
}
