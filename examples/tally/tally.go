// Package tally is a small connector, which docs/connector.md goes through. Tally is an
// invented provider of wallets, and easy to speak to: whoever asks chooses the ids. A charge
// is put at the attempt's id and a refund at its own, so that the same request again finds
// what there is.
package tally

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/rest"
	"github.com/paygraph/paygraph/internal/pay"
)

// Connector is Tally. It may be used from any goroutine.
var Connector gateway.Charger = New(map[pay.Environment]string{pay.Live: "https://api.tally.example", pay.Sandbox: "https://sandbox.tally.example"})

// connector keeps its connections to Tally, and nothing of payments.
type connector struct {
	client *rest.Client
	at     map[pay.Environment]string
}

var (
	_ gateway.Refunder       = connector{}
	_ gateway.SettingChecker = connector{}
)

// New returns a connector to Tally at the addresses of the environments: a test has others
// than Connector. They are no settings, or who can change settings could have keys sent
// anywhere.
func New(at map[pay.Environment]string) gateway.Charger {
	return connector{rest.New(Name), at}
}

// refusal is why Tally certainly did not do what it was asked: a word of its own.
type refusal struct{ word string }

func (r *refusal) Error() string { return "tally refuses: " + r.word }

// errOpen is where Tally's answer says nothing about what it did.
var errOpen = errors.New("tally: the outcome is open")

// ask sends a request about an attempt and decodes what came, where Tally did as asked. The
// error is a *refusal, or gateway.ErrNotSent where Tally certainly did nothing, or one that
// leaves it open.
func (c connector) ask(ctx context.Context, a gateway.ChargeRequest, method, path string, body, into any) error {
	base, key := c.at[a.Environment], a.Settings.Value(Key)
	if base == "" || key == "" {
		return fmt.Errorf("tally: %w: the key is missing", gateway.ErrNotSent)
	}
	answer, err := c.client.Ask(ctx, rest.Request{What: method, Method: method, URL: base + "/charges/" + a.AttemptID + path,
		Header: http.Header{"Authorization": {"Bearer " + key}}, Body: body})
	if err != nil {
		return err
	}
	switch answer.Status {
	case http.StatusOK:
		return answer.Read(into)
	case http.StatusUnauthorized: // found before anything else is looked at
		return fmt.Errorf("tally: %w: the key is refused", gateway.ErrNotSent)
	case http.StatusNotFound, http.StatusUnprocessableEntity:
		var said struct{ Error string }
		if answer.Read(&said) == nil && words[said.Error] {
			return &refusal{said.Error}
		}
	}
	return fmt.Errorf("%w: status %d", errOpen, answer.Status)
}

// words are those that Tally refuses with. Anything else, such as a page of a proxy between,
// refuses nothing.
var words = map[string]bool{noSuchCharge: true, "wrong_field": true, "nothing_left": true}

const noSuchCharge = "no_such_charge"
