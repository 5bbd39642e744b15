package paypal

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/rest"
	"github.com/paygraph/paygraph/internal/pay"
)

// CheckAccount has PayPal grant a token, always a new one: those that are kept outlive keys
// that were withdrawn. PayPal tells the merchant's app with it. Where the gateway has the id
// of a webhook, that is asked for too; the certificate cannot be asked about.
func (c connector) CheckAccount(ctx context.Context, r gateway.AccountRequest) (gateway.Account, error) {
	m, err := c.merchantOf(r.Settings, r.Environment, r.Now)
	if err != nil {
		return gateway.Account{}, fmt.Errorf("paypal account: %w: %w", gateway.ErrNotSent, err)
	}
	granted, err := m.granted(ctx)
	if errors.Is(err, errDenied) {
		text := fmt.Sprintf("PayPal does not take the %s with the %s: one is wrong, or both are not of the environment %s.", ClientID, ClientSecret, r.Environment)
		return gateway.Account{Faults: []pay.SettingFault{pay.FaultOf(text, ClientID, ClientSecret)}}, nil
	}
	if err != nil {
		return gateway.Account{}, err
	}
	found := gateway.Account{ID: granted.app, Environment: r.Environment}
	if id := r.Settings.Value(WebhookID); id != "" {
		found.Faults, err = m.webhookFaults(ctx, granted.token, id)
	}
	return found, err
}

// webhookFaults asks whether the app has the webhook.
func (m merchant) webhookFaults(ctx context.Context, token rest.Token, id string) ([]pay.SettingFault, error) {
	q := question{what: "webhook", method: http.MethodGet, path: "/v1/notifications/webhooks/" + id}
	answer, err := m.client.Ask(ctx, rest.Request{What: q.what, Method: q.method, URL: m.base + q.path, Header: q.header(token.Value)})
	if err != nil {
		return nil, err
	}
	var said struct {
		ID string `json:"id"`
	}
	err = judge(q.what, answer, &said)
	if r := refused(err); r != nil && r.status == http.StatusNotFound {
		return []pay.SettingFault{pay.FaultOf("PayPal knows no such webhook of this app: its reports would be refused.", WebhookID)}, nil
	}
	if err == nil && said.ID != id {
		err = errUnread(q.what)
	}
	return nil, err
}
