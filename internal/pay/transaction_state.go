package pay

import (
	"fmt"
	"time"

	"github.com/paygraph/paygraph/internal/money"
)

// TransactionStatus is where an attempt stands. CONFIRMED, PARTIALLY_REFUNDED
// and REFUNDED are shown over CAPTURED by its amounts and never stored.
type TransactionStatus string

// The transaction statuses.
const (
	TransactionCreated         TransactionStatus = "CREATED"
	TransactionRequiresAction  TransactionStatus = "REQUIRES_ACTION"
	TransactionPending         TransactionStatus = "PENDING"
	TransactionUnknown         TransactionStatus = "UNKNOWN"
	TransactionAuthorized      TransactionStatus = "AUTHORIZED"
	TransactionCaptured        TransactionStatus = "CAPTURED"
	TransactionFailed          TransactionStatus = "FAILED"
	TransactionDropped         TransactionStatus = "DROPPED"
	TransactionCancelled       TransactionStatus = "CANCELLED"
	TransactionVoided          TransactionStatus = "VOIDED"
	TransactionExpired         TransactionStatus = "EXPIRED"
	TransactionPendingApproval TransactionStatus = "PENDING_APPROVAL"
	TransactionRejected        TransactionStatus = "REJECTED"

	TransactionConfirmed         TransactionStatus = "CONFIRMED"
	TransactionPartiallyRefunded TransactionStatus = "PARTIALLY_REFUNDED"
	TransactionRefunded          TransactionStatus = "REFUNDED"
)

// InFlight says that a gateway was asked and has not given a result.
func (s TransactionStatus) InFlight() bool {
	switch s {
	case TransactionCreated, TransactionRequiresAction, TransactionPending, TransactionUnknown:
		return true
	}
	return false
}

// Over says that an attempt ended without money. A success that is reported after
// that is late.
func (s TransactionStatus) Over() bool {
	switch s {
	case TransactionFailed, TransactionDropped, TransactionCancelled, TransactionExpired, TransactionRejected, TransactionVoided:
		return true
	}
	return false
}

// FreesSlip says that the slip of a manual payment may be submitted again.
func (s TransactionStatus) FreesSlip() bool {
	return s == TransactionCancelled || s == TransactionRejected
}

// ShownStatus is the status with what its amounts say on top.
func (t Transaction) ShownStatus() TransactionStatus {
	switch {
	case t.Status != TransactionCaptured || t.CapturedMinor == 0:
		return t.Status
	case t.RefundedMinor == t.CapturedMinor:
		return TransactionRefunded
	case t.RefundedMinor > 0:
		return TransactionPartiallyRefunded
	case t.ConfirmedMinor == t.CapturedMinor && t.ReconciliationStatus != Discrepancy:
		return TransactionConfirmed
	}
	return t.Status
}

// Fact is what a gateway said about an attempt. Facts are recorded even when
// they come late or are not welcome; only arithmetic can refuse one.
type Fact struct {
	// To is the state that the gateway reports. CONFIRMED says that captured
	// money was settled.
	To TransactionStatus
	// At is when it happened by the provider's own clock, if it told. It decides which of
	// two reports is the newer one, in whatever order they come.
	At *time.Time
	// AmountMinor is what is held (AUTHORIZED), captured in all (CAPTURED) or
	// settled in all (CONFIRMED).
	AmountMinor int64
	// HeldMinor is what stays held beside what was captured (CAPTURED); nil where the
	// gateway does not say. Then what was captured is taken to have come from the hold: a
	// hold ends by word of the gateway, never by its silence.
	HeldMinor *int64
	// VoucherMinor and VoucherCount: the part of the first capture that vouchers paid. Where
	// the gateway takes nothing but vouchers it need not be told: see applyVouchers.
	VoucherMinor int64
	VoucherCount int
	FeeMinor     *int64

	ExternalID, ExternalID2, ExternalID3 *string

	Error       *TransactionError
	Action      *TransactionAction
	Details     MethodDetails
	HolderName  *string
	HolderEmail *string
	// HoldExpiresAt is when the gateway releases what it holds, if it told.
	HoldExpiresAt *time.Time
	// SavedToken stands for the method from now on, where one was saved.
	SavedToken *string
	// Attention is why a person should look, if the fact itself is the reason.
	Attention AttentionReason
	// Answered: it is what came of the payer's answer to the action, if only that nothing
	// was heard of it. No report is.
	Answered bool `json:"-"`
	// Lease is set where the fact is that nothing was sent: it is the lease under which
	// that was tried, and the fact is worth nothing once somebody else took it. No report
	// has one.
	Lease time.Time `json:"-"`
}

