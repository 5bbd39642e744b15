package service

import (
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

// obstacles are all that keeps a gateway from being asked, the strongest first. What
// pays is refused for the first, and what lists ways to pay shows all.
func (s *Service) obstacles(e pay.Environment, g pay.PaymentGateway, currency money.Currency, country string) (list []obstacle) {
	add := func(when bool, kind UnavailableReasonKind, format string, args ...any) {
		if when {
			list = append(list, obstacle{kind, pay.Refuse(pay.CodeGatewayUnavailable, nil, format, args...)})
		}
	}
	connector, ok := s.charger(g)
	if !g.IsEnabled {
		list = append(list, obstacle{UnavailableDisabled, disabled(nil)})
	}
	add(!ok, UnavailableConnector, "Money moves outside this gateway, so it cannot be asked to pay.")
	add(ok && !connector.Describe().Allows(e), UnavailableEnvironment, "The gateway's connector is not for this environment.")
	add(!g.Accepts(currency), UnavailableCurrency, "The gateway does not take %s.", currency)
	// The country is not named: a customer's address is personal data.
	add(!g.Serves(country), UnavailableCountry, "The gateway does not serve the payer's country.")
	return list
}

// neverPays is why a gateway cannot pay in this currency, whoever pays and whatever
// moves the money; nil where nothing is.
func (s *Service) neverPays(e pay.Environment, g pay.PaymentGateway, currency money.Currency) *obstacle {
	for _, o := range s.obstacles(e, g, currency, "") {
		if o.kind != UnavailableConnector && o.kind != UnavailableCountry {
			return &o
		}
	}
	return nil
}

// at is the refusal for the obstacle at a place of the input; nil for none.
func (o *obstacle) at(path pay.Path) *pay.Error {
	if o == nil {
		return nil
	}
	return pay.Refuse(o.Code, path, "%s", o.Message)
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
