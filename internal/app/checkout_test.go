package app_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

const tokenField = "form.paymentToken"

// lunch are lines with everything that lines can have, 18.90 after discounts.
var lunch = []apptest.Vars{{"productName": "Lunch", "productVariant": "large", "quantity": 2, "unitAmount": minor(1000),
	"modifiers": []apptest.Vars{{"modifierId": "ice", "productName": "Ice", "price": minor(50)}}}}

// TestCheckoutPays proves that a payer pays by the page alone, and sees what for.
func TestCheckoutPays(t *testing.T) {
	t.Parallel()
	s := openCheckoutShop(t)
	p, payment := s.payer(t, apptest.Vars{"lines": lunch, "customerId": s.customer, "discounts": []apptest.Vars{{"discountName": "Ten off", "type": "PERCENOFF", "value": 10}}})
	p.sees(http.StatusOK, "Pay EUR 18.90", "2 × Lunch, large", "EUR 21.00", "Ice", "EUR 0.50 each", "Ten off", "−EUR 2.10", "Phone number for the code", "(optional)", "no money moves")
	for _, personal := range []string{"Ana", "Martins", "ana@example.com"} {
		if strings.Contains(p.shown.body, personal) {
			t.Errorf("the page shows %s", personal)
		}
	}
	p.submit("/pay", tokenField, "tok_soft_decline")
	p.sees(http.StatusOK, "The last try did not work.", "You can try again", "Pay EUR 18.90")
	p.submit("/pay", tokenField, "tok_approve")
	p.sees(http.StatusOK, "Paid", "Thank you, EUR 18.90 were paid")
	if status, captured, n := s.attempts(t, payment); status != "PAID" || captured != 1890 || n != 2 {
		t.Errorf("%s, %d captured by %d attempts", status, captured, n)
	}
	if link := checkoutURL(t, s.admin, payment); link != "" {
		t.Errorf("a payment that is paid has the link %s", link)
	}
}

// TestCheckoutChargesOnce proves that a form counts once, however often it is sent, and
// that two pages of one payment do not charge it twice either.
func TestCheckoutChargesOnce(t *testing.T) {
	t.Parallel()
	s := openCheckoutShop(t)
	p, payment := s.payer(t, apptest.Vars{"amount": minor(700)})
	form := p.values("/pay")
	form.Set(tokenField, "tok_approve")
	other := s.visitor(t, publicURL+p.path)
	other.open("")
	second := other.values("/pay")
	if form.Get("key") == second.Get("key") {
		t.Error("two pages have one key")
	}
	var all sync.WaitGroup
	for i := range 8 {
		values := form
		if i%2 == 1 {
			values = second
		}
		all.Go(func() {
			q := s.visitor(t, publicURL+p.path)
			if q.send(http.MethodPost, q.path+"/pay", values); q.shown.status != http.StatusOK {
				t.Errorf("status %d: %s", q.shown.status, q.shown.body)
			}
		})
	}
	all.Wait()
	p.open("")
	p.sees(http.StatusOK, "EUR 7.00 were paid")
	p.send(http.MethodPost, p.path+"/pay", form)
	p.sees(http.StatusOK, "EUR 7.00 were paid")
	if status, captured, n := s.attempts(t, payment); status != "PAID" || captured != 700 || n != 1 {
		t.Errorf("%s, %d captured by %d attempts", status, captured, n)
	}
}

