package app_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

// subscribed is what a test sees of a subscription.
type subscribed struct {
	ID, Status                        string
	NextDueOn, NextDueAt, CancelledAt *string
	Version                           int
	Payments                          struct {
		TotalCount int
		Nodes      []struct {
			ID, Status   string
			Description  *string
			FinalAmount  struct{ MinorUnits int64 }
			Allocations  []struct{ DueOn *string }
			Transactions []struct{ Status string }
			Subscription *struct{ ID string }
			Events       struct{ Nodes []struct{ Type string } }
		}
	}
}

const subscribedFields = ` id status nextDueOn nextDueAt cancelledAt version payments(first: 50) { totalCount nodes { id status description
	finalAmount { minorUnits } allocations { dueOn } transactions { status } subscription { id } events { nodes { type } } } } `

// dates lists the due dates of its payments, oldest first, with their states.
func (s subscribed) dates() string {
	var list []string
	for _, p := range s.Payments.Nodes {
		list = append(list, *p.Allocations[0].DueOn+" "+p.Status)
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// changedSubscription is the answer to a mutation about a subscription.
type changedSubscription struct {
	BillingSubscription *subscribed
	Errors              []apptest.Refusal
}

func (c changedSubscription) refusal() string {
	var list []string
	for _, e := range c.Errors {
		list = append(list, e.Code+" "+strings.Join(e.Path, "."))
	}
	return strings.Join(list, ", ")
}

func onSubscription(t *testing.T, c *apptest.Client, mutation string, input apptest.Vars) changedSubscription {
	t.Helper()
	name := strings.ToUpper(mutation[:1]) + mutation[1:] + "Input"
	return apptest.Do[map[string]changedSubscription](t, c, fmt.Sprintf("mutation($input: %s!) { %s(input: $input) { billingSubscription { %s } errors { code message path } } }",
		name, mutation, subscribedFields), apptest.Vars{"input": input})[mutation]
}

// club is a shop whose clock can be set, to a century that no real clock shows.
type club struct {
	*shop
	clock *setClock
	card  string
}

// setClock is a time that tests set.
type setClock struct {
	mu sync.Mutex
	at time.Time
}

func (c *setClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *setClock) set(t *testing.T, text string) {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

func openClub(t *testing.T, now string, options ...app.Option) club {
	t.Helper()
	clock := &setClock{at: pay.SystemClock()}
	s := openShop(t, append(options, app.WithClock(clock.now))...)
	// Tokens are issued now; this one is still good in the century of the tests.
	s.admin = s.api.Client(s.api.Token(t, auth.Grant{TTL: 200 * 365 * 24 * time.Hour}))
	s.make = s.admin.Make(t)
	c := club{shop: s, clock: clock, card: s.method(t, s.customer, s.sandbox, "tok_approve")}
	clock.set(t, now)
	return c
}

// input makes a monthly subscription for 9.00 in Lisbon.
func (c club) input(starts string, more apptest.Vars) apptest.Vars {
	return but(apptest.Vars{"customerId": c.customer, "price": minor(900), "intervalUnit": "MONTH", "timeZone": "Europe/Lisbon",
		"startsOn": starts, "paymentMethodId": c.card, "description": "Gold"}, more)
}

func (c club) subscribe(t *testing.T, starts string, more apptest.Vars) subscribed {
	t.Helper()
	got := onSubscription(t, c.admin, "createBillingSubscription", c.input(starts, more))
	if got.BillingSubscription == nil {
		t.Fatalf("subscribe: %+v", got.Errors)
	}
	return *got.BillingSubscription
}

func (c club) see(t *testing.T, id string) subscribed {
	t.Helper()
	return apptest.Do[struct{ BillingSubscription subscribed }](t, c.admin, `query($id: ID!) { billingSubscription(id: $id) { `+subscribedFields+` } }`,
		apptest.Vars{"id": id}).BillingSubscription
}

// TestSubscription follows a subscription: each due date makes one payment, which
// is attempted at once, and never before its day begins where the customer lives.
func TestSubscription(t *testing.T) {
	t.Parallel()
	c := openClub(t, "2127-05-31T12:00:00Z")
	sub := c.subscribe(t, "2127-05-31", apptest.Vars{"metadata": []apptest.Vars{{"key": "plan", "value": "gold"}}})
	if sub.Status != "ACTIVE" || *sub.NextDueOn != "2127-05-31" || *sub.NextDueAt != "2127-05-30T23:00:00Z" || sub.Payments.TotalCount != 0 {
		t.Fatalf("made: %+v", sub)
	}
	c.wakeAll(t)
	got := c.see(t, sub.ID)
	if got.dates() != "2127-05-31 PAID" || *got.NextDueOn != "2127-06-30" || got.Version != 1 {
		t.Fatalf("first day: %s, next %s, version %d", got.dates(), *got.NextDueOn, got.Version)
	}
	p := got.Payments.Nodes[0]
	if p.FinalAmount.MinorUnits != 900 || *p.Description != "Gold" || p.Subscription.ID != sub.ID || len(p.Transactions) != 1 {
		t.Errorf("payment: %+v", p)
	}
	c.clock.set(t, "2127-06-29T22:59:59Z")
	if n := c.wakeAll(t); n != 0 {
		t.Errorf("a second before the day begins %d are due", n)
	}
	c.clock.set(t, "2127-06-29T23:00:00Z")
	c.wakeAll(t)
	if got = c.see(t, sub.ID); got.dates() != "2127-05-31 PAID, 2127-06-30 PAID" || *got.NextDueOn != "2127-07-31" {
		t.Errorf("second day: %s, next %s", got.dates(), *got.NextDueOn)
	}
	listed := apptest.Do[struct {
		Customer struct {
			BillingSubscriptions struct {
				TotalCount int
				Nodes      []subscribed
			}
		}
	}](t, c.admin, `query($id: ID!) { customer(id: $id) { billingSubscriptions { totalCount nodes { `+subscribedFields+` } } } }`, apptest.Vars{"id": c.customer})
	if under := listed.Customer.BillingSubscriptions; under.TotalCount != 1 || under.Nodes[0].dates() != got.dates() {
		t.Errorf("under the customer: %+v", under)
	}
}

// TestSubscriptionCatchUp proves that missed dates are made up for, oldest first,
// and that those missed for too long are left for a person.
func TestSubscriptionCatchUp(t *testing.T) {
	t.Parallel()
	c := openClub(t, "2127-01-01T12:00:00Z")
	sub := c.subscribe(t, "2127-01-31", nil)
	c.clock.set(t, "2127-06-15T12:00:00Z")
	for _, want := range []string{"2127-01-31 CREATED", "2127-01-31 CREATED, 2127-02-28 CREATED", "2127-01-31 CREATED, 2127-02-28 CREATED, 2127-03-31 PAID"} {
		due, err := c.api.App.Service.Due(t.Context(), 10)
		if err != nil || len(due) != 1 || due[0].Kind != pay.DueSubscription {
			t.Fatalf("due: %+v, %v", due, err)
		}
		if err := c.api.App.Service.Wake(t.Context(), due[0]); err != nil {
			t.Fatal(err)
		}
		if got := c.see(t, sub.ID); got.dates() != want {
			t.Errorf("%s, want %s", got.dates(), want)
		}
	}
	c.wakeAll(t)
	got := c.see(t, sub.ID)
	if want := "2127-01-31 CREATED, 2127-02-28 CREATED, 2127-03-31 PAID, 2127-04-30 PAID, 2127-05-31 PAID"; got.dates() != want || *got.NextDueOn != "2127-06-30" {
		t.Errorf("%s, next %s; want %s", got.dates(), *got.NextDueOn, want)
	}
	if n := c.wakeAll(t); n != 0 {
		t.Errorf("%d are still due", n)
	}
}

// TestSubscriptionOnce proves that a due date has one payment and one attempt,
// whatever is woken at the same time, also from another process, and when a
// subscription is set back to a date that has its payment.
func TestSubscriptionOnce(t *testing.T) {
	t.Parallel()
	c := openClub(t, "2127-01-31T12:00:00Z")
	sub := c.subscribe(t, "2127-01-31", nil)
	for _, date := range []string{"2127-01-31", "2127-02-28", "2127-03-31"} {
		c.clock.set(t, date+"T12:00:00Z")
		due, err := c.api.App.Service.Due(t.Context(), 10)
		if err != nil || len(due) != 1 {
			t.Fatalf("due: %+v, %v", due, err)
		}
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if err := c.api.App.Service.Wake(context.WithoutCancel(t.Context()), due[0]); err != nil {
					t.Errorf("wake: %v", err)
				}
			})
		}
		all.Wait()
		if n := c.wakeAll(t); n != 0 {
			t.Errorf("%d are still due on %s", n, date)
		}
	}
	const want = "2127-01-31 PAID, 2127-02-28 PAID, 2127-03-31 PAID"
	check := func(when string) {
		t.Helper()
		got := c.see(t, sub.ID)
		if got.dates() != want || *got.NextDueOn != "2127-04-30" {
			t.Errorf("%s: %s, next %s", when, got.dates(), *got.NextDueOn)
		}
		for _, p := range got.Payments.Nodes {
			if len(p.Transactions) != 1 {
				t.Errorf("%s: %d attempts on %s", when, len(p.Transactions), *p.Allocations[0].DueOn)
			}
		}
	}
	check("woken eight times each")
	if _, err := c.api.Database.DB.Exec("UPDATE billing_subscriptions SET next_due_on = '2127-01-31', next_due_at = '2127-01-31'"); err != nil {
		t.Fatal(err)
	}
	for c.wakeAll(t) > 0 {
		continue
	}
	check("set back")
}

