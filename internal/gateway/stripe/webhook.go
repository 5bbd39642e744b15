package stripe

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/stripe/stripe-go/v86"
	"github.com/stripe/stripe-go/v86/webhook"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// signatureHeader has the time and the signatures of a delivery.
const signatureHeader = "Stripe-Signature"

// Receive takes deliveries that are signed with the endpoint's secret and are at most five
// minutes from our time, either way. Those of the other mode are refused: they are
// genuine, but about money of another kind.
func (connector) Receive(d gateway.Delivery) ([]pay.Report, error) {
	secret := d.Settings.Value(WebhookSecret)
	if secret == "" || CheckKey(d.Environment, WebhookSecret, secret) != "" {
		return nil, gateway.ErrNoSecret
	}
	header := d.Header.Get(signatureHeader)
	// The library goes by its own clock and takes what lies in the future, so the time is
	// checked here.
	if err := webhook.ValidatePayloadIgnoringTolerance(d.Body, header, secret); err != nil {
		return nil, fmt.Errorf("%w: %w", gateway.ErrForged, err)
	}
	at, ok := signedAt(header)
	if age := d.Now.Sub(at); !ok || age > webhook.DefaultTolerance || age < -webhook.DefaultTolerance {
		return nil, fmt.Errorf("%w: it is not of this time", gateway.ErrForged)
	}
	var e stripe.Event
	if err := json.Unmarshal(d.Body, &e); err != nil || e.Data == nil {
		return nil, errors.New("stripe event: it is none")
	}
	if e.Livemode != (d.Environment == pay.Live) {
		return nil, fmt.Errorf("stripe event: it is of the other mode than %s", d.Environment)
	}
	if e.Account != "" { // nothing of ours is made in the accounts of others
		return nil, errors.New("stripe event: it is of another account")
	}
	r, err := report(e, d.Settings)
	if err != nil || r == nil {
		return nil, err
	}
	r.EventID = e.ID
	return []pay.Report{*r}, nil
}

// signedAt is the time that is signed. A header with two is nobody's: which one counts
// would be a matter of taste.
func signedAt(header string) (time.Time, bool) {
	var times []int64
	for part := range strings.SplitSeq(header, ",") {
		if text, ok := strings.CutPrefix(part, "t="); ok {
			seconds, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				return time.Time{}, false
			}
			times = append(times, seconds)
		}
	}
	if len(times) != 1 {
		return time.Time{}, false
	}
	return time.Unix(times[0], 0), true
}

// report says what an event reports; nil is one that no payment follows. What others do
// with the same account at Stripe has no attempt in its metadata, and is none of ours.
func report(e stripe.Event, settings pay.GatewayParameters) (*pay.Report, error) {
	at := time.Unix(e.Created, 0).UTC()
	kind := string(e.Type)
	switch {
	case strings.HasPrefix(kind, "payment_intent."):
		return reportIntent(e.Data.Raw, at, settings)
	case strings.HasPrefix(kind, "setup_intent."):
		return reportSetup(e.Data.Raw, at, settings)
	case strings.HasPrefix(kind, "refund."), e.Type == stripe.EventTypeChargeRefundUpdated:
		return reportRefund(e.Data.Raw, at)
	case e.Type == stripe.EventTypeChargeRefunded && !isOurs(e.Request):
		return reportRefunded(e.Data.Raw)
	case e.Type == stripe.EventTypeChargeDisputeFundsWithdrawn:
		return reportDispute(e.Data.Raw, pay.DisputeStep{Step: 1})
	case e.Type == stripe.EventTypeChargeDisputeFundsReinstated:
		return reportDispute(e.Data.Raw, pay.DisputeStep{Step: 2, IsReturn: true})
	}
	return nil, nil
}

// reportIntent tells what the intent was when the event was made.
func reportIntent(raw json.RawMessage, at time.Time, settings pay.GatewayParameters) (*pay.Report, error) {
	var i stripe.PaymentIntent
	if err := json.Unmarshal(raw, &i); err != nil {
		return nil, errors.New("stripe event: it has no intent")
	}
	if i.Metadata[attemptKey] == "" || isUnconfirmed(&i) {
		return nil, nil
	}
	f, err := factOf(&i, settings)
	if err != nil {
		return nil, err
	}
	if isUneven(&i) {
		f = pay.Fact{To: pay.TransactionUnknown, Attention: pay.AttentionAmountMismatch}
	}
	f.At = &at
	_, currency, ok := minor(i.Amount, i.Currency)
	if !ok {
		return nil, errAmount
	}
	return &pay.Report{AttemptID: i.Metadata[attemptKey], ExternalID: i.ID, Currency: &currency, Fact: &f}, nil
}

