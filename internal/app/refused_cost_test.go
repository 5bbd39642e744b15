package app_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
)

// refusal is what a request costs that is refused, and misuse where its document is valid.
const refusal, misuse = 1000, 10

// TestRefusedCosts proves that what is refused before it is executed costs the same
// whatever was wrong with it, less where its document was found valid, in both media types,
// and says so; and that what nobody had to read costs nothing.
func TestRefusedCosts(t *testing.T) {
	t.Parallel()
	const rate, most = 1000, 10_000
	began := time.Now().UTC().Truncate(time.Second)
	api := apptest.Start(t, app.WithCostRate(rate), app.WithClock(func() time.Time { return began }))
	link := "?query=" + url.QueryEscape(`mutation { createPayment(input: {idempotencyKey: "link", amount: {minorUnits: 100, currency: "EUR"}}) { payment { id } } }`)
	for name, c := range map[string]struct {
		link, body, code string
		costs            int
	}{
		"no JSON":               {"", `{"query":`, "GRAPHQL_PARSE_FAILED", refusal},
		"JSON nested too deep":  {"", `{"query":"{ __typename }","extensions":` + around(40, "[", "", "]") + "}", "COST_LIMIT", refusal},
		"no query":              {"", `{}`, "GRAPHQL_PARSE_FAILED", refusal},
		"no GraphQL":            {"", document("{"), "GRAPHQL_PARSE_FAILED", refusal},
		"no operation":          {"", document("fragment f on Query { __typename }"), "GRAPHQL_VALIDATION_FAILED", refusal},
		"guarded":               {"", document("{ " + numbered(31, "a#: __typename ") + "}"), "COST_LIMIT", refusal},
		"not valid":             {"", document("{ nothing }"), "GRAPHQL_VALIDATION_FAILED", refusal},
		"too large an answer":   {"", document("{ payments(first: 100) { " + nested(2, "100") + " } }"), "COST_LIMIT", refusal},
		"dearer than a bucket":  {"", document("{ " + numbered(9, "a#: payments(first: 100) { "+nested(1, "10")+" } ") + "}"), "COST_LIMIT", refusal},
		"an unknown document":   {"", fmt.Sprintf(`{"documentId":"sha256:%064d"}`, 0), "DOCUMENT_NOT_FOUND", refusal},
		"a persisted query":     {"", fmt.Sprintf(`{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"%064d"}}}`, 0), "PERSISTED_QUERY_NOT_SUPPORTED", 0},
		"bad variables":         {"", requestOf("query($n: Int!) { payments(first: $n) { totalCount } }", apptest.Vars{"n": "x"}), "GRAPHQL_VALIDATION_FAILED", misuse},
		"a subscription":        {"", document("subscription { paymentEvents { type } }"), "GRAPHQL_VALIDATION_FAILED", misuse},
		"a mutation by a link":  {link, "", "METHOD_NOT_ALLOWED", misuse},
		"refused by a resolver": {"", document(`{ payments(first: 1000) { totalCount } }`), "GRAPHQL_VALIDATION_FAILED", 1},
	} {
		for _, media := range []string{plainJSON, graphqlJSON} {
			token := api.Token(t, auth.Grant{Subject: name + media})
			method := http.MethodPost
			if c.link != "" {
				method = http.MethodGet
			}
			got := callWith(t, method, api.URL+"/graphql"+c.link, token, http.Header{"Content-Type": {plainJSON}, "Accept": {media}}, c.body)
			if !strings.Contains(got.body, `"code":"`+c.code+`"`) {
				t.Errorf("%s: %d %s", name, got.status, got.body)
			}
			if c.costs >= misuse {
				if shown := costShown(t, apptest.Response{Body: got.body}); shown.RequestedQueryCost != c.costs || shown.ActualQueryCost == nil || *shown.ActualQueryCost != c.costs || *shown.ThrottleStatus != (throttleStatus{most, most - c.costs, rate}) {
					t.Errorf("%s: %s", name, got.body)
				}
			}
			if left := costShown(t, api.Client(token).Send(t, "{ __typename }", nil)).ThrottleStatus.CurrentlyAvailable; left != most-c.costs-1 {
				t.Errorf("%s: %d are left", name, left)
			}
		}
	}
}

