package app_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// partHeld is a payment of 20.00 of which 15.00 are held, and the page of the rest.
func (s *shop) partHeld(t *testing.T, input apptest.Vars) (p *payer, payment, hold string) {
	t.Helper()
	p, payment = s.payer(t, but(apptest.Vars{"amount": minor(2000)}, input))
	held := act(t, s.admin, "processPayment", "hold", apptest.Vars{"paymentId": payment, "amount": minor(1500), "capture": false,
		"gatewayId": s.sandbox, "paymentToken": "tok_authorize"})
	if held.Transaction == nil || held.Transaction.Status != "AUTHORIZED" {
		t.Fatalf("%+v", held)
	}
	return p, payment, held.Transaction.ID
}

// TestCheckoutChargesWhatItSays proves that a form never charges anything else than its
// button said: what has changed is shown anew, and charged when the payer agrees to that.
func TestCheckoutChargesWhatItSays(t *testing.T) {
	t.Parallel()
	s := openCheckoutShop(t)
	t.Run("more", func(t *testing.T) {
		t.Parallel()
		s := openCheckoutShop(t)
		p, payment, hold := s.partHeld(t, nil)
		p.open("")
		p.sees(http.StatusOK, "<h1>Pay EUR 5.00</h1>", ">Pay EUR 5.00</button>")
		if got := act(t, s.admin, "voidTransaction", "void", apptest.Vars{"transactionId": hold}); len(got.Errors) > 0 {
			t.Fatal(got.Errors)
		}
		p.submit("/pay", tokenField, "tok_approve")
		p.sees(http.StatusUnprocessableEntity, "it was EUR 5.00, and is EUR 20.00 now. Nothing was charged.", ">Pay EUR 20.00</button>", `value="tok_approve"`)
		if _, captured, n := s.attempts(t, payment); captured != 0 || n != 1 {
			t.Errorf("%d captured by %d attempts", captured, n)
		}
		p.submit("/pay", tokenField, "tok_approve")
		p.sees(http.StatusOK, "Thank you, EUR 20.00 were paid")
	})
	t.Run("less", func(t *testing.T) {
		t.Parallel()
		order := s.order(2000)
		p, payment := s.payer(t, apptest.Vars{"orders": one(order)})
		act(t, s.admin, "payOrders", "less", apptest.Vars{"orders": part(order, minor(1500)), "gatewayId": s.sandbox})
		p.submit("/pay", tokenField, "tok_approve")
		p.sees(http.StatusUnprocessableEntity, "it was EUR 20.00, and is EUR 5.00 now.", "<h1><span class=\"unseen\">Error: </span>Pay EUR 5.00</h1>", "To pay now")
		p.submit("/pay", tokenField, "tok_approve")
		p.sees(http.StatusOK, "Thank you, EUR 5.00 were paid", "What was left was paid otherwise")
		if _, captured, n := s.attempts(t, payment); captured != 500 || n != 1 {
			t.Errorf("%d captured by %d attempts", captured, n)
		}
		p.open("")
		p.sees(http.StatusOK, "<h1>Paid</h1>", "Thank you, EUR 5.00 were paid")
	})
	t.Run("no amount", func(t *testing.T) {
		t.Parallel()
		p, payment := s.payer(t, apptest.Vars{"amount": minor(700)})
		for _, amount := range []string{"", "x", "-700", "0", "7.00"} {
			q := *p
			q.submit("/pay", tokenField, "tok_approve", "amount", amount)
			q.sees(http.StatusBadRequest, "could not be read")
		}
		p.submit("/pay", tokenField, "tok_approve", "amount", "100")
		p.sees(http.StatusUnprocessableEntity, "it was EUR 1.00, and is EUR 7.00 now.")
		if _, captured, n := s.attempts(t, payment); captured != 0 || n != 0 {
			t.Errorf("%d captured by %d attempts", captured, n)
		}
	})
}

