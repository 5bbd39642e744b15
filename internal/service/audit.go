package service

import (
	"context"
	"errors"
	"strings"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// sealBatch is how many entries of the audit log are sealed in one transaction.
const sealBatch = 5000

// forbid returns the refusal as it is, once the audit log tells of it: the first of
// a request, in the company's log. That this fails changes nothing for the caller.
func (s *Service) forbid(ctx context.Context, a pay.Actor, refusal error) error {
	if !errors.Is(refusal, pay.ErrForbidden) || a.TenantID == uuid.Nil || !pay.FirstRefusal(ctx) {
		return refusal
	}
	reason := strings.TrimPrefix(refusal.Error(), pay.ErrForbidden.Error()+": ")
	if err := s.store.RecordRefusal(ctx, a, pay.Task(ctx), reason); err != nil {
		s.log.ErrorContext(ctx, "recording a refusal failed", "error", err)
	}
	return refusal
}

// SealAudit appends what is new in the audit log to the chains of its companies. For
// the job engine.
func (s *Service) SealAudit(ctx context.Context) error {
	tenants, err := s.store.UnsealedTenants(ctx)
	if err != nil {
		return err
	}
	for _, tenant := range tenants {
		for sealed := sealBatch; sealed == sealBatch; {
			err := s.store.InTx(ctx, func(ctx context.Context) (err error) {
				sealed, err = s.store.SealAudit(ctx, tenant, sealBatch)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// ListAuditEntries reads one page of the entries that match, newest first. Only for
// admins.
func (s *Service) ListAuditEntries(ctx context.Context, f pay.AuditFilter, p pay.Page) (pay.Rows[pay.AuditEntry], error) {
	c, err := s.administers(ctx)
	if err != nil {
		return pay.Rows[pay.AuditEntry]{}, err
	}
	return c.rows.ListAuditEntries(ctx, f, p)
}

// CountAuditEntries counts the entries that match.
func (s *Service) CountAuditEntries(ctx context.Context, f pay.AuditFilter) (int, error) {
	c, err := s.administers(ctx)
	if err != nil {
		return 0, err
	}
	return c.rows.CountAuditEntries(ctx, f)
}
