package pay

import (
	"slices"

	"github.com/google/uuid"
)

// input is the path of a field of a mutation's input.
func input(steps ...string) Path { return At("input").Then(steps...) }

// wrongState refuses because of where something stands.
func wrongState(path Path, current string, allowed []string, format string, args ...any) *Error {
	e := Refuse(CodeInvalidState, path, format, args...)
	e.Current, e.Allowed = current, allowed
	return e
}

// inProgress refuses because something without a result stands in the way.
func inProgress(path Path, format string, args ...any) *Error {
	e := Refuse(CodePaymentInProgress, path, format, args...)
	e.Retryable = true
	return e
}

// PendingApprovalMinor is what manual payments ask for that nobody approved.
func (s *State) pendingApprovalMinor() (minor int64) {
	for _, t := range s.Attempts {
		if t.Status == TransactionPendingApproval {
			minor += t.RequestedMinor
		}
	}
	return minor
}

// closing says that the payment is closed, is being closed, or would be if nothing
// were under way: its time is over.
func (s *State) closing() bool {
	p := s.Payment
	return p.Closed != nil || p.CancelRequestedAt != nil || p.CapturedMinor == 0 && p.ExpiresAt != nil && !s.Now.Before(*p.ExpiresAt)
}

// startable are the headlines of payments that take another attempt, as far as
// the headline decides it.
var startable = []string{string(PaymentCreated), string(PaymentPendingApproval), string(PaymentAuthorized), string(PaymentOnRetry),
	string(PaymentFailed), string(PaymentRejected), string(PaymentPartiallyPaid)}

// mayStart refuses a new attempt of any sort, and says how much one may ask for.
func (s *State) mayStart() (int64, *Error) {
	if refusal := s.mayGoOn(); refusal != nil {
		return 0, refusal
	}
	return s.left()
}

// mayGoOn refuses what is begun for a payment that is closed or not active.
func (s *State) mayGoOn() *Error {
	at := input("paymentId")
	switch {
	case s.closing():
		return Refuse(CodePaymentClosed, at, "The payment is closed.")
	case !s.Payment.IsActive:
		return wrongState(at, "INACTIVE", []string{"ACTIVE"}, "The payment is not active.")
	}
	return nil
}

// left is what an attempt may ask for, or why there can be none, of a payment that
// is open and active.
func (s *State) left() (int64, *Error) {
	p, at := s.Payment, input("paymentId")
	switch {
	case p.RefundedMinor > 0:
		return 0, wrongState(at, string(p.Status), startable, "Money of the payment went back, so no more is collected for it.")
	case p.RefundPendingMinor > 0:
		return 0, inProgress(at, "A refund of the payment is under way.")
	case len(s.Attempts) >= MaxAttempts:
		return 0, Refuse(CodeTooManyItems, at, "A payment has at most %d attempts.", MaxAttempts)
	case p.Mode == ModeSetup && p.Status == PaymentConfirmed:
		return 0, wrongState(at, string(p.Status), []string{string(PaymentCreated), string(PaymentOnRetry), string(PaymentFailed)}, "The method is saved.")
	case anyIn(s.Attempts, TransactionCreated, TransactionRequiresAction, TransactionPending, TransactionUnknown):
		return 0, inProgress(at, "Another attempt of the payment is under way.")
	}
	if p.Mode == ModeSetup {
		return 0, nil
	}
	room := p.FinalMinor - p.HeldMinor - p.CapturedMinor - p.InFlightMinor - s.pendingApprovalMinor()
	switch {
	case room > 0:
		return room, nil
	case p.CapturedMinor < p.FinalMinor:
		return 0, inProgress(at, "All that is left is held, or waits for approval.")
	}
	return 0, wrongState(at, string(p.Status), startable, "Nothing is left to be asked for.")
}

// MayProcess refuses a new attempt at a gateway, and says the most that it may
// ask for.
func (s *State) MayProcess(food bool) (int64, *Error) {
	room, refusal := s.mayStart()
	if refusal != nil || s.Payment.Mode == ModeSetup {
		return 0, refusal
	}
	return s.askable(room, food)
}

// askable is what of room can be asked for on the payment's subjects, or why nothing can.
func (s *State) askable(room int64, food bool) (int64, *Error) {
	most := s.subjectRoom(room, food)
	if most == 0 {
		return 0, s.subjectsTaken(food)
	}
	return most, nil
}

// subjectsTaken says why nothing can be asked for on the payment's subjects.
func (s *State) subjectsTaken(food bool) *Error {
	for _, a := range s.Allocations {
		d, code := s.debt(a)
		switch {
		case d == nil:
		case d.OutstandingMinor() == 0:
			return Refuse(code, input("paymentId"), "Something that the payment is for was paid otherwise.")
		case d.PayableMinor() == 0:
			return inProgress(input("paymentId"), "Another payment for the same is under way.")
		}
	}
	if food {
		return s.notFood(0)
	}
	e := Refuse(CodeAmountExceedsOutstanding, input("amount"), "Less is owed than the payment asks for.")
	e.Maximum = s.money(0)
	return e
}

