package paypal

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// The headers of a delivery.
const (
	transmissionID   = "Paypal-Transmission-Id"
	transmissionTime = "Paypal-Transmission-Time"
	transmissionSig  = "Paypal-Transmission-Sig"
	certificateURL   = "Paypal-Cert-Url"
	algorithm        = "Paypal-Auth-Algo"
	rsaSHA256        = "SHA256withRSA"
)

// Tolerance is how far a delivery may be from our time. PayPal sends again for three days
// what was not taken, and does not say that it signs it anew.
const Tolerance = 3*24*time.Hour + 3*time.Hour

// Receive takes deliveries that PayPal signed for the gateway's webhook.
//
// PayPal signs no more of the body than a checksum of 32 bits. Who has one delivery can
// write another body with the same checksum. So an event counts under the id of its
// transmission, which is signed, and not under that in the body: a body that was written
// for a transmission that came before contradicts it, and is refused. What is reported
// stays true however often it is, so that a second transmission of an event changes
// nothing.
func (c connector) Receive(d gateway.Delivery) ([]pay.Report, error) {
	webhook, certificate := d.Settings.Value(WebhookID), d.Settings.Value(WebhookCertificate)
	if !webhookForm.Matches(webhook) || c.checkCertificate(d.Environment, certificate) != "" {
		return nil, gateway.ErrNoSecret
	}
	id, at, err := c.genuine(d, webhook, certificate)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", gateway.ErrForged, err)
	}
	if age := d.Now.Sub(at); age > Tolerance || age < -Tolerance {
		return nil, fmt.Errorf("%w: it is not of this time", gateway.ErrForged)
	}
	var e event
	if err := json.Unmarshal(d.Body, &e); err != nil || e.Type == "" {
		return nil, errors.New("paypal event: it is none")
	}
	r, err := e.report()
	if err != nil || r == nil {
		return nil, err
	}
	r.EventID = id
	return []pay.Report{*r}, nil
}

// genuine checks the signature, and returns the id and the time that are signed.
func (c connector) genuine(d gateway.Delivery, webhook, certificate string) (id string, at time.Time, err error) {
	id, stamp := only(d.Header, transmissionID), only(d.Header, transmissionTime)
	at, err = time.Parse(time.RFC3339, stamp)
	switch {
	case err != nil || id == "" || len(id) > 100 || strings.Contains(id, "|"):
		return "", at, errors.New("no transmission is named")
	case only(d.Header, algorithm) != rsaSHA256:
		return "", at, errors.New("another algorithm")
	case !isPayPals(only(d.Header, certificateURL)):
		return "", at, errors.New("the certificate is not at PayPal's")
	}
	signature, err := base64.StdEncoding.DecodeString(only(d.Header, transmissionSig))
	message := fmt.Sprintf("%s|%s|%s|%d", id, stamp, webhook, crc32.ChecksumIEEE(d.Body))
	if err != nil || !c.signed(certificate, d.Environment, d.Now, message, signature) {
		return "", at, errors.New("it is not signed by PayPal")
	}
	return id, at.UTC(), nil
}

// only is a header's value; one with two is nobody's.
func only(h http.Header, name string) string {
	if values := h.Values(name); len(values) == 1 {
		return values[0]
	}
	return ""
}

// event is what PayPal reports.
type event struct {
	Type     string    `json:"event_type"`
	Created  time.Time `json:"create_time"`
	Resource payment   `json:"resource"`
}

// report says what an event reports; nil is one that no payment follows. What others do
// with the same account at PayPal has none of our ids.
func (e event) report() (*pay.Report, error) {
	switch kind := e.Type; {
	case kind == "PAYMENT.CAPTURE.REFUNDED", strings.HasPrefix(kind, "PAYMENT.REFUND."):
		return e.refund()
	case kind == "PAYMENT.CAPTURE.REVERSED":
		return e.reversal()
	case strings.HasPrefix(kind, "PAYMENT.CAPTURE."):
		return e.capture()
	case strings.HasPrefix(kind, "PAYMENT.AUTHORIZATION."):
		return e.hold()
	}
	return nil, nil
}

