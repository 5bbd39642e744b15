package app_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// tells is one report of a provider: what happened and how many minutes ago, or at a
// time that the provider does not tell.
type tells struct {
	kind string
	ago  int
	more apptest.Vars
}

const untold = -1

func of(units int64) apptest.Vars { return apptest.Vars{"amount": units} }

// deliverAll sends reports of an attempt in this order, each as an event of its own.
func deliverAll(t *testing.T, h hook, attempt string, now time.Time, list ...tells) (ids []string) {
	t.Helper()
	for _, r := range list {
		more := r.more
		if r.ago != untold {
			more = but(apptest.Vars{"at": now.Add(-time.Duration(r.ago) * time.Minute).Format(time.RFC3339Nano)}, more)
		}
		id := pay.NewID().String()
		if status := h.send(t, id, hookEvent(r.kind, attempt, more)); status != http.StatusOK {
			t.Fatalf("%s is answered %d", r.kind, status)
		}
		ids = append(ids, id)
	}
	return ids
}

// reportKey is an idempotency key for one order of the reports of a case.
func reportKey(name string, order []int) string {
	return strings.ReplaceAll(fmt.Sprint(strings.ReplaceAll(name, ",", ""), order), " ", "-")
}

// orders are the orders in which so many reports may come, of more than three each fifth.
func orders(reports int) [][]int {
	all := permutations(reports)
	if reports > 3 {
		return oneOf(5, reports, all)
	}
	return all
}

// permutations are all orders of the numbers below n.
func permutations(n int) [][]int {
	if n == 0 {
		return [][]int{nil}
	}
	var all [][]int
	for _, rest := range permutations(n - 1) {
		for i := range n {
			all = append(all, slices.Insert(slices.Clone(rest), i, n-1))
		}
	}
	return all
}

// TestOrderOfRefundReports proves that a refund ends the same in whatever order its
// provider's reports come, also those that come again under another id: by the time of
// what happened. Where that is not told, what was given back stays given back, and a
// person must look. What the provider tells that it gave back in all is explained by the
// refund, if that ever succeeded, and else was given back besides.
func TestOrderOfRefundReports(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	h := hooked(t, s.api, s.admin, "a")
	now := time.Now()
	for name, c := range map[string]struct {
		reports   []tells
		status    string
		refunded  int64
		attention string
	}{
		"sent back":             {[]tells{{"refund.succeeded", 20, nil}, {"refund.failed", 10, nil}, {"refund.succeeded", 20, nil}}, "FAILED", 0, "[REFUND_FAILED]"},
		"given after a failure": {[]tells{{"refund.failed", 20, nil}, {"refund.succeeded", 10, nil}, {"refund.failed", 20, nil}, {"refund.pending", 30, nil}}, "SUCCEEDED", 300, "[]"},
		"sent back, given":      {[]tells{{"refund.succeeded", 30, nil}, {"refund.failed", 20, nil}, {"refund.succeeded", 10, nil}}, "SUCCEEDED", 300, "[]"},
		"sent back twice":       {[]tells{{"refund.failed", 10, nil}, {"refund.failed", 30, nil}, {"refund.succeeded", 20, nil}}, "FAILED", 0, "[REFUND_FAILED]"},
		"at one time":           {[]tells{{"refund.succeeded", 10, nil}, {"refund.failed", 10, nil}}, "SUCCEEDED", 300, "[]"},
		"no times":              {[]tells{{"refund.succeeded", untold, nil}, {"refund.failed", untold, nil}, {"refund.failed", untold, nil}}, "SUCCEEDED", 300, "[AMOUNT_MISMATCH]"},
		"no time of success":    {[]tells{{"refund.succeeded", untold, nil}, {"refund.failed", 10, nil}, {"refund.succeeded", 20, nil}}, "SUCCEEDED", 300, ""},
		"no time of failure":    {[]tells{{"refund.succeeded", 20, nil}, {"refund.failed", untold, nil}}, "SUCCEEDED", 300, "[AMOUNT_MISMATCH]"},
		"in all":                {[]tells{{"refund.succeeded", 20, nil}, {"attempt.refunded", untold, of(300)}, {"attempt.refunded", untold, of(200)}}, "SUCCEEDED", 300, "[]"},
		"in all, in vain":       {[]tells{{"refund.failed", 20, nil}, {"attempt.refunded", untold, of(300)}}, "FAILED", 300, "[AMOUNT_MISMATCH]"},
		"in all, at last":       {[]tells{{"refund.failed", 20, nil}, {"attempt.refunded", untold, of(300)}, {"refund.succeeded", 10, nil}}, "SUCCEEDED", 300, "[]"},
		"in all, sent back":     {[]tells{{"refund.succeeded", 20, nil}, {"attempt.refunded", untold, of(300)}, {"refund.failed", 10, nil}}, "FAILED", 0, "[REFUND_FAILED]"},
		"besides":               {[]tells{{"attempt.refunded", untold, of(300)}, {"refund.failed", 30, nil}, {"attempt.refunded", untold, of(500)}, {"refund.succeeded", 20, nil}}, "SUCCEEDED", 500, "[]"},
		"too much in all":       {[]tells{{"refund.failed", 30, nil}, {"attempt.refunded", untold, of(1001)}, {"refund.succeeded", 20, nil}}, "SUCCEEDED", 1000, "[AMOUNT_MISMATCH]"},
	} {
		for _, order := range orders(len(c.reports)) {
			key := reportKey(name, order)
			begun := s.started(t, key, "tok_approve", apptest.Vars{"gatewayId": h.gateway, "metadata": []apptest.Vars{{"key": "sandbox.refund", "value": "pending"}}})
			refund := act(t, s.admin, "refundPayment", key, apptest.Vars{"paymentId": begun.Payment.ID, "amount": minor(300)}).Refunds[0].ID
			for _, n := range order {
				r := c.reports[n]
				if r.more == nil {
					r.more = apptest.Vars{"refundId": refund}
				}
				deliverAll(t, h, begun.Transaction.ID, now, r)
			}
			got := s.lifeOf(t, begun.Payment.ID)
			if got.Refunds[0].Status != c.status || got.RefundedAmount.MinorUnits != c.refunded || got.RefundableAmount.MinorUnits != 1000-c.refunded ||
				c.attention != "" && fmt.Sprint(got.Attention) != c.attention {
				t.Errorf("%s %v: %s, refunded %d, refundable %d, %v", name, order, got.Refunds[0].Status, got.RefundedAmount.MinorUnits, got.RefundableAmount.MinorUnits, got.Attention)
			}
		}
	}
	checkInvariants(t, s.api.Database.DB)
}

