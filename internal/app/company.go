package app

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/config"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/pg"
	"github.com/paygraph/paygraph/internal/service"
)

// operator is who runs commands: whoever can reach the database directly.
func operator(ctx context.Context) context.Context {
	return pay.WithActor(ctx, pay.Actor{ID: "operator:cli", Role: pay.RoleOperator})
}

// administrator is who runs commands for a company: whoever can reach the database
// directly may do what its admins may.
func (a *App) administrator(ctx context.Context, g auth.Grant) (context.Context, error) {
	tenants, err := a.Store.TenantOf(ctx, g.CompanyID, g.Environment)
	if err != nil {
		return nil, err
	}
	return pay.WithActor(ctx, pay.Actor{ID: "operator:cli", Role: pay.RoleAdmin, Scopes: pay.Scopes(),
		TenantID: tenants[0].ID, CompanyID: g.CompanyID, Environment: g.Environment}), nil
}

func company(ctx context.Context, p Process, args []string) error {
	action := ""
	if len(args) > 0 {
		action, args = args[0], args[1:]
	}
	switch action {
	case "create":
		return createCompany(ctx, p, args)
	case "list":
		return listCompanies(ctx, p, args)
	}
	fmt.Fprint(p.Stderr, "Usage: paygraph company create --name NAME --country CC --currency CCC [--slug SLUG] [--self-approval]\n       paygraph company list\n")
	return errUsage
}

func createCompany(ctx context.Context, p Process, args []string) error {
	flags := newFlags("company create")
	name := flags.String("name", "", "display name")
	slug := flags.String("slug", "", "short name; none: made from the name")
	country := flags.String("country", "", "ISO 3166-1 alpha-2 code")
	currency := flags.String("currency", "", "ISO 4217 code")
	selfApproval := flags.Bool("self-approval", false, "who submits a manual payment may approve it")
	if err := parse(p, flags, args); err != nil {
		return err
	}
	for _, required := range []string{"name", "country", "currency"} {
		if flags.Lookup(required).Value.String() == "" {
			return refuseUsage(p, flags, "--"+required+" is missing")
		}
	}
	in := service.CreateCompanyInput{Name: *name, Country: strings.ToUpper(*country), AllowsSelfApproval: *selfApproval}
	if *slug != "" {
		in.Slug = slug
	}
	if !pay.KnownCountry(in.Country) {
		return fmt.Errorf("--country: %q is no ISO 3166-1 alpha-2 code", *country)
	}
	var err error
	if in.Currency, err = money.ParseCurrency(strings.ToUpper(*currency)); err != nil {
		return fmt.Errorf("--currency: %w", err)
	}
	return withApp(ctx, p, func(a *App) error {
		made, err := a.Service.CreateCompany(operator(ctx), in)
		for _, fault := range pay.AsErrors(err) {
			if in.Slug == nil && fault.Code == pay.CodeInvalidInput && slices.Equal(fault.Path, pay.At("input", "slug")) {
				return fmt.Errorf("--slug: no short name can be made from %q; give one of 1 to 63 letters a to z, digits and hyphens", in.Name)
			}
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(p.Stdout, "%s\t%s\n", made.Slug, made.GlobalID())
		return nil
	})
}

func listCompanies(ctx context.Context, p Process, args []string) error {
	if err := parse(p, newFlags("company list"), args); err != nil {
		return err
	}
	return withApp(ctx, p, func(a *App) error {
		var list []pay.Company
		err := a.steady(ctx, func() (err error) {
			list, err = a.Service.Companies(operator(ctx))
			return err
		})
		for _, c := range list {
			fmt.Fprintf(p.Stdout, "%s\t%s\t%s\t%s\t%s\n", c.Slug, c.GlobalID(), c.Country, c.Currency, c.Name)
		}
		return err
	})
}

// withApp runs fn with the database open. It is for commands that need no
// settings of tokens: a job that migrates should not be given the secret.
func withApp(ctx context.Context, p Process, fn func(*App) error) error {
	c, err := config.WithoutTokens(p.Getenv, pg.DefaultDir())
	if err != nil {
		return err
	}
	a, err := Open(ctx, c, append(p.Options, WithLog(newLog(c, p.Stderr)))...)
	if err != nil {
		return err
	}
	defer a.Close()
	return fn(a)
}
