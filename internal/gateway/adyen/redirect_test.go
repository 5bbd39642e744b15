package adyen_test

import (
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/adyen"
	"github.com/paygraph/paygraph/internal/gateway/adyen/adyentest"
	"github.com/paygraph/paygraph/internal/pay"
)

// redirect is a request through a gateway that takes one method with a page of its own.
func redirect() gateway.ChargeRequest {
	r := request("")
	r.Token, r.Settings = "", settings(adyen.RedirectMethod, adyentest.PageMethod)
	return r
}

// TestRedirectMethod proves that a method with a page of its own needs neither a token nor a
// script, and sends payers back to where the attempt says.
func TestRedirectMethod(t *testing.T) {
	t.Parallel()
	s := adyentest.New(t)
	c := adyen.New(s.URL)
	if scripter := c.(gateway.Scripter); scripter.NeedsScript(redirect().Settings) || !scripter.NeedsScript(settings()) {
		t.Error("only gateways whose form asks for the method need a script")
	}
	for _, back := range []string{"", "https://pay.example.com/checkout/x/return"} {
		r := redirect()
		r.ReturnURL = back
		f, err := c.Charge(t.Context(), r)
		if err != nil || f.To != pay.TransactionRequiresAction || f.Action.Type != pay.ActionRedirect {
			t.Fatalf("%+v, %v", f, err)
		}
		if back == "" {
			back = "https://shop.example/back"
		}
		sent := s.Requests(r.AttemptID)[0].Text
		if !strings.Contains(sent, `"returnUrl":"`+back+`"`) || !strings.Contains(sent, `"paymentMethod":{"type":"ideal"}`) {
			t.Errorf("sent %s", sent)
		}
		r.Action = pay.ActionRedirect
		if _, err := c.(gateway.Completer).Complete(t.Context(), r, gateway.Answer{Payload: adyentest.Token(adyentest.Visa)}); class(err) != "wrong answer" {
			t.Errorf("a state of the form: %v", err)
		}
		if f, err := c.(gateway.Completer).Complete(t.Context(), r, gateway.Answer{Payload: s.Act(r.AttemptID, true)}); err != nil || f.To != pay.TransactionCaptured {
			t.Errorf("%+v, %v", f, err)
		}
	}
	saving := redirect()
	saving.Amount.Minor, saving.Capture = 0, false
	if f, err := c.(gateway.Saver).Save(t.Context(), saving); err != nil || f.Action == nil || f.Action.Type != pay.ActionDropin {
		t.Errorf("saving: %+v, %v", f, err)
	}
}

// TestRedirectMethodChanges proves that nothing is concluded from the setting that was made,
// or is gone, since an attempt was sent.
func TestRedirectMethodChanges(t *testing.T) {
	t.Parallel()
	s := adyentest.New(t)
	c := adyen.New(s.URL)
	sent := redirect()
	if _, err := c.Charge(t.Context(), sent); err != nil {
		t.Fatal(err)
	}
	sent.Action, sent.Settings = pay.ActionRedirect, settings()
	if _, err := c.Lookup(t.Context(), sent); class(err) != "open" {
		t.Errorf("Lookup without the setting: %v", err)
	}
	o := gateway.OperationRequest{OperationID: pay.NewID().String(), Attempt: sent, Amount: sent.Amount}
	if f, err := c.(gateway.Canceller).Cancel(t.Context(), o); err != nil || f.To != pay.OperationPending {
		t.Errorf("Cancel without the setting: %+v, %v", f, err)
	}
	form := redirect()
	form.Action = pay.ActionDropin
	if f, err := c.Lookup(t.Context(), form); err != nil || f.Action == nil || f.Action.Type != pay.ActionDropin {
		t.Errorf("Lookup of what waits for the form: %+v, %v", f, err)
	}
	o.Attempt = form
	if f, err := c.(gateway.Canceller).Cancel(t.Context(), o); err != nil || f.To != pay.OperationSucceeded || len(s.Requests(form.AttemptID)) != 0 {
		t.Errorf("Cancel of what waits for the form: %+v, %v", f, err)
	}
}

// TestRefusedWhenSentAgain proves that what is refused when it is sent again to hear what
// became of it is no word on the first request.
func TestRefusedWhenSentAgain(t *testing.T) {
	t.Parallel()
	s := adyentest.New(t)
	c := adyen.New(s.URL)
	r := request(adyentest.PaymentLost)
	if _, err := c.Charge(t.Context(), r); class(err) != "open" {
		t.Fatal(err)
	}
	broken(t, s, adyentest.Fault{Kind: adyentest.Refused, Operation: "payment", Attempt: r.AttemptID})
	r.Same = true
	if f, err := c.Charge(t.Context(), r); class(err) != "open" {
		t.Errorf("%s, %v", f.To, err)
	}
	if f, err := c.Charge(t.Context(), r); err != nil || f.To != pay.TransactionCaptured {
		t.Errorf("%s, %v", f.To, err)
	}
	if b := s.Books(r.AttemptID); b.Captured != "12.34" || b.Payments != 1 {
		t.Errorf("Adyen has %+v", b)
	}
}
