package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// Targets writes what the project wants to hold, and what was measured of it.
func (r results) Targets(w io.Writer) {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(what string, measured float64, bound string, limit float64) {
		if measured == 0 {
			return // not in this run
		}
		verdict := "held"
		if bound == "≥" && measured < limit || bound == "≤" && measured > limit {
			verdict = "missed"
		}
		fmt.Fprintf(out, "%s\t%.2f\t%s %v\t%s\n", what, measured, bound, limit, verdict)
	}
	product := func(question string, clients int) key { return key{question, "paygraph", clients} }
	for _, t := range []struct {
		question string
		clients  int
		limit    float64
		peers    map[string]float64
	}{
		{"DASH", 16, 0.9, map[string]float64{"PostGraphile": 2.5}}, {"DASH", 64, 0.9, map[string]float64{"PostGraphile": 2.5}},
		{"POINT", 16, 0.45, map[string]float64{"PostGraphile": 2}}, {"POINT", 64, 0.45, map[string]float64{"PostGraphile": 2}},
		{"LIST", 16, 0.55, map[string]float64{"PostGraphile": 2}}, {"LIST", 64, 0.55, map[string]float64{"PostGraphile": 2}},
		{"payOrders", 16, 0.4, nil},
	} {
		own := product(t.question, t.clients)
		line(fmt.Sprintf("%s, %d clients, × %s", t.question, t.clients, own.limit().target), r.ratio(own, own.limit(), rate), "≥", t.limit)
		for peer, least := range t.peers {
			line(fmt.Sprintf("%s, %d clients, × %s", t.question, t.clients, peer), r.ratio(own, key{t.question, peer, t.clients}, rate), "≥", least)
		}
	}
	line("p99 of DASH, 64 clients, ÷ one-SQL", r.ratio(product("DASH", 64), product("DASH", 64).limit(), p99), "≤", 1.5)
	dash := r.statements[[2]string{"DASH", "paygraph"}]
	line("statements of DASH, companies in turn", float64(dash.InTurn), "≤", 9)
	line("statements of DASH, one company", float64(dash.Alone), "≤", 9)
	line("p50 of the last page, 1 client, ÷ page 1", r.ratio(product("last page", 1), product("page 1", 1), p50), "≤", 1.2)
	line("MiB at 64 clients, at most", r.memory("paygraph", 64), "≤", 60)
	out.Flush()
}
