package psp

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Tokens that decide what becomes of a charge; any other is approved.
const (
	TokenDecline = "tok_decline"
	TokenPending = "tok_pending"
	// TokenAction waits for the payer's RightCode.
	TokenAction = "tok_action"
	// TokenMute is approved, and no question about it is ever answered.
	TokenMute = "tok_mute"
	// TokenSlowRefund is approved; its refunds take long enough to be called off.
	TokenSlowRefund = "tok_slow_refund"
	// AccountFickle declines everything for now.
	AccountFickle = "fickle"
	// RightCode is the payer's answer that the provider takes.
	RightCode = "123456"
)

// Provider is the server. Its methods may be called from several goroutines.
type Provider struct {
	hangTime, latency atomic.Int64
	quiet             atomic.Bool

	books  books
	fate   fate
	hooks  hooks
	server *http.Server
	url    string
	wg     sync.WaitGroup
}

// Start starts a provider on a port of this machine. share is the part of requests
// and reports, 0 to 1, that meet a fault.
func Start(seed uint64, share float64) (*Provider, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("psp: %w", err)
	}
	p := &Provider{url: "http://" + listener.Addr().String(),
		books: books{charges: map[string]*Charge{}},
		fate:  fate{seed: seed, share: share, tries: map[string]int{}, forced: map[string]Fault{}, count: map[Fault]int{}, sticky: map[string]bool{}, muted: map[string]bool{}}}
	p.SetHang(3 * time.Second)
	p.hooks.init(p)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /charges", p.faulty("charge", p.postCharge))
	mux.HandleFunc("GET /charges/{attempt}", p.faulty("look", p.getCharge))
	mux.HandleFunc("POST /charges/{attempt}/completions", p.faulty("completion", p.postCompletion))
	mux.HandleFunc("POST /charges/{attempt}/{kind}", p.faulty("operation", p.postOperation))
	p.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	p.wg.Go(func() { p.server.Serve(listener) })
	return p, nil
}

// URL is the server's address.
func (p *Provider) URL() string { return p.url }

// Close ends the server and its reports.
func (p *Provider) Close() {
	p.hooks.stop()
	p.server.Close()
	p.wg.Wait()
}

// Heal ends all faults: from now on the provider answers, and says what is true.
func (p *Provider) Heal() { p.SetFaults(0) }

// SetFaults sets the part of requests and reports that meet a fault.
func (p *Provider) SetFaults(share float64) {
	p.fate.mu.Lock()
	defer p.fate.mu.Unlock()
	p.fate.share = share
	if share == 0 {
		clear(p.fate.forced)
		clear(p.fate.sticky)
		clear(p.fate.muted)
	}
}

// SetHang sets how long the provider keeps quiet where it hangs: longer than the
// gateway waits.
func (p *Provider) SetHang(d time.Duration) { p.hangTime.Store(int64(d)) }

// SetLatency sets how long every answer takes.
func (p *Provider) SetLatency(d time.Duration) { p.latency.Store(int64(d)) }

// SetQuiet has the provider report every tenth event only, as if the others got lost.
func (p *Provider) SetQuiet(quiet bool) { p.quiet.Store(quiet) }

// Force has the next request of each sort, or the next report, about a client's intent
// meet a fault; of one that is a request's no report tells.
func (p *Provider) Force(key string, fault Fault) {
	p.fate.mu.Lock()
	defer p.fate.mu.Unlock()
	p.fate.forced[key] = fault
	maps.DeleteFunc(p.fate.tries, func(subject string, _ int) bool { return strings.HasSuffix(subject, " "+key) })
}

// Mute has everything that is asked for about a client's intent done and never answered,
// until it is muted no more.
func (p *Provider) Mute(key string, muted bool) {
	p.fate.mu.Lock()
	defer p.fate.mu.Unlock()
	p.fate.muted[key] = muted
}

// Injected counts the faults so far.
func (p *Provider) Injected() map[Fault]int {
	p.fate.mu.Lock()
	defer p.fate.mu.Unlock()
	return maps.Clone(p.fate.count)
}

// Charges are the books, oldest first.
func (p *Provider) Charges() []Charge { return p.books.all() }

// answer is what the provider says.
type answer struct {
	status int
	body   reply
}

// reply is the body of an answer or of a report.
type reply struct {
	ID       string `json:"id,omitempty"`
	Attempt  string `json:"attempt,omitempty"`
	Status   string `json:"status"`
	Currency string `json:"currency,omitempty"`
	Captured int64  `json:"captured"`
	Held     int64  `json:"held"`
	// Operation is what was asked for about the charge.
	Operation string  `json:"operation,omitempty"`
	Came      outcome `json:"came,omitempty"`
}

func said(c Charge) reply {
	return reply{ID: c.ID, Attempt: c.Attempt, Status: c.Status, Currency: c.Currency, Captured: c.Captured, Held: c.Held}
}

func (p *Provider) postCharge(r request, _ string) answer {
	c := p.books.charge(r, time.Now())
	p.hooks.charged(c)
	return answer{http.StatusOK, said(c)}
}

func (p *Provider) getCharge(r request, _ string) answer {
	c, ok := p.books.look(r.Attempt, time.Now())
	if !ok || p.fate.isSticky("lag "+r.Attempt) && time.Since(c.at) < lag {
		return answer{http.StatusNotFound, reply{Status: "not_found"}}
	}
	return answer{http.StatusOK, said(c)}
}

// lag is how long a charge is not found where reads lag behind.
const lag = time.Second

func (p *Provider) postOperation(r request, kind string) answer {
	c, came := p.books.operate(kind, r, time.Now())
	body := said(c)
	body.Operation, body.Came = r.ID, came
	if came == done {
		p.hooks.operated(c, kind, r)
	}
	return answer{http.StatusOK, body}
}

func (p *Provider) postCompletion(r request, _ string) answer {
	c, ok := p.books.complete(r)
	if !ok {
		return answer{http.StatusUnprocessableEntity, reply{Status: "wrong_code"}}
	}
	p.hooks.charged(c)
	return answer{http.StatusOK, said(c)}
}

func (p *Provider) isMute(r request) bool { return p.fate.isMuted(r.Key) || p.books.isMute(r) }

// faulty reads a request, has it done, and lets its fate meet it.
func (p *Provider) faulty(what string, do func(request, string) answer) http.HandlerFunc {
	return func(w http.ResponseWriter, h *http.Request) {
		var r request
		if h.Method == http.MethodPost && json.NewDecoder(io.LimitReader(h.Body, 1<<20)).Decode(&r) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if attempt := h.PathValue("attempt"); attempt != "" {
			r.Attempt = attempt
		}
		if r.Key == "" {
			r.Key = h.Header.Get("Client-Key")
		}
		kind := h.PathValue("kind")
		time.Sleep(time.Duration(p.latency.Load()))
		subject := what + kind + r.ID + r.Attempt
		fault := p.fate.pick(what+kind, r.Key, requestFaults)
		if fault == "" && p.fate.isSticky(subject) {
			fault = ErrorBefore
		}
		// What nobody did yet can be said of a muted intent: it is not found.
		if _, there := p.books.look(r.Attempt, time.Now()); fault == "" && p.isMute(r) && (there || h.Method == http.MethodPost) {
			fault = ErrorAfter
		}
		if fault.beforeEffect() {
			p.lose(w, h, fault)
			return
		}
		a := do(r, kind)
		switch fault {
		case StickyError:
			p.fate.stick(subject)
		case LagOnReads:
			p.fate.stick("lag " + r.Attempt)
		}
		p.mangle(w, h, fault, a)
	}
}
