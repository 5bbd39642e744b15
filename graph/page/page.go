// Package page holds the shapes of lists in the API: Relay connections and the
// payment filter's one field that tells left out from null.
package page

import (
	"context"

	"github.com/paygraph/paygraph/internal/pay"
)

// PageInfo tells where a page stands in its list (Relay).
type PageInfo struct {
	HasNextPage     bool
	HasPreviousPage bool
	StartCursor     *string
	EndCursor       *string
}

// Edge is one row of a page with its cursor.
type Edge[T any] struct {
	Cursor string
	Node   T
}

// Connection is one page of a list.
type Connection[T any] struct {
	Edges    []Edge[T]
	Nodes    []T
	PageInfo PageInfo
	// Count counts the whole list; it runs only when totalCount is selected.
	Count func(context.Context) (int, error)
}

// TotalCount counts the whole list.
func (c *Connection[T]) TotalCount(ctx context.Context) (int, error) { return c.Count(ctx) }

// The connections of the API, by their names there.
type (
	PaymentConnection = Connection[pay.Payment]
	PaymentEdge       = Edge[pay.Payment]
	OrderConnection   = Connection[pay.Order]
	OrderEdge         = Edge[pay.Order]
	InvoiceConnection = Connection[pay.Invoice]
	InvoiceEdge       = Edge[pay.Invoice]

	BillingSubscriptionConnection = Connection[pay.BillingSubscription]
	BillingSubscriptionEdge       = Edge[pay.BillingSubscription]

	CustomerConnection     = Connection[pay.Customer]
	CustomerEdge           = Edge[pay.Customer]
	ProductConnection      = Connection[pay.Product]
	ProductEdge            = Edge[pay.Product]
	BusinessConnection     = Connection[pay.Business]
	BusinessEdge           = Edge[pay.Business]
	RefundConnection       = Connection[pay.Refund]
	RefundEdge             = Edge[pay.Refund]
	PaymentEventConnection = Connection[pay.PaymentEvent]
	PaymentEventEdge       = Edge[pay.PaymentEvent]

	AuditEntryConnection     = Connection[pay.AuditEntry]
	AuditEntryEdge           = Edge[pay.AuditEntry]
	LedgerEntryConnection    = Connection[pay.LedgerEntry]
	LedgerEntryEdge          = Edge[pay.LedgerEntry]
	SettlementLineConnection = Connection[pay.SettlementLine]
	SettlementLineEdge       = Edge[pay.SettlementLine]
	WebhookEventConnection   = Connection[pay.WebhookEvent]
	WebhookEventEdge         = Edge[pay.WebhookEvent]

	WebhookEndpointConnection = Connection[pay.WebhookEndpoint]
	WebhookEndpointEdge       = Edge[pay.WebhookEndpoint]
	WebhookDeliveryConnection = Connection[pay.WebhookDelivery]
	WebhookDeliveryEdge       = Edge[pay.WebhookDelivery]
	TrustedDocumentConnection = Connection[pay.TrustedDocument]
	TrustedDocumentEdge       = Edge[pay.TrustedDocument]
)
