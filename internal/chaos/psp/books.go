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
	// softDeclined may pass at another time, or elsewhere.
	softDeclined = "soft_declined"
	pending      = "pending"
	waiting      = "requires_action"
	cancelled    = "cancelled"
	voided       = "voided"
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
	// Waiting are refunds that have no result yet, CalledOff those that get none.
	Waiting   map[string]Waiting
	CalledOff map[string]bool

	token, account string
	at             time.Time
	// due is when a pending charge gets its result.
	due time.Time
}

// Waiting is a refund of minor units without a result.
type Waiting struct {
	Amount int64
	due    time.Time
}

// Refunded is what went back in all, in minor units.
func (c Charge) Refunded() (minor int64) {
	for _, amount := range c.Refunds {
		minor += amount
	}
	return minor
}

// Collected is what the charge took or holds, in minor units, whatever went back since.
func (c Charge) Collected() (minor int64) { return c.Captured + c.Held }

// books are all charges, by attempt.
type books struct {
	mu      sync.Mutex
	charges map[string]*Charge
}

// request is what the gateway asks for.
type request struct {
	Attempt  string `json:"attempt"`
	Key      string `json:"key"`
	ID       string `json:"id,omitempty"`     // of an operation or refund
	Refund   string `json:"refund,omitempty"` // that is to be called off
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
	Capture  bool   `json:"capture,omitempty"`
	Final    bool   `json:"final,omitempty"`
	Token    string `json:"token,omitempty"`
	Account  string `json:"account,omitempty"`
	Code     string `json:"code,omitempty"`
}

// charge enters an attempt once, and says what the books have of it.
func (b *books) charge(r request, now time.Time) Charge {
	b.mu.Lock()
	defer b.mu.Unlock()
	if known, ok := b.charges[r.Attempt]; ok {
		return known.copy()
	}
	c := &Charge{Attempt: r.Attempt, Key: r.Key, ID: "ch_" + r.Attempt, Currency: r.Currency, Amount: r.Amount, token: r.Token, account: r.Account, at: now,
		Refunds: map[string]int64{}, Operations: map[string]int64{}, Waiting: map[string]Waiting{}, CalledOff: map[string]bool{}}
	switch {
	case r.Account == AccountFickle:
		c.Status = softDeclined
	case r.Token == TokenDecline:
		c.Status = declined
	case r.Token == TokenPending:
		c.Status, c.due = pending, now.Add(pendingTime)
	case r.Token == TokenAction:
		c.Status = waiting
	case r.Capture || r.Amount == 0: // of nothing: the method is saved
		c.Status, c.Captured = captured, r.Amount
	default:
		c.Status, c.Held = authorized, r.Amount
	}
	b.charges[r.Attempt] = c
	return c.copy()
}

const (
	// pendingTime is how long a pending charge takes.
	pendingTime = 500 * time.Millisecond
	// refundTime is how long a slow refund can be called off.
	refundTime = 10 * time.Second
)

// complete takes the payer's answer to an action, and is false for a wrong one. What
// waits no more is as it is.
func (b *books) complete(r request) (Charge, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, ok := b.charges[r.Attempt]
	switch {
	case !ok || r.Code != RightCode:
		return Charge{}, false
	case c.Status == waiting:
		c.Status, c.Captured = captured, c.Amount
	}
	return c.copy(), true
}

// isMute says that the provider never answers about the charge.
func (b *books) isMute(r request) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, ok := b.charges[r.Attempt]
	return r.Token == TokenMute || ok && c.token == TokenMute
}

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

// operate captures, releases, calls off or gives back, once for the request's id, and
// says what became of it.
func (b *books) operate(kind string, r request, now time.Time) (Charge, outcome) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, ok := b.charges[r.Attempt]
	if !ok {
		return Charge{}, refused
	}
	var came outcome
	switch kind {
	case "refunds":
		came = c.refund(r, now)
	case "refund-cancels":
		came = c.cancelRefund(r, now)
	default:
		came = c.operate(kind, r)
	}
	return c.copy(), came
}

// outcome is what became of what was asked about a charge.
type outcome string

const (
	done      outcome = "done"
	refused   outcome = "refused"
	underWay  outcome = "pending"
	calledOff outcome = "called off"
)

func (c *Charge) operate(kind string, r request) outcome {
	if _, before := c.Operations[r.ID]; before {
		return done
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
	case kind == "cancels" && (c.Status == waiting || c.Status == pending):
		c.Status = cancelled
	default:
		return refused
	}
	c.Operations[r.ID] = r.Amount
	return done
}

func (c *Charge) refund(r request, now time.Time) outcome {
	waits, slow := c.Waiting[r.ID]
	switch {
	case c.Refunds[r.ID] > 0:
		return done
	case c.CalledOff[r.ID]:
		return calledOff
	case slow && now.Before(waits.due):
		return underWay
	case slow:
		delete(c.Waiting, r.ID)
	case c.Refunded()+c.waits()+r.Amount > c.Captured:
		return refused
	case c.token == TokenSlowRefund:
		c.Waiting[r.ID] = Waiting{r.Amount, now.Add(refundTime)}
		return underWay
	}
	c.Refunds[r.ID] = r.Amount
	return done
}

// cancelRefund calls off a refund that waits. One that the provider never heard of it
// will not make any more.
func (c *Charge) cancelRefund(r request, now time.Time) outcome {
	waits, slow := c.Waiting[r.Refund]
	if c.Refunds[r.Refund] > 0 || slow && !now.Before(waits.due) {
		return refused
	}
	delete(c.Waiting, r.Refund)
	c.CalledOff[r.Refund] = true
	return done
}

func (c *Charge) waits() (minor int64) {
	for _, w := range c.Waiting {
		minor += w.Amount
	}
	return minor
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
	other.Waiting, other.CalledOff = maps.Clone(c.Waiting), maps.Clone(c.CalledOff)
	return other
}
