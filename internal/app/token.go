package app

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

// tokenFlags is the command line of token.
type tokenFlags struct {
	company, environment, role, customer, scopes, subject string
	ttl                                                   time.Duration
}

func token(ctx context.Context, p Process, args []string) error {
	var in tokenFlags
	flags := newFlags("token")
	flags.StringVar(&in.company, "company", "", "short name of the company; none for the role operator")
	flags.StringVar(&in.environment, "environment", "sandbox", "sandbox or live")
	flags.StringVar(&in.role, "role", "admin", "admin, staff, readonly, partner, customer or operator")
	flags.StringVar(&in.customer, "customer", "", "id of the customer, for the role customer")
	flags.StringVar(&in.scopes, "scopes", "", "permissions, separated by commas; without the flag all of the role")
	flags.StringVar(&in.subject, "subject", "", "name of the bearer in events, one for each person (default cli- and the role)")
	flags.DurationVar(&in.ttl, "ttl", 24*time.Hour, "how long the token is good")
	if err := parse(p, flags, args); err != nil {
		return err
	}
	if fault := in.contradiction(flags); fault != "" {
		return refuseUsage(p, flags, fault)
	}
	c, _, err := settings(p)
	if err != nil {
		return err
	}
	g, err := in.grant()
	if err != nil {
		return err
	}
	if g.Role != pay.RoleOperator {
		if err := findTenant(ctx, p, in.company, &g); err != nil {
			return err
		}
	}
	text, err := c.JWT.Issue(g, pay.SystemClock())
	if err != nil {
		return err
	}
	fmt.Fprintln(p.Stdout, text)
	return nil
}

// contradiction names flags that are missing for the role, or that it makes no
// sense with: ignored, the token would be for another than was meant.
func (in tokenFlags) contradiction(flags *flag.FlagSet) string {
	role := pay.Role(strings.ToUpper(in.role))
	switch given := givenOf(flags); {
	case role != pay.RoleCustomer && given["customer"]:
		return "--customer is for the role customer only"
	case role == pay.RoleOperator && (given["company"] || given["environment"]):
		return "--company and --environment make no sense for the role operator, who belongs to no company"
	case role != pay.RoleOperator && in.company == "":
		return "--company is missing"
	case role == pay.RoleCustomer && in.customer == "":
		return "--customer is missing"
	}
	return ""
}

// givenOf returns the flags that stand in the command line.
func givenOf(flags *flag.FlagSet) map[string]bool {
	given := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	return given
}

// grant is what the flags say, without the company's id.
func (in tokenFlags) grant() (auth.Grant, error) {
	if in.subject == "" { // a person who submits must not be the one who approves
		in.subject = "cli-" + strings.ToLower(in.role)
	}
	g := auth.Grant{Role: pay.Role(strings.ToUpper(in.role)), Subject: in.subject, TTL: in.ttl}
	for scope := range strings.SplitSeq(in.scopes, ",") {
		if scope = strings.TrimSpace(scope); scope != "" {
			g.Scopes = append(g.Scopes, pay.Scope(scope))
		}
	}
	if in.scopes != "" && len(g.Scopes) == 0 {
		return g, fmt.Errorf("--scopes: %q names no scope", in.scopes) // none would mean all
	}
	if in.customer != "" {
		id, ok := pay.ParseID(pay.KindCustomer, in.customer)
		if !ok {
			return g, fmt.Errorf("--customer: %q is no customer id", in.customer)
		}
		g.CustomerID = &id
	}
	if g.Role != pay.RoleOperator {
		g.Environment = pay.Environment(strings.ToUpper(in.environment))
		if !slices.Contains([]pay.Environment{pay.Live, pay.Sandbox}, g.Environment) {
			return g, fmt.Errorf("--environment: %q is neither sandbox nor live", in.environment)
		}
	}
	return g, nil
}

// findTenant puts the company's id into the grant, and makes sure that the
// customer is there: a token for another company's shows nothing, and nobody
// would know why.
func findTenant(ctx context.Context, p Process, slug string, g *auth.Grant) error {
	return withApp(ctx, p, func(a *App) error {
		return a.steady(ctx, func() error {
			companies, err := a.Store.CompanyBySlug(ctx, slug)
			if err == nil && len(companies) == 0 {
				err = fmt.Errorf("--company: there is no company %q; see paygraph company list", slug)
			}
			if err != nil {
				return err
			}
			g.CompanyID = companies[0].ID
			if g.CustomerID == nil {
				return nil
			}
			return a.findCustomer(ctx, companies[0], g.Environment, *g.CustomerID)
		})
	})
}

func (a *App) findCustomer(ctx context.Context, c pay.Company, e pay.Environment, id uuid.UUID) error {
	tenants, err := a.Store.TenantOf(ctx, c.ID, e)
	if err != nil {
		return err
	}
	who := pay.Actor{ID: pay.ActorSystem, TenantID: tenants[0].ID}
	found, err := a.Store.For(who).Customers(pay.WithActor(ctx, who), []uuid.UUID{id})
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("--customer: company %q has no customer %s in the environment %s",
			c.Slug, pay.FormatID(pay.KindCustomer, id), strings.ToLower(string(e)))
	}
	return err
}
