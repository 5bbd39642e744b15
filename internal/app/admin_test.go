package app_test

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/gateway"
)

// scraper reads the metrics of a program.
func scraper(t *testing.T, a *app.App) func() string {
	t.Helper()
	handler, err := a.Admin(true)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return func() string { return get(t, server.URL+"/metrics") }
}

// value is that of one series, or -1 where it is missing.
func value(t *testing.T, metrics, series string) float64 {
	t.Helper()
	for line := range strings.Lines(metrics) {
		if number, ok := strings.CutPrefix(line, series+" "); ok {
			v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
	}
	return -1
}

// TestMetrics proves that what happens is counted by the names of the program, and that
// what waits is told with its age.
func TestMetrics(t *testing.T) {
	t.Parallel()
	clock := &movingClock{}
	s := openShop(t, clock.option())
	h := hooked(t, s.api, s.admin, "a")
	s.pay(t, "captured", s.whole("", s.order(1000)))
	act(t, s.admin, "payOrders", "declined", apptest.Vars{"orders": one(s.order(1000)), "gatewayId": s.sandbox, "paymentToken": "tok_hard_decline"})
	act(t, s.admin, "payOrders", "unknown", apptest.Vars{"orders": one(s.order(1000)), "gatewayId": s.sandbox, "paymentToken": "tok_timeout_forever"})
	unsent := act(t, s.admin, "payOrders", "unsent", apptest.Vars{"orders": one(s.order(1000)), "gatewayId": s.sandbox, "paymentToken": "tok_unsent"})
	held := s.held(t, "held")
	act(t, s.admin, "captureTransaction", "capture", apptest.Vars{"transactionId": held.Payment.Transactions[0].ID})
	act(t, s.admin, "refundPayment", "refund", apptest.Vars{"paymentId": held.Payment.ID})
	h.post(t, h.url, http.Header{}, []byte("{}")) // is not signed
	s.admin.Send(t, `query ZqName { zqAlias: payments { totalCount } }`, nil)
	s.admin.Send(t, `{ payments { totalCount } orders { totalCount } }`, nil)
	s.admin.Send(t, `{ zqnothing }`, nil)
	s.api.Client("zqnothing").Send(t, `{ viewer { id } }`, nil)
	clock.pass(10 * time.Minute) // the one that is unknown is due again
	metrics := scraper(t, s.api.App)()
	for series, want := range map[string]float64{
		`paygraph_operations_total{operation="payments",outcome="OK"}`:                             1,
		`paygraph_operations_total{operation="several",outcome="OK"}`:                              1,
		`paygraph_operations_total{operation="none",outcome="GRAPHQL_VALIDATION_FAILED"}`:          1,
		`paygraph_operations_total{operation="none",outcome="HTTP_401"}`:                           1,
		`paygraph_operations_total{operation="webhook",outcome="HTTP_401"}`:                        1,
		`paygraph_operation_seconds_count{operation="payments"}`:                                   1,
		`paygraph_gateway_calls_total{connector="bank",outcome="CAPTURED",question="charge"}`:      1,
		`paygraph_gateway_calls_total{connector="sandbox",outcome="FAILED",question="charge"}`:     1,
		`paygraph_gateway_calls_total{connector="sandbox",outcome="NOT_SENT",question="charge"}`:   1,
		`paygraph_gateway_calls_total{connector="sandbox",outcome="SUCCEEDED",question="capture"}`: 1,
		`paygraph_gateway_calls_total{connector="sandbox",outcome="SUCCEEDED",question="refund"}`:  1,
		`paygraph_gateway_calls_total{connector="sandbox",outcome="NO_SECRET",question="receive"}`: -1,
		`paygraph_gateway_calls_total{connector="sandbox",outcome="FORGED",question="receive"}`:    1,
		`paygraph_gateway_call_seconds_count{connector="bank",question="charge"}`:                  1,
		`paygraph_backlog_up`:                        1,
		`paygraph_due{kind="attempt"}`:               1,
		`paygraph_due{kind="refund"}`:                0,
		`paygraph_unknown{kind="attempt"}`:           1,
		`paygraph_unknown{kind="operation"}`:         0,
		`paygraph_due_oldest_seconds{kind="refund"}`: 0,
	} {
		if got := value(t, metrics, series); got != want {
			t.Errorf("%s is %v, want %v", series, got, want)
		}
	}
	for series, least := range map[string]float64{`paygraph_due_oldest_seconds{kind="attempt"}`: 300, `paygraph_unknown_oldest_seconds{kind="attempt"}`: 600,
		`paygraph_audit_unsealed{kind="entry"}`: 10, `paygraph_audit_unsealed_oldest_seconds{kind="entry"}`: 600, `go_goroutines`: 1,
		`go_sql_max_open_connections{db_name="paygraph"}`: 1, `process_open_fds`: 1, `paygraph_operation_seconds_sum{operation="payOrders"}`: 0} {
		if got := value(t, metrics, series); got < least {
			t.Errorf("%s is %v, want at least %v", series, got, least)
		}
	}
	if !strings.Contains(metrics, `paygraph_build_info{go="go1.`) {
		t.Error("nothing says which program it is")
	}
	for _, personal := range []string{"zq", "ZqName", s.api.Company.ID.String(), s.api.Company.GlobalID(), "acme", unsent.Payment.ID, s.gateway, "ana@"} {
		if strings.Contains(metrics, personal) {
			t.Errorf("%s shows in the metrics", personal)
		}
	}
}

// TestMetricsWithoutDatabase proves that a database that is gone keeps nobody from
// reading the metrics, which say so instead of telling what was.
func TestMetricsWithoutDatabase(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	scrape := scraper(t, api.App)
	api.App.Close()
	if metrics := scrape(); value(t, metrics, "paygraph_backlog_up") != 0 || strings.Contains(metrics, "paygraph_due") || value(t, metrics, "go_goroutines") < 1 {
		t.Errorf("metrics: %s", metrics)
	}
}

// adminAddress is where a server that was started says that its metrics are.
func adminAddress(t *testing.T, log, message string) string {
	t.Helper()
	for text := range strings.Lines(log) {
		var line struct{ Msg, Address string }
		if json.Unmarshal([]byte(text), &line) == nil && line.Msg == message {
			return line.Address
		}
	}
	t.Fatalf("no line %q in %s", message, log)
	return ""
}

// statusAs is what is answered to who has another name lead to an address.
func statusAs(t *testing.T, url, host string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = host
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	got.Body.Close()
	return got.StatusCode
}

// TestAdminListener proves that metrics and profiles are at their own address and at no
// other, and not by any name, and that one that others can reach has no profiles.
func TestAdminListener(t *testing.T) {
	t.Parallel()
	status := func(address, path string) int { return call(t, "GET", "http://"+address+path, "", "", "").status }
	t.Run("OK this machine", func(t *testing.T) {
		t.Parallel()
		c := newCommand(t)
		c.env["PAYGRAPH_ADMIN_ADDR"], c.env["PAYGRAPH_LOG_FORMAT"] = "127.0.0.1:0", "json"
		log, stop := serve(t, c, `"msg":"listening"`)
		admin, main := adminAddress(t, log, "metrics"), adminAddress(t, log, "listening")
		if metrics := get(t, "http://"+admin+"/metrics"); !strings.Contains(metrics, "paygraph_build_info") || !strings.Contains(metrics, "paygraph_backlog_up 1") {
			t.Errorf("metrics: %.500s", metrics)
		}
		for _, path := range []string{"/debug/pprof/", "/debug/pprof/heap", "/debug/pprof/goroutine?debug=1", "/debug/pprof/cmdline", "/debug/pprof/profile?seconds=1"} {
			if got := status(admin, path); got != http.StatusOK {
				t.Errorf("%s: %d", path, got)
			}
		}
		_, port, _ := net.SplitHostPort(admin)
		for host, want := range map[string]int{"localhost:" + port: 200, "LOCALHOST": 200, "[::1]:" + port: 200, "::1": 200, "10.0.0.1": 200,
			"rebound.example:" + port: 421, "127.0.0.1.rebound.example": 421, "localhost.rebound.example": 421, "rebound.example": 421} {
			for _, path := range []string{"/metrics", "/debug/pprof/heap"} {
				if got := statusAs(t, "http://"+admin+path, host); got != want {
					t.Errorf("%s of %s: %d, want %d", path, host, got, want)
				}
			}
		}
		for _, path := range []string{"/metrics", "/debug/pprof/", "/debug/pprof/heap"} {
			if got := status(main, path); got != http.StatusNotFound {
				t.Errorf("%s where the API is: %d", path, got)
			}
		}
		if got := status(admin, "/graphql"); got != http.StatusNotFound {
			t.Errorf("the API where the metrics are: %d", got)
		}
		if code := stop(); code != 0 {
			t.Errorf("exit %d", code)
		}
		if _, err := net.Dial("tcp", admin); err == nil {
			t.Error("the metrics outlive the server")
		}
	})
	t.Run("OK other machines", func(t *testing.T) {
		t.Parallel()
		c := newCommand(t)
		c.env["PAYGRAPH_ADMIN_ADDR"], c.env["PAYGRAPH_ADMIN_EXPOSED"], c.env["PAYGRAPH_LOG_FORMAT"] = ":0", "true", "json"
		log, stop := serve(t, c, `"msg":"listening"`)
		_, port, _ := net.SplitHostPort(adminAddress(t, log, "metrics"))
		admin := net.JoinHostPort("127.0.0.1", port)
		if got := status(admin, "/metrics"); got != http.StatusOK {
			t.Errorf("metrics: %d", got)
		}
		if got := statusAs(t, "http://"+admin+"/metrics", "paygraph.example"); got != http.StatusOK {
			t.Errorf("metrics by a name: %d", got)
		}
		if got := status(admin, "/debug/pprof/"); got != http.StatusNotFound {
			t.Errorf("profiles: %d", got)
		}
		if code := stop(); code != 0 {
			t.Errorf("exit %d", code)
		}
	})
	t.Run("ErrTaken", func(t *testing.T) {
		t.Parallel()
		taken, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer taken.Close()
		c := newCommand(t)
		c.env["PAYGRAPH_ADMIN_ADDR"] = taken.Addr().String()
		if code, _, stderr := c.run(t.Context(), "serve"); code != 1 || !strings.Contains(stderr, "PAYGRAPH_ADMIN_ADDR") {
			t.Errorf("exit %d: %s", code, stderr)
		}
	})
}

// TestHealth proves that the command finds out whether the server is ready.
func TestHealth(t *testing.T) {
	t.Parallel()
	c := newCommand(t)
	c.env["PAYGRAPH_LOG_FORMAT"], c.env["PAYGRAPH_ADDR"] = "json", ":0"
	log, stop := serve(t, c, `"msg":"listening"`)
	_, port, _ := net.SplitHostPort(adminAddress(t, log, "listening"))
	asks := command{env: map[string]string{"PAYGRAPH_ADDR": ":" + port}}
	if code, stdout, stderr := asks.run(t.Context(), "health"); code != 0 || stdout != "ready\n" {
		t.Errorf("exit %d, %q, %q", code, stdout, stderr)
	}
	if code := stop(); code != 0 {
		t.Errorf("exit %d after a stop", code)
	}
	if code, stdout, stderr := asks.run(t.Context(), "health"); code != 1 || stdout != "" || stderr == "" {
		t.Errorf("without a server: exit %d, %q, %q", code, stdout, stderr)
	}
	starting := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	defer starting.Close()
	asks.env["PAYGRAPH_ADDR"] = strings.TrimPrefix(starting.URL, "http://")
	if code, _, stderr := asks.run(t.Context(), "health"); code != 1 || !strings.Contains(stderr, "not ready") {
		t.Errorf("during the start: exit %d, %q", code, stderr)
	}
}

// TestOperationsMetrics proves that the guide to operations names every metric of the
// program, and no other.
func TestOperationsMetrics(t *testing.T) {
	t.Parallel()
	s := openRoutingShop(t) // so that each has a series
	api := s.api
	s.bank.on("tok_down", s.bank.inTurn(unreached), nil)
	for range gateway.BreakerFailures {
		s.pays(t, wishing("tok_down"))
	}
	var own []string
	for _, m := range regexp.MustCompile(`(?m)^# TYPE (paygraph_\w+)`).FindAllStringSubmatch(scraper(t, api.App)(), -1) {
		own = append(own, m[1])
	}
	guide, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	var named []string
	for _, m := range regexp.MustCompile("`(paygraph_[a-z_]+)[`{]").FindAllStringSubmatch(string(guide), -1) {
		named = append(named, m[1])
	}
	slices.Sort(own)
	slices.Sort(named)
	if named = slices.Compact(named); !slices.Equal(own, named) || len(own) < 10 {
		t.Errorf("the program has %q, the guide names %q", own, named)
	}
}
