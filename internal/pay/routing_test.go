package pay_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// seeded draws ids that are the same in every run.
func seeded(r *rand.Rand) (id uuid.UUID) {
	for i := range id {
		id[i] = byte(r.Uint32())
	}
	return id
}

// anyOf draws some of a list, perhaps none.
func anyOf[T ~string](r *rand.Rand, all ...T) (some pay.Strings[T]) {
	for _, one := range all {
		if r.IntN(4) == 0 {
			some = append(some, one)
		}
	}
	return some
}

func anyRules(r *rand.Rand) (rules pay.GatewayRules) {
	gateways := []uuid.UUID{seeded(r), seeded(r), seeded(r), seeded(r)}
	for i := range r.IntN(8) {
		rule := pay.GatewayRule{Position: i, Name: string(rune('a' + i)), GatewayID: gateways[r.IntN(len(gateways))],
			Currencies: anyOf[money.Currency](r, "EUR", "USD", "JPY"), Countries: anyOf(r, "DE", "FR", "BD"),
			MethodTypes: anyOf(r, pay.MethodCard, pay.MethodMobileWallet), Priority: r.IntN(3), Weight: 1 + r.IntN(5)}
		if r.IntN(2) == 0 {
			currency, least, most := money.Currency("EUR"), r.Int64N(500), 500+r.Int64N(500)
			rule.AmountCurrency, rule.MinimumMinor, rule.MaximumMinor = &currency, &least, &most
		}
		rules.Rules = append(rules.Rules, rule)
	}
	return rules
}

func anyWish(r *rand.Rand) pay.RoutingWish {
	w := pay.RoutingWish{Amount: money.Money{Minor: r.Int64N(1200), Currency: []money.Currency{"EUR", "USD", "JPY", "GBP"}[r.IntN(4)]},
		Country: []string{"", "DE", "FR", "BD", "US"}[r.IntN(5)], Seed: seeded(r).String()}
	if r.IntN(2) == 0 {
		method := []pay.PaymentMethodType{pay.MethodCard, pay.MethodMobileWallet}[r.IntN(2)]
		w.MethodType = &method
	}
	return w
}

// holds is what a condition says, written another way than the rule's own code.
func holds[T ~string](list pay.Strings[T], value T) bool {
	return len(list) == 0 || slices.Contains(list, value)
}

func fits(rule pay.GatewayRule, w pay.RoutingWish) bool {
	var method pay.PaymentMethodType
	if w.MethodType != nil {
		method = *w.MethodType
	}
	in := rule.AmountCurrency == nil || *rule.AmountCurrency == w.Amount.Currency && w.Amount.Minor >= *rule.MinimumMinor && w.Amount.Minor <= *rule.MaximumMinor
	return in && holds(rule.Currencies, w.Amount.Currency) && holds(rule.Countries, w.Country) && holds(rule.MethodTypes, method)
}

// TestCandidates proves of random rules and wishes that the candidates are the gateways
// of the rules that fit and no others, each once and by its best rule, in order of
// priority, and the same whenever the seed is.
func TestCandidates(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(6, 35)) // #nosec G404 -- a test that is the same in every run
	several := 0
	for range 20_000 {
		rules, w := anyRules(r), anyWish(r)
		got := rules.Candidates(w)
		best := map[uuid.UUID]int{}
		byName := map[string]pay.GatewayRule{}
		for _, rule := range rules.Rules {
			byName[rule.Name] = rule
			if !fits(rule, w) {
				continue
			}
			if p, ok := best[rule.GatewayID]; !ok || rule.Priority < p {
				best[rule.GatewayID] = rule.Priority
			}
		}
		if len(got) != len(best) {
			t.Fatalf("%d candidates, want %d: %+v for %+v", len(got), len(best), rules, w)
		}
		last := -1
		for _, c := range got {
			rule := byName[c.Rule]
			if p, ok := best[c.GatewayID]; !ok || p != rule.Priority || rule.GatewayID != c.GatewayID || !fits(rule, w) || rule.Priority < last || c.Outcome != pay.RoutingWaiting {
				t.Fatalf("candidate %+v of %+v for %+v", c, rules, w)
			}
			delete(best, c.GatewayID)
			last = rule.Priority
		}
		if !slices.Equal(got, rules.Candidates(w)) {
			t.Fatalf("the same seed gave another order: %+v", got)
		}
		if len(got) > 1 {
			several++
		}
	}
	if several < 1000 {
		t.Fatalf("only %d wishes had several candidates", several)
	}
}

// TestWeights proves that equals come first as often as their weights say, and second as
// often as their weights say among the rest.
func TestWeights(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2)) // #nosec G404 -- a test that is the same in every run
	var rules pay.GatewayRules
	for i, weight := range []int{1, 3, 6} {
		rules.Rules = append(rules.Rules, pay.GatewayRule{Name: string(rune('a' + i)), GatewayID: seeded(r), Weight: weight})
	}
	const draws = 50_000
	first, second := map[string]float64{}, map[string]float64{}
	for range draws {
		got := rules.Candidates(pay.RoutingWish{Amount: money.Money{Minor: 1, Currency: "EUR"}, Seed: seeded(r).String()})
		first[got[0].Rule]++
		if got[0].Rule == "c" {
			second[got[1].Rule]++
		}
	}
	near := func(what string, share, want float64) {
		if share < want-0.01 || share > want+0.01 {
			t.Errorf("%s: %.4f, want %.4f", what, share, want)
		}
	}
	near("a is first", first["a"]/draws, 0.1)
	near("b is first", first["b"]/draws, 0.3)
	near("c is first", first["c"]/draws, 0.6)
	near("b is second after c", second["b"]/first["c"], 0.75)
}

// TestChoose proves that no gateway is asked twice for one request, that one whose breaker
// is open is asked only where it must, and that fallbacks are bounded.
func TestChoose(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4)) // #nosec G404 -- a test that is the same in every run
	longest := 0
	for range 5_000 {
		var routing pay.Routing
		for i := range 1 + r.IntN(6) {
			routing.Candidates = append(routing.Candidates, pay.RoutingCandidate{GatewayID: seeded(r), Rule: string(rune('a' + i)), Outcome: pay.RoutingWaiting})
		}
		open := map[uuid.UUID]bool{}
		for _, c := range routing.Candidates {
			open[c.GatewayID] = r.IntN(3) == 0
		}
		asked := map[uuid.UUID]bool{}
		for need := true; ; need = false {
			left := routing.Left()
			id, ok := routing.Choose(func(id uuid.UUID) bool { return !open[id] }, need)
			closed := slices.ContainsFunc(left, func(id uuid.UUID) bool { return !open[id] })
			if want := closed || need; ok != want || ok && (asked[id] || open[id] && closed) {
				t.Fatalf("chose %s, %t of %+v, open %v, asked %v", id, ok, routing, open, asked)
			}
			if !ok {
				break
			}
			if asked[id] = true; routing.Rule() == "" {
				t.Fatalf("no rule of %+v", routing)
			}
			if !routing.HasNext() {
				break
			}
			routing = routing.Next(seeded(r), pay.RoutingSoftDecline)
		}
		longest = max(longest, len(asked))
	}
	if longest != pay.MaxFallbacks+1 {
		t.Errorf("at most %d gateways were asked, want %d", longest, pay.MaxFallbacks+1)
	}
}
