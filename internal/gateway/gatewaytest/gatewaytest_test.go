package gatewaytest

import (
	"slices"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/gateway"
)

func TestHonestConnectorPasses(t *testing.T) {
	t.Parallel()
	l := newLedger()
	Run(t, subject(l, l))
}

func TestBehaviourThatCannotBeShownIsNoted(t *testing.T) {
	t.Parallel()
	subject := Subject{Connector: newLedger(), Takes: takes, Request: func(b Behaviour) (gateway.ChargeRequest, bool) {
		r, _ := request(b)
		return r, b == ApprovedCaptured
	}}
	var unseen []Behaviour
	for _, c := range checks() {
		f := c.inspect(t.Context(), subject)
		if len(f.problems) > 0 {
			t.Errorf("%s: %q", c.name, f.problems)
		}
		unseen = append(unseen, f.unseen...)
	}
	for _, b := range Behaviours() {
		if want := b != ApprovedCaptured; slices.Contains(unseen, b) != want {
			t.Errorf("%q noted as not shown: want %t", b, want)
		}
	}
}

func TestSubjectThatShowsNothingIsCaught(t *testing.T) {
	t.Parallel()
	subject := Subject{Connector: newLedger(), Request: func(Behaviour) (gateway.ChargeRequest, bool) {
		return gateway.ChargeRequest{}, false
	}}
	got := problems(t.Context(), subject)
	if len(got) != 1 || !strings.HasPrefix(got[0], "a success is shown: ") {
		t.Errorf("got %q, want that no success is shown", got)
	}
}
