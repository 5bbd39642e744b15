package app

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

// greetingTTL is how long the token lasts that a development start prints.
const greetingTTL = 24 * time.Hour

func serve(ctx context.Context, p Process, args []string) error {
	if err := parse(p, newFlags("serve"), args); err != nil {
		return err
	}
	c, log, err := settings(p)
	if err != nil {
		return err
	}
	// Listened on first: a port that is taken should fail before anything else.
	listener, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return fmt.Errorf("PAYGRAPH_ADDR: %w", err)
	}
	defer listener.Close()
	a, err := Open(ctx, c, WithLog(log))
	if err != nil {
		return err
	}
	defer a.Close()
	if c.Development {
		if err := a.greet(ctx, p, listener.Addr().String()); err != nil {
			return err
		}
	} else {
		log.Info("listening", "address", listener.Addr().String())
	}
	return a.Serve(ctx, listener)
}

// greet makes the demo company on the first start and says where to go.
func (a *App) greet(ctx context.Context, p Process, address string) error {
	demo, err := a.MakeDemo(ctx)
	if err != nil {
		return fmt.Errorf("demo company: %w", err)
	}
	fmt.Fprintf(p.Stdout, "\npaygraph is running at http://%s\n", address)
	if a.config.JWT.JWKSURL != "" {
		fmt.Fprint(p.Stdout, "Tokens come from your identity provider.\n\n")
		return nil
	}
	token, err := a.config.JWT.Issue(auth.Grant{CompanyID: demo.ID, Environment: pay.Sandbox, Role: pay.RoleAdmin,
		Subject: "demo", TTL: greetingTTL}, a.clock())
	if err != nil {
		return err
	}
	fmt.Fprintf(p.Stdout, `
  GraphiQL   http://%s/#token=%s
  API        http://%s/graphql
  Token      %s

The token opens the sandbox of the company %q for a day. Stop with Ctrl-C.

`, address, token, address, token, demo.Slug)
	return nil
}

func token(ctx context.Context, p Process, args []string) error {
	flags := newFlags("token")
	slug := flags.String("company", "", "short name of the company; none for the role operator")
	environment := flags.String("environment", "sandbox", "sandbox or live")
	role := flags.String("role", "admin", "admin, staff, readonly, partner, customer or operator")
	customer := flags.String("customer", "", "id of the customer, for the role customer")
	scopes := flags.String("scopes", "", "permissions, separated by commas; none: all of the role")
	subject := flags.String("subject", "cli", "name of the bearer in events")
	ttl := flags.Duration("ttl", 24*time.Hour, "how long the token is good")
	if err := parse(p, flags, args); err != nil {
		return err
	}
	c, _, err := settings(p)
	if err != nil {
		return err
	}
	g := auth.Grant{Role: pay.Role(strings.ToUpper(*role)), Subject: *subject, TTL: *ttl}
	for scope := range strings.SplitSeq(*scopes, ",") {
		if scope = strings.TrimSpace(scope); scope != "" {
			g.Scopes = append(g.Scopes, pay.Scope(scope))
		}
	}
	if *scopes != "" && len(g.Scopes) == 0 {
		return fmt.Errorf("--scopes: %q names no scope", *scopes) // none would mean all
	}
	if *customer != "" {
		id, ok := pay.ParseID(pay.KindCustomer, *customer)
		if !ok {
			return fmt.Errorf("--customer: %q is no customer id", *customer)
		}
		g.CustomerID = &id
	}
	if g.Role != pay.RoleOperator {
		g.Environment = pay.Environment(strings.ToUpper(*environment))
		if err := findCompany(ctx, p, *slug, &g); err != nil {
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

// findCompany puts the company's id into the grant.
func findCompany(ctx context.Context, p Process, slug string, g *auth.Grant) error {
	return withApp(ctx, p, func(a *App) error {
		companies, err := a.Store.CompanyBySlug(ctx, slug)
		if err == nil && len(companies) == 0 {
			err = fmt.Errorf("--company: there is no company %q; see paygraph company list", slug)
		}
		if err != nil {
			return err
		}
		g.CompanyID = companies[0].ID
		return nil
	})
}
