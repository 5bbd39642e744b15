package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// key is a line of the report.
type key struct {
	question, target string
	clients          int
}

// results are the measures of each line by rounds.
type results struct {
	of         map[key][]Measure
	order      []key
	statements counted
}

// gather sorts measures into lines: by clients and questions as they were asked, the product
// first.
func gather(measures []Measure, statements counted) results {
	r := results{of: map[key][]Measure{}, statements: statements}
	place := map[string]int{}
	for _, m := range measures {
		k := key{m.Question, m.Target, m.Clients}
		if _, ok := place[m.Question]; !ok {
			place[m.Question] = len(place)
		}
		if r.of[k] == nil {
			r.order = append(r.order, k)
		}
		r.of[k] = append(r.of[k], m)
	}
	slices.SortStableFunc(r.order, func(a, b key) int {
		return cmp.Or(cmp.Compare(a.clients, b.clients), cmp.Compare(place[a.question], place[b.question]))
	})
	return r
}

// limit is the line that a line is compared with: what the database allows for the question,
// and the first page for the last.
func (k key) limit() key {
	switch k.question {
	case "last page":
		return key{"page 1", k.target, k.clients}
	case "payOrders":
		return key{k.question, "pgbench", k.clients}
	}
	return key{k.question, "one-SQL", k.clients}
}

// What a line is measured by.
func rate(m Measure) float64 { return m.Load.PerSecond() }
func p50(m Measure) float64  { return ms(m.Load.P50) }
func p99(m Measure) float64  { return ms(m.Load.P99) }
func cpu(m Measure) float64  { return ms(m.ServerCPU + m.DatabaseCPU) }
func mib(m Measure) float64  { return float64(m.Memory) / (1 << 20) }

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// ratio is the median of the ratios of two lines in the same rounds; 0 where one was not
// measured.
func (r results) ratio(a, b key, value func(Measure) float64) float64 {
	own, other := r.of[a], r.of[b]
	if len(own) == 0 || len(own) != len(other) {
		return 0
	}
	ratios := make([]float64, len(own))
	for i := range own {
		if of := value(other[i]); of > 0 {
			ratios[i] = value(own[i]) / of
		}
	}
	slices.Sort(ratios)
	return ratios[len(ratios)/2]
}

// Report writes a line for each question, target and number of clients, with the middle of
// its rounds, and the ratios to the limit in the same rounds.
func (r results) Report(w io.Writer) {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out, "clients\tquestion\tserver\tper second\t× limit\tp50 ms\tp99 ms\t÷ limit\tserver CPU ms\tdatabase CPU ms\tboth ÷ limit\tMiB\tstatements (of one company)\t")
	for _, k := range r.order {
		own := r.of[k]
		fmt.Fprintf(out, "%d\t%s\t%s\t%.0f\t%s\t%.2f\t%.2f\t%s\t%.2f\t%.2f\t%s\t%.0f\t%s\t\n", k.clients, k.question, k.target,
			middle(own, rate), shown(r.ratio(k, k.limit(), rate)), middle(own, p50), middle(own, p99), shown(r.ratio(k, k.limit(), p99)),
			middle(own, func(m Measure) float64 { return ms(m.ServerCPU) }), middle(own, func(m Measure) float64 { return ms(m.DatabaseCPU) }),
			shown(r.ratio(k, k.limit(), cpu)), middle(own, mib), r.counted(k))
	}
	out.Flush()
}

func (r results) counted(k key) string {
	if n, ok := r.statements[[2]string{k.question, k.target}]; ok {
		return fmt.Sprintf("%d (%d)", n.InTurn, n.Alone)
	}
	return "–"
}

func shown(ratio float64) string {
	if ratio > 0 {
		return fmt.Sprintf("%.2f", ratio)
	}
	return "–" // one of the two was not measured
}
