package chaos

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/paygraph/paygraph/internal/chaos/psp"
	"github.com/paygraph/paygraph/internal/pay"
)

// Options are the size of a rehearsal.
type Options struct {
	// Dir is an empty directory for PostgreSQL.
	Dir string
	// DatabaseURL is an empty database to use instead of one in Dir, and DirectURL the
	// same past a proxy; who gives one does harm to it by other means. They must have
	// binary_parameters=yes and timezone=UTC.
	DatabaseURL, DirectURL string

	Seed uint64
	// Servers is how many processes run at the same time, Workers how many clients.
	Servers, Workers int
	// Most bounds the orders; 0 for none.
	Most int
	// Lean has most clients only pay, and the provider report every tenth event only.
	Lean bool
	// Faults is the part of the provider's answers that meet a fault, 0 to 1.
	Faults float64
	// Skews are how far the clocks of the servers are off, one after the other.
	Skews []time.Duration
	// Settings are further variables of the servers.
	Settings []string
	// Log gets the servers' errors.
	Log io.Writer
}

// Rehearsal is everything that runs.
type Rehearsal struct {
	Options
	Cluster  *Cluster
	DB       *sqlx.DB
	Provider *psp.Provider
	Servers  []*Server
	Journal  *Journal
	Load     *Load
	Company  uuid.UUID
}

// Begin starts PostgreSQL, the provider and the servers, and opens the shop.
func Begin(ctx context.Context, o Options) (r *Rehearsal, err error) {
	r = &Rehearsal{Options: o, Journal: NewJournal()}
	defer func() {
		if err != nil {
			r.End()
		}
	}()
	if err := r.openDatabase(ctx); err != nil {
		return r, err
	}
	if r.Provider, err = psp.Start(o.Seed, 0); err != nil {
		return r, err
	}
	if err := r.startServers(ctx); err != nil {
		return r, err
	}
	return r, r.openShop(ctx)
}

func (r *Rehearsal) openDatabase(ctx context.Context) (err error) {
	if r.DatabaseURL == "" {
		if r.Cluster, err = StartCluster(ctx, r.Dir); err != nil {
			return err
		}
		r.DatabaseURL = r.Cluster.URL()
	}
	direct := cmp.Or(r.DirectURL, r.DatabaseURL)
	if r.Company, err = Migrate(ctx, direct); err != nil {
		return err
	}
	c, err := pq.NewConfig(direct)
	if err != nil {
		return err
	}
	c.Runtime = map[string]string{"paygraph.tenant": "all"} // what is looked at is of all companies
	connector, err := pq.NewConnectorConfig(c)
	if err != nil {
		return err
	}
	r.DB = sqlx.NewDb(sql.OpenDB(connector), "postgres")
	r.DB.SetMaxOpenConns(4)
	return nil
}

func (r *Rehearsal) startServers(ctx context.Context) error {
	epoch := time.Now()
	for i := range r.Options.Servers {
		var skew time.Duration
		if len(r.Skews) > 0 {
			skew = r.Skews[i%len(r.Skews)]
		}
		s, err := NewServer(ServerOptions{DatabaseURL: r.DatabaseURL, DirectURL: r.DirectURL, ProviderURL: r.Provider.URL(), Epoch: epoch, Skew: skew, Log: r.Log})
		if err != nil {
			return err
		}
		r.Servers = append(r.Servers, s)
		if err := s.Start(ctx, r.Settings...); err != nil {
			return err
		}
	}
	return nil
}

func (r *Rehearsal) openShop(ctx context.Context) error {
	clients := make([]*Client, 2)
	for i, subject := range []string{"admin", "teller"} {
		token, err := Token(r.Company, pay.RoleAdmin, subject)
		if err != nil {
			return err
		}
		clients[i] = NewClient(r.Servers, token, r.Journal)
	}
	shop, err := OpenShop(ctx, clients[0])
	if err != nil {
		return err
	}
	var targets, fickle []string
	for _, s := range r.Servers {
		targets, fickle = append(targets, s.URL+shop.Hooks), append(fickle, s.URL+shop.FickleHooks)
	}
	r.Provider.Subscribe(HookSecret, targets...)
	r.Provider.SubscribeAccount(psp.AccountFickle, fickle...)
	r.Load = &Load{Admin: clients[0], Teller: clients[1], Shop: shop, Seed: r.Seed, Workers: r.Workers, Most: r.Most, Lean: r.Lean}
	r.Provider.SetFaults(r.Faults)
	r.Provider.SetQuiet(r.Lean)
	return nil
}

// Heal ends all faults, waits for results, and compares.
func (r *Rehearsal) Heal(ctx context.Context) (Report, error) {
	r.Provider.Heal()
	for _, s := range r.Servers {
		if err := s.Ready(ctx); err != nil {
			return Report{}, err
		}
	}
	report := Report{Seed: r.Seed, Wishes: r.Load.Wishes.Load(), Faults: r.Provider.Injected(), ForgedRefused: r.Provider.ForgedRefused()}
	var healed bool
	report.Healing, report.Open, healed = AwaitHealing(ctx, r.DB)
	verdict, err := Compare(ctx, r.DB, r.Provider, r.Journal)
	if err != nil {
		return report, err
	}
	report.Verdict = verdict
	report.Answers, report.Unanswered = r.Journal.Answers()
	report.Gap = r.Journal.Gap()
	if !healed {
		report.Verdict.fault("%d attempts, operations and refunds have no result after %s", report.Open, report.Healing)
	}
	for _, err := range r.Load.Errors() {
		report.Verdict.fault("a client gave up: %v", err)
	}
	return report, nil
}

// End stops everything.
func (r *Rehearsal) End() {
	if r.Provider != nil {
		r.Provider.Close()
	}
	for _, s := range r.Servers {
		if s.Exited() != nil {
			s.Kill()
		}
	}
	if r.DB != nil {
		r.DB.Close()
	}
	if r.Cluster != nil {
		r.Cluster.Stop()
	}
}

// Report is what a rehearsal came to.
type Report struct {
	Seed       uint64
	Wishes     int64
	Answers    int
	Unanswered map[string]int
	// Gap is the longest time without a new payment that was acknowledged.
	Gap    time.Duration
	Faults map[psp.Fault]int
	// ForgedRefused are the forged reports that were answered with 401.
	ForgedRefused int
	Healing       time.Duration
	Open          int
	Verdict       Verdict
}

func (r Report) String() string {
	faults := 0
	for _, n := range r.Faults {
		faults += n
	}
	return fmt.Sprintf("seed %d: %d orders wanted, %d payments, %d charges, %d fallovers (captured %d, held %d, refunded %d minor units); %d answers, unanswered %v; %d provider faults of %d kinds, %d forged reports refused; healed in %s",
		r.Seed, r.Wishes, r.Verdict.Payments, r.Verdict.Charges, r.Verdict.Fallovers, r.Verdict.Captured, r.Verdict.Held, r.Verdict.Refunded, r.Answers, r.Unanswered, faults, len(r.Faults),
		r.ForgedRefused, r.Healing.Round(time.Millisecond))
}
