package chaos_test

import (
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/chaos"
)

// TestLoad does what clients do, without harm. With a database of its own every request
// is answered; with one that is given, whoever gave it may do harm to it meanwhile, such as
// a failover, and reads here how long nobody could pay.
func TestLoad(t *testing.T) {
	r := begin(t, chaos.Options{})
	during(t, r, 0, nil)
	report := judge(t, r)
	t.Logf("the longest time without a new payment: %s", report.Gap.Round(time.Millisecond))
	if report.Verdict.Charges == 0 || report.Verdict.Fallovers == 0 || *database == "" && len(report.Unanswered) > 0 {
		t.Errorf("%d charges, %d fallovers, unanswered %v", report.Verdict.Charges, report.Verdict.Fallovers, report.Unanswered)
	}
}
