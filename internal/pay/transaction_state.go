package pay

import (
	"fmt"
	"slices"
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

// ShownStatus is the status with what its amounts say on top.
func (t Transaction) ShownStatus() TransactionStatus {
	switch {
	case t.Status != TransactionCaptured || t.CapturedMinor == 0:
		return t.Status
	case t.RefundedMinor == t.CapturedMinor:
		return TransactionRefunded
	case t.RefundedMinor > 0:
		return TransactionPartiallyRefunded
	case t.ConfirmedMinor == t.CapturedMinor:
		return TransactionConfirmed
	}
	return t.Status
}

// Fact is what a gateway said about an attempt. Facts are recorded even when
// they come late or are not welcome; only arithmetic can refuse one.
type Fact struct {
	// To is the state that the gateway reports.
	To TransactionStatus
	// AmountMinor is what is held (AUTHORIZED) or captured (CAPTURED).
	AmountMinor int64
	// VoucherMinor and VoucherCount: the part of the capture that vouchers paid.
	VoucherMinor int64
	VoucherCount int
	FeeMinor     *int64

	ExternalID, ExternalID2, ExternalID3 *string

	Error       *TransactionError
	Action      *TransactionAction
	Details     MethodDetails
	HolderName  *string
	HolderEmail *string
	// Attention is why a person should look, if the fact itself is the reason.
	Attention AttentionReason
}

// factTransitions says which reported states an attempt can take from where.
// A reported state that is missing here changes nothing: a success is never
// undone by an older answer that arrives late.
var factTransitions = map[TransactionStatus][]TransactionStatus{
	TransactionCreated: {TransactionRequiresAction, TransactionPending, TransactionUnknown,
		TransactionAuthorized, TransactionCaptured, TransactionFailed},
	TransactionRequiresAction: {TransactionPending, TransactionUnknown, TransactionAuthorized,
		TransactionCaptured, TransactionFailed, TransactionDropped, TransactionCancelled},
	TransactionPending: {TransactionRequiresAction, TransactionUnknown, TransactionAuthorized,
		TransactionCaptured, TransactionFailed, TransactionCancelled},
	TransactionUnknown: {TransactionRequiresAction, TransactionPending, TransactionAuthorized,
		TransactionCaptured, TransactionFailed},
	// AUTHORIZED again, with another amount, is an authorization that was adjusted.
	TransactionAuthorized: {TransactionAuthorized, TransactionCaptured, TransactionVoided, TransactionExpired},
	// Late success: the money is real, whatever we had concluded.
	TransactionFailed:    {TransactionAuthorized, TransactionCaptured},
	TransactionDropped:   {TransactionAuthorized, TransactionCaptured},
	TransactionCancelled: {TransactionAuthorized, TransactionCaptured},
	TransactionExpired:   {TransactionAuthorized, TransactionCaptured},
	TransactionRejected:  {TransactionAuthorized, TransactionCaptured},
}

// Apply records a fact at time now (UTC) and says whether it changed anything.
// It fails when the reported amounts cannot be true of this attempt.
func (t *Transaction) Apply(f Fact, now time.Time) (changed bool, err error) {
	if !slices.Contains(factTransitions[t.Status], f.To) {
		return false, nil
	}
	if f.AmountMinor < 0 || f.AmountMinor > money.MaxMinor || f.VoucherMinor < 0 || f.VoucherMinor > f.AmountMinor {
		return false, fmt.Errorf("gateway reports %d (vouchers %d) for transaction %s", f.AmountMinor, f.VoucherMinor, t.ID)
	}
	if f.FeeMinor != nil && (*f.FeeMinor < 0 || *f.FeeMinor > money.MaxMinor) {
		return false, fmt.Errorf("gateway reports a fee of %d for transaction %s", *f.FeeMinor, t.ID)
	}
	if f.To == t.Status && f.AmountMinor == t.HeldMinor {
		return false, nil // the same authorization, told twice
	}
	t.Status, t.UpdatedAt = f.To, now
	t.HeldMinor = 0
	switch f.To {
	case TransactionAuthorized:
		t.HeldMinor = f.AmountMinor
	case TransactionCaptured:
		t.CapturedMinor, t.VoucherMinor, t.CapturedAt = f.AmountMinor, f.VoucherMinor, &now
		t.VoucherCount = nil
		if f.VoucherMinor > 0 {
			count := max(1, f.VoucherCount)
			t.VoucherCount = &count
		}
	}
	t.applyDetails(f)
	return true, nil
}

func (t *Transaction) applyDetails(f Fact) {
	keep(&t.ExternalID, f.ExternalID)
	keep(&t.ExternalID2, f.ExternalID2)
	keep(&t.ExternalID3, f.ExternalID3)
	keep(&t.HolderName, f.HolderName)
	keep(&t.HolderEmail, f.HolderEmail)
	keep(&t.FeeMinor, f.FeeMinor)
	if f.Details != (MethodDetails{}) {
		t.Details = f.Details
	}
	t.ErrorCode, t.ErrorMessage, t.DeclineType = nil, nil, nil
	t.ExternalErrorCode, t.ExternalErrorMessage = nil, nil
	if e := f.Error; e != nil {
		t.ErrorCode, t.ErrorMessage, t.DeclineType = &e.Code, &e.Message, e.DeclineType
		if e.External != nil {
			t.ExternalErrorCode, t.ExternalErrorMessage = e.External.Code, e.External.Message
		}
	}
	if a := f.Action; a != nil {
		t.ActionType, t.ActionExternalID, t.ActionURL = &a.Type, a.ExternalTransactionID, a.URL
		t.ActionData, t.ActionExpiresAt = a.Data, a.ExpiresAt
	}
}

// keep overwrites *into only with something.
func keep[T any](into **T, value *T) {
	if value != nil {
		*into = value
	}
}
