package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
)

// valuesFrom is the depth of a payload's own objects, for selectAll.
const valuesFrom = 2

// selectAll selects whatever hangs on a type, so many levels deep, and of the upper
// levels the values too.
func selectAll(of *ast.Definition, depth int) string {
	if of.Kind == ast.Union || of.Kind == ast.Interface || depth == 0 {
		return "{ __typename }"
	}
	if strings.HasSuffix(of.Name, "Connection") {
		return "{ totalCount nodes { __typename } }"
	}
	parts := []string{"__typename"}
	for _, field := range of.Fields {
		arguments := map[string]string{"vocabulary": "(vocabulary: S2)", "key": `(key: "a")`}
		text := field.Name
		for _, a := range field.Arguments {
			text += arguments[a.Name]
		}
		inside := apiSchema().Types[field.Type.Name()]
		switch {
		case strings.HasPrefix(field.Name, "__"):
		case inside.IsCompositeType():
			parts = append(parts, text+selectAll(inside, depth-1))
		case depth >= valuesFrom:
			parts = append(parts, text)
		}
	}
	return "{ " + strings.Join(parts, " ") + " }"
}

// readTable is the table that a statement reads first.
var readTable = regexp.MustCompile(`FROM ([a-z_]+)`)

// unread fails what a request reads after so many statements, which are those that
// carry the mutation out: the rest is read for the answer.
type unread struct {
	mu    sync.Mutex
	after int
	table string // "" for all
	err   error
	sent  int
	// began is how many statements were sent when the first COMMIT was.
	began int
	// tables are those that were read for the answer; failed is how often it failed.
	tables []string
	failed int
}

