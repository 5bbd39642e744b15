package pay

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"math"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/money"
)

// Limits of a company's rules.
const (
	// MaxGatewayRules bounds the list: every attempt that names no gateway reads it.
	MaxGatewayRules = 50
	// MaxRuleWeight and MaxRulePriority bound the numbers of one rule.
	MaxRuleWeight   = 1000
	MaxRulePriority = 1000
	// MaxFallbacks is how many other gateways are asked at most for what one request
	// wants, and FalloverTime how long after the first attempt was made another may still
	// take over: a payer waits meanwhile, and each call may take as long as CallDeadline.
	MaxFallbacks = 3
	FalloverTime = 20 * time.Second
)

// GatewayRule says for what attempts that name no gateway this one is chosen. A
// condition that is empty holds for everything.
type GatewayRule struct {
	// Position is the rule's place in the list, from 0.
	Position int
	// Name is how the decision is told; no two rules of a company share one.
	Name      string
	GatewayID uuid.UUID
	// Currencies, Countries (of the payer) and MethodTypes (that the request asks for)
	// are the only ones that the rule is for.
	Currencies  Strings[money.Currency]
	Countries   Strings[string]
	MethodTypes Strings[PaymentMethodType]
	// MinimumMinor and MaximumMinor bound the amount, both included, in minor units of
	// AmountCurrency; with either, the rule is for that currency only.
	AmountCurrency *money.Currency
	MinimumMinor   *int64
	MaximumMinor   *int64
	// Priority: the rules with the lowest number are tried first.
	Priority int
	// Weight is the rule's share among those of the same priority that fit, from 1.
	Weight int
}

// MinimumAmount is the least that the rule is for, or null.
func (r GatewayRule) MinimumAmount() *money.Money { return r.bound(r.MinimumMinor) }

// MaximumAmount is the most that the rule is for, or null.
func (r GatewayRule) MaximumAmount() *money.Money { return r.bound(r.MaximumMinor) }

func (r GatewayRule) bound(minor *int64) *money.Money {
	if r.AmountCurrency == nil {
		return nil
	}
	return moneyOrNil(minor, *r.AmountCurrency)
}

// GatewayRules are all rules of a company, in their order.
type GatewayRules struct {
	// Version counts the changes of the list; 0 before the first.
	Version int
	// UpdatedAt is when the list was last changed (UTC); null before.
	UpdatedAt *time.Time
	Rules     []GatewayRule
}

// RoutingWish is what is known of an attempt when its gateway is chosen.
type RoutingWish struct {
	Amount money.Money
	// Country of the payer; empty where it is not known, which no rule with countries fits.
	Country string
	// MethodType that the request asks for; nil for any, which no rule with method types fits.
	MethodType *PaymentMethodType
	// Seed decides by weight: the request's idempotency key. The same seed gives the same
	// order, so that a request that is sent again, because nothing came of it, goes where it
	// went at first.
	Seed string
}

// fits says that all conditions of the rule hold.
func (r GatewayRule) fits(w RoutingWish) bool {
	switch {
	case len(r.Currencies) > 0 && !slices.Contains(r.Currencies, w.Amount.Currency),
		len(r.Countries) > 0 && !slices.Contains(r.Countries, w.Country),
		len(r.MethodTypes) > 0 && (w.MethodType == nil || !slices.Contains(r.MethodTypes, *w.MethodType)),
		r.AmountCurrency != nil && *r.AmountCurrency != w.Amount.Currency,
		r.MinimumMinor != nil && w.Amount.Minor < *r.MinimumMinor,
		r.MaximumMinor != nil && w.Amount.Minor > *r.MaximumMinor:
		return false
	}
	return true
}

