package pay

import (
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/money"
)

// RefundPart is what one attempt gives back of a refund.
type RefundPart struct {
	TransactionID uuid.UUID
	AmountMinor   int64
	Method        RefundMethod
}

// refundable is what an attempt may still give back.
func (t Transaction) refundable() int64 {
	return max(0, t.CapturedMinor-t.RefundedMinor-t.RefundPendingMinor-t.ChargedBackMinor)
}

// RefundWish is what somebody wants back.
type RefundWish struct {
	// AmountMinor is nil for all that may be given back.
	AmountMinor *int64
	// TransactionID limits it to one attempt.
	TransactionID *uuid.UUID
	// Method is nil for the original one, where there is one.
	Method *RefundMethod
	// ManualReference names the slip of what goes back outside any gateway.
	ManualReference *string
}

// PlanRefund divides a wish over the attempts, the newest capture first, or
// refuses it.
func (s *State) PlanRefund(w RefundWish) ([]RefundPart, *Error) {
	parts, refusal := s.divide(w)
	if refusal != nil {
		return nil, refusal
	}
	byHand := slices.ContainsFunc(parts, func(p RefundPart) bool { return p.Method == RefundManual })
	if refusal := s.mayName(w.ManualReference); byHand && refusal != nil {
		return nil, refusal
	}
	return parts, nil
}

// MaxRefund is the most that a wish could be about, in whichever way it goes back.
func (s *State) MaxRefund(w RefundWish) (maximum int64) {
	for _, t := range s.refundSources(w) {
		maximum += t.refundable()
	}
	return s.unspent(maximum)
}

func (s *State) divide(w RefundWish) (parts []RefundPart, refusal *Error) {
	sources, most := s.refundSources(w), s.MaxRefund(w)
	if refusal := s.mayDivide(w, sources, most); refusal != nil {
		return nil, refusal
	}
	wanted := most
	if w.AmountMinor != nil {
		wanted = *w.AmountMinor
	}
	for _, t := range sources {
		part := RefundPart{TransactionID: t.ID, AmountMinor: min(wanted, t.refundable())}
		if part.AmountMinor == 0 {
			continue
		}
		if part.Method, refusal = s.refundMethod(t, w.Method, part.AmountMinor); refusal != nil {
			return nil, s.bounded(refusal, w, sources, most)
		}
		parts, wanted = append(parts, part), wanted-part.AmountMinor
	}
	return parts, nil
}

// mayDivide refuses an amount that the attempts do not have.
func (s *State) mayDivide(w RefundWish, sources []Transaction, most int64) *Error {
	var left int64
	for _, t := range sources {
		left += t.refundable()
	}
	at := input("paymentId")
	if w.TransactionID != nil {
		at = input("transactionId")
	}
	switch {
	case w.TransactionID != nil && len(sources) == 0:
		return Refuse(CodeNotRefundable, at, "The attempt captured nothing.")
	case s.Payment.CapturedMinor == 0:
		return Refuse(CodeNotRefundable, at, "Nothing was captured.")
	case left == 0 && w.AmountMinor == nil:
		return Refuse(CodeNotRefundable, at, "Nothing is left to be given back.")
	case left == 0, w.AmountMinor != nil && *w.AmountMinor > left:
		return s.exceeds(left)
	case most == 0, w.AmountMinor != nil && *w.AmountMinor > most:
		return s.spent(most)
	}
	return nil
}

// bounded adds to the refusal of a part how much could be given back that way, if
// any: gateways that give back all or nothing leave gaps below it.
func (s *State) bounded(refusal *Error, w RefundWish, sources []Transaction, most int64) *Error {
	var minor int64
	for _, t := range sources {
		part := min(most-minor, t.refundable())
		if part == 0 {
			continue
		}
		if _, refusal := s.refundMethod(t, w.Method, part); refusal != nil {
			break
		}
		minor += part
	}
	if refusal.Code == CodePartialRefundUnsupported && minor > 0 {
		refusal.Maximum = s.money(minor)
	}
	return refusal
}

