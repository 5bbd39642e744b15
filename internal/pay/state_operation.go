package pay

import (
	"slices"
	"time"

	"github.com/google/uuid"
)

// heldBy refuses what needs held money that no other request is about.
func (s *State) heldBy(t *Transaction, nothing Code, message string) *Error {
	at := input("transactionId")
	if s.openOperation(t.ID) != nil {
		return inProgress(at, "Another request about the attempt is under way.")
	}
	if t.HeldMinor == 0 {
		return Refuse(nothing, at, "%s", message)
	}
	return nil
}

// MayCapture refuses a capture, and says the most that one may take.
func (s *State) MayCapture(id uuid.UUID) (int64, *Error) {
	t, at := s.Attempt(id), input("transactionId")
	if t.HeldMinor == 0 && t.CapturedMinor > 0 {
		return 0, Refuse(CodeAlreadyCaptured, at, "All of the attempt was captured.")
	}
	if t.HeldMinor == 0 {
		return 0, wrongState(at, string(t.Status), []string{string(TransactionAuthorized)}, "The attempt holds nothing.")
	}
	if refusal := s.heldBy(t, CodeInvalidState, ""); refusal != nil {
		return 0, refusal
	}
	switch {
	case s.closing():
		return 0, Refuse(CodePaymentClosed, at, "The payment is closed; what is held can only be released.")
	case !s.Traits[t.GatewayID].Captures:
		return 0, Refuse(CodeGatewayUnavailable, at, "The gateway captures by itself.")
	case t.CapturedMinor > 0 && !s.Traits[t.GatewayID].MultiCapture:
		return 0, Refuse(CodeAlreadyCaptured, at, "The gateway captures an authorization once.")
	}
	most := min(t.HeldMinor, s.Payment.FinalMinor-s.Payment.CapturedMinor-s.beingCapturedMinor())
	if most <= 0 {
		return 0, Refuse(CodeCaptureExceedsAuthorized, at, "All that the payment is for was captured.")
	}
	return most, nil
}

func (s *State) beingCapturedMinor() (minor int64) {
	for _, o := range s.Operations {
		if o.Kind == OperationCapture && o.Status.Open() {
			minor += o.AmountMinor
		}
	}
	return minor
}

// Capture asks for held money: minor units, or with nil all that may be taken.
func (s *State) Capture(id, operation uuid.UUID, minor *int64, final bool) *Error {
	most, refusal := s.MayCapture(id)
	if refusal != nil {
		return refusal
	}
	amount := most
	if minor != nil {
		amount = *minor
	}
	if amount > most {
		e := Refuse(CodeCaptureExceedsAuthorized, input("amount"), "At most %s can be captured.", s.money(most))
		e.Maximum = s.money(most)
		return e
	}
	t := s.Attempt(id)
	final = final || !s.Traits[t.GatewayID].MultiCapture
	s.operate(t, operation, OperationCapture, amount, final)
	return nil
}

// MayVoid refuses to release what an attempt holds.
func (s *State) MayVoid(id uuid.UUID) *Error {
	t := s.Attempt(id)
	if refusal := s.heldBy(t, CodeNothingToVoid, "The attempt holds nothing."); refusal != nil {
		return refusal
	}
	if !s.Traits[t.GatewayID].Voids {
		return Refuse(CodeGatewayUnavailable, input("transactionId"), "The gateway releases nothing on request.")
	}
	return nil
}

// Void asks to release all that an attempt holds.
func (s *State) Void(id, operation uuid.UUID) *Error {
	if refusal := s.MayVoid(id); refusal != nil {
		return refusal
	}
	t := s.Attempt(id)
	s.operate(t, operation, OperationVoid, t.HeldMinor, true)
	return nil
}

// MayCancelAttempt refuses to call off an attempt without a result.
func (s *State) MayCancelAttempt(id uuid.UUID) *Error {
	t, at := s.Attempt(id), input("transactionId")
	switch {
	case t.Status != TransactionRequiresAction && t.Status != TransactionPending:
		return wrongState(at, string(t.Status), []string{string(TransactionRequiresAction), string(TransactionPending)},
			"Only an attempt that waits can be called off.")
	case s.openOperation(id) != nil || s.Now.Before(t.LeaseUntil):
		return inProgress(at, "Another request about the attempt is under way.")
	case !s.Traits[t.GatewayID].Cancels:
		return Refuse(CodeGatewayUnavailable, at, "The gateway calls off nothing on request.")
	}
	return nil
}

// CancelAttempt asks to call off an attempt without a result.
func (s *State) CancelAttempt(id, operation uuid.UUID) *Error {
	if refusal := s.MayCancelAttempt(id); refusal != nil {
		return refusal
	}
	t := s.Attempt(id)
	s.operate(t, operation, OperationCancel, t.RequestedMinor, true)
	return nil
}

func (s *State) newOperation(t *Transaction, id uuid.UUID, kind OperationKind, minor int64) Operation {
	o := Operation{ID: id, PaymentID: s.Payment.ID, TransactionID: t.ID, Kind: kind, Currency: s.Payment.Currency, AmountMinor: minor,
		CapturedBeforeMinor: t.CapturedMinor, Status: OperationRequested, CreatedBy: s.Actor.ID, CreatedAt: s.Now, UpdatedAt: s.Now}
	o.Lease(s.Now)
	return o
}

func (s *State) addOperation(o Operation) *PaymentEvent {
	s.Operations = append(s.Operations, o)
	return s.noteOperation(o, string(o.Status))
}

