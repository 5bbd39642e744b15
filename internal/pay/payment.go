package pay

import (
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/money"
)

// PaymentMode says what a payment is for (S4): to collect, to top up stored
// value, or to save a method without collecting.
type PaymentMode string

// The payment modes.
const (
	ModePayment PaymentMode = "PAYMENT"
	ModeWallet  PaymentMode = "WALLET"
	ModeSetup   PaymentMode = "SETUP"
)

// PaymentModule is the caller's category of a payment (S0).
type PaymentModule string

// MaxAttempts bounds the transactions of one payment.
const MaxAttempts = 50

// Payment is money that a company wants from a customer, with every attempt to
// get it. Its sums are folded from its events; its status is derived from them
// and never written by a caller.
type Payment struct {
	ID                uuid.UUID
	HumanID           string
	ReferenceID       *string
	Mode              PaymentMode
	Module            *PaymentModule
	ParentPaymentID   *uuid.UUID
	BusinessID        *uuid.UUID
	CustomerID        *uuid.UUID
	CustomerEmail     *string
	CustomerFirstName *string
	CustomerLastName  *string
	CustomerPhone     *string
	MethodType        *PaymentMethodType
	MethodLabel       *string
	PaymentMethodID   *uuid.UUID
	SelectedGatewayID *uuid.UUID

	CloseCheckoutSuccess *bool
	CloseCheckoutAt      *time.Time
	CallbackSuccess      *bool
	CallbackAt           *time.Time

	Currency money.Currency
	// FoodMinor bounds what food vouchers may pay of a payment that is for no order.
	FoodMinor int64
	Sums
	Status               PaymentStatus
	RefundStatus         RefundStatusSummary
	ReconciliationStatus ReconciliationStatus
	Attention            Strings[AttentionReason]
	// SurplusMinor is up to where what goes back is surplus, in minor units: what is above
	// RefundedMinor, as the allocations have it together, is in suspense in the books.
	SurplusMinor int64
	// Acknowledged are reasons for attention that a person has seen to.
	Acknowledged Strings[AttentionReason]
	// Closed is set once by a cancel or an expiry; no attempt can start after.
	Closed   *PaymentStatus
	IsActive bool
	// ScheduledFor is when an attempt is made by itself, for what is left then.
	// AttemptsBeforeDate is how many there were when the date was set: one more, of
	// any sort, uses the date up.
	ScheduledFor       *time.Time
	AttemptsBeforeDate int
	// UnattemptedAt is when an attempt that was due could not be made; null once
	// there is another one.
	UnattemptedAt *time.Time
	// ExpiresAt is when the payment closes by itself unless something was captured.
	ExpiresAt *time.Time
	// NextRetryAt is when another attempt is made by itself; RetriesLeft is how
	// many more there may be, RetriesMade how many there were.
	NextRetryAt *time.Time
	RetriesLeft int
	RetriesMade int
	// CancelRequestedAt is set while a cancel waits for gateways to release money.
	CancelRequestedAt *time.Time
	// WakeAt is when the program must do something about it by itself (UTC).
	WakeAt *time.Time

	BillingAddress *Address
	Description    *string
	Metadata       Metadata
	Version        int
	EventSeq       int
	CreatedAt      time.Time
	UpdatedAt      time.Time
	PaidAt         *time.Time
}

// Sums are the amounts of a payment in minor units of its currency, folded from
// its events.
type Sums struct {
	// Total − Discount = Final: what must be collected.
	TotalMinor    int64
	DiscountMinor int64
	FinalMinor    int64
	// InFlight is asked by attempts without a result; Held is authorized.
	InFlightMinor  int64
	HeldMinor      int64
	CapturedMinor  int64
	ConfirmedMinor int64
	// Voucher is the part of Captured that vouchers paid.
	VoucherMinor       int64
	RefundedMinor      int64
	RefundPendingMinor int64
	ChargedBackMinor   int64
	// Fee is null until a gateway tells it; it is never part of the others.
	FeeMinor       *int64
	FeeIsEstimated bool
}

// GlobalID is the id in the API.
func (p Payment) GlobalID() string { return FormatID(KindPayment, p.ID) }

// CustomerSnapshot is the customer as known when the payment was made.
func (p Payment) CustomerSnapshot() CustomerSnapshot {
	return CustomerSnapshot{Email: p.CustomerEmail, FirstName: p.CustomerFirstName,
		LastName: p.CustomerLastName, Phone: p.CustomerPhone}
}

// Redacted returns the payment without personal data.
func (p Payment) Redacted() Payment {
	p.CustomerEmail, p.CustomerFirstName, p.CustomerLastName, p.CustomerPhone = nil, nil, nil, nil
	p.BillingAddress = nil
	return p
}

// DeliveryState is the last outcome of a notification to the merchant (S4
// closeCheckout and callback).
type DeliveryState struct {
	Success bool
	Date    time.Time
}

// CloseCheckout is the last outcome of telling the merchant that the payer
// left the checkout; null before the first.
func (p Payment) CloseCheckout() *DeliveryState {
	return delivery(p.CloseCheckoutSuccess, p.CloseCheckoutAt)
}

// Callback is the last outcome of telling the merchant the result; null before
// the first.
func (p Payment) Callback() *DeliveryState { return delivery(p.CallbackSuccess, p.CallbackAt) }

func delivery(success *bool, at *time.Time) *DeliveryState {
	if success == nil || at == nil {
		return nil
	}
	return &DeliveryState{Success: *success, Date: *at}
}

// TotalAmount is the sum before discounts.
func (p Payment) TotalAmount() money.Money { return p.money(p.TotalMinor) }

// DiscountAmount is what lines and discount stack took off.
func (p Payment) DiscountAmount() money.Money { return p.money(p.DiscountMinor) }

