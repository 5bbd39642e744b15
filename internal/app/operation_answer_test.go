package app_test

import (
	"slices"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/pay"
)

// TestOperationAnswers proves that a mutation which asks a gateway for something
// answers with what became of that, and a repeat with the same as it is then.
func TestOperationAnswers(t *testing.T) {
	t.Parallel()
	x := openTrial(t, "ADMIN")
	for mutation, c := range map[string]struct {
		kind, key string
		begin     apptest.Vars
	}{
		"captureTransaction": {"CAPTURE", "capture", apptest.Vars{"capture": false}},
		"voidTransaction":    {"VOID", "void", apptest.Vars{"capture": false}},
		"cancelTransaction":  {"CANCEL", "cancel", tok("otp")},
	} {
		for outcome, status := range map[string]string{"hard_decline": "FAILED", "succeed": "SUCCEEDED"} {
			p := act(t, x.admin, "payOrders", x.key(), but(apptest.Vars{"orders": one(x.order(1000)), "gatewayId": x.sandbox}, but(c.begin, sandboxKey(c.key, outcome))))
			key, input := x.key(), apptest.Vars{"transactionId": p.Transaction.ID}
			got := act(t, x.admin, mutation, key, input)
			o := got.Operation
			if o == nil || o.Kind != c.kind || o.Status != status || (o.Error != nil) != (status == "FAILED") || o.Transaction.ID != p.Transaction.ID {
				t.Fatalf("%s, %s: %+v", mutation, outcome, got)
			}
			if o.Error != nil && (o.Error.Code != "DECLINED" || o.Error.Message == "") {
				t.Errorf("%s: error %+v", mutation, o.Error)
			}
			act(t, x.admin, mutation, x.key(), input) // another request has an operation of its own
			if again := act(t, x.admin, mutation, key, input); !again.Replayed || again.Operation == nil || again.Operation.ID != o.ID || again.Operation.Status != status {
				t.Errorf("%s again: %+v", mutation, again)
			}
		}
	}
}

// TestCancelPaymentAnswer proves the same for cancelPayment, which asks about every
// attempt that holds or waits.
func TestCancelPaymentAnswer(t *testing.T) {
	t.Parallel()
	x := openTrial(t, "ADMIN")
	for name, c := range map[string]struct {
		begin apptest.Vars
		want  []string
	}{
		"nothing held":     {tok("soft_decline"), nil},
		"held":             {apptest.Vars{"capture": false}, []string{"VOID SUCCEEDED"}},
		"refused":          {but(apptest.Vars{"capture": false}, sandboxKey("void", "hard_decline")), []string{"VOID FAILED"}},
		"waits":            {tok("otp"), []string{"CANCEL SUCCEEDED"}},
		"waits, refused":   {but(tok("otp"), sandboxKey("cancel", "hard_decline")), []string{"CANCEL FAILED"}},
		"waits, unsettled": {but(tok("otp"), sandboxKey("cancel", "pending")), []string{"CANCEL PENDING"}},
	} {
		p := act(t, x.admin, "payOrders", x.key(), but(apptest.Vars{"orders": one(x.order(1000)), "gatewayId": x.sandbox}, c.begin))
		key, input := x.key(), apptest.Vars{"paymentId": p.Payment.ID}
		got := act(t, x.admin, "cancelPayment", key, input)
		again := act(t, x.admin, "cancelPayment", key, input)
		if seen := got.asked(); !slices.Equal(seen, c.want) || len(got.Errors) > 0 {
			t.Errorf("%s: %v, %+v", name, seen, got.Errors)
		}
		if !again.Replayed || !slices.Equal(again.asked(), c.want) || len(c.want) > 0 && again.Operations[0].ID != got.Operations[0].ID {
			t.Errorf("%s again: %+v", name, again)
		}
	}
}

func (s lifeStep) asked() (list []string) {
	for _, o := range s.Operations {
		list = append(list, o.Kind+" "+o.Status)
	}
	return list
}

