package stripe_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/stripe"
	"github.com/paygraph/paygraph/internal/gateway/stripe/stripetest"
	"github.com/paygraph/paygraph/internal/pay"
)

// receive has the connector take an event as Stripe would deliver it.
func receive(e stripetest.Event, in pay.Environment) ([]pay.Report, error) {
	now := time.Now()
	return stripe.Connector.(gateway.Receiver).Receive(gateway.Delivery{Header: e.Sign(stripetest.WebhookSecret, now), Body: e.Body,
		Settings: settings(stripetest.Key), Environment: in, Now: now})
}

// told is what the events of a server report, in their order; events that report nothing
// are left out.
func told(t *testing.T, s *stripetest.Server) (list []pay.Report) {
	t.Helper()
	for _, e := range s.Events() {
		reports, err := receive(e, pay.Sandbox)
		if err != nil {
			t.Errorf("%s: %v", e.Type, err)
		}
		list = append(list, reports...)
	}
	return list
}

// summary is a report in one line.
func summary(r pay.Report) string {
	switch {
	case r.Fact != nil:
		return fmt.Sprintf("%s %d", r.Fact.To, r.Fact.AmountMinor)
	case r.Refund != nil:
		return fmt.Sprintf("refund %s %d", r.Refund.Fact.To, *r.Refund.AmountMinor)
	case r.RefundedMinor != nil:
		return fmt.Sprintf("given back %d", *r.RefundedMinor)
	case r.ChargedBackMinor != nil:
		return fmt.Sprintf("charged back %d, step %d of %s, back %t", *r.ChargedBackMinor, r.Dispute.Step, r.Dispute.ID[:3], r.Dispute.IsReturn)
	}
	return "nothing"
}

