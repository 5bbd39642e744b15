package service

import (
	"context"

	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// PreviewPaymentInput is what would be paid.
type PreviewPaymentInput struct {
	Orders          []PayOrderInput
	GatewayID       *string
	PaymentMethodID *string
	BillingCountry  *string
}

// PaymentPreview is what a payment would be.
type PaymentPreview struct {
	TotalAmount    money.Money
	DiscountAmount money.Money
	FinalAmount    money.Money
	Parts          []PreviewPart
	Gateway        pay.PaymentGateway
}

// PreviewPart is what would be paid of one order.
type PreviewPart struct {
	Order            pay.Order
	Amount           money.Money
	OutstandingAfter money.Money
}

// PreviewPayment says what PayOrders would do, with the same refusals, and
// stores nothing.
func (s *Service) PreviewPayment(ctx context.Context, in PreviewPaymentInput) (PaymentPreview, error) {
	c, err := s.reads(ctx)
	if err != nil {
		return PaymentPreview{}, err
	}
	orders, err := c.rows.Orders(ctx, orderIDs(in.Orders))
	if err != nil {
		return PaymentPreview{}, err
	}
	invoices, err := c.rows.InvoicesOfOrders(ctx, orderIDs(in.Orders))
	if err != nil {
		return PaymentPreview{}, err
	}
	p, err := s.plan(ctx, c, in, orders, invoices)
	if err != nil {
		return PaymentPreview{}, err
	}
	amount := func(minor int64) money.Money { return money.Money{Minor: minor, Currency: p.currency} }
	shown, _ := c.gateways([]pay.PaymentGateway{p.gateway}, nil)
	preview := PaymentPreview{TotalAmount: amount(p.totalMinor), DiscountAmount: amount(p.discountMinor),
		FinalAmount: amount(p.finalMinor), Gateway: shown[0]}
	for _, part := range p.parts {
		preview.Parts = append(preview.Parts, PreviewPart{Order: part.order, Amount: amount(part.amountMinor),
			OutstandingAfter: amount(part.order.OutstandingMinor() - part.amountMinor)})
	}
	return preview, nil
}
