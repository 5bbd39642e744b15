package app_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/gateway/adyen/adyentest"
)

// TestMismatchInEitherOrder proves that a report which cannot be of the attempt calls for a
// person whether it comes before the good one or after, until somebody saw to it.
func TestMismatchInEitherOrder(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	h := hooked(t, s.api, s.admin, "a")
	good := apptest.Vars{"amount": 1000}
	for name, wrong := range map[string]apptest.Vars{"currency": {"amount": 1000, "currency": "USD"}, "amount": {"amount": 1001}} {
		for n, order := range [][]apptest.Vars{{wrong, good}, {good, wrong}, {wrong, good, good}, {wrong, wrong, good}} {
			key := fmt.Sprint(name, "-", n)
			begun := s.pending(t, h, key)
			for i, data := range order {
				h.send(t, fmt.Sprint(key, "-", i), hookEvent("attempt.captured", begun.Transaction.ID, data))
			}
			s.seenTo(t, key, begun.Payment.ID)
		}
	}
	checkInvariants(t, s.api.Database.DB)
}

// seenTo proves that a payment is paid and calls for a person because of a mismatch, is
// found by that, and does so no more once somebody saw to it.
func (s *shop) seenTo(t *testing.T, key, payment string) {
	t.Helper()
	got := s.lifeOf(t, payment)
	if got.Status != "PAID" || !slices.Equal(got.Attention, []string{"AMOUNT_MISMATCH"}) {
		t.Errorf("%s: it is %s, %v", key, got.Status, got.Attention)
		return
	}
	found := func() []struct{ ID string } {
		return apptest.Do[struct {
			Payments struct{ Nodes []struct{ ID string } }
		}](t, s.admin, `{ payments(first: 10, filter: { attention: [AMOUNT_MISMATCH] }) { nodes { id } } }`, nil).Payments.Nodes
	}
	if list := found(); len(list) != 1 || list[0].ID != payment {
		t.Errorf("%s: found %v", key, list)
	}
	seen := apptest.Do[map[string]lifeStep](t, s.admin, `mutation($input: ResolveAttentionInput!) { resolveAttention(input: $input) { payment { ...life } errors { code } } } `+lifeFields,
		apptest.Vars{"input": apptest.Vars{"paymentId": payment, "reasons": got.Attention, "note": "the other one was given back"}})["resolveAttention"]
	if seen.Payment == nil || len(seen.Payment.Attention) > 0 || len(found()) > 0 {
		t.Errorf("%s: seen to: %+v", key, seen)
	}
}

// TestAdyenAuthorisesTwice proves the same of two notifications of Adyen's for one attempt,
// of which one is of less and has a reference of its own.
func TestAdyenAuthorisesTwice(t *testing.T) {
	t.Parallel()
	x := openProviderShop(t, adyenAt(adyentest.New(t)))
	type told struct {
		reference string
		minor     int64
	}
	for i, order := range [][]told{{{"PSPD000000000001", paidMinor - 1}, {"PSPE000000000001", paidMinor}}, {{"PSPA000000000002", paidMinor}, {"PSPB000000000002", paidMinor - 1}}} {
		payment := x.begins(t, paidMinor, nil)
		_, _, a := x.newest(t, payment)
		for _, one := range order {
			item := adyentest.Item{Amount: adyentest.Amount{Currency: "EUR", Value: one.minor}, EventCode: "AUTHORISATION", EventDate: "2026-03-04T06:06:07+01:00", MerchantAccountCode: adyentest.Account,
				MerchantReference: a.id(t), PaymentMethod: "visa", PSPReference: one.reference, Success: "true"}
			x.reports = func(string, time.Time) []report {
				return []report{{http.Header{"Content-Type": {"application/json"}}, adyentest.Body(false, item.Signed(adyentest.HMACKey))}}
			}
			x.delivers(t, payment, unchanged, http.StatusOK)
		}
		x.seenTo(t, fmt.Sprint("order ", i), payment)
	}
}
