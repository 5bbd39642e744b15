package main

import (
	"github.com/google/uuid"
)

// Question is something that is asked over and over, of the product as a document.
type Question struct {
	Name, Document string
	// One says that it is about one payment, whose id is its variable.
	One bool
	// Only is the number of the company that alone asks; 0: all do in turn. The first has half
	// of all payments.
	Only int
	// Variables are those of the n-th time; nil when nothing is left to ask.
	Variables func(n int) map[string]any
}

// variables are those of the n-th time, which may be about a payment.
func (q Question) variables(n int, id uuid.UUID) map[string]any {
	switch {
	case q.One:
		return map[string]any{"id": paymentID(id)}
	case q.Variables != nil:
		return q.Variables(n)
	}
	return nil
}

// nested is what DASH and POINT want to know of a payment.
const nested = `id humanId status createdAt finalAmount { decimal currency }
	customer { id firstName lastName email }
	orders { id referenceId totalAmount { decimal currency } }
	invoices { id number totalAmount { decimal currency } }
	transactions { id status createdAt amount { decimal currency } gateway { id name } }
	lines { id productName quantity finalAmount { decimal currency } }
	discounts { id discountName appliedAmount { decimal currency } }`

// Questions are those that the limits answer too.
var Questions = []Question{
	{Name: "DASH", Document: `{ payments(first: 50) { nodes { ` + nested + ` } pageInfo { hasNextPage } } }`},
	{Name: "POINT", One: true, Document: `query($id: ID!) { payment(by: { id: $id }) { ` + nested + ` } }`},
	{Name: "LIST", Document: `{ payments(first: 50) { nodes { id status amount { decimal currency } } pageInfo { hasNextPage } } }`},
}

// Summary is the sums of a company's payments.
var Summary = Question{Name: "paymentSummary", Document: `{ paymentSummary(groupBy: [STATUS]) { status currency count finalAmount { decimal } paidAmount { decimal } } }`}
