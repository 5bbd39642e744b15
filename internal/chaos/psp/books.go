package psp

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// The states of a charge.
const (
	captured   = "captured"
	authorized = "authorized"
	declined   = "declined"
	pending    = "pending"
	voided     = "voided"
)

// Charge is what the books say of one attempt. Amounts are minor units of Currency.
type Charge struct {
	// Attempt is the gateway's id of the attempt, and Key the intent of the client
	// who wanted it.
	Attempt, Key string
	ID           string
	Status       string
	Currency     string
	Amount       int64
	Captured     int64
	Held         int64
	// Refunds and Operations are done once for their id.
	Refunds    map[string]int64
	Operations map[string]int64

	at time.Time
	// due is when a pending charge gets its result.
	due time.Time
}

// Refunded is what went back in all, in minor units.
func (c Charge) Refunded() (minor int64) {
	for _, amount := range c.Refunds {
		minor += amount
	}
	return minor
}

// books are all charges, by attempt.
type books struct {
	mu      sync.Mutex
	charges map[string]*Charge
}

// request is what the gateway asks for.
type request struct {
	Attempt  string `json:"attempt"`
	Key      string `json:"key"`
	ID       string `json:"id,omitempty"` // of an operation or refund
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
	Capture  bool   `json:"capture,omitempty"`
	Final    bool   `json:"final,omitempty"`
	Token    string `json:"token,omitempty"`
}

// charge enters an attempt once, and says what the books have of it.
func (b *books) charge(r request, now time.Time) Charge {
	b.mu.Lock()
	defer b.mu.Unlock()
	if known, ok := b.charges[r.Attempt]; ok {
		return known.copy()
	}
	c := &Charge{Attempt: r.Attempt, Key: r.Key, ID: "ch_" + r.Attempt, Currency: r.Currency, Amount: r.Amount, Status: captured,
		Refunds: map[string]int64{}, Operations: map[string]int64{}, at: now}
	switch {
	case r.Token == TokenDecline:
		c.Status = declined
	case r.Token == TokenPending:
		c.Status, c.due = pending, now.Add(pendingTime)
	case r.Capture:
		c.Captured = r.Amount
	default:
		c.Status, c.Held = authorized, r.Amount
	}
	b.charges[r.Attempt] = c
	return c.copy()
}

// pendingTime is how long a pending charge takes.
const pendingTime = 500 * time.Millisecond

// look returns a charge, and false for one that was never heard of.
func (b *books) look(attempt string, now time.Time) (Charge, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, ok := b.charges[attempt]
	if !ok {
		return Charge{}, false
	}
	if c.Status == pending && now.After(c.due) {
		c.Status, c.Captured = captured, c.Amount
	}
	return c.copy(), true
}

// operate captures, releases or gives back, once for the request's id. It is false
// when the charge cannot.
func (b *books) operate(kind string, r request) (Charge, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, ok := b.charges[r.Attempt]
	if !ok {
		return Charge{}, false
	}
	if kind == "refunds" {
		if _, done := c.Refunds[r.ID]; !done {
			if c.Refunded()+r.Amount > c.Captured {
				return c.copy(), false
			}
			c.Refunds[r.ID] = r.Amount
		}
		return c.copy(), true
	}
	if _, done := c.Operations[r.ID]; done {
		return c.copy(), true
	}
	switch {
	case kind == "captures" && r.Amount <= c.Held:
		c.Status, c.Held, c.Captured = captured, c.Held-r.Amount, c.Captured+r.Amount
		if r.Final {
			c.Held = 0
		}
	case kind == "voids" && c.Held > 0:
		c.Held = 0
		if c.Captured == 0 {
			c.Status = voided
		}
	default:
		return c.copy(), false
	}
	c.Operations[r.ID] = r.Amount
	return c.copy(), true
}

// all returns every charge.
func (b *books) all() []Charge {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := make([]Charge, 0, len(b.charges))
	for _, c := range b.charges {
		list = append(list, c.copy())
	}
	slices.SortFunc(list, func(x, y Charge) int { return x.at.Compare(y.at) })
	return list
}

func (c *Charge) copy() Charge {
	other := *c
	other.Refunds, other.Operations = maps.Clone(c.Refunds), maps.Clone(c.Operations)
	return other
}
