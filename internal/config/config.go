// Package config reads the settings of the server from environment variables.
//
// With none set the server runs for development: on this machine only, with a
// private database. DATABASE_URL ends that, and then a way to check tokens must
// be given too.
package config

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

// Config is every setting of the server. It holds secrets, so the whole of it is shown
// nowhere: whatever prints or logs it gets three stars.
type Config struct {
	// Addr is the host and port to listen on.
	Addr string
	// DatabaseURL is the lib/pq connection string for requests, with limits on
	// how long a statement may take; empty: the private PostgreSQL server.
	DatabaseURL string
	// DirectURL is the same for migrations and what else needs a session of its
	// own or much time: past a pooling proxy and without limits.
	DirectURL string
	// Pooled says that DatabaseURL leads through a proxy that pools connections,
	// because DirectURL was given beside it. Statements are then not prepared:
	// the next one may reach another server session.
	Pooled bool
	// MaxConns is the size of the pool of connections for requests; zero for the default.
	MaxConns int
	// DataDir holds the private server and the development secret.
	DataDir string
	// JWT says whose tokens are good. In development it may have neither secret
	// nor JWKS URL; DevelopmentSecret is for that.
	JWT auth.Settings
	// Secrets is what gateways' secrets are sealed with. Without it none can be kept.
	Secrets []byte
	// SecretsBefore opens what was sealed before the key was changed; empty: it never was.
	SecretsBefore []byte
	// AdminAddr is the host and port for metrics and profiles; empty: there are none.
	AdminAddr string
	// AdminExposed says that AdminAddr may be reached by other machines, which get no
	// profiles.
	AdminExposed bool
	// TracesURL is the collector of traces; empty: there are none.
	TracesURL string
	// LogLevel is the least level that is logged.
	LogLevel slog.Level
	// LogFormat is "text" or "json".
	LogFormat string
	// GatewayTimeout is how long a gateway's answer is waited for.
	GatewayTimeout time.Duration
	// Origins are those whose pages may use the API, besides the server's own, in lower
	// case.
	Origins []string
	// WebhookNetworks are those that webhooks may be sent to besides the internet.
	WebhookNetworks []netip.Prefix
	// PublicURL is where payers reach this server, without a slash at its end; empty: not
	// known, and there is no checkout page.
	PublicURL string
	// TrustedProxies are the networks of proxies whose X-Forwarded-For says where a request
	// comes from.
	TrustedProxies []netip.Prefix
	// CostRate is how many points of extensions.cost a caller may spend in a second; zero
	// for any number.
	CostRate int
	// Executor is what executes queries: Breadth, or Gqlgen; empty is Breadth.
	Executor string
	// Development permits what is convenient and must not face the world.
	Development bool
}

// Format is part of fmt.Formatter, for every verb.
func (Config) Format(to fmt.State, _ rune) { io.WriteString(to, "***") }

// LogValue is part of slog.LogValuer.
func (Config) LogValue() slog.Value { return slog.StringValue("***") }

// MarshalText is part of encoding.TextMarshaler, which JSON uses too.
func (Config) MarshalText() ([]byte, error) { return []byte("***"), nil }

// FromEnv reads the settings through getenv, usually os.Getenv. The error joins
// all faults, so that they are mended in one go; each begins with the name of
// its variable. No error repeats a value: it could be a secret that ended up in
// the wrong variable.
func FromEnv(getenv func(string) string, defaultDataDir string) (Config, error) {
	r := reader{getenv: getenv}
	c := r.withoutTokens(defaultDataDir)
	c.JWT = r.jwt(c.Development)
	return r.result(c)
}

// WithoutTokens is FromEnv for what neither makes nor checks tokens: Config.JWT
// stays empty, and what is missing or wrong there is no fault.
func WithoutTokens(getenv func(string) string, defaultDataDir string) (Config, error) {
	r := reader{getenv: getenv}
	return r.result(r.withoutTokens(defaultDataDir))
}