// TestOrderOfAttemptReports proves the same of attempts.
func TestOrderOfAttemptReports(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	h := hooked(t, s.api, s.admin, "a")
	now := time.Now()
	for name, c := range map[string]struct {
		reports []tells
		want    string // status, held, captured, refunded, charged back, confirmed
	}{
		"a hold that ran out":         {[]tells{{"attempt.pending", 40, nil}, {"attempt.authorized", 30, of(1000)}, {"attempt.expired", 20, nil}}, "EXPIRED 0 0 0 0 0"},
		"a hold that was adjusted":    {[]tells{{"attempt.authorized", 30, of(1000)}, {"attempt.authorized", 20, of(600)}, {"attempt.authorized", 10, of(800)}}, "AUTHORIZED 800 0 0 0 0"},
		"adjusted and told again":     {[]tells{{"attempt.authorized", 30, of(1000)}, {"attempt.authorized", 20, of(600)}, {"attempt.authorized", 10, of(1000)}}, "AUTHORIZED 1000 0 0 0 0"},
		"a hold that was released":    {[]tells{{"attempt.authorized", 30, of(1000)}, {"attempt.voided", 20, nil}, {"attempt.failed", 10, nil}}, "VOIDED 0 0 0 0 0"},
		"run out, then failed":        {[]tells{{"attempt.authorized", 30, of(1000)}, {"attempt.expired", 20, nil}, {"attempt.failed", 10, nil}}, "EXPIRED 0 0 0 0 0"},
		"failed, then dropped":        {[]tells{{"attempt.failed", 30, nil}, {"attempt.dropped", 20, nil}, {"attempt.failed", 30, nil}}, "DROPPED 0 0 0 0 0"},
		"taken after a failure":       {[]tells{{"attempt.failed", 30, nil}, {"attempt.captured", 20, of(1000)}, {"attempt.failed", 30, nil}}, "CAPTURED 0 1000 0 0 0"},
		"taken before a failure":      {[]tells{{"attempt.captured", 30, of(1000)}, {"attempt.failed", 20, nil}, {"attempt.refunded", 10, of(400)}}, "CAPTURED 0 1000 400 0 0"},
		"held after the payer's time": {[]tells{{"attempt.expired", 30, nil}, {"attempt.authorized", 20, of(1000)}, {"attempt.expired", 30, nil}}, "AUTHORIZED 1000 0 0 0 0"},
		"all at one time":             {[]tells{{"attempt.authorized", 10, of(1000)}, {"attempt.expired", 10, nil}}, "EXPIRED 0 0 0 0 0"},
		"a whole life": {[]tells{{"attempt.captured", 30, of(1000)}, {"attempt.confirmed", 25, of(1000)}, {"attempt.refunded", 20, of(400)}, {"attempt.charged_back", 10, of(100)}},
			"CAPTURED 0 1000 400 100 1000"},
	} {
		for _, order := range orders(len(c.reports)) {
			begun := s.pending(t, h, reportKey(name, order))
			for _, n := range order {
				deliverAll(t, h, begun.Transaction.ID, now, c.reports[n])
			}
			_, id, _ := pay.SplitID(begun.Transaction.ID)
			got := rowsOf(t, s.api.Database.DB, `SELECT concat_ws(' ', status, held_minor, captured_minor, refunded_minor, charged_back_minor, confirmed_minor) FROM transactions WHERE id = '`+id.String()+`'`)
			if len(got) != 1 || got[0] != c.want {
				t.Errorf("%s %v: %v, want %s", name, order, got, c.want)
			}
		}
	}
	checkInvariants(t, s.api.Database.DB)
}

