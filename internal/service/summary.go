package service

import (
	"context"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// PaymentSummary sums up the payments that match, which are those that
// ListPayments lists. Looking for an address needs payments:pii.
func (s *Service) PaymentSummary(ctx context.Context, f pay.PaymentFilter, groups []pay.PaymentGroup) ([]pay.PaymentSummaryRow, error) {
	return read(ctx, s, func(c caller) ([]pay.PaymentSummaryRow, error) {
		if err := s.mayFilter(ctx, c, f); err != nil {
			return nil, err
		}
		if err := pay.CheckPaymentGroups(groups); err != nil {
			return nil, err
		}
		rows, err := c.rows.PaymentSummary(ctx, f, groups)
		if err != nil {
			return nil, err
		}
		return c.summary(rows), pay.CheckSummary(rows)
	})
}

// ListRefunds reads one page of the refunds that match.
func (s *Service) ListRefunds(ctx context.Context, f pay.RefundFilter, sort pay.Sort, p pay.Page) (pay.Rows[pay.Refund], error) {
	return read(ctx, s, func(c caller) (pay.Rows[pay.Refund], error) {
		rows, err := c.rows.ListRefunds(ctx, f, sort, p)
		rows.List, err = c.refunds(rows.List, err)
		return rows, err
	})
}

// CountRefunds counts the refunds that match.
func (s *Service) CountRefunds(ctx context.Context, f pay.RefundFilter) (int, error) {
	return read(ctx, s, func(c caller) (int, error) { return c.rows.CountRefunds(ctx, f) })
}

// EventsOfTransactions reads the events that are about these attempts, each
// attempt's oldest first.
func (s *Service) EventsOfTransactions(ctx context.Context, ids []uuid.UUID) ([]pay.PaymentEvent, error) {
	return read(ctx, s, func(c caller) ([]pay.PaymentEvent, error) { return c.events(c.rows.EventsOfTransactions(ctx, ids)) })
}