// mayName refuses to pay out by hand without naming the slip, or under the name of
// a slip that was paid out before. The parts of one refund share theirs.
func (s *State) mayName(reference *string) *Error {
	at := input("manualReference")
	if reference == nil {
		return Refuse(CodeRequired, at, "The reference of the payout is needed.")
	}
	for _, r := range s.Refunds {
		if r.Method == RefundManual && r.ManualReference != nil && strings.EqualFold(*r.ManualReference, *reference) {
			e := Refuse(CodeDuplicateReference, at, "Another refund of the payment has this reference.")
			e.ExistingID = r.GlobalID()
			return e
		}
	}
	return nil
}

// mayRefund refuses when nothing can be given back in any way, and says the most
// that can.
func (s *State) mayRefund() (maximum int64, refusal *Error) {
	if _, refusal = s.divide(RefundWish{}); refusal != nil && len(s.refundMethods()) == 0 {
		return 0, refusal
	}
	return s.MaxRefund(RefundWish{}), nil
}

// refundMethods are the ways in which all that is left can be given back.
func (s *State) refundMethods() (list []RefundMethod) {
	for _, method := range []RefundMethod{RefundOriginal, RefundManual, RefundStoreCredit} {
		if _, refusal := s.divide(RefundWish{Method: &method}); refusal == nil {
			list = append(list, method)
		}
	}
	return list
}

func (s *State) exceeds(maximum int64) *Error {
	e := Refuse(CodeRefundExceedsRefundable, input("amount"), "At most %s can be given back.", s.money(maximum))
	e.Maximum = &money.Money{Minor: maximum, Currency: s.Payment.Currency}
	return e
}

// unspent is how much of minor units is still there of what a WALLET payment
// bought; other payments bought no store credit.
func (s *State) unspent(minor int64) int64 {
	if s.Payment.Mode != ModeWallet {
		return minor
	}
	return min(minor, s.BalanceMinor)
}

func (s *State) spent(maximum int64) *Error {
	e := Refuse(CodeNotRefundable, input("amount"), "The customer spent the store credit that the payment bought; %s is left of it.", s.money(maximum))
	e.Maximum = s.money(maximum)
	return e
}

// refundSources are the attempts that captured, the newest capture first.
func (s *State) refundSources(w RefundWish) []Transaction {
	var list []Transaction
	for _, t := range s.Attempts {
		if t.CapturedMinor > 0 && (w.TransactionID == nil || *w.TransactionID == t.ID) {
			list = append(list, t)
		}
	}
	slices.Reverse(list) // attempts stand oldest first; equal times keep the newer first
	slices.SortStableFunc(list, func(a, b Transaction) int {
		if a.CapturedAt == nil || b.CapturedAt == nil {
			return 0
		}
		return b.CapturedAt.Compare(*a.CapturedAt)
	})
	return list
}

// refundMethod is the way in which an attempt gives back an amount.
func (s *State) refundMethod(t Transaction, wanted *RefundMethod, minor int64) (RefundMethod, *Error) {
	traits := s.Traits[t.GatewayID]
	method := RefundOriginal
	switch {
	case wanted != nil:
		method = *wanted
	case !traits.Charges: // paid outside any gateway, so it goes back outside
		method = RefundManual
	}
	switch {
	case method == RefundStoreCredit && s.Payment.CustomerID == nil:
		return "", Refuse(CodeNotRefundable, input("method"), "Without a customer there is no store credit.")
	case method == RefundStoreCredit && s.Payment.Mode == ModeWallet:
		return "", Refuse(CodeNotRefundable, input("method"), "The payment bought store credit.")
	case method == RefundOriginal && !traits.Refunds:
		return "", Refuse(CodeNotRefundable, input("method"), "The gateway gives nothing back; choose another method.")
	case method == RefundOriginal && !traits.Gateway.IsPartiallyRefundable && minor < t.CapturedMinor:
		return "", Refuse(CodePartialRefundUnsupported, input("amount"), "The gateway gives back all of an attempt or nothing.")
	}
	return method, nil
}
