package app_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"net/http/httptest"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/config"
)

var (
	executorRounds = flag.Int("executors", 0, "measure both ways of executing queries in so many rounds")
	executorOnly   = flag.String("executor", "", "measure one of them, for its profile")
)

// measured are the documents of the page on performance.
var measured = []struct {
	name, document string
	first, times   int
}{
	{"dashboard", `query($first: Int!) { payments(first: $first) { nodes {
		id humanId status createdAt isActive currency methodType finalAmount { minorUnits currency decimal } paidAmount { minorUnits currency } refundedAmount { minorUnits currency }
		customer { id displayName email }
		orders { id referenceId totalAmount { minorUnits currency } }
		invoices { id number }
		transactions { id status attemptNumber createdAt amount { minorUnits currency } gateway { id name connector } }
		lines { id productName quantity unitAmount { minorUnits currency } finalAmount { minorUnits currency } }
		discounts { id discountName appliedAmount { minorUnits currency } } } } }`, 50, 40},
	{"point", `query($first: Int!) { payments(first: $first) { nodes {
		id humanId status finalAmount { minorUnits currency }
		customer { id displayName email } orders { id referenceId } invoices { id number } transactions { id status gateway { id name } }
		lines { id productName quantity } discounts { id discountName } } } }`, 1, 200},
	{"list", `query($first: Int!) { payments(first: $first) { nodes { id status finalAmount { minorUnits currency } } } }`, 50, 200},
}

// TestExecutorSpeed measures both ways of executing queries in alternating rounds, over the
// handler that the server has and a real database. The processor time is that of this
// program alone, without PostgreSQL's and without a network; it fails at nothing.
func TestExecutorSpeed(t *testing.T) {
	if *executorRounds == 0 {
		t.Skip("takes minutes; -executors 5 measures")
	}
	g := openGallery(t)
	handlers := map[string]http.Handler{}
	for _, name := range executors {
		handlers[name] = handlerOf(t, g.api.Another(t, app.WithExecutor(name)))
	}
	for _, m := range measured {
		body, err := json.Marshal(map[string]any{"query": m.document, "variables": apptest.Vars{"first": m.first}})
		if err != nil {
			t.Fatal(err)
		}
		spent := map[string]expense{}
		for range *executorRounds {
			for _, name := range executors {
				if *executorOnly == "" || *executorOnly == name {
					spent[name] = spent[name].plus(consume(t, handlers[name], g.admin.Token(), body, m.times))
				}
			}
		}
		for name, e := range spent {
			n := int64(*executorRounds * m.times)
			t.Logf("%-9s %-7s %6d B answered: processor %5d µs, elapsed %5d µs, %6d allocations, %7d B allocated", m.name, name, e.answered,
				e.processor.Microseconds()/n, e.elapsed.Microseconds()/n, int64(e.allocations)/n, int64(e.bytes)/n)
		}
		if a, b := spent[config.Gqlgen], spent[config.Breadth]; a.processor > 0 && b.processor > 0 {
			t.Logf("%-9s breadth/gqlgen: processor %.2f, elapsed %.2f, allocations %.2f", m.name, float64(b.processor)/float64(a.processor),
				float64(b.elapsed)/float64(a.elapsed), float64(b.allocations)/float64(a.allocations))
		}
	}
}

// executors are both ways of executing queries.
var executors = []string{config.Gqlgen, config.Breadth}

// expense is what requests cost this program.
type expense struct {
	processor, elapsed time.Duration
	allocations, bytes uint64
	answered           int
}

func (e expense) plus(other expense) expense {
	return expense{e.processor + other.processor, e.elapsed + other.elapsed, e.allocations + other.allocations, e.bytes + other.bytes, other.answered}
}

// consume has a request answered so many times, and once before for what is kept.
func consume(t *testing.T, handler http.Handler, token string, body []byte, times int) expense {
	t.Helper()
	answer := func() int {
		request := httptest.NewRequest(http.MethodPost, "/graphql", bytes.NewReader(body))
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Authorization", "Bearer "+token)
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, request)
		if bytes.Contains(recorder.Body.Bytes(), []byte(`"errors"`)) {
			t.Fatalf("%.500s", recorder.Body)
		}
		return recorder.Body.Len()
	}
	answered := answer()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	processor, began := processorTime(t), time.Now()
	for range times {
		answer()
	}
	spent := expense{processor: processorTime(t) - processor, elapsed: time.Since(began), answered: answered}
	runtime.ReadMemStats(&after)
	spent.allocations, spent.bytes = after.Mallocs-before.Mallocs, after.TotalAlloc-before.TotalAlloc
	return spent
}

func handlerOf(t *testing.T, api *apptest.API) http.Handler {
	t.Helper()
	handler, err := api.App.Handler(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return handler
}

// processorTime is what this program used until now.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