// TestSubscriptionRefusedPayments proves what becomes of payments that a
// subscription's method cannot pay.
func TestSubscriptionRefusedPayments(t *testing.T) {
	t.Parallel()
	c := openClub(t, "2127-01-31T12:00:00Z")
	poor, broken := c.method(t, c.customer, c.sandbox, "tok_soft_decline"), c.method(t, c.customer, c.sandbox, "tok_hard_decline")
	gone := c.method(t, c.customer, c.sandbox, "tok_approve.gone")
	none := c.subscribe(t, "2127-01-31", apptest.Vars{"paymentMethodId": nil})
	soft := c.subscribe(t, "2127-01-31", apptest.Vars{"paymentMethodId": poor})
	once := c.subscribe(t, "2127-01-31", apptest.Vars{"paymentMethodId": poor, "automaticRetries": 0})
	hard := c.subscribe(t, "2127-01-31", apptest.Vars{"paymentMethodId": broken})
	detached := c.subscribe(t, "2127-01-31", apptest.Vars{"paymentMethodId": gone})
	if _, err := c.api.Database.DB.Exec("UPDATE payment_methods SET detached_at = now() WHERE token = 'tok_approve.gone'"); err != nil {
		t.Fatal(err)
	}
	c.wakeAll(t)
	for name, want := range map[string]struct {
		sub, status string
		attempts    int
		event       string
	}{
		"no method":        {none.ID, "CREATED", 0, "ATTEMPT_REFUSED"},
		"soft decline":     {soft.ID, "ON_RETRY", 1, "RETRY_SCHEDULED"},
		"no retries":       {once.ID, "FAILED", 1, "TRANSACTION_FAILED"},
		"hard decline":     {hard.ID, "FAILED", 1, "TRANSACTION_FAILED"},
		"detached methods": {detached.ID, "CREATED", 0, "ATTEMPT_REFUSED"},
	} {
		got := c.see(t, want.sub)
		p := got.Payments.Nodes[0]
		events := fmt.Sprint(p.Events.Nodes)
		if got.dates() != "2127-01-31 "+want.status || len(p.Transactions) != want.attempts || !strings.Contains(events, want.event) || *got.NextDueOn != "2127-02-28" {
			t.Errorf("%s: %s, %d attempts, events %s, next %s", name, got.dates(), len(p.Transactions), events, *got.NextDueOn)
		}
	}
	for _, day := range []string{"2127-02-01", "2127-02-03", "2127-02-07", "2127-02-13"} {
		c.clock.set(t, day+"T12:00:00Z")
		c.wakeAll(t)
	}
	if got := c.see(t, soft.ID); got.dates() != "2127-01-31 FAILED" || len(got.Payments.Nodes[0].Transactions) != 4 {
		t.Errorf("after three retries: %+v", got)
	}
}

