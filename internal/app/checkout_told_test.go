package app_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// TestCheckoutOfWhatIsPaidOtherwise proves that nobody is asked to pay what another link's
// payer has paid, or is about to.
func TestCheckoutOfWhatIsPaidOtherwise(t *testing.T) {
	t.Parallel()
	s := openCheckoutShop(t)
	order := s.order(2000)
	first, _ := s.payer(t, apptest.Vars{"orders": one(order)})
	second := s.visitor(t, checkoutURL(t, s.admin, s.created(t, "second", apptest.Vars{"orders": one(order), "gatewayIds": []string{s.sandbox}}).Payment.ID))
	second.open("")
	form := second.values("/pay")
	form.Set(tokenField, "tok_approve")
	first.submit("/pay", tokenField, "tok_otp")
	second.open("")
	second.sees(http.StatusOK, "<h1>In progress</h1>", "Another payment for the same is under way")
	first.submit("/answer", "code", "123456")
	second.open("")
	second.sees(http.StatusOK, "<h1>Paid</h1>", "Nothing has to be paid", "paid otherwise")
	second.send(http.MethodPost, second.path+"/pay", form)
	second.sees(http.StatusOK, "<h1>Paid</h1>", "Nothing has to be paid")
}

// TestCheckoutOfLateSlips proves that who has paid what was paid otherwise meanwhile keeps the
// form to tell it by when something is wrong with what they sent, that it asks nobody to pay,
// and that it stays one of what they have paid.
func TestCheckoutOfLateSlips(t *testing.T) {
	t.Parallel()
	s := openCheckoutShop(t)
	bank := s.local("BANK_TRANSFER", "Bank")
	used, _ := s.payer(t, apptest.Vars{"amount": minor(100), "gatewayIds": []string{bank}})
	used.submit("/pay", slipField, "TRX-1")
	late := func(key string, paid int64) *payer {
		t.Helper()
		order := s.order(2000)
		p := s.visitor(t, checkoutURL(t, s.admin, s.created(t, key, apptest.Vars{"orders": one(order), "gatewayIds": []string{bank}}).Payment.ID))
		p.open("")
		if got := act(t, s.admin, "payOrders", "other-"+key, apptest.Vars{"orders": part(order, minor(paid)), "gatewayId": s.sandbox}); got.Payment == nil {
			t.Fatalf("%+v", got)
		}
		return p
	}
	p := late("whole", 2000)
	for _, sent := range []struct{ number, told string }{{"", "This is needed."}, {"TRX-1", "This was given for a payment already."}} {
		p.submit("/pay", slipField, sent.number)
		p.sees(http.StatusUnprocessableEntity, sent.told, "Tell what you have paid", "Do not pay now:", "If you have paid EUR 20.00 with Bank already", "I have paid EUR 20.00", `value="`+sent.number+`"`)
		for _, wrong := range []string{"To pay now", "01711-000000", "<h1>Pay"} {
			if strings.Contains(p.shown.body, wrong) {
				t.Errorf("who need not pay sees %q: %s", wrong, p.shown.body)
			}
		}
	}
	p.submit("/pay", slipField, "TRX-2")
	p.sees(http.StatusOK, "checks what you told")

	p = late("part", 1500)
	p.submit("/pay", slipField, "TRX-1")
	p.sees(http.StatusUnprocessableEntity, "This was given for a payment already.", "I have paid EUR 20.00")
	p = late("off", 2000)
	apptest.Do[any](t, s.admin, `mutation($id: ID!) { updatePaymentGateway(input: { id: $id, isEnabled: false }) { errors { code } } }`, apptest.Vars{"id": bank})
	p.submit("/pay", slipField, "TRX-3")
	p.sees(http.StatusUnprocessableEntity, "If you have paid already, please ask")
}

// TestCheckoutOfSlipsOfTheRest proves that who has told to have paid what was left is not asked to
// pay, and is told that it is being checked, also where the payment has money already.
func TestCheckoutOfSlipsOfTheRest(t *testing.T) {
	t.Parallel()
	s := openCheckoutShop(t)
	bank := s.local("BANK_TRANSFER", "Bank")
	p, payment := s.payer(t, apptest.Vars{"amount": minor(2000), "gatewayIds": []string{s.sandbox, bank}})
	act(t, s.admin, "processPayment", "part", apptest.Vars{"paymentId": payment, "amount": minor(500), "gatewayId": s.sandbox, "paymentToken": "tok_approve"})
	p.open("?gateway=" + bank)
	p.sees(http.StatusOK, "I have paid EUR 15.00")
	p.submit("/pay", slipField, "TRX-1")
	p.sees(http.StatusOK, "<h1>In progress</h1>", "checks what you told", "You do not have to pay again")
}