func (r *reader) withoutTokens(defaultDataDir string) Config {
	c := Config{
		Addr:      r.check(addrName, addrDefault, isAddr, "host:port with a numeric port"),
		DataDir:   r.check(dataDirName, defaultDataDir, isDataDir(defaultDataDir), "an absolute path"),
		LogLevel:  levels[r.oneOf(logLevelName, "info", "debug", "info", "warn", "error")],
		LogFormat: "json",
	}
	c.GatewayTimeout, _ = time.ParseDuration(r.check(timeoutName, pay.CallDeadline.String(), isTimeout, "a duration from 100ms to "+pay.CallDeadline.String()+", such as 10s"))
	c.MaxConns, _ = strconv.Atoi(r.check(connsName, strconv.Itoa(DefaultConns), isConns, "a number from 1 to 500"))
	c.CostRate, _ = strconv.Atoi(r.check(rateName, strconv.Itoa(costRate), isRate, "0, or a number from 100 to 1000000"))
	c.Executor = r.oneOf(executorName, Breadth, Breadth, Gqlgen)
	c.AdminExposed = r.oneOf(exposedName, "false", "true", "false") == "true"
	c.AdminAddr = r.check(adminName, "", isAdminAddr(c.AdminExposed), "host:port with a numeric port, of this machine unless "+exposedName+" is true")
	c.TracesURL = r.check(tracesName, "", isCollector, "an http or https URL without user name")
	c.Origins = r.origins()
	c.DatabaseURL, c.DirectURL = r.databases()
	c.Pooled = r.text(directName) != "" && r.text(directName) != r.text(databaseName)
	private := strconv.FormatBool(r.text(databaseName) == "")
	c.Development = r.oneOf(devName, private, "true", "false") == "true"
	c.Secrets, c.SecretsBefore = r.secret(sealName, c.Development), r.secret(sealedName, c.Development)
	if c.SecretsBefore != nil && c.Secrets == nil {
		r.fault(sealedName, "it needs %s, its successor", sealName)
	}
	c.PublicURL = r.publicURL(c.Addr, c.Development)
	local := ""
	if c.Development {
		local = "127.0.0.0/8,::1/128"
	}
	c.WebhookNetworks = r.networks(networksName, local)
	c.TrustedProxies = r.networks(proxiesName, "")
	if c.Development {
		c.LogFormat = "text"
	}
	c.LogFormat = r.oneOf(logFormatName, c.LogFormat, "text", "json")
	return c
}

// reader reads variables and collects what is wrong with them.
type reader struct {
	getenv func(string) string
	faults []error
}

func (r *reader) fault(name, format string, args ...any) {
	r.faults = append(r.faults, fmt.Errorf("%s: %s", name, fmt.Sprintf(format, args...)))
}

func (r *reader) result(c Config) (Config, error) {
	if len(r.faults) > 0 {
		return Config{}, errors.Join(r.faults...)
	}
	return c, nil
}

// text reads a variable without the spaces and line ends that files add.
func (r *reader) text(name string) string { return strings.TrimSpace(r.getenv(name)) }

// check reads a variable that must be good, when it is set or has a default.
func (r *reader) check(name, fallback string, good func(string) bool, accepted string) string {
	value := r.text(name)
	if value == "" {
		value = fallback
	}
	if value != "" && !good(value) {
		r.fault(name, "accepted is %s", accepted)
	}
	return value
}

func (r *reader) oneOf(name, fallback string, accepted ...string) string {
	good := func(value string) bool { return slices.Contains(accepted, value) }
	return r.check(name, fallback, good, strings.Join(accepted, ", "))
}

var levels = map[string]slog.Level{
	"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
}

func (r *reader) databases() (pooled, direct string) {
	given, own := r.text(databaseName), r.text(directName)
	if given == "" {
		if own != "" {
			r.fault(directName, "it needs %s: migrations of another database than the one in use help nobody", databaseName)
		}
		return "", ""
	}
	pooled, err := connection(given, limits)
	if err != nil {
		r.fault(databaseName, "%v", err)
	}
	name := directName
	if own == "" {
		name, own = databaseName, given
	}
	direct, directErr := connection(own, nil)
	if directErr != nil && name == directName {
		r.fault(name, "%v", directErr)
	}
	return pooled, direct
}

func (r *reader) origins() (list []string) {
	for origin := range strings.SplitSeq(r.check(originsName, "", areOrigins, "origins such as https://dashboard.example.com, separated by commas"), ",") {
		if origin = strings.TrimSpace(origin); origin != "" {
			list = append(list, strings.ToLower(origin))
		}
	}
	return list
}

