package app_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// TestCheckoutLinkOfWhatIsPaidOtherwise proves that a payment has no link while another one has
// paid what it is for, as its page could do nothing, that it has one while the other may fail, or
// something of its own has no result, and again when it is owed again.
func TestCheckoutLinkOfWhatIsPaidOtherwise(t *testing.T) {
	t.Parallel()
	s := openCheckoutShop(t)
	order, bank := s.order(2000), s.local("BANK_TRANSFER", "Bank")
	p, payment := s.payer(t, apptest.Vars{"orders": one(order), "gatewayIds": []string{s.sandbox, bank}})
	told := s.created(t, "told", apptest.Vars{"orders": one(order), "gatewayIds": []string{bank}}).Payment.ID
	teller := s.visitor(t, checkoutURL(t, s.admin, told))
	teller.open("")
	links := func(step string, want ...bool) {
		t.Helper()
		for i, id := range []string{payment, told} {
			if got := checkoutURL(t, s.admin, id); (got != "") != want[i] {
				t.Errorf("%s: payment %d has the link %q", step, i, got)
			}
		}
	}
	links("nobody paid", true, true)
	act(t, s.admin, "payOrders", "part", apptest.Vars{"orders": part(order, minor(500)), "gatewayId": s.sandbox})
	links("a part is paid", true, true)
	other := act(t, s.admin, "payOrders", "rest", apptest.Vars{"orders": part(order, minor(1500)), "gatewayId": s.sandbox, "paymentToken": "tok_otp"})
	links("another may fail", true, true)
	act(t, s.admin, "completeTransaction", "code", apptest.Vars{"transactionId": other.Transaction.ID, "code": "123456"})
	links("all is paid", false, false)
	p.open("")
	p.sees(http.StatusOK, "<h1>Paid</h1>", "Nothing has to be paid")
	if strings.Contains(p.shown.body, "<form") {
		t.Errorf("there is something to do: %s", p.shown.body)
	}
	teller.submit("/pay", slipField, "TRX-1")
	teller.sees(http.StatusOK, "checks what you told")
	links("one has told to have paid", false, true)
	slip := apptest.Do[struct {
		Payment struct{ Transactions []struct{ ID string } }
	}](t, s.admin, `query($id: ID!) { payment(by: { id: $id }) { transactions { id } } }`, apptest.Vars{"id": told}).Payment.Transactions[0].ID
	act(t, s.admin, "rejectManualPayment", "no", apptest.Vars{"transactionId": slip, "reason": "not found"})
	links("they had not", false, false)
	act(t, s.admin, "refundPayment", "back", apptest.Vars{"paymentId": other.Payment.ID})
	links("it is owed again", true, true)
	p.open("")
	p.sees(http.StatusOK, "<h1>Pay EUR 15.00</h1>")
}

// TestCheckoutLinkOfSeveral proves that a payment of several orders, of which one was paid
// otherwise, collects the others, that an invoice that was paid has no link, and that links of a
// list cost as much as one.
func TestCheckoutLinkOfSeveral(t *testing.T) {
	t.Parallel()
	sent := &wire{}
	s := openCheckoutShop(t, sent.option())
	orders := s.make.Orders(s.customer, 500, 700)
	invoice := create(t, s.admin, "createInvoice", "invoice", apptest.Vars{"invoice": apptest.Vars{"number": "I-1", "customerId": s.customer, "totalAmount": minor(800)}})
	both := s.created(t, "both", apptest.Vars{"orders": []apptest.Vars{{"orderId": orders[0]}, {"orderId": orders[1]}}}).Payment.ID
	billed := []string{s.created(t, "first", apptest.Vars{"invoiceId": invoice}).Payment.ID, s.created(t, "second", apptest.Vars{"invoiceId": invoice}).Payment.ID}
	count := func(first int) int {
		t.Helper()
		sent.take()
		got := s.admin.Send(t, `query($first: Int!) { payments(first: $first) { nodes { checkoutUrl } } }`, apptest.Vars{"first": first})
		if len(got.Errors) > 0 || strings.Count(got.Body, publicURL) != first {
			t.Fatalf("got %s", got.Body)
		}
		return len(sent.take())
	}
	count(1)                                           // the first request looks up the tenant
	for first, want := range map[int]int{2: 5, 3: 6} { // of two invoices, and of orders with them
		if got := count(first); got != want {
			t.Errorf("links of %d payments cost %d statements, want %d", first, got, want)
		}
	}
	p := s.visitor(t, checkoutURL(t, s.admin, both))
	act(t, s.admin, "payOrders", "one", apptest.Vars{"orders": one(orders[0]), "gatewayId": s.sandbox})
	p.open("")
	p.sees(http.StatusOK, "<h1>Pay EUR 7.00</h1>")
	act(t, s.admin, "payOrders", "other", apptest.Vars{"orders": one(orders[1]), "gatewayId": s.sandbox})
	if got := checkoutURL(t, s.admin, both); got != "" {
		t.Errorf("both orders are paid, and the link is %s", got)
	}
	late := s.visitor(t, checkoutURL(t, s.admin, billed[1]))
	late.open("?gateway=" + s.sandbox)
	act(t, s.admin, "processPayment", "pay", apptest.Vars{"paymentId": billed[0], "gatewayId": s.sandbox, "paymentToken": "tok_approve"})
	for _, id := range billed {
		if got := checkoutURL(t, s.admin, id); got != "" {
			t.Errorf("the invoice is paid, and the link is %s", got)
		}
	}
	late.submit("/pay", tokenField, "tok_approve")
	late.sees(http.StatusOK, "<h1>Paid</h1>", "Nothing has to be paid")
}
