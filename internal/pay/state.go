package pay

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/money"
)

// State is one payment with everything that decides what may happen to it, read
// under its locks. Commands ask for something and are guarded; facts say what
// happened and only have to be possible. Both change the parts in place;
// Conclude then derives everything else from them. It knows no database and no
// gateway, so every order of events can be tried on it.
type State struct {
	Payment     Payment
	Allocations []PaymentAllocation
	// Attempts, Operations and Refunds stand oldest first.
	Attempts   []Transaction
	Operations []Operation
	Refunds    []Refund
	// Orders and Invoices are what the allocations pay.
	Orders   []Order
	Invoices []Invoice
	// Traits are what the gateways of the attempts can do, by gateway.
	Traits map[uuid.UUID]Traits
	// SelfApproval: the company lets people approve what they submitted.
	SelfApproval bool

	// Actor acts, and Now is when (UTC).
	Actor Actor
	Now   time.Time

	// Events are those that the change adds.
	Events []PaymentEvent
	// BalanceMinor is the customer's store credit in the payment's currency; read
	// for payments of mode WALLET only.
	BalanceMinor int64
	// CreditMinor is what the customer's store credit changes by.
	CreditMinor int64
	// Saved is the method that a SETUP saved.
	Saved *PaymentMethod
	// Settled are settlement lines that had waited for a capture.
	Settled []SettledLine

	// Ledger are the entries that the change adds to the books.
	Ledger []LedgerEntry

	before []Share
	sums   Sums
	books  []posting
}

// Traits are what a gateway can do.
type Traits struct {
	Gateway PaymentGateway
	// What its connector can be asked for.
	Charges, Completes, Captures, Voids, Cancels, Refunds, CancelsRefunds, Saves bool
	// MultiCapture: an authorization may be captured in several parts.
	MultiCapture bool
}

// Begin remembers the amounts that Conclude compares with. It is called once the
// parts are read and before anything changes.
func (s *State) Begin() (err error) {
	s.sums, s.books = s.Payment.Sums, s.postings()
	s.before, err = s.shares(s.Payment.Sums, s.food())
	for i, a := range s.Allocations {
		s.before[i].InFlightMinor, s.before[i].HeldMinor = a.InFlightMinor, a.HeldMinor
	}
	return err
}

// Conclude derives the payment's sums, headline and facets, the parts of its
// allocations and what their orders and invoices owe. Nothing may change after.
func (s *State) Conclude() error {
	p := &s.Payment
	if err := s.takeEarly(); err != nil {
		return err
	}
	for i := range s.Attempts {
		s.countExternal(&s.Attempts[i]) // more may be captured
	}
	if err := p.SumUp(s.Attempts); err != nil {
		return err
	}
	s.credit()
	s.close()
	s.planRetry()
	if err := s.carryOver(); err != nil {
		return err
	}
	p.ReconciliationStatus = DeriveReconciliation(*p, s.Attempts)
	p.Status = DeriveStatus(*p, s.Attempts)
	p.RefundStatus = DeriveRefundStatus(*p, s.Refunds)
	s.callAttention()
	if p.PaidAt == nil && p.CapturedMinor >= p.FinalMinor && p.CapturedMinor > 0 {
		p.PaidAt = s.at()
	}
	if len(s.Events) > 0 {
		p.UpdatedAt, p.Version = s.Now, p.Version+1
	}
	s.planWake()
	for i := range s.Events {
		if s.Events[i].Status == "" {
			s.Events[i].Status = p.Status
		}
	}
	return s.book()
}

// shares spreads sums over the allocations, and meal vouchers over the food of what
// the allocations pay.
func (s *State) shares(sums Sums, food int64) ([]Share, error) {
	meals, owing := make([]int64, len(s.Allocations)), make([]Owing, len(s.Allocations))
	for i, a := range s.Allocations {
		if o := s.order(a); o != nil {
			meals[i] = min(o.FoodMinor, a.AmountMinor)
		}
		owing[i] = Owing{a.AmountMinor, a.AmountMinor}
		if d, _ := s.debt(a); d != nil {
			owing[i] = Owing{d.OutstandingMinor(), d.PayableMinor()}
		}
	}
	return Shares(s.Allocations, sums, food, meals, owing)
}

// food is what meal vouchers have in the payment, in any state.
func (s *State) food() (minor int64) {
	for _, t := range s.Attempts {
		if s.Traits[t.GatewayID].Gateway.IsFoodOnly {
			minor += t.InFlightMinor() + t.HeldMinor + t.CapturedMinor
		}
	}
	return minor
}

func (s *State) order(a PaymentAllocation) *Order {
	if a.OrderID == nil {
		return nil
	}
	i := slices.IndexFunc(s.Orders, func(o Order) bool { return o.ID == *a.OrderID })
	if i < 0 {
		return nil
	}
	return &s.Orders[i]
}

// invoice finds an order's invoice by the order: the allocation may be older.
func (s *State) invoice(a PaymentAllocation) *Invoice {
	i := slices.IndexFunc(s.Invoices, func(v Invoice) bool {
		return a.InvoiceID != nil && v.ID == *a.InvoiceID || a.OrderID != nil && v.OrderID != nil && *v.OrderID == *a.OrderID
	})
	if i < 0 {
		return nil
	}
	return &s.Invoices[i]
}

