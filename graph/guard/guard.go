// Package guard refuses requests that would cost more to look at than they are
// worth. It runs before the GraphQL library validates a document, because some
// rules of validation take time that grows with the square of a document, or
// without end through fragments; and it looks at nothing but the form of a
// request, so that it needs neither the schema nor the database.
//
// Whether what passes is GraphQL of this schema is for the library to say.
package guard

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// Limits of a document. Documents of people and programs stay well below them: the
// introspection of GraphiQL has about 300 tokens.
const (
	// MaxDocument is in bytes. What is long in a request belongs into variables.
	MaxDocument = 32 << 10
	// MaxTokens counts names, values, punctuation and comments.
	MaxTokens = 2000
	// MaxName is the length of a name in bytes. Errors of the library repeat names, some
	// of them once for each place.
	MaxName = 200
	// MaxSelections counts what stands in one pair of braces.
	MaxSelections = 200
	// MaxNesting counts braces of selections inside each other.
	MaxNesting = 50
	// MaxFragments counts the fragments that the document defines. Validation compares
	// each with each other.
	MaxFragments = 100
	// MaxDirectives counts those of the whole document as it is written.
	MaxDirectives = 20
	// MaxDirectivesAtOnce counts those of one field or fragment: @skip and @include.
	MaxDirectivesAtOnce = 2
	// MaxVariables counts the variables of one operation, and those that are sent.
	MaxVariables = 100
	// MaxValueDepth counts lists and objects inside each other in a value that is
	// written in the document or sent in a variable. Orders in bulk need 9.
	MaxValueDepth = 16
	// MaxTypeDepth counts lists inside each other in the type of a variable.
	MaxTypeDepth = 4
)

// Limits of a document with its fragments written out wherever they are spread.
const (
	// MaxDepth counts objects inside objects, from the root.
	MaxDepth = 15
	// MaxRoots counts the fields of the root, by their names in the answer.
	MaxRoots = 30
	// MaxAliases counts the names that one field has in one place of the answer. Each is
	// read by itself.
	MaxAliases = 30
	// MaxExpanded counts fields and fragments. It bounds what validation and execution
	// look at.
	MaxExpanded = 10_000
	// MaxPairs counts the selections of each place of the answer, each with each other
	// of the same place: the library compares them all, in documents that are not valid
	// too. One place may be selected a hundred times.
	MaxPairs = 5_000
)

// Codes of refusals, for extensions.code.
const (
	NotGraphQL = "GRAPHQL_PARSE_FAILED"
	Invalid    = "GRAPHQL_VALIDATION_FAILED"
	TooLarge   = "COST_LIMIT"
)

// Refusal says why a request is looked at no further. Its message is for the caller,
// names the limit, and repeats nothing of the request.
type Refusal struct {
	// Code is one of the codes of refusals.
	Code, Message string
	// At is the place in the document; nil for the document as a whole and for variables.
	At *ast.Position
}

func (r *Refusal) Error() string { return r.Message }

func tooLarge(at *ast.Position, format string, args ...any) *Refusal {
	return &Refusal{TooLarge, fmt.Sprintf(format, args...), at}
}

// Document reads a document and refuses it when it is none, or beyond a limit. The
// refusal is nil for a document that may be validated.
func Document(text string) (*ast.QueryDocument, *Refusal) {
	if len(text) > MaxDocument {
		return nil, tooLarge(nil, "The document is longer than %d bytes. Send long values as variables.", MaxDocument)
	}
	if halfSurrogate(text) {
		return nil, &Refusal{NotGraphQL, "The document has half of a surrogate pair.", nil}
	}
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: text}, MaxTokens)
	if err != nil {
		return nil, unreadable(err)
	}
	if len(doc.Operations) == 0 {
		return nil, &Refusal{Invalid, "The document has no operation.", nil}
	}
	if refusal := checkWritten(doc); refusal != nil {
		return nil, refusal
	}
	if refusal := checkExpanded(doc); refusal != nil {
		return nil, refusal
	}
	return doc, nil
}
