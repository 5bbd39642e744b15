package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"github.com/paygraph/paygraph/internal/pay"
)

// Stage is a filled database with the servers that are compared on it.
type Stage struct {
	db             *sqlx.DB
	postmaster     int
	callers        []Caller
	product, limit Server
	// peer runs only where it was added.
	peer Server
}

// Caller asks for one company.
type Caller struct {
	tenant uuid.UUID
	token  string
	// payments are some of the newest ones' ids.
	payments []uuid.UUID
}

// Target is a server in one of the ways in which it is asked.
type Target struct {
	Name   string
	Server Server
	ask    func(Question) Ask
}

// Open starts the servers on a filled database, of which so many companies ask.
func Open(ctx context.Context, product, limit Program, databaseURL string, callers []Caller) (_ *Stage, err error) {
	s := &Stage{callers: callers}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	if s.db, err = Connect(databaseURL, 2); err != nil {
		return nil, err
	}
	if s.postmaster, err = postmaster(ctx, s.db); err != nil {
		return nil, err
	}
	if s.product, err = product.With("DATABASE_URL="+databaseURL).Serve(ctx, "PAYGRAPH_ADDR", "/readyz"); err != nil {
		return nil, err
	}
	s.limit, err = limit.With("DATABASE_URL="+databaseURL).Serve(ctx, limitAddress, "/ready")
	return s, err
}

// Close ends the servers.
func (s *Stage) Close() {
	for _, server := range []Server{s.product, s.limit, s.peer} {
		if server.stop != nil {
			server.Stop()
		}
	}
	if s.db != nil {
		s.db.Close()
	}
}

// Callers are the first companies of the set.
func Callers(ctx context.Context, db *sqlx.DB, product Program, companies int) (all []Caller, err error) {
	for n := 1; n <= companies; n++ {
		var c Caller
		slug := fmt.Sprint("bench-", n)
		if err := db.GetContext(ctx, &c.tenant, `SELECT t.id FROM tenants t JOIN companies c ON c.id = t.company_id WHERE c.slug = $1 AND t.environment = 'SANDBOX'`, slug); err != nil {
			return nil, fmt.Errorf("company %s: %w", slug, err)
		}
		if err := db.SelectContext(ctx, &c.payments, `SELECT id FROM payments WHERE tenant_id = $1 ORDER BY created_at DESC, id DESC LIMIT 1000`, c.tenant); err != nil {
			return nil, err
		}
		if c.token, err = product.Run(ctx, "token", "--company", slug); err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// Targets are the servers that answer a question: the limits only those that they know.
func (s *Stage) Targets(q Question) []Target {
	all := []Target{{"paygraph", s.product, s.askProduct}}
	if oneSQL[q.Name] != "" {
		all = append(all, Target{"one-SQL", s.limit, s.askLimit("sql")}, Target{"flat", s.limit, s.askLimit("flat")})
	}
	if s.peer.URL != "" && peerDocuments[q.Name] != "" {
		all = append(all, Target{"PostGraphile", s.peer, s.askPeer})
	}
	return all
}

// askProduct sends the document, each time as another company's unless only one is asked.
func (s *Stage) askProduct(q Question) Ask {
	return func(n int) *http.Request {
		c, id := s.turn(q, n)
		variables := q.variables(n, id)
		if q.Variables != nil && variables == nil {
			return nil
		}
		body, err := json.Marshal(map[string]any{"query": q.Document, "variables": variables})
		if err != nil {
			panic(err) // strings and numbers can be written
		}
		return request(s.product.URL+"/graphql", c.token, body)
	}
}

// askLimit names the same question and whom it is about in the address.
func (s *Stage) askLimit(way string) func(Question) Ask {
	return func(q Question) Ask {
		return func(n int) *http.Request {
			c, id := s.turn(q, n)
			about := url.Values{"tenant": {c.tenant.String()}}
			if q.One {
				about.Set("id", id.String())
			}
			return request(s.limit.URL+"/"+way+"/"+q.Name+"?"+about.Encode(), "", nil)
		}
	}
}

// turn says who asks the n-th time, and about which payment.
func (s *Stage) turn(q Question, n int) (Caller, uuid.UUID) {
	who := n % len(s.callers)
	if q.Only > 0 {
		who = q.Only - 1
	}
	c := s.callers[who]
	return c, c.payments[n/len(s.callers)%len(c.payments)]
}

func request(address, token string, body []byte) *http.Request {
	r, err := http.NewRequest(http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		panic(err) // the address is one of ours
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return r
}

// Check asks every server the same, some times, and says where their answers differ.
func (s *Stage) Check(ctx context.Context, times int) error {
	for _, q := range Questions {
		targets := s.Targets(q)
		for n := range times {
			var first []byte
			for i, target := range targets {
				var body bytes.Buffer
				if err := send(ctx, http.DefaultClient, target.ask(q)(n), &body); err != nil {
					return fmt.Errorf("%s, %s: %w", q.Name, target.Name, err)
				}
				same := Equal
				if target.Server.PID == s.peer.PID {
					same = SameRows
				}
				if i == 0 {
					first = body.Bytes()
				} else if err := same(first, body.Bytes()); err != nil {
					return fmt.Errorf("%s: %s (left) and %s answer differently: %w", q.Name, targets[0].Name, target.Name, err)
				}
			}
		}
	}
	return nil
}

// paymentID spells an id as callers do.
func paymentID(id uuid.UUID) string { return pay.FormatID(pay.KindPayment, id) }
