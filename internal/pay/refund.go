package pay

import (
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/money"
)

// RefundState is where a refund stands. Only SUCCEEDED moves money back.
type RefundState string

// RefundMethod is the way the money goes back.
type RefundMethod string

// Refund gives back part of what one transaction captured. A refund that fails
// changes nothing that was collected.
type Refund struct {
	ID                   uuid.UUID
	ReferenceID          *string
	PaymentID            uuid.UUID
	TransactionID        uuid.UUID
	Currency             money.Currency
	AmountMinor          int64
	Method               RefundMethod
	ManualReference      *string
	Reason               *string
	Status               RefundState
	ExternalID           *string
	ErrorCode            *TransactionErrorCode
	ErrorMessage         *string
	ExternalErrorCode    *string
	ExternalErrorMessage *string
	CreatedBy            string
	CreatedAt            time.Time
	UpdatedAt            time.Time
	SucceededAt          *time.Time
}

// GlobalID is the id in the API.
func (r Refund) GlobalID() string { return FormatID(KindRefund, r.ID) }

// Amount is what goes back.
func (r Refund) Amount() money.Money { return money.Money{Minor: r.AmountMinor, Currency: r.Currency} }

// Error is why the refund failed, or null.
func (r Refund) Error() *TransactionError {
	if r.ErrorCode == nil {
		return nil
	}
	t := Transaction{ErrorCode: r.ErrorCode, ErrorMessage: r.ErrorMessage,
		ExternalErrorCode: r.ExternalErrorCode, ExternalErrorMessage: r.ExternalErrorMessage}
	return t.Error()
}
