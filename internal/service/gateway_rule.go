package service

import (
	"context"
	"reflect"
	"slices"

	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// GatewayRuleInput is one rule by which a gateway is chosen.
type GatewayRuleInput struct {
	Name          string
	GatewayID     string
	Currencies    []money.Currency
	Countries     []string
	MethodTypes   []pay.PaymentMethodType
	MinimumAmount *pay.MoneyInput
	MaximumAmount *pay.MoneyInput
	Priority      int
	Weight        int
}

// SetGatewayRulesInput is the whole list of a company's rules.
type SetGatewayRulesInput struct {
	ExpectedVersion *int
	Rules           []GatewayRuleInput
}

// GatewayRules reads the company's rules. For callers with gateways:admin.
func (s *Service) GatewayRules(ctx context.Context) (pay.GatewayRules, error) {
	return readAsStaff(ctx, s, pay.ScopeGatewaysAdmin, func(c caller) (pay.GatewayRules, error) { return c.rows.GatewayRules(ctx) })
}

// SetGatewayRules replaces the company's rules. It refuses VERSION_CONFLICT when the list
// has another version than expected. For callers with gateways:admin.
func (s *Service) SetGatewayRules(ctx context.Context, in SetGatewayRulesInput) (pay.GatewayRules, error) {
	c, err := s.maintains(ctx, pay.ScopeGatewaysAdmin)
	if err != nil {
		return pay.GatewayRules{}, err
	}
	if n := len(in.Rules); n > pay.MaxGatewayRules { // before each of them is looked at
		return pay.GatewayRules{}, pay.Errors{pay.Refuse(pay.CodeTooManyItems, pay.At("input", "rules"), "At most %d rules are accepted; there are %d.", pay.MaxGatewayRules, n)}
	}
	company, err := s.companyOf(ctx, c.Actor)
	if err != nil {
		return pay.GatewayRules{}, err
	}
	var rules pay.GatewayRules
	err = s.store.InTx(ctx, func(ctx context.Context) error {
		was, err := c.rows.GatewayRulesForUpdate(ctx, s.clock())
		if err != nil {
			return err
		}
		if conflict := outdated("The list", was.Version, in.ExpectedVersion); conflict != nil {
			return pay.Errors{conflict}
		}
		rules = was
		if rules.Rules, err = s.gatewayRules(ctx, c, in, company); err != nil {
			return err
		}
		if slices.EqualFunc(rules.Rules, was.Rules, func(a, b pay.GatewayRule) bool { return reflect.DeepEqual(a, b) }) {
			rules = was
			return nil // nothing that another version could be about
		}
		rules.Version, rules.UpdatedAt = was.Version+1, ptr(s.clock())
		return c.rows.ReplaceGatewayRules(ctx, rules)
	})
	return rules, err
}

// gatewayRules reads the rules of a request and refuses everything that is wrong with them.
func (s *Service) gatewayRules(ctx context.Context, c caller, in SetGatewayRulesInput, company pay.Company) ([]pay.GatewayRule, error) {
	var faults checks
	names, ids := make([]string, len(in.Rules)), make([]string, len(in.Rules))
	for i, r := range in.Rules {
		names[i], ids[i] = r.Name, r.GatewayID
	}
	found, err := fetch(ctx, pay.ParseIDs(pay.KindGateway, ids), c.rows.Gateways, gatewayID)
	if err != nil {
		return nil, err
	}
	list := make([]pay.GatewayRule, len(in.Rules))
	for i, r := range in.Rules {
		at := pay.At("input", "rules").Index(i)
		list[i] = faults.gatewayRule(r, company, at)
		list[i].Position = i
		if slices.Contains(names[:i], r.Name) {
			faults.Addf(pay.CodeInvalidInput, at.Then("name"), "The name is used twice.")
		}
		id, _ := pay.ParseID(pay.KindGateway, r.GatewayID)
		if g, ok := found[id]; !ok {
			faults.Add(notFound("gateway", at.Then("gatewayId")))
		} else if list[i].GatewayID = id; g.Kind == pay.KindManual {
			faults.Addf(pay.CodeInvalidInput, at.Then("gatewayId"), "Money moves outside this gateway, so it cannot be asked to pay.")
		}
	}
	return list, faults.Err()
}

// gatewayRule checks one rule by itself.
func (c *checks) gatewayRule(in GatewayRuleInput, company pay.Company, at pay.Path) pay.GatewayRule {
	r := pay.GatewayRule{Name: in.Name, Currencies: append(pay.Strings[money.Currency]{}, in.Currencies...), Countries: append(pay.Strings[string]{}, in.Countries...),
		MethodTypes: append(pay.Strings[pay.PaymentMethodType]{}, in.MethodTypes...), Priority: in.Priority, Weight: in.Weight}
	c.text(&in.Name, 1, 100, at.Then("name"))
	checkCodes(c, in.Currencies, 200, "currencies", at.Then("currencies"))
	checkCodes(c, in.Countries, 300, "countries", at.Then("countries"))
	checkCodes(c, in.MethodTypes, 20, "method types", at.Then("methodTypes"))
	if in.Priority < 0 || in.Priority > pay.MaxRulePriority {
		c.Addf(pay.CodeInvalidInput, at.Then("priority"), "The priority must be 0 to %d.", pay.MaxRulePriority)
	}
	if in.Weight < 1 || in.Weight > pay.MaxRuleWeight {
		c.Addf(pay.CodeInvalidInput, at.Then("weight"), "The weight must be 1 to %d.", pay.MaxRuleWeight)
	}
	c.ruleAmounts(&r, in, company, at)
	return r
}

// ruleAmounts reads the bounds of the amount, which are in one currency that the rule is for.
func (c *checks) ruleAmounts(r *pay.GatewayRule, in GatewayRuleInput, company pay.Company, at pay.Path) {
	for _, bound := range []struct {
		name  string
		given *pay.MoneyInput
		into  **int64
	}{{"minimumAmount", in.MinimumAmount, &r.MinimumMinor}, {"maximumAmount", in.MaximumAmount, &r.MaximumMinor}} {
		if bound.given == nil {
			continue
		}
		path := at.Then(bound.name)
		minor, currency := minimum(c, *bound.given, company, path)
		if r.AmountCurrency != nil && *r.AmountCurrency != *currency {
			c.Addf(pay.CodeCurrencyMismatch, path.Then("currency"), "Currency must be %s, as minimumAmount's.", *r.AmountCurrency)
		}
		if len(r.Currencies) > 0 && !slices.Contains(r.Currencies, *currency) {
			c.Addf(pay.CodeInvalidInput, path.Then("currency"), "The rule is not for %s.", *currency)
		}
		*bound.into, r.AmountCurrency = minor, currency
	}
	if r.MinimumMinor != nil && r.MaximumMinor != nil && *r.MaximumMinor < *r.MinimumMinor {
		c.Addf(pay.CodeInvalidInput, at.Then("maximumAmount"), "It is less than minimumAmount.")
	}
}
