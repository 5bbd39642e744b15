package app_test

import (
	"testing"

	"github.com/paygraph/paygraph/internal/gateway"
)

// TestBreakerSpares proves that a gateway that fails too often is passed over and told so,
// that one attempt tries it after the pause, and that it is asked again once it answers; and
// that who names the gateway is served whatever the breaker says.
func TestBreakerSpares(t *testing.T) {
	t.Parallel()
	clock := &movingClock{}
	s := openRoutingShop(t, clock.option())
	b := s.bank
	b.on("tok_down", b.inTurn(unreached, b.takes, unreached, b.takes, unreached, b.takes, unreached, b.takes, unreached, b.takes), nil)
	for range gateway.BreakerFailures {
		if got := s.pays(t, wishing("tok_down")); got.outcomes() != "first NOT_SENT, second CHOSEN, third WAITING" {
			t.Fatalf("%s", got.outcomes())
		}
	}
	if got := s.pays(t, nil); got.statuses() != "CAPTURED" || got.outcomes() != "first CIRCUIT_OPEN, second CHOSEN, third WAITING" {
		t.Errorf("open: %s", got.outcomes())
	}
	clock.pass(gateway.BreakerPause)
	b.on("tok_probe", b.inTurn(unreached, b.takes), nil)
	if got := s.pays(t, wishing("tok_probe")); got.outcomes() != "first NOT_SENT, second CHOSEN, third WAITING" {
		t.Errorf("the try that failed: %s", got.outcomes())
	}
	if got := s.pays(t, nil); got.outcomes() != "first CIRCUIT_OPEN, second CHOSEN, third WAITING" {
		t.Errorf("open again: %s", got.outcomes())
	}
	clock.pass(gateway.BreakerPause)
	for range 2 {
		if got := s.pays(t, nil); got.outcomes() != "first CHOSEN, second WAITING, third WAITING" {
			t.Errorf("closed: %s", got.outcomes())
		}
	}
	metrics := scraper(t, s.api.App)()
	for series, want := range map[string]float64{
		`paygraph_gateway_breaker_changes_total{change="OPENED",connector="bank"}`: 1,
		`paygraph_gateway_breaker_changes_total{change="CLOSED",connector="bank"}`: 1,
		`paygraph_gateway_fallovers_total{connector="bank",why="NOT_SENT"}`:        gateway.BreakerFailures + 1,
	} {
		if got := value(t, metrics, series); got != want {
			t.Errorf("%s is %v, want %v", series, got, want)
		}
	}
}
