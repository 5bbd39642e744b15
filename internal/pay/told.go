package pay

import (
	"slices"
	"time"
)

// Providers report late, twice and in any order, under ids that tell nothing of it.
// What happened last is told by when it happened, by the provider's own clock; the
// times of this file are all of that sort, and nil where the provider told none.

// toldTime is the time of a fact as the database keeps it: else the same fact would be
// newer than itself.
func toldTime(at *time.Time) *time.Time {
	if at == nil {
		return nil
	}
	t := at.UTC().Truncate(time.Microsecond)
	return &t
}

// takes says whether the attempt follows a report: of a state that it can come to from
// where it is, unless what is known happened later and had followed on that anyway.
func (t *Transaction) takes(f Fact) bool {
	takes := slices.Contains(factTransitions[t.Status], f.To)
	switch {
	case t.Status == TransactionRequiresAction && f.To == TransactionUnknown:
		return f.Answered // else it waits for the payer as before, whatever the gateway left unsaid
	case t.ToldAt == nil || f.At == nil:
		return takes
	case t.Status.Over() && f.To.Over():
		return endRank(f.To) > endRank(t.Status) || endRank(f.To) == endRank(t.Status) && t.Status != f.To && f.At.After(*t.ToldAt)
	case f.To == TransactionCaptured: // money that came counts whenever it came
		return takes
	}
	return takes && !(t.knewLater(f) && slices.Contains(factTransitions[f.To], t.Status))
}

// knewLater says that a fact happened before what is known of the attempt. Of what
// happened at the same time the end came last.
func (t *Transaction) knewLater(f Fact) bool {
	return t.ToldAt != nil && f.At != nil && (f.At.Before(*t.ToldAt) || f.At.Equal(*t.ToldAt) && t.Status.Over())
}

// endRank orders the ends of an attempt without money, where several are reported: a
// hold that was released or ran out holds nothing, whatever failed besides.
func endRank(s TransactionStatus) int {
	switch s {
	case TransactionVoided:
		return 2
	case TransactionExpired:
		return 1
	}
	return 0
}

// takes says whether a refund follows a report. While it has no result it does by the
// table; of several results the one that happened last stands. Where a time is not
// told, a success stands: what a provider said that it gave back must not go back a
// second time because of a failure that may be older. doubtful says that it was so.
func (r *Refund) takes(f RefundFact) (takes, doubtful bool) {
	switch {
	case r.IsExternal && r.Status == RefundCancelled: // its money is another refund's
		return false, false
	case r.Status.Open():
		return slices.Contains(refundFacts[r.Status], f.To), false
	case f.To.Open() || f.To == r.Status:
		return false, false
	case r.ToldAt != nil && f.At != nil && !r.ToldAt.Equal(*f.At):
		return f.At.After(*r.ToldAt), false
	}
	succeeded := r.Status == RefundSucceeded || f.To == RefundSucceeded
	return slices.Index(refundEnds, f.To) > slices.Index(refundEnds, r.Status), succeeded && (r.ToldAt == nil || f.At == nil)
}

// refundEnds are the results of refunds; where times do not decide, the last stands.
var refundEnds = []RefundState{RefundCancelled, RefundFailed, RefundImpossible, RefundSucceeded}

// hear remembers when the state of the refund was true at last, if it is told again: a
// success without a time may have been at any time, and stays so. That there was a success
// is remembered whenever it was.
func (r *Refund) hear(f RefundFact) {
	r.SucceededOnce = r.SucceededOnce || f.To == RefundSucceeded
	switch {
	case f.To != r.Status || r.Status.Open():
	case r.Status == RefundSucceeded && (r.ToldAt == nil || f.At == nil):
		r.ToldAt = nil
	case f.At != nil && (r.ToldAt == nil || f.At.After(*r.ToldAt)):
		r.ToldAt = f.At
	}
}

// hear remembers when the state of the attempt was true at last, if it is told again.
func (t *Transaction) hear(f Fact) {
	if f.To == t.Status && f.At != nil && t.ToldAt != nil && f.At.After(*t.ToldAt) {
		t.ToldAt = f.At
	}
}