// notFood refuses meal vouchers for more than what is left of the food.
func (s *State) notFood(most int64) *Error {
	e := Refuse(CodeVoucherNotEligible, input("amount"), "Meal vouchers can pay %s of what is left.", s.money(most))
	e.Maximum = s.money(most)
	return e
}

// debt is what an allocation's subject owes, with the code that refuses when
// that is nothing; nil for subjects without a debt of their own.
func (s *State) debt(a PaymentAllocation) (*Debt, Code) {
	if o := s.order(a); o != nil {
		return &o.Debt, CodeOrderAlreadyPaid
	}
	if v := s.invoice(a); v != nil {
		return &v.Debt, CodeInvoiceAlreadyPaid
	}
	return nil, ""
}

// debtsAll says whether something is so of every order and invoice that the payment is for,
// and that it is for nothing else.
func (s *State) debtsAll(are func(Debt) bool) bool {
	return len(s.Allocations) > 0 && !slices.ContainsFunc(s.Allocations, func(a PaymentAllocation) bool {
		d, _ := s.debt(a)
		return d == nil || !are(*d)
	})
}

// subjectRoom is the most, up to room, whose parts all fit what their orders and
// invoices still take. Parts are rounded, so it is searched for.
func (s *State) subjectRoom(room int64, food bool) int64 {
	fits := func(minor int64) bool {
		sums := s.Payment.Sums
		sums.InFlightMinor += minor
		meals := s.food()
		if food {
			meals += minor
		}
		now, err := s.shares(s.Payment.Sums, s.food())
		if err != nil {
			return false
		}
		then, err := s.shares(sums, meals)
		if err != nil {
			return false
		}
		if food && len(s.Orders) == 0 && meals > s.Payment.FoodMinor {
			return false
		}
		for i, a := range s.Allocations {
			if d, _ := s.debt(a); d != nil && then[i].InFlightMinor-now[i].InFlightMinor > d.PayableMinor() {
				return false
			}
			if o := s.order(a); food && o != nil && then[i].FoodMinor-now[i].FoodMinor > o.FoodVoucherRoom() {
				return false
			}
		}
		return true
	}
	low, high := int64(0), room // fits(low) always holds
	if fits(high) {
		return high
	}
	for high-low > 1 {
		if middle := low + (high-low)/2; fits(middle) {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}

// StartAttempt adds an attempt that the gateway is about to be asked for. Its
// amount was checked with MayProcess.
func (s *State) StartAttempt(t Transaction) (*Error, error) {
	traits := s.Traits[t.GatewayID]
	most, refusal := s.MayProcess(traits.Gateway.IsFoodOnly)
	if refusal != nil {
		return refusal, nil
	}
	if s.Payment.Mode != ModeSetup && t.RequestedMinor > most {
		if room, _ := s.MayProcess(false); traits.Gateway.IsFoodOnly && t.RequestedMinor <= room {
			return s.notFood(most), nil
		}
		e := Refuse(CodeAmountExceedsOutstanding, input("amount"), "At most %s can be asked for.", s.money(most))
		e.Maximum = s.money(most)
		return e, nil
	}
	s.addAttempt(t)
	return nil, nil
}

func (s *State) addAttempt(t Transaction) {
	t.PaymentID, t.AttemptNumber, t.Currency = s.Payment.ID, len(s.Attempts)+1, s.Payment.Currency
	if t.Status == TransactionCreated {
		t.Lease(s.Now)
	}
	t.IsWallet = t.MethodType == MethodLocalWallet || t.MethodType == MethodMobileWallet
	t.ReconciliationStatus, t.CreatedAt, t.UpdatedAt = Unreconciled, s.Now, s.Now
	s.Attempts = append(s.Attempts, t)
	p := &s.Payment
	p.MethodType, p.MethodLabel, p.NextRetryAt, p.UnattemptedAt = &t.MethodType, t.MethodLabel, nil, nil
	if t.PaymentMethodID != nil {
		p.PaymentMethodID = t.PaymentMethodID
	}
	s.note(EventTransactionCreated, &t.ID, t.RequestedMinor)
}

// MayComplete refuses an answer to an attempt's action.
func (s *State) MayComplete(id uuid.UUID) *Error {
	t, at := s.Attempt(id), input("transactionId")
	switch {
	case t.Status != TransactionRequiresAction:
		return wrongState(at, string(t.Status), []string{string(TransactionRequiresAction)}, "The attempt waits for nothing from the payer.")
	case t.ActionExpiresAt != nil && !s.Now.Before(*t.ActionExpiresAt):
		return Refuse(CodeActionExpired, at, "The time to act is over.")
	case t.IsGuessed(): // also where the gateway did not let go of it
		return Refuse(CodeActionExpired, at, tooManyTries)
	case !s.Traits[t.GatewayID].Completes:
		return Refuse(CodeGatewayUnavailable, at, "The gateway takes the payer's answer itself.")
	case s.closing():
		return Refuse(CodePaymentClosed, at, "The payment is closed.")
	case s.Now.Before(t.LeaseUntil):
		return inProgress(at, "Another answer is being checked.")
	case s.openOperation(id) != nil:
		return inProgress(at, "The attempt is being called off.")
	}
	return nil
}
