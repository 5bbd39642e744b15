package app_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/config"
	"github.com/paygraph/paygraph/internal/web/graphiql"
)

// runExamples proves that whoever opens GraphiQL can run each of its tabs as it is, as
// often as they like, and sees something.
func runExamples(t *testing.T, api *apptest.API, admin *apptest.Client) {
	examples := shownExamples(t, api)
	if len(examples) < 12 {
		t.Fatalf("%d examples", len(examples))
	}
	page, err := os.ReadFile("../../docs/graphiql.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range examples {
		tab := strings.FieldsFunc(e.Query, func(r rune) bool { return !unicode.IsLetter(r) })[1] // after query or mutation
		if !strings.Contains(string(page), "\n| "+tab+" | ") {
			t.Errorf("docs/graphiql.md lacks the tab %s", tab)
		}
	}
	for round := range 2 {
		for _, e := range examples {
			var vars apptest.Vars
			if e.Variables != "" {
				if err := json.Unmarshal([]byte(e.Variables), &vars); err != nil {
					t.Fatalf("%s: variables: %v", e.Name, err)
				}
			}
			answer := admin.Send(t, e.Query, vars)
			var whole any
			if err := json.Unmarshal([]byte(answer.Body), &whole); err != nil {
				t.Fatal(err)
			}
			for _, problem := range problems("", whole) {
				t.Errorf("round %d, %s: %s", round+1, e.Name, problem)
			}
			if round == 1 && strings.Contains(e.Query, "replayed") && !strings.Contains(answer.Body, `"replayed":true`) {
				t.Errorf("%s: again: %s", e.Name, answer.Body)
			}
			if strings.Contains(e.Query, "fallback") && !strings.Contains(answer.Body, `"fallback":1,`) {
				t.Errorf("%s: no gateway took over: %s", e.Name, answer.Body)
			}
		}
	}
}

// shownExamples are those that a development server on the same database shows.
func shownExamples(t *testing.T, api *apptest.API) (list []graphiql.Example) {
	t.Helper()
	a, err := app.Open(t.Context(), config.Config{Development: true, DatabaseURL: api.Database.URL, DirectURL: api.Database.URL,
		JWT: auth.Settings{Secret: []byte("a secret that no token is signed with"), Issuer: "paygraph", Audience: "paygraph"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	handler, err := a.Handler(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest("GET", "/graphiql/examples.json", nil))
	if err := json.Unmarshal(w.Body.Bytes(), &list); err != nil {
		t.Fatalf("examples: %v in %s", err, w.Body)
	}
	for _, e := range list {
		if strings.Contains(e.Query+e.Variables, "{{") {
			t.Errorf("%s: a name without an id: %s", e.Name, e.Variables)
		}
	}
	return list
}

// problems lists what somebody who tries an example would stumble over: errors, at
// the top or in a payload, a list that is empty and an object that is not there.
func problems(at string, value any) (list []string) {
	object, ok := value.(map[string]any)
	if !ok {
		return nil
	}
	for name, inner := range object {
		place := at + "." + name
		switch {
		case name == "errors":
			if all, _ := inner.([]any); len(all) > 0 {
				list = append(list, fmt.Sprintf("%s: %v", place, all))
			}
		case slices.Contains([]string{"data", "payment", "nodes", "refunds", "paymentSummary", "paymentGateways", "availablePaymentMethods", "ledgerAccounts"}, name):
			if all, isList := inner.([]any); inner == nil || isList && len(all) == 0 {
				list = append(list, place+" is empty")
			}
		}
		list = append(list, problems(place, inner)...)
	}
	return list
}
