package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/paygraph/paygraph/internal/pay"
)

// Payloads makes what webhooks tell of events: it asks the API as any caller would, so
// that every limit and every rule of who sees what holds here too.
type Payloads struct{ api http.Handler }

// NewPayloads returns what asks the API that Handler serves.
func NewPayloads(api http.Handler) *Payloads { return &Payloads{api} }

const (
	// payloadQuery reads an event by a selection, which is the fragment that follows.
	payloadQuery = "query Webhook($event: ID!) { node(id: $event) { ...payload } } fragment payload on PaymentEvent "
	// maxPayloadAnswer is how many bytes an answer may have, twice a message.
	maxPayloadAnswer = 128 << 10
	// maxPayloadTokens keeps reading a selection cheap.
	maxPayloadTokens = 1000
)

type payloadKey struct{}

// isPayload says whether ctx belongs to what makes a message, and so to no caller.
func isPayload(ctx context.Context) bool { return ctx.Value(payloadKey{}) != nil }

// Render is a service.RenderPayload.
func (p *Payloads) Render(ctx context.Context, selection, eventID string) ([]byte, error) {
	if fault := checkSelection(selection); fault != "" {
		return nil, badPayload(fault)
	}
	body, err := json.Marshal(map[string]any{"query": payloadQuery + selection, "variables": map[string]string{"event": eventID}})
	if err != nil {
		return nil, fmt.Errorf("write payload query: %w", err)
	}
	request, err := http.NewRequestWithContext(context.WithValue(ctx, payloadKey{}, true), http.MethodPost, "/graphql", bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("write payload query: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	answered := &captured{header: http.Header{}}
	p.api.ServeHTTP(answered, request)
	if answered.isTooLong {
		return nil, badPayload("The payload is too long.")
	}
	return answered.event()
}

// checkSelection says what is wrong with text that should be one selection, or "". What
// is more than that, such as a second operation, would be executed with it.
func checkSelection(selection string) string {
	document, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: "fragment payload on PaymentEvent " + selection}, maxPayloadTokens)
	if err != nil || len(document.Operations) != 0 || len(document.Fragments) != 1 || len(document.Fragments[0].Directives) != 0 {
		return "It must be one selection on PaymentEvent, such as { type payment { id status } }."
	}
	return ""
}

func badPayload(message string) error {
	return pay.Errors{pay.Refuse(pay.CodeInvalidInput, nil, "%s", message)}
}

// captured is an answer that stays here.
type captured struct {
	header    http.Header
	body      bytes.Buffer
	isTooLong bool
}

// Header is part of the interface of answers.
func (c *captured) Header() http.Header { return c.header }

// WriteHeader is part of the interface of answers; what is wrong stands in the body.
func (c *captured) WriteHeader(int) {}

// Write keeps what is written, until it is too long.
func (c *captured) Write(text []byte) (int, error) {
	if c.isTooLong = c.isTooLong || c.body.Len()+len(text) > maxPayloadAnswer; !c.isTooLong {
		c.body.Write(text)
	}
	return len(text), nil
}

// event is what was read, or why it could not be.
func (c *captured) event() ([]byte, error) {
	var answer struct {
		Data   struct{ Node json.RawMessage }
		Errors []struct {
			Message    string
			Extensions struct{ Code string }
		}
	}
	if err := json.Unmarshal(c.body.Bytes(), &answer); err != nil {
		return nil, fmt.Errorf("read payload: %w", err)
	}
	if len(answer.Errors) > 0 {
		first := answer.Errors[0]
		switch first.Extensions.Code {
		case codeInternal, codeUnavailable, codeUnauthenticated:
			return nil, fmt.Errorf("payload query: %w: %s", pay.ErrUnavailable, first.Message)
		}
		return nil, badPayload(first.Message)
	}
	return answer.Data.Node, nil
}
