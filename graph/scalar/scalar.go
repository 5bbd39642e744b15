// Package scalar reads and writes the API's scalars, strictly: what is not
// exactly the documented form is refused with a message for people, at the
// path of the value. It depends on nothing that resolves, because the
// generated code imports it.
package scalar

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/mail"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// readers read the scalars that can be sent and have a form of their own, by name.
var readers = map[string]func(any) error{
	"Int": form(UnmarshalInt), "Int64": form(UnmarshalInt64), "Decimal": form(UnmarshalDecimal), "CurrencyCode": form(UnmarshalCurrencyCode),
	"CountryCode": form(UnmarshalCountryCode), "DateTime": form(UnmarshalDateTime), "Date": form(UnmarshalDate),
	"EmailAddress": form(UnmarshalEmailAddress), "PhoneNumber": form(UnmarshalPhoneNumber), "URL": form(UnmarshalURL),
	"IdempotencyKey": form(UnmarshalIdempotencyKey),
}

func form[T any](read func(any) (T, error)) func(any) error {
	return func(v any) error {
		_, err := read(v)
		return err
	}
}

// Check says what is wrong with a value for the scalar of a name, in words for callers;
// nil for scalars without a form. It is asked before anything of a request is done: what
// is found when a field reads its arguments comes after other fields have done their work.
func Check(name string, v any) error {
	if read, ok := readers[name]; ok {
		return read(v)
	}
	return nil
}

// MarshalInt writes a 32-bit whole number.
func MarshalInt(n int) graphql.Marshaler { return graphql.MarshalInt(n) }

// UnmarshalInt reads a 32-bit whole number. Text is refused, unlike in
// gqlgen's own Int: the specification does not allow it.
func UnmarshalInt(v any) (int, error) {
	n, err := whole(v)
	if err != nil || n < math.MinInt32 || n > math.MaxInt32 {
		return 0, errors.New("must be a whole number of 32 bits")
	}
	return int(n), nil
}

var errInt64 = errors.New("must be a whole number of at most 2^53 - 1, without fraction or exponent")

// MarshalInt64 writes an amount as a JSON number, exact in JavaScript.
func MarshalInt64(n int64) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) { io.WriteString(w, strconv.FormatInt(n, 10)) })
}

// UnmarshalInt64 reads a whole number of at most 2^53 − 1, as a number or as
// text of digits. Fractions and exponents are refused, even if they are whole.
func UnmarshalInt64(v any) (int64, error) {
	if text, ok := v.(string); ok {
		if !digits.MatchString(text) {
			return 0, errInt64
		}
		v = json.Number(text)
	}
	n, err := whole(v)
	if err != nil || n < -money.MaxMinor || n > money.MaxMinor {
		return 0, errInt64
	}
	return n, nil
}

var digits = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,15})$`)

func whole(v any) (int64, error) {
	switch n := v.(type) {
	case int:
		return int64(n), nil
	case int32:
		return int64(n), nil
	case int64:
		return n, nil
	case json.Number:
		return strconv.ParseInt(string(n), 10, 64)
	}
	return 0, errInt64
}

// text makes the pair of functions that a textual scalar needs; check returns
// nil for text of the scalar's form.
func text(v any, form string, valid func(string) bool) (string, error) {
	s, ok := v.(string)
	if !ok || !valid(s) {
		return "", errors.New("must be " + form)
	}
	return s, nil
}

var decimal = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,15})(\.[0-9]{1,8})?$`)

// MarshalDecimal writes exact decimal text.
func MarshalDecimal(s string) graphql.Marshaler { return graphql.MarshalString(s) }

// UnmarshalDecimal reads exact decimal text.
func UnmarshalDecimal(v any) (string, error) {
	return text(v, `decimal text such as "12.34"`, decimal.MatchString)
}

// MarshalCurrencyCode writes an ISO 4217 code.
func MarshalCurrencyCode(c money.Currency) graphql.Marshaler { return graphql.MarshalString(string(c)) }

// UnmarshalCurrencyCode reads a known ISO 4217 code.
func UnmarshalCurrencyCode(v any) (money.Currency, error) {
	s, ok := v.(string)
	c, err := money.ParseCurrency(s)
	if !ok || err != nil {
		return "", errors.New("must be an ISO 4217 currency code in upper case")
	}
	return c, nil
}

// MarshalCountryCode writes an ISO 3166-1 alpha-2 code.
func MarshalCountryCode(s string) graphql.Marshaler { return graphql.MarshalString(s) }

