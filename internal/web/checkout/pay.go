package checkout

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/service"
)

// fieldPrefix begins the names of the fields of a gateway's form, so that a parameter of
// any name is none of the page's own.
const fieldPrefix = "form."

// pay makes an attempt through the chosen gateway, once for each page that was shown.
func (x *site) pay(v *visit) error {
	p, err := x.read(v)
	if err != nil {
		return err
	}
	key, ok := v.key()
	switch {
	case !ok:
		return errForm
	case p.Wait > 0:
		x.tooOften(v.w, p.Wait)
		return nil
	}
	id := v.r.PostForm.Get("gateway")
	shown, ok := v.shown()
	if !ok && !p.IsSetup() {
		return errForm
	}
	isSlip := v.r.PostForm.Get("manual") != ""
	if p.openSent(id, isSlip, shown) && p.fill(v) {
		p.Problem = strings.TrimSpace(p.changed(shown) + " Please fill in what is missing.")
		x.write(v.w, http.StatusUnprocessableEntity, "page.html", p)
		return nil
	}
	if isSlip {
		return x.submitManual(v, key, id, v.form(), shown)
	}
	in := service.ProcessPaymentInput{IdempotencyKey: key, PaymentID: pay.FormatID(pay.KindPayment, v.payment), GatewayID: &id, Capture: true, Form: v.form()}
	if !p.IsSetup() {
		in.Amount, in.IsRest = minorUnits(shown), true
	}
	// Asked even where the gateway is none of the ways now: the form may be sent twice.
	_, err = x.service.ProcessPayment(v.r.Context(), in)
	return x.settle(v, err, func(p *view, e *pay.Error) {
		if p.Chosen == nil {
			p.openSent(id, false, shown)
		}
		p.fill(v)
		if p.Problem = p.changed(shown); e.Code == pay.CodeAmountMismatch {
			p.Problem = cmp.Or(p.Problem, "The amount had changed. Nothing was charged: please look at it, and send the form again.")
			return
		}
		if at := e.Path; len(at) == 4 && at[1] == "form" {
			if i, err := strconv.Atoi(at[2]); err == nil && i < len(in.Form) && p.blame(in.Form[i].ParameterID, e.Message) {
				return
			}
		}
		p.Problem = strings.TrimSpace(p.Problem + " " + e.Message)
	})
}

// changed says that the button has another amount now than that of the form which was sent, in
// minor units; "" where it has not. Nobody pays more than the page said, and who paid less
// would take the rest for paid.
func (p *view) changed(shown int64) string {
	if p.Chosen == nil || p.Chosen.Amount.Minor == shown {
		return ""
	}
	was := money.Money{Minor: shown, Currency: p.Chosen.Amount.Currency}
	return "The amount has changed: it was " + amount(was) + ", and is " + amount(p.Chosen.Amount) + " now. Nothing was charged."
}

// openSent opens the form of a way that was sent, if there still is one. Who has paid outside a
// gateway has paid what the page told them then, and has something to tell also where nobody has
// to pay that any more.
func (p *view) openSent(id string, isSlip bool, shown int64) bool {
	way := wayOf(p.Ways, id)
	if way == nil && isSlip {
		way = wayOf(p.Slips, id)
		p.IsLate = way != nil
	}
	if way == nil {
		return false
	}
	if way.IsManual && shown > 0 && shown <= p.Payment.FinalMinor {
		way.Amount.Minor = shown
	}
	p.open(way)
	return true
}

// shown is the amount that the form had on its button, in minor units of the payment's currency.
func (v *visit) shown() (int64, bool) {
	minor, err := strconv.ParseInt(v.r.PostForm.Get("amount"), 10, 64)
	return minor, err == nil && minor > 0
}

func minorUnits(minor int64) *pay.MoneyInput { return &pay.MoneyInput{MinorUnits: &minor} }

// settle answers a form that the service took or refused. What only says that the payment
// has moved on leads to the page, which shows it.
func (x *site) settle(v *visit, err error, blame func(*view, *pay.Error)) error {
	refusals := pay.AsErrors(err)
	if err == nil {
		return v.again()
	}
	if len(refusals) == 0 {
		return err
	}
	for _, e := range refusals {
		switch e.Code {
		case pay.CodeInvalidState, pay.CodePaymentClosed, pay.CodePaymentInProgress, pay.CodeIdempotencyInProgress, pay.CodeActionExpired, pay.CodeNotFound,
			pay.CodeOrderAlreadyPaid, pay.CodeInvoiceAlreadyPaid:
			return v.again()
		}
	}
	p, err := x.read(v)
	if err != nil {
		return err
	}
	for _, e := range refusals {
		if e.Code == pay.CodeIdempotencyKeyReused {
			e = pay.Refuse(e.Code, nil, "This form was sent before, with something else in it. Please look whether it is right now, and send it again.")
		}
		blame(p, e)
	}
	x.write(v.w, http.StatusUnprocessableEntity, "page.html", p)
	return nil
}

// fill puts what the payer sent back into the fields, and says whether something that is
// needed is missing.
func (p *view) fill(v *visit) (missing bool) {
	for i := range p.Fields {
		f := &p.Fields[i]
		if f.Value = strings.TrimSpace(v.r.PostForm.Get(fieldPrefix + f.ParameterID)); f.Value == "" && f.IsRequired {
			f.Problem, missing = "This is needed.", true
		}
	}
	return missing
}

// blame ties a problem to its field, if that is shown.
func (p *view) blame(parameterID, message string) bool {
	for i := range p.Fields {
		if p.Fields[i].ParameterID == parameterID {
			p.Fields[i].Problem = message
			return true
		}
	}
	return false
}

// form reads the fields of the gateway's form, by name: a form that is sent twice must be the
// same request. Those that are empty were left out.
func (v *visit) form() (list []service.FormValueInput) {
	for _, name := range slices.Sorted(maps.Keys(v.r.PostForm)) {
		if id, ok := strings.CutPrefix(name, fieldPrefix); ok {
			for _, value := range v.r.PostForm[name] {
				if value = strings.TrimSpace(value); value != "" {
					list = append(list, service.FormValueInput{ParameterID: id, Value: value})
				}
			}
		}
	}
	return list
}

// key is the idempotency key of the form that was sent. It is bound to the payment: a
// payer who makes keys up meets none but those of their own page.
func (v *visit) key() (string, bool) {
	text := v.r.PostForm.Get("key")
	if len(text) < 20 || len(text) > 64 || strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
		return "", false
	}
	return "checkout:" + v.payment.String() + ":" + text, true
}
