package store

import (
	"context"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

const companyColumns = "id, slug, name, country, currency, allows_self_approval, refunds_late_captures, version, created_at"

// Company reads one company by id; the list is empty when there is none.
func (s *Store) Company(ctx context.Context, id uuid.UUID) ([]pay.Company, error) {
	return s.companies(ctx, " WHERE id = $1", id)
}

// CompanyForUpdate locks one company until the transaction ends.
func (s *Store) CompanyForUpdate(ctx context.Context, id uuid.UUID) ([]pay.Company, error) {
	return s.companies(ctx, " WHERE id = $1 FOR UPDATE", id)
}

// UpdateCompany writes what can change of a company, which the audit logs of all its tenants
// tell.
func (s *Store) UpdateCompany(ctx context.Context, c pay.Company) error {
	const query = "UPDATE companies SET name = $2, allows_self_approval = $3, refunds_late_captures = $4, version = $5 WHERE id = $1"
	result, err := s.writer(ctx).ExecContext(across(ctx), query, c.ID, c.Name, c.AllowsSelfApproval, c.RefundsLateCaptures, c.Version)
	if err != nil {
		return translate(err, "update company")
	}
	return allThere(result, "companies", 1)
}

// CompanyBySlug reads one company by its short name.
func (s *Store) CompanyBySlug(ctx context.Context, slug string) ([]pay.Company, error) {
	return s.companies(ctx, " WHERE slug = $1", slug)
}

// Companies reads every company, for the operator.
func (s *Store) Companies(ctx context.Context) ([]pay.Company, error) {
	return s.companies(ctx, " ORDER BY created_at, id")
}

func (s *Store) companies(ctx context.Context, rest string, args ...any) ([]pay.Company, error) {
	var rows []pay.Company
	if err := s.reader(ctx).SelectContext(outside(ctx), &rows, "SELECT "+companyColumns+" FROM companies"+rest, args...); err != nil {
		return nil, translate(err, "read companies")
	}
	return rows, nil
}

// TenantOf reads the tenant of a company in an environment; the list is empty
// when there is none.
func (s *Store) TenantOf(ctx context.Context, companyID uuid.UUID, e pay.Environment) ([]pay.Tenant, error) {
	var rows []pay.Tenant
	const query = "SELECT id, company_id, environment FROM tenants WHERE company_id = $1 AND environment = $2"
	if err := s.reader(ctx).SelectContext(outside(ctx), &rows, query, companyID, e); err != nil {
		return nil, translate(err, "read tenant")
	}
	return rows, nil
}

// InsertCompany adds a company and its tenants, whose audit logs begin with that.
func (s *Store) InsertCompany(ctx context.Context, c pay.Company, tenants []pay.Tenant) error {
	const company = "INSERT INTO companies (" + companyColumns + ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
	tx := s.writer(ctx)
	ctx = across(ctx)
	if _, err := tx.ExecContext(ctx, company, c.ID, c.Slug, c.Name, c.Country, c.Currency,
		c.AllowsSelfApproval, c.RefundsLateCaptures, c.Version, c.CreatedAt); err != nil {
		return translate(err, "insert company")
	}
	for _, t := range tenants {
		const tenant = "INSERT INTO tenants (id, company_id, environment, created_at) VALUES ($1, $2, $3, $4)"
		if _, err := tx.ExecContext(ctx, tenant, t.ID, t.CompanyID, t.Environment, c.CreatedAt); err != nil {
			return translate(err, "insert tenant")
		}
	}
	return nil
}

// CursorSecret reads the key that list cursors are signed with.
func (s *Store) CursorSecret(ctx context.Context) ([]byte, error) {
	var secret []byte
	if err := s.reader(ctx).GetContext(outside(ctx), &secret, "SELECT cursor_secret FROM installation"); err != nil {
		return nil, translate(err, "read installation")
	}
	return secret, nil
}

// Ping says whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.db.PingContext(ctx); err != nil {
		return translate(err, "ping")
	}
	return nil
}