// TestChangeSubscription proves that price and method change for the next payment,
// and by the expected version only.
func TestChangeSubscription(t *testing.T) {
	t.Parallel()
	c := openClub(t, "2127-01-31T12:00:00Z")
	sub := c.subscribe(t, "2127-01-31", nil)
	c.wakeAll(t)
	poor := c.method(t, c.customer, c.sandbox, "tok_hard_decline")
	change := func(input apptest.Vars) changedSubscription {
		t.Helper()
		return onSubscription(t, c.admin, "updateBillingSubscription", but(apptest.Vars{"subscriptionId": sub.ID}, input))
	}
	if got := change(apptest.Vars{"price": minor(1500), "paymentMethodId": poor, "expectedVersion": 1}); got.BillingSubscription == nil || got.BillingSubscription.Version != 2 {
		t.Fatalf("change: %+v", got)
	}
	if got := change(apptest.Vars{"price": minor(1500)}); got.BillingSubscription == nil || got.BillingSubscription.Version != 2 {
		t.Errorf("the same again: %+v", got)
	}
	foreign := c.method(t, c.make.Customer(), c.sandbox, "tok_approve")
	for want, input := range map[string]apptest.Vars{
		"VERSION_CONFLICT input.expectedVersion":       {"price": minor(1), "expectedVersion": 1},
		"AMOUNT_TOO_SMALL input.price":                 {"price": minor(0)},
		"CURRENCY_MISMATCH input.price.currency":       {"price": apptest.Vars{"minorUnits": 1, "currency": "USD"}},
		"PAYMENT_METHOD_INVALID input.paymentMethodId": {"paymentMethodId": foreign},
		"NOT_FOUND input.paymentMethodId":              {"paymentMethodId": absent(pay.KindMethod)},
		"NOT_FOUND input.subscriptionId":               {"subscriptionId": absent(pay.KindSubscription)},
	} {
		if got := change(input); got.refusal() != want {
			t.Errorf("%s: %+v", want, got)
		}
	}
	c.clock.set(t, "2127-02-28T12:00:00Z")
	c.wakeAll(t)
	got := c.see(t, sub.ID)
	if got.dates() != "2127-01-31 PAID, 2127-02-28 FAILED" || got.Payments.Nodes[0].FinalAmount.MinorUnits != 1500 || got.Payments.Nodes[1].FinalAmount.MinorUnits != 900 {
		t.Errorf("after the change: %+v", got)
	}
}

