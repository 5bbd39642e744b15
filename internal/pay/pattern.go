package pay

import "regexp"

// Pattern is how a text must be written that others make up: a key, a name, a code. The most
// characters are counted apart from the expression, because one that counts far is compiled
// to a copy of what it counts for each time: those for providers' keys took a fifth of what
// a server that does nothing has in its heap.
type Pattern struct {
	expression *regexp.Regexp
	most       int
}

// NewPattern is that of texts which match an expression, of ASCII from its beginning to its
// end, and have at most so many characters.
func NewPattern(expression string, most int) Pattern {
	return Pattern{regexp.MustCompile(expression), most}
}

// Matches says whether a text is written so.
func (p Pattern) Matches(text string) bool {
	return len(text) <= p.most && p.expression.MatchString(text)
}
