package service

import (
	"context"
	"math"
	"math/big"
	"strings"
	"unicode/utf8"

	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// Limits of one bulk request.
const (
	maxBulk      = 100
	maxBulkLines = 2000
)

// checks collects every fault of an input, so that a form shows them all.
type checks struct{ pay.Problems }

func (c *checks) addAll(other checks) {
	for _, e := range pay.AsErrors(other.Err()) {
		c.Add(e)
	}
}

// text checks text that callers write at will. It must be between least and most
// characters long, and hold no number of a card or an account: it is stored, passed on
// and shown in the clear, to callers without payments:pii too. Absent text
// passes. ok is false for absent text too: there is nothing to look at further.
func (c *checks) text(value *string, least, most int, path pay.Path) (ok bool) {
	return c.characters(value, least, most, path) && c.unnumbered(*value, path)
}

// unnumbered refuses text with the number of a card or an account in it, and says whether
// there is none. The number is not repeated, because refusals are logged.
func (c *checks) unnumbered(text string, path pay.Path) bool {
	switch {
	case pay.MentionsIBAN(text):
		c.Addf(pay.CodeInvalidInput, path, "Account numbers are not accepted here.")
	case pay.MentionsCardNumber(text):
		c.Addf(pay.CodeInvalidInput, path, "Card numbers are not accepted.")
	default:
		return true
	}
	return false
}

// token checks text that stands for a means to pay, or is shown for one: there a
// card number would be put, so that whatever looks like one is refused.
func (c *checks) token(value *string, least, most int, path pay.Path) {
	switch {
	case !c.characters(value, least, most, path):
	case pay.MentionsIBAN(*value):
		c.Addf(pay.CodeInvalidInput, path, "Account numbers are not accepted here.")
	case pay.LooksLikeCardNumber(*value):
		c.Addf(pay.CodeInvalidInput, path, "Card numbers are not accepted; give the gateway's token.")
	}
}

// characters refuses text that is not between least and most characters long,
// that is white space only although some is needed, or that holds a NUL, which
// the database cannot store. It says whether there is text, and it is good.
func (c *checks) characters(value *string, least, most int, path pay.Path) bool {
	if value == nil {
		return false
	}
	n := utf8.RuneCountInString(*value)
	switch {
	case strings.ContainsRune(*value, 0):
		c.Addf(pay.CodeInvalidInput, path, "The text holds a NUL character.")
	case n < least || n > most || !utf8.ValidString(*value):
		c.Addf(pay.CodeInvalidInput, path, "The text must have %d to %d characters.", least, most)
	case least > 0 && strings.TrimSpace(*value) == "":
		c.Addf(pay.CodeInvalidInput, path, "The text must not be white space only.")
	default:
		return true
	}
	return false
}

// url checks what the scalar lets pass: a URL can have the number of a card or an account
// in it, and in the live environment a real payer's localhost is another machine than the
// merchant's.
func (c *checks) url(value *string, e pay.Environment, path pay.Path) {
	if value == nil || !c.unnumbered(*value, path) {
		return
	}
	if e != pay.Sandbox && strings.HasPrefix(strings.ToLower(*value), "http:") {
		c.Addf(pay.CodeInvalidInput, path, "Only https URLs are accepted outside the sandbox.")
	}
}

// bulk refuses a list that is empty or too long.
func (c *checks) bulk(n, most int, path pay.Path) bool {
	switch {
	case n == 0:
		c.Addf(pay.CodeRequired, path, "At least one item is needed.")
	case n > most:
		c.Addf(pay.CodeTooManyItems, path, "At most %d items are accepted; there are %d.", most, n)
	default:
		return true
	}
	return false
}

// room refuses one more where the tenant has as many as it may of what count counts. It is
// asked in the transaction that adds one: who asks at the same time waits for its end.
func room(ctx context.Context, rows store.Tenant, most int, what string, count func(context.Context) (int, error)) error {
	if err := rows.TakeTurn(ctx); err != nil {
		return err
	}
	n, err := count(ctx)
	if err == nil && n >= most {
		err = pay.Errors{pay.Refuse(pay.CodeTooManyItems, pay.At("input"), "A company has at most %d %s.", most, what)}
	}
	return err
}

func (c *checks) metadata(entries []pay.MetadataEntry, path pay.Path) {
	if len(entries) > pay.MaxMetadataEntries {
		c.Addf(pay.CodeMetadataLimit, path, "At most %d entries are accepted.", pay.MaxMetadataEntries)
		return
	}
	seen := map[string]bool{}
	for i, e := range entries {
		at := path.Index(i)
		switch {
		case e.Key == "" || utf8.RuneCountInString(e.Key) > pay.MaxMetadataKey:
			c.Addf(pay.CodeMetadataLimit, at.Then("key"), "The key must have 1 to %d characters.", pay.MaxMetadataKey)
		case utf8.RuneCountInString(e.Value) > pay.MaxMetadataValue:
			c.Addf(pay.CodeMetadataLimit, at.Then("value"), "The value must have at most %d characters.", pay.MaxMetadataValue)
		case seen[e.Key]:
			c.Addf(pay.CodeInvalidInput, at.Then("key"), "The key is used twice.")
		}
		// Their lengths have a code of their own, above.
		c.text(&e.Key, 0, math.MaxInt, at.Then("key"))
		c.text(&e.Value, 0, math.MaxInt, at.Then("value"))
		seen[e.Key] = true
	}
}

func (c *checks) address(a *pay.Address, path pay.Path) {
	if a == nil {
		return
	}
	for _, field := range []struct {
		name  string
		value *string
	}{{"name", a.Name}, {"line1", a.Line1}, {"line2", a.Line2}, {"city", a.City}, {"region", a.Region}, {"postalCode", a.PostalCode}} {
		c.text(field.value, 0, 200, path.Then(field.name))
	}
}

// description checks the free text of an object.
func (c *checks) description(value *string, path pay.Path) { c.text(value, 0, 1000, path) }

// retries checks how often something is tried again by itself.
func (c *checks) retries(n int, at pay.Path) {
	if n < 0 || n > pay.MaxRetries {
		c.Addf(pay.CodeInvalidInput, at.Then("automaticRetries"), "0 to %d retries are accepted.", pay.MaxRetries)
	}
}

// inUse refuses a currency of the past for something new; what is stored in one
// stays readable.
func (c *checks) inUse(currency money.Currency, path pay.Path) {
	if !currency.Active() {
		c.Addf(pay.CodeInvalidInput, path, "%s is no longer in use.", currency)
	}
}

// taxRate refuses a percentage outside 0 to 100 or with more than 4 decimals.
func (c *checks) taxRate(rate *string, path pay.Path) {
	if rate == nil {
		return
	}
	r, ok := new(big.Rat).SetString(*rate)
	if !ok || r.Sign() < 0 || r.Cmp(big.NewRat(100, 1)) > 0 || !new(big.Rat).Mul(r, big.NewRat(10_000, 1)).IsInt() {
		c.Addf(pay.CodeInvalidInput, path, "The tax rate must be 0 to 100 percent with at most 4 decimals.")
	}
}

// reference checks a caller's own id.
func (c *checks) reference(ref *string, path pay.Path) { c.text(ref, 1, 255, path.Then("referenceId")) }

// unique refuses items of one request that carry the same value. It says where and not
// what: the value may be the number of a card.
func (c *checks) unique(values []*string, path func(i int) pay.Path) {
	first := map[string]int{}
	for i, v := range values {
		if v == nil {
			continue
		}
		if j, ok := first[*v]; ok {
			c.Addf(pay.CodeDuplicateReference, path(i), "It is used twice in this request, first at position %d.", j)
			continue
		}
		first[*v] = i
	}
}

func notFound(what string, path pay.Path) *pay.Error {
	return pay.Refuse(pay.CodeNotFound, path, "There is no such %s.", what)
}

func duplicateReference(existing string, path pay.Path) *pay.Error {
	e := pay.Refuse(pay.CodeDuplicateReference, path, "It belongs to another object.")
	e.ExistingID = existing
	return e
}

func ptr[T any](v T) *T { return &v }

// trimmed is text without blanks around it: two that look the same are the same.
func trimmed(text *string) *string {
	if text == nil {
		return nil
	}
	return ptr(strings.TrimSpace(*text))
}