// FinalAmount is what must be collected: total − discount.
func (p Payment) FinalAmount() money.Money { return p.money(p.FinalMinor) }

// AuthorizedAmount is held at gateways and not captured.
func (p Payment) AuthorizedAmount() money.Money { return p.money(p.HeldMinor) }

// CapturableAmount is the part of the authorized amount that may be captured
// without collecting more than the final amount.
func (p Payment) CapturableAmount() money.Money {
	return p.money(max(0, min(p.HeldMinor, p.FinalMinor-p.CapturedMinor)))
}

// PaidAmount is captured, before refunds, vouchers included.
func (p Payment) PaidAmount() money.Money { return p.money(p.CapturedMinor) }

// PaidVoucherAmount is the part of the paid amount that vouchers paid.
func (p Payment) PaidVoucherAmount() money.Money { return p.money(p.VoucherMinor) }

// InFlightAmount is asked from gateways by attempts that have no result yet.
func (p Payment) InFlightAmount() money.Money { return p.money(p.InFlightMinor) }

// RefundedAmount went back by refunds that succeeded.
func (p Payment) RefundedAmount() money.Money { return p.money(p.RefundedMinor) }

// RefundPendingAmount is reserved by refunds under way.
func (p Payment) RefundPendingAmount() money.Money { return p.money(p.RefundPendingMinor) }

// RefundableAmount may still be refunded: paid − refunded − pending − charged back.
func (p Payment) RefundableAmount() money.Money {
	return p.money(max(0, p.CapturedMinor-p.RefundedMinor-p.RefundPendingMinor-p.ChargedBackMinor))
}

// OutstandingAmount is still to be collected while the payment is open.
func (p Payment) OutstandingAmount() money.Money {
	if p.Closed != nil {
		return p.money(0)
	}
	return p.money(max(0, p.FinalMinor-p.CapturedMinor))
}

// OverpaidAmount was captured above the final amount; it is shown, never hidden.
func (p Payment) OverpaidAmount() money.Money { return p.money(max(0, p.CapturedMinor-p.FinalMinor)) }

// NetAmount is paid − refunded − charged back; it may be negative.
func (p Payment) NetAmount() money.Money {
	return p.money(p.CapturedMinor - p.RefundedMinor - p.ChargedBackMinor)
}

// ProcessingFee is what the gateways charged, where they told it.
func (p Payment) ProcessingFee() *money.Money { return moneyOrNil(p.FeeMinor, p.Currency) }

func (p Payment) money(minor int64) money.Money {
	return money.Money{Minor: minor, Currency: p.Currency}
}

// SubjectKind is the sort of thing that an allocation pays.
type SubjectKind string

// The subject kinds.
const (
	SubjectOrder        SubjectKind = "ORDER"
	SubjectInvoice      SubjectKind = "INVOICE"
	SubjectSubscription SubjectKind = "SUBSCRIPTION"
)

// PaymentAllocation is the part of a payment that pays one order, invoice or
// subscription. Σ amounts = the payment's final amount, Σ captured = its paid
// amount, Σ refunded = its refunded amount.
type PaymentAllocation struct {
	ID             uuid.UUID
	PaymentID      uuid.UUID
	Position       int
	SubjectKind    SubjectKind
	OrderID        *uuid.UUID
	InvoiceID      *uuid.UUID
	SubscriptionID *uuid.UUID
	// DueOn is the subscription's due date that is paid: a calendar date.
	DueOn       *time.Time
	Currency    money.Currency
	AmountMinor int64
	// InFlightMinor and HeldMinor are what its order or invoice is promised by the payment.
	// They are remembered: what is owed may change until it is known what became of it.
	InFlightMinor, HeldMinor int64
	CapturedMinor            int64
	RefundedMinor            int64
	// SurplusMinor is up to where what goes back is surplus: what captures brought beyond
	// what was still owed then, on top of what had gone back before.
	SurplusMinor int64
}

// askedMinor is what the allocation asks for or holds.
func (a PaymentAllocation) askedMinor() int64 { return a.InFlightMinor + a.HeldMinor }

// GlobalID is the id in the API.
func (a PaymentAllocation) GlobalID() string { return FormatID(KindAllocation, a.ID) }

// Amount is the subject's part of the final amount.
func (a PaymentAllocation) Amount() money.Money { return a.money(a.AmountMinor) }

// CapturedAmount is the subject's part of the paid amount.
func (a PaymentAllocation) CapturedAmount() money.Money { return a.money(a.CapturedMinor) }

// RefundedAmount is the subject's part of the refunded amount.
func (a PaymentAllocation) RefundedAmount() money.Money { return a.money(a.RefundedMinor) }

func (a PaymentAllocation) money(minor int64) money.Money {
	return money.Money{Minor: minor, Currency: a.Currency}
}

// MetadataValue returns one value of the metadata, or nil.
func (p Payment) MetadataValue(key string) *string { return p.Metadata.Get(key) }

// PaymentParent is a sort of thing whose payments can be listed.
type PaymentParent string

// The parents of payment lists.
const (
	OfOrder    PaymentParent = "order"
	OfInvoice  PaymentParent = "invoice"
	OfCustomer PaymentParent = "customer"
	OfPayment  PaymentParent = "payment"

	OfSubscription PaymentParent = "subscription"
)

// EnabledGateway says that a payment may use a gateway.
type EnabledGateway struct {
	PaymentID uuid.UUID
	GatewayID uuid.UUID
	// Position is its place in the list.
	Position int
}

// netMinor is what was captured and has not gone back.
func (s Sums) netMinor() int64 { return s.CapturedMinor - s.RefundedMinor - s.ChargedBackMinor }
