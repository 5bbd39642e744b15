package pgtest

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// settings are the parts of a connection string, values quoted.
type settings []setting

type setting struct{ key, value string }

var keyValue = regexp.MustCompile(`(\w+)\s*=\s*('(?:[^'\\]|\\.)*'|(?:[^\s'\\]|\\.)*)`)

// parse reads a connection string in either form, and adds what paygraph needs
// on every connection where the string says nothing about it.
func parse(text string) (settings, error) {
	set, err := parseURL(text)
	if err != nil {
		return nil, err
	}
	if set == nil {
		for _, m := range keyValue.FindAllStringSubmatch(text, -1) {
			set = append(set, setting{m[1], m[2]})
		}
	}
	if len(set) == 0 {
		return nil, errors.New("PAYGRAPH_TEST_DATABASE_URL is no connection string of PostgreSQL")
	}
	for _, needed := range []setting{{"binary_parameters", "yes"}, {"timezone", "UTC"}} {
		if set.get(needed.key) == "" {
			set = append(set, needed)
		}
	}
	return set, nil
}

// parseURL returns nil for a string that is no URL.
func parseURL(text string) (set settings, err error) {
	if !strings.HasPrefix(text, "postgres://") && !strings.HasPrefix(text, "postgresql://") {
		return nil, nil
	}
	u, err := url.Parse(text)
	if err != nil { // without the text, which holds a password
		return nil, errors.New("PAYGRAPH_TEST_DATABASE_URL is no valid URL")
	}
	add := func(key, value string) {
		if value != "" {
			set = append(set, setting{key, quote(value)})
		}
	}
	password, _ := u.User.Password()
	add("host", u.Hostname())
	add("port", u.Port())
	add("user", u.User.Username())
	add("password", password)
	add("dbname", strings.TrimPrefix(u.Path, "/"))
	for key, values := range u.Query() {
		add(key, values[len(values)-1])
	}
	return set, nil
}

func quote(value string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(value) + "'"
}

// get returns a value as it is written, or "".
func (set settings) get(key string) string {
	for _, s := range set {
		if s.key == key {
			return s.value
		}
	}
	return ""
}

// with returns a copy with one setting replaced.
func (set settings) with(key, value string) settings {
	other := slices.DeleteFunc(slices.Clone(set), func(s setting) bool { return s.key == key })
	return append(other, setting{key, value})
}

func (set settings) String() string {
	parts := make([]string, len(set))
	for i, s := range set {
		parts[i] = fmt.Sprintf("%s=%s", s.key, s.value)
	}
	return strings.Join(parts, " ")
}
