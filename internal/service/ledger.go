package service

import (
	"context"

	"github.com/paygraph/paygraph/internal/pay"
)

// LedgerAccounts adds up the accounts of the company's books that match. Not for
// customers: the books are the company's.
func (s *Service) LedgerAccounts(ctx context.Context, f pay.LedgerFilter) ([]pay.LedgerBalance, error) {
	return readAsStaff(ctx, s, pay.ScopePaymentsRead, func(c caller) ([]pay.LedgerBalance, error) { return c.rows.LedgerBalances(ctx, f) })
}

// ListLedgerEntries reads one page of the entries that match, newest first. Not for
// customers.
func (s *Service) ListLedgerEntries(ctx context.Context, f pay.LedgerFilter, p pay.Page) (pay.Rows[pay.LedgerEntry], error) {
	return readAsStaff(ctx, s, pay.ScopePaymentsRead, func(c caller) (pay.Rows[pay.LedgerEntry], error) { return c.rows.ListLedgerEntries(ctx, f, p) })
}

// CountLedgerEntries counts the entries that match.
func (s *Service) CountLedgerEntries(ctx context.Context, f pay.LedgerFilter) (int, error) {
	return readAsStaff(ctx, s, pay.ScopePaymentsRead, func(c caller) (int, error) { return c.rows.CountLedgerEntries(ctx, f) })
}
