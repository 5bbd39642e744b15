package pay_test

import (
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/pay"
)

var noon = time.Date(2030, 5, 6, 12, 0, 0, 0, time.UTC)

func TestTakesPayer(t *testing.T) {
	t.Parallel()
	owing := pay.Payment{IsActive: true, Mode: pay.ModePayment, Status: pay.PaymentCreated, Sums: pay.Sums{FinalMinor: 100}}
	for name, c := range map[string]struct {
		change func(*pay.Payment)
		want   bool
	}{
		"owing":            {func(*pay.Payment) {}, true},
		"in part":          {func(p *pay.Payment) { p.CapturedMinor = 99 }, true},
		"paid":             {func(p *pay.Payment) { p.CapturedMinor = 100 }, false},
		"held":             {func(p *pay.Payment) { p.HeldMinor = 100 }, false},
		"in flight":        {func(p *pay.Payment) { p.InFlightMinor = 100 }, true},
		"closed":           {func(p *pay.Payment) { p.Closed = new(pay.PaymentCancelled) }, false},
		"being cancelled":  {func(p *pay.Payment) { p.CancelRequestedAt = &noon }, false},
		"inactive":         {func(p *pay.Payment) { p.IsActive = false }, false},
		"went back":        {func(p *pay.Payment) { p.CapturedMinor, p.RefundedMinor = 50, 1 }, false},
		"over":             {func(p *pay.Payment) { p.ExpiresAt = &noon }, false},
		"over, in part":    {func(p *pay.Payment) { p.ExpiresAt, p.CapturedMinor = &noon, 1 }, true},
		"not over":         {func(p *pay.Payment) { p.ExpiresAt = new(noon.Add(time.Second)) }, true},
		"nothing":          {func(p *pay.Payment) { p.FinalMinor = 0 }, false},
		"setup":            {func(p *pay.Payment) { p.Mode, p.FinalMinor = pay.ModeSetup, 0 }, true},
		"setup that saved": {func(p *pay.Payment) { p.Mode, p.FinalMinor, p.Status = pay.ModeSetup, 0, pay.PaymentConfirmed }, false},
	} {
		p := owing
		if c.change(&p); (&pay.State{Payment: p, Now: noon}).TakesPayer() != c.want {
			t.Errorf("%s: %v", name, !c.want)
		}
	}
}

func TestTriedTooOften(t *testing.T) {
	t.Parallel()
	tried := func(n int, ago time.Duration) pay.Transaction {
		return pay.Transaction{ActionTries: n, CreatedAt: noon.Add(-ago), UpdatedAt: noon.Add(-ago)}
	}
	for name, c := range map[string]struct {
		attempts []pay.Transaction
		wait     time.Duration
		want     bool
	}{
		"none":         {nil, 0, false},
		"nine":         {[]pay.Transaction{tried(5, time.Minute), tried(4, 0)}, 0, false},
		"ten":          {[]pay.Transaction{tried(5, 2*time.Minute), tried(5, time.Minute), tried(0, 0)}, 14 * time.Minute, true},
		"ten, one old": {[]pay.Transaction{tried(5, 15*time.Minute), tried(5, time.Minute)}, 0, false},
	} {
		wait, got := pay.TriedTooOften(c.attempts, noon)
		if got != c.want || got && wait != c.wait {
			t.Errorf("%s: %s, %v", name, wait, got)
		}
	}
}

// TestCheckoutLinkEnd proves that a link is the same for a day and lasts for a week at least.
func TestCheckoutLinkEnd(t *testing.T) {
	t.Parallel()
	want := time.Date(2030, 5, 14, 0, 0, 0, 0, time.UTC)
	for _, now := range []time.Time{noon, noon.Add(-12 * time.Hour), noon.Add(12*time.Hour - 1), noon.In(time.FixedZone("x", 7200))} {
		if got := pay.CheckoutLinkEnd(now); got != want {
			t.Errorf("read at %s it ends at %s", now, got)
		}
	}
	if got := pay.CheckoutLinkEnd(noon.Add(12 * time.Hour)); got != want.AddDate(0, 0, 1) {
		t.Errorf("read the day after it ends at %s", got)
	}
}