// UnmarshalCountryCode reads a known ISO 3166-1 alpha-2 code.
func UnmarshalCountryCode(v any) (string, error) {
	return text(v, "an ISO 3166-1 alpha-2 country code in upper case", pay.KnownCountry)
}

// MarshalDateTime writes an instant in UTC.
func MarshalDateTime(t time.Time) graphql.Marshaler {
	return graphql.MarshalString(t.UTC().Format(time.RFC3339Nano))
}

// UnmarshalDateTime reads an RFC 3339 instant and keeps it to the microsecond,
// as the database does. Years are limited to what every client can show.
func UnmarshalDateTime(v any) (time.Time, error) {
	s, _ := v.(string)
	t, err := time.Parse(time.RFC3339Nano, s)
	t = t.UTC().Truncate(time.Microsecond) // before the year is looked at: its zone may move it
	if err != nil || t.Year() < 1900 || t.Year() > 9999 {
		return time.Time{}, errors.New("must be an RFC 3339 date and time with a time zone")
	}
	return t, nil
}

// MarshalDate writes a calendar day.
func MarshalDate(t time.Time) graphql.Marshaler {
	return graphql.MarshalString(t.Format(time.DateOnly))
}

// UnmarshalDate reads a calendar day.
func UnmarshalDate(v any) (time.Time, error) {
	s, _ := v.(string)
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1900 {
		return time.Time{}, errors.New("must be a calendar day such as 2026-01-31")
	}
	return t, nil
}

// MarshalEmailAddress writes an e-mail address.
func MarshalEmailAddress(s string) graphql.Marshaler { return graphql.MarshalString(s) }

// UnmarshalEmailAddress reads an e-mail address of at most 254 characters.
func UnmarshalEmailAddress(v any) (string, error) {
	return text(v, "an e-mail address", func(s string) bool {
		a, err := mail.ParseAddress(s)
		return err == nil && a.Address == s && len(s) <= 254
	})
}

var phone = regexp.MustCompile(`^\+?[0-9][0-9 ().-]{2,30}$`)

// MarshalPhoneNumber writes a telephone number.
func MarshalPhoneNumber(s string) graphql.Marshaler { return graphql.MarshalString(s) }

// UnmarshalPhoneNumber reads a telephone number of 4 to 20 digits.
func UnmarshalPhoneNumber(v any) (string, error) {
	return text(v, "a telephone number", func(s string) bool {
		count := 0
		for _, r := range s {
			if r >= '0' && r <= '9' {
				count++
			}
		}
		return phone.MatchString(s) && count >= 4 && count <= 20
	})
}

// MarshalURL writes a URL.
func MarshalURL(s string) graphql.Marshaler { return graphql.MarshalString(s) }

// UnmarshalURL reads an absolute https URL without credentials; http only for
// localhost, where there is nobody to listen in.
func UnmarshalURL(v any) (string, error) {
	return text(v, "an absolute https URL", func(s string) bool {
		u, err := url.Parse(s)
		if err != nil || len(s) > 2048 || u.Host == "" || u.User != nil {
			return false
		}
		return u.Scheme == "https" || u.Scheme == "http" && u.Hostname() == "localhost"
	})
}

var visible = pay.NewPattern(`^[!-~]+$`, 255)

// MarshalIdempotencyKey writes an idempotency key.
func MarshalIdempotencyKey(s string) graphql.Marshaler { return graphql.MarshalString(s) }

// UnmarshalIdempotencyKey reads 1 to 255 visible ASCII characters.
func UnmarshalIdempotencyKey(v any) (string, error) {
	return text(v, "1 to 255 visible ASCII characters", visible.Matches)
}

// MarshalJSON writes a gateway's payload as it came.
func MarshalJSON(j pay.JSON) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		if len(j) == 0 {
			io.WriteString(w, "null")
			return
		}
		w.Write(j)
	})
}

// UnmarshalJSON is needed to compile and never used: no input takes JSON.
func UnmarshalJSON(v any) (pay.JSON, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("must be JSON: %w", err)
	}
	return raw, nil
}

// MarshalScope writes payments:read as PAYMENTS_READ.
func MarshalScope(s pay.Scope) graphql.Marshaler {
	return graphql.MarshalString(strings.ToUpper(strings.Replace(string(s), ":", "_", 1)))
}

// UnmarshalScope reads PAYMENTS_READ as payments:read.
func UnmarshalScope(v any) (pay.Scope, error) {
	s, _ := v.(string)
	return pay.Scope(strings.Replace(strings.ToLower(s), "_", ":", 1)), nil
}
