package guard

import (
	"strconv"
	"unicode/utf16"
)

// halfSurrogate says whether a text has an escape of half a surrogate pair in it. It is no
// character, in GraphQL nor in Unicode, but JSON lets it be written (RFC 8259, 8.2), and
// decoders make U+FFFD of each: two ids that differ in one would become the same.
func halfSurrogate[T string | []byte](text T) bool {
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		i++
		first := escaped(text, i)
		if !utf16.IsSurrogate(first) {
			continue
		}
		if i+5 >= len(text) || text[i+5] != '\\' || utf16.DecodeRune(first, escaped(text, i+6)) == '\uFFFD' {
			return true
		}
		i += 10
	}
	return false
}

// escaped is the unit of UTF-16 that stands at a place as u and four digits, or zero.
func escaped[T string | []byte](text T, at int) rune {
	if at+5 > len(text) || text[at] != 'u' {
		return 0
	}
	unit, err := strconv.ParseUint(string(text[at+1:at+5]), 16, 16)
	if err != nil {
		return 0
	}
	return rune(unit)
}
