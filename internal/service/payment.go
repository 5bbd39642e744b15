package service

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// Payments reads visible payments by id, in any order.
func (s *Service) Payments(ctx context.Context, ids []uuid.UUID) ([]pay.Payment, error) {
	return read(ctx, s, func(c caller) ([]pay.Payment, error) { return c.payments(c.rows.Payments(ctx, ids)) })
}

// PaymentBy reads the visible payment that the lookup names; nil when there is
// none. It refuses INVALID_INPUT unless exactly one way of naming is used.
func (s *Service) PaymentBy(ctx context.Context, by pay.PaymentLookup) (*pay.Payment, error) {
	return read(ctx, s, func(c caller) (*pay.Payment, error) {
		ways := 0
		for _, set := range []bool{by.ID != nil, by.HumanID != nil, by.ReferenceID != nil, by.External != nil} {
			if set {
				ways++
			}
		}
		if ways != 1 {
			return nil, pay.Errors{pay.Refuse(pay.CodeInvalidInput, pay.At("by"), "Name the payment in exactly one way.")}
		}
		list, err := c.payments(c.rows.PaymentBy(ctx, by))
		if err != nil || len(list) == 0 {
			return nil, err
		}
		return &list[0], nil
	})
}

// ListPayments reads one page of the payments that match. Looking for an
// address needs payments:pii.
func (s *Service) ListPayments(ctx context.Context, f pay.PaymentFilter, sort pay.Sort, p pay.Page) (pay.Rows[pay.Payment], error) {
	return read(ctx, s, func(c caller) (pay.Rows[pay.Payment], error) {
		if err := s.mayFilter(ctx, c, f); err != nil {
			return pay.Rows[pay.Payment]{}, err
		}
		rows, err := c.rows.ListPayments(ctx, f, sort, p)
		rows.List, err = c.payments(rows.List, err)
		return rows, err
	})
}

// CountPayments counts the payments that match.
func (s *Service) CountPayments(ctx context.Context, f pay.PaymentFilter) (int, error) {
	return read(ctx, s, func(c caller) (int, error) {
		if err := s.mayFilter(ctx, c, f); err != nil {
			return 0, err
		}
		return c.rows.CountPayments(ctx, f)
	})
}

// mayFilter refuses conditions on personal data that the caller may not see:
// whether they match would tell it.
func (s *Service) mayFilter(ctx context.Context, c caller, f pay.PaymentFilter) error {
	if f.CustomerEmail != nil && !c.seesPII() {
		return s.forbid(ctx, c.Actor, c.Require(pay.ScopePaymentsPII))
	}
	for _, sub := range slices.Concat(f.And, f.Or) {
		if err := s.mayFilter(ctx, c, sub); err != nil {
			return err
		}
	}
	return nil
}

// PaymentsUnder reads the same page of payments, newest first, under each parent.
func (s *Service) PaymentsUnder(ctx context.Context, of pay.PaymentParent, parents []uuid.UUID, p pay.Page) (map[uuid.UUID]pay.Rows[pay.Payment], error) {
	return read(ctx, s, func(c caller) (map[uuid.UUID]pay.Rows[pay.Payment], error) {
		found, err := c.rows.PaymentsUnder(ctx, of, parents, p)
		for id, rows := range found {
			rows.List, _ = c.payments(rows.List, nil)
			found[id] = rows
		}
		return found, err
	})
}

// CountPaymentsUnder counts the payments under each parent.
func (s *Service) CountPaymentsUnder(ctx context.Context, of pay.PaymentParent, parents []uuid.UUID) (map[uuid.UUID]int, error) {
	return read(ctx, s, func(c caller) (map[uuid.UUID]int, error) { return c.rows.CountPaymentsUnder(ctx, of, parents) })
}

// Transactions reads visible attempts by id, in any order.
func (s *Service) Transactions(ctx context.Context, ids []uuid.UUID) ([]pay.Transaction, error) {
	return read(ctx, s, func(c caller) ([]pay.Transaction, error) { return c.transactions(c.rows.Transactions(ctx, ids)) })
}

// TransactionsOf reads the attempts of payments, oldest first.
func (s *Service) TransactionsOf(ctx context.Context, paymentIDs []uuid.UUID) ([]pay.Transaction, error) {
	return read(ctx, s, func(c caller) ([]pay.Transaction, error) {
		return c.transactions(c.rows.TransactionsOf(ctx, paymentIDs))
	})
}

