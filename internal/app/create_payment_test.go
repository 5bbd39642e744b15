package app_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
)

// created makes a payment by createPayment.
func (s *shop) created(t *testing.T, key string, input apptest.Vars) lifeStep {
	t.Helper()
	full := but(input, apptest.Vars{"idempotencyKey": key})
	return apptest.Do[map[string]lifeStep](t, s.admin, `mutation($input: CreatePaymentInput!) { createPayment(input: $input) {
		payment { ...life } replayed errors { code message path ... on AmountError { maximum { minorUnits } } } } } `+lifeFields, apptest.Vars{"input": full})["createPayment"]
}

// TestCreatePayment proves what payments can be for, and what they come to.
func TestCreatePayment(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	order := s.make.Order(s.customer, 1000)
	invoice := s.invoice(t, "I-9", s.make.Order(s.customer, 700))
	subscription := onSubscription(t, s.admin, "createBillingSubscription", apptest.Vars{"customerId": s.customer, "price": minor(900), "intervalUnit": "MONTH", "timeZone": "UTC",
		"startsOn": time.Now().AddDate(0, 1, 0).Format(time.DateOnly), "paymentMethodId": s.method(t, s.customer, s.sandbox, "tok_approve")}).BillingSubscription.ID
	lines := []apptest.Vars{{"productName": "Lunch", "quantity": 2, "unitAmount": minor(1000), "modifiers": []apptest.Vars{{"modifierId": "ice", "productName": "Ice", "price": minor(50)}}}}
	for name, c := range map[string]struct {
		input  apptest.Vars
		status string
		owed   int64
	}{
		"orders":          {apptest.Vars{"orders": one(order)}, "CREATED", 1000},
		"invoice":         {apptest.Vars{"invoiceId": invoice, "amount": minor(700)}, "CREATED", 700},
		"lines":           {apptest.Vars{"lines": lines, "customerId": s.customer}, "CREATED", 2100},
		"lines, discount": {apptest.Vars{"lines": lines, "discounts": []apptest.Vars{{"discountName": "ten", "type": "PERCENOFF", "value": 10}}, "amount": minor(1890)}, "CREATED", 1890},
		"subscription":    {apptest.Vars{"subscriptionId": subscription}, "CREATED", 900},
		"subscription, x": {apptest.Vars{"subscriptionId": subscription, "amount": minor(55)}, "CREATED", 55},
		"nothing left":    {apptest.Vars{"lines": lines, "discounts": []apptest.Vars{{"discountName": "all", "type": "PERCENOFF", "value": 100}}}, "CONFIRMED", 0},
		"an amount":       {apptest.Vars{"amount": apptest.Vars{"decimal": "3.50"}}, "CREATED", 350},
		"a top-up":        {apptest.Vars{"mode": "WALLET", "customerId": s.customer, "amount": minor(500)}, "CREATED", 500},
		"a setup":         {apptest.Vars{"mode": "SETUP", "customerId": s.customer}, "CREATED", 0},
	} {
		key := strings.NewReplacer(" ", "-", ",", "").Replace(name)
		got := s.created(t, key, c.input)
		if got.Payment == nil || got.Payment.Status != c.status || got.Payment.OutstandingAmount.MinorUnits != c.owed {
			t.Errorf("%s: %+v", name, got)
			continue
		}
		if again := s.created(t, key, c.input); !again.Replayed || again.Payment.ID != got.Payment.ID {
			t.Errorf("%s again: %+v", name, again)
		}
		if c.status == "CONFIRMED" {
			continue
		}
		paid := act(t, s.admin, "processPayment", "pay-"+key, apptest.Vars{"paymentId": got.Payment.ID, "gatewayId": s.sandbox})
		want := "PAID"
		if c.owed == 0 {
			want = "CONFIRMED"
		}
		if paid.Payment == nil || paid.Payment.Status != want || paid.Payment.PaidAmount.MinorUnits != c.owed {
			t.Errorf("%s paid: %+v", name, paid)
		}
	}
	for code, input := range map[string]apptest.Vars{
		"AMOUNT_MISMATCH":    {"orders": one(s.make.Order(s.customer, 5)), "amount": minor(6)},
		"ORDER_ALREADY_PAID": {"orders": one(order)},
		"INVALID_INPUT":      {"orders": one(order), "invoiceId": invoice},
		"REQUIRED":           {},
		"NOT_FOUND":          {"amount": minor(1), "customerId": s.sandbox},
		"AMOUNT_TOO_SMALL":   {"amount": minor(0)},
	} {
		if got := s.created(t, "bad-"+code, input); !slices.Equal(got.codes(), []string{code}) {
			t.Errorf("%s: %+v", code, got)
		}
	}
}

// TestScheduled proves that payments are attempted on their date, tried again
// after soft declines, and closed when their time is over.
func TestScheduled(t *testing.T) {
	t.Parallel()
	var clock movingClock
	s := openShop(t, clock.option())
	s.admin = s.api.Client(s.api.Token(t, auth.Grant{TTL: 90 * 24 * time.Hour}))
	good, poor := s.method(t, s.customer, s.sandbox, "tok_approve"), s.method(t, s.customer, s.sandbox, "tok_soft_decline")
	at := func(d time.Duration) string { return clock.now().Add(d).Format(time.RFC3339) }
	dated := s.created(t, "dated", apptest.Vars{"amount": minor(100), "customerId": s.customer, "paymentMethodId": good, "scheduledFor": at(48 * time.Hour)})
	retried := s.created(t, "retried", apptest.Vars{"amount": minor(100), "customerId": s.customer, "paymentMethodId": poor, "scheduledFor": at(time.Hour), "automaticRetries": 2})
	ending := s.created(t, "ending", apptest.Vars{"amount": minor(100), "expiresAt": at(time.Hour)})
	inactive := s.created(t, "inactive", apptest.Vars{"amount": minor(100), "customerId": s.customer, "paymentMethodId": good, "scheduledFor": at(time.Hour)})
	act(t, s.admin, "updatePayment", "", apptest.Vars{"paymentId": inactive.Payment.ID, "isActive": false})
	status := func(step lifeStep) string {
		t.Helper()
		return s.lifeOf(t, step.Payment.ID).Status
	}
	if s.wakeAll(t); status(dated) != "CREATED" || status(ending) != "CREATED" {
		t.Errorf("before: %s, %s", status(dated), status(ending))
	}
	clock.pass(time.Hour + time.Minute)
	s.wakeAll(t)
	if got := s.lifeOf(t, retried.Payment.ID); got.Status != "ON_RETRY" || len(got.Transactions) != 1 {
		t.Errorf("after an hour: %+v", got)
	}
	if status(ending) != "EXPIRED" || status(inactive) != "CREATED" || status(dated) != "CREATED" {
		t.Errorf("after an hour: %s, %s, %s", status(ending), status(inactive), status(dated))
	}
	clock.pass(48 * time.Hour)
	s.wakeAll(t)
	clock.pass(48 * time.Hour)
	s.wakeAll(t)
	if got := s.lifeOf(t, retried.Payment.ID); got.Status != "FAILED" || len(got.Transactions) != 3 {
		t.Errorf("after the retries: %s, %d attempts", got.Status, len(got.Transactions))
	}
	if status(dated) != "PAID" {
		t.Errorf("on its date: %s", status(dated))
	}
}
