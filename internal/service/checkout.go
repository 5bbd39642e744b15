package service

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// Checkout is a payment as its payer sees it.
type Checkout struct {
	Payment   pay.Payment
	Company   pay.Company
	Lines     []pay.Line
	Discounts []pay.Discount
	// Attempts are oldest first.
	Attempts []pay.Transaction
	// Asked is the connector of the newest attempt; empty where there is none.
	Asked string
	// Return is the path that the payer of the newest attempt comes back to, on this server;
	// empty where there is none.
	Return string
	// Ways are the gateways that the payer can choose, in the company's order.
	Ways []CheckoutWay
	// Slips are the gateways at which money that the payer has paid outside is still recorded,
	// up to their Amount, whatever is owed: for who was told to pay it before.
	Slips []CheckoutWay
	// IsPaidOtherwise: nothing is owed any more on what the payment is for, however much of it
	// this payment paid. IsAskedOtherwise: other payments have asked for all that is owed.
	IsPaidOtherwise, IsAskedOtherwise bool
	// IsOver: the time to pay is over, whether the payment was closed for it yet or not.
	IsOver bool
	// Wait is how long no code is taken, and no attempt made, after too many wrong codes.
	Wait time.Duration
}

// CheckoutWay is a gateway that can be asked for all that is left, or one whose money is
// paid outside of it and submitted by the payer.
type CheckoutWay struct {
	Gateway pay.PaymentGateway
	Form    []pay.GatewayParameter
	Amount  money.Money
	// IsManual: the payer has paid, or pays, by themselves, and SubmitManualPayment takes
	// the form.
	IsManual bool
	// Told are the merchant's settings that payers of manual gateways are shown: whom, where
	// and how to pay.
	Told []pay.GatewayParameter
}

// Checkout reads the payment that the payer came for, and how it can be paid: with what
// ProcessPayment or SubmitManualPayment would refuse nothing for. Gateways that need a
// script of their provider are not among the ways, and neither is cash: who pays on delivery
// has nothing to tell before.
func (s *Service) Checkout(ctx context.Context, id uuid.UUID) (Checkout, error) {
	c, err := s.reads(ctx)
	if err != nil {
		return Checkout{}, err
	}
	ids := []uuid.UUID{id}
	p, err := first(c.payments(c.rows.Payments(ctx, ids)))
	if err == nil && p == nil {
		err = ErrNoCheckout
	}
	if err != nil {
		return Checkout{}, err
	}
	x := Checkout{Payment: *p}
	for _, read := range []func() error{
		func() (err error) { x.Company, err = s.companyOf(ctx, c.Actor); return },
		func() (err error) { x.Lines, err = c.rows.PaymentLinesOf(ctx, ids); return },
		func() (err error) { x.Discounts, err = c.rows.PaymentDiscountsOf(ctx, ids); return },
		func() (err error) { x.Attempts, err = c.transactions(c.rows.TransactionsOf(ctx, ids)); return },
	} {
		if err := read(); err != nil {
			return Checkout{}, err
		}
	}
	if n := len(x.Attempts); n > 0 && s.seals != nil {
		x.Return = s.returnPath(c.Actor, x.Attempts[n-1])
	}
	now := s.clock()
	x.IsOver = p.CapturedMinor == 0 && p.ExpiresAt != nil && !now.Before(*p.ExpiresAt)
	if wait, tooOften := pay.TriedTooOften(x.Attempts, now); tooOften {
		x.Wait = wait
	}
	return x, s.chooseWays(ctx, c, &x)
}

// chooseWays finds the ways to pay what is left.
func (s *Service) chooseWays(ctx context.Context, c caller, x *Checkout) error {
	gateways, err := c.rows.ListGateways(ctx, pay.GatewayFilter{})
	if err != nil {
		return err
	}
	told := make([][]pay.GatewayParameter, len(gateways))
	for i, g := range gateways {
		told[i] = toldOf(g)
	}
	scripted := s.scripted(x.Payment, gateways) // by settings that payers do not see
	if gateways, err = c.gateways(gateways, nil); err != nil {
		return err
	}
	enabled, err := c.rows.EnabledGatewaysOf(ctx, []uuid.UUID{x.Payment.ID})
	if err != nil {
		return err
	}
	states, err := s.states(ctx, c, []pay.Payment{x.Payment})
	if err != nil {
		return err
	}
	state := states[x.Payment.ID]
	x.IsPaidOtherwise, x.IsAskedOtherwise = state.PaidOtherwise(), state.AskedOtherwise()
	for i, g := range gateways {
		if n := len(x.Attempts); n > 0 && x.Attempts[n-1].GatewayID == g.ID {
			x.Asked = g.Connector
		}
		if scripted[g.ID] || !isEnabled(enabled, g.ID) {
			continue
		}
		if err := s.addWay(ctx, c, x, state, g, told[i]); err != nil {
			return err
		}
	}
	return nil
}

