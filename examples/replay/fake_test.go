package main

import (
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

type object = map[string]any

// fake is an API in memory with just the operations that the program uses. Each
// request is checked against the real schema, and each answer holds only what
// was selected.
type fake struct {
	t      *testing.T
	schema *ast.Schema
	url    string

	// Troubles: every n-th request is dropped after it was carried out, refused
	// with 429 or 503, or (payOrders) told that its key is in use. 0 for never.
	dropEvery, limitEvery, downEvery, busyEvery int
	// fates are the statuses that attempts run through, by key; CAPTURED else.
	fates map[string][]string
	// onPay is called after each payment that is stored.
	onPay func(count int)
	// leases are until when payOrders says of a key that its first request has not
	// ended.
	leases map[string]time.Time
	// onPreview is called before each answer of previewPayment.
	onPreview func()

	mu        sync.Mutex
	requests  int
	gateways  map[string]*stored
	customers map[string]*stored
	orders    map[string]*fakeOrder
	payments  map[string]*fakePayment // by idempotency key
	sentCodes map[string]int          // codes that payOrders answered
}

type stored struct{ id, ref, content string }

type fakeOrder struct {
	stored
	placedAt    string
	total, paid int64
	payments    []*fakePayment // newest first
}

type fakePayment struct {
	id, content, gatewayRef string
	amount                  int64
	order                   *fakeOrder
	statuses                []string // the first is the one now
}

// readSchema reads the schema once for all tests.
var readSchema = sync.OnceValues(func() (*ast.Schema, error) {
	text, err := os.ReadFile("../../schema.graphqls")
	if err != nil {
		return nil, err
	}
	return gqlparser.LoadSchema(&ast.Source{Name: "schema.graphqls", Input: string(text)})
})

func loadSchema(t *testing.T) *ast.Schema {
	t.Helper()
	schema, err := readSchema()
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func newFake(t *testing.T) *fake {
	t.Helper()
	f := &fake{t: t, schema: loadSchema(t), fates: map[string][]string{}, leases: map[string]time.Time{}, gateways: map[string]*stored{},
		customers: map[string]*stored{}, orders: map[string]*fakeOrder{}, payments: map[string]*fakePayment{}, sentCodes: map[string]int{}}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	f.url = server.URL
	return f
}

// locked changes or reads the fake while it may still be at work: a request goes
// on at the server when its client is gone.
func (f *fake) locked(do func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	do()
}

func every(n, count int) bool { return n > 0 && count%n == n-1 }

// ServeHTTP carries out one request, or gets into one of its troubles.
func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests++
	w.Header().Set("X-Request-Id", fmt.Sprintf("req-%d", f.requests))
	switch {
	case r.Header.Get("Authorization") != "Bearer secret":
		f.fail(w, http.StatusUnauthorized, "UNAUTHENTICATED")
		return
	case every(f.limitEvery, f.requests):
		w.Header().Set("Retry-After", "0")
		f.fail(w, http.StatusTooManyRequests, "RATE_LIMITED")
		return
	case every(f.downEvery, f.requests):
		http.Error(w, "no server here", http.StatusServiceUnavailable)
		return
	}
	result, selected := f.carryOut(r)
	if every(f.dropEvery, f.requests) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			f.t.Error(err)
			return
		}
		conn.Close()
		return
	}
	json.NewEncoder(w).Encode(object{"data": object{"result": project(result, selected)}})
}

func (f *fake) fail(w http.ResponseWriter, status int, code string) {
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(object{"errors": []object{{"message": "No.",
		"extensions": object{"code": code, "requestId": fmt.Sprintf("req-%d", f.requests)}}}})
}

func (f *fake) carryOut(r *http.Request) (any, ast.SelectionSet) {
	var request struct {
		Query     string
		Variables object
	}
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		f.t.Errorf("body: %v", err)
		return nil, nil
	}
	document, errs := gqlparser.LoadQueryWithRules(f.schema, request.Query, rules.NewDefaultRules())
	if errs != nil {
		f.t.Errorf("document: %v", errs)
		return nil, nil
	}
	operation := document.Operations[0]
	if _, err := validator.VariableValues(f.schema, operation, request.Variables); err != nil {
		f.t.Errorf("variables of %s: %v", operation.Name, err)
		return nil, nil
	}
	field := operation.SelectionSet[0].(*ast.Field)
	return f.result(operation.Name, request.Variables, field.SelectionSet), field.SelectionSet
}

func (f *fake) result(operation string, v object, selected ast.SelectionSet) any {
	switch operation {
	case "CreateGateway":
		return f.createGateway(v["input"].(object))
	case "CreateCustomers":
		return f.createCustomers(list(v["customers"]))
	case "CreateOrders":
		return f.createOrders(list(v["orders"]))
	case "FindOrders", "ReadOrders":
		return f.findOrders(v["references"].([]any), selected)
	case "MorePayments":
		return f.morePayments(v, selected)
	case "Pay":
		return f.pay(v["input"].(object))
	case "Preview":
		return f.preview(v["input"].(object))
	case "Transaction":
		return f.transaction(v["id"].(string))
	}
	f.t.Errorf("unknown operation %q", operation)
	return nil
}

// project keeps of a value what was selected, as a real server does.
func project(value any, selected ast.SelectionSet) any {
	switch v := value.(type) {
	case []object:
		kept := []any{}
		for _, element := range v {
			kept = append(kept, project(element, selected))
		}
		return kept
	case object:
		kept := object{}
		for _, field := range fields(v, selected) {
			kept[field.Alias] = project(v[field.Name], field.SelectionSet)
		}
		return kept
	}
	return value
}

// fields are the fields that are selected of a value; those of a fragment only
// where the value is of its type.
func fields(value object, selected ast.SelectionSet) (list []*ast.Field) {
	for _, s := range selected {
		switch s := s.(type) {
		case *ast.Field:
			list = append(list, s)
		case *ast.InlineFragment:
			if value["__typename"] == s.TypeCondition {
				list = append(list, fields(value, s.SelectionSet)...)
			}
		}
	}
	return list
}

func list(value any) []object {
	var objects []object
	for _, element := range value.([]any) {
		objects = append(objects, element.(object))
	}
	return objects
}

func content(value any) string {
	text, _ := json.Marshal(value)
	return string(text)
}

// minor reads an amount independently of the program's own way.
func minor(amount any) int64 {
	money := amount.(object)
	rat, ok := new(big.Rat).SetString(money["decimal"].(string))
	if !ok || money["currency"] != "BRL" {
		panic(fmt.Sprintf("bad amount %v", amount))
	}
	rat.Mul(rat, big.NewRat(100, 1))
	if !rat.IsInt() {
		panic(fmt.Sprintf("amount %v has too many places", amount))
	}
	return rat.Num().Int64()
}

func shown(amount int64) object { return object{"minorUnits": amount} }

func refuse(code string, path ...string) object {
	return object{"errors": []object{{"code": code, "message": "No.", "path": append([]string{"input"}, path...)}}}
}
