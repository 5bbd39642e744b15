// Package rest asks providers that have no Go library of their own: one JSON request over
// HTTP at a time, with what is certain about each that failed. It sends nothing twice;
// whether that is safe is for connectors to know. What a provider wrote is in no error,
// and neither is an address or a header: they may hold anything, secrets included.
package rest

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// Client asks one provider. It may be used from any goroutine.
type Client struct {
	name string
	http *http.Client
}

// New returns a client whose errors begin with the provider's name.
func New(name string) *Client { return &Client{name, HTTPClient()} }

// HTTPClient is what every connector reaches its provider through, those that have a
// library too. The caller's context is the deadline of a request; one without any waits
// pay.CallDeadline. Nobody is followed to another address: what is signed for one host is
// not for another.
func HTTPClient() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64
	return &http.Client{Transport: transport, Timeout: pay.CallDeadline, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
}

// Request is one question.
type Request struct {
	// What names it in errors, such as "capture".
	What, Method, URL string
	Header            http.Header
	// Body is sent as JSON, and Form as a form; nil is neither.
	Body any
	Form url.Values
}

// Answer is what a provider answered, whatever its status but 429.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// maxBody bounds an answer, in bytes: the greatest that providers give has some thousand.
const maxBody = 1 << 20

var (
	// ErrUnread is an answer that came and cannot be read.
	ErrUnread  = errors.New("answer cannot be read")
	errNetwork = errors.New("connection failed")
)

// Ask sends a request and reads the whole answer. It fails with gateway.ErrNotSent when no
// connection was made, so that nothing can have arrived, with gateway.ErrRateLimited for
// status 429, and otherwise with an error that says nothing about what the provider did.
func (c *Client) Ask(ctx context.Context, q Request) (Answer, error) {
	var connected atomic.Bool
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }})
	request, err := q.build(traced)
	if err != nil {
		return Answer{}, fmt.Errorf("%s %s: %w: %w", c.name, q.What, gateway.ErrNotSent, short(err))
	}
	response, err := c.http.Do(request)
	switch {
	case err != nil && !connected.Load():
		return Answer{}, fmt.Errorf("%s %s: %w: %w", c.name, q.What, gateway.ErrNotSent, short(err))
	case err != nil:
		return Answer{}, fmt.Errorf("%s %s: %w", c.name, q.What, short(err))
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode == http.StatusTooManyRequests {
		return Answer{}, fmt.Errorf("%s %s: %w", c.name, q.What, gateway.ErrRateLimited)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	if err == nil && len(body) > maxBody {
		err = ErrUnread
	}
	if err != nil {
		return Answer{}, fmt.Errorf("%s %s: status %d: %w", c.name, q.What, response.StatusCode, short(err))
	}
	return Answer{response.StatusCode, response.Header, body}, nil
}

// build makes the request.
func (q Request) build(ctx context.Context) (*http.Request, error) {
	var body io.Reader
	kind := ""
	switch {
	case q.Form != nil:
		body, kind = strings.NewReader(q.Form.Encode()), "application/x-www-form-urlencoded"
	case q.Body != nil:
		content, err := json.Marshal(q.Body)
		if err != nil {
			return nil, err
		}
		body, kind = bytes.NewReader(content), "application/json"
	}
	r, err := http.NewRequestWithContext(ctx, q.Method, q.URL, body)
	if err != nil {
		return nil, err
	}
	for name, values := range q.Header {
		// Under this very spelling net/http sends a request again by itself when a connection
		// that was used before breaks. In small letters it is the same to providers.
		if http.CanonicalHeaderKey(name) == "Idempotency-Key" || http.CanonicalHeaderKey(name) == "X-Idempotency-Key" {
			name = strings.ToLower(name)
		}
		r.Header[name] = values
	}
	r.Header.Set("Accept", "application/json")
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	return r, nil
}

// short leaves of an error what may be logged: the text of a network's error, and of a
// context's. Others may quote what the provider wrote.
func short(err error) error {
	var sent *url.Error
	if errors.As(err, &sent) { // without the address, which names the object
		err = sent.Err
	}
	var network *net.OpError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &network), errors.As(err, &certificate):
		return err
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errNetwork
	}
	return ErrUnread
}

// Read decodes the answer, which must be one JSON value.
func (a Answer) Read(into any) error {
	if err := json.Unmarshal(a.Body, into); err != nil {
		return ErrUnread
	}
	return nil
}

// Told is when the provider answered, by its own clock (UTC); nil where it did not say.
func (a Answer) Told() *time.Time {
	at, err := http.ParseTime(a.Header.Get("Date"))
	if err != nil {
		return nil
	}
	return &at
}
