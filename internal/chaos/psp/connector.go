package psp

import (
	"bytes"
	"context"
	"crypto/hmac"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// Name is the connector's name.
const Name = "psp"

// Connector speaks to a Provider.
type Connector struct {
	url, secret string
	client      http.Client
}

var (
	_ gateway.Charger         = (*Connector)(nil)
	_ gateway.Saver           = (*Connector)(nil)
	_ gateway.Completer       = (*Connector)(nil)
	_ gateway.Capturer        = (*Connector)(nil)
	_ gateway.Voider          = (*Connector)(nil)
	_ gateway.Canceller       = (*Connector)(nil)
	_ gateway.Refunder        = (*Connector)(nil)
	_ gateway.RefundCanceller = (*Connector)(nil)
	_ gateway.Receiver        = (*Connector)(nil)
)

// NewConnector returns a connector to the provider at url, whose reports are signed
// with the secret.
func NewConnector(url, secret string) *Connector {
	return &Connector{url: url, secret: secret, client: http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64, DialContext: (&net.Dialer{Timeout: time.Second}).DialContext}}}
}

// Describe is part of gateway.Connector.
func (*Connector) Describe() gateway.Description {
	return gateway.Description{Name: Name, Environments: []pay.Environment{pay.Sandbox, pay.Live}, MultiCapture: true,
		Parameters: []pay.GatewayParameter{{ParameterID: AccountParameter, FriendlyName: "Account at the provider", IsMerchant: true}}}
}

// AccountParameter is the parameter of a gateway that names its account at the provider.
const AccountParameter = "account"

// KeyMetadata is the entry of a payment's metadata that names the client's intent.
const KeyMetadata = "intent"

func asked(r gateway.ChargeRequest) request {
	q := request{Attempt: r.AttemptID, Amount: r.Amount.Minor, Currency: string(r.Amount.Currency), Capture: r.Capture, Token: r.Token, Account: r.Settings.Value(AccountParameter)}
	for _, entry := range r.Metadata {
		if entry.Key == KeyMetadata {
			q.Key = entry.Value
		}
	}
	return q
}

// Charge is part of gateway.Charger.
func (c *Connector) Charge(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	said, err := c.post(ctx, "/charges", asked(r))
	if err != nil {
		return pay.Fact{}, err
	}
	return said.fact(r)
}

// Save is part of gateway.Saver: a charge of nothing.
func (c *Connector) Save(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	return c.Charge(ctx, r)
}

// Complete is part of gateway.Completer.
func (c *Connector) Complete(ctx context.Context, r gateway.ChargeRequest, a gateway.Answer) (pay.Fact, error) {
	q := asked(r)
	q.Code = a.Code
	said, err := c.post(ctx, "/charges/"+q.Attempt+"/completions", q)
	if err != nil {
		return pay.Fact{}, err
	}
	return said.fact(r)
}

// Lookup is part of gateway.Charger.
func (c *Connector) Lookup(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url+"/charges/"+r.AttemptID, nil)
	if err != nil {
		return pay.Fact{}, err
	}
	q.Header.Set("Client-Key", asked(r).Key)
	status, said, err := c.do(q)
	switch {
	case err != nil:
		return pay.Fact{}, err
	case status == http.StatusNotFound && said.Status == "not_found":
		return pay.Fact{}, gateway.ErrNoSuchAttempt
	}
	return said.fact(r)
}

// Capture is part of gateway.Capturer.
func (c *Connector) Capture(ctx context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
	return c.operate(ctx, "captures", r)
}

// Void is part of gateway.Voider.
func (c *Connector) Void(ctx context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
	return c.operate(ctx, "voids", r)
}

// Cancel is part of gateway.Canceller.
func (c *Connector) Cancel(ctx context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
	return c.operate(ctx, "cancels", r)
}

// Refund is part of gateway.Refunder.
func (c *Connector) Refund(ctx context.Context, r gateway.OperationRequest) (pay.RefundFact, error) {
	said, err := c.ask(ctx, "refunds", r)
	f := pay.RefundFact{To: map[outcome]pay.RefundState{done: pay.RefundSucceeded, underWay: pay.RefundPending, calledOff: pay.RefundCancelled,
		refused: pay.RefundFailed}[said.Came], ExternalID: &r.OperationID}
	if said.Came == refused {
		f.Error = refusal()
	}
	return f, err
}

// CancelRefund is part of gateway.RefundCanceller.
func (c *Connector) CancelRefund(ctx context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
	return c.operate(ctx, "refund-cancels", r)
}

func (c *Connector) operate(ctx context.Context, kind string, r gateway.OperationRequest) (pay.OperationFact, error) {
	said, err := c.ask(ctx, kind, r)
	if err == nil && said.Came == refused {
		return pay.OperationFact{To: pay.OperationFailed, Error: refusal()}, nil
	}
	return pay.OperationFact{To: pay.OperationSucceeded, ExternalID: &r.OperationID}, err
}

// ask asks for something about a charge once for its id.
func (c *Connector) ask(ctx context.Context, kind string, r gateway.OperationRequest) (reply, error) {
	q := asked(r.Attempt)
	q.ID, q.Amount, q.Final, q.Refund = r.OperationID, r.Amount.Minor, r.Final, r.RefundID
	said, err := c.post(ctx, "/charges/"+q.Attempt+"/"+kind, q)
	if err == nil && (said.Operation != q.ID || said.Attempt != q.Attempt || said.Currency != q.Currency || !known(said.Status) || said.Came == "") {
		err = errors.New("psp: answer about something else")
	}
	return said, err
}

