package service

import (
	"context"
	"maps"
	"slices"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// routeWish is what is known of an attempt whose request names neither a gateway nor a
// stored method.
type routeWish struct {
	// seed decides by weight; it is the request's idempotency key.
	seed       string
	minor      int64
	methodType *pay.PaymentMethodType
	token      *string
	vouchers   *int
	form       []FormValueInput
	// billing and home are where the payer may be.
	billing, home *pay.Address
	// enabled are the only gateways that the payment may use; empty for all.
	enabled []pay.EnabledGateway
	// isPreview: what the payer is going to bring is not known yet.
	isPreview bool
	// paid is the payment that is paid; nil where the plan makes one, and says what for.
	paid *pay.Payment
	// isRest: the request asks for all that is left.
	isRest bool
	// meals is what meal vouchers can pay of paid now; nil where that need not be known.
	meals *int64
}

// minorAt is how much a gateway would be asked for: less than minor where it takes food only
// and the request does not say how much. It is 0 where the food is less than was asked.
func (w routeWish) minorAt(g pay.PaymentGateway) int64 {
	switch {
	case w.meals == nil || !g.IsFoodOnly:
		return w.minor
	case w.isRest:
		return min(w.minor, *w.meals)
	case *w.meals < w.minor:
		return 0
	}
	return w.minor
}

// route chooses the gateway of a plan by the company's rules.
func (s *Service) route(ctx context.Context, c caller, p *plan, w routeWish) error {
	routing, gateways, err := s.candidates(ctx, c, *p, w)
	switch {
	case err != nil:
		return err
	case routing == nil:
		return refused(pay.Refuse(pay.CodeRequired, pay.At("input"), "Give gatewayId or paymentMethodId."))
	case w.bringsToken() && takingTokens(gateways) > 1: // also those that cannot take it now: one of them may have made it
		return refused(pay.Refuse(pay.CodeInvalidInput, pay.At("input", "paymentToken"),
			"A token is of one gateway's form, and the rules have several gateways that take one. Name it by gatewayId."))
	}
	id, ok := routing.Choose(func(id uuid.UUID) bool { return s.breakers.Try(c.breaker(id), s.clock()) }, true)
	if !ok {
		return refused(pay.Refuse(pay.CodeGatewayUnavailable, pay.At("input"), "No gateway of the company's rules takes this payment."))
	}
	p.gateway, p.routing = gateways[id], routing
	return nil
}

// takingTokens counts the gateways whose forms make tokens.
func takingTokens(gateways map[uuid.UUID]pay.PaymentGateway) (n int) {
	for _, g := range gateways {
		if g.Parameters.Form(gateway.TokenParameter) != nil {
			n++
		}
	}
	return n
}

// routePreview is route for a plan that nothing is asked for yet: it takes no gateway's one
// try, and leaves a plan without a gateway as it is.
func (s *Service) routePreview(ctx context.Context, c caller, p *plan, w routeWish) error {
	w.isPreview = true
	routing, gateways, err := s.candidates(ctx, c, *p, w)
	if err != nil || routing == nil {
		return err
	}
	if id, ok := routing.Choose(func(id uuid.UUID) bool { return s.breakers.MayTry(c.breaker(id), s.clock()) }, true); ok {
		p.gateway = gateways[id]
	}
	return nil
}

// candidates are the gateways of the rules that fit, with why some cannot take the plan's
// attempt; nothing where the company has no rules.
func (s *Service) candidates(ctx context.Context, c caller, p plan, w routeWish) (*pay.Routing, map[uuid.UUID]pay.PaymentGateway, error) {
	rules, err := c.rows.GatewayRules(ctx)
	if err != nil || len(rules.Rules) == 0 {
		return nil, nil, err
	}
	country, err := s.countryFor(ctx, c, w.billing, w.home)
	if err != nil {
		return nil, nil, err
	}
	routing := pay.Routing{RulesVersion: rules.Version, Candidates: rules.Candidates(pay.RoutingWish{
		Amount: money.Money{Minor: w.minor, Currency: p.currency}, Country: country, MethodType: w.methodType, Seed: w.seed})}
	gateways, err := fetch(ctx, routing.Left(), c.rows.Gateways, gatewayID)
	if err != nil {
		return nil, nil, err
	}
	if err := s.countMeals(ctx, c, &w, gateways); err != nil {
		return nil, nil, err
	}
	routing.Pass(func(id uuid.UUID) pay.RoutingOutcome {
		return s.passesOver(c.Environment, p, gateways[id], w, country)
	})
	return &routing, gateways, nil
}

// countMeals finds out how much meal vouchers can pay of a payment, where a gateway takes
// nothing else. A payment that cannot be paid at all is no gateway's fault: who asks for it
// is told so, and not that no gateway takes it.
func (s *Service) countMeals(ctx context.Context, c caller, w *routeWish, gateways map[uuid.UUID]pay.PaymentGateway) error {
	foodOnly := slices.ContainsFunc(slices.Collect(maps.Values(gateways)), func(g pay.PaymentGateway) bool { return g.IsFoodOnly })
	if w.paid == nil || w.paid.Mode == pay.ModeSetup || !foodOnly {
		return nil
	}
	states, err := s.states(ctx, c, []pay.Payment{*w.paid})
	if err != nil {
		return err
	}
	state := states[w.paid.ID]
	if _, refusal := state.MayProcess(false); refusal != nil {
		return nil
	}
	most, _ := state.MayProcess(true) // 0 where it refuses
	w.meals = &most
	return nil
}

// breaker is the key of a gateway's breaker.
func (c caller) breaker(id uuid.UUID) gateway.BreakerKey {
	return gateway.BreakerKey{Tenant: c.TenantID, Gateway: id}
}

// bringsToken says that the payer brings what one gateway's form made.
func (w routeWish) bringsToken() bool {
	return w.token != nil || slices.ContainsFunc(w.form, func(v FormValueInput) bool { return v.ParameterID == gateway.TokenParameter })
}

// passesOver is why a gateway cannot take a plan's attempt; nothing where it can. A country
// that is not known, "", is served.
func (s *Service) passesOver(e pay.Environment, p plan, g pay.PaymentGateway, w routeWish, country string) pay.RoutingOutcome {
	if all := s.obstacles(e, g, p.currency, country, p.toHold()); len(all) > 0 {
		if all[0].kind == UnavailableEnvironment {
			return pay.RoutingConnector
		}
		return pay.RoutingOutcome(all[0].kind) // the others are called the same
	}
	p.gateway = g
	var food, brought checks
	if g.IsFoodOnly && !p.isSetup && len(p.parts) > 0 {
		p.checkFood(&food)
	}
	if !w.isPreview {
		brought.means(p, w.token, w.vouchers, w.form)
	}
	switch {
	case w.methodType != nil && g.MethodType != *w.methodType:
		return pay.RoutingMethodType
	case !isEnabled(w.enabled, g.ID):
		return pay.RoutingRestricted
	case p.isSetup && s.storesNone(g, nil) != nil:
		return pay.RoutingSetup
	case food.Any(), w.meals != nil && w.minorAt(g) == 0:
		return pay.RoutingFood
	case !p.isSetup && tooLittle(g, p.currency, w.minorAt(g), nil) != nil:
		return pay.RoutingMinimum
	case !p.isSetup && s.oddAmount(g, p.currency, w.minorAt(g), nil) != nil:
		return pay.RoutingAmount
	case brought.Any(), w.bringsToken() && g.Parameters.Form(gateway.TokenParameter) == nil:
		return pay.RoutingForm
	}
	return ""
}

// fallOver adds the attempt next at another gateway where the fact f about the attempt
// asked, as it was before, allows it. It decides by what is stored and in the transaction
// that stores the failure: a process that dies before has not fallen over, and one that
// dies after has left an attempt that is sent like any other.
func (s *Service) fallOver(ctx context.Context, rows store.Tenant, state *pay.State, asked pay.Transaction, f pay.Fact, next uuid.UUID) error {
	routing := state.FallsOver(asked, f)
	if routing == nil {
		return nil
	}
	gateways, err := fetch(ctx, routing.Left(), rows.Gateways, gatewayID)
	if err != nil {
		return err
	}
	p := planAttempt(state.Payment, asked.AutoCapture)
	failed := state.Traits[asked.GatewayID].Gateway
	routing.Pass(func(id uuid.UUID) pay.RoutingOutcome {
		if gateways[id].IsFoodOnly != failed.IsFoodOnly { // the amount was agreed by the one or the other
			return pay.RoutingFood
		}
		return s.passesOver(state.Actor.Environment, p, gateways[id], broughtTo(gateways[id], failed, asked), "")
	})
	id, ok := routing.Choose(func(id uuid.UUID) bool {
		return s.breakers.Try(gateway.BreakerKey{Tenant: state.Actor.TenantID, Gateway: id}, s.clock())
	}, false)
	if !ok {
		return nil
	}
	p.gateway, p.routing = gateways[id], routing
	state.Traits[id] = gateway.TraitsOf(s.connectors[p.gateway.Connector], p.gateway)
	m := means{vouchers: asked.VouchersTendered}
	if len(broughtTo(p.gateway, failed, asked).form) > 0 {
		m.form = asked.Form
	}
	refusal, err := state.FallOver(p.gatewayAttempt(next, asked.RequestedMinor, asked.AutoCapture, m))
	if refusal != nil {
		return nil // the failure stands as it is
	}
	return err
}

// broughtTo is what a payer brought to a gateway, as far as it may be shown to another: a
// form of one connector is nothing for the next, and a token is of one gateway alone.
func broughtTo(g, failed pay.PaymentGateway, asked pay.Transaction) routeWish {
	w := routeWish{minor: asked.RequestedMinor, vouchers: asked.VouchersTendered}
	if g.Connector != failed.Connector {
		return w
	}
	for id, value := range asked.Form {
		w.form = append(w.form, FormValueInput{ParameterID: id, Value: value})
	}
	return w
}