// TestCheckoutTellsOfRejection proves that who told of money that was not found is told so
// before they pay again.
func TestCheckoutTellsOfRejection(t *testing.T) {
	t.Parallel()
	s := openCheckoutShop(t)
	bank := s.local("BANK_TRANSFER", "Bank")
	p, payment := s.payer(t, apptest.Vars{"amount": minor(2000), "gatewayIds": []string{bank, s.sandbox}})
	p.open("?gateway=" + bank)
	p.submit("/pay", slipField, "TRX-1")
	slip := apptest.Do[struct {
		Payment struct{ Transactions []struct{ ID string } }
	}](t, s.admin, `query($id: ID!) { payment(by: { id: $id }) { transactions { id } } }`, apptest.Vars{"id": payment}).Payment.Transactions[0].ID
	act(t, s.admin, "rejectManualPayment", "no", apptest.Vars{"transactionId": slip, "reason": "not among our bookings"})
	p.open("?gateway=" + bank)
	p.sees(http.StatusOK, `role="alert"`, "did not accept the EUR 20.00 that you told to have paid.", "before you pay again", "I have paid EUR 20.00")
	if strings.Contains(p.shown.body, "bookings") {
		t.Error("the page shows what staff wrote to each other")
	}
	act(t, s.admin, "processPayment", "card", apptest.Vars{"paymentId": payment, "gatewayId": s.sandbox, "paymentToken": "tok_approve"})
	p.open("")
	p.sees(http.StatusOK, "Thank you, EUR 20.00 were paid", "did not accept the EUR 20.00 that you told to have paid.", "If you did pay, please ask")
	if strings.Contains(p.shown.body, "before you pay again") {
		t.Error("the page of what is paid speaks of paying")
	}
	act(t, s.admin, "submitManualPayment", "again", apptest.Vars{"paymentId": payment, "gatewayId": bank, "transactionReference": "TRX-2", "amount": minor(2000), "allowSurplus": true})
	p.open("")
	p.sees(http.StatusOK, "checks what you told")
	if strings.Contains(p.shown.body, "did not accept") {
		t.Error("the page tells of a rejection while what was told after it is checked")
	}
}

// TestCheckoutOfSlipsBesideAttempts proves that who has told to have paid is asked by no other
// attempt for the same money, also by a page that was shown before, and that what they told of
// a part leaves the rest to be paid.
func TestCheckoutOfSlipsBesideAttempts(t *testing.T) {
	t.Parallel()
	s := openCheckoutShop(t)
	bank := s.local("BANK_TRANSFER", "Bank")
	ways := apptest.Vars{"amount": minor(2000), "gatewayIds": []string{s.sandbox, bank}}
	card, payment := s.payer(t, ways)
	transfer := *card
	transfer.open("?gateway=" + bank)
	card.open("?gateway=" + s.sandbox)
	card.submit("/pay", tokenField, "tok_otp")
	card.sees(http.StatusOK, "Enter the code")
	transfer.submit("/pay", slipField, "TRX-1")
	card.submit("/answer", "code", "123456")
	for _, p := range []*payer{&transfer, card} {
		p.sees(http.StatusOK, "<h1>In progress</h1>", "checks what you told", "You do not have to pay again")
		if strings.Contains(p.shown.body, `name="code"`) || strings.Contains(p.shown.body, "Pay EUR") {
			t.Errorf("who need not pay sees %s", p.shown.body)
		}
	}
	if _, captured, n := s.attempts(t, payment); captured != 0 || n != 2 {
		t.Errorf("%d captured by %d attempts", captured, n)
	}
	if checkoutURL(t, s.admin, payment) == "" {
		t.Error("the link is gone while a slip waits")
	}

	part := s.created(t, "part", ways).Payment.ID
	act(t, s.admin, "submitManualPayment", "part", apptest.Vars{"paymentId": part, "gatewayId": bank, "transactionReference": "TRX-2", "amount": minor(1200)})
	p := s.visitor(t, checkoutURL(t, s.admin, part))
	p.open("?gateway=" + s.sandbox)
	p.submit("/pay", tokenField, "tok_otp")
	p.sees(http.StatusOK, "<h1>Pay EUR 8.00</h1>", "Enter the code")
	p.submit("/answer", "code", "123456")
	p.sees(http.StatusOK, "checks what you told")
	if _, captured, _ := s.attempts(t, part); captured != 800 {
		t.Errorf("%d captured of the rest", captured)
	}
}

