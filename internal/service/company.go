package service

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// CreateCompanyInput is a company to be made.
type CreateCompanyInput struct {
	Name               string
	Slug               *string
	Country            string
	Currency           money.Currency
	AllowsSelfApproval bool
	// RefundsLateCaptures: money that comes after its payment was closed goes back.
	RefundsLateCaptures bool
}

var (
	slugForm  = pay.NewPattern(`^[a-z0-9][a-z0-9-]*$`, 63)
	slugOther = regexp.MustCompile(`[^a-z0-9]+`)
)

// CreateCompany makes a company with its live and its sandbox tenant. Only for
// operators.
func (s *Service) CreateCompany(ctx context.Context, in CreateCompanyInput) (pay.Company, error) {
	actor, err := pay.ActorFrom(ctx)
	if err != nil {
		return pay.Company{}, err
	}
	if actor.Role != pay.RoleOperator {
		return pay.Company{}, s.forbid(ctx, actor, fmt.Errorf("%w: role OPERATOR is needed", pay.ErrForbidden))
	}
	slug := strings.Trim(slugOther.ReplaceAllString(strings.ToLower(in.Name), "-"), "-")
	if in.Slug != nil {
		slug = *in.Slug
	}
	var c checks
	c.text(&in.Name, 1, 200, pay.At("input", "name"))
	if !slugForm.Matches(slug) {
		c.Addf(pay.CodeInvalidInput, pay.At("input", "slug"), "The short name must be 1 to 63 lower-case letters, digits and hyphens.")
	}
	c.inUse(in.Currency, pay.At("input", "currency"))
	if c.Any() {
		return pay.Company{}, c.Err()
	}
	now := s.clock()
	company := pay.Company{ID: pay.NewID(), Slug: slug, Name: in.Name, Country: in.Country, Currency: in.Currency,
		AllowsSelfApproval: in.AllowsSelfApproval, RefundsLateCaptures: in.RefundsLateCaptures, Version: 1, CreatedAt: now}
	tenants := []pay.Tenant{
		{ID: pay.NewID(), CompanyID: company.ID, Environment: pay.Live},
		{ID: pay.NewID(), CompanyID: company.ID, Environment: pay.Sandbox},
	}
	err = s.store.InTx(ctx, func(ctx context.Context) error { return s.store.InsertCompany(ctx, company, tenants) })
	if store.IsDuplicateReference(err) {
		return pay.Company{}, pay.Errors{duplicateReference("", pay.At("input", "slug"))}
	}
	return company, err
}

// Companies lists every company. Only for operators.
func (s *Service) Companies(ctx context.Context) ([]pay.Company, error) {
	actor, err := pay.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	if actor.Role != pay.RoleOperator {
		return nil, s.forbid(ctx, actor, fmt.Errorf("%w: role OPERATOR is needed", pay.ErrForbidden))
	}
	return s.store.Companies(ctx)
}

// Company reads the caller's company; nil for an operator.
func (s *Service) Company(ctx context.Context) (*pay.Company, error) {
	actor, err := pay.ActorFrom(ctx)
	if err != nil || actor.CompanyID == uuid.Nil {
		return nil, err
	}
	company, err := s.companyOf(ctx, actor)
	if err != nil {
		return nil, err
	}
	return &company, nil
}

func (s *Service) companyOf(ctx context.Context, a pay.Actor) (pay.Company, error) {
	list, err := s.store.Company(ctx, a.CompanyID)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("company %s of an admitted caller is missing", a.CompanyID)
	}
	if err != nil {
		return pay.Company{}, err
	}
	return list[0], nil
}

// CreateBusinessInput is a location to be added.
type CreateBusinessInput struct {
	ReferenceID *string
	Name        string
	Address     *pay.Address
}

// CreateBusiness adds a location. For callers with payments:write, but no
// customer.
func (s *Service) CreateBusiness(ctx context.Context, in CreateBusinessInput) (pay.Business, error) {
	c, err := s.maintains(ctx, pay.ScopePaymentsWrite)
	if err != nil {
		return pay.Business{}, err
	}
	at := pay.At("input")
	var faults checks
	faults.reference(in.ReferenceID, at)
	faults.text(&in.Name, 1, 200, at.Then("name"))
	faults.address(in.Address, at.Then("address"))
	if faults.Any() {
		return pay.Business{}, faults.Err()
	}
	row := pay.Business{ReferenceID: in.ReferenceID, Name: in.Name, Address: in.Address}
	hash := fingerprint(businessContent(row))
	row.ID, row.CreatedAt = pay.NewID(), s.clock()
	row.UpdatedAt = row.CreatedAt
	return saveOne(ctx, s, c.rows, bulk[pay.Business]{
		table: store.Businesses, kind: pay.KindBusiness, path: func(int) pay.Path { return at },
		drafts: []draft[pay.Business]{{row: row, id: row.ID, referenceID: in.ReferenceID, fingerprint: hash}},
		insert: func(ctx context.Context, rows store.Tenant, fresh []draft[pay.Business]) error {
			for _, d := range fresh {
				return rows.InsertBusiness(ctx, store.NewBusiness{Business: d.row, Fingerprint: d.fingerprint})
			}
			return nil
		},
		read: c.rows.Businesses, key: businessID,
	})
}

func businessID(b pay.Business) uuid.UUID { return b.ID }

// Businesses reads locations by id, in any order.
func (s *Service) Businesses(ctx context.Context, ids []uuid.UUID) ([]pay.Business, error) {
	return read(ctx, s, func(c caller) ([]pay.Business, error) { return c.rows.Businesses(ctx, ids) })
}

// ListBusinesses reads one page of the locations, newest first.
func (s *Service) ListBusinesses(ctx context.Context, p pay.Page) (pay.Rows[pay.Business], error) {
	return read(ctx, s, func(c caller) (pay.Rows[pay.Business], error) { return c.rows.ListBusinesses(ctx, p) })
}

// CountBusinesses counts the locations.
func (s *Service) CountBusinesses(ctx context.Context) (int, error) {
	return read(ctx, s, func(c caller) (int, error) { return c.rows.CountBusinesses(ctx) })
}
