package service

import (
	"context"
	"reflect"

	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// Optional is a field of a change: not set means that it stays as it is.
type Optional[T any] = pay.Optional[T]

// UpdateGateway is a change of a gateway. Pointers that are set to nil clear.
type UpdateGateway struct {
	ID                    string
	ExpectedVersion       *int
	Name                  Optional[*string]
	Action                Optional[*pay.CheckoutAction]
	MethodLabel           Optional[*string]
	Image                 Optional[*string]
	CheckoutImage         Optional[*string]
	Icon                  Optional[*string]
	MinimumAmount         Optional[*pay.MoneyInput]
	IsPartiallyRefundable Optional[*bool]
	IsTokenizable         Optional[*bool]
	RequestAffiliationURL Optional[*string]
	Currencies            Optional[[]money.Currency]
	Countries             Optional[[]string]
	IsEnabled             Optional[*bool]
	Parameters            []GatewayParameterInput
}

// UpdatePaymentGateway changes a gateway. It refuses VERSION_CONFLICT when the
// gateway has another version than expected. For callers with gateways:admin.
func (s *Service) UpdatePaymentGateway(ctx context.Context, in UpdateGateway) (pay.PaymentGateway, error) {
	c, err := s.maintains(ctx, pay.ScopeGatewaysAdmin)
	if err != nil {
		return pay.PaymentGateway{}, err
	}
	company, err := s.companyOf(ctx, c.Actor)
	if err != nil {
		return pay.PaymentGateway{}, err
	}
	var row pay.PaymentGateway
	id, _ := pay.ParseID(pay.KindGateway, in.ID)
	err = s.store.InTx(ctx, func(ctx context.Context) error {
		list, err := c.rows.GatewayForUpdate(ctx, id)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return pay.Errors{notFound("gateway", pay.At("input", "id"))}
		}
		row = list[0]
		if err := s.applyGateway(c.Environment, in, &row, company); err != nil {
			return err
		}
		if reflect.DeepEqual(row, list[0]) {
			return nil // nothing that another version could be about
		}
		row.Version, row.UpdatedAt = row.Version+1, s.clock()
		return c.rows.UpdateGateway(ctx, row)
	})
	return row, err
}

func (s *Service) applyGateway(e pay.Environment, in UpdateGateway, g *pay.PaymentGateway, company pay.Company) error {
	at := pay.At("input")
	if conflict := outdated("The gateway", g.Version, in.ExpectedVersion); conflict != nil {
		return pay.Errors{conflict}
	}
	var faults checks
	in.MethodLabel.Value = trimmed(in.MethodLabel.Value)
	change(&g.MethodLabel, in.MethodLabel)
	change(&g.ImageURL, in.Image)
	change(&g.CheckoutImageURL, in.CheckoutImage)
	change(&g.IconURL, in.Icon)
	change(&g.RequestAffiliationURL, in.RequestAffiliationURL)
	changeNeeded(&faults, &g.Name, in.Name, at.Then("name"))
	changeNeeded(&faults, &g.Action, in.Action, at.Then("action"))
	changeNeeded(&faults, &g.IsPartiallyRefundable, in.IsPartiallyRefundable, at.Then("isPartiallyRefundable"))
	changeNeeded(&faults, &g.IsTokenizable, in.IsTokenizable, at.Then("isTokenizable"))
	changeNeeded(&faults, &g.IsEnabled, in.IsEnabled, at.Then("isEnabled"))
	if in.Currencies.Set {
		g.Currencies = append(pay.Strings[money.Currency]{}, in.Currencies.Value...)
	}
	if in.Countries.Set {
		g.Countries = append(pay.Strings[string]{}, in.Countries.Value...)
	}
	if in.MinimumAmount.Set {
		g.MinimumMinor, g.MinimumCurrency = nil, nil
		if in.MinimumAmount.Value != nil {
			g.MinimumMinor, g.MinimumCurrency = minimum(&faults, *in.MinimumAmount.Value, company, at.Then("minimumAmount"))
		}
	}
	checkGateway(&faults, *g, e)
	if in.MinimumAmount.Set || in.Currencies.Set { // what is stored must not stand in another change's way
		checkMinimum(&faults, *g)
	}
	checkLists(&faults, in.Currencies.Value, in.Countries.Value)
	g.Parameters = settings{&faults, s.connectors[g.Connector], e, s.seals, g.ID}.set(g.Parameters, in.Parameters, at.Then("parameters"))
	return faults.Err()
}

func change[T any](into *T, to Optional[T]) {
	if to.Set {
		*into = to.Value
	}
}

// changeNeeded is change for a field that cannot be null.
func changeNeeded[T any](c *checks, into *T, to Optional[*T], at pay.Path) {
	switch {
	case to.Set && to.Value == nil:
		c.Addf(pay.CodeRequired, at, "It cannot be cleared.")
	case to.Set:
		*into = *to.Value
	}
}
