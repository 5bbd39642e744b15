package model

import "github.com/paygraph/paygraph/internal/pay"

// TransactionPayload answers every mutation about one attempt: the API has a type
// for each of them, so that one can grow without the others.
type TransactionPayload struct {
	Payment     *pay.Payment
	Transaction *pay.Transaction
	// Operation is what was asked for, where the mutation asks for one.
	Operation *pay.Operation
	Replayed  bool
	Errors    []MutationError
}

// RefundsPayload answers every mutation about refunds.
type RefundsPayload struct {
	Payment   *pay.Payment
	Refunds   []pay.Refund
	Operation *pay.Operation
	Replayed  bool
	Errors    []MutationError
}