// TestCheckoutCode proves the way of a one-time password: wrong, missing, right, and too
// often wrong.
func TestCheckoutCode(t *testing.T) {
	t.Parallel()
	clock := &movingClock{}
	s := openCheckoutShop(t, clock.option())
	t.Run("wrong, then right", func(t *testing.T) {
		t.Parallel()
		p, payment := s.payer(t, apptest.Vars{"amount": minor(700)})
		p.submit("/pay", tokenField, "tok_otp", "form.otpPhone", "+351 912 345 678")
		p.sees(http.StatusOK, "Enter the code", "*** *** **42", "You have 5 tries")
		p.submit("/answer")
		p.sees(http.StatusUnprocessableEntity, "Please enter the code.", `aria-invalid="true"`, "Error: ")
		p.submit("/answer", "code", "000000")
		p.sees(http.StatusUnprocessableEntity, "That is not the code.", "You have 4 tries", `aria-describedby="problem-code about-code"`)
		p.submit("/answer", "code", " 123 456 ")
		p.sees(http.StatusOK, "EUR 7.00 were paid")
		if status, _, n := s.attempts(t, payment); status != "PAID" || n != 1 {
			t.Errorf("%s by %d attempts", status, n)
		}
	})
	t.Run("otherwise", func(t *testing.T) {
		t.Parallel()
		p, _ := s.payer(t, apptest.Vars{"amount": minor(700)})
		p.submit("/pay", tokenField, "tok_otp")
		p.submit("/another")
		p.sees(http.StatusOK, "Pay EUR 7.00", tokenField)
	})
	t.Run("too often", func(t *testing.T) {
		t.Parallel()
		p, payment := s.payer(t, apptest.Vars{"amount": minor(700)})
		for range 2 {
			p.submit("/pay", tokenField, "tok_otp")
			for range 5 {
				p.submit("/answer", "code", "000000")
			}
			p.sees(http.StatusUnprocessableEntity, "wrong too often")
		}
		form := p.values("/pay")
		p.submit("/pay", tokenField, "tok_otp")
		p.sees(http.StatusTooManyRequests, "Too many wrong codes")
		if p.shown.header.Get("Retry-After") == "" {
			t.Error("the page does not say when to come back")
		}
		form.Set("code", "123456")
		p.send(http.MethodPost, p.path+"/answer", form)
		p.sees(http.StatusTooManyRequests, "Too many wrong codes")
		for _, payload := range []string{"null", " null", "{}"} { // no way round it
			form.Set("payload", payload)
			p.send(http.MethodPost, p.path+"/answer", form)
			p.sees(http.StatusTooManyRequests, "Too many wrong codes")
		}
		if _, captured, n := s.attempts(t, payment); captured != 0 || n != 2 {
			t.Errorf("%d captured by %d attempts", captured, n)
		}
	})
}

// TestCheckoutActions proves the way to a provider's page and back, and a provider's form.
func TestCheckoutActions(t *testing.T) {
	t.Parallel()
	s := openCheckoutShop(t)
	t.Run("redirect", func(t *testing.T) {
		t.Parallel()
		p, payment := s.payer(t, apptest.Vars{"amount": minor(700)})
		p.submit("/pay", tokenField, "tok_redirect")
		p.sees(http.StatusOK, "Confirm at your provider", `href="`+p.path+`/provider"`)
		p.open("/provider")
		p.sees(http.StatusOK, "The provider of the sandbox", "/return?status=approved")
		provider, later := *p, *p
		p.follow("Refuse")
		p.sees(http.StatusOK, "It was cancelled.", "Nothing was charged.", "You can try again", "<title>The last try did not work")
		p.submit("/pay", tokenField, "tok_redirect")
		provider.follow("Confirm")
		if status, _, _ := s.attempts(t, payment); status != "REQUIRES_ACTION" {
			t.Errorf("by the address of the attempt before it became %s", status)
		}
		p.open("/provider")
		p.follow("Confirm")
		p.sees(http.StatusOK, "EUR 7.00 were paid")
		later.follow("Refuse")
		later.sees(http.StatusOK, "EUR 7.00 were paid")
	})
	t.Run("dropin", func(t *testing.T) {
		t.Parallel()
		p, _ := s.payer(t, apptest.Vars{"amount": minor(700)})
		p.submit("/pay", tokenField, "tok_dropin")
		p.sees(http.StatusOK, "The form of the sandbox")
		p.submit("/answer", "payload", `{"error":"access_denied"}`)
		p.sees(http.StatusOK, "It was cancelled.")
		p.submit("/pay", tokenField, "tok_dropin")
		p.submit("/answer", "payload", `{"status":"approved"}`)
		p.sees(http.StatusOK, "EUR 7.00 were paid")
	})
	t.Run("pending", func(t *testing.T) {
		t.Parallel()
		p, _ := s.payer(t, apptest.Vars{"amount": minor(700)})
		p.submit("/pay", tokenField, "tok_pending")
		p.sees(http.StatusOK, "We are waiting for the result", "Look again")
	})
	t.Run("held", func(t *testing.T) {
		t.Parallel()
		p, _ := s.payer(t, apptest.Vars{"amount": minor(700)})
		p.submit("/pay", tokenField, "tok_authorize")
		p.sees(http.StatusOK, "EUR 7.00 are reserved")
	})
	t.Run("cancelled", func(t *testing.T) {
		t.Parallel()
		p, payment := s.payer(t, apptest.Vars{"amount": minor(700)})
		act(t, s.admin, "cancelPayment", "cancel-"+payment, apptest.Vars{"paymentId": payment})
		p.open("")
		p.sees(http.StatusOK, "This payment was cancelled")
	})
}
