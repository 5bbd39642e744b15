package app_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// eventSeen is what a test looks at of an event.
type eventSeen struct {
	Type          string
	Reason        *string
	ChangedFields []string
	Refund        *struct{ ID string }
	Operation     *struct{ ID, Kind string }
}

// events reads what happened to a payment.
func (x *trial) events(t *testing.T, id string) []eventSeen {
	t.Helper()
	return apptest.Do[struct {
		Payment struct{ Events struct{ Nodes []eventSeen } }
	}](t, x.admin, `query($id: ID!) { payment(by: { id: $id }) { events(first: 100) { nodes { type reason changedFields refund { id } operation { id kind } } } } }`,
		apptest.Vars{"id": id}).Payment.Events.Nodes
}

// event is the payment's only event of a type.
func (x *trial) event(t *testing.T, id, kind string) eventSeen {
	t.Helper()
	all := x.events(t, id)
	i := slices.IndexFunc(all, func(e eventSeen) bool { return e.Type == kind })
	if i < 0 {
		t.Fatalf("no %s in %+v", kind, all)
	}
	return all[i]
}

// TestEventReasons proves that an event of what did not go well says why.
func TestEventReasons(t *testing.T) {
	t.Parallel()
	x := openTrial(t, "ADMIN")
	for kind, c := range map[string]struct{ recipe, reason string }{
		"TRANSACTION_FAILED":      {"declined", "was declined"},
		"TRANSACTION_CANCELLED":   {"called off", "called off"},
		"CAPTURE_FAILED":          {"capture fail", "told to refuse"},
		"VOID_FAILED":             {"void fail", "told to refuse"},
		"REFUND_FAILED":           {"refund fail", "told to refuse"},
		"REFUND_IMPOSSIBLE":       {"refund impossible", "told to refuse"},
		"PAYMENT_CANCEL_FAILED":   {"closing, void fail", "still held"},
		"MANUAL_PAYMENT_REJECTED": {"slip rejected", "no"},
		"CANCEL_REQUESTED":        {"too many tries", "wrong codes"},
	} {
		t.Run(kind, func(t *testing.T) {
			e := x.event(t, recipes()[c.recipe](t, x, x.order(1000)), kind)
			if e.Reason == nil || !strings.Contains(strings.ToLower(*e.Reason), c.reason) || len(e.ChangedFields) > 0 {
				t.Errorf("got %+v", e)
			}
			if about := strings.HasPrefix(kind, "REFUND_"); about != (e.Refund != nil) {
				t.Errorf("its refund is %+v", e.Refund)
			}
			if about := slices.Contains([]string{"CAPTURE", "VOID", "CANCEL"}, strings.Split(kind, "_")[0]); about != (e.Operation != nil) {
				t.Errorf("its operation is %+v", e.Operation)
			}
		})
	}
	for _, e := range x.events(t, with(nil)(t, x, x.order(1000))) {
		if e.Reason != nil || e.Refund != nil || e.Operation != nil || e.ChangedFields == nil {
			t.Errorf("an event of a payment that went well: %+v", e)
		}
	}
}

