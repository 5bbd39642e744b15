package graph

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/graph/generated"
	"github.com/paygraph/paygraph/graph/model"
	"github.com/paygraph/paygraph/graph/page"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/service"
)

type viewer struct{ *Resolver }

// Viewer resolves the fields of the caller that the credential does not hold.
func (r *Resolver) Viewer() generated.ViewerResolver { return viewer{r} }

func (q query) Viewer(ctx context.Context) (*pay.Actor, error) {
	actor, err := pay.ActorFrom(ctx)
	return &actor, err
}

func (q query) Company(ctx context.Context) (*pay.Company, error) { return companyOf(ctx) }

// companyOf is the caller's company, read once a request.
func companyOf(ctx context.Context) (*pay.Company, error) {
	actor, err := pay.ActorFrom(ctx)
	if err != nil || actor.CompanyID == uuid.Nil {
		return nil, err
	}
	load(ctx).company.expect(actor.CompanyID)
	return load(ctx).company.load(ctx, actor.CompanyID)
}

func (viewer) Environment(_ context.Context, a *pay.Actor) (*pay.Environment, error) {
	if a.Environment == "" {
		return nil, nil
	}
	return &a.Environment, nil
}

func (viewer) Company(ctx context.Context, _ *pay.Actor) (*pay.Company, error) { return companyOf(ctx) }

func (viewer) Customer(ctx context.Context, a *pay.Actor) (*pay.Customer, error) {
	return loadAny(ctx, &load(ctx).customers, a.CustomerID)
}

func (r viewer) Payments(ctx context.Context, _ *pay.Actor, first int, after *string) (*page.Connection[pay.Payment], error) {
	return query(r).Payments(ctx, nil, nil, &first, after, nil, nil, nil)
}

func (q query) Businesses(ctx context.Context, first int, after *string) (*page.Connection[pay.Business], error) {
	return connect(ctx, q.Resolver, connection[pay.Business]{
		name: "businesses", sort: pay.NewestFirst, read: q.service.ListBusinesses, count: q.service.CountBusinesses,
		position: func(b pay.Business) pay.Position { return pay.Position{Keys: []any{b.CreatedAt}, ID: b.ID} },
	}, pageArgs{first: &first, after: after})
}

func (q query) APIKeys(ctx context.Context, isActive *bool) ([]pay.APIKey, error) {
	return plain(q.service.APIKeys(ctx, isActive))
}

func (m mutation) CreateCompany(ctx context.Context, input service.CreateCompanyInput) (*model.CreateCompanyPayload, error) {
	company, err := m.service.CreateCompany(ctx, input)
	return answer(err, func(errs []model.MutationError) *model.CreateCompanyPayload {
		return &model.CreateCompanyPayload{Company: unless(errs, &company), Errors: errs}
	})
}

func (m mutation) UpdateCompany(ctx context.Context, input model.UpdateCompanyInput) (*model.UpdateCompanyPayload, error) {
	company, err := m.service.UpdateCompany(ctx, service.UpdateCompany{ExpectedVersion: input.ExpectedVersion,
		Name: given(input.Name), AllowsSelfApproval: given(input.AllowsSelfApproval),
		RefundsLateCaptures: given(input.RefundsLateCaptures)})
	return answer(err, func(errs []model.MutationError) *model.UpdateCompanyPayload {
		return &model.UpdateCompanyPayload{Company: unless(errs, &company), Errors: errs}
	})
}

func (m mutation) CreateBusiness(ctx context.Context, input service.CreateBusinessInput) (*model.CreateBusinessPayload, error) {
	business, err := m.service.CreateBusiness(ctx, input)
	return answer(err, func(errs []model.MutationError) *model.CreateBusinessPayload {
		return &model.CreateBusinessPayload{Business: unless(errs, &business), Errors: errs}
	})
}

func (m mutation) CreateAPIKey(ctx context.Context, input service.CreateAPIKeyInput) (*model.CreateAPIKeyPayload, error) {
	key, secret, err := m.service.CreateAPIKey(ctx, input, m.newKey)
	return answer(err, func(errs []model.MutationError) *model.CreateAPIKeyPayload {
		return &model.CreateAPIKeyPayload{APIKey: unless(errs, &key), Secret: unless(errs, &secret), Errors: errs}
	})
}

func (m mutation) UpdateAPIKey(ctx context.Context, input service.UpdateAPIKeyInput) (*model.UpdateAPIKeyPayload, error) {
	key, err := m.service.UpdateAPIKey(ctx, input)
	return answer(err, func(errs []model.MutationError) *model.UpdateAPIKeyPayload {
		return &model.UpdateAPIKeyPayload{APIKey: unless(errs, &key), Errors: errs}
	})
}

func (m mutation) RevokeAPIKey(ctx context.Context, input service.RevokeAPIKeyInput) (*model.RevokeAPIKeyPayload, error) {
	key, err := m.service.RevokeAPIKey(ctx, input)
	return answer(err, func(errs []model.MutationError) *model.RevokeAPIKeyPayload {
		return &model.RevokeAPIKeyPayload{APIKey: unless(errs, &key), Errors: errs}
	})
}

// answer makes a mutation's payload: refusals go into it, anything else to the
// top level.
func answer[P any](err error, payload func([]model.MutationError) *P) (*P, error) {
	errs, err := refusals(err)
	if err != nil {
		return nil, err
	}
	return payload(errs), nil
}

// unless is the value, or nil when the request was refused.
func unless[V any](errs []model.MutationError, value *V) *V {
	if len(errs) > 0 {
		return nil
	}
	return value
}

var errNothing = errors.New("a mutation of one object returned none")

// single is the only object of a bulk of one.
func single[V any](list []V, err error) (*V, error) {
	if err == nil && len(list) != 1 {
		err = errNothing
	}
	if err != nil {
		return nil, err
	}
	return &list[0], nil
}