func reportSetup(raw json.RawMessage, at time.Time, settings pay.GatewayParameters) (*pay.Report, error) {
	var i stripe.SetupIntent
	if err := json.Unmarshal(raw, &i); err != nil {
		return nil, errors.New("stripe event: it has no setup")
	}
	if i.Metadata[attemptKey] == "" || isUnconfirmedSetup(&i) {
		return nil, nil
	}
	f, err := factOfSetup(&i, settings)
	if err != nil {
		return nil, err
	}
	f.At = &at
	return &pay.Report{AttemptID: i.Metadata[attemptKey], ExternalID: i.ID, Fact: &f}, nil
}

// reportRefund tells of a refund of ours. One that somebody made in Stripe's dashboard is
// told by the charge's total.
func reportRefund(raw json.RawMessage, at time.Time) (*pay.Report, error) {
	var made stripe.Refund
	if err := json.Unmarshal(raw, &made); err != nil {
		return nil, errors.New("stripe event: it has no refund")
	}
	if made.Metadata[refundKey] == "" {
		return nil, nil
	}
	f, known := refundOf(&made)
	amount, currency, ok := minor(made.Amount, made.Currency)
	if !ok {
		return nil, errAmount
	}
	if !known {
		return nil, errors.New("stripe event: a refund of an unknown state")
	}
	f.At = &at
	return &pay.Report{AttemptID: made.Metadata[attemptKey], Currency: &currency,
		Refund: &pay.RefundReport{ID: made.Metadata[refundKey], Fact: f, AmountMinor: &amount}}, nil
}

var errAmount = errors.New("stripe event: an amount that cannot be counted")

// isOurs says that an event comes of a refund that we asked for, which has events of its
// own. The total says nothing new then, and counts the refund even before it succeeds: told
// here, the money of one that fails would be taken for somebody else's refund.
func isOurs(r *stripe.EventRequest) bool {
	if r == nil {
		return false
	}
	id, ok := strings.CutSuffix(r.IdempotencyKey, refundSuffix)
	_, err := uuid.Parse(id)
	return ok && err == nil
}

// reportRefunded tells what of a charge went back in all. Stripe counts among it what was
// held and never taken: all of a hold that is released, and what a capture leaves.
func reportRefunded(raw json.RawMessage) (*pay.Report, error) {
	var c stripe.Charge
	if err := json.Unmarshal(raw, &c); err != nil {
		return nil, errors.New("stripe event: it has no charge")
	}
	if c.Metadata[attemptKey] == "" || c.PaymentIntent == nil {
		return nil, nil
	}
	back := c.AmountRefunded - (c.Amount - c.AmountCaptured)
	if !c.Captured || back <= 0 {
		return nil, nil
	}
	return total(c.Metadata[attemptKey], c.PaymentIntent, back, c.Currency, func(r *pay.Report, minor int64) { r.RefundedMinor = &minor })
}

// reportDispute tells what the payer's bank took back, or what came back of it. Stripe says
// nothing of ours there but the intent.
func reportDispute(raw json.RawMessage, step pay.DisputeStep) (*pay.Report, error) {
	var d stripe.Dispute
	if err := json.Unmarshal(raw, &d); err != nil {
		return nil, errors.New("stripe event: it has no dispute")
	}
	if d.PaymentIntent == nil {
		return nil, nil
	}
	step.ID = d.ID
	amount := d.Amount
	if step.IsReturn {
		amount = reinstated(&d)
	}
	return total("", d.PaymentIntent, amount, d.Currency, func(r *pay.Report, minor int64) { r.ChargedBackMinor, r.Dispute = &minor, &step })
}

// reinstated is what came back of a dispute: all of it, unless its bookings tell less, as
// where a part had been refunded. Bookings in the currency of payouts tell nothing of it.
func reinstated(d *stripe.Dispute) (amount int64) {
	for _, b := range d.BalanceTransactions {
		if b != nil && b.Currency == d.Currency {
			amount += max(0, b.Amount)
		}
	}
	if amount == 0 || amount > d.Amount {
		return d.Amount
	}
	return amount
}

func total(attempt string, intent *stripe.PaymentIntent, amount int64, currency stripe.Currency, set func(*pay.Report, int64)) (*pay.Report, error) {
	sum, c, ok := minor(amount, currency)
	if !ok {
		return nil, errAmount
	}
	r := &pay.Report{AttemptID: attempt, ExternalID: intent.ID, Currency: new(money.Currency(c))}
	set(r, sum)
	return r, nil
}