func (s *State) operate(t *Transaction, id uuid.UUID, kind OperationKind, minor int64, final bool) {
	o := s.newOperation(t, id, kind, minor)
	o.IsFinal = final
	e := s.addOperation(o)
	if kind == OperationCancel && t.IsGuessed() {
		e.Reason = new(tooManyTries)
	}
}

// ApplyOperation records what a gateway said about an operation, carries its
// effect over to the attempt, and says whether that was news.
func (s *State) ApplyOperation(id uuid.UUID, f OperationFact) (bool, error) {
	o := s.Operation(id)
	if o == nil {
		return false, missing("operation", id)
	}
	if o.lost(f.Lease) {
		f = OperationFact{To: OperationUnknown}
	}
	if !slices.Contains(operationFacts[o.Status], f.To) {
		return false, nil
	}
	t := s.Attempt(o.TransactionID)
	if t == nil {
		return false, missing("transaction", o.TransactionID)
	}
	keep(&o.ExternalID, f.ExternalID)
	o.setError(f.Error)
	s.moveOperation(o, f.To)
	if f.To != OperationSucceeded {
		return true, nil
	}
	if o.RefundID != nil {
		_, err := s.ApplyRefund(*o.RefundID, RefundFact{To: RefundCancelled})
		return true, err
	}
	t.addFee(f.FeeMinor)
	return true, s.effect(o, t)
}

// moveOperation gives an operation another state, whatever told it, and tells of it.
func (s *State) moveOperation(o *Operation, to OperationStatus) {
	o.Status, o.UpdatedAt, o.LeaseUntil = to, s.Now, s.Now
	o.applyWaits(s.Now)
	s.noteOperation(*o, string(to))
}

// AskedOperation notes that a gateway was asked about an operation and had no
// news. It says whether there is anything to wait for.
func (s *State) AskedOperation(id uuid.UUID) bool {
	o := s.Operation(id)
	if o == nil || !o.Status.Open() {
		return false
	}
	o.Checks++
	o.LeaseUntil = s.Now // as that of a refund
	o.applyWaits(s.Now)
	return true
}

// applyWaits sets when the program asks about the operation again.
func (o *Operation) applyWaits(now time.Time) {
	switch o.Status {
	case OperationRequested, OperationUnknown:
		o.wait(unknownWaits, now)
	case OperationPending:
		o.wait(pendingWaits, now)
	default:
		o.rest()
	}
}

// effect is what an operation that succeeded does to its attempt. It goes by the
// amounts as they are now: a report of the same may have come another way.
func (s *State) effect(o *Operation, t *Transaction) error {
	var f Fact
	switch o.Kind {
	case OperationCapture:
		f = Fact{To: TransactionCaptured, AmountMinor: max(t.CapturedMinor, o.capturedMinor())}
		if o.IsFinal {
			f.HeldMinor = new(int64)
		}
	case OperationVoid:
		f = Fact{To: TransactionVoided}
	case OperationExpire:
		f = Fact{To: TransactionExpired}
	case OperationDrop:
		f = Fact{To: TransactionDropped, Error: &TransactionError{Code: ErrorNotCompleted, Message: "The payer did not come back."}}
	default:
		f = Fact{To: TransactionCancelled, Error: &TransactionError{Code: ErrorCancelled, Message: "The attempt was called off."}}
		if t.IsGuessed() {
			f = Fact{To: TransactionFailed, Error: &TransactionError{Code: ErrorTooManyTries, Message: tooManyTries}}
		}
	}
	_, err := s.ApplyFact(t.ID, f)
	return err
}

// addFee adds what the gateway says that a capture costs; the settlement has the last
// word.
func (t *Transaction) addFee(minor *int64) {
	if minor == nil || t.FeeMinor != nil && !t.FeeIsEstimated {
		return
	}
	fee := *minor
	if t.FeeMinor != nil {
		fee += *t.FeeMinor
	}
	t.FeeMinor, t.FeeIsEstimated = &fee, true
}

// endOperations ends what was asked for about an attempt where a report says that it
// happened, or that it cannot any more: nobody has to wait for the answer.
func (s *State) endOperations(t *Transaction) {
	for i := range s.Operations {
		o := &s.Operations[i]
		if o.TransactionID != t.ID || o.RefundID != nil || !o.Status.Open() {
			continue
		}
		to := o.outcome(*t)
		if to.Open() {
			continue
		}
		s.moveOperation(o, to)
	}
}

// capturedMinor is what the attempt has captured in all once it captured the operation's
// amount.
func (o Operation) capturedMinor() int64 { return o.CapturedBeforeMinor + o.AmountMinor }

// outcome is what the attempt's amounts say of an operation on it.
func (o Operation) outcome(t Transaction) OperationStatus {
	switch o.Kind {
	case OperationCapture:
		// That nothing is held any more does not say that the capture failed: it may have
		// come before what was left was released. The gateway is asked.
		if t.CapturedMinor >= o.capturedMinor() {
			return OperationSucceeded
		}
	case OperationVoid, OperationExpire:
		if t.HeldMinor == 0 && t.CapturedMinor < o.capturedMinor() {
			return OperationSucceeded
		}
		if t.HeldMinor == 0 { // all of it was captured
			return OperationFailed
		}
	default:
		if t.Status.Over() {
			return OperationSucceeded
		}
		if t.HeldMinor+t.CapturedMinor > 0 {
			return OperationFailed
		}
	}
	return o.Status
}
