package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// direct hands requests to the fake without a network, so that waits can pass in
// no time.
type direct struct{ *fake }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	answer := httptest.NewRecorder()
	d.ServeHTTP(answer, r)
	return answer.Result(), nil
}

// playAfterCrash plays the tiny folder at an API whose process died while it paid
// one row, and which keeps that row's request for so long.
func playAfterCrash(t *testing.T, lease time.Duration) (got report, took time.Duration, err error) {
	t.Helper()
	f := newFake(t)
	data, err := readFolder(tiny().write(t))
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		f.leases["replay-o1-1"] = start.Add(lease)
		api := newClient(f.url, "secret", 1, usualPace.retry)
		api.http.Transport = direct{f}
		r := replayer{api: api, workers: 1, poll: usualPace.poll, progress: newProgress(io.Discard)}
		got, err = r.play(t.Context(), data)
		took = time.Since(start)
	})
	return got, took, err
}

// TestRequestOfADeadProcessIsWaitedFor proves that the program waits as long as
// the API says and no longer, however few tries that leaves.
func TestRequestOfADeadProcessIsWaitedFor(t *testing.T) {
	t.Parallel()
	got, took, err := playAfterCrash(t, 35*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	same(t, got, expected(tiny()))
	if took < 35*time.Second || took > 40*time.Second {
		t.Errorf("took %s, want a little more than 35 s", took)
	}
}

func TestWaitingForADeadProcessHasAnEnd(t *testing.T) {
	t.Parallel()
	_, took, err := playAfterCrash(t, 121*time.Second)
	if err == nil || !strings.Contains(err.Error(), "IDEMPOTENCY_IN_PROGRESS") {
		t.Errorf("got %v, want IDEMPOTENCY_IN_PROGRESS", err)
	}
	if took > maxAsked {
		t.Errorf("took %s", took)
	}
}
