package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/paygraph/paygraph/internal/pay"
)

// Limits of one try.
const (
	// Timeout is for all of it: the name, the connection, and the answer.
	Timeout        = 10 * time.Second
	connectTimeout = 5 * time.Second
	// maxHeader and maxAnswer are how many bytes of an answer are read. What comes after
	// that was not for us.
	maxHeader = 16 << 10
	maxAnswer = 64 << 10
	// maxExcerpt is how many bytes of an answer are kept, for whoever looks for a fault.
	maxExcerpt = 256
)

// Message is what is sent.
type Message struct {
	URL string
	// ID is the same with every try; receivers know by it what they have had.
	ID string
	// At is when this try is made.
	At   time.Time
	Body []byte
	// Secrets sign it, each: while a receiver changes its secret there are two.
	Secrets [][]byte
}

// Answer is what came of a try.
type Answer struct {
	// Failure is why it failed; nil where it did not.
	Failure *pay.WebhookFailure
	// Status is the HTTP status; nil where there was no answer.
	Status *int
	// Excerpt is how the answer's body begins, made harmless; nil where it is empty.
	Excerpt *string
	// RetryAfter is how long the receiver asks to be left alone; zero for nothing.
	RetryAfter time.Duration
	// Cause is what happened, for the log; nil for what the rest tells.
	Cause error
}

// Sender sends messages. It is safe for concurrent use.
type Sender struct {
	client    *http.Client
	transport *http.Transport
	dialer    *net.Dialer
	guard     guard
}

// New returns a sender that connects to addresses of the internet, and of the networks
// allowed besides.
func New(allowed []netip.Prefix) *Sender {
	g := guard{allowed: allowed, own: net.InterfaceAddrs}
	s := &Sender{guard: g, dialer: &net.Dialer{Timeout: connectTimeout, Control: func(_, address string, _ syscall.RawConn) error { return g.checkDial(address) }}}
	s.transport = &http.Transport{
		Proxy:                  nil, // it would dial for us, past the guard
		DialContext:            s.dialer.DialContext,
		TLSHandshakeTimeout:    connectTimeout,
		MaxResponseHeaderBytes: maxHeader,
		DisableCompression:     true, // a small answer must not become a large one
		MaxIdleConns:           100,
		MaxIdleConnsPerHost:    2,
		IdleConnTimeout:        30 * time.Second,
	}
	s.client = &http.Client{Transport: s.transport, Timeout: Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return s
}

// Send makes one try, and returns what came of it within Timeout.
func (s *Sender) Send(ctx context.Context, m Message) Answer {
	request, err := m.request(ctx)
	if err != nil {
		return failed(pay.WebhookFailureConnection, err)
	}
	response, err := s.client.Do(request)
	if err != nil {
		why := failureOf(err)
		if outer := (*url.Error)(nil); errors.As(err, &outer) {
			err = outer.Err // without the URL, in which some receivers keep a secret
		}
		return failed(why, errors.New(strings.ReplaceAll(err.Error(), request.URL.Hostname(), "…")))
	}
	defer response.Body.Close()
	// An answer that is cut off after its status was one all the same.
	body, _ := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	a := Answer{Status: &response.StatusCode, Excerpt: excerpt(body)}
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil && seconds > 0 {
		a.RetryAfter = time.Duration(min(seconds, 1<<20)) * time.Second
	}
	if response.StatusCode < 200 || response.StatusCode > 299 {
		failure := failureOfStatus(response.StatusCode)
		a.Failure = &failure
	}
	return a
}

// request is the message as HTTP, signed as the Standard Webhooks have it.
func (m Message) request(ctx context.Context) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, m.URL, bytes.NewReader(m.Body))
	if err != nil {
		return nil, err
	}
	var signatures []string
	for _, secret := range m.Secrets {
		key, err := standardwebhooks.NewWebhookRaw(secret)
		if err != nil {
			return nil, fmt.Errorf("signing key: %w", err)
		}
		signature, err := key.Sign(m.ID, m.At, m.Body)
		if err != nil {
			return nil, fmt.Errorf("sign: %w", err)
		}
		signatures = append(signatures, signature)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "paygraph")
	request.Header.Set(standardwebhooks.HeaderWebhookID, m.ID)
	request.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(m.At.Unix(), 10))
	request.Header.Set(standardwebhooks.HeaderWebhookSignature, strings.Join(signatures, " "))
	return request, nil
}

func failed(why pay.WebhookFailure, cause error) Answer { return Answer{Failure: &why, Cause: cause} }

// failureOf says why there was no answer.
func failureOf(err error) pay.WebhookFailure {
	var name *net.DNSError
	var network net.Error
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	switch {
	case errors.Is(err, errAddress):
		return pay.WebhookFailureAddress
	case errors.As(err, &name) && !name.IsTimeout:
		return pay.WebhookFailureName
	case errors.As(err, &certificate), errors.As(err, &record), errors.As(err, &alert):
		return pay.WebhookFailureTLS
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return pay.WebhookFailureTimeout
	}
	return pay.WebhookFailureConnection
}

func failureOfStatus(status int) pay.WebhookFailure {
	switch {
	case status == http.StatusGone:
		return pay.WebhookFailureGone
	case status >= 300 && status <= 399:
		return pay.WebhookFailureRedirect
	}
	return pay.WebhookFailureStatus
}

// excerpt is how an answer begins, without what a reader's terminal or page could take
// for more than text, and without card and account numbers, which nothing here may keep.
// It is cut after that was looked for: half a number would not be found.
func excerpt(body []byte) *string {
	text := strings.ToValidUTF8(string(body[:min(len(body), 2*maxExcerpt)]), "")
	text = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text))
	text = pay.MaskIBANs(text, "***")
	if text == "" || pay.MentionsIBAN(text) || pay.MentionsCardNumber(text) {
		return nil
	}
	text = strings.ToValidUTF8(text[:min(len(text), maxExcerpt)], "")
	return &text
}
