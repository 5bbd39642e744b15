package pay

import "cmp"

// MaySubmitPaid is MaySubmit for money that is there: what payers were told to pay on the
// checkout page and say that they did, and what a clerk has in hand; up to all that the
// payment is for, together with what else was told so. Who pays outside a gateway cannot take
// it back because less is owed meanwhile, so it is recorded all the same: who approves it
// decides whether it is surplus. One who says so twice is told that it is being checked.
func (s *State) MaySubmitPaid() (int64, *Error) {
	p, at := s.Payment, input("paymentId")
	if refusal := cmp.Or(s.mayGoOn(), s.mayCollect()); refusal != nil {
		return 0, refusal
	}
	switch {
	case p.RefundedMinor+p.RefundPendingMinor > 0:
		return 0, wrongState(at, string(p.Status), startable, "Money of the payment went back, so no more is collected for it.")
	case len(s.Attempts) >= MaxAttempts:
		return 0, Refuse(CodeTooManyItems, at, "A payment has at most %d attempts.", MaxAttempts)
	}
	waiting := s.pendingApprovalMinor()
	switch room := p.FinalMinor - waiting - s.approvedMinor(); {
	case room > 0:
		return room, nil
	case waiting > 0:
		return 0, inProgress(at, "What was told to be paid, and waits for approval or was approved, is all that the payment is for.")
	}
	e := Refuse(CodeAmountExceedsOutstanding, input("amount"), "All that the payment is for was told to be paid, and approved.")
	e.Maximum = s.money(0)
	return 0, e
}

// approvedMinor is the money of manual payments that were approved.
func (s *State) approvedMinor() (minor int64) {
	for _, t := range s.Attempts {
		if t.ApprovedBy != nil {
			minor += t.CapturedMinor
		}
	}
	return minor
}

// SubmitPaid is Submit under the rule of MaySubmitPaid.
func (s *State) SubmitPaid(t Transaction) *Error {
	most, refusal := s.MaySubmitPaid()
	if refusal == nil {
		refusal = s.submit(t, most)
	}
	return refusal
}

// isAskedFor says that other attempts of the payment have asked for, or hold, what a manual
// payment is about: approved now, it would be collected twice.
func (s *State) isAskedFor(t *Transaction) bool {
	p := s.Payment
	asked := p.InFlightMinor + p.HeldMinor
	return asked > 0 && t.RequestedMinor > p.FinalMinor-p.CapturedMinor-asked
}
