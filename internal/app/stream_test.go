package app_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

// TestFollow proves that a stream tells what happens, each event as the log has it, from
// where it is asked to begin, over both transports.
func TestFollow(t *testing.T) {
	t.Parallel()
	for name := range transports {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t)
			s.pay(t, "before", s.whole("", s.order(100)))
			before := logOf(t, s.admin, nil)
			for _, from := range []int{0, len(before.Nodes) - 1} { // what is there, and what comes
				stream := follow(t, s.api, name, s.api.Token(t, auth.Grant{}), apptest.Vars{"after": before.Edges[from].Cursor})
				for _, want := range before.Nodes[from+1:] {
					if got := nextEvent(t, stream); got != want {
						t.Errorf("told %+v, want %+v", got, want)
					}
				}
				seen := len(wholeLog(t, s.admin, nil))
				id := s.pay(t, fmt.Sprint("after ", from), s.whole("", s.order(200))).Payment.ID
				for from > 0 && nextEvent(t, stream).Cursor != wholeLog(t, s.admin, nil)[seen-1].Cursor { // the other turn's payment
				}
				for _, want := range wholeLog(t, s.admin, nil)[seen:] {
					if got := nextEvent(t, stream); got != want || got.Payment.ID != id {
						t.Errorf("told %+v, want %+v", got, want)
					}
				}
			}
		})
	}
}

// TestFollowFromNow proves that a stream that is not asked to begin anywhere begins with
// what comes next, and goes on without a gap.
func TestFollowFromNow(t *testing.T) {
	t.Parallel()
	for name := range transports {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t)
			old := s.pay(t, "before", s.whole("", s.order(100))).Payment.ID
			stream := follow(t, s.api, name, s.api.Token(t, auth.Grant{}), nil)
			first := make(chan happened)
			go func() { first <- nextEvent(t, stream) }()
			for i := 0; ; i++ { // until it follows
				s.pay(t, fmt.Sprint("now ", i), s.whole("", s.order(200)))
				select {
				case got := <-first:
					all := wholeLog(t, s.admin, nil)
					at := slices.Index(all, got)
					if got.Payment.ID == old || at < 0 {
						t.Fatalf("told %+v first", got)
					}
					for _, want := range all[at+1:] {
						if got := nextEvent(t, stream); got != want {
							t.Errorf("told %+v, want %+v", got, want)
						}
					}
					return
				default:
				}
			}
		})
	}
}

// TestFollowFilter proves that a stream tells what its filter keeps, of what is read for
// all and of what it has to read for itself.
func TestFollowFilter(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	start := logOf(t, s.admin, nil).PageInfo.EndCursor
	s.pay(t, "one", s.whole("", s.order(100)))
	second := s.pay(t, "two", s.whole("", s.make.Order(s.make.Customer(), 200))).Payment.ID
	customer := s.api.Token(t, customerGrant(t, s.customer))
	for name, c := range map[string]struct {
		token  string
		filter apptest.Vars
	}{
		"types": {"", apptest.Vars{"types": []string{"TRANSACTION_CAPTURED"}}}, "statuses": {"", apptest.Vars{"statuses": []string{"PAID"}}},
		"payments": {"", apptest.Vars{"paymentIds": []string{second}}}, "customers": {"", apptest.Vars{"customerIds": []string{s.customer}}},
		"a customer's": {customer, nil}, "a customer's types": {customer, apptest.Vars{"types": []string{"TRANSACTION_CAPTURED"}}},
	} {
		token := c.token
		if token == "" {
			token = s.api.Token(t, auth.Grant{})
		}
		want := wholeLog(t, s.api.Client(token), c.filter)
		stream := follow(t, s.api, "websocket", token, apptest.Vars{"filter": c.filter, "after": start})
		for _, w := range want {
			if got := nextEvent(t, stream); got != w {
				t.Errorf("%s: told %+v, want %+v", name, got, w)
			}
		}
		if len(want) == 0 {
			t.Errorf("%s: matches nothing", name)
		}
	}
}

