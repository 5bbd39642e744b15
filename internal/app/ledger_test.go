package app_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// books are the balances of the accounts that a filter names, as KIND amount.
func (s *shop) books(t *testing.T, filter apptest.Vars) string {
	t.Helper()
	got := apptest.Do[struct {
		LedgerAccounts []struct {
			Kind    string
			Gateway *struct{ ID string }
			Balance struct{ MinorUnits int64 }
		}
	}](t, s.admin, `query($filter: LedgerFilter) { ledgerAccounts(filter: $filter) { kind gateway { id } customer { id } entryCount balance { minorUnits } } }`, apptest.Vars{"filter": filter})
	var list []string
	for _, a := range got.LedgerAccounts {
		if a.Balance.MinorUnits != 0 {
			list = append(list, fmt.Sprint(a.Kind, " ", a.Balance.MinorUnits))
		}
	}
	return strings.Join(list, ", ")
}

// TestLedger follows money through the books: what is captured, settled, given back
// in each way, taken back by a bank, bought as store credit, and come late.
func TestLedger(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	of := func(payment string) apptest.Vars { return apptest.Vars{"paymentIds": []string{payment}} }
	check := func(payment, step, want string) {
		t.Helper()
		if got := s.books(t, of(payment)); got != want {
			t.Errorf("%s: the books say %s, want %s", step, got, want)
		}
	}
	held := s.held(t, "a")
	id, attempt := held.Payment.ID, held.Transaction.ID
	check(id, "held", "")
	act(t, s.admin, "captureTransaction", "c", apptest.Vars{"transactionId": attempt})
	check(id, "captured", "CUSTOMER_RECEIVABLE -10000, GATEWAY_CLEARING 10000")
	reconcile(t, s.admin, "settled", s.sandbox, but(settledLine(s.externalID(t, attempt), 10_000), apptest.Vars{"fee": apptest.Vars{"minorUnits": 150, "currency": "EUR"}}))
	check(id, "settled", "CUSTOMER_RECEIVABLE -10000, FEES 150, SETTLED 9850")
	act(t, s.admin, "refundPayment", "r1", apptest.Vars{"paymentId": id, "amount": minor(1000)})
	check(id, "given back", "CUSTOMER_RECEIVABLE -9000, FEES 150, GATEWAY_CLEARING -1000, SETTLED 9850")
	act(t, s.admin, "refundPayment", "r2", apptest.Vars{"paymentId": id, "amount": minor(500), "method": "MANUAL", "manualReference": "T-1"})
	act(t, s.admin, "refundPayment", "r3", apptest.Vars{"paymentId": id, "amount": minor(300), "method": "STORE_CREDIT"})
	check(id, "in every way", "CUSTOMER_RECEIVABLE -8200, FEES 150, GATEWAY_CLEARING -1000, PAYOUTS -500, SETTLED 9850, STORE_CREDIT -300")
	simulate(t, s.admin, attempt, "CHARGEBACK", apptest.Vars{"amount": minor(200)})
	check(id, "charged back", "CHARGEBACKS 200, CUSTOMER_RECEIVABLE -8200, FEES 150, GATEWAY_CLEARING -1200, PAYOUTS -500, SETTLED 9850, STORE_CREDIT -300")

	waits := s.started(t, "w", "tok_approve", apptest.Vars{"metadata": []apptest.Vars{{"key": "sandbox.refund", "value": "pending"}}})
	act(t, s.admin, "refundPayment", "r4", apptest.Vars{"paymentId": waits.Payment.ID, "amount": minor(400)})
	check(waits.Payment.ID, "a refund under way", "CUSTOMER_RECEIVABLE -600, GATEWAY_CLEARING 1000, REFUNDS_PAYABLE -400")

	late := s.started(t, "l", "tok_pending", nil)
	act(t, s.admin, "cancelPayment", "x", apptest.Vars{"paymentId": late.Payment.ID})
	simulate(t, s.admin, late.Transaction.ID, "CAPTURED", nil)
	check(late.Payment.ID, "late", "GATEWAY_CLEARING 1000, SUSPENSE -1000")

	top := s.topUp(t, "top", 700, "")
	check(top, "a top-up", "GATEWAY_CLEARING 700, STORE_CREDIT -700")
	if got := s.books(t, apptest.Vars{"kinds": []string{"STORE_CREDIT"}, "customerIds": []string{s.customer}}); got != "STORE_CREDIT -1000" {
		t.Errorf("the customer's store credit: %s", got)
	}
	entries := apptest.Do[struct {
		LedgerEntries struct {
			TotalCount int
			Nodes      []struct {
				Payment       *struct{ ID string }
				Debit, Credit struct{ Kind string }
				Amount        struct{ MinorUnits int64 }
			}
		}
	}](t, s.admin, `query($filter: LedgerFilter) { ledgerEntries(filter: $filter, first: 1) { totalCount nodes { id eventSeq createdAt payment { id }
		debit { kind gateway { id } customer { id } } credit { kind gateway { id } customer { id } } amount { minorUnits } } } }`, apptest.Vars{"filter": of(top)}).LedgerEntries
	if e := entries.Nodes[0]; entries.TotalCount != 1 || e.Debit.Kind != "GATEWAY_CLEARING" || e.Credit.Kind != "STORE_CREDIT" || e.Amount.MinorUnits != 700 || e.Payment.ID != top {
		t.Errorf("the entry of a top-up: %+v", entries)
	}
}

