package config

import (
	"strconv"

	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

const addrDefault = "127.0.0.1:8080"

// DefaultConns is the size of the connection pool. About 16 connections are faster
// than many more, and connections that are closed when idle cost most of all.
const DefaultConns = 16

// costRate lets a caller read 5000 objects a second, or make some two hundred payments:
// more than one program needs, and less than keeps all others waiting.
const costRate = 5000

// What executes queries.
const (
	Breadth = "breadth"
	Gqlgen  = "gqlgen"
)

// The names of the variables.
const (
	addrName      = "PAYGRAPH_ADDR"
	databaseName  = "DATABASE_URL"
	directName    = "DATABASE_DIRECT_URL"
	dataDirName   = "PAYGRAPH_DATA_DIR"
	secretName    = "PAYGRAPH_JWT_SECRET" // #nosec G101 -- the name of a variable
	jwksName      = "PAYGRAPH_JWKS_URL"
	sealName      = "PAYGRAPH_SECRETS_KEY"
	sealedName    = "PAYGRAPH_SECRETS_KEY_PREVIOUS"
	issuerName    = "PAYGRAPH_JWT_ISSUER"
	audienceName  = "PAYGRAPH_JWT_AUDIENCE"
	logLevelName  = "PAYGRAPH_LOG_LEVEL"
	logFormatName = "PAYGRAPH_LOG_FORMAT"
	devName       = "PAYGRAPH_DEV"
	connsName     = "PAYGRAPH_DATABASE_CONNECTIONS"
	timeoutName   = "PAYGRAPH_GATEWAY_TIMEOUT"
	adminName     = "PAYGRAPH_ADMIN_ADDR"
	exposedName   = "PAYGRAPH_ADMIN_EXPOSED"
	rateName      = "PAYGRAPH_COST_RATE"
	executorName  = "PAYGRAPH_EXECUTOR"
	tracesName    = "OTEL_EXPORTER_OTLP_ENDPOINT"
	originsName   = "PAYGRAPH_ORIGINS"
	publicName    = "PAYGRAPH_PUBLIC_URL"
	networksName  = "PAYGRAPH_WEBHOOK_NETWORKS"
	proxiesName   = "PAYGRAPH_TRUSTED_PROXIES"
)

// Variable describes one environment variable for people.
type Variable struct {
	Name string
	// Default is the value that it has when it is not set, or what happens then.
	Default string
	// Meaning is one sentence or two.
	Meaning string
}

// Table lists every variable that FromEnv reads.
func Table() []Variable {
	least := strconv.Itoa(auth.MinSecret)
	return []Variable{
		{addrName, addrDefault, "Host and port to listen on."},
		{databaseName, "a private PostgreSQL server", "PostgreSQL of the installation, postgres://… or key=value. Limits on statements, locks and idle transactions are added unless it sets them; a proxy that refuses those parameters wants the URL form with an empty value, such as statement_timeout=."},
		{directName, databaseName, "The same database past a proxy that pools transactions, for migrations. When it is set, the server prepares no statements, as such a proxy needs."},
		{connsName, strconv.Itoa(DefaultConns), "How many connections to the database a process has at most, 1 to 500. Queries hold half of them at most."},
		{dataDirName, "the user's data directory", "Absolute path of the private server's data and the development secret."},
		{secretName, "made in the data directory in development, else required", "Secret that signs and checks HS256 tokens, at least " + least + " random bytes. Either this or " + jwksName + "."},
		{jwksName, "none", "Where an identity provider publishes its keys for RS256, ES256 and EdDSA tokens."},
		{sealName, "in development the secret of tokens, or one made in the data directory; else none", "What the secrets of gateways and webhook endpoints are sealed with, at least " + least + " random bytes. Without it there can be none, and webhooks are refused. Keep it: what was sealed with another one cannot be read."},
		{sealedName, "none", "The key before the newest, which opens what is still sealed with it, until paygraph reseal has sealed all of it with the newest."},
		{issuerName, "paygraph", "The claim iss of every token."},
		{audienceName, "paygraph", "The claim aud of every token."},
		{timeoutName, pay.CallDeadline.String(), "How long a gateway's answer is waited for, 100ms to " + pay.CallDeadline.String() + "; after that the outcome is unknown, and the gateway is asked for it."},
		{rateName, strconv.Itoa(costRate), "How many points of cost each caller of a process may spend in a second, 100 to 1000000, and those of ten seconds at once; docs/requests.md says what costs how many. 0: nothing is counted."},
		{executorName, Breadth, "What executes queries: " + Breadth + " goes level by level and takes about half of the processor's time; " + Gqlgen + " is the library, field by field. Both answer alike."},
		{adminName, "none", "Host and port where metrics for Prometheus and profiles are served, on this machine only, such as 127.0.0.1:9090."},
		{exposedName, "false", "true: " + adminName + " may be an address that other machines reach. Whoever reaches it reads the metrics; profiles are left out."},
		{tracesName, "none", "http or https URL of an OpenTelemetry collector that gets traces, as OTLP over HTTP. Without it there are none."},
		{originsName, "none", "Origins whose pages may use the API in browsers, besides the server's own, separated by commas, such as https://dashboard.example.com."},
		{publicName, "in development http:// and " + addrName + " on this machine, else none", "Where payers reach this server: an https address without path, such as https://pay.example.com; in development http too. Without it payments have no checkout page."},
		{networksName, "in development 127.0.0.0/8,::1/128, else none", "Networks that webhooks may be sent to besides the internet, separated by commas, such as 10.1.0.0/16. Whoever may make endpoints reaches every server there."},
		{proxiesName, "none", "Networks of the proxies before the server, separated by commas, such as 10.1.0.0/16. The last address in X-Forwarded-For that is none of theirs is then the client's, for the limit of websockets that one address opens without a credential. Without it a proxy counts as one client."},
		{logLevelName, "info", "Least level that is logged: debug, info, warn or error."},
		{logFormatName, "text in development, else json", "Form of the log: text or json."},
		{devName, "true without " + databaseName + ", else false", "Development mode, true or false: GraphiQL at the root, a demo company, and no token settings needed."},
	}
}
