package app_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

const slipField = "form.transactionReference"

// local makes a gateway for money that is paid outside, and tells the payer where.
func (s *shop) local(method, label string) string {
	return s.make.Gateway(apptest.Vars{"name": "By " + label, "connector": "manual", "kind": "MANUAL", "methodType": method, "methodLabel": label,
		"parameters": []apptest.Vars{{"parameterId": "payeeName", "value": "Corner shop"}, {"parameterId": "payeeAccountHint", "value": "01711-000000, Send Money"}}})
}

// TestCheckoutOfWallets proves that a payer of Nagad, Rocket, a bank transfer or a check is
// told where to pay and asked for its number, that the payment waits for approval, is paid
// by it and can be given back, and that no number counts twice.
func TestCheckoutOfWallets(t *testing.T) {
	t.Parallel()
	for label, of := range map[string]struct{ method, asked string }{
		"Nagad":    {"MOBILE_WALLET", "Transaction number that Nagad gave you"},
		"Rocket":   {"MOBILE_WALLET", "Transaction number that Rocket gave you"},
		"Transfer": {"BANK_TRANSFER", "Reference that you wrote on the transfer"},
		"Check":    {"CHECK", "Number of the check"},
	} {
		t.Run(label, func(t *testing.T) {
			t.Parallel()
			s := openCheckoutShop(t)
			gateway := s.local(of.method, label)
			input := apptest.Vars{"amount": minor(700), "customerId": s.customer, "gatewayIds": []string{gateway}}
			p, payment := s.payer(t, input)
			p.sees(http.StatusOK, "By "+label, "Corner shop", "01711-000000, Send Money", of.asked, "I have paid EUR 7.00", "with "+label)
			p.submit("/pay", slipField, "")
			p.sees(http.StatusUnprocessableEntity, "This is needed.")
			p.submit("/pay", slipField, "TRX-71")
			p.sees(http.StatusOK, "checks what you told", "You do not have to pay again")
			got := apptest.Do[struct {
				Payment struct {
					Status       string
					Transactions []struct{ ID, MethodLabel, Status string }
				}
			}](t, s.admin, `query($id: ID!) { payment(by: { id: $id }) { status transactions { id methodLabel status } } }`, apptest.Vars{"id": payment}).Payment
			if got.Status != "PENDING_APPROVAL" || len(got.Transactions) != 1 || got.Transactions[0].MethodLabel != label {
				t.Fatalf("%+v", got)
			}
			twice := s.visitor(t, checkoutURL(t, s.admin, s.created(t, "second-"+label, input).Payment.ID))
			twice.open("")
			twice.submit("/pay", slipField, " trx-71 ")
			twice.sees(http.StatusUnprocessableEntity, "This was given for a payment already.")
			twice.submit("/pay", slipField, "TRX\u201171\u200b") // which looks the same
			twice.sees(http.StatusUnprocessableEntity, "This was given for a payment already.")
			if done := act(t, s.admin, "approveManualPayment", "a-"+label, apptest.Vars{"transactionId": got.Transactions[0].ID}); done.Payment == nil || done.Payment.Status != "PAID" {
				t.Fatalf("approve: %+v", done)
			}
			p.open("")
			p.sees(http.StatusOK, "Thank you, EUR 7.00 were paid")
			if back := act(t, s.admin, "refundPayment", "r-"+label, apptest.Vars{"paymentId": payment, "manualReference": "BACK-71"}); len(back.Refunds) != 1 || back.Refunds[0].Status != "SUCCEEDED" {
				t.Errorf("refund: %+v", back)
			}
		})
	}
}

// TestCheckoutOfCash proves that cash is no way to pay on the page: who pays on delivery has
// nothing to tell before.
func TestCheckoutOfCash(t *testing.T) {
	t.Parallel()
	s := openCheckoutShop(t)
	cash, transfer := s.local("CASH", "On delivery"), s.local("BANK_TRANSFER", "Transfer")
	both, unpaid := s.payer(t, apptest.Vars{"amount": minor(700), "customerId": s.customer, "gatewayIds": []string{cash, transfer}})
	both.submit("/pay", slipField, "TRX-1", "gateway", cash)
	both.sees(http.StatusUnprocessableEntity, "Cash is told by who took it.")
	if status, _, n := s.attempts(t, unpaid); status != "CREATED" || n != 0 {
		t.Errorf("after cash was told by a payer: %s by %d attempts", status, n)
	}
	p := s.visitor(t, checkoutURL(t, s.admin, s.created(t, "cash", apptest.Vars{"amount": minor(700), "gatewayIds": []string{cash}}).Payment.ID))
	p.open("")
	p.sees(http.StatusOK, "This cannot be paid here now")
	if strings.Contains(p.shown.body, "On delivery") {
		t.Error("cash is offered")
	}
}
