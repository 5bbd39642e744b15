package psp

import (
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
)

// Fault is one way in which the provider fails a request or a report.
type Fault string

// The faults of requests. Those before the effect lose the request, those after it
// lose or mangle what the provider says of what it did.
const (
	ResetBefore   Fault = "reset before the effect"
	CloseBefore   Fault = "close before the effect"
	HangBefore    Fault = "hang before the effect"
	ErrorBefore   Fault = "500 before the effect"
	Busy          Fault = "503 before the effect"
	TooMany       Fault = "429 before the effect"
	InProgress    Fault = "409 in progress"
	ResetAfter    Fault = "reset after the effect"
	CloseAfter    Fault = "close after the effect"
	HangAfter     Fault = "hang after the effect"
	HalfBody      Fault = "half of the answer"
	Drip          Fault = "an answer that drips"
	HTMLPage      Fault = "a page of HTML with status 200"
	EmptyAnswer   Fault = "an empty answer"
	BrokenJSON    Fault = "broken JSON"
	ErrorAfter    Fault = "500 after the effect"
	StickyError   Fault = "500 for every repeat of the request"
	UnknownStatus Fault = "a status that nobody knows"
	WrongAmount   Fault = "another amount"
	WrongCurrency Fault = "another currency"
	WrongAttempt  Fault = "an answer about another attempt"
	LagOnReads    Fault = "a lost answer, and not found for a while"
)

// The faults of reports.
const (
	HookTwice       Fault = "a report twice"
	HookStorm       Fault = "a report many times at once"
	HookTwin        Fault = "a report under two ids"
	HookEarly       Fault = "a report before the answer"
	HookLate        Fault = "a report late"
	HookReordered   Fault = "reports in the wrong order"
	HookForged      Fault = "a forged report"
	HookWrongAmount Fault = "a report of another amount"
	HookNever       Fault = "no report"
)

var (
	requestFaults = []Fault{ResetBefore, CloseBefore, HangBefore, ErrorBefore, Busy, TooMany, InProgress, ResetAfter, CloseAfter, HangAfter,
		HalfBody, Drip, HTMLPage, EmptyAnswer, BrokenJSON, ErrorAfter, StickyError, UnknownStatus, WrongAmount, WrongCurrency, WrongAttempt, LagOnReads}
	hookFaults = []Fault{HookTwice, HookStorm, HookTwin, HookEarly, HookLate, HookReordered, HookForged, HookWrongAmount, HookNever}
)

// beforeEffect says that the request is lost.
func (f Fault) beforeEffect() bool {
	return strings.HasSuffix(string(f), "before the effect") || f == InProgress
}

// Faults lists all of them.
func Faults() []Fault { return append(append([]Fault{}, requestFaults...), hookFaults...) }

// fate decides which request meets which fault: the same for the same seed, intent
// and number of the try, whatever else happens meanwhile.
type fate struct {
	mu     sync.Mutex
	seed   uint64
	share  float64 // of requests and reports that meet one
	tries  map[string]int
	forced map[string]Fault // by intent
	count  map[Fault]int
	sticky map[string]bool
	muted  map[string]bool // by intent
}

// pick draws the fault that a request meets, or "".
func (f *fate) pick(what, key string, among []Fault) Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	subject := what + " " + key
	f.tries[subject]++
	fault := f.forced[key]
	if f.tries[subject] > 1 || !slices.Contains(among, fault) {
		h := fnv.New64a()
		h.Write([]byte(subject))
		random := rand.New(rand.NewPCG(f.seed, h.Sum64()+uint64(f.tries[subject])))
		if random.Float64() >= f.share {
			return ""
		}
		fault = among[random.IntN(len(among))]
	}
	f.count[fault]++
	return fault
}

// mutes says that nothing is reported about a client's intent: a report would heal the
// fault that its request is forced to meet.
func (f *fate) mutes(key string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.muted[key] || slices.Contains(requestFaults, f.forced[key])
}

func (f *fate) isMuted(key string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.muted[key]
}

// stick makes every further request for the subject fail, as a provider does that
// keeps its first answer to a key.
func (f *fate) stick(subject string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sticky[subject] = true
}

func (f *fate) isSticky(subject string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.sticky[subject]
}
