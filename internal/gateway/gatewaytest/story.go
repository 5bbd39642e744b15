package gatewaytest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"time"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// mutate changes the body of a genuine delivery so many times, each time otherwise, and
// says which were believed. The seed is fixed: what fails, fails again.
func (r Reports) mutate(times int) (problems []string) {
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	random := rand.New(rand.NewPCG(1, 2)) // #nosec G404 -- nothing is to be secret
	genuine := r.Delivery(now)
	believed := 0
	for range times {
		d := genuine
		d.Body = mutated(random, genuine.Body)
		reports, err := r.Connector.Receive(d)
		if r.saysTheSame(reports, err) {
			continue
		}
		if !errors.Is(err, gateway.ErrForged) || len(reports) > 0 {
			believed++
		}
	}
	if believed > 0 {
		problems = append(problems, fmt.Sprintf("%d of %d changed deliveries are not refused as forged", believed, times))
	}
	return problems
}

// mutated is another body: with bytes changed, put in, left out, doubled or cut off, with
// another amount, or the same JSON written otherwise.
func mutated(random *rand.Rand, body []byte) []byte {
	for {
		changed := bytes.Clone(body)
		if random.IntN(50) == 0 {
			var content any
			if json.Unmarshal(changed, &content) == nil {
				changed, _ = json.Marshal(content)
			}
		}
		for range random.IntN(5) {
			at := random.IntN(len(changed) + 1)
			switch random.IntN(5) {
			case 0:
				changed = append(changed[:at:at], append([]byte{byte(random.IntN(256))}, changed[at:]...)...) // #nosec G115 -- below 256
			case 1:
				changed = changed[:at]
			case 2:
				changed = append(changed[:at:at], append(bytes.Clone(changed[at:]), changed[at:]...)...)
			case 3:
				changed = bytes.Replace(changed, []byte("1"), []byte("9"), 1+random.IntN(9))
			default:
				if at < len(changed) {
					changed[at] ^= byte(1 + random.IntN(255)) // #nosec G115 -- below 256
				}
			}
		}
		if !bytes.Equal(changed, body) {
			return changed
		}
	}
}

// reorder receives the deliveries of a story in every order, each of them twice, and says
// where an attempt comes to something else than in the right order.
func (r Reports) reorder() (problems []string) {
	if r.Story == nil {
		return nil
	}
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	var facts []pay.Fact
	events := map[string]bool{}
	for i, d := range r.Story(now) {
		first, err := r.Connector.Receive(d)
		again, _ := r.Connector.Receive(d)
		if err != nil || len(first) == 0 {
			return []string{fmt.Sprintf("delivery %d of the story: %v, %v", i, first, err)}
		}
		if !reflect.DeepEqual(first, again) {
			problems = append(problems, fmt.Sprintf("delivery %d of the story reports something else when it comes again", i))
		}
		for _, report := range first {
			if events[report.EventID] {
				problems = append(problems, fmt.Sprintf("two events have the id %q: one would be lost", report.EventID))
			}
			events[report.EventID] = true
			if report.Fact != nil {
				facts = append(facts, *report.Fact)
			}
		}
	}
	want := r.told(facts)
	for _, order := range orders(len(facts)) {
		var list []pay.Fact
		for _, i := range order {
			list = append(list, facts[i], facts[i])
		}
		if got := r.told(list); got != want {
			problems = append(problems, fmt.Sprintf("in the order %v it comes to %s, and in the right one to %s", order, got, want))
		}
	}
	return problems
}

// told is what an attempt that waits comes to by the facts.
func (r Reports) told(facts []pay.Fact) string {
	t := pay.Transaction{Status: pay.TransactionPending, Currency: r.Amount.Currency, RequestedMinor: r.Amount.Minor}
	for _, f := range facts {
		if _, err := t.Apply(f, time.Unix(0, 0).UTC()); err != nil {
			return err.Error()
		}
	}
	return fmt.Sprintf("%s with %d held and %d captured", t.Status, t.HeldMinor, t.CapturedMinor)
}

// orders are all orders of n things.
func orders(n int) [][]int {
	if n == 0 {
		return [][]int{nil}
	}
	var all [][]int
	for _, shorter := range orders(n - 1) {
		for at := range n {
			order := append([]int{}, shorter[:at]...)
			all = append(all, append(append(order, n-1), shorter[at:]...))
		}
	}
	return all
}