// TestOrderOfOperationReports proves the same of captures and voids.
func TestOrderOfOperationReports(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	h := hooked(t, s.api, s.admin, "a")
	now := time.Now()
	for name, c := range map[string]struct {
		mutation string
		reports  []tells
		want     string
	}{
		"a capture":            {"capture", []tells{{"operation.pending", 30, nil}, {"operation.succeeded", 20, nil}, {"attempt.captured", 20, apptest.Vars{"amount": 1000}}}, "SUCCEEDED CAPTURED 0 1000"},
		"a capture, at last":   {"capture", []tells{{"operation.failed", 30, nil}, {"operation.succeeded", 20, nil}, {"operation.failed", 30, nil}}, "SUCCEEDED CAPTURED 0 1000"},
		"a void":               {"void", []tells{{"operation.pending", 30, nil}, {"operation.succeeded", 20, nil}, {"attempt.voided", 20, nil}}, "SUCCEEDED VOIDED 0 0"},
		"a void, at last":      {"void", []tells{{"operation.failed", 30, nil}, {"operation.succeeded", 20, nil}, {"operation.failed", 30, nil}}, "SUCCEEDED VOIDED 0 0"},
		"no void of a capture": {"void", []tells{{"operation.failed", 20, nil}, {"attempt.captured", 30, apptest.Vars{"amount": 1000}}, {"attempt.captured", 30, apptest.Vars{"amount": 1000}}}, " CAPTURED 0 1000"},
	} {
		for _, order := range orders(len(c.reports)) {
			key := reportKey(name, order)
			held := s.started(t, key, "tok_approve", apptest.Vars{"gatewayId": h.gateway, "capture": false, "metadata": []apptest.Vars{{"key": "sandbox." + c.mutation, "value": "pending"}}})
			act(t, s.admin, c.mutation+"Transaction", "o"+key, apptest.Vars{"transactionId": held.Transaction.ID})
			_, id, _ := pay.SplitID(held.Transaction.ID)
			operation := rowsOf(t, s.api.Database.DB, "SELECT id FROM operations WHERE transaction_id = '"+id.String()+"'")[0]
			for _, n := range order {
				r := c.reports[n]
				if strings.HasPrefix(r.kind, "operation.") {
					r.more = apptest.Vars{"operationId": operation}
				}
				deliverAll(t, h, held.Transaction.ID, now, r)
			}
			got := rowsOf(t, s.api.Database.DB, `SELECT concat_ws(' ', o.status, t.status, t.held_minor, t.captured_minor) FROM transactions t
				JOIN operations o ON o.tenant_id = t.tenant_id AND o.transaction_id = t.id WHERE t.id = '`+id.String()+`'`)
			if len(got) != 1 || !strings.HasSuffix(got[0], c.want) {
				t.Errorf("%s %v: %v, want %s", name, order, got, c.want)
			}
		}
	}
	checkInvariants(t, s.api.Database.DB)
}

