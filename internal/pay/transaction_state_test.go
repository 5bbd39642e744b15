package pay_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// storedStates are the states that an attempt can be stored in; shownStates are
// derived from amounts.
var (
	storedStates = []pay.TransactionStatus{"CREATED", "REQUIRES_ACTION", "PENDING", "UNKNOWN", "AUTHORIZED", "CAPTURED",
		"FAILED", "DROPPED", "CANCELLED", "VOIDED", "EXPIRED", "PENDING_APPROVAL", "REJECTED"}
	shownStates = []pay.TransactionStatus{"CONFIRMED", "PARTIALLY_REFUNDED", "REFUNDED"}
	inFlight    = []pay.TransactionStatus{"CREATED", "REQUIRES_ACTION", "PENDING", "UNKNOWN"}
	ended       = []pay.TransactionStatus{"FAILED", "DROPPED", "CANCELLED", "VOIDED", "EXPIRED", "REJECTED"}
)

// facts are the reports that move an attempt, by the state it is in: what a
// gateway answers, how it answers a capture, void or cancel, and the success
// that comes after a failure. Everything else must change nothing.
var facts = map[pay.TransactionStatus]string{
	"CREATED":         "REQUIRES_ACTION PENDING UNKNOWN AUTHORIZED CAPTURED FAILED CANCELLED VOIDED",
	"REQUIRES_ACTION": "PENDING AUTHORIZED CAPTURED FAILED DROPPED CANCELLED EXPIRED VOIDED",
	"PENDING":         "REQUIRES_ACTION UNKNOWN AUTHORIZED CAPTURED FAILED DROPPED CANCELLED EXPIRED VOIDED",
	"UNKNOWN":         "REQUIRES_ACTION PENDING AUTHORIZED CAPTURED FAILED DROPPED CANCELLED EXPIRED VOIDED",
	"AUTHORIZED":      "AUTHORIZED CAPTURED VOIDED EXPIRED",
	"FAILED":          "AUTHORIZED CAPTURED",
	"DROPPED":         "AUTHORIZED CAPTURED",
	"CANCELLED":       "AUTHORIZED CAPTURED",
	"EXPIRED":         "AUTHORIZED CAPTURED",
	"REJECTED":        "AUTHORIZED CAPTURED",
	"VOIDED":          "CAPTURED",
}

var later = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// attemptIn is an attempt that came to the state in the usual way.
func attemptIn(state pay.TransactionStatus) pay.Transaction {
	t := pay.Transaction{ID: pay.NewID(), Status: state, RequestedMinor: 100, Currency: "EUR", ExternalID: ptr("ch_1"), FeeMinor: ptr(int64(3)), FeeIsEstimated: true}
	switch state {
	case pay.TransactionAuthorized:
		t.HeldMinor = 100
	case pay.TransactionCaptured:
		t.CapturedMinor, t.VoucherMinor, t.VoucherCount = 100, 40, ptr(4)
	}
	return t
}

// TestApply goes through the whole matrix of state and reported state.
func TestApply(t *testing.T) {
	t.Parallel()
	for _, from := range storedStates {
		for _, to := range slices.Concat(storedStates, shownStates, []pay.TransactionStatus{""}) {
			before := attemptIn(from)
			after := before
			changed, err := after.Apply(pay.Fact{To: to, AmountMinor: 60, HeldMinor: new(int64), VoucherMinor: 20, VoucherCount: 2, FeeMinor: ptr(int64(1)), ExternalID: ptr("ch_2")}, later)
			if from == pay.TransactionCaptured && to == pay.TransactionConfirmed {
				continue // see TestApplyAfterCapture
			}
			switch want := slices.Contains(strings.Fields(facts[from]), string(to)); {
			case err != nil || changed != want:
				t.Errorf("%s, %q reported: changed %v, %v; want %v", from, to, changed, err, want)
			case !want && !reflect.DeepEqual(before, after):
				t.Errorf("%s, %q reported: it changed to %+v", from, to, after)
			case want && (after.Status != to || after.UpdatedAt != later || *after.ExternalID != "ch_2" || *after.FeeMinor != 1):
				t.Errorf("%s, %q reported: %+v", from, to, after)
			case want:
				checkAmounts(t, after)
			}
		}
	}
}

