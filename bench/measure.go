package main

import (
	"context"
	"fmt"
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
	// Memory is what the server had resident behind the load, in bytes.
	Memory int64
}

// Measure puts a load on a target.
func (s *Stage) Measure(ctx context.Context, q Question, target Target, clients int, duration time.Duration) (Measure, error) {
	server, database := look(target.Server.PID).used, usedBelow(s.postmaster)
	load, err := Put(ctx, target.ask(q), clients, duration)
	if err != nil {
		return Measure{}, fmt.Errorf("%s, %s, %d clients: %w", q.Name, target.Name, clients, err)
	}
	requests := time.Duration(load.Requests)
	m := Measure{Question: q.Name, Target: target.Name, Clients: clients, Load: load, ServerCPU: (look(target.Server.PID).used - server) / requests,
		DatabaseCPU: (usedBelow(s.postmaster) - database) / requests, Memory: memory(target.Server.PID)}
	return m, nil
}
