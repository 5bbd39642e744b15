package service

import (
	"slices"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// FormValueInput is the payer's answer to one form parameter of a gateway.
type FormValueInput struct {
	ParameterID string
	Value       string
}

// means is what the payer brings to an attempt.
type means struct {
	token    *string
	vouchers *int
	form     pay.Form
}

// tender checks what an attempt is paid with, as far as no gateway is needed for it.
func (c *checks) tender(token, method *string, vouchers *int, at pay.Path) {
	c.token(token, 1, maxToken, at.Then("paymentToken"))
	if token != nil && method != nil {
		c.Addf(pay.CodeInvalidInput, at.Then("paymentToken"), "A stored method brings its own token.")
	}
	if vouchers != nil && (*vouchers < 1 || *vouchers > 1000) {
		c.Addf(pay.CodeInvalidInput, at.Then("voucherCount"), "Between 1 and 1000 vouchers are accepted.")
	}
}

// maxToken bounds a token, and maxFormValue the other values of a form.
const (
	maxToken     = 255
	maxFormValue = 500
)

// means reads what the payer brings against what the plan's gateway takes. The
// token of a form is the same as paymentToken.
func (c *checks) means(p plan, token *string, vouchers *int, values []FormValueInput) means {
	at, g := pay.At("input"), p.gateway
	m := means{token: token, vouchers: vouchers, form: c.form(g, values, at.Then("form"))}
	if vouchers != nil && (g.Kind != pay.KindVoucher || p.isSetup) {
		c.Addf(pay.CodeInvalidInput, at.Then("voucherCount"), "No vouchers are tendered here.")
	}
	field := g.Parameters.Form(gateway.TokenParameter)
	if field == nil {
		return m
	}
	for i, v := range values {
		if v.ParameterID != gateway.TokenParameter {
			continue
		}
		path := at.Then("form").Index(i).Then("value")
		if p.method != nil {
			c.Addf(pay.CodeInvalidInput, path, "A stored method brings its own token.")
		} else if token != nil && *token != v.Value {
			c.Addf(pay.CodeInvalidInput, path, "It differs from paymentToken.")
		}
		m.token = &v.Value
	}
	if delete(m.form, gateway.TokenParameter); len(m.form) == 0 {
		m.form = nil
	}
	if field.IsRequired && m.token == nil && p.method == nil {
		c.Addf(pay.CodeRequired, at.Then("form"), "The field %s is needed.", gateway.TokenParameter)
	}
	return m
}

// form reads the payer's answers to the gateway's form.
func (c *checks) form(g pay.PaymentGateway, values []FormValueInput, at pay.Path) pay.Form {
	form := pay.Form{}
	for i, v := range values {
		field, most := g.Parameters.Form(v.ParameterID), maxFormValue
		switch {
		case field == nil:
			c.Addf(pay.CodeInvalidInput, at.Index(i).Then("parameterId"), "The gateway's form has no such field.")
			continue
		case form[v.ParameterID] != "":
			c.Addf(pay.CodeInvalidInput, at.Index(i).Then("parameterId"), "The field is given twice.")
		case len(field.Options) > 0 && !slices.ContainsFunc(field.Options, func(o pay.GatewayOption) bool { return o.ID == v.Value }):
			c.Addf(pay.CodeInvalidInput, at.Index(i).Then("value"), "The value is not one of the field's options.")
		}
		if v.ParameterID == gateway.TokenParameter {
			most = maxToken
		}
		c.token(&v.Value, 1, most, at.Index(i).Then("value"))
		form[v.ParameterID] = v.Value
	}
	for _, p := range g.Parameters {
		if p.IsForm && p.IsRequired && form[p.ParameterID] == "" && p.ParameterID != gateway.TokenParameter {
			c.Addf(pay.CodeRequired, at, "The field %s is needed.", p.ParameterID)
		}
	}
	if len(form) == 0 {
		return nil
	}
	return form
}

// meansContent tells requests apart by the token and the other values of the form; a
// token means the same in either place.
func meansContent(token *string, values []FormValueInput) content {
	form := map[string]string{}
	for _, v := range values {
		if v.ParameterID == gateway.TokenParameter && (token == nil || *token == v.Value) {
			token = &v.Value
			continue
		}
		form[v.ParameterID] = v.Value
	}
	return content{"token": token, "form": form}
}
