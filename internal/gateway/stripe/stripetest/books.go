package stripetest

import (
	"fmt"
	"math/big"
	"slices"
)

// Books is what the server has of one of our attempts: decimals in whole units of the
// currency, by the server's own knowledge of what Stripe counts how.
type Books struct {
	Held, Captured, Refunded string
	// Intents is how many were made for the attempt.
	Intents int
}

// Books says what became of an attempt.
func (s *Server) Books(attempt string) Books {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b Books
	var held, captured, refunded int64
	places := 2
	for _, i := range s.intents {
		if i.metadata["paygraph_attempt"] != attempt {
			continue
		}
		places = placesOf(i.currency)
		b.Intents++
		held, captured = held+i.capturable, captured+i.received
		for _, r := range i.refunds {
			if r.status == "succeeded" {
				refunded += r.amount
			}
		}
	}
	b.Held, b.Captured, b.Refunded = decimal(held, places), decimal(captured, places), decimal(refunded, places)
	return b
}

func decimal(amount int64, places int) string {
	unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(places)), nil)
	return new(big.Rat).SetFrac(big.NewInt(amount), unit).FloatString(places)
}

// From Stripe's page on currencies: those without decimals, those of three, and of two
// that must be zero.
var (
	zeroPlaces = []string{"bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"}
	threePlace = []string{"bhd", "jod", "kwd", "omr", "tnd"}
	wholeOnly  = []string{"isk", "ugx"}
)

func placesOf(currency string) int {
	switch {
	case slices.Contains(zeroPlaces, currency):
		return 0
	case slices.Contains(threePlace, currency):
		return 3
	}
	return 2
}

// unclean says that Stripe does not take the last digits of an amount.
func unclean(amount int64, currency string) bool {
	return slices.Contains(threePlace, currency) && amount%10 != 0 || slices.Contains(wholeOnly, currency) && amount%100 != 0
}

// fee is 1 % of what was taken, in whole units where the currency has nothing smaller.
func fee(amount int64, currency string) int64 {
	part := amount / 100
	switch {
	case slices.Contains(wholeOnly, currency):
		part -= part % 100
	case slices.Contains(threePlace, currency):
		part -= part % 10
	}
	return part
}

// settledIn is the currency that Stripe pays out: the merchant has no account in yen.
func settledIn(currency string) string {
	if currency == "jpy" {
		return "eur"
	}
	return currency
}

// Act plays the payer who visits where an action sends them.
func (s *Server) Act(id string, consents bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.intents[id]; i != nil && i.status == "requires_action" {
		s.act(i, consents)
		return
	}
	if x := s.setups[id]; x != nil && x.status == "requires_action" {
		x.act(s, consents)
		return
	}
	s.t.Errorf("stripetest: %s waits for nobody", id)
}

func (s *Server) act(i *intent, consents bool) {
	c := &call{now: i.created}
	if consents {
		s.pay(i, c)
		return
	}
	i.status, i.method = "requires_payment_method", ""
	i.failure = map[string]any{"type": "invalid_request_error", "code": "payment_intent_authentication_failure", "message": "The text of Stripe."}
	s.happened("payment_intent.payment_failed", i, c)
}

// Settle ends what takes days: a direct debit that is paid or bounces, a refund that
// arrives or does not.
func (s *Server) Settle(id string, paid bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.intents[id]; i != nil && i.status == "processing" {
		c := &call{now: i.created}
		if paid {
			s.pay(i, c)
			return
		}
		s.decline(i, c, "insufficient_funds")
		return
	}
	for _, r := range s.refunds {
		if r.id == id {
			r.settle(s, paid)
			return
		}
	}
	s.t.Errorf("stripetest: %s waits for nothing", id)
}

// Expire has Stripe release by itself what it held for too long.
func (s *Server) Expire(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.intents[id]
	if i == nil || i.status != "requires_capture" {
		s.t.Errorf("stripetest: %q holds nothing", id)
		return
	}
	i.status, i.capturable, i.reason = "canceled", 0, "automatic"
	s.happened("payment_intent.canceled", i, &call{now: i.created})
}

// String is for the messages of tests.
func (b Books) String() string {
	return fmt.Sprintf("%s held, %s captured, %s given back by %d intents", b.Held, b.Captured, b.Refunded, b.Intents)
}
