package pay

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/money"
)

// Transaction is one attempt to get a payment's money from one gateway. Its id
// is what the gateway is given as idempotency key, so asking twice charges once.
type Transaction struct {
	ID              uuid.UUID
	PaymentID       uuid.UUID
	AttemptNumber   int
	GatewayID       uuid.UUID
	MethodType      PaymentMethodType
	MethodLabel     *string
	PaymentMethodID *uuid.UUID
	IsWallet        bool
	Status          TransactionStatus
	ExternalID      *string
	ExternalID2     *string
	ExternalID3     *string
	Currency        money.Currency
	// AutoCapture: authorize and capture at once; otherwise hold only.
	AutoCapture        bool
	RequestedMinor     int64
	HeldMinor          int64
	CapturedMinor      int64
	ConfirmedMinor     int64
	RefundedMinor      int64
	RefundPendingMinor int64
	// ChargedBackMinor is what is gone by all Disputes.
	ChargedBackMinor int64
	Disputes         Disputes
	// ToldRefundedMinor is the most that the gateway told that it gave back in all, our
	// refunds included.
	ToldRefundedMinor int64
	// UnexplainedMinor is how much of that a person must look at: see State.countExternal.
	UnexplainedMinor int64
	VoucherMinor     int64
	VoucherCount     *int
	// VouchersTendered is how many vouchers the payer offered.
	VouchersTendered *int
	FeeMinor         *int64
	FeeIsEstimated   bool
	// Token from the payer's form; the gateway needs it again when asked what
	// became of the attempt. Never shown.
	Token *string
	// Form are the payer's answers to the gateway's form, needed like the token.
	// Never shown.
	Form Form

	Failure
	DeclineType *DeclineType

	ActionType       *CheckoutAction
	ActionExternalID *string
	ActionURL        *string
	ActionData       JSON
	ActionExpiresAt  *time.Time

	Details         MethodDetails
	HolderName      *string
	HolderEmail     *string
	ManualReference *string
	Notes           *string
	EvidenceURL     *string
	SubmittedBy     *string
	ApprovedBy      *string
	RejectedBy      *string
	RejectionReason *string

	// HoldExpiresAt is when what is held is released, by the gateway or by this
	// program; null while nothing is held.
	HoldExpiresAt *time.Time
	// IsAnswered: the payer's answer to the action was handed to the gateway, which did not
	// refuse it; what came of it may not be known. Answers themselves are not kept.
	IsAnswered bool
	// ReturnsToPage: it began on the checkout page, and there its payer comes back to.
	ReturnsToPage bool
	// ActionTries counts wrong answers to the action, such as mistyped codes.
	ActionTries int
	// IsMismatch: the gateway reported an amount that cannot be about this attempt. Only a
	// person ends that: a result that fits does not say what became of the other report.
	IsMismatch bool
	// IsLate: it was taken to be over when its gateway reported success.
	IsLate bool
	// ToldAt is when what the status says happened, by the provider's clock (UTC); null
	// where it did not tell.
	ToldAt *time.Time
	// Early are reports that wait for the capture.
	Early EarlyReports
	// Routing is how the gateway was chosen; null where the request named it.
	Routing *Routing
	// ReconciliationStatus says whether a settlement matched.
	ReconciliationStatus ReconciliationStatus

	Asking
	CreatedAt  time.Time
	UpdatedAt  time.Time
	CapturedAt *time.Time
}

// GlobalID is the id in the API.
func (t Transaction) GlobalID() string { return FormatID(KindTransaction, t.ID) }

// Redacted returns the transaction without personal data.
func (t Transaction) Redacted() Transaction {
	t.HolderName, t.HolderEmail, t.Details = nil, nil, t.Details.Redacted()
	return t
}

// InFlightMinor is what the attempt asks for while it has no result.
func (t Transaction) InFlightMinor() int64 {
	if t.Status.InFlight() {
		return t.RequestedMinor
	}
	return 0
}

// IsUntold says that the gateway has never answered what became of the attempt, as far as is
// known. Who had an answer learns nothing by asking for it once more.
func (t Transaction) IsUntold() bool {
	return (t.Status == TransactionCreated || t.Status == TransactionUnknown) && t.ExternalID == nil && t.ActionType == nil
}

// Disagrees says that the gateway reported an amount that cannot be about this attempt, or
// that it gave back what nothing explains.
func (t Transaction) Disagrees() bool { return t.IsMismatch || t.UnexplainedMinor > 0 }

