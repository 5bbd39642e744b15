package app_test

import (
	"context"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/manual"
	"github.com/paygraph/paygraph/internal/gateway/sandbox"
	"github.com/paygraph/paygraph/internal/pay"
)

// everywhere is the sandbox, allowed for real money too, so that tests can put
// payments into the live environment.
type everywhere struct{ gateway.Charger }

func withSandboxEverywhere() app.Option {
	return app.WithConnectors(gateway.NewRegistry(everywhere{sandbox.Connector}, manual.Connector))
}

func (e everywhere) Describe() gateway.Description {
	d := e.Charger.Describe()
	d.Environments = []pay.Environment{pay.Live, pay.Sandbox}
	return d
}

// rehearsed is the request as the sandbox takes it.
func rehearsed(r gateway.ChargeRequest) gateway.ChargeRequest {
	r.Environment = pay.Sandbox
	return r
}

func rehearsedOperation(r gateway.OperationRequest) gateway.OperationRequest {
	r.Attempt = rehearsed(r.Attempt)
	return r
}

func (e everywhere) CheckAccount(ctx context.Context, r gateway.AccountRequest) (gateway.Account, error) {
	r.Environment = pay.Sandbox
	return e.Charger.(gateway.AccountChecker).CheckAccount(ctx, r)
}

func (e everywhere) Charge(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	return e.Charger.Charge(ctx, rehearsed(r))
}

func (e everywhere) Lookup(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	return e.Charger.Lookup(ctx, rehearsed(r))
}

func (e everywhere) Complete(ctx context.Context, r gateway.ChargeRequest, a gateway.Answer) (pay.Fact, error) {
	return e.Charger.(gateway.Completer).Complete(ctx, rehearsed(r), a)
}

func (e everywhere) Capture(ctx context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
	return e.Charger.(gateway.Capturer).Capture(ctx, rehearsedOperation(r))
}

func (e everywhere) Void(ctx context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
	return e.Charger.(gateway.Voider).Void(ctx, rehearsedOperation(r))
}

func (e everywhere) Cancel(ctx context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
	return e.Charger.(gateway.Canceller).Cancel(ctx, rehearsedOperation(r))
}

func (e everywhere) Refund(ctx context.Context, r gateway.OperationRequest) (pay.RefundFact, error) {
	return e.Charger.(gateway.Refunder).Refund(ctx, rehearsedOperation(r))
}

func (e everywhere) CancelRefund(ctx context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
	return e.Charger.(gateway.RefundCanceller).CancelRefund(ctx, rehearsedOperation(r))
}
