package graph

import (
	"context"

	"github.com/paygraph/paygraph/graph/generated"
	"github.com/paygraph/paygraph/graph/model"
	"github.com/paygraph/paygraph/graph/page"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/service"
)

type settlementLine struct{ *Resolver }

// SettlementLine resolves the fields of settlement lines that are not columns.
func (r *Resolver) SettlementLine() generated.SettlementLineResolver { return settlementLine{r} }

func (q query) SettlementLines(ctx context.Context, filter *pay.SettlementLineFilter, first int, after *string) (*page.Connection[pay.SettlementLine], error) {
	var f pay.SettlementLineFilter
	if filter != nil {
		f = *filter
	}
	if err := checkValues(f.GatewayIDs); err != nil {
		return nil, err
	}
	return connect(ctx, q.Resolver, connection[pay.SettlementLine]{
		name: "settlementLines", conditions: f, sort: pay.NewestFirst,
		read: func(ctx context.Context, p pay.Page) (pay.Rows[pay.SettlementLine], error) {
			rows, err := q.service.ListSettlementLines(ctx, f, p)
			sawSettlementLines(ctx, rows.List)
			return rows, err
		},
		count:    func(ctx context.Context) (int, error) { return q.service.CountSettlementLines(ctx, f) },
		position: func(l pay.SettlementLine) pay.Position { return pay.Position{Keys: []any{l.CreatedAt}, ID: l.ID} },
	}, pageArgs{first: &first, after: after})
}

// sawSettlementLines announces what hangs on lines.
func sawSettlementLines(ctx context.Context, list []pay.SettlementLine) {
	for _, line := range list {
		load(ctx).gateways.expect(line.GatewayID)
		expectAny(&load(ctx).transactions, line.TransactionID)
		expectAny(&load(ctx).payments, line.PaymentID)
	}
}

func (settlementLine) Gateway(ctx context.Context, l *pay.SettlementLine) (*pay.PaymentGateway, error) {
	return load(ctx).gateways.load(ctx, l.GatewayID)
}

func (settlementLine) Transaction(ctx context.Context, l *pay.SettlementLine) (*pay.Transaction, error) {
	return loadAny(ctx, &load(ctx).transactions, l.TransactionID)
}

func (settlementLine) Payment(ctx context.Context, l *pay.SettlementLine) (*pay.Payment, error) {
	return loadAny(ctx, &load(ctx).payments, l.PaymentID)
}

func (m mutation) ReconcilePayments(ctx context.Context, input service.ReconcilePaymentsInput) (*model.ReconcilePaymentsPayload, error) {
	done, err := m.service.ReconcilePayments(ctx, input)
	return answer(err, func(errs []model.MutationError) *model.ReconcilePaymentsPayload {
		sawSettlementLines(ctx, done.Lines)
		return &model.ReconcilePaymentsPayload{Lines: orEmpty(done.Lines), Replayed: done.Replayed, Errors: errs,
			ConfirmedCount: done.Count(pay.SettlementConfirmed), DiscrepancyCount: done.Count(pay.SettlementDiscrepancy),
			OrphanCount: done.Count(pay.SettlementOrphan), WaitingCount: done.Count(pay.SettlementWaiting), AlreadyConfirmedCount: done.Count(pay.SettlementAlreadyConfirmed)}
	})
}

func (m mutation) SimulateTransaction(ctx context.Context, input service.SimulateTransactionInput) (*model.SimulateTransactionPayload, error) {
	got, err := m.service.SimulateTransaction(ctx, input)
	return answer(err, func(errs []model.MutationError) *model.SimulateTransactionPayload {
		if len(errs) == 0 {
			saw(ctx, (*loaders).sawPayments, []pay.Payment{got.Payment})
			saw(ctx, (*loaders).sawTransactions, []pay.Transaction{got.Transaction})
		}
		return &model.SimulateTransactionPayload{Payment: unless(errs, &got.Payment), Transaction: unless(errs, &got.Transaction),
			Changed: got.Changed, ReportedAt: got.ReportedAt, Errors: errs}
	})
}
