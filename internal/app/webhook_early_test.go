package app_test

import (
	"context"
	"crypto/hmac"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/sandbox"
	"github.com/paygraph/paygraph/internal/pay"
)

// reporter is a bank that reports by webhook, and signs with a password.
type reporter struct{ *bank }

const reporterPassword = "the reporter's password"

func (reporter) Describe() gateway.Description {
	return gateway.Description{Name: "reporter", Environments: []pay.Environment{pay.Sandbox}}
}

func (reporter) Receive(d gateway.Delivery) ([]pay.Report, error) {
	if !hmac.Equal([]byte(d.Header.Get("Password")), []byte(reporterPassword)) {
		return nil, gateway.ErrForged
	}
	var reports []pay.Report
	return reports, json.Unmarshal(d.Body, &reports)
}

// report delivers reports and returns the status of the answer.
func (s *shop) report(t testing.TB, ctx context.Context, path string, reports ...pay.Report) int {
	t.Helper()
	body, err := json.Marshal(reports)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.api.URL+path, strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Password", reporterPassword)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Errorf("report: %v", err)
		return 0
	}
	response.Body.Close()
	return response.StatusCode
}

// TestWebhookBeforeAnswer proves that a provider may report an attempt and wait for its
// 200 before it answers the request that made the attempt: the report counts, and the
// answer after it is no news.
func TestWebhookBeforeAnswer(t *testing.T) {
	t.Parallel()
	bank := newBank()
	s := openShop(t, app.WithConnectors(gateway.NewRegistry(sandbox.Connector, bank, reporter{bank})))
	id := s.make.Gateway(apptest.Vars{"connector": "reporter"})
	path := webhookPath(t, s.admin, id)
	for token, answer := range map[string]func(pay.Fact) (pay.Fact, error){
		"tok_same":    func(f pay.Fact) (pay.Fact, error) { return f, nil },
		"tok_pending": func(pay.Fact) (pay.Fact, error) { return pay.Fact{To: pay.TransactionPending}, nil },
		"tok_lost":    func(pay.Fact) (pay.Fact, error) { return pay.Fact{}, errLost },
	} {
		bank.on(token, func(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
			fact := bank.take(r, r.Amount.Minor)
			told := pay.Report{EventID: "of " + token, AttemptID: r.AttemptID, Currency: &r.Amount.Currency, Fact: &fact}
			if status := s.report(t, ctx, path, told, told); status != http.StatusOK {
				t.Errorf("%s: the report is answered %d", token, status)
			}
			return answer(fact)
		}, nil)
		got := s.pay(t, token, but(s.whole(token, s.order(1000)), apptest.Vars{"gatewayId": id}))
		if got.Payment == nil || got.Payment.Status != "PAID" || got.Payment.PaidAmount.MinorUnits != 1000 || len(got.Payment.Attention) > 0 {
			t.Errorf("%s: %+v", token, got.Payment)
		}
		if outcome := outcomeOf(t, s.admin, "of "+token); outcome != "APPLIED" {
			t.Errorf("%s: the report came to %s", token, outcome)
		}
	}
}

// TestWebhookAfterCrash proves that a report which was stored and could not be counted
// is answered 200 and counted later, once.
func TestWebhookAfterCrash(t *testing.T) {
	t.Parallel()
	var clock movingClock
	s := openShop(t, clock.option())
	h := hooked(t, s.api, s.admin, "a")
	begun := s.pending(t, h, "p")
	db := s.api.Database.DB
	db.MustExec(`CREATE FUNCTION crash() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'crash'; END $$`)
	db.MustExec(`CREATE TRIGGER crash BEFORE UPDATE ON payments FOR EACH STATEMENT EXECUTE FUNCTION crash()`)
	body := hookEvent("attempt.captured", begun.Transaction.ID, apptest.Vars{"amount": 1000})
	for range 2 {
		if status := h.send(t, "evt", body); status != http.StatusOK {
			t.Errorf("answered %d", status)
		}
	}
	undone := func() hookSeen {
		t.Helper()
		events := inbox(t, s.admin, nil)
		if len(events) != 1 || events[0].AppliedAt != nil || events[0].Outcome != nil || events[0].NextCheckAt == nil || s.lifeOf(t, begun.Payment.ID).Status != "PROCESSING" {
			t.Fatalf("inbox %+v", events)
		}
		return events[0]
	}
	undone()
	clock.pass(pay.LeaseLength + time.Second)
	due, err := s.api.App.Service.ClaimDue(t.Context(), 10)
	hooks := slices.DeleteFunc(due, func(d pay.Due) bool { return d.Kind != pay.DueWebhook })
	if err != nil || len(hooks) != 1 {
		t.Fatalf("due: %+v, %v", due, err)
	}
	if err := s.api.App.Service.Wake(t.Context(), hooks[0]); err == nil {
		t.Error("counting went well though it cannot")
	}
	if e := undone(); e.Checks != 1 {
		t.Errorf("looked at %d times in vain", e.Checks)
	}
	db.MustExec(`DROP TRIGGER crash ON payments`)
	clock.pass(time.Minute)
	s.wakeAll(t)
	if got := s.lifeOf(t, begun.Payment.ID); got.Status != "PAID" || outcomeOf(t, s.admin, "evt") != "APPLIED" {
		t.Errorf("the payment is %s, the event %s", got.Status, outcomeOf(t, s.admin, "evt"))
	}
}

