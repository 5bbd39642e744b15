package app_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
)

// TestTurnsOverHTTP proves that a subscription which becomes a stream is no refusal, that who
// hangs up while waiting is told from what is unavailable, and that a good document waits for
// refused ones only as long as it must.
func TestTurnsOverHTTP(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t, app.WithCostRate(5000))
	token := api.Admin(t).Token()
	t.Run("streams", func(t *testing.T) {
		var all sync.WaitGroup
		for i := range 12 {
			all.Go(func() {
				response := open(t, api.URL, token, "application/json, text/event-stream", "subscription { paymentEvents { a"+strings.Repeat("b", i)+": cursor } }")
				defer response.Body.Close()
				if media := response.Header.Get("Content-Type"); response.StatusCode != http.StatusOK || media != "text/event-stream" {
					t.Errorf("stream %d: %d %s", i, response.StatusCode, media)
				}
			})
		}
		all.Wait()
	})
	t.Run("a good one after a bad one", func(t *testing.T) {
		client := api.Client(token)
		client.Send(t, "{ nothing }", nil)
		if got := client.Send(t, "{ viewer { id role } }", nil); got.Status != http.StatusOK || len(got.Errors) > 0 {
			t.Errorf("%d %s", got.Status, got.Body)
		}
	})
}

// open sends a document and leaves the answer open.
func open(t *testing.T, url, token, accept, text string) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/graphql", strings.NewReader(document(text)))
	if err != nil {
		t.Fatal(err)
	}
	request.Header = http.Header{"Content-Type": {plainJSON}, "Accept": {accept}, "Authorization": {"Bearer " + token}}
	response, err := (&http.Client{Timeout: 20 * time.Second}).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	return response
}

// TestOneCredential proves that a request with two credentials is refused, whichever is good.
func TestOneCredential(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	good, bad := "Bearer "+api.Admin(t).Token(), "Bearer zzz"
	for _, credentials := range [][]string{{good, bad}, {bad, good}, {good, good}} {
		got := callWith(t, http.MethodPost, api.URL+"/graphql", "", http.Header{"Content-Type": {plainJSON}, "Authorization": credentials}, document("{ viewer { id } }"))
		if got.status != http.StatusUnauthorized {
			t.Errorf("%d credentials: %d %s", len(credentials), got.status, got.body)
		}
	}
}

// TestHalfSurrogates proves that ids which differ in half of a surrogate pair do not become
// the same, wherever they stand in a request.
func TestHalfSurrogates(t *testing.T) {
	t.Parallel()
	admin := openShop(t).admin
	for name, body := range map[string]string{
		"variable": `{"query":"query($s: String!) { payments(filter: {search: $s}) { totalCount } }","variables":{"s":"inv-\ud801"}}`,
		"document": `{"query":"{ payments(filter: {search: \"inv-\\uD801\"}) { totalCount } }"}`,
		"query":    `{"query":"{ payments(filter: {search: \"inv-\uD801\"}) { totalCount } }"}`,
	} {
		got := admin.SendBody(t.Context(), t, []byte(body))
		if !strings.Contains(got.Body, "half of a surrogate pair") || !strings.Contains(got.Body, "GRAPHQL_PARSE_FAILED") {
			t.Errorf("%s: %s", name, got.Body)
		}
	}
}