// Believable turns an answer that cannot be about a request for this amount into an
// unknown outcome: a person must look before anything more is concluded from it.
func (f Fact) Believable(asked money.Money) Fact {
	moved := f.To == TransactionAuthorized || f.To == TransactionCaptured
	if asked.Minor == 0 && f.To == TransactionCaptured && f.AmountMinor == 0 {
		return f // a method was saved
	}
	if moved && (f.AmountMinor < 1 || f.AmountMinor > asked.Minor || f.VoucherMinor < 0 || f.VoucherMinor > f.AmountMinor) {
		return Fact{To: TransactionUnknown, Attention: AttentionAmountMismatch}
	}
	return f
}

// factTransitions says which reported states an attempt can take from where.
// A reported state that is missing here changes nothing: a success is never
// undone by an older answer that arrives late.
var factTransitions = map[TransactionStatus][]TransactionStatus{
	TransactionCreated: {TransactionRequiresAction, TransactionPending, TransactionUnknown,
		TransactionAuthorized, TransactionCaptured, TransactionFailed, TransactionCancelled, TransactionVoided},
	// REQUIRES_ACTION again is a next step: a redirect after a code.
	// UNKNOWN is only what came of the payer's answer: see takes.
	TransactionRequiresAction: {TransactionRequiresAction, TransactionPending, TransactionUnknown, TransactionAuthorized,
		TransactionCaptured, TransactionFailed, TransactionDropped, TransactionCancelled, TransactionExpired, TransactionVoided},
	// VOIDED before the hold is known: the report of the hold comes too late.
	TransactionPending: {TransactionRequiresAction, TransactionUnknown, TransactionAuthorized,
		TransactionCaptured, TransactionFailed, TransactionDropped, TransactionCancelled, TransactionExpired, TransactionVoided},
	TransactionUnknown: {TransactionRequiresAction, TransactionPending, TransactionAuthorized,
		TransactionCaptured, TransactionFailed, TransactionDropped, TransactionCancelled, TransactionExpired, TransactionVoided},
	// AUTHORIZED again, with another amount, is an authorization that was adjusted.
	TransactionAuthorized: {TransactionAuthorized, TransactionCaptured, TransactionVoided, TransactionExpired},
	// CAPTURED again is more captured or less held; the rest may be released or run out.
	TransactionCaptured: {TransactionCaptured, TransactionVoided, TransactionExpired, TransactionConfirmed},
	// Late success: the money is real, whatever we had concluded.
	TransactionFailed:    {TransactionAuthorized, TransactionCaptured},
	TransactionDropped:   {TransactionAuthorized, TransactionCaptured},
	TransactionCancelled: {TransactionAuthorized, TransactionCaptured},
	TransactionExpired:   {TransactionAuthorized, TransactionCaptured},
	TransactionRejected:  {TransactionAuthorized, TransactionCaptured},
	TransactionVoided:    {TransactionCaptured},
}