// netMinor is what was captured and has not gone back.
func (t Transaction) netMinor() int64 { return t.CapturedMinor - t.RefundedMinor - t.ChargedBackMinor }

// RequestedAmount was asked from the gateway.
func (t Transaction) RequestedAmount() money.Money { return t.money(t.RequestedMinor) }

// AuthorizedAmount is held and not captured.
func (t Transaction) AuthorizedAmount() money.Money { return t.money(t.HeldMinor) }

// Amount is captured (S4 amount).
func (t Transaction) Amount() money.Money { return t.money(t.CapturedMinor) }

// ConfirmedAmount was settled by the gateway.
func (t Transaction) ConfirmedAmount() money.Money { return t.money(t.ConfirmedMinor) }

// RefundedAmount went back by refunds that succeeded.
func (t Transaction) RefundedAmount() money.Money { return t.money(t.RefundedMinor) }

// VoucherAmount is the part of the captured amount that vouchers paid.
func (t Transaction) VoucherAmount() money.Money { return t.money(t.VoucherMinor) }

// ProcessingFee is what the gateway charged, if it told.
func (t Transaction) ProcessingFee() *money.Money { return moneyOrNil(t.FeeMinor, t.Currency) }

// PaymentMethodDetails are the masked details of what paid, if known.
func (t Transaction) PaymentMethodDetails() PaymentMethodDetails { return t.Details.Shown() }

func (t Transaction) money(minor int64) money.Money {
	return money.Money{Minor: minor, Currency: t.Currency}
}

// TransactionErrorCode is why an attempt failed (S4).
type TransactionErrorCode string

// The error codes of attempts.
const (
	ErrorGeneric              TransactionErrorCode = "GENERIC"
	ErrorCancelled            TransactionErrorCode = "CANCELLED"
	ErrorNotCompleted         TransactionErrorCode = "NOT_COMPLETED"
	ErrorMissingPaymentMethod TransactionErrorCode = "MISSING_PAYMENT_METHOD"
	ErrorDeclined             TransactionErrorCode = "DECLINED"
	ErrorSystem               TransactionErrorCode = "SYSTEM"
	ErrorTooManyTries         TransactionErrorCode = "TOO_MANY_TRIES"
)

// DeclineType says whether trying the same method again can help.
type DeclineType string

// The decline types.
const (
	SoftDecline DeclineType = "SOFT"
	HardDecline DeclineType = "HARD"
)

// TransactionError is why an attempt failed, as the API shows it.
type TransactionError struct {
	Code        TransactionErrorCode
	Message     string
	DeclineType *DeclineType
	Retryable   bool
	External    *ExternalError
}

// ExternalError is the gateway's own code and text.
type ExternalError struct {
	Code    *string
	Message *string
}

// Error is why the attempt failed, or null.
func (t Transaction) Error() *TransactionError {
	return t.shown(t.DeclineType)
}

// TransactionAction is what the payer must do next (S4 request).
type TransactionAction struct {
	Type                  CheckoutAction
	ExternalTransactionID *string
	URL                   *string
	Data                  JSON
	ExpiresAt             *time.Time
}

// Action is what the payer must do now; null unless the attempt waits for it.
func (t Transaction) Action() *TransactionAction {
	if t.Status != TransactionRequiresAction || t.ActionType == nil {
		return nil
	}
	return &TransactionAction{Type: *t.ActionType, ExternalTransactionID: t.ActionExternalID,
		URL: t.ActionURL, Data: t.ActionData, ExpiresAt: t.ActionExpiresAt}
}

// Form are values by the id of the gateway's form parameter.
type Form map[string]string

// Scan reads the form from the text of a JSON column.
func (f *Form) Scan(src any) error { return scanJSON(src, f) }

// JSON is a gateway's open payload. The database keeps its content and not its
// text: order of keys and spaces may change.
type JSON json.RawMessage

// Scan reads a JSON column.
func (j *JSON) Scan(src any) error {
	switch raw := src.(type) {
	case nil:
		*j = nil
	case []byte:
		*j = append(JSON{}, raw...)
	case string:
		*j = JSON(raw)
	default:
		return fmt.Errorf("JSON column of type %T", src)
	}
	return nil
}

// MarshalJSON writes the text as it is.
func (j JSON) MarshalJSON() ([]byte, error) { return json.RawMessage(j).MarshalJSON() }

// UnmarshalJSON keeps the text as it is; null is none.
func (j *JSON) UnmarshalJSON(text []byte) error {
	if *j = nil; string(text) != "null" {
		*j = append(*j, text...)
	}
	return nil
}
