package pay

import (
	"fmt"
	"strings"
)

// Strings is a list of short codes that a text[] column holds. The codes never
// contain quotes, commas or braces; Scan refuses a column that does.
type Strings[T ~string] []T

// Scan reads the text form of a PostgreSQL array.
func (s *Strings[T]) Scan(src any) error {
	var text string
	switch raw := src.(type) {
	case []byte:
		text = string(raw)
	case string:
		text = raw
	default:
		return fmt.Errorf("array column of type %T", src)
	}
	if len(text) < 2 || text[0] != '{' || strings.ContainsAny(text, `"\`) {
		return fmt.Errorf("array column holds %.20q", text)
	}
	*s = Strings[T]{}
	if text == "{}" {
		return nil
	}
	for code := range strings.SplitSeq(text[1:len(text)-1], ",") {
		*s = append(*s, T(code))
	}
	return nil
}
