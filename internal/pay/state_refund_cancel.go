package pay

import (
	"slices"

	"github.com/google/uuid"
)

// MayCancelRefund refuses to call off a refund.
func (s *State) MayCancelRefund(id uuid.UUID) *Error {
	r, at := s.Refund(id), input("refundId")
	switch {
	case r.Status != RefundRequested && r.Status != RefundPending:
		return wrongState(at, string(r.Status), []string{string(RefundRequested), string(RefundPending)}, "Only a refund under way can be called off.")
	case s.Now.Before(r.LeaseUntil):
		return inProgress(at, "The gateway is being asked for the refund.")
	case s.openRefundCancel(id) != nil:
		return inProgress(at, "The gateway is being asked to call off the refund.")
	case !s.Traits[s.Attempt(r.TransactionID).GatewayID].CancelsRefunds:
		return Refuse(CodeGatewayUnavailable, at, "The gateway calls off no refund.")
	}
	return nil
}

// CancelRefund asks to call off a refund. Until the gateway says that it did, the
// refund goes on as if nobody had asked.
func (s *State) CancelRefund(id, operation uuid.UUID) *Error {
	if refusal := s.MayCancelRefund(id); refusal != nil {
		return refusal
	}
	r := s.Refund(id)
	o := s.newOperation(s.Attempt(r.TransactionID), operation, OperationCancelRefund, r.AmountMinor)
	o.RefundID = new(id)
	s.addOperation(o)
	return nil
}

// openRefundCancel is the request without a result to call off the refund, or nil.
func (s *State) openRefundCancel(refund uuid.UUID) *Operation {
	i := slices.IndexFunc(s.Operations, func(o Operation) bool { return o.Status.Open() && o.RefundID != nil && *o.RefundID == refund })
	if i < 0 {
		return nil
	}
	return &s.Operations[i]
}

// endRefundCancel ends the request to call off a refund that has a result: what was
// asked came true unless the money went back, and nobody has to wait for the answer.
func (s *State) endRefundCancel(r Refund) {
	o := s.openRefundCancel(r.ID)
	if o == nil || r.Status.Open() {
		return
	}
	to := OperationSucceeded
	if r.Status == RefundSucceeded {
		to = OperationFailed
		o.setError(&TransactionError{Code: ErrorNotCompleted, Message: "The money had gone back before."})
	}
	s.moveOperation(o, to)
}
