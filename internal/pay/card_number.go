package pay

// LooksLikeCardNumber says whether text holds 12 to 19 digits in a row, spaces
// and hyphens aside, that pass the check of ISO/IEC 7812 (Luhn). Such text is
// refused where a token is wanted: a number that is never taken in cannot leak.
func LooksLikeCardNumber(text string) bool {
	var digits []byte
	for i := 0; i <= len(text); i++ {
		switch {
		case i < len(text) && text[i] >= '0' && text[i] <= '9':
			digits = append(digits, text[i]-'0')
		case i < len(text) && (text[i] == ' ' || text[i] == '-') && len(digits) > 0:
		default:
			if len(digits) >= 12 && len(digits) <= 19 && luhn(digits) {
				return true
			}
			digits = digits[:0]
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
