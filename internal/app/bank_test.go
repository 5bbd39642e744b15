package app_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/jmoiron/sqlx"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// bank is a provider that keeps books of its own: what it says may get lost or
// be wrong, what it took is in the books. An attempt is charged once, however
// often it is sent. What it does is decided by the request's token, or by the payment's
// metadata, which every gateway is told; without a reply for it, it takes the whole
// amount and says so.
type bank struct {
	mu       sync.Mutex
	onCharge map[string]reply // by token
	onLookup map[string]reply
	books    map[string]pay.Fact // by attempt
	charges  []gateway.ChargeRequest
	lookups  []gateway.ChargeRequest
}

// reply is what the bank does with a request. It may take money and say
// something else.
type reply func(context.Context, gateway.ChargeRequest) (pay.Fact, error)

// errLost is an answer that did not arrive: nothing follows from it.
var errLost = errors.New("answer lost")

func newBank() *bank {
	return &bank{onCharge: map[string]reply{}, onLookup: map[string]reply{}, books: map[string]pay.Fact{}}
}

// on sets what is done with requests of a token; nil is what is usually done.
func (b *bank) on(token string, charge, lookup reply) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.onCharge[token], b.onLookup[token] = charge, lookup
}

func (b *bank) Describe() gateway.Description {
	return gateway.Description{Name: "bank", Environments: []pay.Environment{pay.Sandbox, pay.Live}}
}

func (b *bank) Charge(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	b.mu.Lock()
	b.charges = append(b.charges, r)
	does := b.onCharge[wish(r)]
	b.mu.Unlock()
	if does != nil {
		return does(ctx, r)
	}
	return b.take(r, r.Amount.Minor), nil
}

func (b *bank) Lookup(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	b.mu.Lock()
	b.lookups = append(b.lookups, r)
	booked, known := b.books[r.AttemptID]
	does := b.onLookup[wish(r)]
	b.mu.Unlock()
	if does != nil {
		return does(ctx, r)
	}
	if !known {
		return pay.Fact{}, gateway.ErrNoSuchAttempt
	}
	return booked, nil
}

// wish is the token that decides what is done with a request.
func wish(r gateway.ChargeRequest) string {
	for _, entry := range r.Metadata {
		if entry.Key == "bank" {
			return entry.Value
		}
	}
	return r.Token
}

// take enters minor units for an attempt, unless it is in the books already,
// and returns what they say.
func (b *bank) take(r gateway.ChargeRequest, minor int64) pay.Fact {
	id := "bank-" + r.AttemptID
	fact := pay.Fact{To: pay.TransactionCaptured, AmountMinor: minor, ExternalID: &id}
	if !r.Capture {
		fact.To = pay.TransactionAuthorized
	}
	return b.enter(r, fact)
}

// decline enters a refusal.
func (b *bank) decline(r gateway.ChargeRequest) pay.Fact {
	return b.enter(r, pay.Fact{To: pay.TransactionFailed, Error: &pay.TransactionError{Code: pay.ErrorDeclined, Message: "No."}})
}

func (b *bank) enter(r gateway.ChargeRequest, fact pay.Fact) pay.Fact {
	b.mu.Lock()
	defer b.mu.Unlock()
	if booked, ok := b.books[r.AttemptID]; ok {
		return booked
	}
	b.books[r.AttemptID] = fact
	return fact
}

// lose takes the whole amount, and the answer gets lost.
func (b *bank) lose(_ context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	b.take(r, r.Amount.Minor)
	return pay.Fact{}, errLost
}

// asked returns the requests with a token: those that were sent, and those that
// ask what became of one.
func (b *bank) asked(token string) (charges, lookups []gateway.ChargeRequest) {
	b.mu.Lock()
	defer b.mu.Unlock()
	other := func(r gateway.ChargeRequest) bool { return wish(r) != token }
	return slices.DeleteFunc(slices.Clone(b.charges), other), slices.DeleteFunc(slices.Clone(b.lookups), other)
}

// money is the sum of what the bank took.
func (b *bank) money() (sum int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, fact := range b.books {
		if fact.To == pay.TransactionCaptured {
			sum += fact.AmountMinor
		}
	}
	return sum
}

// agrees fails the test unless every attempt captured what the books say.
func (b *bank) agrees(tb testing.TB, db *sqlx.DB) {
	tb.Helper()
	var attempts []struct {
		ID       string
		Captured int64
		Held     int64
	}
	if err := db.Select(&attempts, `SELECT x.id, x.captured_minor AS captured, x.held_minor AS held FROM transactions x
		JOIN payment_gateways g ON g.tenant_id = x.tenant_id AND g.id = x.gateway_id WHERE g.connector = 'bank'`); err != nil {
		tb.Fatalf("read attempts: %v", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	seen := 0
	for _, a := range attempts {
		fact, ok := b.books[a.ID]
		if ok {
			seen++
		}
		captured, held := int64(0), int64(0)
		switch fact.To {
		case pay.TransactionCaptured:
			captured = fact.AmountMinor
		case pay.TransactionAuthorized:
			held = fact.AmountMinor
		}
		if a.Captured != captured || a.Held != held {
			tb.Errorf("attempt %s has captured %d and holds %d; the bank took %d and holds %d", a.ID, a.Captured, a.Held, captured, held)
		}
	}
	if seen != len(b.books) {
		tb.Errorf("the bank has %d attempts in its books, of which %d are stored", len(b.books), seen)
	}
}
