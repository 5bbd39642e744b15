package pay

import (
	"slices"

	"github.com/google/uuid"
)

// ApplyFact records what a gateway said about an attempt, and says whether that
// was news.
func (s *State) ApplyFact(id uuid.UUID, f Fact) (bool, error) {
	t := s.Attempt(id)
	if t == nil {
		return false, missing("transaction", id)
	}
	if t.lost(f.Lease) {
		f = Fact{To: TransactionUnknown}
	}
	if f.To == TransactionConfirmed && t.CapturedMinor == 0 && s.Payment.Mode != ModeSetup {
		return s.keepEarly(t, EarlyReport{Kind: EarlyConfirmation, Currency: t.Currency, AmountMinor: f.AmountMinor, FeeMinor: f.FeeMinor}), nil
	}
	if f.To == TransactionCaptured && f.HeldMinor == nil && s.releases(t, f) {
		f.HeldMinor = new(int64)
	}
	before := *t
	changed, err := t.Apply(f, s.Now)
	if err != nil {
		return false, err
	}
	if t.Status == TransactionCaptured && before.Status != TransactionCaptured {
		s.save(t, f)
	}
	if f.Attention == AttentionAmountMismatch && !t.IsMismatch {
		s.mismatch(t)
		if !changed { // a result stands, and so does what waits for the payer
			s.note(EventReportMismatch, &t.ID, f.AmountMinor)
			return true, nil
		}
	}
	if !changed {
		return false, nil
	}
	if t.IsLate && !before.IsLate {
		s.raise(AttentionLateCapture)
		s.Payment.NextRetryAt = nil // what was to be tried again was no decline; a person decides
	}
	if t.ReconciliationStatus == Reconciled && t.ConfirmedMinor < t.CapturedMinor {
		t.ReconciliationStatus = PartiallyReconciled
	}
	s.noteFact(before, *t, f)
	s.endOperations(t)
	return true, nil
}

// releases says that what a capture leaves is released with it: the gateway captures a
// hold once, or was asked for this capture as the last one.
func (s *State) releases(t *Transaction, f Fact) bool {
	return f.AmountMinor > t.CapturedMinor && (!s.Traits[t.GatewayID].MultiCapture || slices.ContainsFunc(s.Operations, func(o Operation) bool {
		return o.TransactionID == t.ID && o.Kind == OperationCapture && o.IsFinal && o.Status.Open() && o.capturedMinor() <= f.AmountMinor
	}))
}

// mismatch has a person look at an attempt whose gateway reports what cannot be.
func (s *State) mismatch(t *Transaction) {
	t.IsMismatch, t.UpdatedAt = true, s.Now
	s.raise(AttentionAmountMismatch)
}

// noteFact adds the event of a fact that changed an attempt.
func (s *State) noteFact(before, t Transaction, f Fact) {
	switch {
	case t.CapturedMinor > before.CapturedMinor:
		s.note(TransactionEvent(TransactionCaptured), &t.ID, t.CapturedMinor-before.CapturedMinor)
	case f.To == TransactionConfirmed:
		s.note(TransactionEvent(TransactionConfirmed), &t.ID, t.ConfirmedMinor-before.ConfirmedMinor)
	case before.Status == TransactionCaptured || before.Status == t.Status:
		s.note(EventTransactionHeld, &t.ID, t.HeldMinor)
	case t.Status == TransactionAuthorized:
		s.note(TransactionEvent(t.Status), &t.ID, t.HeldMinor)
	default:
		s.note(TransactionEvent(t.Status), &t.ID, t.RequestedMinor).Reason = t.ErrorMessage
	}
}

// save keeps the method that a SETUP's gateway saved. One that was paid with
// already is kept.
func (s *State) save(t *Transaction, f Fact) {
	p := &s.Payment
	if p.Mode != ModeSetup || f.SavedToken == nil || p.CustomerID == nil || t.PaymentMethodID != nil {
		return
	}
	s.Saved = &PaymentMethod{ID: NewID(), CustomerID: *p.CustomerID, GatewayID: t.GatewayID, Type: t.MethodType, Label: t.MethodLabel,
		Token: *f.SavedToken, Details: t.Details, HolderName: t.HolderName, HolderEmail: t.HolderEmail, CreatedAt: s.Now, UpdatedAt: s.Now}
	p.PaymentMethodID = &s.Saved.ID
}

// Asked notes that a gateway was asked about an attempt and had no news; it is
// asked again later and later. It says whether there is anything to wait for.
func (s *State) Asked(id uuid.UUID) bool {
	t := s.Attempt(id)
	if t == nil || t.Status != TransactionCreated && t.Status != TransactionUnknown && t.Status != TransactionPending {
		return false
	}
	t.Checks++
	t.applyWaits(s.Now)
	return true
}