func (n *unread) cut(statement string, done bool) error {
	if done {
		return nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.sent++; statement == "COMMIT" && n.began == 0 {
		n.began = n.sent
	}
	if n.sent <= n.after {
		return nil
	}
	table := readTable.FindStringSubmatch(statement)
	if table == nil {
		return nil
	}
	n.tables = append(n.tables, table[1])
	if n.err == nil || n.table != "" && n.table != table[1] {
		return nil
	}
	n.failed++
	return n.err
}

// seenAfter is what must be in an answer whatever else could not be read.
type seenAfter struct {
	Payment     *struct{ ID, Status string }
	Transaction *struct{ ID, Status string }
	Refunds     []struct{ ID, Status string }
	Operation   *struct{ ID, Status string }
	Operations  []struct{ ID, Status string }
	Replayed    bool
	Errors      []apptest.Refusal
}

// TestAfterCommit proves for every mutation about a payment that whatever of its
// answer cannot be read once it is committed, the payment is there, with what
// became of it, the error says so, and the repeat returns the same and does nothing
// more. A mutation whose own last reading fails says that its outcome is unknown.
func TestAfterCommit(t *testing.T) {
	t.Parallel()
	var sent wire
	x := openTrial(t, "ADMIN", sent.option())
	x.make = x.admin.Make(t) // whose token outlives the clock
	mutations := x.keyedMutations(t)
	n, tried := 0, 0
	for _, field := range apiSchema().Mutation.Fields {
		if !rootTakes(field.Name, "idempotencyKey") || !answersPayment(field) {
			continue
		}
		tried++
		m := mutations[field.Name]
		payload := apiSchema().Types[field.Type.Name()]
		least, all := "{ payment { id status } replayed errors { code message } }", strings.Replace(selectAll(payload, 3), "errors{ __typename }", "errors { code message }", 1)
		for _, part := range []string{"transaction", "operation", "refunds", "operations"} {
			if payload.Fields.ForName(part) != nil {
				least = strings.Replace(least, "replayed", part+" { id status } replayed", 1)
			}
		}
		try := func(t *testing.T, selection string, fault *unread) (apptest.Response, seenAfter, apptest.Vars) {
			n++
			input := but(m.begin(n), apptest.Vars{"idempotencyKey": fmt.Sprint("after-commit-", n)})
			sent.cutBy(fault.cut)
			got := x.admin.Send(t, documentOf(t, field.Name, selection), apptest.Vars{"input": input})
			sent.cutBy(nil)
			var data map[string]*seenAfter
			if err := json.Unmarshal(got.Data, &data); err != nil || data[field.Name] == nil {
				return got, seenAfter{}, input
			}
			return got, *data[field.Name], input
		}
		t.Run(field.Name, func(t *testing.T) {
			own, whole := &unread{}, &unread{}
			if got, _, _ := try(t, least, own); len(got.Errors) > 0 {
				t.Fatal(got.Body)
			}
			whole.after = own.sent
			if got, seen, _ := try(t, all, whole); len(got.Errors) > 0 || len(seen.Errors) > 0 {
				t.Fatal(got.Body)
			}
			slices.Sort(whole.tables)
			tables := slices.Compact(whole.tables)
			if len(tables) < 10 {
				t.Fatalf("the answer is read only from %v", tables)
			}
			for i, table := range append(tables, "") {
				// All answers are read by the same code: what fails takes turns among them.
				if !*every && table != "" && (i+tried)%6 != 0 {
					continue
				}
				fault := &unread{after: own.sent, table: table, err: []error{io.ErrUnexpectedEOF, context.DeadlineExceeded}[i%2]}
				before := x.counts(t)
				got, seen, input := try(t, all, fault)
				after := x.counts(t)
				if len(got.Errors) == 0 || fault.failed == 0 {
					t.Errorf("%s: nothing failed: %s", table, got.Body)
				}
				for _, e := range got.Errors {
					if e.Extensions.Outcome != "COMMITTED" || e.Extensions.Code != "UNAVAILABLE" {
						t.Errorf("%s: error %+v", table, e)
					}
				}
				if seen.Payment == nil || seen.Payment.ID == "" || seen.Payment.Status == "" || len(seen.Errors) > 0 ||
					payload.Fields.ForName("transaction") != nil && (seen.Transaction == nil || seen.Transaction.ID == "" || seen.Transaction.Status == "") ||
					payload.Fields.ForName("refunds") != nil && (len(seen.Refunds) == 0 || seen.Refunds[0].Status == "") ||
					payload.Fields.ForName("operation") != nil && (seen.Operation == nil || seen.Operation.Status == "") ||
					payload.Fields.ForName("operations") != nil && (len(seen.Operations) == 0 || seen.Operations[0].Status == "") {
					t.Fatalf("%s: %s", table, got.Body)
				}
				again := apptest.Do[map[string]seenAfter](t, x.admin, documentOf(t, field.Name, least), apptest.Vars{"input": input})[field.Name]
				if !again.Replayed || again.Payment == nil || again.Payment.ID != seen.Payment.ID || x.counts(t) != after {
					t.Errorf("%s: repeated: %+v, rows %v, then %v, then %v", table, again, before, after, x.counts(t))
				}
			}
			x.failOwnReads(t, own, func(after int) (apptest.Response, seenAfter, apptest.Vars) {
				return try(t, least, &unread{after: after, err: io.ErrUnexpectedEOF})
			}, field.Name, least)
		})
	}
}

// failOwnReads fails what a mutation reads itself once it has committed something,
// from each of its statements on: it is answered all the same, or says truly that
// nobody knows, and its repeat finds out.
func (x *trial) failOwnReads(t *testing.T, own *unread, try func(after int) (apptest.Response, seenAfter, apptest.Vars), name, selection string) {
	t.Helper()
	for after := own.began; after < own.sent; after++ {
		got, seen, input := try(after)
		if seen.Payment == nil && (len(got.Errors) != 1 || got.Errors[0].Extensions.Outcome != "UNKNOWN" || got.Errors[0].Extensions.Code != "UNAVAILABLE") {
			t.Errorf("without what is read after %d statements: %s", after, got.Body)
		}
		x.clock.pass(1e12) // whatever runs is over
		again := apptest.Do[map[string]seenAfter](t, x.admin, documentOf(t, name, selection), apptest.Vars{"input": input})[name]
		if again.Payment == nil || len(again.Errors) > 0 || seen.Payment != nil && (again.Payment.ID != seen.Payment.ID || !again.Replayed) {
			t.Errorf("repeated after %d statements: %+v, first %s", after, again, got.Body)
		}
	}
}

// TestAfterTimeout proves the same for a request whose time is over once it has
// committed: what need not be read is in the answer.
func TestAfterTimeout(t *testing.T) {
	t.Parallel()
	var sent wire
	s := openShop(t, sent.option())
	handler, err := s.api.App.Handler(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	input := apptest.Vars{"idempotencyKey": "late", "orders": one(s.order(1000)), "gatewayId": s.sandbox}
	body, err := json.Marshal(apptest.Vars{"query": receiptDocument, "variables": apptest.Vars{"input": input}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	commits := 0
	sent.cutBy(func(statement string, done bool) error {
		if statement == "COMMIT" && done {
			if commits++; commits == 2 {
				end()
			}
		}
		return nil
	})
	request := httptest.NewRequestWithContext(ctx, http.MethodPost, "/graphql", bytes.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+s.api.Token(t, auth.Grant{}))
	recorded := httptest.NewRecorder()
	handler.ServeHTTP(recorded, request)
	sent.cutBy(nil)
	var got struct {
		Data   struct{ PayOrders *receipt }
		Errors []apptest.Error
	}
	if err := json.Unmarshal(recorded.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	paid := got.Data.PayOrders
	if commits != 2 || len(got.Errors) == 0 || paid == nil || paid.Payment == nil || paid.Payment.Status != "PAID" || paid.Transaction == nil || paid.Transaction.Status != "CAPTURED" {
		t.Errorf("after %d commits: %s", commits, recorded.Body)
	}
	for _, e := range got.Errors {
		if e.Extensions.Outcome != "COMMITTED" {
			t.Errorf("%+v", e)
		}
	}
}