// TestEventLinks proves that events name the very refund and operation that they are
// about.
func TestEventLinks(t *testing.T) {
	t.Parallel()
	x := openTrial(t, "ADMIN")
	held := act(t, x.admin, "payOrders", x.key(), apptest.Vars{"orders": one(x.order(1000)), "gatewayId": x.sandbox, "capture": false})
	var want []string
	for range 2 {
		got := act(t, x.admin, "captureTransaction", x.key(), apptest.Vars{"transactionId": held.Transaction.ID, "amount": minor(400)})
		want = append(want, "CAPTURE_REQUESTED "+got.Operation.ID, "CAPTURE_SUCCEEDED "+got.Operation.ID)
	}
	for range 2 {
		got := act(t, x.admin, "refundPayment", x.key(), apptest.Vars{"paymentId": held.Payment.ID, "amount": minor(100)})
		want = append(want, "REFUND_REQUESTED "+got.Refunds[0].ID, "REFUND_SUCCEEDED "+got.Refunds[0].ID)
	}
	var got []string
	for _, e := range x.events(t, held.Payment.ID) {
		switch {
		case e.Refund != nil:
			got = append(got, e.Type+" "+e.Refund.ID)
		case e.Operation != nil:
			got = append(got, e.Type+" "+e.Operation.ID)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestChangedFields proves that an edit's event names what changed, and nothing that
// was only repeated.
func TestChangedFields(t *testing.T) {
	t.Parallel()
	x := openTrial(t, "ADMIN")
	method := x.method(t, x.customer, x.sandbox, "tok_approve")
	made := x.created(t, x.key(), apptest.Vars{"amount": minor(100), "customerId": x.customer})
	all := apptest.Vars{"isActive": false, "paymentMethodId": method, "billingAddress": apptest.Vars{"city": "Porto"}, "scheduledFor": x.clock.now().Add(time.Hour).Format(time.RFC3339)}
	var want [][]string
	for _, c := range []struct {
		input apptest.Vars
		want  []string
	}{
		{apptest.Vars{"isActive": false}, []string{"isActive"}},
		{all, []string{"paymentMethodId", "billingAddress", "scheduledFor"}},
		{all, nil},
		{apptest.Vars{"billingAddress": nil, "isActive": true}, []string{"isActive", "billingAddress"}},
	} {
		input := maps.Clone(c.input)
		input["paymentId"] = made.Payment.ID
		if got := act(t, x.admin, "updatePayment", "", input); len(got.Errors) > 0 {
			t.Fatalf("update: %+v", got.Errors)
		}
		if c.want != nil {
			want = append(want, c.want)
		}
	}
	var got [][]string
	for _, e := range x.events(t, made.Payment.ID) {
		if e.Type == "PAYMENT_UPDATED" {
			got = append(got, e.ChangedFields)
		} else if len(e.ChangedFields) > 0 {
			t.Errorf("%s changed %v", e.Type, e.ChangedFields)
		}
	}
	if !slices.EqualFunc(got, want, slices.Equal[[]string]) {
		t.Errorf("changed %v, want %v", got, want)
	}
}

// TestAttemptRefusedReason proves that the event of an attempt that was due and could
// not be made says why: for dates, retries and subscriptions.
func TestAttemptRefusedReason(t *testing.T) {
	t.Parallel()
	x := openTrial(t, "ADMIN")
	at := x.clock.now().Add(time.Minute).Format(time.RFC3339)
	scheduled := func(token string, more apptest.Vars) (method string, p lifeStep) {
		method = x.method(t, x.customer, x.sandbox, token)
		return method, x.created(t, x.key(), but(apptest.Vars{"amount": minor(100), "customerId": x.customer, "paymentMethodId": method, "scheduledFor": at}, more))
	}
	detached, dated := scheduled("tok_approve.1", nil)
	_, retried := scheduled("tok_soft_decline", apptest.Vars{"automaticRetries": 1})
	x.detach(t, detached)
	x.clock.pass(2 * time.Minute)
	x.wakeAll(t)
	if got := x.event(t, dated.Payment.ID, "ATTEMPT_REFUSED"); got.Reason == nil || !strings.Contains(*got.Reason, "detached") {
		t.Errorf("a detached method: %+v", got)
	}
	apptest.Do[any](t, x.admin, `mutation($id: ID!) { updatePaymentGateway(input: { id: $id, isEnabled: false }) { errors { message } } }`, apptest.Vars{"id": x.sandbox})
	x.clock.pass(2 * time.Hour)
	x.wakeAll(t)
	if got := x.event(t, retried.Payment.ID, "ATTEMPT_REFUSED"); got.Reason == nil || !strings.Contains(*got.Reason, "disabled") {
		t.Errorf("a disabled gateway: %+v", got)
	}
	onSubscription(t, x.admin, "createBillingSubscription", apptest.Vars{"customerId": x.customer, "price": minor(900), "intervalUnit": "YEAR", "timeZone": "UTC",
		"startsOn": x.clock.now().Format(time.DateOnly)})
	x.wakeAll(t)
	billed := apptest.Do[struct {
		Payments struct{ Nodes []struct{ ID string } }
	}](t, x.admin, `{ payments(first: 1) { nodes { id } } }`, nil).Payments.Nodes[0].ID
	if got := x.event(t, billed, "ATTEMPT_REFUSED"); got.Reason == nil || !strings.Contains(*got.Reason, "no stored method") {
		t.Errorf("a subscription without a method: %+v: %s", got, *got.Reason)
	}
}

// detach takes a stored method away.
func (s *shop) detach(t *testing.T, method string) {
	t.Helper()
	got := apptest.Do[struct {
		DetachPaymentMethod struct{ Errors []apptest.Refusal }
	}](t, s.admin, `mutation($input: DetachPaymentMethodInput!) { detachPaymentMethod(input: $input) { errors { code message path } } }`,
		apptest.Vars{"input": apptest.Vars{"paymentMethodId": method}}).DetachPaymentMethod
	if len(got.Errors) > 0 {
		t.Fatalf("detach: %+v", got.Errors)
	}
}
