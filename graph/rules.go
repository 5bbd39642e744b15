package graph

import (
	"strings"

	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// briefRules are the library's rules of validation, made to say little: without those
// that suggest other names, which compare each wrong name with all there are, and none
// with more errors than are shown.
func briefRules() *rules.Rules {
	brief := rules.NewRules()
	instead := map[string]core.Rule{}
	for _, rule := range []core.Rule{rules.FieldsOnCorrectTypeRuleWithoutSuggestions, rules.ScalarLeafsRuleWithoutSuggestions, rules.KnownArgumentNamesRuleWithoutSuggestions,
		rules.KnownTypeNamesRuleWithoutSuggestions, rules.ValuesOfCorrectTypeRuleWithoutSuggestions} {
		instead[strings.TrimSuffix(rule.Name, "WithoutSuggestions")] = rule
	}
	for name, check := range rules.NewDefaultRules().GetInner() {
		if other, ok := instead[name]; ok {
			name, check = other.Name, other.RuleFunc
		}
		brief.AddRule(name, func(observers *core.Events, add core.AddErrFunc) {
			left := maxErrors
			check(observers, func(options ...core.ErrorOption) {
				if left--; left >= 0 {
					add(options...)
				}
			})
		})
	}
	return brief
}
