package pay

// LooksLikeCardNumber says whether text holds 12 to 19 digits in a row, spaces
// and hyphens aside, that pass the check of ISO/IEC 7812 (Luhn). Such text is
// refused where a token is wanted: a number that is never taken in cannot leak.
//
// Where spaces and hyphens part the digits into groups, the number may be some
// groups of a longer row: an expiry date or a security code often follows it.
func LooksLikeCardNumber(text string) bool {
	var digits []byte
	var groups []int // where each group of digits begins
	grouped := false
	for i := range len(text) {
		switch c := text[i]; {
		case c >= '0' && c <= '9':
			if !grouped {
				groups = append(groups, len(digits))
			}
			digits, grouped = append(digits, c-'0'), true
		case c == ' ' || c == '-':
			grouped = false
		default:
			if holdsCardNumber(digits, groups) {
				return true
			}
			digits, groups, grouped = digits[:0], groups[:0], false
		}
	}
	return holdsCardNumber(digits, groups)
}

// holdsCardNumber says whether whole groups of the digits make a card number.
func holdsCardNumber(digits []byte, groups []int) bool {
	borders := append(groups, len(digits))
	for i, start := range borders {
		for _, end := range borders[i+1:] {
			if end-start > 19 {
				break // or a long text of short groups would take for ever
			}
			if end-start >= 12 && luhn(digits[start:end]) {
				return true
			}
		}
	}
	return false
}

func luhn(digits []byte) bool {
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i])
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}
