package config_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/config"
)

const (
	goodSecret = "3b1f0c9ad54e7286f1e0b9c8d7a6455340f1e2d3c4b5a697"
	database   = "postgres://app:hunter2%20x@db.example:5433/pay"
	dataDir    = "/var/lib/paygraph"
)

type env map[string]string

func (e env) with(changes env) env {
	out := env{}
	for _, m := range []env{e, changes} {
		for k, v := range m {
			out[k] = v
		}
	}
	return out
}

func (e env) read() (config.Config, error) {
	return config.FromEnv(func(name string) string { return e[name] }, dataDir)
}

// production is the least that a server outside development needs.
var production = env{"DATABASE_URL": database, "PAYGRAPH_JWT_SECRET": goodSecret}

func TestNothingSetIsDevelopment(t *testing.T) {
	t.Parallel()
	got, err := env{}.read()
	want := config.Config{
		Addr: "127.0.0.1:8080", DataDir: dataDir,
		JWT:      auth.Settings{Issuer: "paygraph", Audience: "paygraph"},
		LogLevel: slog.LevelInfo, LogFormat: "text", Development: true, GatewayTimeout: 20 * time.Second, MaxConns: 16, CostRate: 5000, PublicURL: "http://127.0.0.1:8080", Executor: config.Breadth,
		WebhookNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestDatabaseURLIsProduction(t *testing.T) {
	t.Parallel()
	got, err := production.read()
	if err != nil {
		t.Fatal(err)
	}
	if got.Development || got.LogFormat != "json" || string(got.JWT.Secret) != goodSecret || got.JWT.JWKSURL != "" {
		t.Errorf("got %+v", got)
	}
}

func TestVariableIsUsed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, value string
		get         func(config.Config) any
		want        any
	}{
		{"PAYGRAPH_ADDR", ":0", func(c config.Config) any { return c.Addr }, ":0"},
		{"PAYGRAPH_ADDR", "[::1]:443", func(c config.Config) any { return c.Addr }, "[::1]:443"},
		{"PAYGRAPH_ADDR", " 0.0.0.0:80\n", func(c config.Config) any { return c.Addr }, "0.0.0.0:80"},
		{"PAYGRAPH_DATABASE_CONNECTIONS", "4", func(c config.Config) any { return c.MaxConns }, 4},
		{"PAYGRAPH_COST_RATE", "250", func(c config.Config) any { return c.CostRate }, 250},
		{"PAYGRAPH_GATEWAY_TIMEOUT", "800ms", func(c config.Config) any { return c.GatewayTimeout }, 800 * time.Millisecond},
		{"PAYGRAPH_DATA_DIR", "/srv/pay", func(c config.Config) any { return c.DataDir }, "/srv/pay"},
		{"PAYGRAPH_JWT_ISSUER", "https://id.example/", func(c config.Config) any { return c.JWT.Issuer }, "https://id.example/"},
		{"PAYGRAPH_JWT_AUDIENCE", "payments", func(c config.Config) any { return c.JWT.Audience }, "payments"},
		{"PAYGRAPH_LOG_LEVEL", "debug", func(c config.Config) any { return c.LogLevel }, slog.LevelDebug},
		{"PAYGRAPH_LOG_LEVEL", "info", func(c config.Config) any { return c.LogLevel }, slog.LevelInfo},
		{"PAYGRAPH_LOG_LEVEL", "warn", func(c config.Config) any { return c.LogLevel }, slog.LevelWarn},
		{"PAYGRAPH_LOG_LEVEL", "error", func(c config.Config) any { return c.LogLevel }, slog.LevelError},
		{"PAYGRAPH_ADMIN_ADDR", "127.0.0.1:9090", func(c config.Config) any { return c.AdminAddr }, "127.0.0.1:9090"},
		{"PAYGRAPH_ADMIN_ADDR", "localhost:0", func(c config.Config) any { return c.AdminAddr }, "localhost:0"},
		{"PAYGRAPH_ADMIN_ADDR", "[::1]:9090", func(c config.Config) any { return c.AdminAddr }, "[::1]:9090"},
		{"PAYGRAPH_ADMIN_EXPOSED", "true", func(c config.Config) any { return c.AdminExposed }, true},
		{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318", func(c config.Config) any { return c.TracesURL }, "http://collector:4318"},
		{"PAYGRAPH_EXECUTOR", "gqlgen", func(c config.Config) any { return c.Executor }, config.Gqlgen},
		{"PAYGRAPH_EXECUTOR", "breadth", func(c config.Config) any { return c.Executor }, config.Breadth},
		{"PAYGRAPH_LOG_FORMAT", "text", func(c config.Config) any { return c.LogFormat }, "text"},
		{"PAYGRAPH_LOG_FORMAT", "json", func(c config.Config) any { return c.LogFormat }, "json"},
		{"PAYGRAPH_ORIGINS", "https://Dash.example.com, http://localhost:3000", func(c config.Config) any { return c.Origins }, []string{"https://dash.example.com", "http://localhost:3000"}},
		{"PAYGRAPH_WEBHOOK_NETWORKS", "10.1.2.3/16, fd00::/8", func(c config.Config) any { return c.WebhookNetworks }, []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("fd00::/8")}},
		{"PAYGRAPH_PUBLIC_URL", "https://Pay.example.com/", func(c config.Config) any { return c.PublicURL }, "https://pay.example.com"},
		{"PAYGRAPH_PUBLIC_URL", "", func(c config.Config) any { return c.PublicURL }, ""},
		{"PAYGRAPH_TRUSTED_PROXIES", "10.1.2.3/16, fd00::/8", func(c config.Config) any { return c.TrustedProxies }, []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("fd00::/8")}},
		{"PAYGRAPH_DEV", "true", func(c config.Config) any { return []any{c.Development, c.LogFormat} }, []any{true, "text"}},
		{"PAYGRAPH_DEV", "false", func(c config.Config) any { return []any{c.Development, c.LogFormat} }, []any{false, "json"}},
	} {
		t.Run(c.name+" "+c.value, func(t *testing.T) {
			t.Parallel()
			got, err := production.with(env{c.name: c.value}).read()
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(c.get(got), c.want) {
				t.Errorf("got %v, want %v", c.get(got), c.want)
			}
		})
	}
}