// Apply records a fact at time now (UTC) and says whether it changed anything.
// It fails when the reported amounts cannot be true of this attempt.
func (t *Transaction) Apply(f Fact, now time.Time) (changed bool, err error) {
	f.At = toldTime(f.At)
	t.hear(f)
	if !t.takes(f) {
		return false, nil
	}
	if f.To == TransactionCaptured && t.knewLater(f) && (t.Status == TransactionVoided || t.Status == TransactionExpired) {
		f.HeldMinor = new(int64) // the rest was released since
	}
	if err := f.check(t); err != nil {
		return false, err
	}
	if t.knows(f) {
		return false, nil
	}
	t.UpdatedAt, t.LeaseUntil = now, now // whoever was waiting has the answer
	t.IsLate = t.IsLate || t.Status.Over() && !f.To.Over()
	if t.Status == TransactionCaptured {
		t.applyCaptured(f)
	} else {
		t.applyResult(f, now)
	}
	t.applyVouchers(f)
	t.applyDetails(f)
	t.applyEnds(now)
	t.applyWaits(now)
	return true, nil
}

func (f Fact) check(t *Transaction) error {
	if f.AmountMinor < 0 || f.AmountMinor > money.MaxMinor || f.VoucherMinor < 0 || f.VoucherMinor > f.AmountMinor ||
		f.HeldMinor != nil && !inRange(*f.HeldMinor) {
		return fmt.Errorf("gateway reports %d (vouchers %d) for transaction %s, or holds what cannot be held", f.AmountMinor, f.VoucherMinor, t.ID)
	}
	if f.FeeMinor != nil && (*f.FeeMinor < 0 || *f.FeeMinor > money.MaxMinor) {
		return fmt.Errorf("gateway reports a fee of %d for transaction %s", *f.FeeMinor, t.ID)
	}
	if f.To == TransactionConfirmed && f.AmountMinor > t.CapturedMinor {
		return fmt.Errorf("gateway settles %d of %d captured for transaction %s", f.AmountMinor, t.CapturedMinor, t.ID)
	}
	return nil
}

// knows says that the fact is no news: told before, or older than what is known.
func (t *Transaction) knows(f Fact) bool {
	switch {
	case t.Status == TransactionAuthorized && f.To == TransactionAuthorized:
		return f.AmountMinor == t.HeldMinor
	case t.Status == TransactionRequiresAction && f.To == TransactionRequiresAction:
		return f.Action == nil || sameAction(t.Action(), f.Action)
	case t.Status != TransactionCaptured:
		return false
	}
	switch f.To {
	case TransactionConfirmed:
		return f.AmountMinor <= t.ConfirmedMinor
	case TransactionCaptured:
		// What was captured only grows, so less of it is an older report.
		return f.AmountMinor < t.CapturedMinor || f.AmountMinor == t.CapturedMinor && t.heldAfter(f) >= t.HeldMinor
	}
	return t.HeldMinor == 0
}

func sameAction(a, b *TransactionAction) bool {
	if a == nil || a.Type != b.Type {
		return false
	}
	return (a.URL == nil) == (b.URL == nil) && (a.URL == nil || *a.URL == *b.URL)
}

// applyResult takes the first result, or a step on the way to one.
func (t *Transaction) applyResult(f Fact, now time.Time) {
	held := t.heldAfter(f)
	t.Status, t.HeldMinor = f.To, 0
	t.IsAnswered = f.Answered || t.IsAnswered && f.To != TransactionRequiresAction
	switch f.To {
	case TransactionAuthorized:
		t.HeldMinor = f.AmountMinor
	case TransactionCaptured:
		t.CapturedMinor, t.VoucherMinor, t.HeldMinor, t.CapturedAt = f.AmountMinor, f.VoucherMinor, held, &now
		t.VoucherCount = nil
		if f.VoucherMinor > 0 {
			count := max(1, f.VoucherCount)
			t.VoucherCount = &count
		}
	}
}

// applyCaptured takes what may come after a capture; the state stays.
func (t *Transaction) applyCaptured(f Fact) {
	switch f.To {
	case TransactionConfirmed:
		t.ConfirmedMinor = f.AmountMinor
	case TransactionCaptured:
		t.CapturedMinor, t.HeldMinor = f.AmountMinor, t.heldAfter(f)
	default: // the rest was released or ran out
		t.HeldMinor = 0
	}
}

