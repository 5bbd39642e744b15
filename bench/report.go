package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// Report writes one line for each question, target and number of clients, with the middle
// of its rounds, and the ratios to the first limit in the same rounds.
func Report(w io.Writer, measures []Measure) {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out, "clients\tquestion\tserver\tper second\t÷ one-SQL\tp50 ms\tp99 ms\t÷ one-SQL\tserver CPU ms\tdatabase CPU ms\tMiB\t")
	type key struct {
		clients          int
		question, target string
	}
	var order []key
	of := map[key][]Measure{}
	for _, m := range measures {
		k := key{m.Clients, m.Question, m.Target}
		if of[k] == nil {
			order = append(order, k)
		}
		of[k] = append(of[k], m)
	}
	for _, k := range order {
		own, limit := of[k], of[key{k.clients, k.question, "one-SQL"}]
		rate := func(m Measure) float64 { return m.Load.PerSecond() }
		p99 := func(m Measure) float64 { return ms(m.Load.P99) }
		fmt.Fprintf(out, "%d\t%s\t%s\t%.0f\t%s\t%.2f\t%.2f\t%s\t%.2f\t%.2f\t%.0f\t\n", k.clients, k.question, k.target, middle(own, rate), ratio(own, limit, rate),
			middle(own, func(m Measure) float64 { return ms(m.Load.P50) }), middle(own, p99), ratio(own, limit, p99),
			middle(own, func(m Measure) float64 { return ms(m.ServerCPU) }), middle(own, func(m Measure) float64 { return ms(m.DatabaseCPU) }),
			middle(own, func(m Measure) float64 { return float64(m.Memory) / (1 << 20) }))
	}
	out.Flush()
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// middle is the median of a value.
func middle(list []Measure, value func(Measure) float64) float64 {
	values := make([]float64, len(list))
	for i, m := range list {
		values[i] = value(m)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// ratio is the median of the ratios of the same rounds.
func ratio(own, limit []Measure, value func(Measure) float64) string {
	if len(limit) != len(own) {
		return "–"
	}
	ratios := make([]float64, len(own))
	for i := range own {
		ratios[i] = value(own[i]) / value(limit[i])
	}
	slices.Sort(ratios)
	return fmt.Sprintf("%.2f", ratios[len(ratios)/2])
}
