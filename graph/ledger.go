package graph

import (
	"context"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/graph/generated"
	"github.com/paygraph/paygraph/graph/page"
	"github.com/paygraph/paygraph/internal/pay"
)

type (
	ledgerAccount struct{ *Resolver }
	ledgerBalance struct{ *Resolver }
	ledgerEntry   struct{ *Resolver }
)

// LedgerAccount resolves the fields of accounts that are not columns.
func (r *Resolver) LedgerAccount() generated.LedgerAccountResolver { return ledgerAccount{r} }

// LedgerBalance resolves the fields of balances that are not columns.
func (r *Resolver) LedgerBalance() generated.LedgerBalanceResolver { return ledgerBalance{r} }

// LedgerEntry resolves the fields of entries that are not columns.
func (r *Resolver) LedgerEntry() generated.LedgerEntryResolver { return ledgerEntry{r} }

func (q query) LedgerAccounts(ctx context.Context, filter *pay.LedgerFilter) ([]pay.LedgerBalance, error) {
	f, err := ledgerFilter(filter)
	if err != nil {
		return nil, err
	}
	list, err := q.service.LedgerAccounts(ctx, f)
	for _, b := range list {
		expectAccount(ctx, b.LedgerAccount)
	}
	return plain(orEmpty(list), err)
}

func (q query) LedgerEntries(ctx context.Context, filter *pay.LedgerFilter, first int, after *string) (*page.Connection[pay.LedgerEntry], error) {
	f, err := ledgerFilter(filter)
	if err != nil {
		return nil, err
	}
	return connect(ctx, q.Resolver, connection[pay.LedgerEntry]{
		name: "ledgerEntries", conditions: f, sort: pay.NewestFirst,
		read: func(ctx context.Context, p pay.Page) (pay.Rows[pay.LedgerEntry], error) {
			rows, err := q.service.ListLedgerEntries(ctx, f, p)
			for _, e := range rows.List {
				load(ctx).payments.expect(e.PaymentID)
				expectAccount(ctx, e.Debit())
				expectAccount(ctx, e.Credit())
			}
			return rows, err
		},
		count:    func(ctx context.Context) (int, error) { return q.service.CountLedgerEntries(ctx, f) },
		position: func(e pay.LedgerEntry) pay.Position { return pay.Position{Keys: []any{e.CreatedAt}, ID: e.ID} },
	}, pageArgs{first: &first, after: after})
}

func ledgerFilter(filter *pay.LedgerFilter) (f pay.LedgerFilter, err error) {
	if filter != nil {
		f = *filter
	}
	return f, checkValues(f.GatewayIDs, f.CustomerIDs, f.PaymentIDs)
}

// expectAccount announces what an account names.
func expectAccount(ctx context.Context, a pay.LedgerAccount) {
	expectAny(&load(ctx).gateways, a.GatewayID)
	expectAny(&load(ctx).customers, a.CustomerID)
}

func (ledgerEntry) Payment(ctx context.Context, e *pay.LedgerEntry) (*pay.Payment, error) {
	return load(ctx).payments.load(ctx, e.PaymentID)
}

func (ledgerAccount) Gateway(ctx context.Context, a *pay.LedgerAccount) (*pay.PaymentGateway, error) {
	return gatewayOf(ctx, a.GatewayID)
}

func (ledgerAccount) Customer(ctx context.Context, a *pay.LedgerAccount) (*pay.Customer, error) {
	return customerOf(ctx, a.CustomerID)
}

func (ledgerBalance) Gateway(ctx context.Context, b *pay.LedgerBalance) (*pay.PaymentGateway, error) {
	return gatewayOf(ctx, b.GatewayID)
}

func (ledgerBalance) Customer(ctx context.Context, b *pay.LedgerBalance) (*pay.Customer, error) {
	return customerOf(ctx, b.CustomerID)
}

func gatewayOf(ctx context.Context, id *uuid.UUID) (*pay.PaymentGateway, error) {
	return loadAny(ctx, &load(ctx).gateways, id)
}

func customerOf(ctx context.Context, id *uuid.UUID) (*pay.Customer, error) {
	return loadAny(ctx, &load(ctx).customers, id)
}
