package app_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

// reconciled is the answer to reconcilePayments.
type reconciled struct {
	Lines []struct {
		ID, ExternalID, Outcome, Message string
		Transaction                      *struct {
			ID, Status      string
			ConfirmedAmount struct{ MinorUnits int64 }
		}
		Payment *struct {
			ID, Status, ReconciliationStatus string
			Attention                        []string
			FeeIsEstimated                   bool
			ProcessingFee                    *struct{ MinorUnits int64 }
		}
	}
	ConfirmedCount, DiscrepancyCount, OrphanCount, AlreadyConfirmedCount int
	Replayed                                                             bool
	Errors                                                               []apptest.Refusal
}

// outcomes are what the lines came to, in their order.
func (r reconciled) outcomes() string {
	var list []string
	for _, l := range r.Lines {
		list = append(list, l.Outcome)
	}
	return strings.Join(list, " ")
}

// refused are the codes and paths of the refusals.
func (r reconciled) refused() (list []string) {
	for _, e := range r.Errors {
		list = append(list, e.Code+" "+strings.Join(e.Path, "."))
	}
	return list
}

func reconcile(t *testing.T, c *apptest.Client, key, gateway string, lines ...apptest.Vars) reconciled {
	t.Helper()
	return apptest.Do[struct{ ReconcilePayments reconciled }](t, c, `mutation($input: ReconcilePaymentsInput!) { reconcilePayments(input: $input) {
		lines { id externalId outcome message transaction { id status confirmedAmount { minorUnits } }
			payment { id status reconciliationStatus attention feeIsEstimated processingFee { minorUnits } } }
		confirmedCount discrepancyCount orphanCount alreadyConfirmedCount replayed errors { code message path } } }`,
		apptest.Vars{"input": apptest.Vars{"idempotencyKey": key, "gatewayId": gateway, "lines": lines}}).ReconcilePayments
}

// settledLine is a line of euros.
func settledLine(externalID string, minor int64) apptest.Vars {
	return apptest.Vars{"externalId": externalID, "amount": apptest.Vars{"minorUnits": minor, "currency": "EUR"}, "settledOn": "2026-03-04"}
}

// paidAt pays an order of minor units and returns the attempt's id at the gateway.
func (s *shop) paidAt(t *testing.T, key string, minor int64) (payment, externalID string) {
	t.Helper()
	paid := act(t, s.admin, "payOrders", key, apptest.Vars{"orders": []apptest.Vars{{"orderId": s.order(minor)}}, "gatewayId": s.sandbox})
	if paid.Payment == nil || paid.Payment.Status != "PAID" {
		t.Fatalf("pay: %+v", paid)
	}
	return paid.Payment.ID, s.externalID(t, paid.Transaction.ID)
}

func (s *shop) externalID(t *testing.T, transaction string) string {
	t.Helper()
	return apptest.Do[struct{ Transaction struct{ ExternalID string } }](t, s.admin, `query($id: ID!) { transaction(id: $id) { externalId } }`,
		apptest.Vars{"id": transaction}).Transaction.ExternalID
}

