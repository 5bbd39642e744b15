package pay

import "github.com/paygraph/paygraph/internal/money"

// RefundFilter says which refunds to list; all conditions that are set must
// hold. Ids are global ids; one that names nothing matches nothing.
type RefundFilter struct {
	IDs          []string
	ReferenceIDs []string
	PaymentIDs   []string
	Status       []RefundState
	Method       []RefundMethod
	Currency     *money.Currency
	CreatedAt    *DateTimeRange
}
