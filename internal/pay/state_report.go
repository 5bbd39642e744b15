package pay

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/money"
)

// Count records what a provider reported of an attempt by the rules of all that
// gateways say, and says what it came to and whether anything changed. A report of
// what cannot be settles nothing and has a person look; a result that is there already
// stands. ofTwo says that the provider's id in it is another attempt's.
func (s *State) Count(id uuid.UUID, r Report, ofTwo bool) (outcome WebhookOutcome, changed bool, err error) {
	t := s.Attempt(id)
	if t == nil {
		return "", false, missing("transaction", id)
	}
	r, known := s.about(*t, r)
	switch {
	case !known:
		return WebhookOrphan, false, nil
	case ofTwo || !s.believes(*t, r):
		changed, err = s.ApplyFact(id, Fact{To: TransactionUnknown, Attention: AttentionAmountMismatch})
		return WebhookMismatch, changed, err
	case r.Fact != nil && r.Fact.To == TransactionConfirmed && 0 < t.CapturedMinor && t.CapturedMinor < r.Fact.AmountMinor:
		return WebhookWaiting, false, nil // the report of the rest of the capture is still to come
	}
	was, heard := *t, s.heard(*t, r)
	changed, err = s.count(t, r)
	switch {
	case changed && t.disagreesMore(was) && !s.stands(r):
		outcome = WebhookMismatch
	case changed:
		outcome = WebhookApplied
	default:
		outcome = WebhookNothingNew
	}
	return outcome, changed || heard != s.heard(*t, r), err
}

// disagreesMore says that a report of captured money cannot be, as was not known before.
func (t Transaction) disagreesMore(was Transaction) bool {
	return t.IsMismatch && !was.IsMismatch || t.CapturedMinor > 0 && t.UnexplainedMinor > was.UnexplainedMinor
}

// hearing is what is kept of reports that are no news.
type hearing struct {
	// at is when what is known happened; told again, it may be newer.
	at            time.Time
	succeededOnce bool
	refundedMinor int64
	// disputes are the movements in them; one may move nothing yet.
	disputes string
}

// heard is what is kept of the report's subject.
func (s *State) heard(t Transaction, r Report) hearing {
	h, at := hearing{refundedMinor: t.ToldRefundedMinor, disputes: fmt.Sprint(t.Disputes)}, t.ToldAt
	if r.Refund != nil {
		refund := s.Refund(uuid.MustParse(r.Refund.ID))
		at, h.succeededOnce = refund.ToldAt, refund.SucceededOnce
	}
	if at != nil {
		h.at = *at
	}
	return h
}

// stands says that a refund is as the report says. Where the report contradicts an
// earlier one a person must look, and yet it counted.
func (s *State) stands(r Report) bool {
	return r.Refund != nil && s.Refund(uuid.MustParse(r.Refund.ID)).Status == r.Refund.Fact.To
}

// about completes the report by what is known here, and says whether what it is about
// is: an operation or a refund must be one of the attempt's.
func (s *State) about(t Transaction, r Report) (Report, bool) {
	switch {
	case r.Operation != nil:
		id, err := uuid.Parse(r.Operation.ID)
		o := s.Operation(id)
		return r, err == nil && o != nil && o.TransactionID == t.ID
	case r.Refund != nil:
		id, err := uuid.Parse(r.Refund.ID)
		i := slices.IndexFunc(s.Refunds, func(x Refund) bool {
			theirs := r.Refund.Fact.ExternalID
			return x.TransactionID == t.ID && (err == nil && x.ID == id ||
				r.Refund.ID == "" && x.ExternalID != nil && theirs != nil && *x.ExternalID == *theirs)
		})
		if i < 0 {
			return r, false
		}
		named := *r.Refund
		named.ID, r.Refund = s.Refunds[i].ID.String(), &named
	case r.Fact != nil && r.ExternalID != "" && r.Fact.ExternalID == nil && t.ExternalID == nil:
		named := *r.Fact
		named.ExternalID, r.Fact = &r.ExternalID, &named
	}
	return r, true
}

// believes says that the report can be about the attempt: by its currency, and by
// amounts that were asked for.
func (s *State) believes(t Transaction, r Report) bool {
	if r.Currency != nil && *r.Currency != t.Currency {
		return false
	}
	if r.ExternalID != "" && t.ExternalID != nil && !t.hasExternalID(r.ExternalID) { // it is about two attempts
		return false
	}
	switch {
	case r.Fact != nil && r.IsWhole && r.Fact.AmountMinor != t.RequestedMinor && r.Fact.AmountMinor > t.HeldMinor+t.CapturedMinor:
		return false
	case r.Fact != nil:
		return t.believes(*r.Fact)
	case r.Operation != nil:
		o, fee := s.Operation(uuid.MustParse(r.Operation.ID)), r.Operation.Fact.FeeMinor
		return sameIfKnown(r.Operation.AmountMinor, o.AmountMinor) && (fee == nil || inRange(*fee))
	case r.Refund != nil:
		return sameIfKnown(r.Refund.AmountMinor, s.Refund(uuid.MustParse(r.Refund.ID)).AmountMinor)
	case r.RefundedMinor != nil:
		return inRange(*r.RefundedMinor)
	case r.ChargedBackMinor != nil:
		return t.believesChargeback(r.disputeStep(), *r.ChargedBackMinor)
	}
	return true
}

func (t Transaction) hasExternalID(id string) bool {
	return slices.ContainsFunc([]*string{t.ExternalID, t.ExternalID2, t.ExternalID3}, func(known *string) bool { return known != nil && *known == id })
}

// believes says that a fact's amounts fit what was asked for.
func (t Transaction) believes(f Fact) bool {
	asked := t.RequestedMinor
	switch {
	case f.Believable(t.RequestedAmount()).Attention == AttentionAmountMismatch:
		return false
	case f.HeldMinor != nil && (*f.HeldMinor < 0 || f.To == TransactionCaptured && *f.HeldMinor > asked-f.AmountMinor):
		return false
	case f.To == TransactionConfirmed && (f.AmountMinor < 0 || f.AmountMinor > asked):
		return false
	}
	return f.FeeMinor == nil || inRange(*f.FeeMinor)
}

func sameIfKnown(told *int64, minor int64) bool { return told == nil || *told == minor }

func inRange(minor int64) bool { return 0 <= minor && minor <= money.MaxMinor }

func (s *State) count(t *Transaction, r Report) (bool, error) {
	switch {
	case r.Fact != nil:
		return s.ApplyFact(t.ID, *r.Fact)
	case r.Operation != nil:
		return s.ApplyOperation(uuid.MustParse(r.Operation.ID), r.Operation.Fact)
	case r.Refund != nil:
		return s.ApplyRefund(uuid.MustParse(r.Refund.ID), r.Refund.Fact)
	case r.RefundedMinor != nil:
		return s.ExternalRefund(t.ID, *r.RefundedMinor)
	case r.ChargedBackMinor != nil:
		return s.ChargeBack(t.ID, r.disputeStep(), *r.ChargedBackMinor)
	}
	return false, nil // it says nothing
}