// TestCheckoutRecordsWhatWasPaid proves that a slip is of what the page told its payer to
// pay, whatever is left when it comes: the money is there, and can be booked whole.
func TestCheckoutRecordsWhatWasPaid(t *testing.T) {
	t.Parallel()
	slip := func(t *testing.T, s *shop, payment string) (id, status string, requested int64) {
		t.Helper()
		got := apptest.Do[struct {
			Payment struct {
				Transactions []struct {
					ID, Status      string
					RequestedAmount minorUnits
				}
			}
		}](t, s.admin, `query($id: ID!) { payment(by: { id: $id }) { transactions { id status requestedAmount { minorUnits } } } }`, apptest.Vars{"id": payment}).Payment.Transactions
		if len(got) == 0 {
			t.Fatal("no slip")
		}
		newest := got[len(got)-1]
		return newest.ID, newest.Status, newest.RequestedAmount.MinorUnits
	}
	for name, paid := range map[string]int64{"paid in part": 1500, "paid in full": 2000} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openCheckoutShop(t)
			order := s.order(2000)
			p, payment := s.payer(t, apptest.Vars{"orders": one(order), "gatewayIds": []string{s.local("BANK_TRANSFER", "Bank")}})
			p.sees(http.StatusOK, "I have paid EUR 20.00")
			if got := act(t, s.admin, "payOrders", "other", apptest.Vars{"orders": part(order, minor(paid)), "gatewayId": s.sandbox}); got.Payment == nil || got.Payment.Status != "PAID" {
				t.Fatalf("%+v", got)
			}
			form := p.values("/pay")
			if paid < 2000 {
				p.submit("/pay")
				p.sees(http.StatusUnprocessableEntity, "This is needed.", "I have paid EUR 20.00")
				form = p.values("/pay")
			}
			form.Set(slipField, "TRX-1")
			p.send(http.MethodPost, p.path+"/pay", form)
			p.sees(http.StatusOK, "checks what you told", "You do not have to pay again")
			p.send(http.MethodPost, p.path+"/pay", form)
			id, status, requested := slip(t, s, payment)
			if status != "PENDING_APPROVAL" || requested != 2000 {
				t.Fatalf("the slip is %s, of %d", status, requested)
			}
			form.Set("key", strings.Repeat("A", 26))
			form.Set(slipField, "TRX-2")
			p.send(http.MethodPost, p.path+"/pay", form)
			p.sees(http.StatusOK, "checks what you told")
			if again, _, _ := slip(t, s, payment); again != id {
				t.Error("what waits for approval was told once more")
			}
			if got := act(t, s.admin, "approveManualPayment", "yes", apptest.Vars{"transactionId": id, "allowSurplus": true}); len(got.Errors) > 0 {
				t.Fatal(got.Errors)
			}
			if _, captured, _ := s.attempts(t, payment); captured != 2000 {
				t.Errorf("%d captured", captured)
			}
			checkInvariants(t, s.api.Database.DB)
		})
	}
	t.Run("more is left", func(t *testing.T) {
		t.Parallel()
		s := openCheckoutShop(t)
		bank := s.local("BANK_TRANSFER", "Bank")
		p, payment, hold := s.partHeld(t, apptest.Vars{"gatewayIds": []string{s.sandbox, bank}})
		p.open("?gateway=" + bank)
		p.sees(http.StatusOK, "I have paid EUR 5.00")
		form := p.values("/pay")
		act(t, s.admin, "voidTransaction", "void", apptest.Vars{"transactionId": hold})
		p.submit("/pay", slipField, "TRX-1", "amount", "2001")
		p.sees(http.StatusUnprocessableEntity, "At most 20.00 EUR")
		form.Set(slipField, "TRX-1")
		form.Set("key", strings.Repeat("A", 26))
		p.send(http.MethodPost, p.path+"/pay", form)
		if _, status, requested := slip(t, s, payment); status != "PENDING_APPROVAL" || requested != 500 {
			t.Errorf("the slip is %s, of %d", status, requested)
		}
	})
	t.Run("another attempt has asked", func(t *testing.T) {
		t.Parallel()
		s := openCheckoutShop(t)
		bank := s.local("BANK_TRANSFER", "Bank")
		p, payment := s.payer(t, apptest.Vars{"amount": minor(2000), "gatewayIds": []string{s.sandbox, bank}})
		p.open("?gateway=" + bank)
		asked := act(t, s.admin, "processPayment", "otp", apptest.Vars{"paymentId": payment, "gatewayId": s.sandbox, "paymentToken": "tok_otp"})
		p.submit("/pay", slipField, "TRX-1")
		id, _, requested := slip(t, s, payment)
		if requested != 2000 {
			t.Fatalf("the slip is of %d", requested)
		}
		approve := apptest.Vars{"transactionId": id, "allowSurplus": true}
		if got := act(t, s.admin, "approveManualPayment", "early", approve).codes(); len(got) != 1 || got[0] != "PAYMENT_IN_PROGRESS" {
			t.Errorf("approved while the other may succeed: %v", got)
		}
		act(t, s.admin, "cancelTransaction", "off", apptest.Vars{"transactionId": asked.Transaction.ID})
		if got := act(t, s.admin, "approveManualPayment", "now", approve); got.Payment == nil || got.Payment.Status != "PAID" {
			t.Errorf("%+v", got)
		}
		checkInvariants(t, s.api.Database.DB)
	})
}
