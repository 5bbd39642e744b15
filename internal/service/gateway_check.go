package service

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/seal"
)

func minimum(c *checks, in pay.MoneyInput, company pay.Company, at pay.Path) (*int64, *money.Currency) {
	currency := company.Currency
	if in.Currency != nil {
		currency = *in.Currency
	}
	c.inUse(currency, at.Then("currency"))
	minor, refusal := in.NotNegative(currency, at)
	c.Add(refusal)
	return &minor, &currency
}

// checkKind refuses a kind that says of the connector what it is not: whether
// there is somebody to ask for money decides how payments through it go.
func checkKind(c *checks, connector gateway.Connector, kind pay.PaymentGatewayKind, at pay.Path) {
	_, charges := connector.(gateway.Charger)
	switch {
	case charges && kind == pay.KindManual:
		c.Addf(pay.CodeInvalidInput, at, "The connector moves money itself, so the kind cannot be MANUAL.")
	case !charges && kind != pay.KindManual:
		c.Addf(pay.CodeInvalidInput, at, "Money moves outside this connector, so the kind must be MANUAL.")
	}
}

// checkGateway checks what both creating and changing can set.
func checkGateway(c *checks, g pay.PaymentGateway, e pay.Environment) {
	at := pay.At("input")
	c.text(&g.Name, 1, 200, at.Then("name"))
	c.text(g.MethodLabel, 0, 100, at.Then("methodLabel"))
	c.url(g.ImageURL, e, at.Then("image"))
	c.url(g.CheckoutImageURL, e, at.Then("checkoutImage"))
	c.url(g.IconURL, e, at.Then("icon"))
	c.url(g.RequestAffiliationURL, e, at.Then("requestAffiliationUrl"))
}

// checkMinimum refuses a minimum that could never apply. A currency of the past
// has been refused already.
func checkMinimum(c *checks, g pay.PaymentGateway) {
	if m := g.MinimumCurrency; m != nil && m.Active() && !g.Accepts(*m) {
		c.Addf(pay.CodeInvalidInput, pay.At("input", "minimumAmount", "currency"), "The gateway does not take %s.", *m)
	}
}

// checkLists checks the lists that a request gives; stored ones may name what was
// in use when they were made.
func checkLists(c *checks, currencies []money.Currency, countries []string) {
	at := pay.At("input", "currencies")
	checkCodes(c, currencies, 200, "currencies", at)
	checkCodes(c, countries, 300, "countries", pay.At("input", "countries"))
	for i, currency := range currencies {
		c.inUse(currency, at.Index(i))
	}
}

// checkCodes refuses a list that is too long or names a code twice.
func checkCodes[T ~string](c *checks, list []T, most int, what string, at pay.Path) {
	if len(list) > most {
		c.Addf(pay.CodeTooManyItems, at, "At most %d %s are accepted.", most, what)
		return
	}
	for i, code := range list {
		if first := slices.Index(list, code); first < i {
			c.Addf(pay.CodeInvalidInput, at.Index(i), "It is named twice, first at position %d.", first)
		}
	}
}

// settings checks values of a connector's parameters. The connector is nil for a
// gateway whose connector this program no longer has.
type settings struct {
	*checks
	connector   gateway.Connector
	environment pay.Environment
	seals       *seal.Key
	gatewayID   uuid.UUID
}

// set returns a copy of the parameters with the merchant's values. It refuses
// every value whose parameter is unknown, not the merchant's or named twice, and
// every value that the parameter does not take, and names parameters without the
// value that they need.
func (s settings) set(declared pay.GatewayParameters, values []GatewayParameterInput, at pay.Path) pay.GatewayParameters {
	changed := append(pay.GatewayParameters{}, declared...)
	seen := map[string]bool{}
	for i, in := range values {
		n := slices.IndexFunc(changed, func(p pay.GatewayParameter) bool { return p.ParameterID == in.ParameterID && p.IsMerchant })
		switch {
		case n < 0:
			s.Addf(pay.CodeInvalidInput, at.Index(i).Then("parameterId"), "The connector has no merchant parameter of this name. It has: %s.", strings.Join(merchants(declared), ", "))
			continue
		case seen[in.ParameterID]:
			s.Addf(pay.CodeInvalidInput, at.Index(i).Then("parameterId"), "The parameter %s is given twice.", in.ParameterID)
			continue
		}
		seen[in.ParameterID] = true
		s.value(changed[n], in.Value, at.Index(i).Then("value"))
		if !changed[n].IsSecret {
			changed[n].TenantDefaultValue = &in.Value
		} else if s.seals == nil {
			s.Addf(pay.CodeInvalidInput, at.Index(i).Then("value"), "This server keeps no secrets: its operator must give it a key for them.")
		} else {
			changed[n].Sealed = s.sealed(changed[n], in.Value)
		}
	}
	for _, p := range changed {
		if p.IsMerchant && p.IsRequired && !p.IsSet() {
			s.Addf(pay.CodeRequired, at, "The parameter %s needs a value.", p.ParameterID)
		}
	}
	if len(values) == 0 { // what is stored must not stand in another change's way
		return changed
	}
	for _, id := range gateway.MissingSettings(s.connector, s.environment, changed) {
		s.Addf(pay.CodeRequired, at, "The parameter %s needs a value.", id)
	}
	return changed
}

// merchants are the names of the parameters that the merchant sets. What was sent in place of
// one is not repeated: it may be the secret itself.
func merchants(declared pay.GatewayParameters) (names []string) {
	for _, p := range declared {
		if p.IsMerchant {
			names = append(names, p.ParameterID)
		}
	}
	return names
}

// sealed is what is kept of a secret; an empty one is none. The same one again stays
// as it is: sealed anew it would look like a change.
func (s settings) sealed(p pay.GatewayParameter, value string) []byte {
	if value == "" {
		return nil
	}
	place := secretPlace(s.gatewayID, p.ParameterID)
	if was, err := s.seals.Open(p.Sealed, place); err == nil && string(was) == value {
		return p.Sealed
	}
	return s.seals.Seal([]byte(value), place)
}

// marked are the values as they are told apart by: secrets by their marks.
func (s *Service) marked(declared pay.GatewayParameters, given []GatewayParameterInput) []GatewayParameterInput {
	list := slices.Clone(given)
	for i, in := range list {
		secret := func(p pay.GatewayParameter) bool { return p.ParameterID == in.ParameterID && p.IsSecret }
		if slices.ContainsFunc(declared, secret) {
			list[i].Value = base64.StdEncoding.EncodeToString(s.seals.Mark([]byte(in.Value)))
		}
	}
	return list
}

// maxSetting bounds a setting, in characters: some are certificates, with those of their
// issuers.
const maxSetting = 10_000

func (s settings) value(p pay.GatewayParameter, value string, at pay.Path) {
	var text checks
	text.characters(&value, 0, maxSetting, at) // often the number of a contract
	checker, checks := s.connector.(gateway.SettingChecker)
	switch {
	case text.Any():
		s.addAll(text) // what no text can be needs no second refusal
	case len(p.Options) > 0 && !slices.ContainsFunc(p.Options, func(o pay.GatewayOption) bool { return o.ID == value }):
		s.Addf(pay.CodeInvalidInput, at, "The value is not one of the options of %s.", p.ParameterID)
	case checks:
		if fault := checker.CheckSetting(s.environment, p.ParameterID, value); fault != "" {
			s.Addf(pay.CodeInvalidInput, at, "%s", fault)
		}
	}
}