// TestReconcile proves what each sort of settlement line comes to.
func TestReconcile(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	_, good := s.paidAt(t, "good", 1000)
	_, short := s.paidAt(t, "short", 2000)
	_, over := s.paidAt(t, "over", 3000)
	_, foreign := s.paidAt(t, "foreign", 4000)
	back, refunded := s.paidAt(t, "refunded", 5000)
	act(t, s.admin, "refundPayment", "back", apptest.Vars{"paymentId": back, "amount": minor(2000)})
	dollars := but(settledLine(foreign, 4000), apptest.Vars{"amount": apptest.Vars{"minorUnits": 4000, "currency": "USD"}})
	lines := []apptest.Vars{but(settledLine(good, 1000), apptest.Vars{"fee": minor(31)}), settledLine(short, 1900), settledLine(over, 3001),
		settledLine("nobody's", 77), dollars, settledLine(refunded, 5000), settledLine(good, 1000)}
	got := reconcile(t, s.admin, "file-1", s.sandbox, lines...)
	if want := "CONFIRMED DISCREPANCY DISCREPANCY ORPHAN DISCREPANCY CONFIRMED ALREADY_CONFIRMED"; got.outcomes() != want || got.Replayed || len(got.Errors) > 0 ||
		got.ConfirmedCount != 2 || got.DiscrepancyCount != 3 || got.OrphanCount != 1 || got.AlreadyConfirmedCount != 1 {
		t.Fatalf("got %s, want %s: %+v", got.outcomes(), want, got)
	}
	first := got.Lines[0]
	if p := first.Payment; p.Status != "CONFIRMED" || p.ReconciliationStatus != "RECONCILED" || len(p.Attention) > 0 || p.FeeIsEstimated || p.ProcessingFee.MinorUnits != 31 {
		t.Errorf("confirmed: %+v", p)
	}
	for i, want := range map[int]int64{0: 1000, 1: 1900, 2: 3000, 4: 0, 5: 5000} {
		if l := got.Lines[i]; l.Transaction.ConfirmedAmount.MinorUnits != want {
			t.Errorf("line %d confirms %d, want %d", i, l.Transaction.ConfirmedAmount.MinorUnits, want)
		}
	}
	for _, i := range []int{1, 2, 4} {
		if p := got.Lines[i].Payment; p.ReconciliationStatus != "DISCREPANCY" || !slices.Equal(p.Attention, []string{"AMOUNT_MISMATCH"}) {
			t.Errorf("line %d: %+v", i, p)
		}
	}
	if p := got.Lines[5].Payment; p.Status != "PARTIALLY_REFUNDED" || p.ReconciliationStatus != "RECONCILED" {
		t.Errorf("a refund spoils the charge's line: %+v", p)
	}
	untouched(t, s.api, func() {
		if again := reconcile(t, s.admin, "file-1", s.sandbox, lines...); !again.Replayed || again.outcomes() != got.outcomes() || again.Lines[6].Message != got.Lines[6].Message {
			t.Errorf("the same key: %+v", again)
		}
		if reused := reconcile(t, s.admin, "file-1", s.sandbox, lines[1:]...); len(reused.Errors) != 1 || reused.Errors[0].Code != "IDEMPOTENCY_KEY_REUSED" {
			t.Errorf("the key for other lines: %+v", reused)
		}
	})
	again := reconcile(t, s.admin, "file-1-again", s.sandbox, lines...)
	if want := "ALREADY_CONFIRMED DISCREPANCY DISCREPANCY ORPHAN DISCREPANCY ALREADY_CONFIRMED ALREADY_CONFIRMED"; again.outcomes() != want {
		t.Errorf("another key: got %s, want %s", again.outcomes(), want)
	}
	less := reconcile(t, s.admin, "file-2", s.sandbox, settledLine(good, 999))
	if less.outcomes() != "DISCREPANCY" || less.Lines[0].Transaction.ConfirmedAmount.MinorUnits != 1000 || less.Lines[0].Payment.ReconciliationStatus != "DISCREPANCY" {
		t.Errorf("the line with another amount: %+v", less)
	}
	s.assertSettlementLines(t, 7)
}

