package pay

import "github.com/paygraph/paygraph/internal/money"

// PaymentStatus is the headline of a payment, derived by DeriveStatus.
type PaymentStatus string

// The payment statuses.
const (
	PaymentCreated           PaymentStatus = "CREATED"
	PaymentPendingApproval   PaymentStatus = "PENDING_APPROVAL"
	PaymentRequiresAction    PaymentStatus = "REQUIRES_ACTION"
	PaymentProcessing        PaymentStatus = "PROCESSING"
	PaymentOnRetry           PaymentStatus = "ON_RETRY"
	PaymentAuthorized        PaymentStatus = "AUTHORIZED"
	PaymentPartiallyPaid     PaymentStatus = "PARTIALLY_PAID"
	PaymentPaid              PaymentStatus = "PAID"
	PaymentConfirmed         PaymentStatus = "CONFIRMED"
	PaymentPartiallyRefunded PaymentStatus = "PARTIALLY_REFUNDED"
	PaymentRefunded          PaymentStatus = "REFUNDED"
	PaymentFailed            PaymentStatus = "FAILED"
	PaymentRejected          PaymentStatus = "REJECTED"
	PaymentCancelled         PaymentStatus = "CANCELLED"
	PaymentVoided            PaymentStatus = "VOIDED"
	PaymentExpired           PaymentStatus = "EXPIRED"
)

// DeriveStatus is the headline of a payment with these attempts, oldest first.
// It is a pure function, so the stored column can be checked against it.
func DeriveStatus(p Payment, attempts []Transaction) PaymentStatus {
	if p.Closed == nil && (p.Mode != ModeSetup && p.FinalMinor == 0 || p.Mode == ModeSetup && anyIn(attempts, TransactionCaptured)) {
		return PaymentConfirmed // nothing to collect, or the method is saved: nothing can be missing
	}
	if p.CapturedMinor > 0 {
		return capturedStatus(p)
	}
	if anyIn(attempts, TransactionPendingApproval) {
		return PaymentPendingApproval
	}
	if p.HeldMinor > 0 {
		return PaymentAuthorized
	}
	if anyIn(attempts, TransactionRequiresAction) {
		return PaymentRequiresAction
	}
	if anyIn(attempts, TransactionCreated, TransactionPending, TransactionUnknown) {
		return PaymentProcessing
	}
	return idleStatus(p, attempts)
}

func capturedStatus(p Payment) PaymentStatus {
	switch {
	case p.RefundedMinor == p.CapturedMinor && p.HeldMinor == 0 && p.InFlightMinor == 0:
		return PaymentRefunded
	case p.RefundedMinor > 0:
		return PaymentPartiallyRefunded
	case p.CapturedMinor < p.FinalMinor:
		return PaymentPartiallyPaid
	case p.ConfirmedMinor == p.CapturedMinor && p.ReconciliationStatus != Discrepancy:
		return PaymentConfirmed
	}
	return PaymentPaid
}

// idleStatus is the headline while nothing is captured, held or under way.
func idleStatus(p Payment, attempts []Transaction) PaymentStatus {
	switch {
	case p.Closed != nil && *p.Closed == PaymentExpired:
		return PaymentExpired
	case p.Closed != nil && anyIn(attempts, TransactionVoided):
		return PaymentVoided
	case p.Closed != nil:
		return PaymentCancelled
	case p.NextRetryAt != nil:
		return PaymentOnRetry
	case len(attempts) == 0:
		return PaymentCreated
	}
	switch attempts[len(attempts)-1].Status {
	case TransactionRejected:
		return PaymentRejected
	case TransactionFailed, TransactionDropped, TransactionExpired:
		return PaymentFailed
	}
	return PaymentCreated
}

func anyIn(attempts []Transaction, states ...TransactionStatus) bool {
	for _, t := range attempts {
		for _, s := range states {
			if t.Status == s {
				return true
			}
		}
	}
	return false
}

// CaptureStatus compares what was captured with what must be collected.
type CaptureStatus string

// The capture statuses.
const (
	CaptureNone    CaptureStatus = "NONE"
	CapturePartial CaptureStatus = "PARTIAL"
	CaptureFull    CaptureStatus = "FULL"
	CaptureOver    CaptureStatus = "OVER"
)

// CaptureStatus compares the paid amount with the final amount; of a SETUP, which
// collects nothing, it says whether the method is saved.
func (p Payment) CaptureStatus() CaptureStatus {
	switch {
	case p.Mode == ModeSetup && p.Status != PaymentConfirmed:
		return CaptureNone
	case p.CapturedMinor > p.FinalMinor:
		return CaptureOver
	case p.CapturedMinor == p.FinalMinor:
		return CaptureFull
	case p.CapturedMinor > 0:
		return CapturePartial
	}
	return CaptureNone
}

// AuthorizationStatus compares what is held with what is still to be collected.
type AuthorizationStatus string

