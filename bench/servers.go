package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// Running is a server before anybody asked it anything.
type Running struct {
	// Name is that of its first target.
	Name    string
	Started time.Duration
	// Memory is resident, in bytes.
	Memory int64
}

// Running looks at the servers.
func (s *Stage) Running() (all []Running) {
	for _, r := range []struct {
		name   string
		server Server
	}{{"paygraph", s.product}, {"one-SQL", s.limit}, {"PostGraphile", s.peer}} {
		if r.server.URL == "" {
			continue
		}
		all = append(all, Running{r.name, r.server.Started, memory(r.server.PID)})
	}
	return all
}

// Servers writes how long servers took to start and what memory they need, at rest and at
// most behind any load, each ÷ that of the limit.
func (r results) Servers(w io.Writer, atRest []Running, clients []int) {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(out, "\nserver\tready in ms\t÷ limit\tMiB at rest\t÷ limit\t")
	for _, n := range clients {
		fmt.Fprintf(out, "MiB at %d\t÷ limit\t", n)
	}
	fmt.Fprintln(out)
	limit := atRest[1]
	for _, s := range atRest {
		fmt.Fprintf(out, "%s\t%.0f\t%s\t%.0f\t%s\t", s.Name, ms(s.Started), shown(float64(s.Started)/float64(limit.Started)),
			float64(s.Memory)/(1<<20), shown(float64(s.Memory)/float64(limit.Memory)))
		for _, n := range clients {
			own, other := r.memory(s.Name, n), r.memory(limit.Name, n)
			fmt.Fprintf(out, "%.0f\t%s\t", own, shown(own/other))
		}
		fmt.Fprintln(out)
	}
	out.Flush()
	fmt.Fprintln(w)
}

// memory is the most MiB that a target had behind a question of so many clients.
func (r results) memory(target string, clients int) (most float64) {
	for k, list := range r.of {
		if k.target == target && k.clients == clients {
			most = max(most, middle(list, mib))
		}
	}
	return most
}