// TestCancelSubscription proves from when on a cancelled subscription makes no more
// payments, and that one that is cancelled late is still caught up where it must be.
func TestCancelSubscription(t *testing.T) {
	t.Parallel()
	c := openClub(t, "2127-01-31T12:00:00Z")
	now, later, missed, dropped := c.subscribe(t, "2127-01-31", nil), c.subscribe(t, "2127-01-31", nil), c.subscribe(t, "2127-02-01", nil), c.subscribe(t, "2127-02-01", nil)
	c.wakeAll(t)
	c.clock.set(t, "2127-02-10T12:00:00Z")
	for _, w := range []struct {
		id, status, at string
		atPeriodEnd    bool
	}{
		{now.ID, "CANCELLED", "2127-02-10T12:00:00Z", false},
		{now.ID, "CANCELLED", "2127-02-10T12:00:00Z", true}, // twice does no harm
		{later.ID, "ENDING", "2127-02-28T00:00:00Z", true},
		{missed.ID, "ENDING", "2127-03-01T00:00:00Z", true},
		{dropped.ID, "CANCELLED", "2127-02-10T12:00:00Z", false},
	} {
		got := onSubscription(t, c.admin, "cancelBillingSubscription", apptest.Vars{"subscriptionId": w.id, "atPeriodEnd": w.atPeriodEnd}).BillingSubscription
		if got == nil || got.Status != w.status || *got.CancelledAt != w.at || (got.NextDueAt != nil) != (w.id == missed.ID) {
			t.Errorf("%+v: %+v", w, got)
		}
	}
	list := func(status string) (ids []string) {
		got := apptest.Do[struct {
			BillingSubscriptions struct{ Nodes []struct{ ID string } }
		}](t, c.admin,
			`query($f: BillingSubscriptionFilter) { billingSubscriptions(filter: $f) { nodes { id } } }`, apptest.Vars{"f": apptest.Vars{"status": []string{status}, "customerIds": []string{c.customer}}})
		for _, n := range got.BillingSubscriptions.Nodes {
			ids = append(ids, n.ID)
		}
		return ids
	}
	if a, e, x := list("ACTIVE"), list("ENDING"), list("CANCELLED"); len(a) != 0 || !slices.Equal(e, []string{missed.ID, later.ID}) || len(x) != 2 {
		t.Errorf("active %v, ending %v, cancelled %v", a, e, x)
	}
	c.clock.set(t, "2127-05-01T12:00:00Z")
	for c.wakeAll(t) > 0 {
		continue
	}
	for id, want := range map[string]string{now.ID: "2127-01-31 PAID", later.ID: "2127-01-31 PAID", missed.ID: "2127-02-01 PAID", dropped.ID: ""} {
		if got := c.see(t, id); got.dates() != want || got.Status != "CANCELLED" || got.NextDueAt != nil {
			t.Errorf("%s, want %s: %+v", got.dates(), want, got)
		}
	}
	if got := onSubscription(t, c.admin, "updateBillingSubscription", apptest.Vars{"subscriptionId": now.ID, "price": minor(1)}); got.refusal() != "INVALID_STATE input.subscriptionId" {
		t.Errorf("change of a cancelled one: %+v", got)
	}
}