// TestCheckoutLinkOfSlips proves that the link of a payment that is held in full, or paid, stays
// while a slip waits, and no longer.
func TestCheckoutLinkOfSlips(t *testing.T) {
	t.Parallel()
	s := openCheckoutShop(t)
	bank := s.local("BANK_TRANSFER", "Bank")
	payment := s.created(t, "held", apptest.Vars{"amount": minor(2000), "gatewayIds": []string{s.sandbox, bank}}).Payment.ID
	hold := act(t, s.admin, "processPayment", "hold", apptest.Vars{"paymentId": payment, "gatewayId": s.sandbox, "paymentToken": "tok_approve", "capture": false})
	there := func(step string, want bool) {
		t.Helper()
		if got := checkoutURL(t, s.admin, payment); (got != "") != want {
			t.Errorf("%s: the link is %q", step, got)
		}
	}
	there("held", false)
	slip := act(t, s.admin, "submitManualPayment", "slip", apptest.Vars{"paymentId": payment, "gatewayId": bank, "transactionReference": "TRX-1", "amount": minor(2000), "allowSurplus": true})
	there("held, and a slip", true)
	if got := act(t, s.admin, "captureTransaction", "capture", apptest.Vars{"transactionId": hold.Transaction.ID}); got.Payment == nil {
		t.Fatalf("%+v", got)
	}
	there("paid, and a slip", true)
	act(t, s.admin, "rejectManualPayment", "no", apptest.Vars{"transactionId": slip.Transaction.ID, "reason": "not there"})
	there("paid", false)
}

// TestCheckoutOfParts proves that an attempt for a part is confirmed under its own amount.
func TestCheckoutOfParts(t *testing.T) {
	t.Parallel()
	s := openCheckoutShop(t)
	for token, path := range map[string]string{"tok_otp": "", "tok_redirect": "/provider", "tok_dropin": ""} {
		t.Run(token, func(t *testing.T) {
			t.Parallel()
			p, payment := s.payer(t, apptest.Vars{"amount": minor(2000)})
			act(t, s.admin, "processPayment", token, apptest.Vars{"paymentId": payment, "amount": minor(500), "gatewayId": s.sandbox, "paymentToken": token})
			p.open(path)
			p.sees(http.StatusOK, "<h1>Pay EUR 5.00</h1>", "Pay EUR 5.00 · ", "To pay now")
			if strings.Contains(p.shown.body, "Pay EUR 20.00") {
				t.Errorf("the page is %s", p.shown.body)
			}
		})
	}
}

// TestCheckoutOfWhatWentBack proves that the page of a payment that was refunded says so, and
// that the one link of a page has one way to write it.
func TestCheckoutOfWhatWentBack(t *testing.T) {
	t.Parallel()
	s := openCheckoutShop(t)
	p, payment := s.payer(t, apptest.Vars{"amount": minor(2000)})
	form := p.values("/pay")
	p.submit("/pay", tokenField, "tok_soft_decline")
	p.sees(http.StatusOK, "The last try did not work.")
	form.Set(tokenField, "tok_approve")
	q := *p
	q.send(http.MethodPost, q.path+"/pay", form)
	q.sees(http.StatusUnprocessableEntity, "This form was sent before, with something else in it.", "Pay EUR 20.00")
	p.submit("/pay", tokenField, "tok_approve")
	act(t, s.admin, "refundPayment", "back", apptest.Vars{"paymentId": payment})
	p.open("")
	p.sees(http.StatusOK, "<h1>Paid back</h1>", "EUR 20.00 were paid back")
	for _, end := range []string{"%0a", "%0d%0a"} {
		p.open(end)
		p.sees(http.StatusNotFound, "This link leads nowhere")
	}
}
