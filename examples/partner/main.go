// Command partner pays one order and says what became of it. It is the smallest
// program that a partner can trust with money, and is meant to be copied:
//
//	client.go  GraphQL over HTTP: variables, errors, what is sent again and when
//	pay.go     one payment, from the key that names it to its result
//
//	go run ./examples/partner --url http://127.0.0.1:8080/graphql --key pg_sand_… \
//	  --order ord_… --gateway gw_… --token tok_approve
//
// It needs a partner key with the scopes payments:read and payments:write. Run twice,
// it pays once. What it ends with: 0 the money is taken or held, or the payer must act;
// 1 nothing was taken; 2 the command line is wrong; 3 nobody knows yet, run it again.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"
)

const (
	exitPaid    = 0
	exitNotPaid = 1
	exitUsage   = 2
	exitUnknown = 3
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr, sleep))
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer, wait waiter) int {
	flags := flag.NewFlagSet("partner", flag.ContinueOnError)
	flags.SetOutput(stderr)
	url := flags.String("url", "http://127.0.0.1:8080/graphql", "address of the API")
	key := flags.String("key", os.Getenv("PAYGRAPH_KEY"), "partner key; left out: the variable PAYGRAPH_KEY")
	order := flags.String("order", "", "id of the order to pay")
	gateway := flags.String("gateway", "", "id of the gateway to pay with")
	token := flags.String("token", "", "one-time token from the gateway's form")
	try := flags.Int("try", 1, "which try of the payer this is: after a decline the next")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return exitPaid
	case err != nil || flags.NArg() > 0:
		return exitUsage
	case *key == "" || *order == "" || *gateway == "":
		fmt.Fprintln(stderr, "partner: --key, --order and --gateway are needed")
		return exitUsage
	}
	api := newClient(*url, *key, wait)
	result, err := pay(ctx, api, *order, *gateway, *token, *try)
	switch {
	case errors.Is(err, errNotKnown):
		fmt.Fprintln(stderr, "partner:", err)
		return exitUnknown
	case err != nil:
		fmt.Fprintln(stderr, "partner:", err)
		return exitNotPaid
	}
	fmt.Fprintln(stdout, result)
	return exitPaid
}

// waiter waits, or returns early with the error of a context that ended.
type waiter func(context.Context, time.Duration) error

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
