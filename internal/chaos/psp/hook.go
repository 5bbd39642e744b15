package psp

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// report is the body of a webhook.
type report struct {
	Event string `json:"event"`
	// Kind is charge, captures, voids, cancels, refunds or refund-cancels.
	Kind   string `json:"kind"`
	Amount int64  `json:"amount,omitempty"`
	reply
	forged bool
	key    string
	// account is whose charge it is, which decides where it is delivered.
	account string
}

// hooks delivers reports, each until it is accepted.
type hooks struct {
	provider *Provider
	mu       sync.Mutex
	targets  map[string][]string // by account
	secret   string
	held     []report // waits for the next report, which overtakes it
	next     int
	sent     int
	ctx      context.Context
	stop     func()
	work     sync.WaitGroup
	client   http.Client
	refused  int
}

func (h *hooks) init(p *Provider) {
	ctx, cancel := context.WithCancel(context.Background())
	h.provider, h.ctx, h.client.Timeout = p, ctx, 5*time.Second
	h.client.Transport = &http.Transport{MaxIdleConnsPerHost: 32}
	h.stop = func() { cancel(); h.work.Wait() }
}

// Subscribe has reports delivered to the addresses in turn, signed with the secret; those
// about the accounts that SubscribeAccount names, to theirs.
func (p *Provider) Subscribe(secret string, targets ...string) {
	p.hooks.mu.Lock()
	defer p.hooks.mu.Unlock()
	p.hooks.secret, p.hooks.targets = secret, map[string][]string{"": targets}
}

// SubscribeAccount has reports about an account's charges delivered to the addresses in
// turn, signed as Subscribe said.
func (p *Provider) SubscribeAccount(account string, targets ...string) {
	p.hooks.mu.Lock()
	defer p.hooks.mu.Unlock()
	p.hooks.targets[account] = targets
}

// ForgedRefused is how many forged reports were answered with 401.
func (p *Provider) ForgedRefused() int {
	p.hooks.mu.Lock()
	defer p.hooks.mu.Unlock()
	return p.hooks.refused
}

// charged reports what became of a charge.
func (h *hooks) charged(c Charge) {
	if c.token == TokenMute {
		return
	}
	r := report{Event: "evt_" + c.Attempt + "_" + c.Status, Kind: "charge", reply: said(c), key: c.Key, account: c.account}
	if c.Status != pending {
		h.send(r)
		return
	}
	h.work.Go(func() { // the result comes by report alone
		if !h.wait(2 * pendingTime) {
			return
		}
		if now, ok := h.provider.books.look(c.Attempt, time.Now()); ok {
			h.send(report{Event: "evt_" + c.Attempt + "_" + now.Status, Kind: "charge", reply: said(now), key: c.Key, account: c.account})
		}
	})
}

// operated reports a capture, void or refund.
func (h *hooks) operated(c Charge, kind string, r request) {
	body := said(c)
	body.Operation, body.Came = r.ID, done
	h.send(report{Event: "evt_" + r.ID, Kind: kind, Amount: r.Amount, reply: body, key: c.Key, account: c.account})
}

// send delivers a report as its fate wants it.
func (h *hooks) send(r report) {
	h.mu.Lock()
	h.sent++
	silent := len(h.targets[r.account]) == 0 || h.provider.quiet.Load() && h.sent%10 > 0
	h.mu.Unlock()
	if silent || h.provider.fate.mutes(r.key) {
		return
	}
	fault := h.provider.fate.pick("hook", r.key, hookFaults)
	switch fault {
	case HookNever:
	case HookEarly: // before the request is answered
		h.deliver(r)
	case HookLate:
		h.work.Go(func() { _ = h.wait(2*time.Second) && h.deliver(r) })
	case HookTwice:
		h.work.Go(func() { h.deliver(r); h.deliver(r) })
	case HookStorm:
		for range 20 {
			h.work.Go(func() { h.deliver(r) })
		}
	case HookTwin:
		twin := r
		twin.Event += "_twin"
		h.work.Go(func() { h.deliver(r) })
		h.work.Go(func() { h.deliver(twin) })
	case HookReordered:
		h.mu.Lock()
		h.held = append(h.held, r)
		h.mu.Unlock()
	case HookForged:
		forged := r
		forged.forged, forged.Status, forged.Captured = true, captured, r.Captured+r.Held+5000
		h.work.Go(func() { h.deliver(forged); h.deliver(r) })
	case HookWrongAmount:
		wrong := r
		wrong.Event, wrong.Amount, wrong.Captured = r.Event+"_wrong", r.Amount+500, r.Captured+100
		h.work.Go(func() { h.deliver(wrong); h.deliver(r) })
	default:
		h.work.Go(func() { h.deliver(r); h.release() })
	}
}

// release delivers what was held back, the newest first.
func (h *hooks) release() {
	h.mu.Lock()
	held := h.held
	h.held = nil
	h.mu.Unlock()
	for _, r := range slices.Backward(held) {
		h.deliver(r)
	}
}

// deliver sends a report until it is accepted, as providers do, and says whether it
// was. A forged one is sent once.
func (h *hooks) deliver(r report) bool {
	raw, err := json.Marshal(r)
	if err != nil {
		return false
	}
	for try := range 200 {
		status := h.post(raw, r.account, r.forged)
		if r.forged {
			h.mu.Lock()
			if status == http.StatusUnauthorized {
				h.refused++
			}
			h.mu.Unlock()
			return false
		}
		if status == http.StatusOK {
			return true
		}
		if !h.wait(time.Duration(min(try+1, 10)) * 50 * time.Millisecond) {
			return false
		}
	}
	return false
}

func (h *hooks) post(raw []byte, account string, forged bool) int {
	h.mu.Lock()
	targets, secret := h.targets[account], h.secret
	if len(targets) == 0 { // whoever subscribed has gone since
		h.mu.Unlock()
		return 0
	}
	target := targets[h.next%len(targets)]
	h.next++
	h.mu.Unlock()
	if forged {
		secret = "guessed"
	}
	status, _ := h.put(h.ctx, nil, target, secret, raw)
	return status
}

// put posts a report once; the status is 0 when there was no answer.
func (h *hooks) put(ctx context.Context, header http.Header, target, secret string, raw []byte) (int, http.Header) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(raw))
	if err != nil {
		return 0, nil
	}
	at := strconv.FormatInt(time.Now().Unix(), 10)
	for name, values := range header {
		r.Header[name] = values
	}
	r.Header.Set("Psp-Time", at)
	r.Header.Set("Psp-Signature", sign(secret, at, raw))
	answer, err := h.client.Do(r)
	if err != nil {
		return 0, nil
	}
	defer answer.Body.Close()
	return answer.StatusCode, answer.Header
}

// Report has an attempt that pends come to its result, and delivers what the books say
// of it to an address once, with further header lines, and returns the status and header of the answer; 0 when there was none.
func (p *Provider) Report(ctx context.Context, header http.Header, target, secret, attempt string) (int, http.Header) {
	c, ok := p.books.look(attempt, time.Now().Add(pendingTime)) // what pends is due
	if !ok {
		return 0, nil
	}
	raw, err := json.Marshal(report{Event: "evt_" + attempt + "_" + c.Status, Kind: "charge", reply: said(c)})
	if err != nil {
		return 0, nil
	}
	return p.hooks.put(ctx, header, target, secret, raw)
}

// sign is the signature of a report.
func sign(secret, at string, raw []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(at + "."))
	mac.Write(raw)
	return hex.EncodeToString(mac.Sum(nil))
}

// wait is false when the provider ends first.
func (h *hooks) wait(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-h.ctx.Done():
		return false
	}
}
