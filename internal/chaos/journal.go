package chaos

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// Journal is what clients were told: the other half of what must be true afterwards.
type Journal struct {
	mu sync.Mutex
	// wanted is what each intent is about, in minor units.
	wanted map[string]int64
	// payments are the payments that each key was answered with.
	payments map[string]string
	// failures are the attempts that an answer called failed.
	failures map[string]bool
	// firsts counts the answers of each key that were no repeats.
	firsts map[string]int
	errors map[string]int
	faults []string
	count  int
	// latest is when a new payment was last acknowledged, gap the longest time between
	// two.
	latest time.Time
	gap    time.Duration
}

// NewJournal returns an empty journal.
func NewJournal() *Journal {
	return &Journal{wanted: map[string]int64{}, payments: map[string]string{}, failures: map[string]bool{}, firsts: map[string]int{}, errors: map[string]int{}}
}

// want notes what intents are about, in minor units.
func (j *Journal) want(intents []string, minors []int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for i, intent := range intents {
		j.wanted[intent] = minors[i]
	}
}

// told notes an answer.
func (j *Journal) told(key string, p Payload) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.count++
	if p.Payment == nil {
		return
	}
	if earlier := j.payments[key]; earlier != "" && earlier != p.Payment.ID {
		j.faults = append(j.faults, fmt.Sprintf("%s was answered with payments %s and %s", key, earlier, p.Payment.ID))
	}
	j.payments[key] = p.Payment.ID
	if !p.Replayed {
		j.firsts[key]++
	}
	if now := time.Now(); !p.Replayed && (p.Payment.Status == "PAID" || p.Payment.Status == "AUTHORIZED") {
		if !j.latest.IsZero() {
			j.gap = max(j.gap, now.Sub(j.latest))
		}
		j.latest = now
	}
	if t := p.Transaction; t != nil && t.Status == "FAILED" {
		j.failures[t.ID] = true
	}
}

// failed notes an answer that was none.
func (j *Journal) failed(err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	kind, _, _ := strings.Cut(err.Error(), ":")
	if strings.HasPrefix(kind, "Post ") {
		kind = "connection broke"
	}
	j.errors[kind]++
}

// Gap is the longest time between two payments that were acknowledged: what an outage
// is to clients.
func (j *Journal) Gap() time.Duration {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.gap
}

// Answers is how many answers clients got, and Unanswered the requests without one, by
// what happened instead.
func (j *Journal) Answers() (answers int, unanswered map[string]int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	unanswered = map[string]int{}
	for kind, n := range j.errors {
		unanswered[kind] = n
	}
	return j.count, unanswered
}