// networks reads networks.
func (r *reader) networks(name, fallback string) (list []netip.Prefix) {
	for text := range strings.SplitSeq(r.check(name, fallback, areNetworks, "networks such as 10.1.0.0/16, separated by commas"), ",") {
		if network, err := netip.ParsePrefix(strings.TrimSpace(text)); err == nil {
			list = append(list, network.Masked())
		}
	}
	return list
}

func areNetworks(value string) bool {
	for text := range strings.SplitSeq(value, ",") {
		if _, err := netip.ParsePrefix(strings.TrimSpace(text)); err != nil {
			return false
		}
	}
	return true
}

func (r *reader) jwt(development bool) auth.Settings {
	s := auth.Settings{
		JWKSURL:  r.check(jwksName, "", isKeyURL, "an https URL without user name, or an http URL of this machine"),
		Issuer:   r.check(issuerName, "paygraph", isClaim, "text without spaces"),
		Audience: r.check(audienceName, "paygraph", isClaim, "text without spaces"),
	}
	secret := r.getenv(secretName)
	switch {
	case secret == "" && s.JWKSURL == "":
		if !development {
			r.fault(secretName, "set it to at least %d random bytes, or set %s", auth.MinSecret, jwksName)
		}
	case secret != "" && s.JWKSURL != "":
		r.fault(secretName, "set it or %s, not both", jwksName)
	default:
		s.Secret = r.secret(secretName, development)
	}
	return s
}

// secret reads random bytes; nil where there are none.
func (r *reader) secret(name string, development bool) []byte {
	secret := r.getenv(name)
	switch {
	case secret == "":
		return nil
	case len(secret) < auth.MinSecret:
		r.fault(name, "accepted are at least %d random bytes", auth.MinSecret)
	case !development && guessable(secret):
		r.fault(name, "it can be guessed; accepted are at least %d random bytes, such as openssl rand -hex 32 prints", auth.MinSecret)
	}
	return []byte(secret)
}

func isAddr(value string) bool {
	_, port, err := net.SplitHostPort(value)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

// isAdminAddr refuses what other machines could reach, unless that is wanted: an empty
// host is every address that this one has.
func isAdminAddr(exposed bool) func(string) bool {
	return func(value string) bool {
		host, _, err := net.SplitHostPort(value)
		return err == nil && isAddr(value) && (exposed || host != "" && isLocal(host, netip.Addr{}))
	}
}

func isCollector(value string) bool {
	u, err := url.Parse(value)
	return err == nil && u.Hostname() != "" && u.User == nil && (u.Scheme == "http" || u.Scheme == "https")
}

func isConns(value string) bool {
	n, err := strconv.Atoi(value)
	return err == nil && n >= 1 && n <= 500
}

func isRate(value string) bool {
	n, err := strconv.Atoi(value)
	return err == nil && (n == 0 || n >= 100 && n <= 1_000_000)
}

func isTimeout(value string) bool {
	d, err := time.ParseDuration(value)
	return err == nil && d >= 100*time.Millisecond && d <= pay.CallDeadline
}

// isDataDir refuses relative paths: started from another directory, the server
// would find no data and make a new database. The default may be one.
func isDataDir(fallback string) func(string) bool {
	return func(value string) bool { return filepath.IsAbs(value) || value == fallback }
}

// isKeyURL refuses http to other machines, because who can change the answer
// can sign tokens.
func isKeyURL(value string) bool {
	u, err := url.Parse(value)
	if err != nil || u.Hostname() == "" || u.User != nil {
		return false
	}
	return u.Scheme == "https" || (u.Scheme == "http" && isLocal(u.Hostname(), netip.Addr{}))
}

// areOrigins refuses what a browser never sends as an origin, which would let nobody in.
func areOrigins(value string) bool {
	for origin := range strings.SplitSeq(value, ",") {
		u, err := url.Parse(strings.TrimSpace(origin))
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.Scheme+"://"+u.Host != strings.TrimSpace(origin) {
			return false
		}
	}
	return true
}

func isClaim(value string) bool {
	return !strings.ContainsFunc(value, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
}
