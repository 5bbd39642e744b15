package app_test

import (
	"bytes"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/config"
)

// composition is what the tests look at of compose.yaml.
type composition struct {
	Services map[string]struct {
		Image, Build, Restart string
		Environment           map[string]string
		Ports                 []string
		Healthcheck           *struct {
			Test              []string
			Interval, Timeout string
			Retries           int
		}
		DependsOn       map[string]struct{ Condition string } `yaml:"depends_on"`
		StopGracePeriod string                                `yaml:"stop_grace_period"`
		Volumes         []string
		ReadOnly        bool     `yaml:"read_only"`
		CapDrop         []string `yaml:"cap_drop"`
		SecurityOpt     []string `yaml:"security_opt"`
	}
	Volumes map[string]any
}

// databaseScript makes the server's login in compose.yaml.
const databaseScript = "examples/compose/database.sql"

// fromOutside is a value that a variable of whoever starts the containers gives; ":?"
// has it asked for when it is missing.
var fromOutside = regexp.MustCompile(`\$\{(\w+)(:[-?][^}]*)?\}`)

// TestCompose proves that the example of an installation sets what the program reads,
// takes every secret from outside, and opens nothing but the API, on this machine.
func TestCompose(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var c composition
	if err := yaml.NewDecoder(bytes.NewReader(raw), yaml.DisallowUnknownField()).Decode(&c); err != nil {
		t.Fatal(err)
	}
	server, database := c.Services["server"], c.Services["database"]
	if len(c.Services) != 2 || server.DependsOn["database"].Condition != "service_healthy" || database.Healthcheck == nil {
		t.Fatalf("the server does not wait for the database: %+v", c)
	}
	env := map[string]string{}
	for name, value := range server.Environment {
		if !isVariable(name) {
			t.Errorf("the program reads no %s", name)
		}
		if strings.Contains(name, "SECRET") && (!strings.HasPrefix(value, "${"+name+":?") || !strings.HasSuffix(value, "}")) {
			t.Errorf("%s is written down, or may be missing: %s", name, value)
		}
		env[name] = fromOutside.ReplaceAllString(value, "3b1f0c9ad54e7286f1e0b9c8d7a6455340f1e2d3c4b5a697")
	}
	env["OTEL_EXPORTER_OTLP_ENDPOINT"] = ""
	for name, value := range dockerEnv(t) {
		if _, set := env[name]; !set {
			env[name] = value
		}
	}
	if settings, err := config.FromEnv(func(name string) string { return env[name] }, "/data"); err != nil || settings.Development {
		t.Errorf("the settings are not those of a server: development %v, %v", settings.Development, err)
	}
	for _, name := range []string{"POSTGRES_PASSWORD", "DATABASE_PASSWORD"} {
		if !strings.HasPrefix(database.Environment[name], "${"+name+":?") {
			t.Errorf("%s is written down, or may be missing", name)
		}
	}
	if !strings.HasPrefix(server.Environment["DATABASE_URL"], "postgres://paygraph:${DATABASE_PASSWORD}@") || database.Environment["POSTGRES_USER"] != "" ||
		!slices.Contains(database.Volumes, "./"+databaseScript+":/docker-entrypoint-initdb.d/database.sql:ro") {
		t.Error("the server's login is not that of the script, or is the superuser of the image")
	}
	if !slices.Equal(server.Ports, []string{"127.0.0.1:8080:8080"}) || len(database.Ports) > 0 {
		t.Errorf("open are %q and %q", server.Ports, database.Ports)
	}
	if server.StopGracePeriod != "40s" || !server.ReadOnly || !slices.Equal(server.CapDrop, []string{"ALL"}) {
		t.Errorf("the server may do more than it needs, or is killed at work: %+v", server)
	}
}

// TestSecretsStayOut proves that the file with the secrets of compose.yaml gets neither
// into the repository nor into an image's layers.
func TestSecretsStayOut(t *testing.T) {
	t.Parallel()
	for name, line := range map[string]string{".gitignore": "/.env", ".dockerignore": ".env"} {
		raw, err := os.ReadFile("../../" + name)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(strings.Fields(string(raw)), line) {
			t.Errorf("%s does not have %s", name, line)
		}
	}
}

func isVariable(name string) bool {
	return slices.ContainsFunc(app.Variables(), func(v config.Variable) bool { return v.Name == name })
}

// dockerfile are the instructions of the image, comments and continuations aside.
func dockerfile(t *testing.T) (lines []string) {
	t.Helper()
	raw, err := os.ReadFile("../../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	return lines
}

// dockerEnv are the variables that the image sets.
func dockerEnv(t *testing.T) map[string]string {
	t.Helper()
	env := map[string]string{}
	for _, line := range dockerfile(t) {
		if list, ok := strings.CutPrefix(line, "ENV "); ok {
			for _, pair := range strings.Fields(list) {
				name, value, _ := strings.Cut(pair, "=")
				env[name] = value
			}
		}
	}
	return env
}

// TestDockerfile proves that the image is built by the compiler that the module asks
// for, runs as nobody, and checks its health with a command that there is.
func TestDockerfile(t *testing.T) {
	t.Parallel()
	module, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindSubmatch(module)
	lines := dockerfile(t)
	all := strings.Join(lines, "\n")
	for _, want := range []string{"FROM golang:" + string(version[1]) + "-", "CGO_ENABLED=0 go build -trimpath", "FROM scratch", "USER 65532:65532", `CMD ["/paygraph", "health"]`, `ENTRYPOINT ["/paygraph"]`} {
		if !strings.Contains(all, want) {
			t.Errorf("the image has no %s", want)
		}
	}
	if user, entry := slices.Index(lines, "USER 65532:65532"), slices.Index(lines, `ENTRYPOINT ["/paygraph"]`); user < 0 || entry < user {
		t.Error("the program runs before it is nobody's")
	}
	for name := range dockerEnv(t) {
		if !isVariable(name) {
			t.Errorf("the program reads no %s", name)
		}
	}
	if code, _, stderr := (command{env: map[string]string{}}).run(t.Context(), "health", "--help"); code != 0 || !strings.Contains(stderr, "paygraph health") {
		t.Errorf("health: exit %d, %s", code, stderr)
	}
}