// addWay adds a gateway to what it can be used for.
func (s *Service) addWay(ctx context.Context, c caller, x *Checkout, state *pay.State, g pay.PaymentGateway, told []pay.GatewayParameter) error {
	country, err := s.countryOf(ctx, c, x.Payment, g)
	if err != nil {
		return err
	}
	way := CheckoutWay{Gateway: g, Form: s.pageForm(g), IsManual: g.Kind == pay.KindManual, Told: told}
	if minor, ok := s.canTake(c, state, g, country); ok {
		way.Amount = money.Money{Minor: minor, Currency: x.Payment.Currency}
		x.Ways = append(x.Ways, way)
	}
	if minor, ok := canSubmit(state.MaySubmitPaid, state, g, country); ok && way.IsManual {
		way.Amount = money.Money{Minor: minor, Currency: x.Payment.Currency}
		x.Slips = append(x.Slips, way)
	}
	return nil
}

// canTake is how much a gateway could be asked for now, if it could be asked at all.
func (s *Service) canTake(c caller, state *pay.State, g pay.PaymentGateway, country string) (minor int64, ok bool) {
	p := state.Payment
	if g.Kind == pay.KindManual {
		return canSubmit(state.MaySubmit, state, g, country)
	}
	minor, refusal := state.MayProcess(g.IsFoodOnly)
	if refusal != nil || len(s.obstacles(c.Environment, g, p.Currency, country, false)) > 0 {
		return 0, false
	}
	if p.Mode == pay.ModeSetup {
		return 0, s.storesNone(g, nil) == nil
	}
	return minor, tooLittle(g, p.Currency, minor, nil) == nil && s.oddAmount(g, p.Currency, minor, nil) == nil
}

// canSubmit is canTake for money that is paid outside the gateway, by a rule of the state's.
func canSubmit(may func() (int64, *pay.Error), state *pay.State, g pay.PaymentGateway, country string) (minor int64, ok bool) {
	minor, refusal := may()
	if refusal != nil || g.MethodType == pay.MethodCash || len(limits(g, state.Payment.Currency, country)) > 0 {
		return 0, false
	}
	return minor, tooLittle(g, state.Payment.Currency, minor, nil) == nil
}

// toldOf is what payers of a manual gateway are shown of its settings.
func toldOf(g pay.PaymentGateway) (told []pay.GatewayParameter) {
	for _, p := range g.Parameters {
		if g.Kind == pay.KindManual && p.IsMerchant && p.IsVisible && !p.IsSecret && p.IsSet() {
			told = append(told, p)
		}
	}
	return told
}

// scripted are the gateways that the page cannot offer, because they need a script of their
// provider's: to be asked for money, or to save a method.
func (s *Service) scripted(p pay.Payment, list []pay.PaymentGateway) map[uuid.UUID]bool {
	found := map[uuid.UUID]bool{}
	for _, g := range list {
		scripter, ok := s.connectors[g.Connector].(gateway.Scripter)
		found[g.ID] = ok && (p.Mode == pay.ModeSetup || scripter.NeedsScript(g.Parameters))
	}
	return found
}

// pageForm is what the page asks the payer for. A token that a script makes is no field that
// a payer could fill in.
func (s *Service) pageForm(g pay.PaymentGateway) []pay.GatewayParameter {
	form := formOf(g)
	if _, ok := s.connectors[g.Connector].(gateway.Scripter); ok {
		form = slices.DeleteFunc(form, func(p pay.GatewayParameter) bool { return p.ParameterID == gateway.TokenParameter })
	}
	return form
}