// TestReports plays what happens to attempts, and has what Stripe reports of it.
func TestReports(t *testing.T) {
	t.Parallel()
	part := func(r gateway.ChargeRequest, minor int64) gateway.OperationRequest {
		o := gateway.OperationRequest{OperationID: pay.NewID().String(), Attempt: r, Amount: r.Amount, Final: true}
		o.Amount.Minor = minor
		return o
	}
	for name, tt := range map[string]struct {
		method string
		held   bool
		then   func(s *stripetest.Server, c gateway.Charger, r gateway.ChargeRequest)
		want   []string
	}{
		"captured": {stripetest.PmVisa, false, nil, []string{"CAPTURED 1234"}},
		"declined": {stripetest.PmStolen, false, nil, []string{"FAILED 0"}},
		"a hold of which a part is taken, the rest of which is not given back": {stripetest.PmVisa, true, func(_ *stripetest.Server, c gateway.Charger, r gateway.ChargeRequest) {
			ignore(c.(gateway.Capturer).Capture(t.Context(), part(r, 400)))
			ignore(c.(gateway.Refunder).Refund(t.Context(), part(r, 100)))
		}, []string{"AUTHORIZED 1234", "CAPTURED 400", "refund SUCCEEDED 100"}},
		"a hold that is released": {stripetest.PmVisa, true, func(_ *stripetest.Server, c gateway.Charger, r gateway.ChargeRequest) {
			ignore(c.(gateway.Voider).Void(t.Context(), part(r, 1234)))
		}, []string{"AUTHORIZED 1234", "VOIDED 0"}},
		"a hold that runs out": {stripetest.PmVisa, true, func(s *stripetest.Server, _ gateway.Charger, r gateway.ChargeRequest) {
			s.Expire(r.ExternalID)
		}, []string{"AUTHORIZED 1234", "EXPIRED 0"}},
		"an attempt that is called off": {stripetest.PmRedirect, false, func(_ *stripetest.Server, c gateway.Charger, r gateway.ChargeRequest) {
			ignore(c.(gateway.Canceller).Cancel(t.Context(), part(r, 1234)))
		}, []string{"REQUIRES_ACTION 0", "CANCELLED 0"}},
		"a payer who does not pass": {stripetest.PmRedirect, false, func(s *stripetest.Server, _ gateway.Charger, r gateway.ChargeRequest) {
			s.Act(r.ExternalID, false)
		}, []string{"REQUIRES_ACTION 0", "FAILED 0"}},
		"a debit that is paid": {stripetest.PmDebit, false, func(s *stripetest.Server, _ gateway.Charger, r gateway.ChargeRequest) {
			s.Settle(r.ExternalID, true)
		}, []string{"PENDING 0", "CAPTURED 1234"}},
		"a debit that bounces": {stripetest.PmDebit, false, func(s *stripetest.Server, _ gateway.Charger, r gateway.ChargeRequest) {
			s.Settle(r.ExternalID, false)
		}, []string{"PENDING 0", "FAILED 0"}},
		"a refund that does not arrive": {stripetest.PmRefundPending, false, func(s *stripetest.Server, c gateway.Charger, r gateway.ChargeRequest) {
			f, _ := c.(gateway.Refunder).Refund(t.Context(), part(r, 234))
			s.Settle(*f.ExternalID, false)
		}, []string{"CAPTURED 1234", "refund PENDING 234", "refund FAILED 234"}},
		"a refund in Stripe's dashboard, which only the total tells": {stripetest.PmVisa, false, func(s *stripetest.Server, _ gateway.Charger, r gateway.ChargeRequest) {
			s.GiveBack(r.ExternalID, 34)
			s.GiveBack(r.ExternalID, 100)
		}, []string{"CAPTURED 1234", "given back 34", "given back 134"}},
		"one there after a part was captured": {stripetest.PmVisa, true, func(s *stripetest.Server, c gateway.Charger, r gateway.ChargeRequest) {
			ignore(c.(gateway.Capturer).Capture(t.Context(), part(r, 400)))
			s.GiveBack(r.ExternalID, 100)
		}, []string{"AUTHORIZED 1234", "CAPTURED 400", "given back 100"}},
		"a dispute": {stripetest.PmVisa, false, func(s *stripetest.Server, _ gateway.Charger, r gateway.ChargeRequest) {
			s.Dispute(r.ExternalID, 1234)
		}, []string{"CAPTURED 1234", "charged back 1234, step 1 of dp_, back false"}},
		"a dispute that is won": {stripetest.PmVisa, false, func(s *stripetest.Server, _ gateway.Charger, r gateway.ChargeRequest) {
			s.Win(s.Dispute(r.ExternalID, 1234), r.ExternalID, 1234, 1234)
		}, []string{"CAPTURED 1234", "charged back 1234, step 1 of dp_, back false", "charged back 1234, step 2 of dp_, back true"}},
		"one that gives back a part": {stripetest.PmVisa, false, func(s *stripetest.Server, _ gateway.Charger, r gateway.ChargeRequest) {
			s.Win(s.Dispute(r.ExternalID, 1234), r.ExternalID, 1234, 400)
		}, []string{"CAPTURED 1234", "charged back 1234, step 1 of dp_, back false", "charged back 400, step 2 of dp_, back true"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := stripetest.New(t)
			c := stripe.New(s.URL)
			r := request(tt.method)
			r.Capture = !tt.held
			r.ExternalID = *charged(t, c, r).ExternalID
			if tt.then != nil {
				tt.then(s, c, r)
			}
			list := told(t, s)
			var got []string
			for _, report := range list {
				got = append(got, summary(report))
				aboutIt := report.AttemptID == r.AttemptID && (report.ExternalID == r.ExternalID || report.Refund != nil)
				if bank := report.ChargedBackMinor != nil; bank && report.ExternalID != r.ExternalID || !bank && !aboutIt {
					t.Errorf("%s: of attempt %q, %q", summary(report), report.AttemptID, report.ExternalID)
				}
				if report.Currency == nil || *report.Currency != "EUR" || report.EventID == "" {
					t.Errorf("%s: currency %v, event %q", summary(report), report.Currency, report.EventID)
				}
				if report.Fact != nil && report.Fact.At == nil || report.Refund != nil && report.Refund.Fact.At == nil {
					t.Errorf("%s: at no time", summary(report))
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestReportOfASavedMethod proves that the report has the token, as the answer has.
func TestReportOfASavedMethod(t *testing.T) {
	t.Parallel()
	s := stripetest.New(t)
	r := request(stripetest.PmVisa)
	r.Amount.Minor = 0
	f, err := stripe.New(s.URL).(gateway.Saver).Save(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	list := told(t, s)
	if len(list) != 1 || list[0].Fact.To != pay.TransactionCaptured || *list[0].Fact.SavedToken != *f.SavedToken || list[0].AttemptID != r.AttemptID {
		t.Errorf("%+v", list)
	}
}

// TestEventsOfNoUse proves what becomes of genuine events that report nothing that can be
// counted: those about nothing of ours are taken, and those that cannot be are refused.
func TestEventsOfNoUse(t *testing.T) {
	t.Parallel()
	s := stripetest.New(t)
	c := stripe.New(s.URL)
	r := request(stripetest.PmVisa)
	ignore(c.Charge(t.Context(), r))
	genuine := s.Events()[0]
	changed := func(from, to string) stripetest.Event {
		if !bytes.Contains(genuine.Body, []byte(from)) {
			t.Errorf("the event has no %s", from)
		}
		return stripetest.Event{Body: bytes.ReplaceAll(genuine.Body, []byte(from), []byte(to))}
	}
	for name, tt := range map[string]struct {
		e  stripetest.Event
		in pay.Environment
		ok bool
	}{
		"another's intent":       {changed("paygraph_attempt", "order"), pay.Sandbox, true},
		"an intent that waits":   {changed(`"status":"succeeded"`, `"status":"requires_confirmation"`), pay.Sandbox, true},
		"another sort of event":  {changed("payment_intent.succeeded", "payout.paid"), pay.Sandbox, true},
		"the other mode":         {changed(`"livemode":false`, `"livemode":true`), pay.Sandbox, false},
		"the other environment":  {genuine, pay.Live, false},
		"another's account":      {changed(`"livemode":false,"object":"event"`, `"livemode":false,"account":"acct_1","object":"event"`), pay.Sandbox, false},
		"a status nobody knows":  {changed(`"status":"succeeded"`, `"status":"eaten"`), pay.Sandbox, false},
		"a currency nobody has":  {changed(`"currency":"eur"`, `"currency":"xyz"`), pay.Sandbox, false},
		"half a krona":           {changed(`"currency":"eur"`, `"currency":"isk"`), pay.Sandbox, false},
		"an amount in words":     {changed(`"amount":1234`, `"amount":"much"`), pay.Sandbox, false},
		"no event":               {stripetest.Event{Body: []byte(`{}`)}, pay.Sandbox, false},
		"no JSON":                {stripetest.Event{Body: []byte(`<html>`)}, pay.Sandbox, false},
		"a refund without state": {stripetest.Event{Body: []byte(`{"id":"evt_1","type":"refund.updated","data":{"object":{"id":"re_1","amount":1,"currency":"eur","metadata":{"paygraph_refund":"x"}}}}`)}, pay.Sandbox, false},
	} {
		reports, err := receive(tt.e, tt.in)
		if len(reports) > 0 || (err == nil) != tt.ok || errors.Is(err, gateway.ErrForged) {
			t.Errorf("%s: %+v, %v", name, reports, err)
		}
	}
}

// TestSignaturesThatAreNone proves what is refused beside what the suite tries: a header
// that names two times, and a secret that is none.
func TestSignaturesThatAreNone(t *testing.T) {
	t.Parallel()
	s := stripetest.New(t)
	ignore(stripe.New(s.URL).Charge(t.Context(), request(stripetest.PmVisa)))
	e, now := s.Events()[0], time.Now()
	d := gateway.Delivery{Header: e.Sign(stripetest.WebhookSecret, now.Add(-time.Hour)), Body: e.Body, Settings: settings(stripetest.Key), Environment: pay.Sandbox, Now: now}
	old := d.Header.Get("Stripe-Signature")
	for _, header := range []string{old, fmt.Sprintf("t=%d,%s", now.Unix(), old), fmt.Sprintf("%s,t=%d", old, now.Unix())} {
		d.Header.Set("Stripe-Signature", header)
		if reports, err := stripe.Connector.(gateway.Receiver).Receive(d); !errors.Is(err, gateway.ErrForged) || len(reports) > 0 {
			t.Errorf("%s: %v, %v", header, reports, err)
		}
	}
	none := "secret"
	d.Settings = pay.GatewayParameters{{ParameterID: stripe.WebhookSecret, TenantDefaultValue: &none}}
	d.Header = e.Sign(none, now)
	if reports, err := stripe.Connector.(gateway.Receiver).Receive(d); !errors.Is(err, gateway.ErrNoSecret) || len(reports) > 0 {
		t.Errorf("%v, %v", reports, err)
	}
}
