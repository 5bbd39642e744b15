package service

import (
	"cmp"
	"context"
	"maps"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

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
	MethodType      *pay.PaymentMethodType
	Form            []FormValueInput
	// IsRest: Amount is what the payer was shown to be left. Where something else is left by
	// now the attempt is refused, with AMOUNT_MISMATCH: they did not agree to that.
	IsRest bool
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
	if p.Mode == pay.ModeSetup && in.Amount != nil {
		return intention{}, refused(pay.Refuse(pay.CodeInvalidInput, pay.At("input", "amount"), "A setup collects nothing."))
	}
	minor, err := positive(in.Amount, p.Currency, pay.At("input", "amount"))
	wish := meansContent(in.PaymentToken, in.Form)
	maps.Copy(wish, content{"payment": p.ID, "minor": minor, "gateway": idContent(pay.KindGateway, in.GatewayID),
		"method": idContent(pay.KindMethod, in.PaymentMethodID), "authorizeOnly": !in.Capture, "vouchers": in.VoucherCount})
	wish.methodType(in.MethodType)
	return intention{operation: opProcess, key: in.IdempotencyKey, subject: id, content: wish}, err
}

// tender is what an attempt is paid with, through which gateway.
type tender struct {
	plan
	means
	// minor is nil for all that is left.
	minor *int64
	// fromPage: the payer is on the checkout page, and comes back to it.
	fromPage bool
}

// chooseTender reads and checks gateway, method and what the payer brings, which only
// a gateway that can be used asks for.
func (s *Service) chooseTender(ctx context.Context, c caller, p pay.Payment, in ProcessPaymentInput) (tender, error) {
	var faults checks
	at := pay.At("input")
	faults.tender(in.PaymentToken, in.PaymentMethodID, in.VoucherCount, at)
	gatewayID, methodID := in.GatewayID, in.PaymentMethodID
	if gatewayID == nil && methodID == nil {
		gatewayID, methodID = ownTender(p)
	}
	if c.PaymentID != nil && methodID != nil { // whoever has the link need not be who saved the method
		faults.Add(notFound("payment method", at.Then("paymentMethodId")))
		return tender{}, faults.Err()
	}
	t := tender{plan: planAttempt(p, in.Capture), fromPage: c.PaymentID != nil}
	if gatewayID == nil && methodID == nil {
		return s.routeTender(ctx, c, p, in)
	}
	if in.MethodType != nil {
		faults.Add(methodTypeNamed(at))
	}
	if err := s.chooseGateway(ctx, c, &t.plan, gatewayID, methodID, &faults); err != nil || faults.Any() {
		return t, cmp.Or(err, faults.Err())
	}
	var err error
	if t.minor, err = positive(in.Amount, p.Currency, at.Then("amount")); err != nil {
		return t, err
	}
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
		faults.Add(notAllowed(t.tenderPath()))
	}
	if !faults.Any() {
		t.means = faults.means(t.plan, in.PaymentToken, in.VoucherCount, in.Form)
	}
	return t, faults.Err()
}

// routeTender is chooseTender where the company's rules choose the gateway. The amount that
// they are asked with is what is left now, where the request says none.
func (s *Service) routeTender(ctx context.Context, c caller, p pay.Payment, in ProcessPaymentInput) (tender, error) {
	t := tender{plan: planAttempt(p, in.Capture), fromPage: c.PaymentID != nil}
	var faults checks
	at := pay.At("input")
	if faults.tender(in.PaymentToken, nil, in.VoucherCount, at); faults.Any() {
		return t, faults.Err()
	}
	w := routeWish{seed: in.IdempotencyKey, minor: max(p.FinalMinor-p.HeldMinor-p.CapturedMinor-p.InFlightMinor, 0), methodType: in.MethodType,
		token: in.PaymentToken, vouchers: in.VoucherCount, form: in.Form, billing: p.BillingAddress, paid: &p, isRest: in.Amount == nil}
	var err error
	if t.minor, err = positive(in.Amount, p.Currency, at.Then("amount")); err != nil {
		return t, err
	}
	if t.minor != nil {
		w.minor = *t.minor
	}
	if w.home, err = c.homeOf(ctx, p); err != nil {
		return t, err
	}
	if w.enabled, err = c.rows.EnabledGatewaysOf(ctx, []uuid.UUID{p.ID}); err != nil {
		return t, err
	}
	if err := s.route(ctx, c, &t.plan, w); err != nil {
		return t, err
	}
	t.means = faults.means(t.plan, in.PaymentToken, in.VoucherCount, in.Form)
	return t, faults.Err()
}

// methodTypeNamed refuses to ask the rules where the request has chosen itself.
func methodTypeNamed(at pay.Path) *pay.Error {
	return pay.Refuse(pay.CodeInvalidInput, at.Then("methodType"), "It is only for requests that name neither a gateway nor a stored method.")
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

// startAttempt adds the attempt under the payment's lock.
func (s *Service) startAttempt(state *pay.State, t tender, in ProcessPaymentInput, id uuid.UUID) error {
	state.Traits[t.gateway.ID] = gateway.TraitsOf(s.connectors[t.gateway.Connector], t.gateway)
	var minor int64
	if state.Payment.Mode != pay.ModeSetup {
		most, refusal := state.MayProcess(t.gateway.IsFoodOnly)
		if refusal != nil {
			return refused(refusal)
		}
		if minor = most; t.minor != nil {
			minor = *t.minor
		}
		if in.IsRest && minor != most {
			e := pay.Refuse(pay.CodeAmountMismatch, pay.At("input", "amount"), "%s is left.", money.Money{Minor: most, Currency: t.currency})
			return refused(e)
		}
		if refusal := tooLittle(t.gateway, t.currency, minor, pay.At("input", "amount")); refusal != nil {
			return refused(refusal)
		}
		if refusal := s.oddAmount(t.gateway, t.currency, minor, t.tenderPath()); refusal != nil {
			return refused(refusal)
		}
	}
	made := t.gatewayAttempt(id, minor, in.Capture, t.means)
	made.ReturnsToPage = t.fromPage
	refusal, err := state.StartAttempt(made)
	return cmp.Or(err, refused(refusal))
}
