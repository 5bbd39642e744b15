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
	for span, want := range map[[2]string]int{{"2127-07-30T23:00:00Z", "2127-07-30T23:00:01Z"}: 1, {"2127-07-30T22:00:00Z", "2127-07-30T23:00:00Z"}: 0} {
		got := apptest.Do[struct{ BillingSubscriptions struct{ TotalCount int } }](t, c.admin, `query($f: BillingSubscriptionFilter) { billingSubscriptions(filter: $f) { totalCount } }`,
			apptest.Vars{"f": apptest.Vars{"nextDueAt": apptest.Vars{"gte": span[0], "lt": span[1]}}})
		if got.BillingSubscriptions.TotalCount != want {
			t.Errorf("due in %v: %d, want %d", span, got.BillingSubscriptions.TotalCount, want)
		}
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
		due, err := c.api.App.Service.ClaimDue(t.Context(), 10)
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
		due, err := c.api.App.Service.ClaimDue(t.Context(), 10)
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