// Candidates lists the gateways of the rules that fit, in the order in which they are to
// be asked: by priority, and among equals by chance, each as often before the others as
// its weight says. A gateway of several rules stands where it comes first.
func (r GatewayRules) Candidates(w RoutingWish) []RoutingCandidate {
	type drawn struct {
		GatewayRule
		lot float64
	}
	var fit []drawn
	for _, rule := range r.Rules {
		if rule.fits(w) {
			fit = append(fit, drawn{rule, rule.lot(w.Seed)})
		}
	}
	slices.SortStableFunc(fit, func(a, b drawn) int {
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), cmp.Compare(a.lot, b.lot))
	})
	list := []RoutingCandidate{}
	for _, d := range fit {
		if !slices.ContainsFunc(list, func(c RoutingCandidate) bool { return c.GatewayID == d.GatewayID }) {
			list = append(list, RoutingCandidate{GatewayID: d.GatewayID, Rule: d.Name, Outcome: RoutingWaiting})
		}
	}
	return list
}

// lot is when the rule's turn comes among those of its priority: the time until the next
// event of a process as fast as the weight. The first of several such processes is each
// of them in proportion to its weight, and so on among the rest.
func (r GatewayRule) lot(seed string) float64 {
	hash := sha256.New()
	hash.Write(r.GatewayID[:])                    // of one company, so that a key means something else in each
	for _, text := range []string{r.Name, seed} { // a gateway of two rules has two lots
		hash.Write(binary.BigEndian.AppendUint64(nil, uint64(len(text))))
		hash.Write([]byte(text))
	}
	const bits = 53
	chance := (float64(binary.BigEndian.Uint64(hash.Sum(nil))>>(64-bits)) + 0.5) / (1 << bits) // in (0, 1)
	return -math.Log(chance) / float64(max(r.Weight, 1))
}

// RoutingOutcome says what became of a gateway that was considered for an attempt.
type RoutingOutcome string

// The outcomes. Those but the first two are why a gateway was passed over.
const (
	// RoutingChosen: it was asked. RoutingWaiting: others came before it.
	RoutingChosen  RoutingOutcome = "CHOSEN"
	RoutingWaiting RoutingOutcome = "WAITING"
	// It cannot take the attempt.
	RoutingDisabled   RoutingOutcome = "DISABLED"
	RoutingConnector  RoutingOutcome = "CONNECTOR"
	RoutingCurrency   RoutingOutcome = "CURRENCY"
	RoutingCountry    RoutingOutcome = "COUNTRY"
	RoutingMethodType RoutingOutcome = "METHOD_TYPE"
	RoutingMinimum    RoutingOutcome = "MINIMUM"
	RoutingFood       RoutingOutcome = "FOOD"
	RoutingSetup      RoutingOutcome = "SETUP"
	RoutingRestricted RoutingOutcome = "RESTRICTED"
	RoutingForm       RoutingOutcome = "FORM"
	RoutingHold       RoutingOutcome = "HOLD"
	RoutingAmount     RoutingOutcome = "AMOUNT"
	// RoutingCircuitOpen: it failed too often of late to be asked now.
	RoutingCircuitOpen RoutingOutcome = "CIRCUIT_OPEN"
	// It was asked before for the same request, by another attempt.
	RoutingSoftDecline RoutingOutcome = "SOFT_DECLINE"
	RoutingNotSent     RoutingOutcome = "NOT_SENT"
)

// left says that the gateway can still be asked for the request.
func (o RoutingOutcome) left() bool { return o == RoutingWaiting || o == RoutingCircuitOpen }

// RoutingCandidate is one gateway that was considered for an attempt.
type RoutingCandidate struct {
	GatewayID uuid.UUID `json:"gatewayId"`
	// Rule is the name of the rule that it stands for, as it was called then.
	Rule    string         `json:"rule"`
	Outcome RoutingOutcome `json:"outcome"`
}

