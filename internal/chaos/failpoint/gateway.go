package failpoint

import (
	"context"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// Provider is a connector with everything that payments go through.
type Provider interface {
	gateway.Charger
	gateway.Saver
	gateway.Completer
	gateway.Capturer
	gateway.Voider
	gateway.Canceller
	gateway.Refunder
	gateway.RefundCanceller
	gateway.Receiver
}

// BeforeCall begins the names of the points before a gateway is called, the only ones
// at which a process can Stall.
const BeforeCall = "gateway: before "

// Gateway makes points of the calls of a connector, before each and after.
func Gateway(p Provider) gateway.Connector { return breaking{p} }

type breaking struct{ Provider }

// between calls with a point before and one after.
func between[T any](ctx context.Context, name string, call func() (T, error)) (T, error) {
	var none T
	if err := Hit(ctx, BeforeCall+name); err != nil {
		return none, err
	}
	said, err := call()
	if err == nil {
		err = Hit(ctx, "gateway: after "+name)
	}
	return said, err
}

func (b breaking) Charge(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	return between(ctx, "charge", func() (pay.Fact, error) { return b.Provider.Charge(ctx, r) })
}

func (b breaking) Lookup(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	return between(ctx, "lookup", func() (pay.Fact, error) { return b.Provider.Lookup(ctx, r) })
}

func (b breaking) Save(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	return between(ctx, "save", func() (pay.Fact, error) { return b.Provider.Save(ctx, r) })
}

func (b breaking) Complete(ctx context.Context, r gateway.ChargeRequest, a gateway.Answer) (pay.Fact, error) {
	return between(ctx, "complete", func() (pay.Fact, error) { return b.Provider.Complete(ctx, r, a) })
}

func (b breaking) Capture(ctx context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
	return between(ctx, "capture", func() (pay.OperationFact, error) { return b.Provider.Capture(ctx, r) })
}

func (b breaking) Void(ctx context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
	return between(ctx, "void", func() (pay.OperationFact, error) { return b.Provider.Void(ctx, r) })
}

func (b breaking) Cancel(ctx context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
	return between(ctx, "cancel", func() (pay.OperationFact, error) { return b.Provider.Cancel(ctx, r) })
}

func (b breaking) Refund(ctx context.Context, r gateway.OperationRequest) (pay.RefundFact, error) {
	return between(ctx, "refund", func() (pay.RefundFact, error) { return b.Provider.Refund(ctx, r) })
}

func (b breaking) CancelRefund(ctx context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
	return between(ctx, "cancel refund", func() (pay.OperationFact, error) { return b.Provider.CancelRefund(ctx, r) })
}
