package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	maxTries = 10
	maxWait  = 10 * time.Second
	// maxAsked bounds the waits that the server asks for, all together: more than
	// the half minute for which it keeps a request that died with its process.
	maxAsked = 2 * time.Minute
	// The server may itself wait for a gateway, so a request is given long.
	requestTimeout = time.Minute
)

// client sends GraphQL requests. It is safe for concurrent use.
type client struct {
	url, token string
	http       *http.Client
	firstWait  time.Duration
}

func newClient(url, token string, workers int, firstWait time.Duration) *client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = workers // the default of 2 would open a connection for most requests
	return &client{url: url, token: token, firstWait: firstWait,
		http: &http.Client{Transport: transport, Timeout: requestTimeout}}
}

// call sends one document and decodes its field "result". What may pass by
// itself is tried again. The body is made once, so every try carries the same
// idempotency key: when the first try did move money and only its answer was
// lost, the next one gets that payment instead of making another.
//
// The error is or wraps a *refusal when the API refused the input, and an
// *apiError when the request failed as a whole.
func (c *client) call(ctx context.Context, document string, variables map[string]any, result any) error {
	body, err := json.Marshal(map[string]any{"query": document, "variables": variables})
	if err != nil {
		return fmt.Errorf("write request: %w", err)
	}
	wait, asked := c.firstWait, time.Duration(0)
	for try := 1; ; try++ {
		err := c.once(ctx, body, result)
		var passing *passingError
		if !errors.As(err, &passing) || ctx.Err() != nil {
			return err
		}
		asked += passing.after
		if try == maxTries || asked > maxAsked {
			return fmt.Errorf("gave up after %d tries: %w", try, passing.error)
		}
		// A random part keeps workers that failed together from returning together.
		pause := passing.after + wait/2 + rand.N(wait/2+1) // #nosec G404 -- a pause, which nobody gains from guessing
		if err := sleep(ctx, pause); err != nil {
			return err
		}
		wait = min(2*wait, maxWait)
	}
}

func (c *client) once(ctx context.Context, body []byte, result any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Authorization", "Bearer "+c.token)
	response, err := c.http.Do(request)
	if err != nil {
		return &passingError{error: err}
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return &passingError{error: fmt.Errorf("read answer: %w", err)}
	}
	return readAnswer(response, text, result)
}

// answer is the envelope that GraphQL puts around every result.
type answer struct {
	Data struct {
		Result json.RawMessage `json:"result"`
	} `json:"data"`
	Errors []struct {
		Message    string `json:"message"`
		Extensions struct {
			Code      string `json:"code"`
			RequestID string `json:"requestId"`
		} `json:"extensions"`
	} `json:"errors"`
}

func readAnswer(response *http.Response, text []byte, result any) error {
	requestID := response.Header.Get("X-Request-Id")
	var a answer
	broken := json.Unmarshal(text, &a)
	switch {
	case len(a.Errors) > 0:
		first := a.Errors[0]
		if first.Extensions.RequestID != "" {
			requestID = first.Extensions.RequestID
		}
		return passingIf(response, &apiError{Code: first.Extensions.Code, Message: first.Message, RequestID: requestID})
	case response.StatusCode != http.StatusOK:
		return passingIf(response, &apiError{Code: fmt.Sprintf("HTTP_%d", response.StatusCode),
			Message: http.StatusText(response.StatusCode), RequestID: requestID})
	case broken != nil:
		return fmt.Errorf("answer is not GraphQL: %w", broken)
	case a.Data.Result == nil:
		return errors.New("answer holds no result")
	}
	var payload struct {
		Errors []refusal `json:"errors"`
	}
	if err := json.Unmarshal(a.Data.Result, &payload); err != nil {
		return fmt.Errorf("read result: %w", err)
	}
	if len(payload.Errors) > 0 {
		refused := payload.Errors[0]
		refused.RequestID, refused.more = requestID, len(payload.Errors)-1
		if refused.Code == "IDEMPOTENCY_IN_PROGRESS" {
			return &passingError{error: &refused, after: time.Duration(refused.RetryAfterSeconds) * time.Second}
		}
		return &refused
	}
	if err := json.Unmarshal(a.Data.Result, result); err != nil {
		return fmt.Errorf("read result: %w", err)
	}
	return nil
}

// refusal is an error in a payload: the input is at fault, and nothing was stored.
type refusal struct {
	Code      string   `json:"code"`
	Message   string   `json:"message"`
	Path      []string `json:"path"`
	RequestID string   `json:"-"`
	// RetryAfterSeconds comes with IDEMPOTENCY_IN_PROGRESS: how long the first
	// request with the key is waited for at most.
	RetryAfterSeconds int `json:"retryAfterSeconds"`
	more              int
}

func (r *refusal) Error() string {
	text := fmt.Sprintf("%s at %s: %s", r.Code, strings.Join(r.Path, "."), r.Message)
	if r.more > 0 {
		text += fmt.Sprintf(" And %d more.", r.more)
	}
	return text + requestNote(r.RequestID)
}

// apiError is a top-level error: the document, token, quota or server is at fault.
type apiError struct{ Code, Message, RequestID string }

func (e *apiError) Error() string { return e.Code + ": " + e.Message + requestNote(e.RequestID) }

func requestNote(id string) string {
	if id == "" {
		return ""
	}
	return " (requestId " + id + ")"
}

// passingError marks what may succeed when it is sent again unchanged.
type passingError struct {
	error
	after time.Duration // the server asks to wait at least so long
}

func (p *passingError) Unwrap() error { return p.error }

func passingIf(response *http.Response, e *apiError) error {
	switch response.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
	default:
		if e.Code != "RATE_LIMITED" && e.Code != "UNAVAILABLE" {
			return e
		}
	}
	seconds, err := strconv.Atoi(response.Header.Get("Retry-After"))
	if err != nil {
		seconds = 0 // absent, or a date: the own backoff has to do
	}
	return &passingError{error: e, after: time.Duration(seconds) * time.Second}
}
