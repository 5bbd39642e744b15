package service

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// sealBatch is how many entries of the audit log are sealed in one transaction.
const sealBatch = 5000

// forbid returns the refusal as it is, once the audit log tells of it where it is about
// what the caller may do: the first of a request, in the company's log. An operator has
// no company, so the program's log tells of those. That this fails changes nothing for
// the caller.
func (s *Service) forbid(ctx context.Context, a pay.Actor, refusal error) error {
	reason := forbidden(refusal)
	if reason == "" || !pay.FirstRefusal(ctx) {
		return refusal
	}
	if a.TenantID == uuid.Nil {
		s.log.WarnContext(ctx, "a request was refused", "operator", a.ID, "reason", reason)
		return refusal
	}
	if err := s.store.RecordRefusal(ctx, a, pay.Task(ctx), reason); err != nil {
		s.log.ErrorContext(ctx, "recording a refusal failed", "error", err)
	}
	return refusal
}

// forbidden says why a caller may not do what was asked; "" where they may, whatever
// else stands against it.
func forbidden(refusal error) string {
	if errors.Is(refusal, pay.ErrForbidden) {
		return strings.TrimPrefix(refusal.Error(), pay.ErrForbidden.Error()+": ")
	}
	for _, e := range pay.AsErrors(refusal) {
		if e.Code == pay.CodeForbiddenAction || e.Code == pay.CodeApproverIsSubmitter {
			return fmt.Sprintf("%s: %s", e.Code, e.Message)
		}
	}
	return ""
}

// SealAudit appends what is new in the audit log to the chains of its companies; that it
// fails for one keeps no other waiting. For the job engine.
func (s *Service) SealAudit(ctx context.Context) error {
	tenants, err := s.store.UnsealedTenants(ctx)
	if err != nil {
		return err
	}
	for _, tenant := range tenants {
		if failed := s.sealTenant(ctx, tenant); failed != nil {
			err = errors.Join(err, fmt.Errorf("seal the audit log of tenant %s: %w", tenant, failed))
		}
	}
	return err
}

func (s *Service) sealTenant(ctx context.Context, tenant uuid.UUID) error {
	ctx = asProgram(ctx, tenant)
	for sealed := sealBatch; sealed == sealBatch; {
		err := s.store.InTx(ctx, func(ctx context.Context) (err error) {
			sealed, err = s.store.SealAudit(ctx, tenant, sealBatch)
			return err
		})
		if err != nil {
			return err
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
