package app_test

import (
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/pay"
)

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

// subscriptionCases are writeCases about subscriptions.
func (s till) subscriptionCases(t *testing.T) map[string]func(name string) apptest.Vars {
	input := apptest.Vars{"customerId": s.customer, "price": minor(1), "intervalUnit": "YEAR", "timeZone": "UTC", "startsOn": time.Now().AddDate(1, 0, 0).Format(time.DateOnly)}
	made := func() string { return create(t, s.admin, "createBillingSubscription", "billingSubscription", input) }
	about := func(more apptest.Vars) func(string) apptest.Vars {
		return func(string) apptest.Vars {
			return apptest.Vars{"input": but(apptest.Vars{"subscriptionId": made()}, more)}
		}
	}
	return map[string]func(string) apptest.Vars{
		"createBillingSubscription": func(string) apptest.Vars { return apptest.Vars{"input": input} },
		"updateBillingSubscription": about(apptest.Vars{"price": minor(2)}),
		"cancelBillingSubscription": about(nil),
	}
}
