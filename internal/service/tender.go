package service

import (
	"context"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// chooseGateway reads the gateway, through the stored method where one is named.
func (s *Service) chooseGateway(ctx context.Context, c caller, p *plan, gatewayID, methodID *string, faults *checks) error {
	if gatewayID != nil && methodID != nil {
		faults.Addf(pay.CodeInvalidInput, pay.At("input"), "Give at most one of gatewayId and paymentMethodId.")
		return nil
	}
	if gatewayID == nil && methodID == nil {
		faults.Addf(pay.CodeRequired, pay.At("input"), "Give gatewayId or paymentMethodId.")
		return nil
	}
	var ids []uuid.UUID
	path := pay.At("input", "gatewayId")
	if gatewayID != nil {
		ids = pay.ParseIDs(pay.KindGateway, []string{*gatewayID})
	} else {
		path = pay.At("input", "paymentMethodId")
		methods, err := c.rows.PaymentMethods(ctx, pay.ParseIDs(pay.KindMethod, []string{*methodID}))
		if err != nil {
			return err
		}
		if len(methods) == 0 {
			faults.Add(notFound("payment method", path))
			return nil
		}
		p.method, ids = &methods[0], []uuid.UUID{methods[0].GatewayID}
	}
	gateways, err := c.rows.Gateways(ctx, ids)
	if err != nil {
		return err
	}
	if len(gateways) == 0 {
		faults.Add(notFound("gateway", path))
		return nil
	}
	p.gateway = gateways[0]
	return nil
}

// payerCountry is where the payer is taken to be: where the bill goes, else where
// the customer lives, else where the company sells. It is read only for gateways
// that ask.
func (s *Service) payerCountry(ctx context.Context, c caller, g pay.PaymentGateway, billing, home *pay.Address) (string, error) {
	if len(g.Countries) == 0 {
		return "", nil
	}
	return s.countryFor(ctx, c, billing, home)
}

// countryFor is payerCountry whatever the gateway.
func (s *Service) countryFor(ctx context.Context, c caller, billing, home *pay.Address) (string, error) {
	for _, address := range []*pay.Address{billing, home} {
		if address != nil && address.Country != nil {
			return *address.Country, nil
		}
	}
	company, err := s.companyOf(ctx, c.Actor)
	return company.Country, err
}

// countryOf is payerCountry for a payment that is there.
func (s *Service) countryOf(ctx context.Context, c caller, p pay.Payment, g pay.PaymentGateway) (string, error) {
	if len(g.Countries) == 0 {
		return "", nil
	}
	home, err := c.homeOf(ctx, p)
	if err != nil {
		return "", err
	}
	return s.payerCountry(ctx, c, g, p.BillingAddress, home)
}

// homeOf is where the payment's customer lives, if it has one who said so.
func (c caller) homeOf(ctx context.Context, p pay.Payment) (*pay.Address, error) {
	if p.CustomerID == nil {
		return nil, nil
	}
	customer, err := first(c.rows.Customers(ctx, []uuid.UUID{*p.CustomerID}))
	if err != nil || customer == nil {
		return nil, err
	}
	return customer.Address, nil
}

// checkGatewayTakes refuses what the gateway or the stored method cannot pay.
func (s *Service) checkGatewayTakes(c caller, p plan, country string, faults *checks) {
	s.checkGateway(c, p, &p.customer.ID, country, faults)
	if p.isSetup {
		return
	}
	faults.Add(tooLittle(p.gateway, p.currency, p.finalMinor, p.source))
	faults.Add(s.oddAmount(p.gateway, p.currency, p.finalMinor, p.tenderPath()))
	if p.gateway.IsFoodOnly {
		p.checkFood(faults)
	}
}

// checkGateway refuses a gateway that cannot be used, or a stored method that is
// not this customer's.
func (s *Service) checkGateway(c caller, p plan, customer *uuid.UUID, country string, faults *checks) {
	at, g := p.tenderPath(), p.gateway
	if p.method != nil && !p.method.Pays(customer) {
		faults.Add(noSuchMethod(at))
		return
	}
	if p.isSetup {
		faults.Add(s.storesNone(g, at))
	}
	if list := s.obstacles(c.Environment, g, p.currency, country, p.toHold()); len(list) > 0 {
		faults.Addf(list[0].Code, at, "%s", list[0].Message)
	}
}

// tenderPath is where the input names what pays.
func (p plan) tenderPath() pay.Path {
	if p.method != nil {
		return pay.At("input", "paymentMethodId")
	}
	return pay.At("input", "gatewayId")
}

// checkFood refuses meal vouchers for more than the food of each order, or of the
// lines where there is no order (S4 isFood).
func (p plan) checkFood(faults *checks) {
	if len(p.parts) == 0 {
		faults.Add(tooMuchFood(p.money(p.finalMinor), p.foodMinor, p.source))
	}
	for i, part := range p.parts {
		at := p.source
		if at[len(at)-1] == "orders" {
			at = at.Index(i).Then("amount")
		}
		faults.Add(tooMuchFood(p.money(part.amountMinor), part.order.FoodVoucherRoom(), at))
	}
}
