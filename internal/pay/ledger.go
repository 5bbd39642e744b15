package pay

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/money"
)

// LedgerAccountKind is a sort of account in a company's books of payments. Balances
// are debit minus credit: what the company has is positive, what it owes negative.
type LedgerAccountKind string

// The accounts.
const (
	// LedgerClearing is captured money that a gateway still has to settle.
	LedgerClearing LedgerAccountKind = "GATEWAY_CLEARING"
	// LedgerSettled is money that gateways settled, less what they kept.
	LedgerSettled LedgerAccountKind = "SETTLED"
	// LedgerFees are what gateways kept, as their settlements say.
	LedgerFees LedgerAccountKind = "FEES"
	// LedgerChargebacks is what payers' banks took back.
	LedgerChargebacks LedgerAccountKind = "CHARGEBACKS"
	// LedgerPayouts is what was given back outside any gateway.
	LedgerPayouts LedgerAccountKind = "PAYOUTS"
	// LedgerReceivable is what customers paid of what they owe.
	LedgerReceivable LedgerAccountKind = "CUSTOMER_RECEIVABLE"
	// LedgerSuspense is money without a purpose: it came after its payment was closed, or
	// was, when it was captured, more than its payment is for or its orders and invoices
	// still owed. It stays until it goes back, whatever becomes of other payments.
	LedgerSuspense LedgerAccountKind = "SUSPENSE"
	// LedgerRefundsPayable is what refunds under way will give back.
	LedgerRefundsPayable LedgerAccountKind = "REFUNDS_PAYABLE"
	// LedgerStoreCredit is what customers have as store credit.
	LedgerStoreCredit LedgerAccountKind = "STORE_CREDIT"
	// LedgerOpening stands against what was there before the books were begun.
	LedgerOpening LedgerAccountKind = "OPENING"
)

// LedgerAccount is one account of a company's books, in one currency.
type LedgerAccount struct {
	Kind LedgerAccountKind
	// GatewayID is set for accounts of gateways, CustomerID for those of customers.
	GatewayID  *uuid.UUID
	CustomerID *uuid.UUID
}

// LedgerEntry moves an amount from one account to another. Both sides stand in the one
// row, so that the books cannot be out of balance. Entries are only ever added.
type LedgerEntry struct {
	ID        uuid.UUID
	PaymentID uuid.UUID
	// EventSeq is the last event of the payment that the entry goes with, and
	// Position tells the entries of one change apart.
	EventSeq         int
	Position         int
	DebitKind        LedgerAccountKind
	DebitGatewayID   *uuid.UUID
	DebitCustomerID  *uuid.UUID
	CreditKind       LedgerAccountKind
	CreditGatewayID  *uuid.UUID
	CreditCustomerID *uuid.UUID
	Currency         money.Currency
	// AmountMinor is above zero, in minor units of Currency.
	AmountMinor int64
	CreatedAt   time.Time
}

// KindLedgerEntry is the prefix of the ids of ledger entries.
const KindLedgerEntry Kind = "le"

// GlobalID is the id in the API.
func (e LedgerEntry) GlobalID() string { return FormatID(KindLedgerEntry, e.ID) }

// Amount is what moves.
func (e LedgerEntry) Amount() money.Money {
	return money.Money{Minor: e.AmountMinor, Currency: e.Currency}
}

// Debit is the account that has more by the entry.
func (e LedgerEntry) Debit() LedgerAccount {
	return LedgerAccount{e.DebitKind, e.DebitGatewayID, e.DebitCustomerID}
}

// Credit is the account that has less by the entry.
func (e LedgerEntry) Credit() LedgerAccount {
	return LedgerAccount{e.CreditKind, e.CreditGatewayID, e.CreditCustomerID}
}

// posting is an account with the balance that a payment has on it, in minor units.
type posting struct {
	LedgerAccount
	minor int64
}

