package pay

import (
	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/money"
)

// Action is something that can be asked for on a payment, named after its
// mutation.
type Action string

// The actions.
const (
	ActionProcessPayment        Action = "PROCESS_PAYMENT"
	ActionUpdatePayment         Action = "UPDATE_PAYMENT"
	ActionCancelPayment         Action = "CANCEL_PAYMENT"
	ActionSubmitManualPayment   Action = "SUBMIT_MANUAL_PAYMENT"
	ActionRefundPayment         Action = "REFUND_PAYMENT"
	ActionCompleteTransaction   Action = "COMPLETE_TRANSACTION"
	ActionCaptureTransaction    Action = "CAPTURE_TRANSACTION"
	ActionVoidTransaction       Action = "VOID_TRANSACTION"
	ActionCancelTransaction     Action = "CANCEL_TRANSACTION"
	ActionApproveManualPayment  Action = "APPROVE_MANUAL_PAYMENT"
	ActionRejectManualPayment   Action = "REJECT_MANUAL_PAYMENT"
	ActionWithdrawManualPayment Action = "WITHDRAW_MANUAL_PAYMENT"
	ActionCancelRefund          Action = "CANCEL_REFUND"
	ActionResolveTransaction    Action = "RESOLVE_TRANSACTION"
	ActionResolveAttention      Action = "RESOLVE_ATTENTION"
)

// AllowedAction says whether an action is possible now, for this caller.
type AllowedAction struct {
	PaymentID uuid.UUID
	Action    Action
	Allowed   bool
	// TransactionID or RefundID is what the action would be about, where it is
	// not the payment as a whole.
	TransactionID *uuid.UUID
	RefundID      *uuid.UUID
	// Refusal is why not; nil when allowed.
	Refusal *Error
	// MaximumMinor is the most that an amount may be, where there is one.
	MaximumMinor *int64
	// SurplusMinor is what of MaximumMinor is only taken where surplus is allowed; for
	// ActionApproveManualPayment.
	SurplusMinor int64
	Currency     money.Currency
	// RefundMethods are the ways in which the most can be given back, for
	// ActionRefundPayment.
	RefundMethods []RefundMethod
}

// MaximumAmount is the most that an amount may be, where there is one.
func (a AllowedAction) MaximumAmount() *money.Money { return moneyOrNil(a.MaximumMinor, a.Currency) }

// SurplusAmount is what of the most is only taken where surplus is allowed; nil where
// that is nothing.
func (a AllowedAction) SurplusAmount() *money.Money {
	if a.SurplusMinor == 0 {
		return nil
	}
	return &money.Money{Minor: a.SurplusMinor, Currency: a.Currency}
}

// Actions lists what can be asked for now. Every answer comes from the guard that
// the mutation itself uses.
func (s *State) Actions() []AllowedAction {
	list := []AllowedAction{
		s.verdict(ActionProcessPayment, ScopePaymentsWrite, func() (int64, *Error) { return s.MayProcess(false) }),
		s.verdict(ActionSubmitManualPayment, ScopePaymentsWrite, s.MaySubmit),
		s.verdict(ActionUpdatePayment, ScopePaymentsWrite, without(s.MayUpdate)),
		s.verdict(ActionCancelPayment, ScopePaymentsWrite, without(s.MayCancel)),
		s.onRefunds(),
		s.verdict(ActionResolveAttention, ScopePaymentsApprove, without(func() *Error { return s.MayAcknowledge(s.acknowledgeable()) })),
	}
	for i := range s.Attempts {
		list = append(list, s.onAttempt(&s.Attempts[i])...)
	}
	for i := range s.Refunds {
		r := &s.Refunds[i]
		if r.Status.Open() {
			a := s.verdict(ActionCancelRefund, ScopePaymentsRefund, without(func() *Error { return s.MayCancelRefund(r.ID) }))
			a.RefundID = &r.ID
			list = append(list, a)
		}
	}
	return list
}

func (s *State) onRefunds() AllowedAction {
	a := s.verdict(ActionRefundPayment, ScopePaymentsRefund, s.mayRefund)
	if a.Allowed {
		a.RefundMethods = s.refundMethods()
	}
	return a
}

// onAttempt lists what an attempt in its state can be asked for at all.
func (s *State) onAttempt(t *Transaction) (list []AllowedAction) {
	add := func(action Action, scope Scope, guard func() (int64, *Error)) {
		a := s.verdict(action, scope, guard)
		a.TransactionID = &t.ID
		list = append(list, a)
	}
	if t.Status == TransactionPendingApproval {
		add(ActionApproveManualPayment, ScopePaymentsApprove, func() (int64, *Error) { return s.MayApprove(t.ID, true) })
		if a := &list[0]; a.Allowed {
			owed, _ := s.approvable(t)
			a.SurplusMinor = *a.MaximumMinor - owed
		}
		add(ActionRejectManualPayment, ScopePaymentsApprove, without(func() *Error { return s.MayReject(t.ID) }))
		add(ActionWithdrawManualPayment, ScopePaymentsWrite, without(func() *Error { return s.MayWithdraw(t.ID) }))
	}
	if t.HeldMinor > 0 {
		add(ActionCaptureTransaction, ScopePaymentsWrite, s.byStaff(func() (int64, *Error) { return s.MayCapture(t.ID) }))
		add(ActionVoidTransaction, ScopePaymentsWrite, s.byStaff(without(func() *Error { return s.MayVoid(t.ID) })))
	}
	if t.Status == TransactionUnknown {
		add(ActionResolveTransaction, ScopePaymentsApprove, func() (int64, *Error) { return t.RequestedMinor, s.MayResolve(t.ID) })
	}
	if t.Status == TransactionRequiresAction {
		add(ActionCompleteTransaction, ScopePaymentsWrite, without(func() *Error { return s.MayComplete(t.ID) }))
	}
	if t.Status == TransactionRequiresAction || t.Status == TransactionPending {
		add(ActionCancelTransaction, ScopePaymentsWrite, without(func() *Error { return s.MayCancelAttempt(t.ID) }))
	}
	return list
}

// byStaff is a guard of what no customer may do.
func (s *State) byStaff(guard func() (int64, *Error)) func() (int64, *Error) {
	if s.Actor.Role != RoleCustomer {
		return guard
	}
	return func() (int64, *Error) { return 0, Refuse(CodeForbiddenAction, nil, "Not for customers.") }
}

// without is a guard that knows no maximum.
func without(guard func() *Error) func() (int64, *Error) {
	return func() (int64, *Error) { return -1, guard() }
}

func (s *State) verdict(action Action, scope Scope, guard func() (int64, *Error)) AllowedAction {
	a := AllowedAction{PaymentID: s.Payment.ID, Action: action, Currency: s.Payment.Currency}
	if !s.Actor.Has(scope) {
		a.Refusal = Refuse(CodeForbiddenAction, nil, "The credential lacks the scope %s.", scope)
		return a
	}
	maximum, refusal := guard()
	if a.Allowed = refusal == nil; !a.Allowed {
		a.Refusal = refusal
		return a
	}
	if maximum >= 0 {
		a.MaximumMinor = &maximum
	}
	return a
}
