package service

import (
	"context"

	"github.com/paygraph/paygraph/internal/pay"
)

// UpdateCompany is a change of the caller's company.
type UpdateCompany struct {
	ExpectedVersion     *int
	Name                Optional[*string]
	AllowsSelfApproval  Optional[*bool]
	RefundsLateCaptures Optional[*bool]
}

// UpdateCompany changes the caller's company in both environments. Its
// rules decide about real money, so that an admin of the live environment changes them.
// It refuses VERSION_CONFLICT when the company has another version than expected. For
// admins.
func (s *Service) UpdateCompany(ctx context.Context, in UpdateCompany) (pay.Company, error) {
	actor, err := pay.ActorFrom(ctx)
	if err != nil {
		return pay.Company{}, err
	}
	if err := actor.RequireAdmin(); err != nil {
		return pay.Company{}, s.forbid(ctx, actor, err)
	}
	at := pay.At("input")
	company, err := edit(ctx, s, edition[pay.Company]{
		lock: func(ctx context.Context) ([]pay.Company, error) {
			return s.store.CompanyForUpdate(ctx, actor.CompanyID)
		},
		missing:  notFound("company", at),
		expected: in.ExpectedVersion, version: func(c pay.Company) int { return c.Version },
		apply: func(c *pay.Company) error {
			var faults checks
			changeNeeded(&faults, &c.Name, in.Name, at.Then("name"))
			faults.text(&c.Name, 1, 200, at.Then("name"))
			for _, rule := range []struct {
				name  string
				into  *bool
				value Optional[*bool]
			}{{"allowsSelfApproval", &c.AllowsSelfApproval, in.AllowsSelfApproval}, {"refundsLateCaptures", &c.RefundsLateCaptures, in.RefundsLateCaptures}} {
				was := *rule.into
				changeNeeded(&faults, rule.into, rule.value, at.Then(rule.name))
				if *rule.into != was && actor.Environment != pay.Live {
					faults.Addf(pay.CodeForbiddenAction, at.Then(rule.name), "It holds for real money too, so a credential of the live environment must change it.")
				}
			}
			return faults.Err()
		},
		save: func(ctx context.Context, c *pay.Company) error {
			c.Version++
			return s.store.UpdateCompany(ctx, *c)
		},
	})
	return company, s.forbid(ctx, actor, err)
}
