package store

import (
	"context"
	"strings"

	"github.com/paygraph/paygraph/internal/pay"
)

var ledgerEntries = table[pay.LedgerEntry]{name: "ledger_entries"}

// LedgerBalances adds up the accounts that match, ordered by kind, gateway and
// currency. Accounts of customers are one for each kind and currency, unless
// customers are named.
func (t Tenant) LedgerBalances(ctx context.Context, f pay.LedgerFilter) ([]pay.LedgerBalance, error) {
	w := t.where("t")
	g := &group{w: w}
	oneOf(g, "t.kind", f.Kinds)
	g.ids("t.gateway_id", pay.KindGateway, f.GatewayIDs)
	g.ids("t.customer_id", pay.KindCustomer, f.CustomerIDs)
	g.ids("t.payment_id", pay.KindPayment, f.PaymentIDs)
	if f.Currency != nil {
		g.and("t.currency = ?", string(*f.Currency))
	}
	g.times("t.created_at", f.CreatedAt)
	w.conditions = append(w.conditions, g.list...)
	customer := "NULL::uuid"
	if f.CustomerIDs != nil {
		customer = "t.customer_id"
	}
	query := "SELECT t.kind, t.gateway_id, " + customer + " AS customer_id, t.currency, sum(t.minor)::bigint AS balance_minor, count(*) AS entry_count FROM ledger_sides t" +
		w.String() + " GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"
	var list []pay.LedgerBalance
	if err := t.store.reader(ctx).SelectContext(ctx, &list, query, w.args...); err != nil {
		return nil, translate(err, "read ledger balances")
	}
	return list, nil
}

// ListLedgerEntries reads one page of the entries that match, newest first.
func (t Tenant) ListLedgerEntries(ctx context.Context, f pay.LedgerFilter, p pay.Page) (pay.Rows[pay.LedgerEntry], error) {
	return listPage(ctx, t, ledgerEntries, t.ledgerWhere(f), byCreation, pay.NewestFirst, p)
}

// CountLedgerEntries counts the entries that match.
func (t Tenant) CountLedgerEntries(ctx context.Context, f pay.LedgerFilter) (int, error) {
	return ledgerEntries.count(ctx, t.store, t.ledgerWhere(f))
}

func (t Tenant) ledgerWhere(f pay.LedgerFilter) *where {
	w := t.where("t")
	g := &group{w: w}
	either(g, "kind", func(g *group, column string) { oneOf(g, column, f.Kinds) })
	either(g, "gateway_id", func(g *group, column string) { g.ids(column, pay.KindGateway, f.GatewayIDs) })
	either(g, "customer_id", func(g *group, column string) { g.ids(column, pay.KindCustomer, f.CustomerIDs) })
	g.ids("t.payment_id", pay.KindPayment, f.PaymentIDs)
	if f.Currency != nil {
		g.and("t.currency = ?", string(*f.Currency))
	}
	g.times("t.created_at", f.CreatedAt)
	w.conditions = append(w.conditions, g.list...)
	return w
}

// either has a condition hold for one of the two sides of an entry.
func either(g *group, column string, condition func(*group, string)) {
	sides := &group{w: g.w}
	condition(sides, "t.debit_"+column)
	condition(sides, "t.credit_"+column)
	if len(sides.list) > 0 {
		g.list = append(g.list, "("+strings.Join(sides.list, " OR ")+")")
	}
}
