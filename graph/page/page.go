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
	// Start and End are the places where the page does; nil where it has none.
	Start, End func() (string, error)
}

// StartCursor is the place where it starts.
func (p PageInfo) StartCursor() (*string, error) { return cursor(p.Start) }

// EndCursor is the place where it ends.
func (p PageInfo) EndCursor() (*string, error) { return cursor(p.End) }

func cursor(of func() (string, error)) (*string, error) {
	if of == nil {
		return nil, nil
	}
	text, err := of()
	if err != nil {
		return nil, err
	}
	return &text, nil
}

// Edge is one row of a page with its cursor.
type Edge[T any] struct {
	Cursor string
	Node   T
}

// Connection is one page of a list. What is signed or counted for it is so only when it is
// selected: most callers want the nodes.
type Connection[T any] struct {
	Nodes []T
	// Cursor is the place of the i-th node.
	Cursor func(i int) (string, error)
	// Info is the place of the page.
	Info func() PageInfo
	// Count counts the whole list.
	Count func(context.Context) (int, error)
}

// Edges are the nodes with their cursors.
func (c *Connection[T]) Edges() ([]Edge[T], error) {
	edges := make([]Edge[T], len(c.Nodes))
	for i := range edges {
		cursor, err := c.Cursor(i)
		if err != nil {
			return nil, err
		}
		edges[i] = Edge[T]{Cursor: cursor, Node: c.Nodes[i]}
	}
	return edges, nil
}

// PageInfo tells where the page stands in its list.
func (c *Connection[T]) PageInfo() PageInfo { return c.Info() }

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
