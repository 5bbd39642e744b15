package service

import (
	"cmp"
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// FormValueInput is the payer's answer to one form parameter of a gateway.
type FormValueInput struct {
	ParameterID string
	Value       string
}

// ProcessPaymentInput asks for a new attempt to collect a payment.
type ProcessPaymentInput struct {
	IdempotencyKey  string
	PaymentID       string
	Amount          *pay.MoneyInput
	GatewayID       *string
	PaymentMethodID *string
	PaymentToken    *string
	Capture         bool
	VoucherCount    *int
	Form            []FormValueInput
}

// ProcessPayment makes another attempt to collect a payment: the first one of a
// payment that was only created, one more after a failure, or one of several that
// share the amount (split tender). Without an amount it asks for all that is left.
// Without a gateway or method it takes the payment's own. Customers may pay their
// own payments.
func (s *Service) ProcessPayment(ctx context.Context, in ProcessPaymentInput) (Paid, error) {
	c, err := s.writes(ctx, pay.ScopePaymentsWrite)
	if err != nil {
		return Paid{}, err
	}
	p, err := c.visiblePayment(ctx, in.PaymentID, pay.At("input", "paymentId"))
	if err != nil {
		return Paid{}, err
	}
	id := pay.NewID()
	wish, err := in.intention(p, id)
	if err != nil {
		return Paid{}, err
	}
	// Looked up before anything else is checked: a gateway that was disabled since
	// must not keep a repeat from its answer.
	earlier, err := c.used(ctx, wish)
	if err != nil {
		return Paid{}, err
	}
	if earlier != nil {
		return s.replayAttempt(ctx, c, *earlier)
	}
	if err := s.refreshLive(ctx, c, p.ID); err != nil {
		return Paid{}, err
	}
	tender, err := s.chooseTender(ctx, c, p, in)
	if err != nil {
		return Paid{}, err
	}
	_, earlier, err = s.command(ctx, c, p.ID, wish, func(_ context.Context, state *pay.State) error {
		return s.startAttempt(state, tender, in, id)
	})
	if err != nil {
		return Paid{}, err
	}
	if earlier != nil {
		return s.replayAttempt(ctx, c, *earlier)
	}
	w, err := s.readWork(ctx, c, id)
	if err != nil {
		return Paid{}, err
	}
	return s.attempt(ctx, c, w, false)
}

// intention is what tells this request from others.
func (in ProcessPaymentInput) intention(p pay.Payment, id uuid.UUID) (intention, error) {
	minor, err := positive(in.Amount, p.Currency, pay.At("input", "amount"))
	form := map[string]string{}
	for _, v := range in.Form {
		form[v.ParameterID] = v.Value
	}
	return intention{operation: opProcess, key: in.IdempotencyKey, subject: id, content: content{"payment": p.ID, "minor": minor,
		"gateway": idContent(pay.KindGateway, in.GatewayID), "method": idContent(pay.KindMethod, in.PaymentMethodID),
		"token": in.PaymentToken, "authorizeOnly": !in.Capture, "vouchers": in.VoucherCount, "form": form}}, err
}

// tender is what an attempt is paid with, through which gateway.
type tender struct {
	plan
	// minor is nil for all that is left.
	minor *int64
	form  pay.Form
}

// chooseTender reads and checks gateway, method and form.
func (s *Service) chooseTender(ctx context.Context, c caller, p pay.Payment, in ProcessPaymentInput) (tender, error) {
	var faults checks
	at := pay.At("input")
	faults.tender(in.PaymentToken, in.PaymentMethodID, in.VoucherCount, at)
	gatewayID, methodID := in.GatewayID, in.PaymentMethodID
	if gatewayID == nil && methodID == nil {
		gatewayID, methodID = ownTender(p)
	}
	t := tender{plan: plan{currency: p.Currency}}
	if err := s.chooseGateway(ctx, c, &t.plan, gatewayID, methodID, &faults); err != nil || faults.Any() {
		return t, cmp.Or(err, faults.Err())
	}
	var err error
	if t.minor, err = positive(in.Amount, p.Currency, at.Then("amount")); err != nil {
		return t, err
	}
	t.form = faults.form(t.gateway, in.Form, at.Then("form"))
	country, err := s.countryOf(ctx, c, p, t.gateway)
	if err != nil {
		return t, err
	}
	s.checkGateway(c, t.plan, p.CustomerID, country, &faults)
	enabled, err := c.rows.EnabledGatewaysOf(ctx, []uuid.UUID{p.ID})
	if err != nil {
		return t, err
	}
	if !isEnabled(enabled, t.gateway.ID) {
		faults.Addf(pay.CodeGatewayUnavailable, at.Then("gatewayId"), "The payment may not use this gateway.")
	}
	return t, faults.Err()
}

// ownTender is the stored method of the payment, else its gateway.
func ownTender(p pay.Payment) (gatewayID, methodID *string) {
	switch {
	case p.PaymentMethodID != nil:
		return nil, ptr(pay.FormatID(pay.KindMethod, *p.PaymentMethodID))
	case p.SelectedGatewayID != nil:
		return ptr(pay.FormatID(pay.KindGateway, *p.SelectedGatewayID)), nil
	}
	return nil, nil
}

// isEnabled says whether a payment limited to these gateways may use one; no
// limit means all (S4).
func isEnabled(list []pay.EnabledGateway, id uuid.UUID) bool {
	for _, e := range list {
		if e.GatewayID == id {
			return true
		}
	}
	return len(list) == 0
}

// form reads the payer's answers to the gateway's form.
func (c *checks) form(g pay.PaymentGateway, values []FormValueInput, at pay.Path) pay.Form {
	form := pay.Form{}
	for i, v := range values {
		field := g.Parameters.Form(v.ParameterID)
		switch {
		case field == nil:
			c.Addf(pay.CodeInvalidInput, at.Index(i).Then("parameterId"), "The gateway's form has no field %q.", v.ParameterID)
			continue
		case form[v.ParameterID] != "":
			c.Addf(pay.CodeInvalidInput, at.Index(i).Then("parameterId"), "The field is given twice.")
		case len(field.Options) > 0 && !slices.ContainsFunc(field.Options, func(o pay.GatewayOption) bool { return o.ID == v.Value }):
			c.Addf(pay.CodeInvalidInput, at.Index(i).Then("value"), "The value is not one of the field's options.")
		}
		c.token(&v.Value, 1, 500, at.Index(i).Then("value"))
		form[v.ParameterID] = v.Value
	}
	for _, p := range g.Parameters {
		if p.IsForm && p.IsRequired && form[p.ParameterID] == "" {
			c.Addf(pay.CodeRequired, at, "The field %s is needed.", p.ParameterID)
		}
	}
	if len(form) == 0 {
		return nil
	}
	return form
}

// startAttempt adds the attempt under the payment's lock.
func (s *Service) startAttempt(state *pay.State, t tender, in ProcessPaymentInput, id uuid.UUID) error {
	state.Traits[t.gateway.ID] = gateway.TraitsOf(s.connectors[t.gateway.Connector], t.gateway)
	var minor int64
	if state.Payment.Mode == pay.ModeSetup {
		if !state.Traits[t.gateway.ID].Saves {
			return refused(pay.Refuse(pay.CodeGatewayUnavailable, pay.At("input", "gatewayId"), "The gateway saves no methods."))
		}
	} else {
		most, refusal := state.MayProcess(t.gateway.IsFoodOnly)
		if refusal != nil {
			return refused(refusal)
		}
		if minor = most; t.minor != nil {
			minor = *t.minor
		}
		if refusal := tooLittle(t.gateway, t.currency, minor, pay.At("input", "amount")); refusal != nil {
			return refused(refusal)
		}
	}
	x := t.gatewayAttempt(id, minor, in.Capture, in.PaymentToken, in.VoucherCount)
	x.Form = t.form
	refusal, err := state.StartAttempt(x)
	return cmp.Or(err, refused(refusal))
}