func TestTokenSettings(t *testing.T) {
	t.Parallel()
	const keys = "https://id.example/.well-known/jwks.json"
	words := "correct horse battery secret staple and more"
	for outcome, c := range map[string]struct {
		env  env
		want auth.Settings
	}{
		"secret":                           {production, auth.Settings{Secret: []byte(goodSecret)}},
		"secret with spaces as it stands":  {production.with(env{"PAYGRAPH_JWT_SECRET": goodSecret + "\n"}), auth.Settings{Secret: []byte(goodSecret + "\n")}},
		"keys":                             {env{"DATABASE_URL": database, "PAYGRAPH_JWKS_URL": keys}, auth.Settings{JWKSURL: keys}},
		"keys of this machine by http":     {env{"DATABASE_URL": database, "PAYGRAPH_JWKS_URL": "http://127.0.0.1:9/k"}, auth.Settings{JWKSURL: "http://127.0.0.1:9/k"}},
		"keys of localhost by http":        {env{"PAYGRAPH_JWKS_URL": "http://localhost/k"}, auth.Settings{JWKSURL: "http://localhost/k"}},
		"none in development":              {env{"DATABASE_URL": database, "PAYGRAPH_DEV": "true"}, auth.Settings{}},
		"a guessable secret, development":  {env{"PAYGRAPH_JWT_SECRET": words}, auth.Settings{Secret: []byte(words)}},
		"private database, no development": {env{"PAYGRAPH_DEV": "false", "PAYGRAPH_JWT_SECRET": goodSecret}, auth.Settings{Secret: []byte(goodSecret)}},
	} {
		t.Run(outcome, func(t *testing.T) {
			t.Parallel()
			got, err := c.env.read()
			c.want.Issuer, c.want.Audience = "paygraph", "paygraph"
			if err != nil || !reflect.DeepEqual(got.JWT, c.want) {
				t.Errorf("got %+v, %v", got.JWT, err)
			}
		})
	}
}

