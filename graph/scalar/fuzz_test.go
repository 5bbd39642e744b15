package scalar_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"github.com/paygraph/paygraph/graph/scalar"
)

// form is a scalar as text and as a number may reach it.
type form struct {
	name string
	// again reads a value and writes what it read.
	again func(any) (string, error)
}

func formOf[T any](name string, read func(any) (T, error), write func(T) graphql.Marshaler) form {
	return form{name, func(v any) (string, error) {
		read, err := read(v)
		if err != nil {
			return "", err
		}
		var out bytes.Buffer
		write(read).MarshalGQL(&out)
		return out.String(), nil
	}}
}

var forms = []form{
	formOf("Int", scalar.UnmarshalInt, scalar.MarshalInt), formOf("Int64", scalar.UnmarshalInt64, scalar.MarshalInt64),
	formOf("Decimal", scalar.UnmarshalDecimal, scalar.MarshalDecimal), formOf("CurrencyCode", scalar.UnmarshalCurrencyCode, scalar.MarshalCurrencyCode),
	formOf("CountryCode", scalar.UnmarshalCountryCode, scalar.MarshalCountryCode), formOf("DateTime", scalar.UnmarshalDateTime, scalar.MarshalDateTime),
	formOf("Date", scalar.UnmarshalDate, scalar.MarshalDate), formOf("EmailAddress", scalar.UnmarshalEmailAddress, scalar.MarshalEmailAddress),
	formOf("PhoneNumber", scalar.UnmarshalPhoneNumber, scalar.MarshalPhoneNumber), formOf("URL", scalar.UnmarshalURL, scalar.MarshalURL),
	formOf("IdempotencyKey", scalar.UnmarshalIdempotencyKey, scalar.MarshalIdempotencyKey),
}

// FuzzScalars gives every scalar a text, and a number of the same characters: it refuses
// without repeating them, or what it reads is JSON once written, and reads as the same.
func FuzzScalars(f *testing.F) {
	for _, text := range []string{"", "0", "-9007199254740991", "1e3", "12.345", "EUR", "PT", "2026-01-31", "2026-01-31T24:00:00+23:59", "0001-01-01T00:00:00-23:59",
		"9999-12-31T23:59:59-10:00", `"a b"@example.com`, "a@[127.0.0.1]", "+351 912 345 678", "https://[::1%25a]:80/%zz", "http://localhost:1", "key-1", "\x00", "\u202e@é.example"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, s := range forms {
			for _, v := range []any{text, json.Number(text)} {
				s.check(t, v, text)
			}
		}
	})
}

func (s form) check(t *testing.T, v any, text string) {
	t.Helper()
	first, err := s.again(v)
	if err != nil {
		if len(text) > 12 && strings.Contains(err.Error(), text) {
			t.Errorf("%s repeats %q: %v", s.name, text, err)
		}
		return
	}
	var back any
	decoder := json.NewDecoder(strings.NewReader(first))
	decoder.UseNumber()
	if err := decoder.Decode(&back); err != nil {
		t.Fatalf("%s writes %q as %q, which is no JSON", s.name, text, first)
	}
	if second, err := s.again(back); err != nil || second != first {
		t.Errorf("%s writes %s as %s, and that as %q, %v", s.name, strconv.Quote(fmt.Sprint(v)), first, second, err)
	}
}
