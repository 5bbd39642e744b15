package config

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"

	"github.com/lib/pq"
)

// setting is one parameter of a connection.
type setting struct{ name, value string }

// limits, in milliseconds, keep a statement that hangs from holding its
// connection and its locks until no request gets either.
var limits = []setting{
	{"statement_timeout", "5000"},
	{"lock_timeout", "2000"},
	{"idle_in_transaction_session_timeout", "10000"},
}

// Parsers quote what they do not understand, which may be a password with a
// space in it, so their errors are not passed on.
var (
	errConnection = errors.New("accepted is postgres://user:password@host:port/database?sslmode=require, or the same as host=… user=… (a PG… variable with a wrong value, or one that lib/pq does not support, also leads here)")
	errBinary     = errors.New("binary_parameters must be yes or left out, because pooling proxies mix up statements without it")
	errTimezone   = errors.New("timezone must be UTC or left out")
)

// connection adds to a connection string what the store relies on, and the
// limits unless it has those already. The string keeps its form, URL or
// key=value.
func connection(dsn string, limits []setting) (string, error) {
	given, err := pq.NewConfig(dsn)
	if err != nil {
		return "", errConnection
	}
	for name := range given.Runtime {
		if !isParameter(name) {
			return "", errConnection // such as "mysql://host/database?user", read as a key
		}
	}
	needs := []setting{{"binary_parameters", "yes"}, {"timezone", "UTC"}, {"sslmode", sslMode(given)}}
	var wants []setting
	for _, l := range limits {
		if !has(given.Runtime, l.name) && !strings.Contains(given.Options, l.name) {
			wants = append(wants, l)
		}
	}
	text, err := withDefaults(dsn, needs, wants)
	if err != nil {
		return "", errConnection
	}
	return text, verify(text)
}

// Limited adds the limits on how long a statement may take to a connection
// string that this program made itself, such as that of the private server.
func Limited(dsn string) (string, error) { return connection(dsn, limits) }

// withDefaults adds settings that the string does not have. In a URL a name
// without value counts for wants and not for needs: lib/pq does not send it,
// and that is how to live with a proxy that refuses the parameter.
func withDefaults(dsn string, needs, wants []setting) (string, error) {
	if !strings.HasPrefix(dsn, "postgres://") && !strings.HasPrefix(dsn, "postgresql://") {
		var defaults strings.Builder
		for _, s := range append(needs, wants...) {
			defaults.WriteString(s.name + "=" + s.value + " ")
		}
		return defaults.String() + dsn, nil // the later of two wins
	}
	u, err := url.Parse(dsn)
	if err != nil {
		return "", err
	}
	if u.Host == "" && u.Path == "" {
		if u.User == nil && u.RawQuery == "" {
			return "", errConnection // a URL of nothing would lead to whatever the machine has
		}
		u.Path = "/" // or String would leave the slashes out, and lib/pq take it for key=value
	}
	q, err := url.ParseQuery(u.RawQuery) // u.Query would drop what it cannot read, an sslmode perhaps
	if err != nil {
		return "", err
	}
	for _, s := range needs {
		if q.Get(s.name) == "" {
			q.Set(s.name, s.value)
		}
	}
	for _, s := range wants {
		if !has(q, s.name) {
			q.Set(s.name, s.value)
		}
	}
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// verify makes sure that nothing the user wrote wins over what the store needs.
func verify(dsn string) error {
	c, err := pq.NewConfig(dsn)
	if err != nil {
		return errConnection
	}
	if !c.BinaryParameters {
		return errBinary
	}
	for name, value := range c.Runtime {
		if strings.EqualFold(name, "timezone") && !strings.EqualFold(value, "UTC") {
			return errTimezone
		}
	}
	return nil
}

// sslMode is the mode that the user chose. Otherwise it is encryption for
// everything that leaves this machine, written out because the drivers' own
// defaults differ.
func sslMode(c pq.Config) string {
	if c.SSLMode != "" {
		return string(c.SSLMode)
	}
	hosts := append([]pq.ConfigMultihost{{Host: c.Host, Hostaddr: c.Hostaddr}}, c.Multi...)
	for _, h := range hosts {
		if !isLocal(h.Host, h.Hostaddr) {
			return "require"
		}
	}
	return "disable"
}

// isLocal tells whether a host is a socket or a loopback address. An address
// counts more than the name that it is for.
func isLocal(host string, address netip.Addr) bool {
	if !address.IsValid() {
		address, _ = netip.ParseAddr(host)
	}
	if address.IsValid() {
		return address.IsLoopback()
	}
	return host == "" || host == "localhost" || host[0] == '/' || host[0] == '@'
}

// has looks a parameter up as the server does, in any case.
func has[V any](parameters map[string]V, name string) bool {
	for p := range parameters {
		if strings.EqualFold(p, name) {
			return true
		}
	}
	return false
}

func isParameter(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return r != '_' && r != '.' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
}
