package app

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/web"
)

// greetingTTL is how long the token lasts that a development start prints.
const greetingTTL = 24 * time.Hour

func serve(ctx context.Context, p Process, args []string) error {
	flags := newFlags("serve")
	flags.Usage = func() { usage(p.Stderr) } // the whole, also for the program's flags before a command
	if err := parse(p, flags, args); err != nil {
		return err
	}
	c, log, err := settings(p)
	if err != nil {
		return err
	}
	if p.Alone {
		tune(p, c)
	}
	// Listened on first: a port that is taken should fail before anything else.
	listener, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return fmt.Errorf("PAYGRAPH_ADDR: %w", err)
	}
	defer listener.Close()
	admin, err := listenAdmin(c)
	if err != nil {
		return err
	}
	// Answers from now on: who connects must not wait for the start.
	gate := &web.Gate{}
	server := web.NewServer(gate, log)
	defer server.Close()
	failed := make(chan error, 1)
	go func() { failed <- fmt.Errorf("serve: %w", server.Serve(web.Whole(server, listener))) }()

	a, err := Open(ctx, c, append(p.Options, WithLog(log))...)
	if err != nil {
		admin.Close() // #nosec G104 -- given up; nothing was answered there
		return unlessStopped(ctx, err)
	}
	defer a.Close()
	stopAdmin, err := a.serveAdmin(admin)
	if err != nil {
		return err
	}
	defer stopAdmin()
	if err := a.start(ctx, p, gate, listener.Addr()); err != nil {
		return unlessStopped(ctx, err)
	}
	return a.serve(ctx, server, failed)
}

// unlessStopped forgets why a start failed that somebody stopped: that it did
// not end well is no news to them.
func unlessStopped(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// start makes the demo company on the first start of a development server,
// lets requests in and says where to go.
func (a *App) start(ctx context.Context, p Process, gate *web.Gate, address net.Addr) error {
	var demo pay.Company
	if a.config.Development {
		err := a.steady(ctx, func() (err error) {
			demo, err = a.MakeDemo(ctx)
			return err
		})
		if err != nil {
			return fmt.Errorf("demo company: %w", err)
		}
	}
	handler, err := a.Handler(ctx)
	if err != nil {
		return err
	}
	gate.Open(handler)
	if a.config.Development {
		return a.greet(p, demo, reachable(address))
	}
	a.log.Info("listening", "address", address.String())
	return nil
}

// reachable is an address of this machine for one that listens on all of them,
// which no browser can go to.
func reachable(address net.Addr) string {
	if tcp, ok := address.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", strconv.Itoa(tcp.Port))
	}
	return address.String()
}

func (a *App) greet(p Process, demo pay.Company, address string) error {
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
