package gatewaytest

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// describe says what is wrong with a connector's description.
func describe(connector gateway.Connector) []string {
	d := connector.Describe()
	problems := describeIdentity(d)
	seen := map[string]bool{}
	for _, p := range d.Parameters {
		if seen[p.ParameterID] {
			problems = append(problems, fmt.Sprintf("parameter %q is declared twice", p.ParameterID))
		}
		seen[p.ParameterID] = true
		problems = append(problems, describeParameter(p)...)
	}
	for i, name := range d.Returns {
		if name == "" || slices.Contains(d.Returns[:i], name) {
			problems = append(problems, fmt.Sprintf("payers come back with %q twice, or with what has no name", name))
		}
	}
	return append(problems, describeStability(connector)...)
}

func describeIdentity(d gateway.Description) []string {
	var problems []string
	if d.Name == "" {
		problems = append(problems, "the connector has no name")
	}
	if len(d.Environments) == 0 {
		problems = append(problems, "the connector is for no environment")
	}
	for _, e := range d.Environments {
		if e != pay.Live && e != pay.Sandbox {
			problems = append(problems, fmt.Sprintf("unknown environment %q", e))
		}
	}
	return problems
}

// maxParameterID is how many characters of a parameter's id can be stored.
const maxParameterID = 100

func describeParameter(p pay.GatewayParameter) []string {
	var problems []string
	complain := func(format string, args ...any) {
		problems = append(problems, fmt.Sprintf("parameter %q ", p.ParameterID)+fmt.Sprintf(format, args...))
	}
	if n := utf8.RuneCountInString(p.ParameterID); n < 1 || n > maxParameterID {
		complain("has an id of %d characters, want 1 to %d", n, maxParameterID)
	}
	if p.FriendlyName == "" {
		complain("has no name for people")
	}
	if !p.IsMerchant && !p.IsForm {
		complain("is set by nobody: neither by the merchant nor in the form")
	}
	if word := wordOf(secretWords, p.ParameterID, p.FriendlyName); word != "" && !p.IsSecret {
		complain("looks like a secret (%q) and is none: it would be stored and shown in the clear", word)
	}
	if word := wordOf(cardWords, p.ParameterID, p.FriendlyName); word != "" {
		complain("looks like what is never accepted (%q)", word)
	}
	if p.IsSecret && (!p.IsMerchant || p.IsForm || p.IsVisible || len(p.Options) > 0) {
		complain("is a secret, which only the merchant sets and nobody sees")
	}
	options := map[string]bool{}
	for _, o := range p.Options {
		if o.ID == "" || o.Text == "" || options[o.ID] {
			complain("has option %q with text %q, want both and each id once", o.ID, o.Text)
		}
		options[o.ID] = true
	}
	return problems
}

// secretWords give away a field that must be marked as a secret, and cardWords one
// that nobody may be asked for.
var (
	secretWords = []string{"secret", "password", "passphrase", "apikey", "privatekey", "accesskey", "signingkey", "accesstoken", "credential"}
	cardWords   = []string{"cvv", "cvc", "cardnumber", "accountnumber"}
)

// wordOf returns the word that makes one of the names suspicious, or "".
// Case and punctuation do not matter: api_key, apiKey and "API key" are alike.
func wordOf(words []string, names ...string) string {
	for _, name := range names {
		letters := strings.Map(func(c rune) rune {
			if !unicode.IsLetter(c) {
				return -1
			}
			return unicode.ToLower(c)
		}, name)
		for _, word := range words {
			if strings.Contains(letters, word) {
				return word
			}
		}
	}
	return ""
}

// describeStability checks that a description is always the same, also after a
// caller wrote into one: gateways fill in a merchant's values, and with shared
// slices the next merchant would see them.
func describeStability(connector gateway.Connector) []string {
	first := connector.Describe()
	if !reflect.DeepEqual(first, connector.Describe()) {
		return []string{"two descriptions differ"}
	}
	mark := "written by another caller"
	spoiled := connector.Describe()
	for i := range spoiled.Environments {
		spoiled.Environments[i] = pay.Environment(mark)
	}
	for i := range spoiled.Parameters {
		spoiled.Parameters[i].TenantDefaultValue = &mark
		for j := range spoiled.Parameters[i].Options {
			spoiled.Parameters[i].Options[j].ID = mark
		}
	}
	if strings.Contains(fmt.Sprint(withValues(connector.Describe())), mark) {
		return []string{"descriptions share memory: what a caller writes into one shows in the next"}
	}
	return nil
}

// withValues lists the texts that describeStability writes to.
func withValues(d gateway.Description) []string {
	var texts []string
	for _, e := range d.Environments {
		texts = append(texts, string(e))
	}
	for _, p := range d.Parameters {
		texts = append(texts, text(p.TenantDefaultValue))
		for _, o := range p.Options {
			texts = append(texts, o.ID)
		}
	}
	return texts
}