// applyVouchers counts all that a gateway of vouchers captured as paid by these, however it
// came to be captured: captures in parts and reports do not say of what money they are.
func (t *Transaction) applyVouchers(f Fact) {
	if t.MethodType != MethodVoucher && t.VouchersTendered == nil {
		return
	}
	t.VoucherMinor = t.CapturedMinor
	switch {
	case t.VoucherMinor == 0 || t.VoucherCount != nil:
	case f.VoucherCount > 0:
		t.VoucherCount = new(f.VoucherCount)
	case t.VouchersTendered != nil:
		t.VoucherCount = new(*t.VouchersTendered)
	default:
		t.VoucherCount = new(1)
	}
}

// heldAfter is what stays held after a capture.
func (t *Transaction) heldAfter(f Fact) int64 {
	held := t.HeldMinor
	switch {
	case f.HeldMinor != nil:
		return *f.HeldMinor
	case t.Status.InFlight() && !t.AutoCapture: // the report of the hold itself is still to come
		held = t.RequestedMinor
	}
	return max(0, held-(f.AmountMinor-t.CapturedMinor))
}

// applyEnds sets until when an action or a hold stands where the gateway did not say.
func (t *Transaction) applyEnds(now time.Time) {
	if t.Status == TransactionRequiresAction && t.ActionExpiresAt == nil {
		at := now.Add(ActionTTL)
		t.ActionExpiresAt = &at
	}
	switch {
	case t.HeldMinor == 0:
		t.HoldExpiresAt = nil
	case t.HoldExpiresAt == nil:
		at := now.Add(HoldTTL)
		t.HoldExpiresAt = &at
	}
}

// applyWaits sets when the program looks at the attempt again.
func (t *Transaction) applyWaits(now time.Time) {
	switch {
	case t.Status == TransactionCreated || t.Status == TransactionUnknown:
		t.wait(unknownWaits, now)
	case t.Status == TransactionPending:
		t.wait(pendingWaits, now)
	case t.Status == TransactionRequiresAction && t.ActionExpiresAt != nil:
		t.wakeAt(*t.ActionExpiresAt)
	case t.HeldMinor > 0 && t.HoldExpiresAt != nil:
		t.wakeAt(*t.HoldExpiresAt)
	default:
		t.rest()
	}
}

func (t *Transaction) applyDetails(f Fact) {
	keep(&t.ToldAt, f.At)
	keep(&t.ExternalID, f.ExternalID)
	keep(&t.ExternalID2, f.ExternalID2)
	keep(&t.ExternalID3, f.ExternalID3)
	keep(&t.HolderName, f.HolderName)
	keep(&t.HolderEmail, f.HolderEmail)
	if f.FeeMinor != nil && (t.FeeMinor == nil || t.FeeIsEstimated) { // a settlement's word is better
		t.FeeMinor, t.FeeIsEstimated = f.FeeMinor, f.To != TransactionConfirmed
	}
	keep(&t.HoldExpiresAt, f.HoldExpiresAt)
	if f.Details != (MethodDetails{}) {
		t.Details = f.Details
	}
	if f.To != TransactionConfirmed {
		t.setError(f.Error)
	}
	if a := f.Action; a != nil {
		t.ActionType, t.ActionExternalID, t.ActionURL = &a.Type, a.ExternalTransactionID, a.URL
		t.ActionData, t.ActionExpiresAt = a.Data, a.ExpiresAt
	}
}

func (t *Transaction) setError(e *TransactionError) {
	t.Failure.setError(e)
	t.DeclineType = nil
	if e != nil {
		t.DeclineType = e.DeclineType
	}
}

// keep overwrites *into only with something.
func keep[T any](into **T, value *T) {
	if value != nil {
		*into = value
	}
}