// Refunds reads visible refunds by id, in any order.
func (s *Service) Refunds(ctx context.Context, ids []uuid.UUID) ([]pay.Refund, error) {
	return read(ctx, s, func(c caller) ([]pay.Refund, error) { return c.refunds(c.rows.Refunds(ctx, ids)) })
}

// RefundsOf reads the refunds of payments, oldest first.
func (s *Service) RefundsOf(ctx context.Context, paymentIDs []uuid.UUID) ([]pay.Refund, error) {
	return read(ctx, s, func(c caller) ([]pay.Refund, error) { return c.refunds(c.rows.RefundsOf(ctx, paymentIDs)) })
}

// Operations reads visible operations by id, in any order.
func (s *Service) Operations(ctx context.Context, ids []uuid.UUID) ([]pay.Operation, error) {
	return read(ctx, s, func(c caller) ([]pay.Operation, error) { return c.operations(c.rows.Operations(ctx, ids)) })
}

// OperationsOf reads the captures, voids and cancels of payments, oldest first.
func (s *Service) OperationsOf(ctx context.Context, paymentIDs []uuid.UUID) ([]pay.Operation, error) {
	return read(ctx, s, func(c caller) ([]pay.Operation, error) { return c.operations(c.rows.OperationsOf(ctx, paymentIDs)) })
}

// Allocations reads visible allocations by id, in any order.
func (s *Service) Allocations(ctx context.Context, ids []uuid.UUID) ([]pay.PaymentAllocation, error) {
	return read(ctx, s, func(c caller) ([]pay.PaymentAllocation, error) { return c.rows.Allocations(ctx, ids) })
}

// AllocationsOf reads the allocations of payments.
func (s *Service) AllocationsOf(ctx context.Context, paymentIDs []uuid.UUID) ([]pay.PaymentAllocation, error) {
	return read(ctx, s, func(c caller) ([]pay.PaymentAllocation, error) { return c.rows.AllocationsOf(ctx, paymentIDs) })
}

// PaymentLines reads the lines of payments.
func (s *Service) PaymentLines(ctx context.Context, paymentIDs []uuid.UUID) ([]pay.Line, error) {
	return read(ctx, s, func(c caller) ([]pay.Line, error) { return c.rows.PaymentLinesOf(ctx, paymentIDs) })
}

// PaymentDiscounts reads the discounts of payments.
func (s *Service) PaymentDiscounts(ctx context.Context, paymentIDs []uuid.UUID) ([]pay.Discount, error) {
	return read(ctx, s, func(c caller) ([]pay.Discount, error) { return c.rows.PaymentDiscountsOf(ctx, paymentIDs) })
}

// EnabledGateways reads which gateways payments are limited to.
func (s *Service) EnabledGateways(ctx context.Context, paymentIDs []uuid.UUID) ([]pay.EnabledGateway, error) {
	return read(ctx, s, func(c caller) ([]pay.EnabledGateway, error) { return c.rows.EnabledGatewaysOf(ctx, paymentIDs) })
}

// Events reads visible events by id, in any order.
func (s *Service) Events(ctx context.Context, ids []uuid.UUID) ([]pay.PaymentEvent, error) {
	return read(ctx, s, func(c caller) ([]pay.PaymentEvent, error) { return c.events(c.rows.Events(ctx, ids)) })
}

// EventsUnder reads the same page of each payment's events, oldest first; the
// page's position holds the number of the event that it begins after.
func (s *Service) EventsUnder(ctx context.Context, paymentIDs []uuid.UUID, p pay.Page) (map[uuid.UUID]pay.Rows[pay.PaymentEvent], error) {
	return read(ctx, s, func(c caller) (map[uuid.UUID]pay.Rows[pay.PaymentEvent], error) {
		after := 0
		if p.From != nil {
			after = int(p.From.Keys[0].(int64))
		}
		list, err := c.events(c.rows.EventsAfter(ctx, paymentIDs, after, p.Limit+1))
		found := make(map[uuid.UUID]pay.Rows[pay.PaymentEvent], len(paymentIDs))
		for _, e := range list {
			rows := found[e.PaymentID]
			if rows.More = len(rows.List) == p.Limit; !rows.More {
				rows.List = append(rows.List, e)
			}
			found[e.PaymentID] = rows
		}
		return found, err
	})
}
