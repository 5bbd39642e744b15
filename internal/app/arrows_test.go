package app_test

import (
	"go/build"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/paygraph/paygraph/"

// mayImport says which packages of this project a package may import, and which
// modules of others. It is the map of the architecture: imports point one way,
// from what talks to what knows. A package that is missing here fails the test.
var mayImport = map[string]struct{ own, others []string }{
	"internal/money":   {others: []string{"github.com/bojanz/currency"}},
	"internal/pay":     {own: []string{"internal/money"}, others: []string{"github.com/google/uuid", "golang.org/x/text"}},
	"internal/gateway": {own: []string{"internal/pay", "internal/money"}, others: []string{"github.com/google/uuid"}},
	"internal/seal":    {},

	"internal/gateway/sandbox":           {own: []string{"internal/gateway", "internal/pay", "internal/money"}, others: []string{"github.com/standard-webhooks/standard-webhooks"}},
	"internal/gateway/manual":            {own: []string{"internal/gateway", "internal/pay"}},
	"internal/gateway/stripe":            {own: []string{"internal/gateway/rest", "internal/gateway", "internal/pay", "internal/money"}, others: []string{"github.com/stripe/stripe-go", "github.com/google/uuid"}},
	"internal/gateway/stripe/stripetest": {others: []string{"github.com/stripe/stripe-go"}},
	// What connectors without a library ask their providers with.
	"internal/gateway/rest":              {own: []string{"internal/gateway", "internal/pay"}},
	"internal/gateway/rest/resttest":     {},
	"internal/gateway/paypal":            {own: []string{"internal/gateway/rest", "internal/gateway", "internal/pay", "internal/money"}, others: []string{"github.com/google/uuid"}},
	"internal/gateway/bkash":             {own: []string{"internal/gateway/rest", "internal/gateway", "internal/pay", "internal/money"}},
	"internal/gateway/bkash/bkashtest":   {own: []string{"internal/gateway/rest/resttest"}},
	"internal/gateway/paypal/paypaltest": {own: []string{"internal/gateway/rest/resttest"}},
	"internal/gateway/gatewaytest":       {own: []string{"internal/gateway", "internal/pay", "internal/money"}, others: []string{"github.com/google/uuid"}},
	"internal/gateway/adyen":             {own: []string{"internal/gateway/rest", "internal/gateway", "internal/pay", "internal/money"}, others: []string{"github.com/adyen/adyen-go-api-library", "github.com/google/uuid"}},
	"internal/gateway/adyen/adyentest":   {own: []string{"internal/gateway/rest/resttest"}},

	"migrations":         {others: []string{"github.com/lib/pq", "github.com/pressly/goose"}},
	"internal/store":     {own: []string{"internal/pay", "internal/money"}, others: []string{"github.com/google/uuid", "github.com/hashicorp/golang-lru", "github.com/jmoiron/sqlx", "github.com/lib/pq"}},
	"internal/feed":      {own: []string{"internal/pay"}, others: []string{"github.com/google/uuid"}},
	"internal/live":      {own: []string{"internal/pay"}, others: []string{"github.com/google/uuid"}},
	"internal/webhook":   {own: []string{"internal/pay"}, others: []string{"github.com/standard-webhooks/standard-webhooks"}},
	"internal/service":   {own: []string{"internal/feed", "internal/gateway", "internal/seal", "internal/store", "internal/webhook", "internal/pay", "internal/money"}, others: []string{"github.com/google/uuid", "github.com/hashicorp/golang-lru"}},
	"internal/jobs":      {own: []string{"internal/service", "internal/pay"}, others: []string{"github.com/google/uuid"}},
	"internal/auth":      {own: []string{"internal/store", "internal/pay"}, others: []string{"github.com/google/uuid", "github.com/golang-jwt/jwt", "github.com/MicahParks", "github.com/hashicorp/golang-lru", "golang.org/x/time"}},
	"internal/config":    {own: []string{"internal/auth", "internal/pay"}, others: []string{"github.com/lib/pq"}},
	"internal/pg":        {others: []string{"github.com/lib/pq"}},
	"internal/pg/pgtest": {own: []string{"internal/pg", "migrations"}, others: []string{"github.com/jmoiron/sqlx", "github.com/lib/pq"}},

	"graph/guard":   {others: []string{"github.com/vektah/gqlparser"}},
	"graph/scalar":  {own: []string{"internal/pay", "internal/money"}, others: []string{"github.com/99designs/gqlgen"}},
	"graph/page":    {own: []string{"internal/pay"}, others: []string{"github.com/99designs/gqlgen"}},
	"graph/model":   {own: []string{"internal/service", "internal/pay", "internal/money"}, others: []string{"github.com/99designs/gqlgen"}},
	"graph/breadth": {others: []string{"github.com/99designs/gqlgen", "github.com/vektah/gqlparser", "github.com/hashicorp/golang-lru"}},
	// What tests of both ways of executing queries share.
	"graph/breadth/breadthtest":                  {others: []string{"github.com/vektah/gqlparser"}},
	"graph/breadth/breadthtest/faulty":           {others: []string{"github.com/99designs/gqlgen"}},
	"graph/breadth/breadthtest/faulty/generated": {own: []string{"graph/breadth", "graph/breadth/breadthtest/faulty"}, others: []string{"github.com/99designs/gqlgen", "github.com/vektah/gqlparser"}},
	"graph/generate":                             {others: []string{"github.com/99designs/gqlgen", "github.com/vektah/gqlparser", "golang.org/x/tools"}}, // makes graph/generated
	"graph/generate/testdata/rows":               {},                                                                                                     // what its tests look into
	"graph/generated":                            {own: []string{"graph/breadth", "graph/model", "graph/page", "graph/scalar", "internal/service", "internal/pay", "internal/money"}, others: []string{"github.com/99designs/gqlgen", "github.com/vektah/gqlparser"}},
	"graph": {own: []string{"graph/breadth", "graph/generated", "graph/guard", "graph/model", "graph/page", "graph/scalar", "internal/live", "internal/service", "internal/pay", "internal/money"},
		others: []string{"github.com/99designs/gqlgen", "github.com/vektah/gqlparser", "github.com/coder/websocket", "github.com/graph-gophers/dataloader", "github.com/google/uuid", "github.com/hashicorp/golang-lru"}},

	// What is told to people who run the program; only app knows it.
	"internal/observe": {own: []string{"internal/pay"}, others: []string{"github.com/prometheus/client_golang", "go.opentelemetry.io/otel", "github.com/XSAM/otelsql"}},

	"internal/web/graphiql":  {},
	"internal/web/checkout":  {own: []string{"internal/service", "internal/pay", "internal/money"}, others: []string{"github.com/google/uuid"}},
	"internal/web":           {own: []string{"internal/web/graphiql", "internal/auth", "internal/gateway", "internal/pay"}},
	"internal/app":           {own: []string{"*"}, others: []string{"*"}},
	"internal/app/apptest":   {own: []string{"*"}, others: []string{"*"}},
	"internal/auth/authtest": {own: []string{"internal/pay"}},
	// Only tests start it.
	"internal/chaos":           {own: []string{"*"}, others: []string{"*"}},
	"internal/chaos/failpoint": {own: []string{"internal/gateway", "internal/store", "internal/pay"}},
	"internal/chaos/psp":       {own: []string{"internal/gateway", "internal/pay", "internal/money"}},
	"internal/chaos/wire":      {others: []string{"github.com/lib/pq"}},
	// It measures the program from outside.
	"bench":                    {own: []string{"internal/pay", "internal/pg"}, others: []string{"github.com/google/uuid", "github.com/jmoiron/sqlx", "github.com/lib/pq"}},
	"examples/partner":         {},
	"examples/replay":          {},
	"examples/receiver":        {others: []string{"github.com/standard-webhooks"}},
	"examples/tally":           {own: []string{"internal/gateway/rest", "internal/gateway", "internal/pay", "internal/money"}},
	"examples/tally/tallytest": {own: []string{"internal/gateway/rest/resttest"}},
	"":                         {own: []string{"internal/app"}},
}

// TestArrows proves that imports point one way and that no package reaches for
// what it must not know. Test files are free.
func TestArrows(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		if name := entry.Name(); name == "node_modules" || name != ".." && strings.HasPrefix(name, ".") {
			return filepath.SkipDir
		}
		pkg, err := build.ImportDir(path, 0)
		if err != nil {
			return nil // no Go here
		}
		name, _ := filepath.Rel(root, path)
		if name == "." {
			name = ""
		}
		checkArrows(t, filepath.ToSlash(name), pkg.Imports)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func checkArrows(t *testing.T, name string, imports []string) {
	rule, ok := mayImport[name]
	if !ok {
		t.Errorf("package %q is not in the map of the architecture", name)
		return
	}
	for _, path := range imports {
		own, isOwn := strings.CutPrefix(path, module)
		switch {
		case isOwn && !slices.Contains(rule.own, own) && !slices.Contains(rule.own, "*"):
			t.Errorf("%q must not import %s", name, own)
		case !isOwn && strings.Contains(path, ".") && !slices.ContainsFunc(rule.others, func(m string) bool {
			return m == "*" || strings.HasPrefix(path, m)
		}):
			t.Errorf("%q must not import %s", name, path)
		}
	}
}
