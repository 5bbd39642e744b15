package guard

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

var (
	// expected is what the parser says of tokens; what it found is quoted by it where
	// it is the caller's, and stays out.
	expected = regexp.MustCompile(`^(Expected (?:"[a-z]+"|[A-Za-z]+|<EOF>|[^\w\s"]{1,3}), found|Unexpected) ([A-Za-z]+|<EOF>|[^\w\s"]{1,3})(?: ".*")?$`)
	empty    = regexp.MustCompile(`^expected at least one definition, found `)
	tokens   = regexp.MustCompile(`^exceeded token limit of `)
	nested   = regexp.MustCompile(`^exceeded maximum nesting depth of `)
)

// unreadable says what the parser found, in words that repeat nothing of the document:
// it may hold a card's number where none belongs.
func unreadable(err error) *Refusal {
	var fault *gqlerror.Error
	if !errors.As(err, &fault) {
		return &Refusal{NotGraphQL, "The document is not GraphQL.", nil}
	}
	var at *ast.Position
	if len(fault.Locations) > 0 {
		at = &ast.Position{Line: fault.Locations[0].Line, Column: fault.Locations[0].Column}
	}
	switch found := expected.FindStringSubmatch(fault.Message); {
	case tokens.MatchString(fault.Message):
		return tooLarge(at, "The document has more than %d tokens: names, values and punctuation.", MaxTokens)
	case nested.MatchString(fault.Message):
		return tooLarge(at, "The document is nested deeper than is accepted.")
	case found != nil:
		return &Refusal{NotGraphQL, fmt.Sprintf("The document is not GraphQL: %s %s.", found[1], found[2]), at}
	case empty.MatchString(fault.Message):
		return &Refusal{NotGraphQL, "The document is not GraphQL: a pair of braces or parentheses is empty.", at}
	}
	return &Refusal{NotGraphQL, "The document is not GraphQL: a character, number or text is malformed.", at}
}