func refusal() *pay.TransactionError {
	hard := pay.HardDecline
	return &pay.TransactionError{Code: pay.ErrorDeclined, Message: "The provider refused.", DeclineType: &hard}
}

func (c *Connector) post(ctx context.Context, path string, q request) (reply, error) {
	raw, err := json.Marshal(q)
	if err != nil {
		return reply{}, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+path, bytes.NewReader(raw))
	if err != nil {
		return reply{}, err
	}
	status, said, err := c.do(r)
	if err == nil && status == http.StatusUnprocessableEntity {
		err = gateway.ErrWrongAnswer
	} else if err == nil && status != http.StatusOK {
		err = fmt.Errorf("psp: status %d", status)
	}
	return said, err
}

// do sends a request. Only where no byte of it can have arrived, or the provider
// turned it away unread, is it one that was not sent.
func (c *Connector) do(r *http.Request) (int, reply, error) {
	answer, err := c.client.Do(r)
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		return 0, reply{}, fmt.Errorf("psp: %w: %w", gateway.ErrNotSent, err)
	}
	if err != nil {
		return 0, reply{}, fmt.Errorf("psp: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode == http.StatusTooManyRequests {
		return 0, reply{}, fmt.Errorf("psp: %w: too many requests", gateway.ErrNotSent)
	}
	if s := answer.StatusCode; s != http.StatusOK && s != http.StatusNotFound && s != http.StatusUnprocessableEntity {
		return 0, reply{}, fmt.Errorf("psp: status %d", answer.StatusCode)
	}
	raw, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err != nil {
		return 0, reply{}, fmt.Errorf("psp: %w", err)
	}
	var said reply
	if err := json.Unmarshal(raw, &said); err != nil {
		return 0, reply{}, errors.New("psp: answer is no JSON")
	}
	return answer.StatusCode, said, nil
}

func known(status string) bool {
	return slices.Contains([]string{captured, authorized, declined, softDeclined, pending, waiting, cancelled, voided}, status)
}

// fact is what an answer says of the attempt that was asked for.
func (s reply) fact(r gateway.ChargeRequest) (pay.Fact, error) {
	if s.Attempt != r.AttemptID || s.Currency != string(r.Amount.Currency) || !known(s.Status) {
		return pay.Fact{}, errors.New("psp: answer about something else")
	}
	return s.reported(), nil
}

func (s reply) reported() pay.Fact {
	f := pay.Fact{ExternalID: &s.ID}
	switch s.Status {
	case captured:
		f.To, f.AmountMinor, f.HeldMinor = pay.TransactionCaptured, s.Captured, &s.Held
		if s.Captured == 0 { // nothing was asked for but to save the method
			f.SavedToken = new("pm_" + s.Attempt)
		}
	case authorized:
		f.To, f.AmountMinor = pay.TransactionAuthorized, s.Held
	case declined:
		f.To, f.Error = pay.TransactionFailed, refusal()
	case softDeclined:
		soft := pay.SoftDecline
		f.To, f.Error = pay.TransactionFailed, &pay.TransactionError{Code: pay.ErrorDeclined, Message: "Not now.", DeclineType: &soft, Retryable: true}
	case waiting:
		f.To, f.Action = pay.TransactionRequiresAction, &pay.TransactionAction{Type: pay.ActionOTP}
	case cancelled:
		f.To = pay.TransactionCancelled
	case voided:
		f.To = pay.TransactionVoided
	default:
		f.To = pay.TransactionPending
	}
	return f
}

// tolerance is how old or new a report may be.
const tolerance = 5 * time.Minute

// Receive is part of gateway.Receiver.
func (c *Connector) Receive(d gateway.Delivery) ([]pay.Report, error) {
	at := d.Header.Get("Psp-Time")
	var seconds int64
	if _, err := fmt.Sscan(at, &seconds); err != nil || !hmac.Equal([]byte(d.Header.Get("Psp-Signature")), []byte(sign(c.secret, at, d.Body))) {
		return nil, gateway.ErrForged
	}
	// Real time: the gateway's clock runs fast while disasters are rehearsed.
	if age := time.Since(time.Unix(seconds, 0)); age > tolerance || age < -tolerance {
		return nil, gateway.ErrForged
	}
	var r report
	if err := json.Unmarshal(d.Body, &r); err != nil {
		return nil, errors.New("psp: report is no JSON")
	}
	currency := money.Currency(r.Currency)
	told := pay.Report{EventID: r.Event, AttemptID: r.Attempt, ExternalID: r.ID, Currency: &currency}
	switch r.Kind {
	case "charge":
		f := r.reported()
		told.Fact = &f
	case "refunds":
		told.Refund = &pay.RefundReport{ID: r.Operation, Fact: pay.RefundFact{To: pay.RefundSucceeded}, AmountMinor: &r.Amount}
	default:
		told.Operation = &pay.OperationReport{ID: r.Operation, Fact: pay.OperationFact{To: pay.OperationSucceeded}, AmountMinor: &r.Amount}
	}
	return []pay.Report{told}, nil
}