// capture tells of the capture of an order, which is the attempt's own, or of one of a
// hold that we asked for.
func (e event) capture() (*pay.Report, error) {
	p := e.Resource
	got, ok := p.Amount.minor()
	switch {
	case !isOurs(p.CustomID):
		return nil, nil
	case !ok || p.ID == "":
		return nil, errors.New("paypal event: a capture of an unknown amount")
	case p.InvoiceID != p.CustomID && isOurs(p.InvoiceID):
		f, err := captured(p, gateway.OperationRequest{Amount: got})
		if err != nil {
			return nil, err
		}
		return &pay.Report{AttemptID: p.CustomID, Currency: &got.Currency, Operation: &pay.OperationReport{ID: p.InvoiceID, Fact: f, AmountMinor: &got.Minor}}, nil
	}
	a := attempt{ChargeRequest: gateway.ChargeRequest{Amount: got, Capture: true}}
	f, err := a.factOfCaptures([]payment{p}, nil)
	if err != nil {
		return nil, err
	}
	return e.fact(f, got.Currency), nil
}

// hold tells of an authorization. Captures of it have reports of their own.
func (e event) hold() (*pay.Report, error) {
	p := e.Resource
	got, ok := p.Amount.minor()
	switch {
	case !isOurs(p.CustomID), p.Status == statusCaptured, p.Status == statusPartCaptured:
		return nil, nil
	case !ok:
		return nil, errors.New("paypal event: a hold of an unknown amount")
	}
	f, known := factOfAuthorization(p)
	if !known {
		return nil, errors.New("paypal event: a hold of an unknown state")
	}
	return e.fact(f, got.Currency), nil
}

func (e event) fact(f pay.Fact, c money.Currency) *pay.Report {
	f.At = e.at()
	r := &pay.Report{AttemptID: e.Resource.CustomID, Currency: &c, Fact: &f}
	if order := e.Resource.Related.IDs.Order; order != "" {
		r.ExternalID, f.ExternalID = order, &order
	}
	return r
}

// refund tells of a refund of ours, or else what of a capture went back in all: what was
// given back in PayPal's own pages.
func (e event) refund() (*pay.Report, error) {
	p := e.Resource
	if !isOurs(p.InvoiceID) || p.InvoiceID == p.CustomID {
		return e.total(p.Payable.Total, func(r *pay.Report, minor int64) { r.RefundedMinor = &minor })
	}
	f, known := factOfRefund(p)
	got, ok := p.Amount.minor()
	if !known || !ok {
		return nil, errors.New("paypal event: a refund of an unknown state or amount")
	}
	f.At = e.at()
	return &pay.Report{AttemptID: p.CustomID, Currency: &got.Currency, Refund: &pay.RefundReport{ID: p.InvoiceID, Fact: f, AmountMinor: &got.Minor}}, nil
}

// reversal tells of money that PayPal or the payer's bank took back, by the reversal's own
// id. That it came back again PayPal tells of no capture.
func (e event) reversal() (*pay.Report, error) {
	return e.total(e.Resource.Amount, func(r *pay.Report, minor int64) {
		r.ChargedBackMinor = &minor
		if e.Resource.ID != "" {
			r.Dispute = &pay.DisputeStep{ID: e.Resource.ID, Step: 1}
		}
	})
}

// total tells a sum of the attempt.
func (e event) total(sum amount, set func(*pay.Report, int64)) (*pay.Report, error) {
	if !isOurs(e.Resource.CustomID) {
		return nil, nil
	}
	got, ok := sum.minor()
	if !ok {
		return nil, errors.New("paypal event: an amount that cannot be counted")
	}
	r := &pay.Report{AttemptID: e.Resource.CustomID, Currency: &got.Currency}
	set(r, got.Minor)
	return r, nil
}

// at is when it happened by PayPal's clock, if it told.
func (e event) at() *time.Time {
	if e.Created.IsZero() {
		return nil
	}
	at := e.Created.UTC()
	return &at
}

// isOurs says that an id can be one of ours.
func isOurs(id string) bool { return uuid.Validate(id) == nil && len(id) == 36 }
