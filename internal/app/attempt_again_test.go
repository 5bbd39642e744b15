package app_test

import (
	"slices"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
)

// TestStartableStates proves that the states that a refusal names are those in which
// an attempt is accepted, and that what is covered already is under way.
func TestStartableStates(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	manual := s.manualGateway(nil)
	poor := s.method(t, s.customer, s.sandbox, "tok_soft_decline")
	process := func(id, key string, more apptest.Vars) lifeStep {
		t.Helper()
		return act(t, s.admin, "processPayment", key, but(apptest.Vars{"paymentId": id, "gatewayId": s.sandbox}, more))
	}
	slip := func(id, key string, units int64) lifeStep {
		t.Helper()
		return act(t, s.teller(t), "submitManualPayment", key, apptest.Vars{"paymentId": id, "gatewayId": manual, "transactionReference": key, "amount": minor(units)})
	}
	into := map[string]func(id, key string){
		"CREATED":          func(string, string) {},
		"PENDING_APPROVAL": func(id, key string) { slip(id, key, 40) },
		"AUTHORIZED":       func(id, key string) { process(id, key, apptest.Vars{"amount": minor(40), "capture": false}) },
		"ON_RETRY":         func(id, key string) { process(id, key, apptest.Vars{"gatewayId": nil, "paymentMethodId": poor}) },
		"FAILED":           func(id, key string) { process(id, key, tok("hard_decline")) },
		"PARTIALLY_PAID":   func(id, key string) { process(id, key, apptest.Vars{"amount": minor(40)}) },
		"REJECTED": func(id, key string) {
			act(t, s.admin, "rejectManualPayment", key+"-no", apptest.Vars{"transactionId": slip(id, key, 100).Transaction.ID, "reason": "no"})
		},
	}
	made := func(key string) string {
		t.Helper()
		return s.created(t, key, apptest.Vars{"orders": one(s.order(100)), "paymentMethodId": poor, "automaticRetries": 1}).Payment.ID
	}
	paid := made("paid")
	process(paid, "paid-pay", nil)
	got := apptest.Do[struct {
		ProcessPayment struct {
			Errors []struct {
				Code, Current string
				Allowed       []string
			}
		}
	}](t, s.admin, `mutation($id: ID!) { processPayment(input: { idempotencyKey: "again", paymentId: $id }) { errors { code ... on StateError { current allowed } } } }`,
		apptest.Vars{"id": paid}).ProcessPayment.Errors
	if len(got) != 1 || got[0].Code != "INVALID_STATE" || got[0].Current != "PAID" || len(got[0].Allowed) != len(into) {
		t.Fatalf("paid: %+v", got)
	}
	for _, status := range got[0].Allowed {
		id := made(status)
		into[status](id, status+"-before")
		if was := s.lifeOf(t, id).Status; was != status {
			t.Fatalf("%s, want %s", was, status)
		}
		if again := process(id, status+"-after", nil); again.Payment == nil {
			t.Errorf("%s: %+v", status, again)
		}
	}
	for name, cover := range map[string]func(id, key string){
		"a slip": func(id, key string) { slip(id, key, 100) },
		"a hold": func(id, key string) { process(id, key, apptest.Vars{"capture": false}) },
	} {
		id := made("covered-by-" + name[2:])
		cover(id, "cover-"+name[2:])
		if again := process(id, "more-"+name[2:], nil); !slices.Equal(again.codes(), []string{"PAYMENT_IN_PROGRESS"}) {
			t.Errorf("%s: %+v", name, again)
		}
	}
}