// assertSettlementLines reads the lines that are stored in pages, by outcome and
// by day.
func (s *shop) assertSettlementLines(t *testing.T, want int) {
	t.Helper()
	type page struct {
		SettlementLines struct {
			TotalCount int
			PageInfo   struct {
				EndCursor   string
				HasNextPage bool
			}
			Nodes []struct {
				ID, Outcome string
				Payment     *struct{ ID string }
				Gateway     struct{ ID string }
				Amount      struct{ MinorUnits int64 }
			}
		}
	}
	const document = `query($filter: SettlementLineFilter, $first: Int!, $after: String) { settlementLines(filter: $filter, first: $first, after: $after) {
		totalCount pageInfo { endCursor hasNextPage } nodes { id outcome payment { id } gateway { id } amount { minorUnits } } } }`
	ids, after := map[string]bool{}, any(nil)
	for range want {
		got := apptest.Do[page](t, s.admin, document, apptest.Vars{"first": 3, "after": after}).SettlementLines
		for _, l := range got.Nodes {
			ids[l.ID] = true
			if (l.Outcome == "ORPHAN") != (l.Payment == nil) || l.Gateway.ID != s.sandbox {
				t.Errorf("line %+v", l)
			}
		}
		if after = got.PageInfo.EndCursor; !got.PageInfo.HasNextPage {
			break
		}
	}
	if len(ids) != want {
		t.Errorf("%d lines in pages, want %d", len(ids), want)
	}
	for name, c := range map[string]struct {
		filter apptest.Vars
		want   int
	}{
		"orphans": {apptest.Vars{"outcome": []string{"ORPHAN"}}, 1}, "another gateway": {apptest.Vars{"gatewayIds": []string{s.gateway}}, 0},
		"the day": {apptest.Vars{"settledOn": apptest.Vars{"gte": "2026-03-04", "lte": "2026-03-04"}}, want}, "later": {apptest.Vars{"settledOn": apptest.Vars{"gte": "2026-03-05"}}, 0},
		"earlier": {apptest.Vars{"settledOn": apptest.Vars{"lte": "2026-03-03"}}, 0},
	} {
		if got := apptest.Do[page](t, s.admin, document, apptest.Vars{"filter": c.filter, "first": 1}).SettlementLines.TotalCount; got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

// TestReconcileRefuses proves that a request with a fault stores nothing, and that
// every fault is named with the line's place.
func TestReconcileRefuses(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	bare := apptest.Vars{"minorUnits": 5}
	bad := []apptest.Vars{settledLine("", 1), but(settledLine("a", 1), apptest.Vars{"amount": bare}), settledLine("b", 0),
		but(settledLine("c", 1), apptest.Vars{"fee": apptest.Vars{"minorUnits": -1}}), but(settledLine("d", 1), apptest.Vars{"fee": apptest.Vars{"minorUnits": 1, "currency": "USD"}})}
	want := []string{"NOT_FOUND input.gatewayId", "INVALID_INPUT input.lines.0.externalId", "REQUIRED input.lines.1.amount.currency", "AMOUNT_TOO_SMALL input.lines.2.amount",
		"INVALID_INPUT input.lines.3.fee", "CURRENCY_MISMATCH input.lines.4.fee.currency"}
	untouched(t, s.api, func() {
		assertRefused(t, "lines", reconcile(t, s.admin, "bad", absent(pay.KindGateway), bad...).refused(), want...)
		assertRefused(t, "none", reconcile(t, s.admin, "none", s.sandbox, []apptest.Vars{}...).refused(), "REQUIRED input.lines")
		assertRefused(t, "many", reconcile(t, s.admin, "many", s.sandbox, slices.Repeat([]apptest.Vars{settledLine("x", 1)}, 1001)...).refused(), "TOO_MANY_ITEMS input.lines")
	})
}

// TestReconcileManual proves that lines of a MANUAL gateway go by the reference on
// the slip, and that an orphan finds its attempt when it is sent again.
func TestReconcileManual(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	bank := s.make.Gateway(apptest.Vars{"name": "Transfer", "connector": "manual", "kind": "MANUAL", "action": "NONE", "methodType": "BANK_TRANSFER", "isTokenizable": false})
	if got := reconcile(t, s.admin, "early", bank, settledLine("slip 1", 1000)); got.outcomes() != "ORPHAN" {
		t.Fatalf("before the payment: %+v", got)
	}
	other := s.api.Client(s.api.Token(t, auth.Grant{Role: pay.RoleAdmin, Subject: "other"}))
	sent := act(t, other, "submitManualPayment", "1", apptest.Vars{"orders": []apptest.Vars{{"orderId": s.order(1000)}}, "gatewayId": bank, "transactionReference": "slip 1"})
	act(t, s.admin, "approveManualPayment", "2", apptest.Vars{"transactionId": sent.Transaction.ID})
	got := reconcile(t, s.admin, "late", bank, settledLine("slip 1", 1000))
	if got.outcomes() != "CONFIRMED" || got.Lines[0].Payment.Status != "CONFIRMED" {
		t.Fatalf("after it: %+v", got)
	}
	if again := reconcile(t, s.admin, "late", bank, settledLine("slip 1", 1000)); !again.Replayed || again.outcomes() != "CONFIRMED" || again.Lines[0].ID != got.Lines[0].ID {
		t.Errorf("the same key: %+v", again)
	}
	if first := reconcile(t, s.admin, "early", bank, settledLine("slip 1", 1000)); !first.Replayed || first.outcomes() != "ALREADY_CONFIRMED" {
		t.Errorf("the key of the orphan: %+v", first)
	}
}

// TestReconcileAtOnce proves that the same file, delivered by several at once,
// confirms every attempt once.
func TestReconcileAtOnce(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	var lines []apptest.Vars
	for i := range 6 {
		_, id := s.paidAt(t, fmt.Sprint("p", i), 100)
		lines = append(lines, settledLine(id, 100), settledLine(fmt.Sprint("orphan ", i), 5))
	}
	var group sync.WaitGroup
	answers := make([]reconciled, 8)
	for i := range answers {
		group.Go(func() { answers[i] = reconcile(t, s.admin, fmt.Sprint("file-", i/2), s.sandbox, lines...) })
	}
	group.Wait()
	keys := map[int]int{} // by file: a repeat with the same key confirms what the first did
	for i, got := range answers {
		if got.ConfirmedCount+got.AlreadyConfirmedCount != 6 || got.OrphanCount != 6 {
			t.Errorf("request %d: %s", i, got.outcomes())
		}
		keys[i/2] = max(keys[i/2], got.ConfirmedCount)
	}
	if sum := keys[0] + keys[1] + keys[2] + keys[3]; sum != 6 {
		t.Errorf("confirmed by file: %v", keys)
	}
	s.assertCounts(t, map[string]int{"settlement_lines": 12, "settlements": 4})
}

func (s *shop) assertCounts(t *testing.T, want map[string]int) {
	t.Helper()
	for table, n := range want {
		if got := s.count(t, table); got != n {
			t.Errorf("%d rows of %s, want %d", got, table, n)
		}
	}
	var confirmed int
	if err := s.api.Database.DB.GetContext(t.Context(), &confirmed, "SELECT count(*) FROM payment_events WHERE type = 'TRANSACTION_CONFIRMED'"); err != nil || confirmed != 6 {
		t.Errorf("%d events of confirmation, want 6, %v", confirmed, err)
	}
}

// TestReconcileByKey proves that a program with a key of its own may reconcile, and
// that nothing is settled on a day that lies ahead.
func TestReconcileByKey(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	_, external := s.paidAt(t, "a", 8000)
	program := s.api.Client(makeKey(t, s.admin, apptest.Vars{"name": "Bookkeeping", "scopes": []string{"PAYMENTS_RECONCILE"}}).secret)
	for days, want := range map[int][]string{0: nil, 3: {"INVALID_INPUT input.lines.0.settledOn"}, 30_000: {"INVALID_INPUT input.lines.0.settledOn"}} {
		line := but(settledLine(external, 8000), apptest.Vars{"settledOn": pay.SystemClock().AddDate(0, 0, days).Format("2006-01-02")})
		got := reconcile(t, program, fmt.Sprint("in-", days), s.sandbox, line)
		if !slices.Equal(got.refused(), want) || want == nil && got.outcomes() != "CONFIRMED" {
			t.Errorf("in %d days: %+v", days, got)
		}
	}
	other := s.api.Client(makeKey(t, s.admin, apptest.Vars{"name": "Shop", "scopes": []string{"PAYMENTS_WRITE"}}).secret)
	if got := other.Send(t, `mutation { reconcilePayments(input: { idempotencyKey: "x", gatewayId: "gw_x", lines: [] }) { replayed } }`, nil); !strings.Contains(got.Body, "FORBIDDEN") {
		t.Errorf("without the scope: %s", got.Body)
	}
}
