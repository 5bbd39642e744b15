package gateway_test

import (
	"context"
	"reflect"
	"testing"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/adyen"
	"github.com/paygraph/paygraph/internal/gateway/manual"
	"github.com/paygraph/paygraph/internal/gateway/sandbox"
	"github.com/paygraph/paygraph/internal/gateway/stripe"
	"github.com/paygraph/paygraph/internal/pay"
)

// describer can do nothing; each of the others can do one thing more.
type (
	describer    struct{ multiCapture bool }
	charger      struct{ describer }
	completer    struct{ describer }
	capturer     struct{ describer }
	voider       struct{ describer }
	canceller    struct{ describer }
	refunder     struct{ describer }
	refundCancel struct{ describer }
	saver        struct{ describer }
)

func (d describer) Describe() gateway.Description {
	return gateway.Description{Name: "stub", MultiCapture: d.multiCapture}
}

func (charger) Charge(context.Context, gateway.ChargeRequest) (f pay.Fact, err error) { return }

func (charger) Lookup(context.Context, gateway.ChargeRequest) (f pay.Fact, err error) { return }

func (completer) Complete(context.Context, gateway.ChargeRequest, gateway.Answer) (f pay.Fact, err error) {
	return
}

func (capturer) Capture(context.Context, gateway.OperationRequest) (f pay.OperationFact, err error) {
	return
}

func (voider) Void(context.Context, gateway.OperationRequest) (f pay.OperationFact, err error) {
	return
}

func (canceller) Cancel(context.Context, gateway.OperationRequest) (f pay.OperationFact, err error) {
	return
}

func (refunder) Refund(context.Context, gateway.OperationRequest) (f pay.RefundFact, err error) {
	return
}

func (refundCancel) CancelRefund(context.Context, gateway.OperationRequest) (f pay.OperationFact, err error) {
	return
}

func (saver) Save(context.Context, gateway.ChargeRequest) (f pay.Fact, err error) { return }

// TestTraits proves that a gateway can do what its connector can, and nothing
// that another connector can.
func TestTraits(t *testing.T) {
	t.Parallel()
	g := pay.PaymentGateway{ID: pay.NewID(), Name: "card"}
	tests := map[string]struct {
		connector gateway.Connector
		want      pay.Traits
	}{
		"no connector":                 {nil, pay.Traits{}},
		"describes only":               {describer{}, pay.Traits{}},
		"captures in parts":            {describer{multiCapture: true}, pay.Traits{MultiCapture: true}},
		"charges":                      {charger{}, pay.Traits{Charges: true}},
		"completes":                    {completer{}, pay.Traits{Completes: true}},
		"captures":                     {capturer{}, pay.Traits{Captures: true}},
		"voids":                        {voider{}, pay.Traits{Voids: true}},
		"cancels":                      {canceller{}, pay.Traits{Cancels: true}},
		"refunds":                      {refunder{}, pay.Traits{Refunds: true}},
		"cancels refunds":              {refundCancel{}, pay.Traits{CancelsRefunds: true}},
		"saves":                        {saver{}, pay.Traits{Saves: true}},
		"manual money is paid outside": {manual.Connector, pay.Traits{}},
		"the sandbox rehearses it all": {sandbox.Connector, pay.Traits{Charges: true, Completes: true, Captures: true, Voids: true, Cancels: true,
			Refunds: true, CancelsRefunds: true, Saves: true, MultiCapture: true}},
		"Stripe captures once": {stripe.Connector, pay.Traits{Charges: true, Completes: true, Captures: true, Voids: true, Cancels: true,
			Refunds: true, Saves: true}},
		"Adyen captures once": {adyen.Connector, pay.Traits{Charges: true, Completes: true, Captures: true, Voids: true, Cancels: true,
			Refunds: true, Saves: true}},
	}
	for name, tt := range tests {
		tt.want.Gateway = g
		if got := gateway.TraitsOf(tt.connector, g); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: got %+v, want %+v", name, got, tt.want)
		}
	}
}
