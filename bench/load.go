package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Ask makes the n-th request to a server; nil ends the load early.
type Ask func(n int) *http.Request

// Load is what many clients saw who asked as fast as they were answered.
type Load struct {
	Requests int
	Took     time.Duration
	// P50 and P99 are how long half of the requests took at most, and 99 of 100.
	P50, P99 time.Duration
}

// PerSecond is how many requests were answered in a second.
func (l Load) PerSecond() float64 { return float64(l.Requests) / l.Took.Seconds() }

// Put asks with so many clients for a while, or until nothing is left to ask. The first
// answer that is none ends it with an error.
func Put(ctx context.Context, ask Ask, clients int, duration time.Duration) (Load, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	latencies := make([][]time.Duration, clients)
	var asked atomic.Int64
	var group sync.WaitGroup
	began := time.Now()
	for i := range clients {
		group.Go(func() {
			var l line
			defer l.Close()
			var body bytes.Buffer
			for ctx.Err() == nil && (len(latencies[i]) == 0 || time.Since(began) < duration) { // at least once, however late it begins
				request := ask(int(asked.Add(1) - 1))
				if request == nil {
					return
				}
				sent := time.Now()
				if err := send(ctx, &l, request, &body); err != nil {
					cancel(err)
					return
				}
				latencies[i] = append(latencies[i], time.Since(sent))
			}
		})
	}
	group.Wait()
	took := time.Since(began)
	if err := context.Cause(ctx); err != nil {
		return Load{}, err
	}
	all := slices.Concat(latencies...)
	if len(all) == 0 {
		return Load{}, fmt.Errorf("nothing was asked")
	}
	return newLoad(all, took), nil
}

// newLoad sums up how long each of some requests took; there must be one.
func newLoad(each []time.Duration, took time.Duration) Load {
	slices.Sort(each)
	return Load{Requests: len(each), Took: took, P50: each[len(each)/2], P99: each[len(each)*99/100]}
}

// doer sends a request, as http.Client does.
type doer interface {
	Do(*http.Request) (*http.Response, error)
}

// send reads the answer into body. Any but one with data and no errors is an error.
func send(ctx context.Context, client doer, request *http.Request, body *bytes.Buffer) error {
	answer, err := client.Do(request.WithContext(ctx))
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body.Reset()
	if _, err := io.Copy(body, answer.Body); err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK || !isData(body.Bytes()) {
		return fmt.Errorf("%s: %s: %.500s", request.URL, answer.Status, body)
	}
	return nil
}

// isData says whether an answer has data and no errors, without decoding it: the load runs
// beside the servers. The product writes errors first; one-SQL puts a space behind the colon.
func isData(answer []byte) bool {
	data, ok := bytes.CutPrefix(answer, []byte(`{"data"`))
	if !ok || bytes.HasPrefix(bytes.TrimLeft(data, ": "), []byte("null")) || !bytes.HasSuffix(bytes.TrimRight(data, " \n"), []byte("}")) {
		return false
	}
	return !bytes.Contains(data, []byte(`"errors":[{`)) && !bytes.Contains(data, []byte(`"errors": [{`))
}
