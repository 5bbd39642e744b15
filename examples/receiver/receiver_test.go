package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

const (
	secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	other  = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
	body   = `{"type":"TRANSACTION_CAPTURED","timestamp":"2026-11-25T10:00:00Z","data":{"id":"evt_1"}}`
)

// signed is a message with the signatures of keys.
func signed(t *testing.T, id string, at time.Time, body string, secrets ...string) *http.Request {
	t.Helper()
	request := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	var signatures []string
	for _, s := range secrets {
		key, err := standardwebhooks.NewWebhook(s)
		if err != nil {
			t.Fatal(err)
		}
		signature, err := key.Sign(id, at, []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		signatures = append(signatures, signature)
	}
	request.Header.Set("Webhook-Id", id)
	request.Header.Set("Webhook-Timestamp", strconv.FormatInt(at.Unix(), 10))
	request.Header.Set("Webhook-Signature", strings.Join(signatures, " "))
	return request
}

// TestReceiver proves that a message is handed on once, whatever signed it besides, and
// that one that is not genuine, too old, or too much is not.
func TestReceiver(t *testing.T) {
	t.Parallel()
	now := time.Now()
	messages := make(chan message, 2)
	r, err := newReceiver(secret, messages)
	if err != nil {
		t.Fatal(err)
	}
	changed := signed(t, "msg_3", now, body, secret)
	changed.Body = http.NoBody
	for _, c := range []struct {
		name    string
		request *http.Request
		status  int
		handed  int
	}{
		{"genuine", signed(t, "msg_1", now, body, secret), http.StatusNoContent, 1},
		{"again", signed(t, "msg_1", now.Add(time.Minute), body, secret), http.StatusNoContent, 1},
		{"signed by both secrets", signed(t, "msg_2", now, body, other, secret), http.StatusNoContent, 2},
		{"signed by another", signed(t, "msg_3", now, body, other), http.StatusUnauthorized, 2},
		{"another body", changed, http.StatusUnauthorized, 2},
		{"unsigned", signed(t, "msg_3", now, body), http.StatusUnauthorized, 2},
		{"old", signed(t, "msg_3", now.Add(-6*time.Minute), body, secret), http.StatusUnauthorized, 2},
		{"no message", signed(t, "msg_3", now, "x", secret), http.StatusBadRequest, 2},
		{"long", signed(t, "msg_3", now, strings.Repeat("x", maxMessage+1), secret), http.StatusBadRequest, 2},
		{"no room", signed(t, "msg_3", now, body, secret), http.StatusServiceUnavailable, 2},
	} {
		answer := httptest.NewRecorder()
		r.ServeHTTP(answer, c.request)
		if answer.Code != c.status || len(messages) != c.handed {
			t.Errorf("%s: status %d, %d messages", c.name, answer.Code, len(messages))
		}
	}
	if m := <-messages; m.Type != "TRANSACTION_CAPTURED" || string(m.Data) != `{"id":"evt_1"}` || m.Timestamp.IsZero() {
		t.Errorf("handed on %+v", m)
	}
	for _, bad := range []string{"", "whsec_!"} {
		if _, err := newReceiver(bad, messages); err == nil {
			t.Errorf("the secret %q is accepted", bad)
		}
	}
}

// TestDocumentedMessage proves that the message which docs/webhooks.md has to try a check
// with is genuine.
func TestDocumentedMessage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/webhooks.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `?(secret|body|webhook-[a-z]+)`? \\| `(.*)` \\|$").FindAllStringSubmatch(string(page), -1) {
		shown[row[1]] = row[2]
	}
	key, err := standardwebhooks.NewWebhook(shown["secret"])
	if err != nil {
		t.Fatal(err)
	}
	header := http.Header{}
	for _, name := range []string{standardwebhooks.HeaderWebhookID, standardwebhooks.HeaderWebhookTimestamp, standardwebhooks.HeaderWebhookSignature} {
		header.Set(name, shown[name])
	}
	if err := key.VerifyIgnoringTimestamp([]byte(shown["body"]), header); err != nil || shown["secret"] == "" {
		t.Errorf("%v: %v", shown, err)
	}
}
