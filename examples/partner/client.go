package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

const (
	maxTries = 8
	maxWait  = 30 * time.Second
	// The server itself waits up to 20 seconds for a provider.
	requestTimeout = time.Minute
)

// errNotKnown: the request may have been carried out. Only the same request, with the
// same idempotency key, may be sent now; another key could pay twice.
var errNotKnown = errors.New("nobody knows yet what became of it")

// client sends GraphQL requests with a partner key.
type client struct {
	url, key string
	http     *http.Client
	wait     waiter
}

func newClient(url, key string, wait waiter) *client {
	return &client{url: url, key: key, http: &http.Client{Timeout: requestTimeout}, wait: wait}
}

// apiError is an error at the top of an answer: the document, key, quota or server is
// at fault. What the user can fix is in the payload's errors instead; see refusal.
type apiError struct {
	Message    string
	Extensions struct {
		Code      string
		RequestID string
		// Outcome says of a mutation what became of it: NONE nothing was done, COMMITTED
		// all was done and only a part of the answer is missing, UNKNOWN either.
		Outcome string
	}
}

func (e *apiError) Error() string {
	return fmt.Sprintf("%s: %s (request %s)", e.Extensions.Code, e.Message, e.Extensions.RequestID)
}

// passing marks what may succeed when the same is sent again after a while.
type passing struct {
	error
	after time.Duration // at least
}

// ask sends a document and decodes its data into a T. The body is made once, so that
// each try carries the same idempotency key: when an answer was lost, the next try is
// told of the payment that the first one made.
func ask[T any](ctx context.Context, c *client, document string, variables map[string]any) (data T, err error) {
	body, err := json.Marshal(map[string]any{"query": document, "variables": variables})
	if err != nil {
		return data, err
	}
	pause := 500 * time.Millisecond
	for try := 1; ; try++ {
		err := c.once(ctx, body, &data)
		var later *passing
		if !errors.As(err, &later) {
			return data, err
		}
		if try == maxTries {
			return data, fmt.Errorf("%w: %d tries, the last: %w", errNotKnown, try, later.error)
		}
		if c.wait(ctx, max(pause, later.after)) != nil {
			return data, fmt.Errorf("%w: stopped: %w", errNotKnown, later.error)
		}
		pause = min(2*pause, maxWait)
	}
}

func (c *client) once(ctx context.Context, body []byte, data any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body)) // #nosec G704 -- the address is an argument of who runs this
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/graphql-response+json, application/json;q=0.9")
	request.Header.Set("Authorization", "Bearer "+c.key)
	response, err := c.http.Do(request) // #nosec G704 -- the address is an argument of who runs this
	if err != nil {
		return &passing{error: err}
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return &passing{error: err}
	}
	return read(response, text, data)
}

func read(response *http.Response, text []byte, data any) error {
	if response.StatusCode == http.StatusTooManyRequests || response.StatusCode >= 500 {
		seconds, _ := strconv.Atoi(response.Header.Get("Retry-After")) // 0 when it is not there
		return &passing{fmt.Errorf("HTTP %d: %.300s", response.StatusCode, text), time.Duration(seconds) * time.Second}
	}
	var answer struct {
		Data   json.RawMessage
		Errors []*apiError
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return fmt.Errorf("HTTP %d is no answer of the API: %w", response.StatusCode, err)
	}
	if len(answer.Errors) > 0 {
		switch answer.Errors[0].Extensions.Outcome {
		case "UNKNOWN":
			return &passing{error: answer.Errors[0]}
		case "COMMITTED": // it was done; what could be read of it is in data
		default:
			return answer.Errors[0]
		}
	}
	return json.Unmarshal(answer.Data, data)
}