// close ends the payment once a cancel that was asked for has nothing left to
// wait for. Where money was captured meanwhile, or a gateway refused to release
// it, the cancel failed and the payment goes on.
func (s *State) close() {
	p := &s.Payment
	if p.CancelRequestedAt == nil || p.Closed != nil || s.openOperation(uuid.Nil) != nil {
		return
	}
	if p.CapturedMinor > 0 || s.live() {
		p.CancelRequestedAt = nil
		why := "Money is still held or asked for."
		if p.CapturedMinor > 0 {
			why = "Money was captured meanwhile."
		}
		s.note(EventPaymentCancelFailed, nil, p.FinalMinor).Reason = &why
		return
	}
	if p.ExpiresAt != nil && !p.CancelRequestedAt.Before(*p.ExpiresAt) {
		s.end(PaymentExpired, EventPaymentExpired)
		return
	}
	s.end(PaymentCancelled, EventPaymentCancelled)
}

func (s *State) end(as PaymentStatus, event EventType) {
	s.Payment.Closed, s.Payment.CancelRequestedAt, s.Payment.NextRetryAt = &as, nil, nil
	s.note(event, nil, s.Payment.FinalMinor)
}

// live says that money is held, asked for or waiting for approval.
func (s *State) live() bool {
	return s.Payment.HeldMinor > 0 || s.Payment.InFlightMinor > 0 || anyIn(s.Attempts, TransactionPendingApproval) ||
		anyIn(s.Attempts, TransactionCreated, TransactionRequiresAction, TransactionPending, TransactionUnknown) || s.openOperation(uuid.Nil) != nil
}

// openOperation is the operation without a result on an attempt, or on any for
// the nil id. What is asked about a refund is about no attempt.
func (s *State) openOperation(attempt uuid.UUID) *Operation {
	i := slices.IndexFunc(s.Operations, func(o Operation) bool {
		return o.Status.Open() && o.RefundID == nil && (attempt == uuid.Nil || o.TransactionID == attempt)
	})
	if i < 0 {
		return nil
	}
	return &s.Operations[i]
}

// Attempt finds one attempt, or nil.
func (s *State) Attempt(id uuid.UUID) *Transaction {
	i := slices.IndexFunc(s.Attempts, func(t Transaction) bool { return t.ID == id })
	if i < 0 {
		return nil
	}
	return &s.Attempts[i]
}

// Operation finds one operation, or nil.
func (s *State) Operation(id uuid.UUID) *Operation {
	i := slices.IndexFunc(s.Operations, func(o Operation) bool { return o.ID == id })
	if i < 0 {
		return nil
	}
	return &s.Operations[i]
}

// Refund finds one refund, or nil.
func (s *State) Refund(id uuid.UUID) *Refund {
	i := slices.IndexFunc(s.Refunds, func(r Refund) bool { return r.ID == id })
	if i < 0 {
		return nil
	}
	return &s.Refunds[i]
}

// credit moves the customer's store credit: topped up by what a WALLET payment
// captures, less what goes back another way; raised by refunds to store credit. A
// refund takes the credit when it is reserved, or it could be spent before the
// refund succeeds. What went back without being reserved, as by the gateway's own
// dashboard, is recorded whatever was spent: a person must look.
func (s *State) credit() {
	if s.Payment.Mode != ModeWallet {
		return
	}
	s.CreditMinor += s.Payment.bought() - s.sums.bought()
	if s.BalanceMinor+s.CreditMinor >= 0 {
		return
	}
	s.CreditMinor = -s.BalanceMinor
	for i := range s.Attempts {
		t := &s.Attempts[i]
		t.IsMismatch = t.IsMismatch || t.RefundedMinor > 0
	}
}

// bought is the store credit that a WALLET payment comes to.
func (s Sums) bought() int64 {
	return s.CapturedMinor - s.RefundedMinor - s.RefundPendingMinor - s.ChargedBackMinor
}

// note adds an event about an amount.
func (s *State) note(kind EventType, transaction *uuid.UUID, amountMinor int64) *PaymentEvent {
	s.Payment.EventSeq++
	s.Events = append(s.Events, PaymentEvent{ID: NewID(), PaymentID: s.Payment.ID, Seq: s.Payment.EventSeq, Type: kind,
		TransactionID: transaction, Currency: s.Payment.Currency, AmountMinor: &amountMinor, Actor: s.Actor.ID, CreatedAt: s.Now})
	return &s.Events[len(s.Events)-1]
}

// noteRefund adds an event about a refund.
func (s *State) noteRefund(r Refund) *PaymentEvent {
	e := s.note(EventType("REFUND_"+string(r.Status)), &r.TransactionID, r.AmountMinor)
	e.RefundID, e.Reason = &r.ID, r.ErrorMessage
	return e
}

// noteOperation adds an event about an operation.
func (s *State) noteOperation(o Operation, what string) *PaymentEvent {
	e := s.note(EventType(string(o.Kind)+"_"+what), &o.TransactionID, o.AmountMinor)
	e.OperationID, e.Reason = &o.ID, o.ErrorMessage
	return e
}

// at is the time of the change, for a column; by is who makes it.
func (s *State) at() *time.Time { now := s.Now; return &now }

func (s *State) by() *string { who := s.Actor.ID; return &who }

// money is an amount of the payment.
func (s *State) money(minor int64) *money.Money {
	return &money.Money{Minor: minor, Currency: s.Payment.Currency}
}

// missing is for ids that the program itself handed on.
func missing(what string, id uuid.UUID) error { return fmt.Errorf("%s %s is missing", what, id) }

// Created notes that the payment was made, as it is before any attempt.
func (s *State) Created() {
	s.note(EventPaymentCreated, nil, s.Payment.FinalMinor)
	s.Events[0].Status = DeriveStatus(s.Payment, nil)
}