// bad values all contain "hunter2", which must not come back in an error.
var bad = map[string][]string{
	"PAYGRAPH_ADDR":             {"hunter2", "hunter2:", "hunter2:http", "hunter2:65536", "hunter2:-1", "http://hunter2:80", "::hunter2:80"},
	"PAYGRAPH_ORIGINS":          {"hunter2", "*", "https://", "https://hunter2/", "https://hunter2/path", "https://a.example,hunter2", "https://me:hunter2@a.example", "ws://hunter2", "https://a.example,"},
	"PAYGRAPH_PUBLIC_URL":       {"hunter2", "http://pay.example.com", "https://", "https://hunter2@pay.example.com", "https://pay.example.com/hunter2", "https://pay.example.com?x=hunter2"},
	"PAYGRAPH_WEBHOOK_NETWORKS": {"hunter2", "10.0.0.1", "10.0.0.0/33", "10.0.0.0/8,hunter2", "10.0.0.0/8,"},
	"PAYGRAPH_TRUSTED_PROXIES":  {"hunter2", "10.0.0.1", "10.0.0.0/33", "10.0.0.0/8,hunter2", "10.0.0.0/8,"},
	"DATABASE_URL": {
		"postgres://", "postgresql://", "postgres:///?hunter2=%", "hunter2", "host=db password=two hunter2 words", "host=db password='hunter2", `host=db password=hunter2\`,
		"mysql://hunter2@db/pay", "mysql://hunter2@db/pay?tls=1", "Postgres://app:hunter2@db/pay?sslmode=require",
		"postgres://app:hunter2 x@db/pay", "postgres://app:hunter2/x@db/pay", "postgres://app:%hunter2@db/pay", "postgres://app@db:hunter2/pay",
		"postgres://app@db/pay?sslmode=hunter2", "port=hunter2", "postgres://app:hunter2@%2Frun/pay",
		"postgres://app:hunter2@db/pay?binary_parameters=no", "password=hunter2 binary_parameters=no", "binary_parameters=hunter2",
		"postgres://app:hunter2@db/pay?timezone=Europe/Berlin", "password=hunter2 timezone=''", "password=hunter2 TimeZone=CET",
		"password=hunter2 service=missing",
	},
	"DATABASE_DIRECT_URL":           {"hunter2", "postgres://app:hunter2 x@db/pay", "password=hunter2 binary_parameters=0"},
	"PAYGRAPH_DATA_DIR":             {"hunter2", "./hunter2", "~/hunter2"},
	"PAYGRAPH_JWT_SECRET":           {"hunter2", "hunter2-just-thirty-one-bytes-x", strings.Repeat("hunter2", 6), "My-Secret-hunter2-0123456789abcdef", "ChangeMe hunter2 hunter2 0192837465", "hunter2_PASSWORD_qpwoeirutyalskdjf"},
	"PAYGRAPH_JWKS_URL":             {"hunter2", "http://hunter2.example/keys", "http://10.0.0.1/hunter2", "https://", "https:///hunter2", "ftp://hunter2/keys", "https://app:hunter2@id.example/keys", "https://hunter2 /", "https://%hunter2"},
	"PAYGRAPH_JWT_ISSUER":           {"hunter2 x", "hunter2\tx", "hunter2\x00"},
	"PAYGRAPH_JWT_AUDIENCE":         {"hunter2 x", "hunter2\nx"},
	"PAYGRAPH_LOG_LEVEL":            {"hunter2", "INFO hunter2", "4"},
	"PAYGRAPH_ADMIN_ADDR":           {"hunter2", ":9090", "0.0.0.0:9090", "[::]:9090", "10.0.0.1:9090", "hunter2.example:9090", "127.0.0.1", "127.0.0.1:hunter2"},
	"PAYGRAPH_ADMIN_EXPOSED":        {"hunter2", "1", "yes"},
	"OTEL_EXPORTER_OTLP_ENDPOINT":   {"hunter2", "hunter2:4318", "ftp://hunter2/", "https://", "https://app:hunter2@collector.example"},
	"PAYGRAPH_LOG_FORMAT":           {"hunter2", "JSON", "xml"},
	"PAYGRAPH_EXECUTOR":             {"hunter2", "Breadth", "both"},
	"PAYGRAPH_DATABASE_CONNECTIONS": {"hunter2", "0", "501", "-1", "1.5"},
	"PAYGRAPH_COST_RATE":            {"hunter2", "-1", "99", "1000001", "1.5"},
	"PAYGRAPH_GATEWAY_TIMEOUT":      {"hunter2", "0s", "99ms", "26s", "-5s", "25"},
	"PAYGRAPH_DEV":                  {"hunter2", "1", "yes", "TRUE"},
	"PAYGRAPH_SECRETS_KEY":          {"hunter2", "hunter2-just-thirty-one-bytes-x", strings.Repeat("hunter2", 6), "My-Secret-hunter2-0123456789abcdef"},
	"PAYGRAPH_SECRETS_KEY_PREVIOUS": {"hunter2", "hunter2-just-thirty-one-bytes-x", strings.Repeat("hunter2", 6), "My-Secret-hunter2-0123456789abcdef"},
}

func TestBadValueIsRefusedByName(t *testing.T) {
	t.Parallel()
	for name, values := range bad {
		base := production
		switch name {
		case "PAYGRAPH_JWKS_URL":
			base = env{"DATABASE_URL": database}
		case "PAYGRAPH_SECRETS_KEY_PREVIOUS":
			base = production.with(env{"PAYGRAPH_SECRETS_KEY": goodSecret})
		case "PAYGRAPH_JWT_SECRET":
			base = env{"DATABASE_URL": database}
			values = append(values, strings.Repeat("x", 64), strings.Repeat("ab", 32), "secret"+goodSecret, "00000000000000000000000000000000")
		}
		for _, value := range values {
			t.Run(name+" "+value, func(t *testing.T) {
				t.Parallel()
				got, err := base.with(env{name: value}).read()
				if err == nil {
					t.Fatalf("accepted: %+v", got)
				}
				if !reflect.DeepEqual(got, config.Config{}) {
					t.Errorf("a configuration came with the error")
				}
				text := err.Error()
				if !strings.HasPrefix(text, name+": ") || strings.Contains(text, "\n") {
					t.Errorf("want one fault of %s, got %q", name, text)
				}
				if strings.Contains(text, "hunter2") || strings.Contains(text, goodSecret) || strings.Contains(text, "words") {
					t.Errorf("the error shows the value: %q", text)
				}
			})
		}
	}
}

func TestEveryVariableHasABadValue(t *testing.T) {
	t.Parallel()
	for _, v := range config.Table() {
		if len(bad[v.Name]) == 0 {
			t.Errorf("%s is not tested", v.Name)
		}
	}
}

func TestAllFaultsAreToldAtOnce(t *testing.T) {
	t.Parallel()
	all := env{}
	for name, values := range bad {
		all[name] = values[0]
	}
	_, err := all.read()
	for name := range bad {
		if n := strings.Count("\n"+fmt.Sprint(err), "\n"+name+": "); n != 1 {
			t.Errorf("%s has %d faults in:\n%v", name, n, err)
		}
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the error shows a value: %v", err)
	}
}

func TestCombinationIsRefused(t *testing.T) {
	t.Parallel()
	for outcome, c := range map[string]struct {
		env  env
		want string
	}{
		"no way to check tokens": {env{"DATABASE_URL": database}, "PAYGRAPH_JWT_SECRET: set it to at least 32 random bytes, or set PAYGRAPH_JWKS_URL"},
		"private database outside development": {env{"PAYGRAPH_DEV": "false"},
			"PAYGRAPH_JWT_SECRET: set it to at least 32 random bytes, or set PAYGRAPH_JWKS_URL"},
		"secret and keys": {production.with(env{"PAYGRAPH_JWKS_URL": "https://id.example/keys"}),
			"PAYGRAPH_JWT_SECRET: set it or PAYGRAPH_JWKS_URL, not both"},
		"secret and keys in development": {env{"PAYGRAPH_JWT_SECRET": goodSecret, "PAYGRAPH_JWKS_URL": "https://id.example/keys"},
			"PAYGRAPH_JWT_SECRET: set it or PAYGRAPH_JWKS_URL, not both"},
		"short secret in development": {env{"PAYGRAPH_JWT_SECRET": "short"}, "PAYGRAPH_JWT_SECRET: accepted are at least 32 random bytes"},
		"direct database alone":       {env{"DATABASE_DIRECT_URL": database}, "DATABASE_DIRECT_URL: it needs DATABASE_URL"},
	} {
		t.Run(outcome, func(t *testing.T) {
			t.Parallel()
			_, err := c.env.read()
			if err == nil || !strings.HasPrefix(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestTableListsWhatIsRead(t *testing.T) {
	t.Parallel()
	read := map[string]bool{}
	_, err := config.FromEnv(func(name string) string { read[name] = true; return "" }, dataDir)
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	for _, v := range config.Table() {
		if !read[v.Name] || v.Default == "" || v.Meaning == "" || slices.Contains(listed, v.Name) {
			t.Errorf("%+v is not read, incomplete or there twice", v)
		}
		listed = append(listed, v.Name)
	}
	if len(listed) != len(read) {
		t.Errorf("%d variables are listed and %d read", len(listed), len(read))
	}
}

func TestRelativeDefaultDirectoryIsKept(t *testing.T) {
	t.Parallel()
	c, err := config.FromEnv(func(string) string { return "" }, ".paygraph")
	if err != nil || c.DataDir != ".paygraph" {
		t.Errorf("got %q, %v", c.DataDir, err)
	}
}

// TestExposedAdmin proves that other machines reach the metrics only where that is said.
func TestExposedAdmin(t *testing.T) {
	t.Parallel()
	for _, address := range []string{":9090", "0.0.0.0:9090", "10.0.0.1:9090", "127.0.0.1:9090"} {
		got, err := production.with(env{"PAYGRAPH_ADMIN_ADDR": address, "PAYGRAPH_ADMIN_EXPOSED": "true"}).read()
		if err != nil || got.AdminAddr != address {
			t.Errorf("%s: %q, %v", address, got.AdminAddr, err)
		}
	}
}

// TestPreviousKeyAlone proves that a key is the predecessor of another one.
func TestPreviousKeyAlone(t *testing.T) {
	t.Parallel()
	if _, err := production.with(env{"PAYGRAPH_SECRETS_KEY_PREVIOUS": goodSecret}).read(); err == nil || !strings.HasPrefix(err.Error(), "PAYGRAPH_SECRETS_KEY_PREVIOUS: it needs PAYGRAPH_SECRETS_KEY") {
		t.Errorf("got %v", err)
	}
}

// TestSettingsAreNotShown proves that whatever prints the settings shows none of them.
func TestSettingsAreNotShown(t *testing.T) {
	t.Parallel()
	got, err := production.with(env{"PAYGRAPH_SECRETS_KEY": goodSecret}).read()
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	for _, handler := range []slog.Handler{slog.NewJSONHandler(&log, nil), slog.NewTextHandler(&log, nil)} {
		slog.New(handler).Info("x", "value", got, "pointer", &got, "tokens", got.JWT)
	}
	encoded, err := json.Marshal(map[string]any{"value": got, "pointer": &got})
	if err != nil {
		t.Fatal(err)
	}
	shown := log.String() + string(encoded) + fmt.Sprint(got, &got, got.JWT, &got.JWT) + fmt.Sprintf("%+v %#v %s %q %d %x %v", got, got, got, got, got.JWT, got.JWT, []any{got})
	for _, secret := range []string{goodSecret, fmt.Sprintf("%x", goodSecret), fmt.Sprint([]byte(goodSecret)), "hunter2"} {
		if strings.Contains(shown, secret) {
			t.Errorf("%s shows in %s", secret, shown)
		}
	}
}