// TestRepeatSubscription proves that a subscription is made once for its reference,
// also when it is asked for again long after it could be made anew.
func TestRepeatSubscription(t *testing.T) {
	t.Parallel()
	c := openClub(t, "2127-01-31T12:00:00Z")
	first := c.subscribe(t, "2127-02-01", apptest.Vars{"referenceId": "S-1"})
	c.clock.set(t, "2128-01-31T12:00:00Z")
	if again := c.subscribe(t, "2127-02-01", apptest.Vars{"referenceId": "S-1", "price": apptest.Vars{"decimal": "9.00", "currency": "EUR"}}); again.ID != first.ID {
		t.Errorf("again: %s, want %s", again.ID, first.ID)
	}
	if got := onSubscription(t, c.admin, "createBillingSubscription", c.input("2127-02-01", apptest.Vars{"referenceId": "S-1", "price": minor(901)})); got.refusal() != "DUPLICATE_REFERENCE input.referenceId" {
		t.Errorf("other content: %+v", got)
	}
}

// TestBadSubscriptions proves what is refused.
func TestBadSubscriptions(t *testing.T) {
	t.Parallel()
	c := openClub(t, "2127-01-31T23:30:00Z")
	foreign := c.method(t, c.make.Customer(), c.sandbox, "tok_approve")
	for _, r := range []struct {
		want  string
		input apptest.Vars
	}{
		{"INVALID_INPUT input.startsOn", apptest.Vars{"startsOn": "2127-01-30"}},
		{"INVALID_INPUT input.startsOn", apptest.Vars{"startsOn": "2127-01-31", "timeZone": "Europe/Berlin"}}, // it is February there
		{"", apptest.Vars{"startsOn": "2127-01-31"}},
		{"INVALID_INPUT input.startsOn", apptest.Vars{"startsOn": "2137-02-01"}},
		{"INVALID_INPUT input.timeZone", apptest.Vars{"timeZone": "Local"}},
		{"INVALID_INPUT input.anchorDay", apptest.Vars{"anchorDay": 32}},
		{"INVALID_INPUT input.anchorDay", apptest.Vars{"anchorDay": 1, "intervalUnit": "WEEK"}},
		{"INVALID_INPUT input.intervalCount", apptest.Vars{"intervalCount": 0}},
		{"INVALID_INPUT input.automaticRetries", apptest.Vars{"automaticRetries": 6}},
		{"AMOUNT_TOO_SMALL input.price", apptest.Vars{"price": minor(0)}},
		{"NOT_FOUND input.customerId", apptest.Vars{"customerId": absent(pay.KindCustomer)}},
		{"NOT_FOUND input.paymentMethodId", apptest.Vars{"paymentMethodId": absent(pay.KindMethod)}},
		{"PAYMENT_METHOD_INVALID input.paymentMethodId", apptest.Vars{"paymentMethodId": foreign}},
		{"INVALID_INPUT input.description", apptest.Vars{"description": "4111 1111 1111 1111"}},
	} {
		got := onSubscription(t, c.admin, "createBillingSubscription", c.input("2127-02-01", r.input))
		if got.refusal() != r.want {
			t.Errorf("%v: %s, want %s", r.input, got.refusal(), r.want)
		}
	}
}

// subscriptionCases are roleCases about subscriptions.
func (s till) subscriptionCases(t *testing.T) map[string]func(name string) apptest.Vars {
	input := apptest.Vars{"customerId": s.customer, "price": minor(1), "intervalUnit": "YEAR", "timeZone": "UTC", "startsOn": time.Now().AddDate(1, 0, 0).Format(time.DateOnly)}
	made := func() string { return create(t, s.admin, "createBillingSubscription", "billingSubscription", input) }
	about := func(more apptest.Vars) func(string) apptest.Vars {
		return func(string) apptest.Vars {
			return apptest.Vars{"input": but(apptest.Vars{"subscriptionId": made()}, more)}
		}
	}
	return map[string]func(string) apptest.Vars{
		"billingSubscription":       func(string) apptest.Vars { return apptest.Vars{"id": made()} },
		"billingSubscriptions":      func(string) apptest.Vars { return apptest.Vars{"first": 1} },
		"createBillingSubscription": func(string) apptest.Vars { return apptest.Vars{"input": input} },
		"updateBillingSubscription": about(apptest.Vars{"price": minor(2)}),
		"cancelBillingSubscription": about(nil),
	}
}
