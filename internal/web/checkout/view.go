package checkout

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"

	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/service"
)

// kind is what the page is about.
type kind string

const (
	kindChoose      kind = "choose"
	kindForm        kind = "form"
	kindCode        kind = "code"
	kindRedirect    kind = "redirect"
	kindDropin      kind = "dropin"
	kindReturn      kind = "return"
	kindProvider    kind = "provider"
	kindPending     kind = "pending"
	kindPaid        kind = "paid"
	kindBack        kind = "back"
	kindHeld        kind = "held"
	kindCancelled   kind = "cancelled"
	kindExpired     kind = "expired"
	kindUnavailable kind = "unavailable"
)

// view is the page of a payment.
type view struct {
	service.Checkout
	// Path is the page's own.
	Path string
	Kind kind
	// IsSandbox: no money moves.
	IsSandbox bool
	// Key is the idempotency key of the form, made anew for each page: a form that is
	// sent twice counts once.
	Key string
	// Chosen is the way whose form is shown.
	Chosen *service.CheckoutWay
	Fields []field
	// IsLate: nobody has to pay Chosen any more, and who has can tell so.
	IsLate bool
	// Attempt waits for the payer; nil where none does.
	Attempt *pay.Transaction
	// Failed is why the newest attempt came to nothing; nil where it did not.
	Failed *pay.TransactionError
	// Rejected is what the payer told last to have paid, where the shop did not accept it; else
	// nil. Who paid it would pay again, or has paid twice.
	Rejected *pay.Transaction
	// Problem is what is wrong with what the payer sent, beside Fields and CodeProblem.
	Problem     string
	CodeProblem string
	// Again is the address that the payer came back to, to be opened once more.
	Again string
}

// field is one field of a gateway's form.
type field struct {
	pay.GatewayParameter
	Value, Problem string
}

// read reads the payment as it is now and chooses what the page is about.
func (x *site) read(v *visit) (*view, error) {
	c, err := x.service.Checkout(v.r.Context(), v.payment)
	if err != nil {
		return nil, err
	}
	p := &view{Checkout: c, Path: v.path, Key: rand.Text(), IsSandbox: v.payer.Environment == pay.Sandbox}
	for i := range c.Attempts {
		if c.Attempts[i].Action() != nil {
			p.Attempt = &c.Attempts[i]
		}
		switch t := &c.Attempts[i]; {
		case t.Status == pay.TransactionRejected:
			p.Rejected = t
		case t.ManualReference != nil && t.Status != pay.TransactionCancelled:
			p.Rejected = nil
		}
	}
	if n := len(c.Attempts); n > 0 && len(c.Ways) > 0 {
		p.Failed = c.Attempts[n-1].Error()
	}
	p.Kind = p.choose()
	if len(c.Ways) == 1 && p.Kind == kindChoose {
		p.open(&c.Ways[0])
	}
	return p, nil
}

// choose says what the page is about.
func (p *view) choose() kind {
	switch {
	case p.Payment.Closed != nil && *p.Payment.Closed == pay.PaymentExpired, p.Payment.Closed == nil && p.IsOver:
		return kindExpired
	case p.Payment.Closed != nil || p.Payment.CancelRequestedAt != nil:
		return kindCancelled
	case p.Attempt != nil && !p.isTold():
		return p.chooseAction()
	case len(p.Ways) > 0:
		return kindChoose
	}
	return p.result()
}

// result is what the page is about where there is nothing to do.
func (p *view) result() kind {
	of := p.Payment
	switch {
	case p.IsChecked(), of.InFlightMinor > 0, of.Status == pay.PaymentProcessing, of.Status == pay.PaymentOnRetry, of.Status == pay.PaymentRequiresAction:
		return kindPending
	case of.Status == pay.PaymentRefunded:
		return kindBack
	case of.Status == pay.PaymentConfirmed, !p.IsSetup() && of.CapturedMinor >= of.FinalMinor, p.IsPaidOtherwise:
		return kindPaid
	case of.HeldMinor > 0:
		return kindHeld
	case p.IsAskedOtherwise:
		return kindPending
	}
	return kindUnavailable
}

func (p *view) chooseAction() kind {
	switch p.Attempt.Action().Type {
	case pay.ActionOTP:
		return kindCode
	case pay.ActionRedirect:
		if p.Provider() != "" {
			return kindRedirect
		}
	case pay.ActionDropin:
		if p.rehearses() {
			return kindDropin
		}
	}
	return kindPending
}

// open shows the form of a way.
func (p *view) open(way *service.CheckoutWay) {
	p.Kind, p.Chosen, p.Fields = kindForm, way, nil
	for _, param := range way.Form {
		if param.IsVisible || param.IsRequired {
			param.FriendlyName = nameOf(way, param)
			p.Fields = append(p.Fields, field{GatewayParameter: param})
		}
	}
}