// TestFollowRefusals proves what a stream refuses, and that it refuses it in its own
// way.
func TestFollowRefusals(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	token := api.Token(t, auth.Grant{})
	writer := api.Token(t, auth.Grant{Role: pay.RolePartner, Scopes: []pay.Scope{}})
	const mutation = `mutation { createCustomer(input: { customer: { firstName: "Ana" } }) { customer { id } } }`
	for name, c := range map[string]struct{ token, document, code string }{
		"query":          {token, "{ viewer { id } }", "GRAPHQL_VALIDATION_FAILED"},
		"mutation":       {token, mutation, "GRAPHQL_VALIDATION_FAILED"},
		"bad cursor":     {token, `subscription { paymentEvents(after: "x") { type } }`, "GRAPHQL_VALIDATION_FAILED"},
		"two fields":     {token, `subscription { a: paymentEvents { type } b: paymentEvents { type } }`, "GRAPHQL_VALIDATION_FAILED"},
		"no field":       {token, `subscription { paymentEvents @skip(if: true) { type } }`, "GRAPHQL_VALIDATION_FAILED"},
		"a type's name":  {token, `subscription { __typename }`, "GRAPHQL_VALIDATION_FAILED"},
		"too deep":       {token, `subscription { paymentEvents { payment { events(first: 100) { nodes { payment { events(first: 100) { nodes { payment { orders { id } } } } } } } } } }`, "COST_LIMIT"},
		"no document":    {token, `nonsense`, "GRAPHQL_PARSE_FAILED"},
		"without scopes": {writer, `subscription { paymentEvents { type } }`, "FORBIDDEN"},
		"of an operator": {api.Token(t, auth.Grant{Role: pay.RoleOperator}), `subscription { paymentEvents { type } }`, "FORBIDDEN"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := dial(t, api.URL, nil)
			defer s.close()
			s.greet(t, c.token)
			s.subscribe(t, "1", c.document, nil)
			if got := s.next(t); got.code != c.code || got.kind != "error" {
				t.Errorf("websocket: %+v", got)
			}
			s.send(t, socketMessage{Type: "ping"})
			if got := s.next(t); got.kind != "pong" {
				t.Errorf("websocket, after the error: %+v", got)
			}
			e, response := listenFor(t, api.URL, c.token, c.document, nil)
			defer e.close()
			if got := e.next(t); got.code != c.code || strings.Contains(got.text, `"data"`) || response.Header.Get("Content-Type") != "text/event-stream" || response.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("server-sent events: %+v, %v", got, response.Header)
			}
			if got := e.next(t); got.kind != "complete" {
				t.Errorf("server-sent events end with %+v", got)
			}
		})
	}
	if got := api.Admin(t).Send(t, `subscription { paymentEvents { type } }`, nil); len(got.Errors) != 1 || got.Errors[0].Extensions.Code != "GRAPHQL_VALIDATION_FAILED" {
		t.Errorf("a subscription by a plain request: %s", got.Body)
	}
}

// TestFollowWithoutGap proves that followers who lose their connection again and again,
// whose server is restarted, and who go on at another one, see every event once, while
// eight workers pay.
func TestFollowWithoutGap(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	var opening sync.RWMutex // nobody connects to a server that is being stopped
	restarted, token := s.api.Another(t), s.api.Token(t, auth.Grant{})
	open := func(transport, after string, random *rand.Rand) stream {
		opening.RLock()
		defer opening.RUnlock()
		return transports[transport](t, []*apptest.API{s.api, restarted}[random.IntN(2)], token, apptest.Vars{"after": after})
	}
	start := logOf(t, s.admin, nil).PageInfo.EndCursor
	var workers, followers sync.WaitGroup
	for worker := range 8 {
		workers.Go(func() {
			for i := range 6 {
				s.make.PayWhole(s.sandbox, s.order(int64(100+10*worker+i)))
			}
		})
	}
	const events = 8 * 6 // payments, each with the same number of events
	all := make(chan []happened, 4)
	for i, name := range []string{"websocket", "sse", "websocket", "sse"} {
		followers.Go(func() {
			all <- followBrokenly(t, open, name, start, events, rand.New(rand.NewPCG(uint64(i), 5)))
		})
	}
	for range 3 { // while they pay
		old, another := restarted, s.api.Another(t)
		opening.Lock()
		restarted = another
		opening.Unlock()
		old.Stop(t)
	}
	workers.Wait()
	followers.Wait()
	close(all)
	want := names(wholeLog(t, s.admin, nil))
	for told := range all {
		if got := names(told); !slices.Equal(got, want) {
			t.Errorf("told %d events, want %d:\n%v\n%v", len(got), len(want), got, want)
		}
	}
}

