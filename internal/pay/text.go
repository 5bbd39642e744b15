package pay

import (
	"fmt"
	"strings"
)

// Strings is a list of short codes that a text[] column holds. The codes never
// contain quotes, commas or braces; Scan refuses a column that does, or that
// holds a null.
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
	inner, opened := strings.CutPrefix(text, "{")
	inner, closed := strings.CutSuffix(inner, "}")
	if !opened || !closed || strings.ContainsAny(inner, `"\{}`) {
		return fmt.Errorf("array column holds %.20q", text)
	}
	list := Strings[T]{}
	for code := range strings.SplitSeq(inner, ",") {
		switch {
		case inner == "":
		case code == "" || code == "NULL": // a code of that name would be in quotes
			return fmt.Errorf("array column holds %.20q", text)
		default:
			list = append(list, T(code))
		}
	}
	*s = list
	return nil
}
