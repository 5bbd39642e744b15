package app_test

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"
)

var (
	hostileRounds = flag.Int("hostile", 0, "measure good requests beside hostile ones and alone, in so many rounds")
	hostileRate   = flag.Int("hostile-rate", 2000, "hostile requests a second")
	hostileTime   = flag.Duration("hostile-time", 10*time.Second, "how long each part of a round lasts")
	goodRate      = flag.Int("good-rate", 40, "good requests a second")
	attackers     = flag.Int("attackers", 20, "how many callers the hostile requests are of")
)

// mostSlower is how many times as long good requests may take beside hostile ones: the
// slowest hundredth of them.
const mostSlower = 2

// TestHostileLoad measures how long a dashboard's requests take while a server of its own
// process gets hostile requests too, of strangers and of callers of another company, and
// while it gets none, in turn. Requests are sent when they are due, whatever became of
// those before, and time counts from then: what waits in a queue is not left out. Who
// sends works on the same machine, and takes of its processors.
func TestHostileLoad(t *testing.T) {
	if *hostileRounds == 0 {
		t.Skip("only with -hostile")
	}
	s := besiege(t)
	s.dashboard(*hostileTime) // caches fill
	phases := []phase{{name: "none"}, {name: "strangers", tokens: []string{"nonsense"}}, {name: "callers of another company", tokens: s.attackers}}
	took := map[string][]time.Duration{}
	slower := map[string][]float64{}
	for round := range *hostileRounds {
		ninety9 := map[string]time.Duration{}
		for i := range phases {
			p := phases[(round+i)%len(phases)]
			seen := s.attacked(p)
			took[p.name] = append(took[p.name], seen.good...)
			ninety9[p.name] = percentile(seen.good, 99)
			t.Logf("round %d, hostile requests of %s: %s", round+1, p.name, seen)
		}
		for name, p99 := range ninety9 {
			slower[name] = append(slower[name], float64(p99)/float64(ninety9["none"]))
		}
	}
	quiet := percentile(took["none"], 99)
	for _, p := range phases {
		p99 := percentile(took[p.name], 99)
		slices.Sort(slower[p.name])
		t.Logf("hostile requests of %s: %d good ones, half within %s, 99 %% within %s, all within %s; p99 %.2f times that of none (rounds: median %.2f)", p.name,
			len(took[p.name]), percentile(took[p.name], 50), p99, percentile(took[p.name], 100), float64(p99)/float64(quiet), slower[p.name][len(slower[p.name])/2])
		if p99 > mostSlower*quiet {
			t.Errorf("p99 beside hostile requests of %s is %s, more than %d times %s", p.name, p99, mostSlower, quiet)
		}
	}
}

// percentile is the least time within which so many of a hundred are done.
func percentile(took []time.Duration, of int) time.Duration {
	if len(took) == 0 {
		return 0
	}
	took = slices.Sorted(slices.Values(took))
	return took[max(0, (len(took)*of+99)/100-1)]
}

// phase is one part of a round: who sends hostile requests; without tokens nobody does.
type phase struct {
	name   string
	tokens []string
}

// seen is what a part came to.
type seen struct {
	good    []time.Duration
	hostile map[string]int // by the answer's status
	cpu     time.Duration  // of the server
	lasted  time.Duration
}

func (s seen) String() string {
	all := 0
	for _, n := range s.hostile {
		all += n
	}
	text := fmt.Sprintf("p50 %s, p99 %s, max %s of %d good; server %.0f %% of one processor", percentile(s.good, 50), percentile(s.good, 99), percentile(s.good, 100),
		len(s.good), 100*s.cpu.Seconds()/s.lasted.Seconds())
	if all == 0 {
		return text
	}
	text += fmt.Sprintf("; %.0f hostile/s", float64(all)/s.lasted.Seconds())
	for _, status := range slices.Sorted(maps.Keys(s.hostile)) {
		text += fmt.Sprintf(", %s %d", status, s.hostile[status])
	}
	return text
}

// attacked sends good requests, and hostile ones of these callers.
func (s *siege) attacked(p phase) seen {
	began, before := time.Now(), timeOf(s.t, s.pid)
	var all sync.WaitGroup
	var hostile tallied
	if len(p.tokens) > 0 {
		all.Go(func() { hostile.unsent = s.hostile(p.tokens, &hostile) })
	}
	got := seen{good: s.dashboard(*hostileTime)}
	all.Wait()
	got.hostile, got.cpu, got.lasted = hostile.counts(), timeOf(s.t, s.pid)-before, time.Since(began)
	return got
}

// steadily does so many things a second, each when it is due, of which so many may go on
// at once; it returns how many were left out for that.
func steadily(rate int, lasts time.Duration, most int, do func(i int, due time.Time)) (left int) {
	var going sync.WaitGroup
	free := make(chan struct{}, most)
	began, between := time.Now(), time.Second/time.Duration(rate)
	for i := range int(lasts / between) {
		due := began.Add(time.Duration(i) * between)
		time.Sleep(time.Until(due))
		select {
		case free <- struct{}{}:
			going.Go(func() { do(i, due); <-free })
		default:
			left++
		}
	}
	going.Wait()
	return left
}

// dashboard sends good requests and returns how long each took; one that is refused
// fails the test.
func (s *siege) dashboard(lasts time.Duration) []time.Duration {
	var mu sync.Mutex
	var took []time.Duration
	left := steadily(*goodRate, lasts, 1000, func(i int, due time.Time) {
		request, err := http.NewRequest(http.MethodPost, s.url+"/graphql", bytes.NewReader(s.documents[i%len(s.documents)]))
		if err != nil {
			s.t.Error(err)
			return
		}
		request.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + s.users[i%len(s.users)]}}
		response, err := s.client.Do(request)
		if err != nil {
			s.t.Errorf("a good request: %v", err)
			return
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != http.StatusOK || bytes.Contains(body, []byte(`"errors":`)) {
			s.t.Errorf("a good request: %d, %v: %.300s", response.StatusCode, err, body)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		took = append(took, time.Since(due))
	})
	if left > 0 {
		s.t.Errorf("%d good requests could not be sent", left)
	}
	return took
}
