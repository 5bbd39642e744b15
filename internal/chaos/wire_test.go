package chaos_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/chaos"
	"github.com/paygraph/paygraph/internal/chaos/psp"
	"github.com/paygraph/paygraph/internal/chaos/wire"
	"github.com/paygraph/paygraph/internal/config"
	"github.com/paygraph/paygraph/internal/pg/pgtest"
)

// within is the program inside the test's own process, behind a proxy to its database.
type within struct {
	bench
	proxy *wire.Proxy
	app   *app.App
}

// openWithin starts it; jobs look for what is due only when the test has them do so.
func openWithin(t *testing.T, options ...app.Option) within {
	t.Helper()
	database := pgtest.New(t)
	company, err := chaos.Migrate(t.Context(), database.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy, err := wire.Start(database.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Close)
	provider, err := psp.Start(*seed, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(provider.Close)
	url, err := config.Limited(proxy.Through(database.URL))
	if err != nil {
		t.Fatal(err)
	}
	options = append(chaos.AppOptions(provider.URL(), time.Now()), append(options, app.WithLog(slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))))...)
	a, err := app.Open(t.Context(), config.Config{DatabaseURL: url, DirectURL: database.URL, GatewayTimeout: chaos.GatewayTimeout, Secrets: []byte(chaos.HookSecret + chaos.HookSecret),
		JWT: auth.Settings{Secret: chaos.JWT.Secret, Issuer: chaos.JWT.Issuer, Audience: chaos.JWT.Audience}}, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	handler, err := a.Handler(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	r := &chaos.Rehearsal{DB: database.DB, Provider: provider, Journal: chaos.NewJournal(), Company: company, Load: &chaos.Load{}}
	b := newBench(t, r, &chaos.Server{URL: server.URL})
	if r.Load.Shop, err = chaos.OpenShop(t.Context(), b.admin); err != nil {
		t.Fatal(err)
	}
	return within{b, proxy, a}
}

// wakeDue does what is due.
func (w within) wakeDue(ctx context.Context) error {
	due, err := w.app.Service.ClaimDue(ctx, 100)
	if err != nil {
		return err
	}
	for _, d := range due {
		if err := w.app.Service.Wake(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

// wakeAll does what is due until everything has its result.
func (w within) wakeAll(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := w.wakeDue(ctx); err != nil {
			return err
		}
		var open int
		if err := w.DB.GetContext(ctx, &open, chaos.Open); err != nil || open == 0 {
			return err
		}
		chaos.Pause(ctx, 50*time.Millisecond)
	}
	return ctx.Err()
}

// verdict compares with the provider's books and with what clients were told.
func (w within) verdict(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), chaos.Healing)
	defer cancel()
	if err := w.wakeAll(ctx); err != nil {
		t.Errorf("not everything has its result: %v", err)
	}
	v, err := chaos.Compare(t.Context(), w.DB, w.Provider, w.Journal)
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range v.Faults {
		t.Error(fault)
	}
	answers, unanswered := w.Journal.Answers()
	t.Logf("%d payments, %d charges, %d answers, unanswered %v", v.Payments, v.Charges, answers, unanswered)
	if n := unanswered["INTERNAL"]; n > 0 {
		t.Errorf("%d answers were INTERNAL: what the caller may repeat is UNAVAILABLE", n)
	}
}

// TestLostReplies loses the answer of the database to every statement of every flow, in
// every way: the statement is done, and the program does not know.
func TestLostReplies(t *testing.T) {
	for _, how := range wire.Ways() {
		t.Run(string(how), func(t *testing.T) {
			t.Parallel()
			w := openWithin(t)
			var statements []string
			for i, f := range flows() {
				statements = append(statements, w.loseAll(t, f, how, int(*seed)+13*i)...)
			}
			t.Logf("%d cases, %d of them COMMIT", len(statements), strings.Count(strings.Join(statements, "\n"), "COMMIT"))
			w.verdict(t)
		})
	}
}

// loseAll loses the answers to a flow's statements one after the other, from somewhere
// on, and returns those that it lost.
func (w within) loseAll(t *testing.T, f flow, how wire.How, from int) (statements []string) {
	// The first time statements are prepared too: there are never more than then.
	all, err := w.lose(t.Context(), f, 0, how)
	if err != nil {
		t.Fatalf("%s: %v", f.name, err)
	}
	for n := 1 + from%min(*stride, len(all)); n <= len(all); n += *stride {
		seen, err := w.lose(t.Context(), f, n, how)
		if err != nil {
			t.Errorf("%s, statement %d (%s): %v", f.name, n, at(seen, n), err)
		}
		if len(seen) >= n {
			statements = append(statements, at(seen, n))
		}
	}
	t.Logf("%-15s up to %d statements", f.name, len(all))
	return statements
}

// at is the n-th statement, as far as people need it.
func at(seen []string, n int) string {
	if len(seen) < n {
		return "not reached"
	}
	text := strings.Join(strings.Fields(seen[n-1]), " ")
	return text[:min(len(text), 80)]
}

// lose runs a flow whose n-th statement is answered in vain.
func (w within) lose(ctx context.Context, f flow, n int, how wire.How) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	key := fmt.Sprint(f.name, "-", n, "-", how)
	input, err := f.prepare(ctx, w.bench, key)
	if err != nil {
		return nil, err
	}
	w.proxy.Watch(n, how)
	f.attempt(ctx, w.bench, nil, key, input)
	seen := w.proxy.Seen()
	w.proxy.Watch(0, how)
	if f.mutation == "" { // what is stored and not counted is counted when it is due
		if status, _ := w.report(ctx, nil, input); status != http.StatusOK {
			return seen, fmt.Errorf("the report was answered with %d", status)
		}
		return seen, w.wakeAll(ctx)
	}
	return seen, f.finish(ctx, w.bench, key, input, w.wakeDue)
}
