// Command bench measures how close the product comes to what the database allows. It fills
// a database with a generated company set (fill.go, fill.sql), starts the product as users
// run it and hand-written servers that answer the same questions (program.go, limit.go),
// checks that all answer alike (stage.go, compare.go), puts loads on them in alternating
// rounds (load.go, measure.go) and prints what came of it as ratios (report.go).
//
// Figures mean something on a machine that does nothing else, and only in comparison with
// those of the same run.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/paygraph/paygraph/internal/pg"
)

// secret signs the tokens of this run and seals what it keeps, which is nothing.
const secret = "qvNn3mC0u7Yw1kXzR5tEo8LpS2aHdGf4"

// costRate is the most that a caller can be allowed to spend in a second. Throttling stays on
// and counts; it must not be what bounds the load of a few callers.
const costRate = 1_000_000

// options are what the command line says.
type options struct {
	databaseURL string
	size        Size
	// companies are how many of the set ask.
	companies int
	// clients ask at once, in so many rounds for each number of them.
	clients []int
	rounds  int
	// checks are how often all servers are asked the same question before they are measured;
	// statements are counted of 21 requests at most.
	checks int
	// only are the names of the questions that are measured; none for all.
	only []string
	// duration is how long each load lasts, and warm what pgbench pays before.
	duration, warm time.Duration
	// peer is the folder of PostGraphile, and data that of orders to import; what has none is
	// not measured.
	peer, data string
}

func main() {
	if os.Getenv(limitAddress) != "" {
		if err := serveLimits(); err != nil {
			log.Fatal(err)
		}
		return
	}
	o := options{databaseURL: os.Getenv("DATABASE_URL"), clients: []int{1, 16, 64}, checks: 100, warm: 2 * time.Second}
	path := flag.String("program", "./paygraph", "the built product")
	flag.StringVar(&o.peer, "peer", "", "folder of PostGraphile, to measure it too: bench/postgraphile behind npm ci")
	flag.StringVar(&o.data, "data", "", "folder with orders as examples/replay reads them, to time their import")
	flag.Func("only", "questions to measure, by commas, such as DASH,payOrders (default all)", func(list string) error {
		o.only = strings.Split(list, ",")
		return nil
	})
	flag.IntVar(&o.size.Payments, "payments", 200_000, "payments in the set")
	flag.IntVar(&o.size.Companies, "companies", 100, "companies in the set, at least 2")
	flag.IntVar(&o.size.Owed, "owed", 100_000, "orders of the set that are there to be paid")
	flag.IntVar(&o.companies, "callers", 8, "companies that ask in turn")
	flag.IntVar(&o.rounds, "rounds", 3, "rounds, in which the servers take turns")
	flag.DurationVar(&o.duration, "duration", 3*time.Second, "how long each load lasts")
	flag.Func("clients", "how many ask at once, by commas (default 1,16,64)", func(list string) (err error) {
		o.clients = nil
		for _, text := range strings.Split(list, ",") {
			n, fault := strconv.Atoi(text)
			o.clients, err = append(o.clients, n), errors.Join(err, fault)
		}
		return err
	})
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := runOnDatabase(ctx, o, *path); err != nil {
		log.Fatal(err)
	}
}

// runOnDatabase runs on the database of DATABASE_URL, or on a new private one that is
// thrown away.
func runOnDatabase(ctx context.Context, o options, path string) error {
	if o.databaseURL == "" {
		dir, err := os.MkdirTemp("", "paygraph-bench-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		if err := os.Chmod(dir, 0o711); err != nil { // #nosec G302 -- root's PostgreSQL runs as somebody else, who must get in
			return err
		}
		server, err := pg.Open(ctx, pg.Options{Dir: dir})
		if err != nil {
			return err
		}
		defer server.Stop(context.WithoutCancel(ctx))
		o.databaseURL = server.URL()
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return run(ctx, o, Program{Path: path, Env: settings(o.databaseURL)}, Program{Path: self}, os.Stdout)
}

// settings are those of the product: it runs as users run it, on a database of its own.
func settings(databaseURL string) []string {
	return []string{"DATABASE_URL=" + databaseURL, "PAYGRAPH_JWT_SECRET=" + secret, "PAYGRAPH_SECRETS_KEY=" + secret, fmt.Sprint("PAYGRAPH_COST_RATE=", costRate)}
}

// run fills the database, and measures the product and the limits on it.
func run(ctx context.Context, o options, product, limit Program, out io.Writer) error {
	callers, err := fill(ctx, o, product, out)
	if err != nil {
		return err
	}
	statements, payer, err := count(ctx, o, product, limit, callers)
	if errors.Is(err, errNoSocket) {
		fmt.Fprintln(out, err)
	} else if err != nil {
		return err
	}
	s, err := Open(ctx, product, limit, o.databaseURL, callers)
	if err != nil {
		return err
	}
	defer s.Close()
	if o.peer != "" {
		if err := s.AddPeer(ctx, o.peer, o.databaseURL); err != nil {
			return err
		}
	}
	atRest := s.Running()
	if err := s.Check(ctx, o.checks); err != nil {
		return err
	}
	fmt.Fprintf(out, "The servers answer alike; %d companies ask, each may spend %d points of cost a second.\n\n", o.companies, costRate)
	measures, err := s.Rounds(ctx, o, payer)
	r := gather(measures, statements)
	r.Report(out)
	r.Servers(out, atRest, o.clients)
	r.Targets(out)
	if o.data == "" || err != nil {
		return err
	}
	return s.Replay(ctx, product.With("DATABASE_URL="+o.databaseURL), o.data, out)
}

// fill makes the set, and returns who asks.
func fill(ctx context.Context, o options, product Program, out io.Writer) ([]Caller, error) {
	if _, err := product.Run(ctx, "migrate"); err != nil {
		return nil, err
	}
	db, err := Connect(o.databaseURL, 1)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	began := time.Now()
	if err := Fill(ctx, db, o.size); err != nil {
		return nil, err
	}
	fmt.Fprintf(out, "%d payments of %d companies, made in %s\n", o.size.Payments, o.size.Companies, time.Since(began).Round(time.Second))
	return Callers(ctx, db, product, o.companies)
}

// count has servers of their own work through a wire, and counts statements; the payer is
// nil where there is no pgbench.
func count(ctx context.Context, o options, product, limit Program, callers []Caller) (counted, *Payer, error) {
	wire, err := Tap(o.databaseURL)
	if err != nil {
		return nil, nil, err
	}
	defer wire.Close()
	s, err := Open(ctx, product, limit, wire.URL, callers)
	if err != nil {
		return nil, nil, err
	}
	defer s.Close()
	if o.peer != "" {
		if err := s.AddPeer(ctx, o.peer, wire.URL); err != nil {
			return nil, nil, err
		}
	}
	counts, err := s.Count(ctx, wire, min(o.checks, 21))
	if err != nil {
		return nil, nil, err
	}
	payer, err := s.Payer(ctx, wire, o.databaseURL)
	return counts, payer, err
}
