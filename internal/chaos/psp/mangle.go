package psp

import (
	"encoding/json"
	"net"
	"net/http"
	"time"
)

// lose answers a request that had no effect.
func (p *Provider) lose(w http.ResponseWriter, h *http.Request, fault Fault) {
	switch fault {
	case ResetBefore:
		cut(w, true)
	case CloseBefore:
		cut(w, false)
	case HangBefore:
		p.hang(h)
	case Busy:
		w.WriteHeader(http.StatusServiceUnavailable)
	case TooMany:
		w.WriteHeader(http.StatusTooManyRequests)
	case InProgress:
		w.WriteHeader(http.StatusConflict)
	default:
		w.WriteHeader(http.StatusInternalServerError)
	}
}

// mangle answers a request that had its effect.
func (p *Provider) mangle(w http.ResponseWriter, h *http.Request, fault Fault, a answer) {
	switch fault {
	case UnknownStatus:
		a.body.Status = "in_review_by_moonlight"
	case WrongAmount:
		a.body.Captured, a.body.Held = a.body.Captured+100, a.body.Held*3
	case WrongCurrency:
		a.body.Currency = "XTS"
	case WrongAttempt:
		a.body.Attempt = "00000000-0000-7000-8000-000000000000"
	}
	raw, _ := json.Marshal(a.body)
	switch fault {
	case ResetAfter, LagOnReads: // who got no answer asks, and is not told either
		cut(w, true)
	case CloseAfter:
		cut(w, false)
	case HangAfter:
		p.hang(h)
	case ErrorAfter, StickyError:
		w.WriteHeader(http.StatusInternalServerError)
	case HTMLPage:
		w.Write([]byte("<!doctype html><title>Maintenance</title>"))
	case EmptyAnswer:
		w.WriteHeader(http.StatusOK)
	case BrokenJSON:
		w.Write(raw[:len(raw)-2])
	case HalfBody:
		w.Header().Set("Content-Length", "4096")
		w.Write(raw[:len(raw)/2])
	case Drip:
		p.drip(w, h, raw)
	default:
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(a.status)
		w.Write(raw)
	}
}

// cut ends the connection: with a reset, or in good order.
func cut(w http.ResponseWriter, reset bool) {
	hijacker, ok := w.(http.Hijacker)
	if !ok {
		return
	}
	connection, _, err := hijacker.Hijack()
	if err != nil {
		return
	}
	if tcp, ok := connection.(*net.TCPConn); ok && reset {
		tcp.SetLinger(0)
	}
	connection.Close()
}

// hang says nothing until the caller has gone.
func (p *Provider) hang(h *http.Request) {
	select {
	case <-h.Context().Done():
	case <-time.After(time.Duration(p.hangTime.Load())):
	}
}

// drip writes a byte now and then.
func (p *Provider) drip(w http.ResponseWriter, h *http.Request, raw []byte) {
	w.Header().Set("Content-Length", "4096")
	tick := time.NewTicker(max(time.Millisecond, time.Duration(p.hangTime.Load()/10)))
	defer tick.Stop()
	for i := range min(10, len(raw)) {
		select {
		case <-h.Context().Done():
			return
		case <-tick.C:
		}
		w.Write(raw[i : i+1])
		http.NewResponseController(w).Flush()
	}
}
