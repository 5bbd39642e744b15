package rest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/rest"
	"github.com/paygraph/paygraph/internal/gateway/rest/resttest"
)

// serve starts a server that answers so.
func serve(t *testing.T, answer http.HandlerFunc) string {
	s := httptest.NewServer(answer)
	t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	return s.URL
}

func question(url string) rest.Request {
	return rest.Request{What: "question", Method: http.MethodPost, URL: url + "/path-of-nobody", Header: http.Header{"Authorization": {"Bearer secret-of-nobody"}}, Body: map[string]string{"a": "b"}}
}

// TestWhatIsCertain proves for every way in which a request fails what is said of it, and
// that neither what was sent nor what came is in the error.
func TestWhatIsCertain(t *testing.T) {
	t.Parallel()
	fault := func(f resttest.Fault) string {
		return serve(t, func(w http.ResponseWriter, r *http.Request) {
			resttest.Answer(w, r, f, func() (int, any) { return http.StatusOK, map[string]string{"a": strings.Repeat("body-of-nobody", 9)} })
		})
	}
	unverified := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(unverified.Close)
	for name, tt := range map[string]struct {
		url  string
		want error // nil is an error that says nothing
	}{
		"no server":       {"http://127.0.0.1:1", gateway.ErrNotSent},
		"no such host":    {"http://nowhere.invalid", gateway.ErrNotSent},
		"no address":      {"http://\x7f", gateway.ErrNotSent},
		"not trusted":     {unverified.URL, gateway.ErrNotSent},
		"limited":         {fault(resttest.Limited), gateway.ErrRateLimited},
		"dropped":         {fault(resttest.DropAfter), nil},
		"half":            {fault(resttest.HalfAfter), nil},
		"never":           {fault(resttest.HangAfter), context.DeadlineExceeded},
		"endless":         {serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1<<20+1)) }), rest.ErrUnread},
		"not HTTP at all": {serve(t, func(w http.ResponseWriter, _ *http.Request) { garble(w) }), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			patience := 20 * time.Second // as a busy machine may need
			if tt.want == context.DeadlineExceeded {
				patience = time.Second
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			answer, err := rest.New("nobody").Ask(ctx, question(tt.url))
			if err == nil || answer.Status != 0 {
				t.Fatalf("%+v, %v", answer, err)
			}
			if tt.want != nil && !errors.Is(err, tt.want) || errors.Is(err, gateway.ErrNotSent) != errors.Is(tt.want, gateway.ErrNotSent) {
				t.Errorf("%v, want %v", err, tt.want)
			}
			for _, kept := range []string{"path-of-nobody", "secret-of-nobody", "body-of-nobody"} {
				if strings.Contains(err.Error(), kept) {
					t.Errorf("%q is in %v", kept, err)
				}
			}
			if !strings.HasPrefix(err.Error(), "nobody question: ") {
				t.Errorf("the error %q", err)
			}
		})
	}
}

func garble(w http.ResponseWriter) {
	connection, buffer, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	_, _ = buffer.WriteString("body-of-nobody\r\n\r\n")
	_ = buffer.Flush()
	_ = connection.Close()
}

// TestContextThatIsOver proves that nothing is sent for who has given up.
func TestContextThatIsOver(t *testing.T) {
	t.Parallel()
	asked := make(chan bool, 1)
	url := serve(t, func(http.ResponseWriter, *http.Request) { asked <- true })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := rest.New("nobody").Ask(ctx, question(url)); !errors.Is(err, gateway.ErrNotSent) || !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if len(asked) > 0 {
		t.Error("the server was asked")
	}
}

// TestRedirect proves that nobody is sent elsewhere with what was meant for the provider.
func TestRedirect(t *testing.T) {
	t.Parallel()
	elsewhere := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the request went elsewhere") })
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere, http.StatusTemporaryRedirect)
	})
	if answer, err := rest.New("nobody").Ask(t.Context(), question(url)); err != nil || answer.Status != http.StatusTemporaryRedirect {
		t.Errorf("%+v, %v", answer, err)
	}
}

// TestAnswers proves what is sent, and what is read of an answer.
func TestAnswers(t *testing.T) {
	t.Parallel()
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", "Wed, 04 Mar 2026 05:06:07 GMT")
		w.WriteHeader(http.StatusTeapot)
		_, _ = fmt.Fprintf(w, `{"type":%q,"accept":%q,"length":%d}`, r.Header.Get("Content-Type"), r.Header.Get("Accept"), r.ContentLength)
	})
	form := question(url)
	form.Form = map[string][]string{"a": {"b"}}
	none := question(url)
	none.Body = nil
	for kind, q := range map[string]rest.Request{"application/json": question(url), "application/x-www-form-urlencoded": form, "": none} {
		answer, err := rest.New("nobody").Ask(t.Context(), q)
		var got struct{ Type, Accept string }
		if err != nil || answer.Status != http.StatusTeapot || answer.Read(&got) != nil || got.Type != kind || got.Accept != "application/json" {
			t.Errorf("%q: %+v, %v, %v", kind, got, answer.Status, err)
		}
		if at := answer.Told(); at == nil || !at.Equal(time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)) {
			t.Errorf("told at %v", at)
		}
	}
	if at := (rest.Answer{}).Told(); at != nil {
		t.Errorf("told at %v", at)
	}
	if err := (rest.Answer{Body: []byte(`{} {}`)}).Read(&struct{}{}); !errors.Is(err, rest.ErrUnread) {
		t.Errorf("two values: %v", err)
	}
}

// TestSentOnce proves that a request whose connection breaks is not sent again by net/http,
// which does that with what it takes for safe to repeat: only connectors know.
func TestSentOnce(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"Idempotency-Key", "X-Idempotency-Key", "Authorization"} {
		var asked atomic.Int32
		url := serve(t, func(w http.ResponseWriter, r *http.Request) {
			n, fault := asked.Add(1), resttest.None
			if n > 1 { // on a connection that was used before
				fault = resttest.DropAfter
			}
			if r.Header.Get(key) != "k" {
				t.Errorf("%s is not sent: %v", key, r.Header)
			}
			resttest.Answer(w, r, fault, func() (int, any) { return http.StatusOK, map[string]string{} })
		})
		q := question(url)
		q.Header = http.Header{key: {"k"}}
		client := rest.New("nobody")
		if _, err := client.Ask(t.Context(), q); err != nil {
			t.Fatal(err)
		}
		if answer, err := client.Ask(t.Context(), q); err == nil || errors.Is(err, gateway.ErrNotSent) {
			t.Errorf("%s: %d, %v", key, answer.Status, err)
		}
		if n := asked.Load(); n != 2 {
			t.Errorf("%s: two requests were sent %d times", key, n)
		}
	}
}
