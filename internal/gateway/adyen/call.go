package adyen

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"

	"github.com/paygraph/paygraph/internal/gateway"
)

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 1 << 20

// post sends a request under an idempotency key and reads the answer into out. What it fails
// with is told apart as described at failed.
func (a account) post(ctx context.Context, what, path, key string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("adyen %s: %w: %w", what, gateway.ErrNotSent, err)
	}
	var connected atomic.Bool
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }})
	request, err := http.NewRequestWithContext(traced, http.MethodPost, a.url+path, bytes.NewReader(body))
	if err != nil { // the error would name the address
		return fmt.Errorf("adyen %s: %w", what, gateway.ErrNotSent)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-API-Key", a.key)
	request.Header.Set("Idempotency-Key", key)
	response, err := a.http.Do(request)
	if err != nil && !connected.Load() {
		return fmt.Errorf("adyen %s: %w: %w", what, gateway.ErrNotSent, bare(err))
	}
	if err != nil {
		return fmt.Errorf("%w: %s: %w", errOpen, what, bare(err))
	}
	defer func() { _ = response.Body.Close() }()
	return read(what, response, out)
}

// read takes an answer apart. Its text is in no error: it can be anything.
func read(what string, response *http.Response, out any) error {
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if response.StatusCode != http.StatusOK && response.StatusCode != http.StatusCreated {
		var f fault
		if err == nil && json.Unmarshal(text, &f) != nil {
			f = fault{}
		}
		return failed(what, response, f)
	}
	if err != nil {
		return fmt.Errorf("%w: %s: the answer breaks off", errOpen, what)
	}
	if json.Unmarshal(text, out) != nil {
		return fmt.Errorf("%w: %s: the answer cannot be read", errOpen, what)
	}
	return nil
}

// bare leaves the address out of an error: it names the payment and the merchant.
func bare(err error) error {
	var sent *url.Error
	if errors.As(err, &sent) {
		return sent.Err
	}
	return err
}