// checkAmounts fails unless the amounts go with the state, as the database
// demands too. After is reached by a report of 60, 20 of them by 2 vouchers.
func checkAmounts(t *testing.T, after pay.Transaction) {
	t.Helper()
	var want pay.Transaction
	switch after.Status {
	case pay.TransactionAuthorized:
		want.HeldMinor = 60
	case pay.TransactionCaptured:
		want.CapturedMinor, want.VoucherMinor, want.VoucherCount, want.CapturedAt = 60, 20, ptr(2), &later
	}
	if after.HeldMinor != want.HeldMinor || after.CapturedMinor != want.CapturedMinor || after.VoucherMinor != want.VoucherMinor ||
		!reflect.DeepEqual(after.VoucherCount, want.VoucherCount) || !reflect.DeepEqual(after.CapturedAt, want.CapturedAt) {
		t.Errorf("%s: %+v", after.Status, after)
	}
}

// TestApplyAfterCapture proves what may still be said of money that was captured,
// and that nothing takes any of it back.
func TestApplyAfterCapture(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		f                         pay.Fact
		changed                   bool
		captured, held, confirmed int64
	}{
		"more captured":          {pay.Fact{To: "CAPTURED", AmountMinor: 80, HeldMinor: new(int64(20))}, true, 80, 20, 0},
		"the rest captured":      {pay.Fact{To: "CAPTURED", AmountMinor: 100}, true, 100, 0, 0},
		"more of the hold":       {pay.Fact{To: "CAPTURED", AmountMinor: 80}, true, 80, 20, 0},
		"the rest released":      {pay.Fact{To: "CAPTURED", AmountMinor: 60, HeldMinor: new(int64)}, true, 60, 0, 0},
		"silent of the hold":     {pay.Fact{To: "CAPTURED", AmountMinor: 60}, false, 60, 40, 0},
		"older and silent":       {pay.Fact{To: "CAPTURED", AmountMinor: 30}, false, 60, 40, 0},
		"told twice":             {pay.Fact{To: "CAPTURED", AmountMinor: 60, HeldMinor: new(int64(40))}, false, 60, 40, 0},
		"an older report":        {pay.Fact{To: "CAPTURED", AmountMinor: 30, HeldMinor: new(int64(70))}, false, 60, 40, 0},
		"an authorization again": {pay.Fact{To: "AUTHORIZED", AmountMinor: 100}, false, 60, 40, 0},
		"a failure":              {pay.Fact{To: "FAILED"}, false, 60, 40, 0},
		"voided":                 {pay.Fact{To: "VOIDED"}, true, 60, 0, 0},
		"run out":                {pay.Fact{To: "EXPIRED"}, true, 60, 0, 0},
		"settled":                {pay.Fact{To: "CONFIRMED", AmountMinor: 60}, true, 60, 40, 60},
		"settled in part":        {pay.Fact{To: "CONFIRMED", AmountMinor: 10}, true, 60, 40, 10},
	} {
		x := attemptIn(pay.TransactionCaptured)
		x.CapturedMinor, x.HeldMinor, x.VoucherMinor, x.VoucherCount = 60, 40, 0, nil
		changed, err := x.Apply(c.f, later)
		if changed != c.changed || err != nil || x.Status != pay.TransactionCaptured || x.CapturedMinor != c.captured || x.HeldMinor != c.held || x.ConfirmedMinor != c.confirmed {
			t.Errorf("%s: changed %v, %v: %s captured %d, held %d, confirmed %d", name, changed, err, x.Status, x.CapturedMinor, x.HeldMinor, x.ConfirmedMinor)
		}
	}
	x := attemptIn(pay.TransactionCaptured)
	if _, err := x.Apply(pay.Fact{To: "CONFIRMED", AmountMinor: 101}, later); err == nil {
		t.Error("more settled than captured was taken")
	}
}