// TestReportOfTwoAttempts proves that a report which names one attempt and has the
// provider's id of another settles nothing, and is not tried for ever.
func TestReportOfTwoAttempts(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	h := hooked(t, s.api, s.admin, "a")
	first := s.started(t, "first", "tok_approve", apptest.Vars{"gatewayId": h.gateway})
	lost := s.started(t, "lost", "tok_timeout_forever", apptest.Vars{"gatewayId": h.gateway})
	theirs := s.externalID(t, first.Transaction.ID)
	if status := h.send(t, "two", hookEvent("attempt.captured", lost.Transaction.ID, apptest.Vars{"externalId": theirs, "amount": 1000})); status != http.StatusOK {
		t.Fatalf("answered %d", status)
	}
	if got := outcomeOf(t, s.admin, "two"); got != "MISMATCH" {
		t.Errorf("it came to %q", got)
	}
	got := s.lifeOf(t, lost.Payment.ID)
	if got.Transactions[0].Status != "UNKNOWN" || !slices.Contains(got.Attention, "AMOUNT_MISMATCH") || got.PaidAmount.MinorUnits != 0 {
		t.Errorf("the attempt that was named: %+v", got)
	}
	if got := s.lifeOf(t, first.Payment.ID); got.Status != "PAID" || len(got.Attention) > 0 {
		t.Errorf("the one with the id: %+v", got)
	}
}

// TestReportsOfOneIDAtOnce proves that of two attempts with one id of the provider's
// only one has it, also when both are told at the same time.
func TestReportsOfOneIDAtOnce(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	h := hooked(t, s.api, s.admin, "a")
	for i := range 10 {
		var wg sync.WaitGroup
		for side := range 2 {
			id := fmt.Sprint(i, "-", side)
			lost := s.started(t, "lost-"+id, "tok_timeout_forever", apptest.Vars{"gatewayId": h.gateway})
			wg.Go(func() {
				h.send(t, id, hookEvent("attempt.captured", lost.Transaction.ID, apptest.Vars{"externalId": fmt.Sprint("ch_", i), "amount": 1000}))
			})
		}
		wg.Wait()
		got := []string{outcomeOf(t, s.admin, fmt.Sprint(i, "-0")), outcomeOf(t, s.admin, fmt.Sprint(i, "-1"))}
		if slices.Sort(got); !slices.Equal(got, []string{"APPLIED", "MISMATCH"}) {
			t.Errorf("they came to %q", got)
		}
	}
}

// TestAnswerOfAnotherAttempt proves that a gateway's answer with the provider's id of
// another attempt is believed of neither, whether it was asked for money or for the
// outcome: it needs a person, and is no fault that comes again and again.
func TestAnswerOfAnotherAttempt(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	right := func(_ context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
		return s.bank.enter(r, pay.Fact{To: pay.TransactionCaptured, AmountMinor: r.Amount.Minor, ExternalID: new("ch_1")}), nil
	}
	wrong := func(_ context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
		return pay.Fact{To: pay.TransactionCaptured, AmountMinor: r.Amount.Minor, ExternalID: new("ch_1")}, nil
	}
	lost := func(context.Context, gateway.ChargeRequest) (pay.Fact, error) { return pay.Fact{}, errLost }
	s.bank.on("tok_right", right, nil)
	s.bank.on("tok_answered", wrong, wrong)
	s.bank.on("tok_asked", lost, wrong)
	if got := s.pay(t, "right", s.whole("tok_right", s.order(1000))); got.Payment == nil || got.Payment.Status != "PAID" {
		t.Fatalf("the first: %+v", got)
	}
	for _, token := range []string{"tok_answered", "tok_asked"} {
		input := s.whole(token, s.order(1000))
		s.pay(t, token, input)
		got := s.pay(t, token, input) // asks again
		seen := s.lifeOf(t, got.Payment.ID)
		if seen.Status != "PROCESSING" || seen.Transactions[0].Status != "UNKNOWN" || !slices.Contains(seen.Attention, "AMOUNT_MISMATCH") {
			t.Errorf("%s: %+v", token, seen)
		}
	}
	checkInvariants(t, s.api.Database.DB)
}
