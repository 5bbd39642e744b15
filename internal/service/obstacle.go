package service

import (
	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// obstacle is one thing that keeps a gateway from being asked for money, with the
// refusal that follows from it.
type obstacle struct {
	kind UnavailableReasonKind
	*pay.Error
}

// disabled is the refusal of what asks a disabled gateway for money.
func disabled(at pay.Path) *pay.Error {
	return pay.Refuse(pay.CodeGatewayUnavailable, at, "The gateway is disabled.")
}

// obstacles are all that keeps a gateway from being asked, whatever the amount, the
// strongest first. What pays is refused for the first, and what lists ways to pay shows all.
func (s *Service) obstacles(e pay.Environment, g pay.PaymentGateway, currency money.Currency, country string, holds bool) []obstacle {
	connector, ok := s.charger(g)
	if !ok {
		return limits(g, currency, country, obstacle{UnavailableConnector,
			unavailable("Money moves outside this gateway, so it cannot be asked to pay.")})
	}
	var others []obstacle
	described := connector.Describe()
	if !described.Allows(e) {
		others = append(others, obstacle{UnavailableEnvironment,
			unavailable("The gateway's connector is not for this environment.")})
	}
	if g.Accepts(currency) && !gateway.TakesCurrency(connector, currency) {
		others = append(others, takesNone(currency))
	}
	list := limits(g, currency, country, others...)
	if holds && described.NeverHolds {
		list = append(list, obstacle{UnavailableHold, unavailable("The gateway takes money at once, and never holds it.")})
	}
	return list
}

func takesNone(currency money.Currency) obstacle {
	return obstacle{UnavailableCurrency, unavailable("The gateway does not take %s.", currency)}
}

// limits are all that keeps a gateway from money that it is not asked for, which is
// what a manual payment is, the strongest first; others come after whether it is
// disabled.
func limits(g pay.PaymentGateway, currency money.Currency, country string, others ...obstacle) (list []obstacle) {
	if !g.IsEnabled {
		list = append(list, obstacle{UnavailableDisabled, disabled(nil)})
	}
	list = append(list, others...)
	if !g.Accepts(currency) {
		list = append(list, takesNone(currency))
	}
	if !g.Serves(country) { // which is not named: a customer's address is personal data
		list = append(list, obstacle{UnavailableCountry, unavailable("The gateway does not serve the payer's country.")})
	}
	return list
}

// neverPays is why a gateway cannot pay in this currency, whoever pays and whatever
// moves the money; nil where nothing is.
func (s *Service) neverPays(e pay.Environment, g pay.PaymentGateway, currency money.Currency) *obstacle {
	for _, o := range s.obstacles(e, g, currency, "", false) {
		if o.kind != UnavailableConnector && o.kind != UnavailableCountry {
			return &o
		}
	}
	return nil
}

// cannotTake is why a gateway can never take what is planned: neverPays, or that it
// saves no method where one is to be saved.
func (s *Service) cannotTake(c caller, p plan, g pay.PaymentGateway) *obstacle {
	if p.isSetup {
		if e := s.storesNone(g, nil); e != nil {
			return &obstacle{UnavailableSetup, e}
		}
	}
	return s.neverPays(c.Environment, g, p.currency)
}

// at is the refusal for the obstacle at a place of the input; nil for none.
func (o *obstacle) at(path pay.Path) *pay.Error {
	if o == nil {
		return nil
	}
	return pay.Refuse(o.Code, path, "%s", o.Message)
}

func unavailable(format string, args ...any) *pay.Error {
	return pay.Refuse(pay.CodeGatewayUnavailable, nil, format, args...)
}

// tooLittle refuses an amount below the least that the gateway takes.
func tooLittle(g pay.PaymentGateway, currency money.Currency, minor int64, at pay.Path) *pay.Error {
	least := g.MinimumAmount()
	if least == nil || least.Currency != currency || minor >= least.Minor {
		return nil
	}
	e := pay.Refuse(pay.CodeAmountTooSmall, at, "The gateway takes %s at least.", least)
	e.Minimum = least
	return e
}

// oddAmount refuses an amount that the gateway's provider can never be asked for, in a
// currency that it takes: part of a forint, where it takes whole ones.
func (s *Service) oddAmount(g pay.PaymentGateway, currency money.Currency, minor int64, at pay.Path) *pay.Error {
	c, ok := s.charger(g)
	m := money.Money{Minor: minor, Currency: currency}
	if !ok || minor < 1 || !gateway.TakesCurrency(c, currency) || gateway.Takes(c, m) {
		return nil
	}
	return pay.Refuse(pay.CodeGatewayUnavailable, at, "The gateway does not take exactly %s.", m)
}

// storesNone refuses to save a method at a gateway that stores none.
func (s *Service) storesNone(g pay.PaymentGateway, at pay.Path) *pay.Error {
	if g.IsTokenizable && gateway.TraitsOf(s.connectors[g.Connector], g).Saves {
		return nil
	}
	return pay.Refuse(pay.CodeGatewayUnavailable, at, "The gateway stores no methods.")
}

// notAllowed refuses a gateway that is not among those of the payment.
func notAllowed(at pay.Path) *pay.Error {
	return pay.Refuse(pay.CodeGatewayUnavailable, at, "The payment may not use this gateway.")
}

// tooMuchFood refuses meal vouchers for more than what is left of the food.
func tooMuchFood(amount money.Money, room int64, at pay.Path) *pay.Error {
	if amount.Minor <= room {
		return nil
	}
	most := money.Money{Minor: room, Currency: amount.Currency}
	e := pay.Refuse(pay.CodeVoucherNotEligible, at, "Meal vouchers can pay %s of this order.", most)
	e.Maximum = &most
	return e
}

// noSuchMethod refuses a stored method that its payer cannot pay with.
func noSuchMethod(at pay.Path) *pay.Error {
	return pay.Refuse(pay.CodePaymentMethodInvalid, at, "The method was detached, or belongs to another customer.")
}
