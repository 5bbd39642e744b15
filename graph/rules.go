package graph

import (
	"encoding/json"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/paygraph/paygraph/graph/scalar"
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
		brief.AddRule(name, few(check))
	}
	brief.AddRule(scalarsRule, few(scalarsHaveTheirForm))
	return brief
}

// few lets a rule say no more than is shown.
func few(check core.RuleFunc) core.RuleFunc {
	return func(observers *core.Events, add core.AddErrFunc) {
		left := maxErrors
		check(observers, func(options ...core.ErrorOption) {
			if left--; left >= 0 {
				add(options...)
			}
		})
	}
}

// scalarsRule is the name of scalarsHaveTheirForm.
const scalarsRule = "ScalarsHaveTheirForm"

// scalarsHaveTheirForm refuses literals that are none of their scalar's, which the library
// leaves to the fields that get them. What else is wrong with a value its own rule says.
func scalarsHaveTheirForm(observers *core.Events, add core.AddErrFunc) {
	observers.OnValue(func(_ *core.Walker, v *ast.Value) {
		if v.Definition == nil || v.Definition.Kind != ast.Scalar {
			return
		}
		var literal any = v.Raw
		switch v.Kind {
		case ast.IntValue:
			literal = json.Number(v.Raw)
		case ast.StringValue, ast.BlockValue:
			if v.Definition.Name == "Int" {
				return
			}
		default:
			return
		}
		if err := scalar.Check(v.Definition.Name, literal); err != nil {
			add(core.Message("%s", err), core.At(v.Position))
		}
	})
}
