package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Measure is what one load on one target came to.
type Measure struct {
	Question, Target string
	Clients          int
	Load             Load
	// ServerCPU and DatabaseCPU are times on processors for each request; zero where the
	// machine does not tell.
	ServerCPU, DatabaseCPU time.Duration
	// Memory is what the server had resident behind the load, in bytes; zero for pgbench.
	Memory int64
}

// Rounds puts the loads on the servers, which take turns at being first. payer may be nil.
// A load that failed is an error in the end, and the others are measured.
func (s *Stage) Rounds(ctx context.Context, o options, payer *Payer) (measures []Measure, err error) {
	questions, err := s.Questions(ctx)
	if err != nil {
		return nil, err
	}
	for i, clients := range o.clients {
		for round := range o.rounds {
			for _, q := range questions {
				if len(o.only) > 0 && !slices.Contains(o.only, q.Name) {
					continue
				}
				loads := s.loads(q, clients, o.duration)
				if q.Name == "payOrders" && payer != nil {
					left := (len(o.clients)-i)*o.rounds - round
					loads = append(loads, s.paying(payer, clients, o, 1/float64(left)))
				}
				for i := range loads {
					m, fault := loads[(i+round)%len(loads)](ctx)
					if ctx.Err() != nil {
						return measures, errors.Join(err, fault)
					}
					if fault != nil {
						err = errors.Join(err, fmt.Errorf("%s, %d clients: %w", q.Name, clients, fault))
						continue
					}
					measures = append(measures, m)
				}
			}
		}
	}
	return measures, err
}

// load puts one load on one target.
type load func(context.Context) (Measure, error)

func (s *Stage) loads(q Question, clients int, duration time.Duration) (all []load) {
	for _, target := range s.Targets(q) {
		all = append(all, func(ctx context.Context) (m Measure, err error) {
			server, database := look(target.Server.PID).used, usedBelow(s.postmaster)
			m = Measure{Question: q.Name, Target: target.Name, Clients: clients}
			if m.Load, err = Put(ctx, target.ask(q), clients, duration); err != nil {
				return m, fmt.Errorf("%s: %w", target.Name, err)
			}
			m.spent(look(target.Server.PID).used-server, usedBelow(s.postmaster)-database, m.Load.Requests)
			m.Memory = memory(target.Server.PID)
			return m, nil
		})
	}
	return all
}

// paying is the load of pgbench.
func (s *Stage) paying(payer *Payer, clients int, o options, share float64) load {
	return func(ctx context.Context) (m Measure, err error) {
		m = Measure{Question: "payOrders", Target: "pgbench", Clients: clients}
		database := usedBelow(s.postmaster)
		load, used, all, err := payer.Put(ctx, clients, o.warm, o.duration, share)
		if err != nil {
			return m, err
		}
		m.Load = load
		m.spent(used, usedBelow(s.postmaster)-database, all)
		return m, nil
	}
}

// spent shares times on processors among the requests.
func (m *Measure) spent(server, database time.Duration, requests int) {
	m.ServerCPU, m.DatabaseCPU = server/time.Duration(requests), database/time.Duration(requests)
}

// middle is the median of a value.
func middle(list []Measure, value func(Measure) float64) float64 {
	values := make([]float64, len(list))
	for i, m := range list {
		values[i] = value(m)
	}
	slices.Sort(values)
	return values[len(values)/2]
}