// TestWebhookOfUnknown proves that what is about nothing known is kept and looked at
// again, counts once that is known, and is left for a person after some days.
func TestWebhookOfUnknown(t *testing.T) {
	t.Parallel()
	var clock movingClock
	bank := newBank()
	s := openShop(t, clock.option(), app.WithConnectors(gateway.NewRegistry(sandbox.Connector, bank, reporter{bank})))
	s.admin = s.api.Client(s.api.Token(t, auth.Grant{TTL: 90 * 24 * time.Hour}))
	id := s.make.Gateway(apptest.Vars{"connector": "reporter"})
	path := webhookPath(t, s.admin, id)
	amount := int64(1000)
	early := pay.Report{EventID: "early", ExternalID: "ext-1", Fact: &pay.Fact{To: pay.TransactionConfirmed, AmountMinor: amount}}
	if status := s.report(t, t.Context(), path, early, pay.Report{EventID: "never", ExternalID: "ext-2", RefundedMinor: &amount}); status != http.StatusOK {
		t.Fatalf("answered %d", status)
	}
	bank.on("tok_ext", func(_ context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
		fact, ext := bank.take(r, r.Amount.Minor), "ext-1"
		fact.ExternalID = &ext
		return fact, nil
	}, nil)
	paid := s.pay(t, "ext", but(s.whole("tok_ext", s.order(amount)), apptest.Vars{"gatewayId": id}))
	if outcomeOf(t, s.admin, "early") != "ORPHAN" || outcomeOf(t, s.admin, "never") != "ORPHAN" {
		t.Errorf("inbox %+v", inbox(t, s.admin, nil))
	}
	for range 7 {
		s.wakeAll(t)
		clock.pass(25 * time.Hour)
		s.wakeAll(t)
	}
	if got := s.lifeOf(t, paid.Payment.ID); got.Status != "CONFIRMED" || outcomeOf(t, s.admin, "early") != "APPLIED" {
		t.Errorf("the payment is %s", got.Status)
	}
	left := inbox(t, s.admin, apptest.Vars{"outcomes": []string{"ORPHAN"}})
	if len(left) != 1 || left[0].NextCheckAt != nil || left[0].Checks < 5 {
		t.Errorf("left for a person: %+v", left)
	}
}

// TestWebhookOfParts proves that reports about captures and refunds of ours count, that
// those with other amounts do not, and that a report of more than is captured yet waits.
func TestWebhookOfParts(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	h := hooked(t, s.api, s.admin, "a")
	with := func(key, value string) apptest.Vars {
		return apptest.Vars{"gatewayId": h.gateway, "metadata": []apptest.Vars{{"key": key, "value": value}}}
	}
	raw := func(query string) string { return rowsOf(t, s.api.Database.DB, query)[0] }
	held := s.started(t, "held", "tok_authorize", with("sandbox.capture", "pending"))
	act(t, s.admin, "captureTransaction", "c", apptest.Vars{"transactionId": held.Transaction.ID, "amount": minor(600)})
	deliver := func(kind, attempt, want string, data apptest.Vars) {
		t.Helper()
		id := fmt.Sprint(kind, data["amount"])
		if status := h.send(t, id, hookEvent(kind, attempt, data)); status != http.StatusOK || outcomeOf(t, s.admin, id) != want {
			t.Errorf("%s is answered %d and came to %s, want %s", id, status, outcomeOf(t, s.admin, id), want)
		}
	}
	operation := raw("SELECT id FROM operations")
	deliver("operation.succeeded", held.Transaction.ID, "MISMATCH", apptest.Vars{"operationId": operation, "amount": 601})
	deliver("operation.succeeded", held.Transaction.ID, "APPLIED", apptest.Vars{"operationId": operation, "amount": 600, "attemptId": ""})
	deliver("attempt.confirmed", held.Transaction.ID, "WAITING", apptest.Vars{"amount": 1000})
	if got := s.lifeOf(t, held.Payment.ID); got.PaidAmount.MinorUnits != 600 {
		t.Errorf("captured %d, want 600", got.PaidAmount.MinorUnits)
	}
	paid := s.started(t, "paid", "tok_approve", with("sandbox.refund", "pending"))
	act(t, s.admin, "refundPayment", "r", apptest.Vars{"paymentId": paid.Payment.ID, "amount": minor(250)})
	refund := raw("SELECT id FROM refunds")
	deliver("refund.succeeded", paid.Transaction.ID, "MISMATCH", apptest.Vars{"refundId": refund, "amount": 251})
	deliver("refund.succeeded", held.Transaction.ID, "ORPHAN", apptest.Vars{"refundId": refund, "amount": 252})
	deliver("refund.succeeded", paid.Transaction.ID, "APPLIED", apptest.Vars{"refundId": refund, "amount": 250})
	if got := s.lifeOf(t, paid.Payment.ID); got.RefundedAmount.MinorUnits != 250 || got.Refunds[0].Status != "SUCCEEDED" {
		t.Errorf("given back %d, %+v", got.RefundedAmount.MinorUnits, got.Refunds)
	}
	deliver("attempt.captured", paid.Transaction.ID, "MISMATCH", apptest.Vars{"amount": 9999})
	if got := s.lifeOf(t, paid.Payment.ID); got.PaidAmount.MinorUnits != 1000 || got.Transactions[0].Status == "UNKNOWN" {
		t.Errorf("a result that was there is now %+v", got.Transactions[0])
	}
}
