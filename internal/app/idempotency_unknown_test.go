package app_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// told is what a request and its repeats are told, one after the other:
// "payment attempt", and why a person should look.
type told []string

const (
	paidNow    = "PAID CAPTURED"
	failedNow  = "FAILED FAILED"
	unknownNow = "PROCESSING UNKNOWN UNKNOWN_OUTCOME"
	mismatched = "PROCESSING UNKNOWN UNKNOWN_OUTCOME AMOUNT_MISMATCH"
	// yetToSee follows what is known now where an earlier answer could not be true.
	yetToSee = " AMOUNT_MISMATCH"
)

// TestUnknown proves what becomes of an attempt without a result: a repeat asks
// the bank, which never charges twice, and believes only what can be true.
func TestUnknown(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.bank.on("tok_once", says(once), nil)
	if got := s.pay(t, "once", s.whole("tok_once", s.order(1000))); got.Payment == nil || got.Payment.Status != "FAILED" {
		t.Fatalf("got %+v, want it FAILED", got)
	}
	for name, c := range unknownCases(s.bank) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			token := "tok_" + strings.ReplaceAll(name, " ", "_")
			s.bank.on(token, inTurn(c.charges), inTurn(c.lookups))
			input := s.whole(token, s.order(1000))
			for i, want := range c.told {
				got := s.pay(t, token, input)
				if len(got.Errors) > 0 || got.Replayed != (i > 0) {
					t.Fatalf("request %d: %+v", i, got)
				}
				now := strings.Join(append([]string{got.Payment.Status, got.Transaction.Status}, got.Payment.Attention...), " ")
				if now != want {
					t.Fatalf("request %d: %s, want %s", i, now, want)
				}
			}
			charges, lookups := s.bank.asked(token)
			if len(charges) != len(c.charges) || len(lookups) != len(c.lookups) {
				t.Errorf("the bank was sent %d requests and asked %d times, want %d and %d", len(charges), len(lookups), len(c.charges), len(c.lookups))
			}
			for _, r := range slices.Concat(charges, lookups) {
				if r.AttemptID != charges[0].AttemptID || r.Amount != charges[0].Amount || r.Token != token {
					t.Errorf("the bank was sent %+v, and then %+v", charges[0], r)
				}
			}
		})
	}
}

// once is an answer whose id at the bank is always the same.
var once = pay.Fact{To: pay.TransactionFailed, ExternalID: new("once")}

type unknownCase struct {
	charges, lookups []reply
	told             told
}