// AuthorizationStatus compares the authorized amount with what is outstanding.
func (p Payment) AuthorizationStatus() AuthorizationStatus {
	switch {
	case p.HeldMinor == 0:
		return "NONE"
	case p.HeldMinor < p.FinalMinor-p.CapturedMinor:
		return "PARTIAL"
	}
	return "FULL"
}

// RefundStatusSummary sums up the refunds of a payment.
type RefundStatusSummary string

// The refund summaries.
const (
	RefundsNone       RefundStatusSummary = "NONE"
	RefundsPending    RefundStatusSummary = "PENDING"
	RefundsPartial    RefundStatusSummary = "PARTIAL"
	RefundsFull       RefundStatusSummary = "FULL"
	RefundsFailed     RefundStatusSummary = "FAILED"
	RefundsImpossible RefundStatusSummary = "IMPOSSIBLE"
)

// DeriveRefundStatus sums up the refunds of a payment, oldest first. One under
// way comes before all; then the newest one's failure, until another one
// succeeds; then the amounts.
func DeriveRefundStatus(p Payment, refunds []Refund) RefundStatusSummary {
	newest := RefundState("")
	for _, r := range refunds {
		if r.Status.Open() {
			return RefundsPending
		}
		if r.Status != RefundCancelled {
			newest = r.Status
		}
	}
	switch {
	case newest == RefundFailed:
		return RefundsFailed
	case newest == RefundImpossible:
		return RefundsImpossible
	case p.RefundedMinor == 0:
		return RefundsNone
	case p.RefundedMinor < p.CapturedMinor:
		return RefundsPartial
	}
	return RefundsFull
}

// ReconciliationStatus says how far a payment, or one attempt of it, was matched
// with settlements.
type ReconciliationStatus string

// The reconciliation statuses.
const (
	Unreconciled        ReconciliationStatus = "UNRECONCILED"
	PartiallyReconciled ReconciliationStatus = "PARTIAL"
	Reconciled          ReconciliationStatus = "RECONCILED"
	Discrepancy         ReconciliationStatus = "DISCREPANCY"
)

// DeriveReconciliation sums up the settlements of a payment's attempts.
func DeriveReconciliation(p Payment, attempts []Transaction) ReconciliationStatus {
	for _, t := range attempts {
		if t.ReconciliationStatus == Discrepancy {
			return Discrepancy
		}
	}
	return reconciled(p.ConfirmedMinor, p.CapturedMinor)
}

// reconciled is how far settlements confirmed what was captured, in minor units.
func reconciled(confirmed, captured int64) ReconciliationStatus {
	switch {
	case confirmed == 0:
		return Unreconciled
	case confirmed < captured:
		return PartiallyReconciled
	}
	return Reconciled
}

// AttentionReason is why a person should look at a payment.
type AttentionReason string

// The reasons.
const (
	AttentionUnknownOutcome  AttentionReason = "UNKNOWN_OUTCOME"
	AttentionAmountMismatch  AttentionReason = "AMOUNT_MISMATCH"
	AttentionLateCapture     AttentionReason = "LATE_CAPTURE"
	AttentionOverpaid        AttentionReason = "OVERPAID"
	AttentionRefundFailed    AttentionReason = "REFUND_FAILED"
	AttentionChargeback      AttentionReason = "CHARGEBACK"
	AttentionApprovalOverdue AttentionReason = "APPROVAL_OVERDUE"
	// AttentionNotReleased: the payment's time is over, and its gateway refused to
	// release what it holds.
	AttentionNotReleased    AttentionReason = "NOT_RELEASED"
	AttentionAttemptRefused AttentionReason = "ATTEMPT_REFUSED"
)

// SumUp replaces the folded sums of p by those of its attempts (I6).
func (p *Payment) SumUp(attempts []Transaction) error {
	s := Sums{TotalMinor: p.TotalMinor, DiscountMinor: p.DiscountMinor, FinalMinor: p.FinalMinor}
	for _, t := range attempts {
		for _, part := range []struct {
			into *int64
			add  int64
		}{
			{&s.InFlightMinor, t.InFlightMinor()}, {&s.HeldMinor, t.HeldMinor},
			{&s.CapturedMinor, t.CapturedMinor}, {&s.ConfirmedMinor, t.ConfirmedMinor},
			{&s.VoucherMinor, t.VoucherMinor}, {&s.RefundedMinor, t.RefundedMinor},
			{&s.RefundPendingMinor, t.RefundPendingMinor}, {&s.ChargedBackMinor, t.ChargedBackMinor},
		} {
			sum, err := money.Add(*part.into, part.add)
			if err != nil {
				return err
			}
			*part.into = sum
		}
		if t.FeeMinor != nil {
			fee := *t.FeeMinor
			if s.FeeMinor != nil {
				var err error
				if fee, err = money.Add(fee, *s.FeeMinor); err != nil {
					return err
				}
			}
			s.FeeMinor, s.FeeIsEstimated = &fee, s.FeeIsEstimated || t.FeeIsEstimated || t.ConfirmedMinor < t.CapturedMinor
		}
	}
	p.Sums = s
	return nil
}
