package app_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
)

// TestAcceptStream proves that a caller who accepts answers and streams gets a stream for
// a subscription and an answer for everything else, and that one who likes streams best
// always gets one.
func TestAcceptStream(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	token := api.Token(t, auth.Grant{})
	const events = "text/event-stream"
	const both = graphqlJSON + ", application/graphql+json, " + plainJSON + ", " + events + ", multipart/mixed" // as urql has it
	for accept, want := range map[string]struct{ query, subscription string }{
		both:                                {graphqlJSON, events},
		events:                              {events, events},
		"Text/Event-Stream":                 {events, events},
		events + ", " + plainJSON:           {plainJSON, events},
		events + ";q=0.2, " + plainJSON:     {plainJSON, events},
		events + ", " + plainJSON + ";q=.9": {events, events},
		events + ", */*;q=0.1":              {events, events},
		events + ";q=0":                     {plainJSON, plainJSON},
		plainJSON + ", " + events + "; q=0": {plainJSON, plainJSON},
		events + "s":                        {plainJSON, plainJSON},
		"*/*":                               {plainJSON, plainJSON},
	} {
		for document, media := range map[string]string{"{ viewer { id } }": want.query, "subscription { paymentEvents { type } }": want.subscription} {
			stream, response := listenWith(t, api.URL, token, document, accept, nil)
			if got, _, _ := strings.Cut(response.Header.Get("Content-Type"), ";"); got != media || response.StatusCode != http.StatusOK {
				t.Errorf("%s, %s: %d in %s, want it in %s", accept, document, response.StatusCode, got, media)
			}
			stream.close()
		}
	}
	for document, want := range map[string]string{
		`mutation { createCustomer(input: { customer: { firstName: "Ana" } }) { customer { id } } }`: `{"data":{"createCustomer":{"customer":{"id":"`,
		`subscription { nothing }`: `{"errors":[`,
	} {
		body, _ := json.Marshal(map[string]string{"query": document})
		got := callWith(t, http.MethodPost, api.URL+"/graphql", token, http.Header{"Content-Type": {plainJSON}, "Accept": {both}}, string(body))
		if !strings.HasPrefix(got.body, want) || !strings.HasPrefix(got.header.Get("Content-Type"), graphqlJSON) {
			t.Errorf("%s: %d %s", document, got.status, got.body)
		}
	}
}

// TestAcceptedStreamFollows proves that a subscription of a caller who accepts both is a
// stream like others, and counts once.
func TestAcceptedStreamFollows(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	after := logOf(t, s.admin, nil).PageInfo.EndCursor
	trustDocuments(t, s.admin, followDocument)
	s.pay(t, "before", s.whole("", s.order(100)))
	want := wholeLog(t, s.admin, nil)
	for i, document := range []string{followDocument, documentID(followDocument)} {
		stream, response := listenWith(t, s.api.URL, s.admin.Token(), document, plainJSON+", text/event-stream", apptest.Vars{"after": after})
		t.Cleanup(stream.close)
		if response.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("answered with %v", response.Header)
		}
		for _, w := range want {
			if got := nextEvent(t, stream); got != w {
				t.Errorf("told %+v, want %+v", got, w)
			}
		}
		if open := s.api.App.OpenStreams(); open != i+1 {
			t.Errorf("%d streams are open, want %d", open, i+1)
		}
	}
}
