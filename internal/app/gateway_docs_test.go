package app_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

func guidePage(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile("../../" + path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestGatewayCapabilities proves that the table of what each gateway can do is the
// connectors' own, and that the pages of connectors list their parameters and no others.
func TestGatewayCapabilities(t *testing.T) {
	t.Parallel()
	_, table, _ := strings.Cut(guidePage(t, "docs/gateways.md"), "| account check |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|\n")
	table, _, _ = strings.Cut(table, "\n\n")
	var want []string
	for _, name := range slices.Sorted(maps.Keys(app.Connectors())) {
		want = append(want, capabilities(app.Connectors()[name]))
	}
	if got := strings.Split(strings.TrimSpace(table), "\n"); !slices.Equal(got, want) {
		t.Errorf("docs/gateways.md has\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for name, at := range map[string]string{"stripe": "docs/stripe.md", "adyen": "docs/adyen.md", "paypal": "docs/paypal.md", "bkash": "docs/bkash.md", "manual": "docs/gateways.md"} {
		var listed, has []string
		for _, row := range regexp.MustCompile("(?m)^\\| `([A-Za-z]+)` \\| (?:merchant|the payer's form)").FindAllStringSubmatch(guidePage(t, at), -1) {
			listed = append(listed, row[1])
		}
		for _, p := range app.Connectors()[name].Describe().Parameters {
			has = append(has, p.ParameterID)
		}
		slices.Sort(listed)
		slices.Sort(has)
		if !slices.Equal(listed, has) {
			t.Errorf("%s lists the parameters %q, and %s has %q", at, listed, name, has)
		}
	}
}

// capabilities is a connector's row of the table.
func capabilities(c gateway.Connector) string {
	d, all := c.Describe(), gateway.Capabilities(c)
	has := func(what pay.GatewayCapability) bool { return slices.Contains(all, what) }
	can := func(what pay.GatewayCapability, how string) string {
		if has(what) {
			return how
		}
		return "–"
	}
	where := "both"
	if !d.Allows(pay.Live) {
		where = "sandbox"
	}
	captures, refunds := "once", "yes"
	if has(pay.CanCaptureInParts) {
		captures = "in parts"
	}
	if has(pay.CanCancelRefund) {
		refunds = "yes, and calls them off"
	}
	return fmt.Sprintf("| `%s` | %s | %s |", d.Name, where, strings.Join([]string{can(pay.CanCharge, "yes"), currencies(c), can(pay.CanComplete, "yes"), can(pay.CanHold, "yes"), can(pay.CanCapture, captures),
		can(pay.CanVoid, "yes"), can(pay.CanCancel, "yes"), can(pay.CanRefund, refunds), can(pay.CanSaveMethods, "yes"),
		can(pay.CanReceiveWebhooks, "yes"), can(pay.CanCheckAccount, "yes")}, " | "))
}

// currencies are those that a connector's provider takes, in few words.
func currencies(c gateway.Connector) string {
	switch list := gateway.Currencies(c); {
	case len(list) == len(money.Currencies()):
		return "all"
	case len(list) == 1:
		return string(list[0])
	default:
		return fmt.Sprint(len(list))
	}
}

// graphqlBlock is a document in a page.
var graphqlBlock = regexp.MustCompile("(?ms)^ *```graphql\n(.*?)^ *```$")

// TestDocsDocuments proves that the schema has what the documents in all pages ask for; the
// page about the schema shows pieces of that instead.
func TestDocsDocuments(t *testing.T) {
	t.Parallel()
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: guidePage(t, "schema.graphqls")})
	paths, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, path := range append(paths, "../../README.md") {
		if filepath.Base(path) == "schema.md" {
			continue
		}
		for _, block := range graphqlBlock.FindAllStringSubmatch(guidePage(t, strings.TrimPrefix(path, "../../")), -1) {
			n++
			if _, errs := gqlparser.LoadQueryWithRules(schema, block[1], rules.NewDefaultRules()); errs != nil {
				t.Errorf("%s: %v in %s", path, errs, block[1])
			}
		}
	}
	if n < 15 {
		t.Errorf("%d documents", n)
	}
}

// TestGatewayDocuments proves that the documents by which gateways are set up do what the
// pages say. No provider is asked: what is asked about an account is the sandbox's.
func TestGatewayDocuments(t *testing.T) {
	t.Parallel()
	elided := strings.NewReplacer("whsec_…", "whsec_"+strings.Repeat("QUJD", 11), "…", "0123456789ABCDEFGHIJKLMN")
	for _, path := range []string{"docs/gateways.md", "docs/stripe.md", "docs/adyen.md", "docs/paypal.md", "docs/bkash.md"} {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			connectors := app.Connectors()
			connectors["bank"] = newBank() // of shops
			s := openShop(t, app.WithConnectors(connectors))
			blocks := graphqlBlock.FindAllStringSubmatch(guidePage(t, path), -1)
			if len(blocks) < 1 {
				t.Fatal("no documents")
			}
			for _, block := range blocks {
				document := elided.Replace(strings.ReplaceAll(block[1], "gw_…", s.sandbox))
				for field, answer := range apptest.Do[map[string]json.RawMessage](t, s.admin, document, nil) {
					var payload struct{ Errors []apptest.Refusal } // lists have none
					if err := json.Unmarshal(answer, &payload); err == nil && len(payload.Errors) > 0 {
						t.Errorf("%s: %+v: %s", field, payload.Errors, block[1])
					}
				}
			}
		})
	}
}

// TestConnectorTutorial proves that what the page about writing a connector shows is part of
// the example, which is compiled and tested.
func TestConnectorTutorial(t *testing.T) {
	t.Parallel()
	var source strings.Builder
	for _, pattern := range []string{"../../examples/tally/*.go", "../../examples/tally/tallytest/*.go", "example_connector_test.go"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			source.Write(text)
		}
	}
	blocks := regexp.MustCompile("(?ms)^```go\n(.*?)^```$").FindAllStringSubmatch(guidePage(t, "docs/connector.md"), -1)
	if len(blocks) < 10 {
		t.Errorf("%d pieces", len(blocks))
	}
	for _, block := range blocks {
		if !strings.Contains(source.String(), block[1]) {
			t.Errorf("no file of the example has\n%s", block[1])
		}
	}
}