// followBrokenly follows until so many payments are paid, by connections that break
// after a few events, at one server or another.
func followBrokenly(t *testing.T, open func(transport, after string, random *rand.Rand) stream, transport, after string, payments int, random *rand.Rand) (all []happened) {
	paid := 0
	for paid < payments {
		stream := open(transport, after, random)
		for range 1 + random.IntN(9) {
			got := stream.next(t)
			if got.event == nil {
				break // stopped
			}
			all, after = append(all, *got.event), got.event.Cursor
			if got.event.Status == "PAID" && got.event.Type == "TRANSACTION_CAPTURED" {
				paid++
			}
			if paid == payments {
				break
			}
		}
		stream.close()
	}
	return all
}

// TestFollowApart proves that nobody is told what happens to others.
func TestFollowApart(t *testing.T) {
	t.Parallel()
	for name := range transports {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t)
			stranger := s.make.Customer()
			rival := s.api.NewCompany(t, "rival")
			other := s.api.Client(s.api.Token(t, auth.Grant{CompanyID: rival.ID}))
			elsewhere := other.Make(t)
			beginning := map[string]string{"rival": logOf(t, other, nil).PageInfo.EndCursor, "": logOf(t, s.admin, nil).PageInfo.EndCursor}
			streams := map[string]stream{}
			for who, grant := range map[string]auth.Grant{"customer": customerGrant(t, s.customer), "stranger": customerGrant(t, stranger), "rival": {CompanyID: rival.ID}} {
				after := beginning[""]
				if who == "rival" {
					after = beginning[who]
				}
				streams[who] = follow(t, s.api, name, s.api.Token(t, grant), apptest.Vars{"after": after})
			}
			own := s.pay(t, "own", s.whole("", s.order(100))).Payment.ID
			theirs := s.pay(t, "theirs", s.whole("", s.make.Order(stranger, 200))).Payment.ID
			far := elsewhere.PayWhole(elsewhere.Gateway(nil), elsewhere.Order(elsewhere.Customer(), 300))
			for who, want := range map[string]string{"customer": own, "stranger": theirs, "rival": far} {
				for i := range s.count(t, "payment_events e JOIN payments p ON p.id = e.payment_id WHERE p.id = $1", mustID(t, want)) {
					if got := nextEvent(t, streams[who]); got.Payment.ID != want || got.Seq != i+1 || who != "rival" && got.Actor == "admin:test" {
						t.Errorf("%s is told %+v", who, got)
					}
				}
			}
		})
	}
}

// customerGrant is what a customer's token grants.
func customerGrant(t *testing.T, customer string) auth.Grant {
	t.Helper()
	id, ok := pay.ParseID(pay.KindCustomer, customer)
	if !ok {
		t.Fatalf("%s is no customer's id", customer)
	}
	return auth.Grant{Role: pay.RoleCustomer, CustomerID: &id}
}

// mustID is the id in the database of a payment.
func mustID(t *testing.T, global string) string {
	t.Helper()
	id, ok := pay.ParseID(pay.KindPayment, global)
	if !ok {
		t.Fatalf("%s is no payment's id", global)
	}
	return id.String()
}

// TestFollowFresh proves that each event is told with what is true when it is told: what
// an earlier one read is not remembered.
func TestFollowFresh(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	after := logOf(t, s.admin, nil).PageInfo.EndCursor
	c, _ := dial(t, s.api.URL, nil)
	defer c.close()
	c.greet(t, s.api.Token(t, auth.Grant{}))
	c.subscribe(t, "1", `subscription($after: EventCursor) { paymentEvents(after: $after) { seq payment { version } } }`, apptest.Vars{"after": after})
	version := func() (seen struct {
		Data struct {
			PaymentEvents struct {
				Seq     int
				Payment struct{ Version int }
			}
		}
	}) {
		text := c.next(t).text
		if err := json.Unmarshal([]byte(text), &seen); err != nil {
			t.Fatalf("told %s", text)
		}
		return seen
	}
	payment := s.held(t, "hold").Payment.ID
	last := version()
	for last.Data.PaymentEvents.Seq < s.count(t, "payment_events") {
		last = version()
	}
	act(t, s.admin, "cancelPayment", "cancel", apptest.Vars{"paymentId": payment})
	if now := version(); now.Data.PaymentEvents.Payment.Version <= last.Data.PaymentEvents.Payment.Version {
		t.Errorf("told %+v after %+v", now, last)
	}
}