// Routing is how the gateway of an attempt was chosen, where the request named none. It
// never changes once the attempt is made.
type Routing struct {
	// RulesVersion is the version of the company's rules that decided.
	RulesVersion int `json:"rulesVersion"`
	// Fallback is 0 for the first gateway that was asked for a request, 1 for the first
	// that took over, and so on.
	Fallback int `json:"fallback"`
	// FallbackOf is the attempt whose failure this one makes good.
	FallbackOf *uuid.UUID `json:"fallbackOf,omitempty"`
	// Candidates stand in the order in which they were to be asked.
	Candidates []RoutingCandidate `json:"candidates"`
}

// Scan reads the decision from the text of a JSON column.
func (r *Routing) Scan(src any) error { return scanJSON(src, r) }

// Rule is the name of the rule that decided.
func (r Routing) Rule() string {
	for _, c := range r.Candidates {
		if c.Outcome == RoutingChosen {
			return c.Rule
		}
	}
	return ""
}

// OutcomeOf is what became of a gateway.
func (r Routing) OutcomeOf(id uuid.UUID) RoutingOutcome {
	for _, c := range r.Candidates {
		if c.GatewayID == id {
			return c.Outcome
		}
	}
	return ""
}

// Pass notes for each gateway that is left why it cannot take the attempt, if it cannot.
func (r *Routing) Pass(why func(uuid.UUID) RoutingOutcome) {
	for i := range r.Candidates {
		c := &r.Candidates[i]
		if c.Outcome.left() {
			c.Outcome = cmp.Or(why(c.GatewayID), RoutingWaiting)
		}
	}
}

// Choose takes the first gateway that is left and that may says is not failing. Where all
// of them are, the first is asked all the same if need be: a breaker spares what can be
// had elsewhere, and never refuses what cannot. ok is false where none is left.
func (r *Routing) Choose(may func(uuid.UUID) bool, need bool) (id uuid.UUID, ok bool) {
	chosen := -1
	for i := range r.Candidates {
		c := &r.Candidates[i]
		if !c.Outcome.left() {
			continue
		}
		if may(c.GatewayID) {
			chosen = i
			break
		}
		c.Outcome = RoutingCircuitOpen
	}
	if chosen < 0 && need {
		chosen = slices.IndexFunc(r.Candidates, func(c RoutingCandidate) bool { return c.Outcome.left() })
	}
	if chosen < 0 {
		return uuid.Nil, false
	}
	r.Candidates[chosen].Outcome = RoutingChosen
	return r.Candidates[chosen].GatewayID, true
}

// Next is the decision of the attempt that makes good the failure of this one, before its
// gateway is chosen: why says what became of the gateway that was asked.
func (r Routing) Next(of uuid.UUID, why RoutingOutcome) Routing {
	next := Routing{RulesVersion: r.RulesVersion, Fallback: r.Fallback + 1, FallbackOf: &of, Candidates: slices.Clone(r.Candidates)}
	for i := range next.Candidates {
		if c := &next.Candidates[i]; c.Outcome == RoutingChosen {
			c.Outcome = why
		}
	}
	return next
}

// HasNext says that another gateway may be asked after this one.
func (r *Routing) HasNext() bool {
	return r != nil && r.Fallback < MaxFallbacks && slices.ContainsFunc(r.Candidates, func(c RoutingCandidate) bool { return c.Outcome.left() })
}

// Left are the gateways that may still be asked.
func (r Routing) Left() (ids []uuid.UUID) {
	for _, c := range r.Candidates {
		if c.Outcome.left() {
			ids = append(ids, c.GatewayID)
		}
	}
	return ids
}

// NewestOf follows the fallbacks of an attempt to the last: of all that were made for one
// request, the one that tells what became of it.
func NewestOf(attempts []Transaction, id uuid.UUID) uuid.UUID {
	for range attempts { // each step is another attempt
		i := slices.IndexFunc(attempts, func(t Transaction) bool {
			return t.Routing != nil && t.Routing.FallbackOf != nil && *t.Routing.FallbackOf == id
		})
		if i < 0 {
			break
		}
		id = attempts[i].ID
	}
	return id
}
