package graph

import (
	"regexp"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// words are the names of the schema. The GraphQL library repeats in its errors what it
// was sent, and that may be a card's number where none belongs; of what stands in a
// request, only these words are repeated. The place is told by line and column, or by
// the path.
type words map[string]bool

func wordsOf(schema *ast.Schema) words {
	w := words{}
	for _, t := range schema.Types {
		w[t.Name] = true
		for _, f := range t.Fields {
			w[f.Name] = true
			w.arguments(f.Arguments)
		}
		for _, v := range t.EnumValues {
			w[v.Name] = true
		}
	}
	for _, d := range schema.Directives {
		w[d.Name] = true
		w.arguments(d.Arguments)
	}
	return w
}

func (w words) arguments(list ast.ArgumentDefinitionList) {
	for _, a := range list {
		w[a.Name] = true
	}
}

var (
	quoted = regexp.MustCompile(`"[^"]*"`)
	word   = regexp.MustCompile(`[^\s.$@!\[\]]+`)
)

// ofRule is what a rule of validation says of a document. Of the messages of all rules,
// only those about values hold more of the document than names in quotes.
func (w words) ofRule(e *gqlerror.Error) string {
	message := e.Message
	if e.Rule == scalarsRule { // our own words
		return message
	}
	if strings.HasPrefix(e.Rule, rules.ValuesOfCorrectTypeRule.Name) {
		for _, repeats := range []string{", found ", ": "} { // a value, to the end
			if said, _, cut := strings.Cut(message, repeats); cut {
				message = said + "."
			}
		}
	}
	return quoted.ReplaceAllStringFunc(message, func(text string) string {
		return `"` + word.ReplaceAllStringFunc(strings.Trim(text, `"`), func(name string) string {
			if w[name] {
				return name
			}
			return "…"
		}) + `"`
	})
}

// path is the path of a value in the variables, as far as it has only names that the
// schema or the document declares: keys of JSON can be anything.
func (w words) path(path ast.Path) ast.Path {
	for i, step := range path {
		if name, ok := step.(ast.PathName); ok && i > 1 && !w[string(name)] {
			return path[:i]
		}
	}
	return path
}

// aboutVariable are what the library says of variables without repeating any.
var aboutVariable = regexp.MustCompile(`^(must be defined|cannot be null|unknown field|must an input type|enums must be ints or strings|must be a \w+, not a [a-z0-9]+|cannot use [a-z0-9]+ as \w+)$`)

// ofVariable is what the library says of a variable.
func ofVariable(message string) string {
	switch {
	case message == "unknown field":
		return "has a field that its type does not have"
	case aboutVariable.MatchString(message):
		return message
	}
	return "is no value of its type"
}
