package app_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os/exec"
	"slices"
	"testing"

	"github.com/paygraph/paygraph/internal/auth"
)

var npm = flag.Bool("npm", false, "follow events with the npm clients, which must be installed; see make stream-check")

// TestNpmClients proves that the npm clients graphql-ws and graphql-sse are told every
// event once, while their server stops and they go on at another one.
func TestNpmClients(t *testing.T) {
	t.Parallel()
	if !*npm {
		t.Skip("needs Node; run make stream-check")
	}
	s := openShop(t)
	first := s.api.Another(t)
	const payments = 6
	after := logOf(t, s.admin, nil).PageInfo.EndCursor
	s.make.PayWhole(s.sandbox, s.order(100))
	each := s.count(t, "payment_events")
	command := exec.CommandContext(t.Context(), "node", "../web/streamtest/run.mjs", s.api.Token(t, auth.Grant{}), after,
		fmt.Sprint(payments*each), first.URL+"/graphql", s.api.URL+"/graphql")
	lines, wait := linesOf(t, command)
	told, ends := map[string][]happened{}, map[string]string{}
	for lines.Scan() {
		var line struct {
			Client, Ended string
			Server        int
			Event         happened
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatalf("%v: %s", err, lines.Text())
		}
		if line.Ended != "" {
			ends[line.Client] += fmt.Sprint(line.Server, line.Ended, ";")
			continue
		}
		told[line.Client] = append(told[line.Client], line.Event)
		if n := len(told["graphql-ws"]); line.Client == "graphql-ws" && n%each == 0 && n < payments*each {
			if n == 2*each && len(told["graphql-sse"]) >= each {
				first.Stop(t)
			}
			s.make.PayWhole(s.sandbox, s.order(int64(100+n)))
		}
	}
	wait()
	want := names(wholeLog(t, s.admin, nil))
	for _, client := range []string{"graphql-ws", "graphql-sse"} {
		if got := names(told[client]); !slices.Equal(got, want) {
			t.Errorf("%s is told %v, want %v", client, got, want)
		}
		t.Logf("%s: %d events; its streams ended with %q", client, len(told[client]), ends[client])
	}
	if ends["graphql-ws"] != "01001;" {
		t.Errorf("graphql-ws is told %q when its server stops, want 1001", ends["graphql-ws"])
	}
}

// linesOf starts a program and returns what it prints, line by line, and what waits for its
// end, which must be a good one.
func linesOf(t *testing.T, command *exec.Cmd) (lines *bufio.Scanner, wait func()) {
	t.Helper()
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	errors := &bytes.Buffer{}
	command.Stderr = errors
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	return bufio.NewScanner(output), func() {
		t.Helper()
		if err := command.Wait(); err != nil {
			t.Fatalf("%v: %s", err, errors)
		}
	}
}
