package app_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// TestWebhookTexts proves that what a provider writes is kept in a form in which it can
// be shown to anyone: bounded, without control characters and card numbers; that ids
// which are none are refused; and that a report which cannot be about the attempt is
// believed of none: about two attempts, about one and something that is none, or of an amount
// without a currency.
func TestWebhookTexts(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	h := hooked(t, s.api, s.admin, "a")
	for name, c := range map[string]struct{ reason, want string }{
		"a NUL":         {"no\x00 money", "no  money"},
		"a long text":   {strings.Repeat("a", 5000), strings.Repeat("a", 499) + "…"},
		"a card number": {"4111 1111 1111 1111 Ana", "The provider's text held a card number and is not kept."},
	} {
		begun := s.pending(t, h, strings.ReplaceAll(name, " ", "-"))
		if status := h.send(t, name, hookEvent("attempt.failed", begun.Transaction.ID, apptest.Vars{"reason": c.reason})); status != 200 {
			t.Errorf("%s: status %d", name, status)
		}
		got := apptest.Do[struct {
			Payment struct {
				LastError struct{ External struct{ Code string } }
			}
		}](t, s.admin, `query($id: ID!) { payment(by: { id: $id }) { lastError { external { code } } } }`, apptest.Vars{"id": begun.Payment.ID})
		if text := got.Payment.LastError.External.Code; text != c.want {
			t.Errorf("%s: kept is %.600q, want %q", name, text, c.want)
		}
	}
	one, other := s.pending(t, h, "one"), s.pending(t, h, "other")
	if status := h.send(t, "bad-id", hookEvent("attempt.captured", one.Transaction.ID, apptest.Vars{"amount": 1000, "externalId": "a\x00b"})); status != 400 {
		t.Errorf("an id with a NUL: status %d", status)
	}
	for name, fields := range map[string]apptest.Vars{
		"two attempts":       {"amount": 1000, "externalId": s.externalID(t, other.Transaction.ID)},
		"one and none":       {"amount": 1000, "externalId": s.externalID(t, one.Transaction.ID), "attemptId": uuid.NewString()},
		"one and what is no": {"amount": 1000, "externalId": s.externalID(t, one.Transaction.ID), "attemptId": "order-7"},
		"no currency":        {"amount": 1000, "currency": nil},
	} {
		if status := h.send(t, name, hookEvent("attempt.captured", one.Transaction.ID, fields)); status != 200 || outcomeOf(t, s.admin, name) != "MISMATCH" {
			t.Errorf("%s: status %d, %s", name, status, outcomeOf(t, s.admin, name))
		}
	}
	if a, b := s.lifeOf(t, one.Payment.ID), s.lifeOf(t, other.Payment.ID); a.PaidAmount.MinorUnits+b.PaidAmount.MinorUnits != 0 {
		t.Errorf("%d and %d were captured", a.PaidAmount.MinorUnits, b.PaidAmount.MinorUnits)
	}
	for _, row := range rowsOf(t, s.api.Database.DB, "SELECT e::text FROM audit_entries e") {
		if strings.Contains(row, "411111") || strings.Contains(row, "4111 11") || strings.Contains(row, "money") {
			t.Errorf("the audit log has a provider's text: %s", row)
		}
	}
}
