package stripe_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/stripe"
	"github.com/paygraph/paygraph/internal/pay"
)

// TestRequestsAsStripeWantsThem sends every sort of request to stripe-mock, which checks it
// against Stripe's own description of its interface. What the answers say is of no use: it
// remembers nothing.
func TestRequestsAsStripeWantsThem(t *testing.T) {
	t.Parallel()
	seen, mock := &seen{}, stripeMock(t)
	c := stripe.New(seen.before(t, mock))
	for _, what := range []func(*gateway.ChargeRequest){
		func(*gateway.ChargeRequest) {},
		func(r *gateway.ChargeRequest) { r.Capture, r.Description = false, "" },
		func(r *gateway.ChargeRequest) { r.Token = "cus_1/pm_1" },
		func(r *gateway.ChargeRequest) { r.MethodType, r.Again = pay.MethodDirectDebit, true },
		func(r *gateway.ChargeRequest) { r.Now = r.Now.Add(48 * time.Hour) },
	} {
		r := request("pm_card_visa")
		what(&r)
		ignore(c.Charge(t.Context(), r))
		ignore(c.Lookup(t.Context(), r))
		saving := r
		saving.Amount.Minor, saving.Token = 0, "pm_card_visa"
		ignore(c.(gateway.Saver).Save(t.Context(), saving))
		ignore(c.Lookup(t.Context(), saving))
		r.ExternalID, saving.ExternalID = "pi_1", "seti_1"
		ignore(c.Lookup(t.Context(), r))
		ignore(c.(gateway.Completer).Complete(t.Context(), r, gateway.Answer{Payload: `{"payment_intent":"pi_1"}`}))
		about := gateway.OperationRequest{OperationID: pay.NewID().String(), Attempt: r, Amount: r.Amount}
		for range 2 {
			ignore(c.(gateway.Capturer).Capture(t.Context(), about))
			ignore(c.(gateway.Voider).Void(t.Context(), about))
			ignore(c.(gateway.Refunder).Refund(t.Context(), about))
			about.Again = true
		}
		about.Attempt = saving
		ignore(c.(gateway.Canceller).Cancel(t.Context(), about))
	}
	want := []string{"GET /v1/payment_intents/ID", "GET /v1/payment_intents/search", "GET /v1/refunds", "GET /v1/setup_intents/ID", "POST /v1/customers",
		"POST /v1/payment_intents", "POST /v1/payment_intents/ID/cancel", "POST /v1/payment_intents/ID/capture", "POST /v1/payment_intents/ID/confirm",
		"POST /v1/refunds", "POST /v1/setup_intents", "POST /v1/setup_intents/ID/cancel", "POST /v1/setup_intents/ID/confirm"}
	t.Logf("%d requests", len(seen.list))
	wrong, err := http.NewRequestWithContext(t.Context(), http.MethodPost, mock+"/v1/payment_intents", strings.NewReader("amount=much"))
	if err != nil {
		t.Fatal(err)
	}
	wrong.Header = http.Header{"Authorization": {"Bearer sk_test_1"}, "Content-Type": {"application/x-www-form-urlencoded"}}
	if r, err := http.DefaultClient.Do(wrong); err != nil || r.Body.Close() != nil || r.StatusCode != http.StatusBadRequest {
		t.Errorf("stripe-mock takes anything: %v, %v", r, err)
	}
	if got := seen.sorts(); !slices.Equal(got, want) {
		t.Errorf("requests were %q, want %q", got, want)
	}
}

// ignore is for answers that stripe-mock makes up.
func ignore[T any](T, error) {}

// seen are the sorts of requests that were sent.
type seen struct {
	mu   sync.Mutex
	list []string
}

func (s *seen) sorts() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.Sort(s.list)
	return slices.Compact(s.list)
}

var madeUp = regexp.MustCompile(`("last_(?:payment|setup)_error":\s*)\{[^{}]*\}`)

var objectID = regexp.MustCompile(`/(pi|seti|cus)_[^/]+`)

// before puts itself before a server, and fails the test for every answer that is none to
// a good request. It returns its own URL.
func (s *seen) before(t *testing.T, target string) string {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(u) },
		ModifyResponse: func(r *http.Response) error {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.list = append(s.list, r.Request.Method+" "+objectID.ReplaceAllString(r.Request.URL.Path, "/ID"))
			body, err := io.ReadAll(r.Body)
			if err != nil || r.StatusCode != http.StatusOK {
				t.Errorf("%s %s: %d %s %v", r.Request.Method, r.Request.URL, r.StatusCode, body, err)
			}
			// stripe-mock makes up an error of each intent, which then was asked for before.
			body = madeUp.ReplaceAll(body, []byte("${1}null"))
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
			r.Header.Del("Content-Length")
			if r.Request.Header.Get("X-Stripe-Client-Telemetry") != "" {
				t.Error("it tells Stripe how long requests took")
			}
			return nil
		},
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	return server.URL
}

// stripeMock builds and starts stripe-mock, of the version that .ci/stripemock names, and
// returns its URL.
func stripeMock(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "stripe-mock")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "github.com/stripe/stripe-mock")
	build.Dir = filepath.Join("..", "..", "..", ".ci", "stripemock")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("stripe-mock cannot be built: %v\n%s", err, text)
	}
	mock := exec.CommandContext(t.Context(), program, "-http-addr", "127.0.0.1:0", "-https-addr", "127.0.0.1:0")
	out, err := mock.StdoutPipe()
	if err == nil {
		err = mock.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = mock.Wait() }) // the test's context has ended it
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, address, ok := strings.Cut(lines.Text(), "Listening for HTTP at address: "); ok {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return fmt.Sprintf("http://%s", address)
		}
	}
	t.Fatal("stripe-mock does not say where it listens")
	return ""
}