// postings are what the payment's amounts come to on every account that it touches,
// each account once. They add up to zero in every state.
func (s *State) postings() []posting {
	p := s.Payment
	outside, credited := s.refundedBy(RefundManual), s.refundedBy(RefundStoreCredit)
	list := make([]posting, 0, 5+4*len(s.Attempts))
	add := func(kind LedgerAccountKind, gateway, customer *uuid.UUID, minor int64) {
		account := LedgerAccount{kind, gateway, customer}
		if i := slices.IndexFunc(list, func(x posting) bool { return x.same(account) }); i >= 0 {
			list[i].minor += minor // attempts at one gateway share its accounts
			return
		}
		list = append(list, posting{account, minor})
	}
	var captured, refunded, reserved, back int64
	for i := range s.Attempts {
		t := &s.Attempts[i]
		captured, refunded, reserved = captured+t.CapturedMinor, refunded+t.RefundedMinor, reserved+t.RefundPendingMinor
		var fee int64
		if t.FeeMinor != nil && !t.FeeIsEstimated {
			fee = *t.FeeMinor
		}
		original := t.RefundedMinor - outside[t.ID] - credited[t.ID]
		add(LedgerClearing, &t.GatewayID, nil, t.CapturedMinor-t.ConfirmedMinor-original-t.ChargedBackMinor)
		add(LedgerSettled, &t.GatewayID, nil, t.ConfirmedMinor-fee)
		add(LedgerFees, &t.GatewayID, nil, fee)
		lost := t.ChargedBackMinor
		if p.Mode == ModeWallet { // the credit that it bought goes with it
			lost, back = 0, back+lost
		}
		add(LedgerChargebacks, &t.GatewayID, nil, lost)
	}
	kept := captured - refunded - reserved - back
	var bought, purposed int64
	switch {
	case p.Mode == ModeWallet:
		bought = kept
	case p.Closed == nil:
		purposed = min(kept, p.FinalMinor, kept-(p.SurplusMinor-refunded-reserved)) // surplus goes back first
	}
	add(LedgerPayouts, nil, nil, -sum(outside))
	add(LedgerReceivable, nil, p.CustomerID, -purposed)
	add(LedgerSuspense, nil, nil, -(kept - bought - purposed))
	add(LedgerRefundsPayable, nil, nil, -reserved)
	add(LedgerStoreCredit, nil, p.CustomerID, -bought-sum(credited))
	return list
}

// refundedBy is what went back in one way, by attempt. No more than the attempt gave
// back in all: a report may count some of it twice.
func (s *State) refundedBy(method RefundMethod) map[uuid.UUID]int64 {
	given := map[uuid.UUID]int64{}
	for _, r := range s.Refunds {
		if r.Status == RefundSucceeded && r.Method == method {
			given[r.TransactionID] += r.AmountMinor
		}
	}
	return given
}

func sum(amounts map[uuid.UUID]int64) (minor int64) {
	for _, n := range amounts {
		minor += n
	}
	return minor
}

// book adds the ledger entries of what changed since Begin: accounts that have more
// are debited, from accounts that have less, in the order of the books.
func (s *State) book() error {
	changes := s.postings()
	for _, was := range s.books {
		for i := range changes {
			if changes[i].same(was.LedgerAccount) {
				changes[i].minor -= was.minor
				was.minor = 0
			}
		}
	}
	return s.match(changes)
}

// same says that two accounts are one.
func (a LedgerAccount) same(b LedgerAccount) bool {
	return a.Kind == b.Kind && same(a.GatewayID, b.GatewayID) && same(a.CustomerID, b.CustomerID)
}

// match pairs what rose with what fell.
func (s *State) match(changes []posting) error {
	credit := 0
	for debit := range changes {
		for changes[debit].minor > 0 {
			for credit < len(changes) && changes[credit].minor >= 0 {
				credit++
			}
			if credit == len(changes) {
				return fmt.Errorf("the ledger of payment %s is out of balance by %d", s.Payment.ID, changes[debit].minor)
			}
			minor := min(changes[debit].minor, -changes[credit].minor)
			changes[debit].minor, changes[credit].minor = changes[debit].minor-minor, changes[credit].minor+minor
			s.enter(changes[debit].LedgerAccount, changes[credit].LedgerAccount, minor)
		}
	}
	for _, x := range changes {
		if x.minor != 0 {
			return fmt.Errorf("the ledger of payment %s is out of balance by %d", s.Payment.ID, x.minor)
		}
	}
	return nil
}

func (s *State) enter(debit, credit LedgerAccount, minor int64) {
	s.Ledger = append(s.Ledger, LedgerEntry{ID: NewID(), PaymentID: s.Payment.ID, EventSeq: s.Payment.EventSeq, Position: len(s.Ledger),
		DebitKind: debit.Kind, DebitGatewayID: debit.GatewayID, DebitCustomerID: debit.CustomerID,
		CreditKind: credit.Kind, CreditGatewayID: credit.GatewayID, CreditCustomerID: credit.CustomerID,
		Currency: s.Payment.Currency, AmountMinor: minor, CreatedAt: s.Now})
}

// LedgerBalance is what one account comes to.
type LedgerBalance struct {
	LedgerAccount
	Currency money.Currency
	// BalanceMinor is debit minus credit, in minor units of Currency.
	BalanceMinor int64
	// EntryCount is how many entries the account has.
	EntryCount int
}

// Balance is debit minus credit.
func (b LedgerBalance) Balance() money.Money {
	return money.Money{Minor: b.BalanceMinor, Currency: b.Currency}
}

// LedgerFilter says which accounts or entries to read; an entry matches an account by
// either of its sides.
type LedgerFilter struct {
	Kinds       []LedgerAccountKind
	GatewayIDs  []string
	CustomerIDs []string
	PaymentIDs  []string
	Currency    *money.Currency
	CreatedAt   *DateTimeRange
}
