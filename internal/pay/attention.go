package pay

import "slices"

// attention lists why a person should look at the payment.
func (s *State) attention() (list []AttentionReason) {
	add := func(when bool, reason AttentionReason) {
		if when {
			list = append(list, reason)
		}
	}
	p := s.Payment
	some := func(is func(Transaction) bool) bool { return slices.ContainsFunc(s.Attempts, is) }
	unknown := anyIn(s.Attempts, TransactionUnknown) ||
		slices.ContainsFunc(s.Operations, func(o Operation) bool { return o.Status == OperationUnknown }) ||
		slices.ContainsFunc(s.Refunds, func(r Refund) bool { return r.Status == RefundUnknown })
	add(unknown, AttentionUnknownOutcome)
	add(p.ReconciliationStatus == Discrepancy || some(func(t Transaction) bool { return t.strange() }), AttentionAmountMismatch)
	add(p.netMinor() > p.FinalMinor || p.netMinor() > 0 && s.overpays(), AttentionOverpaid)
	add(some(func(t Transaction) bool { return t.IsLate && t.HeldMinor+t.netMinor() > 0 }), AttentionLateCapture)
	add(p.RefundStatus == RefundsFailed || p.RefundStatus == RefundsImpossible, AttentionRefundFailed)
	add(p.ChargedBackMinor > 0, AttentionChargeback)
	add(some(func(t Transaction) bool {
		return t.Status == TransactionPendingApproval && !s.Now.Before(t.CreatedAt.Add(ApprovalTTL))
	}), AttentionApprovalOverdue)
	add(s.isStuckOpen(), AttentionNotReleased)
	add(p.UnattemptedAt != nil && p.Closed == nil && p.CapturedMinor < p.FinalMinor, AttentionAttemptRefused)
	return list
}

// callAttention sets the reasons that nobody has seen to. A reason that is over, and
// one that a new fact raised again, has to be seen to anew.
func (s *State) callAttention() {
	p, all := &s.Payment, s.attention()
	p.Acknowledged = slices.DeleteFunc(slices.Clone(p.Acknowledged), func(r AttentionReason) bool { return !slices.Contains(all, r) })
	p.Attention = Strings[AttentionReason]{}
	for _, reason := range all {
		if !slices.Contains(p.Acknowledged, reason) {
			p.Attention = append(p.Attention, reason)
		}
	}
}

// raise has a reason seen to again that was acknowledged before.
func (s *State) raise(reason AttentionReason) {
	s.Payment.Acknowledged = slices.DeleteFunc(slices.Clone(s.Payment.Acknowledged), func(r AttentionReason) bool { return r == reason })
}

// overpays says that an order or invoice of the payment has more than its total.
func (s *State) overpays() bool {
	return slices.ContainsFunc(s.Allocations, func(a PaymentAllocation) bool {
		d, _ := s.debt(a)
		return d != nil && a.CapturedMinor > a.RefundedMinor && d.CapturedMinor-d.RefundedMinor > d.TotalMinor
	})
}

// MayAcknowledge refuses unless the reasons stand. An unknown outcome is not to be
// put aside: it is resolved.
func (s *State) MayAcknowledge(reasons []AttentionReason) *Error {
	if len(reasons) == 0 {
		return wrongState(input("reasons"), string(s.Payment.Status), nil, "Nothing about the payment can be put aside.")
	}
	for i, reason := range reasons {
		switch at := input("reasons").Index(i); {
		case reason == AttentionUnknownOutcome:
			return Refuse(CodeInvalidInput, at, "An outcome that is not known is resolved with resolveTransaction.")
		case !slices.Contains(s.Payment.Attention, reason):
			return wrongState(at, string(s.Payment.Status), nil, "The payment has no such reason to be looked at.")
		}
	}
	return nil
}

// acknowledgeable are the reasons that a person may put aside.
func (s *State) acknowledgeable() []AttentionReason {
	return slices.DeleteFunc(slices.Clone(s.Payment.AttentionReasons()), func(r AttentionReason) bool { return r == AttentionUnknownOutcome })
}

// Acknowledge notes that a person has seen to the reasons. What disagreed with a
// settlement counts as settled as far as it was confirmed.
func (s *State) Acknowledge(reasons []AttentionReason, note string) *Error {
	if refusal := s.MayAcknowledge(reasons); refusal != nil {
		return refusal
	}
	s.Payment.Acknowledged = append(slices.Clone(s.Payment.Acknowledged), reasons...)
	if slices.Contains(reasons, AttentionAmountMismatch) {
		for i := range s.Attempts {
			t := &s.Attempts[i]
			t.IsMismatch, t.UpdatedAt = false, s.Now
			if t.ReconciliationStatus == Discrepancy {
				t.ReconciliationStatus = reconciled(t.ConfirmedMinor, t.CapturedMinor)
			}
		}
	}
	s.note(EventAttentionResolved, nil, s.Payment.FinalMinor).Reason = &note
	return nil
}
