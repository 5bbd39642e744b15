package app_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/paygraph/paygraph/graph/breadth/breadthtest"
	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/config"
	"github.com/paygraph/paygraph/internal/pay"
)

var (
	randomDocuments = flag.Int("documents", 250, "how many random documents are executed both ways")
	randomSeed      = flag.Uint64("seed", 1, "which documents")
)

// TestBreadthRandom proves that random documents are answered to the byte alike by both ways
// of executing queries, by callers of every role, while statements fail in every third.
func TestBreadthRandom(t *testing.T) {
	t.Parallel()
	r := openRivals(t)
	random := breadthtest.New(schemaOfAPI(), *randomSeed, r.invent)
	roles := slices.Sorted(maps.Keys(r.tokens))
	failing, refused, full := 0, 0, 0
	for i := range *randomDocuments {
		document, variables := random.Next()
		fate := uint64(0)
		if i%3 == 0 {
			fate = uint64(i + 1)
		}
		r.memory.fate.Store(fate)
		body, err := json.Marshal(map[string]any{"query": document, "variables": variables})
		if err != nil {
			t.Fatal(err)
		}
		token := r.tokens[roles[i%len(roles)]]
		want, got := r.answer(t, config.Gqlgen, token, body), r.answer(t, config.Breadth, token, body)
		if got.text != want.text {
			t.Fatalf("document %d: got  %.3000s\nwant %.3000s\nfor %s\nwith %v", i, got.text, want.text, document, variables)
		}
		switch {
		case !want.executed:
			refused++
		case want.errors > 0:
			failing++
		case strings.Contains(want.text, `_`): // an id
			full++
		}
	}
	t.Logf("%d documents, 0 differences: %d with errors at some place, %d refused before execution, %d with objects and without errors", *randomDocuments, failing, refused, full)
	if failing < *randomDocuments/10 || full < *randomDocuments/10 || refused > *randomDocuments/4 {
		t.Error("the documents prove too little")
	}
}

// rivals are two programs on the same rows, which execute queries in two ways.
type rivals struct {
	memory   *recollection
	handlers map[string]http.Handler
	tokens   map[pay.Role]string
	ids      map[pay.Kind][]string
	kinds    []pay.Kind
}

func openRivals(t *testing.T) *rivals {
	t.Helper()
	api, company := openDemo(t)
	r := &rivals{memory: newRecollection(), handlers: map[string]http.Handler{}, tokens: map[pay.Role]string{}, ids: map[pay.Kind][]string{}}
	for role, reader := range demoReaders(t, api, company) {
		r.tokens[role] = reader.Token()
	}
	for _, name := range []string{config.Gqlgen, config.Breadth} {
		another := api.Another(t, r.memory.option(), app.WithExecutor(name), app.WithCostRate(1_000_000), app.WithLog(slog.New(slog.NewTextHandler(io.Discard, nil))))
		handler, err := another.App.Handler(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		r.handlers[name] = handler
	}
	for _, k := range nodeKinds {
		kind := pay.Kind(k.kind)
		r.kinds = append(r.kinds, kind)
		for _, id := range rowsOf(t, api.Database.DB, fmt.Sprintf("SELECT id::text FROM %s ORDER BY id LIMIT 20", k.table)) {
			r.ids[kind] = append(r.ids[kind], globalID(k.kind, id))
		}
	}
	return r
}

// rivalAnswer is an answer as it is compared.
type rivalAnswer struct {
	text     string
	executed bool
	errors   int
}

// pointsLeft are those of the caller, which come back with time.
var pointsLeft = regexp.MustCompile(`"currentlyAvailable":\d+`)

// answer has one of both execute a request.
func (r *rivals) answer(t *testing.T, executor, token string, body []byte) rivalAnswer {
	t.Helper()
	request := httptest.NewRequest(http.MethodPost, "/graphql", bytes.NewReader(body)).WithContext(t.Context())
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+token)
	recorder := httptest.NewRecorder()
	r.handlers[executor].ServeHTTP(recorder, request)
	text := pointsLeft.ReplaceAllString(recorder.Body.String(), `"currentlyAvailable":0`)
	if id := recorder.Header().Get("X-Request-Id"); id != "" {
		text = strings.ReplaceAll(text, id, "…")
	}
	var answer apptest.Response
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	if len(answer.Errors) >= mostErrors { // others were cut off, in the order in which goroutines ended
		text = fmt.Sprint(len(answer.Errors), " errors and ", string(answer.Data))
	}
	same, err := breadthtest.Alike([]byte(text))
	if err != nil && len(answer.Errors) < mostErrors {
		t.Fatal(err)
	} else if err != nil {
		same = text
	}
	return rivalAnswer{same, len(answer.Data) > 0, len(answer.Errors)}
}

// mostErrors are shown of one answer.
const mostErrors = 20

// invent makes up values that mostly find something.
func (r *rivals) invent(random *rand.Rand, parent, name string, t *ast.Type) (any, bool) {
	if t.Elem != nil {
		return nil, false
	}
	rare := random.IntN(100) < 5
	switch t.Name() {
	case "ID":
		return r.id(random, strings.ToLower(parent+" "+name)), true
	case "Int":
		switch {
		case rare:
			return []any{0, -1, 101}[random.IntN(3)], true
		case (name == "offset" || name == "last") && random.IntN(5) > 0:
			return nil, !t.NonNull
		}
		return 1 + random.IntN(3), true
	case "String":
		if (name == "after" || name == "before") && !t.NonNull && !rare {
			return nil, true
		}
		return []any{"a", "table", "Ana", "x \"y\" <z>"}[random.IntN(4)], true
	}
	value, ok := map[string]any{"Int64": 100 * random.IntN(100), "DateTime": fmt.Sprintf("202%d-01-01T00:00:00Z", random.IntN(9)), "Date": "2026-01-31", "CurrencyCode": "EUR",
		"CountryCode": "PT", "Decimal": "1.5", "EmailAddress": "ana@example.com", "PhoneNumber": "+351 912 345 678", "URL": "https://example.com/", "IdempotencyKey": "k"}[t.Name()]
	return value, ok
}

// id is one of the sort that stands in words, or any, or none.
func (r *rivals) id(random *rand.Rand, words string) string {
	kind := r.kinds[random.IntN(len(r.kinds))]
	if random.IntN(10) > 0 {
		for _, k := range []struct {
			word string
			kind pay.Kind
		}{{"payment", pay.KindPayment}, {"order", pay.KindOrder}, {"customer", pay.KindCustomer}, {"gateway", pay.KindGateway},
			{"invoice", pay.KindInvoice}, {"product", pay.KindProduct}, {"business", pay.KindBusiness}, {"transaction", pay.KindTransaction}} {
			if strings.Contains(words, k.word) {
				kind = k.kind
			}
		}
	}
	if len(r.ids[kind]) == 0 || random.IntN(20) == 0 {
		return "pay_nothing"
	}
	return r.ids[kind][random.IntN(len(r.ids[kind]))]
}
