package gatewaytest

import (
	"bytes"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// Reports is a connector that takes webhooks, with a way to make it accept some. Without
// the checks of RunReceiver anybody could tell the program that they had paid.
type Reports struct {
	Connector gateway.Receiver
	// Delivery returns a genuine delivery at a time, with the settings it is checked
	// with. It is called often, and from several goroutines.
	Delivery func(at time.Time) gateway.Delivery
	// Otherwise returns settings with another secret, of the same form.
	Otherwise func() pay.GatewayParameters
	// Signatures names the headers without which nothing is genuine.
	Signatures []string
	// SignsContent: the provider signs what a delivery says, and not its bytes. A delivery
	// that was changed where nothing is signed may be taken, if it reports exactly the same.
	SignsContent bool
	// Tolerance is how old or how far ahead of the time a delivery may be; zero where
	// the provider tells no time.
	Tolerance time.Duration
	// Story returns genuine deliveries about one attempt of the amount, in the order in
	// which it all happened, at most five. Nil where the connector reports no attempts.
	Story func(at time.Time) []gateway.Delivery
	// Amount is what the attempt of Story asked for, held first.
	Amount money.Money
}

// RunReceiver fails t for every promise of gateway.Receiver that the connector breaks.
func RunReceiver(t *testing.T, r Reports) {
	t.Helper()
	t.Run("only what the provider itself reports is believed", func(t *testing.T) {
		t.Parallel()
		report(t, findings{problems: receive(r), kept: r.promises()})
	})
	t.Run("no delivery that was changed is believed", func(t *testing.T) {
		t.Parallel()
		report(t, findings{problems: r.mutate(mutations)})
	})
	t.Run("deliveries in any order come to the same", func(t *testing.T) {
		t.Parallel()
		found := findings{problems: r.reorder()}
		if r.Story != nil {
			found.keep(WebhooksReordered)
		}
		report(t, found)
	})
}

// promises are those that receive looks at: that a delivery is too old only where the provider
// tells when it made it.
func (r Reports) promises() []Promise {
	if r.Tolerance == 0 {
		return []Promise{WebhookGenuine, WebhookForged}
	}
	return []Promise{WebhookGenuine, WebhookForged, WebhookReplayed}
}

// mutations is how many changed deliveries are tried.
const mutations = 10_000

// received is a delivery with what it must come to.
type received struct {
	name string
	d    gateway.Delivery
	want error
}

// receive says what is wrong with how a connector takes deliveries.
func receive(r Reports) []string {
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	altered := slices.DeleteFunc(r.altered(now), func(x received) bool { return r.saysTheSame(r.Connector.Receive(x.d)) })
	deliveries := slices.Concat(r.genuine(now), r.forged(now), altered, r.stale(now), r.headerless(now))
	without := r.Delivery(now)
	without.Settings = nil
	deliveries = append(deliveries, received{"no secret", without, gateway.ErrNoSecret})
	var problems []string
	for _, x := range deliveries {
		reports, err := r.Connector.Receive(x.d)
		switch {
		case !errors.Is(err, x.want) || (err == nil) != (x.want == nil):
			problems = append(problems, x.name+": got "+errorText(err)+", want "+errorText(x.want))
		case err != nil && len(reports) > 0:
			problems = append(problems, x.name+": reports come with the error")
		case err == nil && len(reports) == 0:
			problems = append(problems, x.name+": nothing is reported, so the rest proves nothing")
		}
		for _, report := range reports {
			if report.EventID == "" {
				problems = append(problems, x.name+": an event has no id, so it could count twice")
			}
		}
	}
	return problems
}

// saysTheSame says that a delivery which was changed is taken for the genuine one, by a
// provider that signs only what is said, and that it says nothing else.
func (r Reports) saysTheSame(reports []pay.Report, err error) bool {
	if !r.SignsContent || err != nil {
		return false
	}
	genuine, err := r.Connector.Receive(r.Delivery(time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)))
	return err == nil && reflect.DeepEqual(reports, genuine)
}

func errorText(err error) string {
	if err == nil {
		return "no error"
	}
	return err.Error()
}

func (r Reports) genuine(now time.Time) []received {
	list := []received{{"genuine", r.Delivery(now), nil}, {"genuine again", r.Delivery(now), nil}}
	if r.Tolerance > 0 {
		old, ahead := r.Delivery(now.Add(-r.Tolerance)), r.Delivery(now.Add(r.Tolerance))
		old.Now, ahead.Now = now, now
		list = append(list, received{"as old as may be", old, nil}, received{"as far ahead as may be", ahead, nil})
	}
	return list
}

// forged are deliveries that somebody else made.
func (r Reports) forged(now time.Time) []received {
	other := r.Delivery(now)
	other.Settings = r.Otherwise()
	return []received{{"another secret", other, gateway.ErrForged}}
}

// altered are deliveries that the provider did not make so. Every byte of the body
// counts, also those that mean nothing.
func (r Reports) altered(now time.Time) (list []received) {
	body := r.Delivery(now).Body
	for i := range body {
		d := r.Delivery(now)
		d.Body = bytes.Clone(body)
		d.Body[i] ^= 1
		list = append(list, received{"a byte changed", d, gateway.ErrForged})
	}
	for name, changed := range map[string][]byte{"a byte more": append(bytes.Clone(body), ' '), "a byte before": append([]byte{' '}, body...),
		"a byte less": body[:len(body)-1], "no body": nil} {
		d := r.Delivery(now)
		d.Body = changed
		list = append(list, received{name, d, gateway.ErrForged})
	}
	return list
}

// stale are deliveries of another time: recorded ones that are played again.
func (r Reports) stale(now time.Time) []received {
	if r.Tolerance == 0 {
		return nil
	}
	old, ahead := r.Delivery(now.Add(-r.Tolerance-2*time.Second)), r.Delivery(now.Add(r.Tolerance+2*time.Second))
	old.Now, ahead.Now = now, now
	return []received{{"too old", old, gateway.ErrForged}, {"too far ahead", ahead, gateway.ErrForged}}
}

// headerless are deliveries whose signature is missing, empty, or something else.
func (r Reports) headerless(now time.Time) []received {
	bare := r.Delivery(now)
	bare.Header = http.Header{}
	if len(r.Signatures) == 0 { // the signature is in the body
		return nil
	}
	list := []received{{"no header", bare, gateway.ErrForged}}
	for _, name := range r.Signatures {
		for what, values := range map[string][]string{"missing": nil, "empty": {""}, "a blank": {" "}, "nonsense": {"nonsense"}, "endless": {strings.Repeat("a,b ", 10_000)}} {
			d := r.Delivery(now)
			d.Header = d.Header.Clone()
			if d.Header.Del(name); values != nil {
				d.Header[http.CanonicalHeaderKey(name)] = values
			}
			list = append(list, received{name + " is " + what, d, gateway.ErrForged})
		}
	}
	return list
}
