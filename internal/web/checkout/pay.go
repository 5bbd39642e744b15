package checkout

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

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
	if way := p.way(id); way != nil {
		p.open(way)
		if p.fill(v) {
			p.Problem = "Please fill in what is missing."
			x.write(v.w, http.StatusUnprocessableEntity, "page.html", p)
			return nil
		}
	}
	if v.r.PostForm.Get("manual") != "" {
		return x.submitManual(v, key, id, v.form())
	}
	in := service.ProcessPaymentInput{IdempotencyKey: key, PaymentID: pay.FormatID(pay.KindPayment, v.payment), GatewayID: &id, Capture: true, Form: v.form()}
	// Asked even where the gateway is none of the ways now: the form may be sent twice.
	_, err = x.service.ProcessPayment(v.r.Context(), in)
	return x.settle(v, err, func(p *view, e *pay.Error) {
		if way := p.way(id); way != nil && p.Chosen == nil {
			p.open(way)
		}
		p.fill(v)
		if at := e.Path; len(at) == 4 && at[1] == "form" {
			if i, err := strconv.Atoi(at[2]); err == nil && i < len(in.Form) && p.blame(in.Form[i].ParameterID, e.Message) {
				return
			}
		}
		p.Problem = e.Message
	})
}

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
		case pay.CodeInvalidState, pay.CodePaymentClosed, pay.CodePaymentInProgress, pay.CodeIdempotencyInProgress, pay.CodeActionExpired, pay.CodeNotFound:
			return v.again()
		}
	}
	p, err := x.read(v)
	if err != nil {
		return err
	}
	for _, e := range refusals {
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
