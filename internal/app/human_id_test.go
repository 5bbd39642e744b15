package app_test

import (
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// TestHumanIDInAnyCase proves that a payment is found by its human id however
// somebody typed what was read out to them.
func TestHumanIDInAnyCase(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	id := s.make.PayWhole(s.card, s.make.Order(s.customer, 1000))
	s.make.PayWhole(s.card, s.make.Order(s.customer, 1000)) // another, which must not be found
	read := apptest.Do[struct{ Payment struct{ HumanID string } }](t, s.admin, `query($id: ID!) { payment(by: { id: $id }) { humanId } }`, apptest.Vars{"id": id})
	lower := strings.ToLower(read.Payment.HumanID)
	for _, typed := range []string{read.Payment.HumanID, lower, lower[:1] + read.Payment.HumanID[1:]} {
		got := apptest.Do[struct {
			Payment  struct{ ID string }
			Payments struct{ Nodes []struct{ ID string } }
		}](t, s.admin, `query($h: String!) { payment(by: { humanId: $h }) { id } payments(filter: { humanIds: [$h] }) { nodes { id } } }`, apptest.Vars{"h": typed})
		if got.Payment.ID != id || len(got.Payments.Nodes) != 1 || got.Payments.Nodes[0].ID != id {
			t.Errorf("%s: found %+v, want %s", typed, got, id)
		}
	}
}