// TestSurplusInBooks proves that what an order did not owe any more is in suspense,
// whichever payment brought it, until it goes back.
func TestSurplusInBooks(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	all := func(step, want string) {
		t.Helper()
		if got := s.books(t, nil); got != want {
			t.Errorf("%s: the books say %s, want %s", step, got, want)
		}
		checkInvariants(t, s.api.Database.DB)
	}
	order := s.order(1000)
	pay := func(key, token string, more apptest.Vars) lifeStep {
		return act(t, s.admin, "payOrders", key, but(apptest.Vars{"orders": one(order), "gatewayId": s.sandbox, "paymentToken": token}, more))
	}
	waits := apptest.Vars{"metadata": []apptest.Vars{{"key": "sandbox.refund", "value": "pending"}}}
	failed := pay("a", "tok_hard_decline", waits)
	paid := pay("b", "tok_approve", nil)
	all("paid", "CUSTOMER_RECEIVABLE -1000, GATEWAY_CLEARING 1000")
	simulate(t, s.admin, failed.Transaction.ID, "CAPTURED", apptest.Vars{"amount": minor(600)})
	all("in part a second time", "CUSTOMER_RECEIVABLE -1000, GATEWAY_CLEARING 1600, SUSPENSE -600")
	simulate(t, s.admin, failed.Transaction.ID, "CAPTURED", nil)
	all("twice", "CUSTOMER_RECEIVABLE -1000, GATEWAY_CLEARING 2000, SUSPENSE -1000")
	refund := act(t, s.admin, "refundPayment", "r", apptest.Vars{"paymentId": failed.Payment.ID, "amount": minor(700)}).Refunds[0].ID
	all("a part is to go back", "CUSTOMER_RECEIVABLE -1000, GATEWAY_CLEARING 2000, REFUNDS_PAYABLE -700, SUSPENSE -300")
	simulate(t, s.admin, failed.Transaction.ID, "REFUND_SUCCEEDED", apptest.Vars{"refundId": refund})
	all("it went back", "CUSTOMER_RECEIVABLE -1000, GATEWAY_CLEARING 1300, SUSPENSE -300")
	simulate(t, s.admin, failed.Transaction.ID, "REFUND_FAILED", apptest.Vars{"refundId": refund})
	all("and came again", "CUSTOMER_RECEIVABLE -1000, GATEWAY_CLEARING 2000, SUSPENSE -1000")
	act(t, s.admin, "refundPayment", "other", apptest.Vars{"paymentId": paid.Payment.ID})
	all("the other one went back instead", "GATEWAY_CLEARING 1000, SUSPENSE -1000")
	simulate(t, s.admin, failed.Transaction.ID, "CONFIRMED", nil)
	all("and this one is touched", "SETTLED 1000, SUSPENSE -1000")
	act(t, s.admin, "refundPayment", "this", apptest.Vars{"paymentId": failed.Payment.ID, "amount": minor(300), "method": "MANUAL", "manualReference": "T-1"})
	all("and goes back in part", "PAYOUTS -300, SETTLED 1000, SUSPENSE -700")
}

// TestBooksStay proves that neither entries nor events can be changed or taken away.
func TestBooksStay(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.started(t, "a", "tok_approve", nil)
	for _, statement := range []string{"UPDATE ledger_entries SET amount_minor = 1", "DELETE FROM ledger_entries", "TRUNCATE ledger_entries",
		"UPDATE payment_events SET actor = 'x'", "DELETE FROM payment_events"} {
		if _, err := s.api.Database.DB.Exec(statement); err == nil || !strings.Contains(err.Error(), "only ever added") {
			t.Errorf("%s: %v", statement, err)
		}
	}
}
