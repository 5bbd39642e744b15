package app_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/pay"
)

// TestOrderOfDisputeReports proves that the disputes of an attempt add up, that one which is
// won gives back its own money only, and that the end is the same in whatever order, and
// however often, they are told, also before the capture. What is gone is not refunded again.
func TestOrderOfDisputeReports(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	h := hooked(t, s.api, s.admin, "a")
	now := time.Now()
	taken := func(id string, units int64) tells {
		return tells{"attempt.charged_back", untold, apptest.Vars{"amount": units, "disputeId": id}}
	}
	won := func(id string, units int64) tells {
		return tells{"attempt.dispute_won", untold, apptest.Vars{"amount": units, "disputeId": id}}
	}
	captured := tells{"attempt.captured", 30, of(1000)}
	for name, c := range map[string]struct {
		reports   []tells
		gone      int64
		attention string
	}{
		"two":                  {[]tells{captured, taken("dp_a", 600), taken("dp_b", 300)}, 900, "[CHARGEBACK]"},
		"one, told twice":      {[]tells{captured, taken("dp_a", 600), taken("dp_a", 600)}, 600, "[CHARGEBACK]"},
		"two, one won":         {[]tells{captured, taken("dp_a", 600), taken("dp_b", 300), won("dp_a", 600)}, 300, "[CHARGEBACK]"},
		"all won":              {[]tells{captured, taken("dp_a", 1000), won("dp_a", 1000), taken("dp_a", 1000)}, 0, "[]"},
		"won in part":          {[]tells{captured, taken("dp_a", 600), won("dp_a", 200)}, 400, "[CHARGEBACK]"},
		"in all and by a name": {[]tells{captured, {"attempt.charged_back", untold, of(200)}, {"attempt.charged_back", untold, of(100)}, taken("dp_a", 300)}, 500, "[CHARGEBACK]"},
		"more than there was":  {[]tells{captured, taken("dp_a", 600), taken("dp_b", 600)}, 1200, "[AMOUNT_MISMATCH CHARGEBACK]"},
	} {
		for _, order := range orders(len(c.reports)) {
			begun := s.pending(t, h, reportKey(name, order))
			for _, n := range order {
				deliverAll(t, h, begun.Transaction.ID, now, c.reports[n])
			}
			got := s.lifeOf(t, begun.Payment.ID)
			_, id, _ := pay.SplitID(begun.Transaction.ID)
			sums := rowsOf(t, s.api.Database.DB, `SELECT concat_ws(' ', captured_minor, charged_back_minor) FROM transactions WHERE id = '`+id.String()+`'`)
			if want := fmt.Sprint(1000, " ", c.gone); sums[0] != want || got.RefundableAmount.MinorUnits != max(0, 1000-c.gone) || fmt.Sprint(got.Attention) != c.attention {
				t.Errorf("%s %v: %s, refundable %d, %v; want %s", name, order, sums[0], got.RefundableAmount.MinorUnits, got.Attention, want)
			}
		}
	}
	checkInvariants(t, s.api.Database.DB)
}
