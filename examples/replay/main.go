// Command replay plays a folder of past orders and payments against a running
// API and prints what the API then knows about them. It is meant to be read: it
// does what a partner's integration does, in the same order.
//
//	folder.go   read the partner's own data and refuse what is not exact
//	            (files.go, csv.go, cents.go)
//	load.go     create customers, orders and gateways, a hundred at a time
//	pay.go      pay each order, row by row, safely when anything breaks
//	report.go   read the result back instead of trusting own counters
//	client.go   GraphQL over HTTP: variables, typed errors, retries
//	queries.go  every document that is sent
//
// Everything is safe to repeat: objects carry the ids of the files as
// referenceId, payments an idempotency key made from order and row. A second
// run therefore moves no money and prints the same.
//
// The token needs the scopes payments:read, payments:write and gateways:admin,
// in an environment that has the connector "sandbox".
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// What the program tells its caller when it ends.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // so that a second Ctrl-C ends the program at once
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr, usualPace))
}

// options are what the command line says.
type options struct {
	data, url, token string
	workers          int
	json             bool
}

// pace is how long the program waits for others. Tests make it short.
type pace struct {
	retry time.Duration // before the second try of a request; doubles from there
	poll  time.Duration // before the second look at a payment under way; doubles too
}

var usualPace = pace{retry: 100 * time.Millisecond, poll: 100 * time.Millisecond}

func run(ctx context.Context, args []string, stdout, stderr io.Writer, p pace) int {
	o, err := parseOptions(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return exitDone
	}
	if err != nil {
		fmt.Fprintln(stderr, "replay:", err)
		return exitUsage
	}
	result, err := replay(ctx, o, p, stderr)
	if err == nil && o.json {
		err = writeJSON(stdout, result)
	} else if err == nil {
		err = writeTable(stdout, result)
	}
	switch {
	case err == nil:
		return exitDone
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "replay: stopped. Run the same command again to go on: what is done stays done, and nothing is paid twice.")
	default:
		fmt.Fprintln(stderr, "replay:", err)
	}
	return exitFailed
}

func parseOptions(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("replay", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // the caller prints the error, once
	flags.StringVar(&o.data, "data", "", "`folder` with orders.csv, order_items.csv, order_payments.csv and customers.csv")
	flags.StringVar(&o.url, "url", "", "`address` of the API; without a path, /graphql is meant")
	flags.StringVar(&o.token, "token", "", "bearer `token` of a partner key or person")
	flags.IntVar(&o.workers, "workers", 8, "how many orders to pay at the same time")
	flags.BoolVar(&o.json, "json", false, "print one JSON object instead of a table")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(stderr, "usage: replay --data folder --url address --token token [--workers n] [--json]")
			flags.SetOutput(stderr)
			flags.PrintDefaults()
		}
		return o, err
	}
	switch {
	case flags.NArg() > 0:
		return o, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case o.data == "":
		return o, errors.New("--data is missing")
	case o.token == "":
		return o, errors.New("--token is missing")
	case o.workers < 1:
		return o, errors.New("--workers must be at least 1")
	}
	address, err := url.Parse(o.url)
	if err != nil || address.Host == "" || (address.Scheme != "http" && address.Scheme != "https") {
		return o, errors.New("--url must be an http or https address")
	}
	if address.Path == "" || address.Path == "/" {
		address.Path = "/graphql"
	}
	o.url = address.String()
	return o, nil
}

// replayer is one run: what its steps share.
type replayer struct {
	api      *client
	workers  int
	poll     time.Duration
	progress *progress
}

// replay is the whole story from the files to the figures.
func replay(ctx context.Context, o options, p pace, stderr io.Writer) (report, error) {
	data, err := readFolder(o.data)
	if err != nil {
		return report{}, err
	}
	if data.strayItems > 0 {
		fmt.Fprintf(stderr, "replay: %d rows of %s name orders that %s does not have; they are left out\n",
			data.strayItems, itemsFile, ordersFile)
	}
	r := replayer{api: newClient(o.url, o.token, o.workers, p.retry), workers: o.workers,
		poll: p.poll, progress: newProgress(stderr)}
	return r.play(ctx, data)
}

func (r *replayer) play(ctx context.Context, data *folder) (report, error) {
	gateways, err := r.createGateways(ctx, data.paymentTypes())
	if err != nil {
		return report{}, err
	}
	orders, err := r.createAll(ctx, data)
	if err != nil {
		return report{}, err
	}
	refused, err := r.payAll(ctx, data.payments, orders, gateways)
	if err != nil {
		return report{}, err
	}
	return r.readBack(ctx, orders, refused)
}