// TestDateAfterFailure proves that a payment whose attempt failed can get a date, on
// which what is left is attempted once.
func TestDateAfterFailure(t *testing.T) {
	t.Parallel()
	var clock movingClock
	s := openShop(t, clock.option())
	s.admin = s.api.Client(s.api.Token(t, auth.Grant{TTL: 90 * 24 * time.Hour}))
	good := s.method(t, s.customer, s.sandbox, "tok_approve")
	at := func(d time.Duration) string { return clock.now().Add(d).Format(time.RFC3339) }
	id := s.created(t, "a", apptest.Vars{"orders": one(s.order(100)), "expiresAt": at(96 * time.Hour)}).Payment.ID
	act(t, s.admin, "processPayment", "part", apptest.Vars{"paymentId": id, "gatewayId": s.sandbox, "amount": minor(30)})
	act(t, s.admin, "processPayment", "no", but(apptest.Vars{"paymentId": id, "gatewayId": s.sandbox}, tok("hard_decline")))
	if _, codes := s.update(t, id, apptest.Vars{"paymentMethodId": good, "scheduledFor": at(97 * time.Hour)}); !slices.Equal(codes, []string{"INVALID_INPUT"}) {
		t.Errorf("after it expires: %v", codes)
	}
	date := at(24 * time.Hour)
	if _, codes := s.update(t, id, apptest.Vars{"paymentMethodId": good, "scheduledFor": date}); codes != nil {
		t.Fatalf("a date: %v", codes)
	}
	if _, codes := s.update(t, id, apptest.Vars{"paymentMethodId": nil}); !slices.Equal(codes, []string{"REQUIRED"}) {
		t.Errorf("a date without a method: %v", codes)
	}
	act(t, s.admin, "processPayment", "sooner", but(apptest.Vars{"paymentId": id, "gatewayId": s.sandbox}, tok("hard_decline")))
	clock.pass(25 * time.Hour)
	s.wakeAll(t)
	if p := s.lifeOf(t, id); p.Status != "PARTIALLY_PAID" || len(p.Transactions) != 3 {
		t.Fatalf("another attempt did not use the date up: %+v", p)
	}
	if _, codes := s.update(t, id, apptest.Vars{"paymentMethodId": good, "scheduledFor": at(time.Hour)}); codes != nil {
		t.Fatalf("a date again: %v", codes)
	}
	clock.pass(time.Hour)
	s.wakeAll(t)
	if p := s.lifeOf(t, id); p.Status != "PAID" || p.PaidAmount.MinorUnits != 100 || len(p.Transactions) != 4 {
		t.Errorf("on the date: %+v", p)
	}
	if _, codes := s.update(t, id, apptest.Vars{"scheduledFor": at(time.Hour)}); !slices.Equal(codes, []string{"INVALID_STATE"}) {
		t.Errorf("a date once it is paid: %v", codes)
	}
	if n := s.wakeAll(t); n != 0 {
		t.Errorf("%d are still due", n)
	}
}

// TestMethodOfOtherGateway proves that a payment gets no method that createPayment
// would refuse.
func TestMethodOfOtherGateway(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	here, there := s.method(t, s.customer, s.sandbox, "tok_approve"), s.method(t, s.customer, s.gateway, "tok_approve")
	id := s.created(t, "a", apptest.Vars{"amount": minor(100), "customerId": s.customer, "gatewayIds": []string{s.sandbox}}).Payment.ID
	if _, codes := s.update(t, id, apptest.Vars{"paymentMethodId": there}); !slices.Equal(codes, []string{"GATEWAY_UNAVAILABLE"}) {
		t.Errorf("not among gatewayIds: %v", codes)
	}
	if _, codes := s.update(t, id, apptest.Vars{"paymentMethodId": here}); codes != nil {
		t.Errorf("among gatewayIds: %v", codes)
	}
}