// wayOf finds a gateway among ways.
func wayOf(ways []service.CheckoutWay, id string) *service.CheckoutWay {
	for i := range ways {
		if ways[i].Gateway.GlobalID() == id {
			return &ways[i]
		}
	}
	return nil
}

// HasProblems says whether something that the payer sent is wrong.
func (p *view) HasProblems() bool {
	for _, f := range p.Fields {
		if f.Problem != "" {
			return true
		}
	}
	return p.Problem != "" || p.CodeProblem != ""
}

// Provider is where the payer has to go, by a link; "" where no link leads there.
func (p *view) Provider() string {
	if p.rehearses() {
		return p.Path + "/provider"
	}
	action := p.Attempt.Action()
	if action == nil || action.URL == nil {
		return ""
	}
	u, err := url.Parse(*action.URL)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return ""
	}
	return *action.URL
}

// Phone is where the code was sent to, masked by the provider; "" where it does not say.
func (p *view) Phone() string {
	var data struct{ MaskedPhone string }
	if json.Unmarshal(p.Attempt.Action().Data, &data) != nil {
		return ""
	}
	return data.MaskedPhone
}

// TriesLeft is how many codes may still be wrong.
func (p *view) TriesLeft() int { return max(0, pay.MaxActionTries-p.Attempt.ActionTries) }

// OfLines is what the lines' own discounts took off, before those of the whole.
func (p *view) OfLines() money.Money {
	off := p.Payment.DiscountAmount()
	for _, d := range p.Discounts {
		off.Minor -= d.AppliedMinor
	}
	return off
}

// IsSetup says that a method is saved and nothing collected.
func (p *view) IsSetup() bool { return p.Payment.Mode == pay.ModeSetup }

// IsFor is the heading: what is to be done, or what came of it.
func (p *view) IsFor() string {
	switch p.Kind {
	case kindBack:
		return "Paid back"
	case kindPaid:
		if p.IsSetup() {
			return "Saved"
		}
		return "Paid"
	case kindHeld:
		return "Reserved"
	case kindPending:
		return "In progress"
	case kindCancelled:
		return "Cancelled"
	case kindExpired:
		return "Expired"
	case kindUnavailable:
		return "Not possible now"
	}
	switch {
	case p.IsSetup():
		return "Save a way to pay"
	case p.IsLate:
		return "Tell what you have paid"
	}
	return "Pay " + amount(p.Due())
}

// Due is what is to be paid now: by the form that is shown, by the attempt that waits for the
// payer, or by whatever they choose.
func (p *view) Due() money.Money {
	switch {
	case p.Chosen != nil:
		return p.Chosen.Amount
	case p.Attempt != nil:
		return p.Attempt.RequestedAmount()
	case len(p.Ways) > 0:
		return slices.MaxFunc(p.Ways, func(a, b service.CheckoutWay) int { return cmp.Compare(a.Amount.Minor, b.Amount.Minor) }).Amount
	}
	return p.Payment.OutstandingAmount()
}

// IsPart says that what is to be paid now is not all that the payment has open.
func (p *view) IsPart() bool {
	switch p.Kind {
	case kindChoose, kindForm, kindCode, kindRedirect, kindDropin, kindReturn, kindProvider:
		return !p.IsLate && p.Due() != p.Payment.OutstandingAmount()
	}
	return false
}

// steps are what is to be done now, on pages whose headings do not say it.
var steps = map[kind]string{kindCode: "Enter the code", kindRedirect: "Confirm at your provider", kindReturn: "Welcome back",
	kindProvider: "The provider of the sandbox", kindDropin: "The form of the sandbox"}

// Title is what the browser calls the page, and the first that somebody hears of it who does
// not see it: whether something is wrong, and what is to be done.
func (p *view) Title() string {
	title := p.IsFor() + " · " + p.Company.Name
	if step := steps[p.Kind]; step != "" {
		title = step + " · " + title
	}
	switch {
	case p.HasProblems():
		title = "Error: " + title
	case p.Failed != nil:
		title = "The last try did not work · " + title
	}
	return title
}

// IsCalledOff says that the newest attempt was cancelled, by the payer or for them: what
// gateways say of that is about the payer, and not to them.
func (p *view) IsCalledOff() bool { return p.Failed.Code == pay.ErrorCancelled }

// IsUncharged says that the newest attempt is known to have taken nothing.
func (p *view) IsUncharged() bool { return p.IsCalledOff() || p.Failed.Code == pay.ErrorDeclined }

// amount writes an amount with all decimal places that its currency has.
func amount(m money.Money) string { return string(m.Currency) + " " + m.Decimal() }

// show is the page of the payment as it is now.
func (x *site) show(v *visit) error {
	p, err := x.read(v)
	if err != nil {
		return err
	}
	if way := wayOf(p.Ways, v.r.Form.Get("gateway")); way != nil && p.Kind == kindChoose {
		p.open(way)
	}
	x.write(v.w, http.StatusOK, "page.html", p)
	return nil
}