// TestApplyAgain proves that the same report a second time changes nothing, so
// that answer and webhook may both bring it.
func TestApplyAgain(t *testing.T) {
	t.Parallel()
	for from, list := range facts {
		for to := range strings.FieldsSeq(list) {
			x, f := attemptIn(from), pay.Fact{To: pay.TransactionStatus(to), AmountMinor: 60}
			if _, err := x.Apply(f, later); err != nil {
				t.Fatal(err)
			}
			once := x
			if changed, err := x.Apply(f, later.Add(time.Hour)); changed || err != nil || !reflect.DeepEqual(x, once) {
				t.Errorf("%s, %s reported twice: changed %v, %v", from, to, changed, err)
			}
		}
	}
}

// TestApplyRefusesAmounts proves that amounts that cannot be are refused and
// leave the attempt as it was.
func TestApplyRefusesAmounts(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]pay.Fact{
		"negative amount":              {AmountMinor: -1},
		"amount above the largest":     {AmountMinor: money.MaxMinor + 1},
		"negative vouchers":            {AmountMinor: 10, VoucherMinor: -1},
		"vouchers above the amount":    {AmountMinor: 10, VoucherMinor: 11},
		"negative fee":                 {AmountMinor: 10, FeeMinor: ptr(int64(-1))},
		"fee above the largest amount": {AmountMinor: 10, FeeMinor: ptr(int64(money.MaxMinor + 1))},
	} {
		for _, to := range []pay.TransactionStatus{"AUTHORIZED", "CAPTURED"} {
			f.To = to
			before := attemptIn(pay.TransactionPending)
			after := before
			if changed, err := after.Apply(f, later); err == nil || changed || !reflect.DeepEqual(before, after) {
				t.Errorf("%s %s: changed %v, %v, %+v", name, to, changed, err, after)
			}
		}
	}
}

// TestApplyDetails proves that a report adds what it knows, keeps what it does
// not mention, and that a success clears the error of an earlier failure.
func TestApplyDetails(t *testing.T) {
	t.Parallel()
	x := attemptIn(pay.TransactionCreated)
	decline := &pay.TransactionError{Code: pay.ErrorDeclined, Message: "no", DeclineType: ptr(pay.SoftDecline), External: &pay.ExternalError{Code: ptr("51")}}
	apply(t, &x, pay.Fact{To: pay.TransactionRequiresAction, Action: &pay.TransactionAction{Type: pay.ActionOTP, URL: ptr("https://bank.example")}})
	if a := x.Action(); a == nil || a.Type != pay.ActionOTP || *a.URL != "https://bank.example" {
		t.Errorf("action: %+v", a)
	}
	apply(t, &x, pay.Fact{To: pay.TransactionFailed, Error: decline, ExternalID2: ptr("second"), HolderName: ptr("Ana")})
	if e := x.Error(); e == nil || e.Code != pay.ErrorDeclined || !e.Retryable || *e.External.Code != "51" || e.External.Message != nil {
		t.Errorf("error: %+v", e)
	}
	if x.Action() != nil || *x.ExternalID != "ch_1" || *x.ExternalID2 != "second" || *x.FeeMinor != 3 {
		t.Errorf("after a decline: %+v", x)
	}
	card := pay.MethodDetails{Card: &pay.CardDetails{LastFour: ptr("4242")}}
	apply(t, &x, pay.Fact{To: pay.TransactionCaptured, AmountMinor: 100, Details: card})
	if x.Error() != nil || x.Details != card || *x.HolderName != "Ana" || x.VoucherCount != nil {
		t.Errorf("after a late success: %+v", x)
	}
	y := attemptIn(pay.TransactionCreated)
	apply(t, &y, pay.Fact{To: pay.TransactionCaptured, AmountMinor: 100, VoucherMinor: 1})
	if y.VoucherCount == nil || *y.VoucherCount != 1 {
		t.Errorf("vouchers that nobody counted: %v", y.VoucherCount)
	}
}