// TestSizeCosts proves that reading a large request costs points by its size, whether it is
// executed, refused, or too large to be either.
func TestSizeCosts(t *testing.T) {
	t.Parallel()
	began := time.Now().UTC()
	client := apptest.Start(t, app.WithCostRate(5000), app.WithClock(func() time.Time { return began })).Admin(t)
	sized := func(document string, size int) []byte {
		body := requestOf(document, nil)
		return []byte(body + strings.Repeat(" ", size-len(body)))
	}
	spent := 0
	for _, c := range []struct {
		document   string
		size, want int
	}{{"{ viewer { id } }", 16 << 10, 1}, {"{ viewer { id } }", 16<<10 + 255, 1}, {"{ viewer { id } }", 16<<10 + 2560, 11}, {"{ viewer { id } }", 2 << 20, 8129},
		{"{", 16 << 10, refusal}, {"{", 2 << 20, refusal + 8128}, {"{ viewer { id } }", 3 << 20, refusal + 8128}} {
		got := costShown(t, client.SendBody(t.Context(), t, sized(c.document, c.size)))
		spent += c.want
		if got.RequestedQueryCost != c.want || got.ActualQueryCost == nil || *got.ActualQueryCost != c.want || got.ThrottleStatus.CurrentlyAvailable != 50_000-spent {
			t.Errorf("%s in %d bytes: %+v, %+v", c.document, c.size, got, *got.ThrottleStatus)
		}
	}
}

// TestReadingCosts proves that what is refused for nothing in it costs what it took to read,
// so that nobody has large requests read for nothing.
func TestReadingCosts(t *testing.T) {
	t.Parallel()
	const rate, most, reading = 1000, 10_000, 4032
	began := time.Now().UTC()
	api := apptest.Start(t, app.WithCostRate(rate), app.WithClock(func() time.Time { return began }))
	large := func(body string) []byte { return []byte(body + strings.Repeat(" ", 16<<10+reading*256-len(body))) }
	hash := fmt.Sprintf(`{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"%064d"}}}`, 0)
	for name, c := range map[string]struct {
		body, code string
		left       int
	}{
		"a persisted query":        {hash, "PERSISTED_QUERY_NOT_SUPPORTED", most - reading},
		"dearer than what is left": {document("{ viewer { id } }"), "RATE_LIMITED", 0},
	} {
		client := api.Client(api.Token(t, auth.Grant{Subject: name}))
		if c.code == "RATE_LIMITED" {
			spend(t, client, most-reading)
		}
		got := client.SendBody(t.Context(), t, large(c.body))
		shown := costShown(t, got)
		if !strings.Contains(got.Body, `"code":"`+c.code+`"`) || shown.ActualQueryCost == nil || *shown.ActualQueryCost != reading || shown.ThrottleStatus.CurrentlyAvailable != c.left {
			t.Errorf("%s: %s", name, got.Body)
		}
	}
}

// TestMisuseOfKnown proves that who misuses a document that is valid pays little, also where
// that shows before anything else of it is looked at.
func TestMisuseOfKnown(t *testing.T) {
	t.Parallel()
	began := time.Now().UTC()
	client := apptest.Start(t, app.WithCostRate(5000), app.WithClock(func() time.Time { return began })).Admin(t)
	two := "query A { viewer { id } } query B { viewer { role } }"
	body := func(operation string) []byte {
		return fmt.Appendf(nil, `{"query":%q,"operationName":%q}`, two, operation)
	}
	if got := client.SendBody(t.Context(), t, body("A")); len(got.Errors) > 0 {
		t.Fatalf("a good one: %s", got.Body)
	}
	for _, operation := range []string{"C", ""} {
		got := client.SendBody(t.Context(), t, body(operation))
		if shown := costShown(t, got); len(got.Errors) != 1 || shown.RequestedQueryCost != misuse {
			t.Errorf("operation %q: %s", operation, got.Body)
		}
	}
}

