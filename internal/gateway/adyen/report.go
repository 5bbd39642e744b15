package adyen

import (
	"errors"

	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// report says what an item reports; nil is what no payment follows, such as that a report
// can be fetched.
func (x item) report(ref reference) (*pay.Report, error) {
	sum, ok := x.Amount.money()
	said := told{item: x, ref: ref, sum: sum, success: x.Success == "true"}
	read := events[x.EventCode]
	if read == nil {
		return nil, nil
	}
	r := read(said)
	if r != nil && !ok {
		return nil, errors.New("adyen notification: an amount that cannot be counted")
	}
	return r, nil
}

// told is an item that is about something of ours.
type told struct {
	item
	ref     reference
	sum     money.Money
	success bool
}

// events are what is followed, by Adyen's codes.
var events = map[string]func(told) *pay.Report{
	"AUTHORISATION":       told.authorisation,
	"PENDING":             told.pending,
	"OFFER_CLOSED":        told.offerClosed,
	"EXPIRE":              told.expired,
	"CAPTURE":             told.capture,
	"CAPTURE_FAILED":      told.takenBack,
	"CANCELLATION":        told.cancellation,
	"TECHNICAL_CANCEL":    told.cancellation,
	"REFUND":              told.refund,
	"CANCEL_OR_REFUND":    told.refund,
	"REFUND_FAILED":       told.refundFailed,
	"REFUNDED_REVERSED":   told.refundFailed,
	"CHARGEBACK":          told.takenBack,
	"CHARGEBACK_REVERSED": told.takenBack,
	"SECOND_CHARGEBACK":   told.takenBack,
	"PREARBITRATION_LOST": told.takenBack,
}

// movements are the events that move money in a dispute, in its course. Adyen signs no
// time by which they could be told apart.
var movements = map[string]pay.DisputeStep{
	"CAPTURE_FAILED":      {Step: 1},
	"CHARGEBACK":          {Step: 1},
	"CHARGEBACK_REVERSED": {Step: 2, IsReturn: true},
	"SECOND_CHARGEBACK":   {Step: 3},
	"PREARBITRATION_LOST": {Step: 4},
}

// attempt is a report about the attempt, with Adyen's id of the payment where it is known.
func (t told) attempt(payment string, f *pay.Fact) *pay.Report {
	r := &pay.Report{ExternalID: payment, Currency: &t.sum.Currency, Fact: f}
	if t.ref.isAttempt() {
		r.AttemptID = t.ref.id
	}
	if f != nil && payment != "" {
		f.ExternalID = &payment
	}
	return r
}

// authorisation tells of a result. That of saving a method tells no token, which is not
// signed, so it is no news unless saving failed. Why it was refused is not signed either, nor
// that only a part was authorized: less is only believed where Adyen's answer told it first.
func (t told) authorisation() *pay.Report {
	switch {
	case !t.ref.isAttempt(), t.ref.of == ofSave && t.success:
		return nil
	case !t.success:
		return t.attempt(t.PSPReference, &pay.Fact{To: pay.TransactionFailed, Error: declined("")})
	}
	f := pay.Fact{To: pay.TransactionCaptured, AmountMinor: t.sum.Minor, HeldMinor: new(int64)}
	if t.ref.of == ofHold {
		f = pay.Fact{To: pay.TransactionAuthorized, AmountMinor: t.sum.Minor}
	}
	r := t.attempt(t.PSPReference, &f)
	r.IsWhole = true
	return r
}

func (t told) pending() *pay.Report {
	if !t.success || !t.ref.isAttempt() {
		return nil
	}
	return t.attempt(t.PSPReference, &pay.Fact{To: pay.TransactionPending})
}

// offerClosed tells that the payer did not act in time. Its own id is not the payment's.
func (t told) offerClosed() *pay.Report {
	if !t.success || !t.ref.isAttempt() {
		return nil
	}
	return t.attempt("", &pay.Fact{To: pay.TransactionDropped, Error: &pay.TransactionError{Code: pay.ErrorNotCompleted, Message: "The payer did not pay in time."}})
}

func (t told) expired() *pay.Report {
	if !t.success || t.ref.of != ofHold {
		return nil
	}
	return t.attempt(t.OriginalReference, &pay.Fact{To: pay.TransactionExpired})
}

// capture tells of a capture that we asked for, or that somebody made in Adyen's pages.
func (t told) capture() *pay.Report {
	switch {
	case t.ref.of == ofCapture:
		r := t.operation()
		r.Operation.AmountMinor = &t.sum.Minor
		return r
	case t.ref.of == ofHold && t.success:
		return t.attempt(t.OriginalReference, &pay.Fact{To: pay.TransactionCaptured, AmountMinor: t.sum.Minor, HeldMinor: new(int64)})
	}
	return nil
}

// cancellation tells of a void or cancel that we asked for, or of one in Adyen's pages.
func (t told) cancellation() *pay.Report {
	switch {
	case t.ref.of == ofVoid || t.ref.of == ofCancel:
		return t.operation()
	case t.ref.of == ofHold && t.success:
		return t.attempt(t.OriginalReference, &pay.Fact{To: pay.TransactionVoided})
	}
	return nil
}

func (t told) operation() *pay.Report {
	f := pay.OperationFact{To: pay.OperationSucceeded, ExternalID: &t.PSPReference}
	if !t.success {
		f.To, f.Error = pay.OperationFailed, notDone()
	}
	return &pay.Report{ExternalID: t.OriginalReference, Currency: &t.sum.Currency, Operation: &pay.OperationReport{ID: t.ref.id, Fact: f}}
}

// refund tells of a refund.
func (t told) refund() *pay.Report {
	if !t.success {
		return t.refundFailed()
	}
	return t.refunded(pay.RefundFact{To: pay.RefundSucceeded})
}

// refundFailed tells that the money could not be given back, or came back. Adyen says so
// after it said that it was given, and signs no time by which that could be told: a refund
// that had succeeded then has a person look.
func (t told) refundFailed() *pay.Report {
	return t.refunded(pay.RefundFact{To: pay.RefundFailed, Error: notDone()})
}

// refunded is about a refund of ours by our id. One that somebody made in Adyen's pages has
// none; nothing is known by its own id either, so a person looks: what Adyen tells is not
// how much went back in all.
func (t told) refunded(f pay.RefundFact) *pay.Report {
	f.ExternalID = &t.PSPReference
	r := t.attempt(t.OriginalReference, nil)
	r.Refund = &pay.RefundReport{Fact: f, AmountMinor: &t.sum.Minor}
	if t.ref.of == ofRefund {
		r.Refund.ID = t.ref.id
	}
	return r
}

// takenBack tells of money that is gone again: the payer's bank took it back, or a capture
// failed after it was told as done, as happens to direct debits for days. It also tells of
// what came back. All events of a dispute have its id, and that of a capture is its own.
func (t told) takenBack() *pay.Report {
	if !t.success || t.ref.of == ofSave {
		return nil
	}
	r, step := t.attempt(t.OriginalReference, nil), movements[t.EventCode]
	step.ID = t.PSPReference
	r.ChargedBackMinor, r.Dispute = &t.sum.Minor, &step
	return r
}

func notDone() *pay.TransactionError {
	return &pay.TransactionError{Code: pay.ErrorGeneric, Message: "Adyen could not do it."}
}
