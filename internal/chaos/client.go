package chaos

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"
)

// Vars are the variables of a document.
type Vars map[string]any

// Client sends documents to several servers in turn, and repeats what was not answered
// as a careful client does: the same request, with the same key.
type Client struct {
	Token   string
	servers []*Server
	http    *http.Client
	next    atomic.Int64
	journal *Journal
}

// NewClient returns a client with a token that notes what it is told in the journal.
func NewClient(servers []*Server, token string, journal *Journal) *Client {
	return &Client{Token: token, servers: servers, journal: journal,
		http: &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
}

// failure is one top-level error.
type failure struct {
	Message    string
	Extensions struct{ Code string }
}

// refusal is one entry of a payload's errors.
type refusal struct {
	Code       string
	Message    string
	ExistingID string
}

// Payload is what mutations about payments answer.
type Payload struct {
	Payment *struct {
		ID     string
		Status string
	}
	Transaction *struct {
		ID     string
		Status string
	}
	Refunds []struct {
		ID     string
		Status string
	}
	Replayed bool
	Errors   []refusal
}

// refused says whether the payload's first error has the code.
func (p Payload) refused(code string) bool { return len(p.Errors) > 0 && p.Errors[0].Code == code }

// post sends one request once. retry says that nothing is known: the connection broke,
// or the server cannot answer now.
func (c *Client) post(ctx context.Context, header http.Header, document string, vars Vars) (data json.RawMessage, answered http.Header, retry bool, err error) {
	body, err := json.Marshal(map[string]any{"query": document, "variables": vars})
	if err != nil {
		return nil, nil, false, err
	}
	server := c.servers[int(c.next.Add(1))%len(c.servers)]
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL+"/graphql", bytes.NewReader(body))
	if err != nil {
		return nil, nil, false, err
	}
	for name, values := range header {
		request.Header[name] = values
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+c.Token)
	answer, err := c.http.Do(request)
	if err != nil {
		return nil, nil, true, err
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, answer.Header, true, err
	}
	var said struct {
		Data   json.RawMessage
		Errors []failure
	}
	if err := json.Unmarshal(raw, &said); err != nil {
		return nil, answer.Header, true, fmt.Errorf("answer is no JSON: %.200s", raw)
	}
	if len(said.Errors) == 0 {
		return said.Data, answer.Header, false, nil
	}
	code := said.Errors[0].Extensions.Code
	for _, other := range said.Errors {
		if other.Extensions.Code == internal { // it is no answer, whatever else is said
			code = internal
		}
	}
	err = fmt.Errorf("%s: %s", code, said.Errors[0].Message)
	// The token is good: a server that refuses it has a clock that jumped just now.
	return said.Data, answer.Header, code == "UNAVAILABLE" || code == internal || code == "UNAUTHENTICATED", err
}

// internal is the code of a bug: where one was planted the request is repeated, and
// anywhere else the rehearsal has failed.
const internal = "INTERNAL"

// Insist sends a request until it is answered. It returns an error when ctx ends first
// or the request itself is wrong.
func (c *Client) Insist(ctx context.Context, document string, vars Vars, into any) error {
	for try := 0; ; try++ {
		data, _, retry, err := c.post(ctx, nil, document, vars)
		if err == nil {
			return json.Unmarshal(data, into)
		}
		c.journal.failed(err)
		if !retry || ctx.Err() != nil {
			return err
		}
		Pause(ctx, time.Duration(min(try+1, 10))*10*time.Millisecond)
	}
}

// Mutate sends a keyed mutation until it is answered by something else than that the
// first request with the key still runs. Every answer is noted.
func (c *Client) Mutate(ctx context.Context, mutation string, key string, input Vars) (Payload, error) {
	for {
		p, err := c.Once(ctx, mutation, key, input)
		if err != nil || !p.refused("IDEMPOTENCY_IN_PROGRESS") {
			return p, err
		}
		Pause(ctx, 100*time.Millisecond)
	}
}

// Once is Mutate without waiting for a first request with the key.
func (c *Client) Once(ctx context.Context, mutation, key string, input Vars) (Payload, error) {
	var got map[string]Payload
	if err := c.Insist(ctx, document(mutation), Vars{"input": keyed(key, input)}, &got); err != nil {
		return Payload{}, err
	}
	c.journal.told(mutation+" "+key, got[mutation])
	return got[mutation], nil
}

// Try sends a keyed mutation once, with a header of its own, and returns the header of
// the answer, if there was one. An answer is noted.
func (c *Client) Try(ctx context.Context, header http.Header, mutation, key string, input Vars) http.Header {
	data, answered, _, err := c.post(ctx, header, document(mutation), Vars{"input": keyed(key, input)})
	if err != nil {
		c.journal.failed(err)
	}
	var got map[string]Payload
	if err == nil && json.Unmarshal(data, &got) == nil {
		c.journal.told(mutation+" "+key, got[mutation])
	}
	return answered
}

// keyed is an input with its key.
func keyed(key string, input Vars) Vars {
	full := Vars{"idempotencyKey": key}
	for name, value := range input {
		full[name] = value
	}
	return full
}

// document is a mutation with what a client wants to know of its outcome.
func document(mutation string) string {
	attempt := "transaction { id status }"
	switch mutation {
	case "refundPayment", "cancelRefund":
		attempt = "refunds { id status }"
	case "createPayment", "cancelPayment":
		attempt = ""
	}
	kind := string(mutation[0]-32) + mutation[1:] + "Input"
	return fmt.Sprintf(`mutation($input: %s!) { %s(input: $input) { payment { id status } %s replayed errors { code message } } }`, kind, mutation, attempt)
}

// Pause waits, or until ctx ends.
func Pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
