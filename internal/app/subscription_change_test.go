package app_test

import (
	"slices"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/pay"
)

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

// TestFirstMethod proves that payments which could not be attempted for want of a
// method are attempted once the subscription has one.
func TestFirstMethod(t *testing.T) {
	t.Parallel()
	c := openClub(t, "2127-01-31T12:00:00Z")
	sub := c.subscribe(t, "2127-01-31", apptest.Vars{"paymentMethodId": nil})
	c.wakeAll(t)
	if got := c.see(t, sub.ID); got.dates() != "2127-01-31 CREATED" {
		t.Fatalf("without a method: %+v", got)
	}
	onSubscription(t, c.admin, "updateBillingSubscription", apptest.Vars{"subscriptionId": sub.ID, "paymentMethodId": c.card})
	c.clock.set(t, "2127-01-31T12:02:00Z")
	c.wakeAll(t)
	if got := c.see(t, sub.ID); got.dates() != "2127-01-31 PAID" {
		t.Errorf("with one: %+v", got)
	}
}

// TestDunning proves that a new method also pays the payments that wait, and that
// retries, text and metadata change for the payments to come.
func TestDunning(t *testing.T) {
	t.Parallel()
	c := openClub(t, "2127-01-31T12:00:00Z")
	poor := c.method(t, c.customer, c.sandbox, "tok_soft_decline")
	sub := c.subscribe(t, "2127-01-31", apptest.Vars{"paymentMethodId": poor})
	dated := c.created(t, "dated", apptest.Vars{"subscriptionId": sub.ID, "scheduledFor": "2127-02-02T00:00:00Z"}).Payment.ID
	other := c.created(t, "other", apptest.Vars{"subscriptionId": sub.ID, "paymentMethodId": c.method(t, c.customer, c.sandbox, "tok_hard_decline"), "scheduledFor": "2127-02-02T00:00:00Z"}).Payment.ID
	c.wakeAll(t)
	if got := c.see(t, sub.ID); got.Payments.TotalCount != 3 {
		t.Fatalf("made: %+v", got)
	}
	got := onSubscription(t, c.admin, "updateBillingSubscription", apptest.Vars{"subscriptionId": sub.ID, "paymentMethodId": c.card,
		"automaticRetries": 5, "description": "Platinum", "metadata": []apptest.Vars{{"key": "plan", "value": "platinum"}}})
	if got.BillingSubscription == nil || got.BillingSubscription.Version != 2 {
		t.Fatalf("change: %+v", got)
	}
	for want, input := range map[string]apptest.Vars{
		"INVALID_INPUT input.automaticRetries": {"automaticRetries": 6},
		"REQUIRED input.automaticRetries":      {"automaticRetries": nil},
	} {
		input["subscriptionId"] = sub.ID
		if got := onSubscription(t, c.admin, "updateBillingSubscription", input); got.refusal() != want {
			t.Errorf("%s: %+v", want, got)
		}
	}
	c.clock.set(t, "2127-02-02T00:00:00Z")
	c.wakeAll(t)
	if a, b := c.lifeOf(t, dated).Status, c.lifeOf(t, other).Status; a != "PAID" || b != "FAILED" {
		t.Errorf("on their date %s by the new method, %s by its own", a, b)
	}
	c.clock.set(t, "2127-02-28T12:00:00Z")
	c.wakeAll(t)
	for _, p := range c.see(t, sub.ID).Payments.Nodes {
		if p.Allocations[0].DueOn == nil {
			continue
		}
		want := "Gold"
		if *p.Allocations[0].DueOn == "2127-02-28" {
			want = "Platinum"
		}
		if p.Status != "PAID" || *p.Description != want {
			t.Errorf("%s: %s, %s", *p.Allocations[0].DueOn, p.Status, *p.Description)
		}
	}
}

// TestSubscriptionMinimum proves that a subscription never costs less than its
// method's gateway takes.
func TestSubscriptionMinimum(t *testing.T) {
	t.Parallel()
	c := openClub(t, "2127-01-31T12:00:00Z")
	dear := c.method(t, c.customer, c.make.Gateway(apptest.Vars{"minimumAmount": minor(1000)}), "tok_approve")
	const want = "AMOUNT_TOO_SMALL input.price"
	if got := onSubscription(t, c.admin, "createBillingSubscription", c.input("2127-01-31", apptest.Vars{"paymentMethodId": dear})); got.refusal() != want {
		t.Errorf("made: %+v", got)
	}
	sub := c.subscribe(t, "2127-01-31", nil)
	for _, input := range []apptest.Vars{{"paymentMethodId": dear}, {"paymentMethodId": dear, "price": minor(999)}} {
		if got := onSubscription(t, c.admin, "updateBillingSubscription", but(input, apptest.Vars{"subscriptionId": sub.ID})); got.refusal() != want {
			t.Errorf("%v: %+v", input, got)
		}
	}
	if got := onSubscription(t, c.admin, "updateBillingSubscription", apptest.Vars{"subscriptionId": sub.ID, "paymentMethodId": dear, "price": minor(1000)}); got.refusal() != "" {
		t.Errorf("enough: %+v", got)
	}
	if got := onSubscription(t, c.admin, "updateBillingSubscription", apptest.Vars{"subscriptionId": sub.ID, "price": minor(999)}); got.refusal() != want {
		t.Errorf("the price alone: %+v", got)
	}
}
