package app_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// sendSecretsToCompanies puts the markers into endpoints, and has their servers answer
// with more. It returns the answers that have errors, and how a secret that signs may be
// written.
func sendSecretsToCompanies(t *testing.T, api *apptest.API, admin *apptest.Client) (errors string, signing []string) {
	t.Helper()
	s := &shop{api: api, admin: admin, make: admin.Make(t)}
	loud := newReceiver(t)
	loud.answers(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Card", leakCard)
		w.WriteHeader(http.StatusInternalServerError)
		fmt.Fprintf(w, "no account %s", leakIBAN)
	})
	_, secret := s.endpoint(t, loud, nil)
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{"http://localhost:1/?key=" + leakURL, "https://" + leakURL + ".invalid/" + leakURL} {
		if got := manage(t, admin, "createWebhookEndpoint", apptest.Vars{"url": at}); got.WebhookEndpoint == nil {
			t.Fatalf("%s is refused: %v", at, got.Errors)
		}
	}
	for _, input := range []apptest.Vars{{"url": "https://zqleakuser:zqleakpass@example.com/"}, {"url": "https://example.com/" + leakCard}, {"url": "https://example.com/", "description": leakCard},
		{"url": "https://example.com/", "payload": `{ type # ` + leakCard + "\n}"}, {"url": "https://example.com/", "payload": `{ x` + leakIBAN + ` }`}, {"url": "https://example.com/", "eventTypes": []string{leakIBAN}}} {
		got := admin.Send(t, documentOf(t, "createWebhookEndpoint", "{ secret errors { code message path } }"), apptest.Vars{"input": input})
		if !strings.Contains(got.Body, `"code"`) {
			t.Errorf("%v is accepted: %s", input, got.Body)
		}
		errors += got.Body
	}
	s.make.PayWhole(s.make.Gateway(nil), s.make.Order(s.make.Customer(), 100))
	s.deliver(t)
	if got := loud.take(); len(got) == 0 {
		t.Error("nothing was sent")
	}
	return errors, []string{strings.TrimPrefix(secret, "whsec_"), hex.EncodeToString(key)}
}

// sendSecretsOnStreams puts the markers into what opens streams and into their messages,
// and returns what is said to that.
func sendSecretsOnStreams(t *testing.T, api *apptest.API, token string) (errors string) {
	t.Helper()
	document := fmt.Sprintf(`subscription { paymentEvents(after: %q) { type } }`, leakCard)
	for _, credential := range []string{token, leakCard, token + "x"} {
		source, response := listenFor(t, api.URL, credential, document, apptest.Vars{leakCard: leakIBAN})
		if response.StatusCode == http.StatusOK {
			errors += source.next(t).text
		}
		source.close()
		s, _ := dial(t, api.URL, nil)
		payload, _ := json.Marshal(map[string]string{"Authorization": "Bearer " + credential, leakCard: leakIBAN})
		s.send(t, socketMessage{Type: "connection_init", Payload: payload})
		if m, err := s.read(t); err == nil && m.Type == "connection_ack" {
			s.subscribe(t, leakCard, document, apptest.Vars{leakCard: leakIBAN})
			got, err := s.read(t)
			if err != nil {
				t.Error(err)
			}
			errors += string(got.Payload)
			s.send(t, socketMessage{Type: leakCard, Payload: json.RawMessage(`"` + leakIBAN + `"`)})
			errors += s.next(t).text
		}
		s.close()
	}
	if s, _ := dial(t, api.URL, http.Header{"Origin": {"https://" + leakCard}, "Authorization": {"Bearer " + leakCard}}); s != nil {
		t.Error("a strange origin is let in")
		s.close()
	}
	return errors
}