func apply(t *testing.T, x *pay.Transaction, f pay.Fact) {
	t.Helper()
	if changed, err := x.Apply(f, later); !changed || err != nil {
		t.Fatalf("%s reported in %s: changed %v, %v", f.To, x.Status, changed, err)
	}
}

// TestApplyAnything proves, for any reports in any order, that what is held and
// captured was reported or requested, that no success is undone, and that each
// state holds only what it can.
func TestApplyAnything(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		x := attemptIn(rapid.SampledFrom(storedStates).Draw(t, "from"))
		most := x.RequestedMinor
		for range rapid.IntRange(1, 12).Draw(t, "reports") {
			f := pay.Fact{To: rapid.SampledFrom(storedStates).Draw(t, "to"), AmountMinor: rapid.Int64Range(-1, 200).Draw(t, "amount"),
				VoucherMinor: rapid.SampledFrom([]int64{0, 0, 1, 50}).Draw(t, "vouchers"), VoucherCount: rapid.IntRange(-1, 3).Draw(t, "count")}
			before := x
			changed, err := x.Apply(f, later)
			if changed {
				most = max(most, f.AmountMinor)
			}
			if fault := faultOf(before, x, changed, err, most); fault != "" {
				t.Fatalf("%s: %s reported %+v gives %+v", fault, before.Status, f, x)
			}
		}
	})
}

func faultOf(before, x pay.Transaction, changed bool, err error, most int64) string {
	switch {
	case (err != nil || !changed) && !reflect.DeepEqual(before, x):
		return "it changed and says it did not"
	case changed && reflect.DeepEqual(before, x):
		return "it did not change and says it did"
	case x.HeldMinor+x.CapturedMinor > most || x.HeldMinor < 0 || x.CapturedMinor < 0:
		return fmt.Sprintf("more than %d held and captured", most)
	case (x.CapturedMinor > 0) && x.Status != pay.TransactionCaptured:
		return "captured in another state"
	case slices.Contains(inFlight, x.Status) && x.HeldMinor != 0:
		return "held while under way"
	case slices.Contains(ended, x.Status) && x.HeldMinor != 0:
		return "held after the end"
	case x.VoucherMinor > x.CapturedMinor, (x.VoucherMinor > 0) != (x.VoucherCount != nil), x.VoucherCount != nil && *x.VoucherCount < 1:
		return "vouchers"
	case before.Status == pay.TransactionCaptured && (x.Status != before.Status || x.CapturedMinor < before.CapturedMinor):
		return "a success was undone"
	case before.Status == pay.TransactionAuthorized && slices.Contains(inFlight, x.Status), before.Status == pay.TransactionAuthorized && x.Status == "FAILED":
		return "an older answer undid an authorization"
	case x.InFlightMinor() != 0 && x.InFlightMinor() != x.RequestedMinor, (x.InFlightMinor() != 0) != slices.Contains(inFlight, x.Status):
		return "in flight"
	}
	return ""
}

// TestShownStatus proves what amounts make of a capture.
func TestShownStatus(t *testing.T) {
	t.Parallel()
	for want, x := range map[pay.TransactionStatus]pay.Transaction{
		"CAPTURED":           {Status: "CAPTURED", CapturedMinor: 100, ConfirmedMinor: 99},
		"CONFIRMED":          {Status: "CAPTURED", CapturedMinor: 100, ConfirmedMinor: 100},
		"PARTIALLY_REFUNDED": {Status: "CAPTURED", CapturedMinor: 100, ConfirmedMinor: 100, RefundedMinor: 1},
		"REFUNDED":           {Status: "CAPTURED", CapturedMinor: 100, ConfirmedMinor: 100, RefundedMinor: 100},
	} {
		if got := x.ShownStatus(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	for _, state := range storedStates {
		if got := (pay.Transaction{Status: state}).ShownStatus(); got != state {
			t.Errorf("%s without amounts is shown as %s", state, got)
		}
	}
}