// TestRefusedCostsAreBounded proves that who sends what is refused is turned away when their
// points are spent, before anything of a request is read and whatever it is, and for no
// longer than until there is a point again; and that nobody else is.
func TestRefusedCostsAreBounded(t *testing.T) {
	t.Parallel()
	const rate, most = 1000, 10_000
	var ahead atomic.Int64
	began := time.Now().UTC().Truncate(time.Second)
	api := apptest.Start(t, app.WithCostRate(rate), app.WithClock(func() time.Time { return began.Add(time.Duration(ahead.Load())) }))
	careless, other := api.Client(api.Token(t, auth.Grant{Subject: "careless"})), api.Admin(t)
	refused := func(left int) {
		t.Helper()
		if got := careless.Send(t, "{", nil); got.Status != http.StatusOK || costShown(t, got).ThrottleStatus.CurrentlyAvailable != left {
			t.Errorf("%d %s, want %d left", got.Status, got.Body, left)
		}
	}
	turnedAway := func(wait string) {
		t.Helper()
		for name, body := range map[string]string{"good": document("{ __typename }"), "no GraphQL": document("{"), "no JSON": "{", "too long": strings.Repeat(" ", 3<<20)} {
			got := careless.SendBody(t.Context(), t, []byte(body))
			shown := costShown(t, got)
			if got.Status != http.StatusTooManyRequests || got.Header.Get("Retry-After") != wait || len(got.Errors) != 1 || got.Errors[0].Extensions.Code != "RATE_LIMITED" || got.Errors[0].Extensions.RequestID == "" ||
				shown.RequestedQueryCost != 1 || shown.ActualQueryCost != nil || *shown.ThrottleStatus != (throttleStatus{most, 0, rate}) {
				t.Errorf("%s: %d %v %s", name, got.Status, got.Header, got.Body)
			}
		}
	}
	const mistyped = 99 // what people mistype at a shop must not keep others from paying there
	for range mistyped {
		careless.Send(t, "query($n: Int!) { payments(first: $n) { totalCount } }", nil)
	}
	for left := most - mistyped*misuse - refusal; left > 0; left -= refusal {
		refused(left)
	}
	refused(0) // with ten points, so that 990 are owed
	turnedAway("1")
	if status := answeredUnsent(t, api.URL, careless.Token()); status != http.StatusTooManyRequests {
		t.Errorf("a request that is not sent to its end: %d", status)
	}
	if got := other.Send(t, "{ viewer { id } }", nil); got.Status != http.StatusOK || len(got.Errors) > 0 {
		t.Errorf("somebody else: %s", got.Body)
	}
	ahead.Add(int64(990 * time.Millisecond))
	turnedAway("1")
	ahead.Add(int64(2 * time.Millisecond))
	refused(0) // with two points
	ahead.Add(int64(998 * time.Millisecond))
	turnedAway("1")
	ahead.Add(int64(2 * time.Millisecond))
	if got := careless.Send(t, "{ viewer { id } }", nil); got.Status != http.StatusOK || len(got.Errors) > 0 {
		t.Errorf("when it is paid: %s", got.Body)
	}
}

// answeredUnsent is the status of the answer to a request whose body never comes.
func answeredUnsent(t *testing.T, address, token string) int {
	t.Helper()
	connection, err := net.Dial("tcp", strings.TrimPrefix(address, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	connection.SetDeadline(time.Now().Add(10 * time.Second)) // the server waits for the body for longer
	fmt.Fprintf(connection, "POST /graphql HTTP/1.1\r\nHost: paygraph\r\nContent-Type: application/json\r\nAuthorization: Bearer %s\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n", token)
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	defer response.Body.Close()
	return response.StatusCode
}

// TestFollowRefusedIsBounded proves that what is refused on a stream costs as much, and that
// who has no points left begins none.
func TestFollowRefusedIsBounded(t *testing.T) {
	t.Parallel()
	const rate, most = 1000, 10_000
	began := time.Now().UTC().Truncate(time.Second)
	api := apptest.Start(t, app.WithCostRate(rate), app.WithClock(func() time.Time { return began }))
	bySocket, bySSE := api.Token(t, auth.Grant{Subject: "socket"}), api.Token(t, auth.Grant{Subject: "sse"})
	s, _ := dial(t, api.URL, nil)
	defer s.close()
	s.greet(t, bySocket)
	spend(t, api.Client(bySocket), most-2*refusal)
	s.subscribe(t, "1", "subscription { nothing }", nil)
	s.refused(t, "1")
	s.send(t, socketMessage{ID: "2", Type: "subscribe", Payload: []byte(`{"query":1}`)})
	s.refused(t, "2")
	for _, document := range []string{heavier, "nonsense"} {
		s.subscribe(t, "3", document, nil)
		if errors, text := s.refused(t, "3"); len(errors) != 1 || errors[0].Extensions.Code != "RATE_LIMITED" || !strings.Contains(text, `"retryAfterSeconds":1`) {
			t.Errorf("%s without points: %s", document, text)
		}
	}
	if got := api.Client(bySocket).Send(t, "{ __typename }", nil); got.Status != http.StatusTooManyRequests {
		t.Errorf("what was refused on a websocket cost nothing: %s", got.Body)
	}
	spend(t, api.Client(bySSE), most-2*refusal)
	for _, left := range []int{refusal, 0} {
		events, _ := listenFor(t, api.URL, bySSE, "subscription { nothing }", nil)
		if got := events.next(t); got.code != "GRAPHQL_VALIDATION_FAILED" || costShown(t, apptest.Response{Body: got.text}).ThrottleStatus.CurrentlyAvailable != left {
			t.Errorf("server-sent events: %+v", got)
		}
		events.close()
	}
	events, response := listenFor(t, api.URL, bySSE, heavier, nil)
	defer events.close()
	if media := response.Header.Get("Content-Type"); response.StatusCode != http.StatusTooManyRequests || response.Header.Get("Retry-After") != "1" || !strings.HasPrefix(media, plainJSON) {
		t.Errorf("server-sent events without points: %d %v", response.StatusCode, response.Header)
	}
}
