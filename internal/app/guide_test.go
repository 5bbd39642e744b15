package app_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
)

// block is a piece of a guide between fences.
var block = regexp.MustCompile("(?ms)^```(sh|json|text)\n(.*?)^```$")

// elided is a text of which a guide leaves a part out.
var elided = regexp.MustCompile(`"[^"]*…[^"]*"`)

// TestGuides does what the guides for people in GraphiQL and for partners say, with the
// demo company as they do.
func TestGuides(t *testing.T) {
	t.Parallel()
	api, company := openDemo(t)
	token := api.Token(t, auth.Grant{CompanyID: company.ID})
	t.Run("GraphiQL", func(t *testing.T) { runExamples(t, api, api.Client(token)) })
	t.Run("Partner", func(t *testing.T) { followPartnerGuide(t, api, token) })
}

// followPartnerGuide runs the commands of docs/partner.md, one after the other as in a
// terminal, and compares what comes out with what the page shows. Its program in Go is
// compiled and run too.
func followPartnerGuide(t *testing.T, api *apptest.API, token string) {
	page, err := os.ReadFile("../../docs/partner.md")
	if err != nil {
		t.Fatal(err)
	}
	const between = "-- next block --"
	var script strings.Builder
	var want []string // what each block of commands prints; empty where the page does not say
	for _, found := range block.FindAllStringSubmatch(string(page), -1) {
		if found[1] != "sh" {
			want[len(want)-1] = found[2]
			continue
		}
		fmt.Fprintf(&script, "%s\necho; echo '%s'\n", found[2], between)
		want = append(want, "")
	}
	if len(want) < 12 {
		t.Fatalf("%d blocks of commands", len(want))
	}
	shell := exec.CommandContext(t.Context(), "sh", "-eu")
	shell.Dir, shell.Stdin = "../..", strings.NewReader(script.String())
	shell.Env = append(os.Environ(), "URL="+api.URL+"/graphql", "TOKEN="+token)
	var complaints strings.Builder
	shell.Stderr = &complaints
	out, err := shell.Output()
	printed := strings.Split(string(out), between)
	if err != nil || len(printed) != len(want)+1 {
		t.Fatalf("%d of %d blocks ended: %v\n%s\n%s", len(printed)-1, len(want), err, complaints.String(), out)
	}
	for i, answer := range want {
		if at := unlike(t, answer, printed[i]); at != "" {
			t.Errorf("block %d: %s\nprinted: %s", i+1, at, printed[i])
		}
	}
}

// unlike says where what was printed is not what a page shows.
func unlike(t *testing.T, shown, printed string) string {
	t.Helper()
	if shown == "" {
		return ""
	}
	var want, have any
	if json.Unmarshal([]byte(elided.ReplaceAllString(shown, `"{{any}}"`)), &want) != nil {
		pattern := strings.ReplaceAll(regexp.QuoteMeta(strings.TrimSpace(shown)), "…", `\S+`)
		if !regexp.MustCompile("^" + pattern + "$").MatchString(strings.TrimSpace(printed)) {
			return "other text than " + shown
		}
		return ""
	}
	if err := json.Unmarshal([]byte(printed), &have); err != nil {
		return err.Error()
	}
	return differs("", want, have)
}

// TestDashboardDocuments proves that the schema has what the example in TypeScript asks
// for; make dashboard-example compiles and runs it.
func TestDashboardDocuments(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	var documents [][]string
	for _, name := range []string{"payments.ts", "live.ts"} {
		source, err := os.ReadFile("../../examples/dashboard/src/" + name)
		if err != nil {
			t.Fatal(err)
		}
		documents = append(documents, regexp.MustCompile("graphql\\(`([^`]*)`\\)").FindAllStringSubmatch(string(source), -1)...)
	}
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: string(text)})
	if len(documents) < 4 {
		t.Fatalf("%d documents", len(documents))
	}
	for _, document := range documents {
		if _, errs := gqlparser.LoadQueryWithRules(schema, document[1], rules.NewDefaultRules()); errs != nil {
			t.Errorf("%v in %s", errs, document[1])
		}
	}
}