// TestCancelPaymentGuards proves that cancelPayment is no way around the guards of
// what it does to attempts: holds are released by the merchant, and slips withdrawn
// by who may withdraw them.
func TestCancelPaymentGuards(t *testing.T) {
	t.Parallel()
	x := openTrial(t, "ADMIN")
	customer, clerk := asCustomer(t, x.api, x.customer), x.teller(t)
	submit := func(by *apptest.Client) recipe {
		return func(t *testing.T, x *trial, order string) string {
			return act(t, by, "submitManualPayment", x.key(), apptest.Vars{"orders": one(order), "gatewayId": x.manual, "transactionReference": x.key()}).Payment.ID
		}
	}
	for name, c := range map[string]struct {
		begin recipe
		by    *apptest.Client
		may   bool
	}{
		"a hold, by the customer":               {with(apptest.Vars{"capture": false}), customer, false},
		"a hold, by staff":                      {with(apptest.Vars{"capture": false}), clerk, true},
		"an OTP, by the customer":               {with(tok("otp")), customer, true},
		"a slip of staff, by the customer":      {submit(clerk), customer, false},
		"a slip of an admin, by staff":          {submit(x.admin), clerk, false},
		"a slip of the customer, by staff":      {submit(customer), clerk, false},
		"a slip of the customer, by themselves": {submit(customer), customer, true},
		"a slip of staff, by an admin":          {submit(clerk), x.admin, true},
	} {
		t.Run(name, func(t *testing.T) {
			id := c.begin(t, x, x.order(1000))
			got := act(t, c.by, "cancelPayment", x.key(), apptest.Vars{"paymentId": id})
			switch closed := x.lifeOf(t, id).OutstandingAmount.MinorUnits == 0; {
			case c.may && (!closed || len(got.Errors) > 0):
				t.Errorf("not closed: %+v", got)
			case !c.may && (closed || !slices.Equal(got.codes(), []string{"FORBIDDEN_ACTION"}) || !slices.Equal(got.Errors[0].Path, []string{"input", "paymentId"})):
				t.Errorf("got %+v", got)
			}
		})
	}
}

// TestTooManyTries proves that an attempt whose tries are used up has failed once its
// gateway has let go of it, and that a wrong code is never worth repeating.
func TestTooManyTries(t *testing.T) {
	t.Parallel()
	x := openTrial(t, "ADMIN")
	for outcome, want := range map[string][3]string{
		"succeed": {"FAILED", "FAILED", "TOO_MANY_TRIES"}, "pending": {"REQUIRES_ACTION", "REQUIRES_ACTION", ""}, "hard_decline": {"REQUIRES_ACTION", "REQUIRES_ACTION", ""},
	} {
		p := act(t, x.admin, "payOrders", x.key(), but(apptest.Vars{"orders": one(x.order(1000)), "gatewayId": x.sandbox}, but(tok("otp"), sandboxKey("cancel", outcome))))
		first := refusalsOf(t, x.admin, "completeTransaction", apptest.Vars{"idempotencyKey": "first-" + outcome, "transactionId": p.Transaction.ID, "code": "0"})
		assertRefused(t, "completeTransaction", first, "OTP_INVALID input.code")
		for range 4 {
			act(t, x.admin, "completeTransaction", x.key(), apptest.Vars{"transactionId": p.Transaction.ID, "code": "0"})
		}
		got := apptest.Do[struct {
			Payment struct {
				Status    string
				LastError *struct {
					Code      string
					Retryable bool
				}
				Transactions []struct{ Status string }
			}
		}](t, x.admin, `query($id: ID!) { payment(by: { id: $id }) { status lastError { code retryable } transactions { status } } }`, apptest.Vars{"id": p.Payment.ID}).Payment
		seen := [3]string{got.Status, got.Transactions[0].Status}
		if got.LastError != nil {
			seen[2] = got.LastError.Code
		}
		if seen != want || got.LastError != nil && got.LastError.Retryable {
			t.Errorf("%s: %v, want %v", outcome, seen, want)
		}
	}
}

// guesses answers an OTP wrongly as often as that is taken.
func guesses(t *testing.T, x *trial, p lifeStep) {
	t.Helper()
	for range pay.MaxActionTries {
		got := act(t, x.admin, "completeTransaction", x.key(), apptest.Vars{"transactionId": p.Transaction.ID, "code": "000000"})
		if !slices.Equal(got.codes(), []string{"OTP_INVALID"}) {
			t.Fatalf("guess: %+v", got)
		}
	}
}