func unknownCases(b *bank) map[string]unknownCase {
	take := func(_ context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
		return b.take(r, r.Amount.Minor), nil
	}
	decline := func(_ context.Context, r gateway.ChargeRequest) (pay.Fact, error) { return b.decline(r), nil }
	booked := take // what is in the books already is said again
	panics := func(_ context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
		b.take(r, r.Amount.Minor)
		panic("the connector broke")
	}
	pending := says(pay.Fact{To: pay.TransactionPending})
	return map[string]unknownCase{
		"answer lost":               {[]reply{b.lose}, []reply{booked}, told{unknownNow, paidNow, paidNow}},
		"decline lost":              {[]reply{fails(errLost)}, []reply{decline}, told{unknownNow, failedNow, failedNow}},
		"request lost":              {[]reply{fails(errLost), take}, []reply{fails(gateway.ErrNoSuchAttempt)}, told{unknownNow, paidNow}},
		"request lost twice":        {[]reply{fails(errLost), b.lose}, []reply{fails(gateway.ErrNoSuchAttempt), booked}, told{unknownNow, unknownNow, paidNow}},
		"request lost then unsent":  {[]reply{fails(errLost), fails(gateway.ErrNotSent)}, []reply{fails(gateway.ErrNoSuchAttempt), decline}, told{unknownNow, unknownNow, failedNow}}, // reads may lag behind
		"bank does not answer":      {[]reply{b.lose}, []reply{fails(errLost), fails(errLost), booked}, told{unknownNow, unknownNow, unknownNow, paidNow}},
		"question was not sent":     {[]reply{b.lose}, []reply{fails(gateway.ErrNotSent), booked}, told{unknownNow, unknownNow, paidNow}},
		"charge says no attempt":    {[]reply{fails(gateway.ErrNoSuchAttempt)}, []reply{decline}, told{unknownNow, failedNow}},
		"connector panics":          {[]reply{panics}, []reply{booked}, told{unknownNow, paidNow}},
		"connector panics again":    {[]reply{panics}, []reply{panics, booked}, told{unknownNow, unknownNow, paidNow}},
		"pending":                   {[]reply{pending}, []reply{pending, take}, told{"PROCESSING PENDING", "PROCESSING PENDING", paidNow}},
		"pending then lost":         {[]reply{pending}, []reply{fails(errLost), take}, told{"PROCESSING PENDING", unknownNow, paidNow}},
		"one cent too much":         {[]reply{captures(1001)}, []reply{captures(1001), decline}, told{mismatched, mismatched, failedNow + yetToSee}},
		"nothing taken":             {[]reply{captures(0)}, []reply{captures(0), take}, told{mismatched, mismatched, paidNow + yetToSee}},
		"negative amount":           {[]reply{captures(-1)}, []reply{take}, told{mismatched, paidNow + yetToSee}},
		"held one cent too much":    {[]reply{says(pay.Fact{To: pay.TransactionAuthorized, AmountMinor: 1001})}, []reply{take}, told{mismatched, paidNow + yetToSee}},
		"wrong amount learnt later": {[]reply{fails(errLost)}, []reply{captures(1001), decline}, told{unknownNow, mismatched, failedNow + yetToSee}},
		"more vouchers than money":  {[]reply{says(pay.Fact{To: pay.TransactionCaptured, AmountMinor: 1000, VoucherMinor: 1001})}, []reply{take}, told{mismatched, paidNow + yetToSee}},
		// What cannot be stored must not leave the attempt as if nobody had asked.
		"negative fee":     {[]reply{says(pay.Fact{To: pay.TransactionCaptured, AmountMinor: 1000, FeeMinor: new(int64(-1))})}, []reply{take}, told{unknownNow, paidNow}},
		"no action named":  {[]reply{says(pay.Fact{To: pay.TransactionRequiresAction})}, []reply{take}, told{unknownNow, paidNow}},
		"no reason named":  {[]reply{says(pay.Fact{To: pay.TransactionFailed, Error: &pay.TransactionError{}})}, []reply{take}, told{unknownNow, paidNow}},
		"id of another":    {[]reply{says(once)}, []reply{take}, told{mismatched, paidNow + yetToSee}},
		"zero byte":        {[]reply{says(pay.Fact{To: pay.TransactionFailed, ExternalID: new("a\x00b")})}, []reply{take}, told{unknownNow, paidNow}},
		"action not known": {[]reply{says(pay.Fact{To: pay.TransactionRequiresAction, Action: &pay.TransactionAction{Type: "DANCE"}})}, []reply{take}, told{unknownNow, paidNow}},
	}
}

func fails(err error) reply {
	return func(context.Context, gateway.ChargeRequest) (pay.Fact, error) { return pay.Fact{}, err }
}

// says is a bank that says something without its books.
func says(f pay.Fact) reply {
	return func(context.Context, gateway.ChargeRequest) (pay.Fact, error) { return f, nil }
}

func captures(minor int64) reply {
	return says(pay.Fact{To: pay.TransactionCaptured, AmountMinor: minor})
}

// inTurn does one after the other, and then no longer answers.
func inTurn(list []reply) reply {
	turn := make(chan reply, len(list))
	for _, r := range list {
		turn <- r
	}
	return func(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
		select {
		case does := <-turn:
			return does(ctx, r)
		default:
			return pay.Fact{}, errLost
		}
	}
}
