package resttest

import "net/url"

// Back is an address that a payer comes back to, with what a provider adds to it, in pairs
// of a name and a value.
func Back(address string, pairs ...string) string {
	u, err := url.Parse(address)
	if err != nil {
		panic(err)
	}
	query := u.Query()
	for i := 0; i < len(pairs); i += 2 {
		query.Set(pairs[i], pairs[i+1])
	}
	u.RawQuery = query.Encode()
	return u.String()
}