// TestAttemptRefusedAttention proves that a payment that could not be attempted when
// it was due asks for a person, until it is attempted.
func TestAttemptRefusedAttention(t *testing.T) {
	t.Parallel()
	var clock movingClock
	s := openShop(t, clock.option())
	card := s.method(t, s.customer, s.sandbox, "tok_approve")
	id := s.created(t, "a", apptest.Vars{"amount": minor(100), "customerId": s.customer, "paymentMethodId": card, "scheduledFor": clock.now().Add(time.Hour).Format(time.RFC3339)}).Payment.ID
	apptest.Do[any](t, s.admin, `mutation($id: ID!) { detachPaymentMethod(input: { paymentMethodId: $id }) { errors { code } } }`, apptest.Vars{"id": card})
	s.wakeAll(t)
	if p := s.lifeOf(t, id); len(p.Attention) != 0 {
		t.Errorf("before: %v", p.Attention)
	}
	clock.pass(time.Hour)
	s.admin = s.api.Client(s.api.Token(t, auth.Grant{TTL: 4 * time.Hour}))
	s.wakeAll(t)
	if p := s.lifeOf(t, id); p.Status != "CREATED" || !slices.Equal(p.Attention, []string{"ATTEMPT_REFUSED"}) {
		t.Fatalf("on its date: %+v", p)
	}
	if found := s.find(t, s.admin, apptest.Vars{"attention": []string{"ATTEMPT_REFUSED"}}); !slices.Equal(found, []string{id}) {
		t.Errorf("listed: %v", found)
	}
	if p := act(t, s.admin, "processPayment", "pay", apptest.Vars{"paymentId": id, "gatewayId": s.sandbox}).Payment; p == nil || p.Status != "PAID" || len(p.Attention) != 0 {
		t.Errorf("paid: %+v", p)
	}
}

// TestSetupCaptureStatus proves that a SETUP is captured once its method is saved.
func TestSetupCaptureStatus(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	id := s.created(t, "a", apptest.Vars{"mode": "SETUP", "customerId": s.customer}).Payment.ID
	read := func() string {
		return apptest.Do[struct {
			Payment struct{ CaptureStatus string }
		}](t, s.admin, `query($id: ID!) { payment(by: { id: $id }) { captureStatus } }`, apptest.Vars{"id": id}).Payment.CaptureStatus
	}
	listed := func(status string) int {
		return len(s.find(t, s.admin, apptest.Vars{"captureStatus": []string{status}}))
	}
	if got := read(); got != "NONE" || listed("NONE") != 1 || listed("FULL") != 0 {
		t.Errorf("before: %s", got)
	}
	act(t, s.admin, "processPayment", "save", apptest.Vars{"paymentId": id, "gatewayId": s.sandbox})
	if got := read(); got != "FULL" || listed("NONE") != 0 || listed("FULL") != 1 {
		t.Errorf("saved: %s", got)
	}
}

// TestEndsAreShown proves that actions and holds say when they end where the gateway
// does not.
func TestEndsAreShown(t *testing.T) {
	t.Parallel()
	clock := newStillClock()
	s := openShop(t, clock.option())
	read := func(step lifeStep) (action, hold *time.Time) {
		got := apptest.Do[struct {
			Transaction struct {
				HoldExpiresAt *time.Time
				Action        *struct{ ExpiresAt *time.Time }
			}
		}](t, s.admin, `query($id: ID!) { transaction(id: $id) { holdExpiresAt action { expiresAt } } }`, apptest.Vars{"id": step.Transaction.ID}).Transaction
		if got.Action != nil {
			action = got.Action.ExpiresAt
		}
		return action, got.HoldExpiresAt
	}
	after := func(at *time.Time, d time.Duration) bool { return at != nil && at.Sub(clock.now()) == d }
	asked := act(t, s.admin, "payOrders", "otp", but(apptest.Vars{"orders": one(s.order(100)), "gatewayId": s.sandbox}, tok("otp")))
	if action, hold := read(asked); !after(action, 24*time.Hour) || hold != nil {
		t.Errorf("action until %v, hold until %v", action, hold)
	}
	held := s.held(t, "hold")
	if action, hold := read(held); action != nil || !after(hold, 7*24*time.Hour) {
		t.Errorf("action until %v, hold until %v", action, hold)
	}
	act(t, s.admin, "captureTransaction", "capture", apptest.Vars{"transactionId": held.Transaction.ID})
	if _, hold := read(held); hold != nil {
		t.Errorf("captured, and held until %v", hold)
	}
}
