package chaos_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/chaos"
	"github.com/paygraph/paygraph/internal/chaos/failpoint"
	"github.com/paygraph/paygraph/internal/chaos/psp"
	"github.com/paygraph/paygraph/internal/pay"
)

// bench is one server with clients of its own, that can be killed without harm to others.
type bench struct {
	*chaos.Rehearsal
	server        *chaos.Server
	admin, teller *chaos.Client
}

func newBench(t *testing.T, r *chaos.Rehearsal, server *chaos.Server) bench {
	t.Helper()
	clients := make([]*chaos.Client, 2)
	for i, subject := range []string{"admin", "teller"} {
		token, err := chaos.Token(r.Company, pay.RoleAdmin, subject)
		if err != nil {
			t.Fatal(err)
		}
		clients[i] = chaos.NewClient([]*chaos.Server{server}, token, r.Journal)
	}
	return bench{r, server, clients[0], clients[1]}
}

// flow is one way in which money moves: what comes before, the request that may break
// off, and where it must have led in the end.
type flow struct {
	name string
	// prepare makes what the request is about; key is the case's own.
	prepare func(ctx context.Context, b bench, key string) (chaos.Vars, error)
	// mutation is the request; nil input fields come from prepare. An empty one is the
	// delivery of a report.
	mutation string
	// want is the payment's status in the end.
	want string
}

// order adds an order.
func (b bench) order(ctx context.Context, key string) (chaos.Vars, error) {
	ids, err := b.Load.Shop.Orders(ctx, b.admin, []string{key}, []int64{5000})
	if err != nil {
		return nil, err
	}
	return chaos.Vars{"orders": []chaos.Vars{{"orderId": ids[0]}}, "gatewayId": b.Load.Shop.Cards,
		"metadata": []chaos.Vars{{"key": psp.KeyMetadata, "value": key}}}, nil
}

// started pays an order, with more fields of the input, and returns the payment.
func (b bench) started(ctx context.Context, key string, more chaos.Vars) (chaos.Payload, error) {
	input, err := b.order(ctx, key)
	if err != nil {
		return chaos.Payload{}, err
	}
	for name, value := range more {
		input[name] = value
	}
	p, err := b.admin.Mutate(ctx, "payOrders", key+"-pay", input)
	if err == nil && p.Transaction == nil {
		err = fmt.Errorf("pay: %+v", p.Errors)
	}
	return p, err
}

// about is the input of a request about a started payment's attempt.
func about(more chaos.Vars) func(context.Context, bench, string) (chaos.Vars, error) {
	return func(ctx context.Context, b bench, key string) (chaos.Vars, error) {
		p, err := b.started(ctx, key, more)
		if err != nil {
			return nil, err
		}
		return chaos.Vars{"transactionId": p.Transaction.ID}, nil
	}
}

// flows are all of them.
func flows() []flow {
	submit := func(ctx context.Context, b bench, key string) (chaos.Vars, error) {
		input, err := b.order(ctx, key)
		if err == nil {
			input["gatewayId"], input["transactionReference"] = b.Load.Shop.Transfers, key
		}
		return input, err
	}
	return []flow{
		{"pay", func(ctx context.Context, b bench, key string) (chaos.Vars, error) { return b.order(ctx, key) }, "payOrders", "PAID"},
		{"capture", about(chaos.Vars{"capture": false}), "captureTransaction", "PAID"},
		{"void", about(chaos.Vars{"capture": false}), "voidTransaction", "CREATED"},
		{"refund", func(ctx context.Context, b bench, key string) (chaos.Vars, error) {
			p, err := b.started(ctx, key, nil)
			if err != nil {
				return nil, err
			}
			return chaos.Vars{"paymentId": p.Payment.ID, "amount": chaos.Vars{"minorUnits": 2000}}, nil
		}, "refundPayment", "PARTIALLY_REFUNDED"},
		{"submit", submit, "submitManualPayment", "PENDING_APPROVAL"},
		{"approve", func(ctx context.Context, b bench, key string) (chaos.Vars, error) {
			input, err := submit(ctx, b, key)
			if err != nil {
				return nil, err
			}
			p, err := b.teller.Mutate(ctx, "submitManualPayment", key, input)
			if err != nil || p.Transaction == nil {
				return nil, fmt.Errorf("submit: %w %+v", err, p.Errors)
			}
			return chaos.Vars{"transactionId": p.Transaction.ID}, nil
		}, "approveManualPayment", "PAID"},
		{"webhook", func(ctx context.Context, b bench, key string) (chaos.Vars, error) {
			p, err := b.started(ctx, key, chaos.Vars{"paymentToken": psp.TokenPending})
			if err != nil {
				return nil, err
			}
			return chaos.Vars{"transactionId": p.Transaction.ID, "paymentId": p.Payment.ID}, nil
		}, "", "PAID"},
	}
}

// attempt sends a flow's request once, breaking off as header says, and returns the
// points that it passed.
func (f flow) attempt(ctx context.Context, b bench, header http.Header, key string, input chaos.Vars) string {
	if f.mutation != "" {
		return b.admin.Try(ctx, header, f.mutation, key, input).Get(failpoint.Header)
	}
	_, answered := b.report(ctx, header, input)
	return answered.Get(failpoint.Header)
}

func (b bench) report(ctx context.Context, header http.Header, input chaos.Vars) (int, http.Header) {
	id, _ := pay.ParseID(pay.KindTransaction, input["transactionId"].(string))
	return b.Provider.Report(ctx, header, b.server.URL+b.Load.Shop.Hooks, chaos.HookSecret, id.String())
}

// finish repeats the request until it has led where it must, and says where the payment
// is in the end. A report that is stored is counted later where that failed at first.
func (f flow) finish(ctx context.Context, b bench, key string, input chaos.Vars) (status string, err error) {
	for status != f.want && ctx.Err() == nil {
		if status, err = f.again(ctx, b, key, input); err != nil {
			return "", err
		}
		chaos.Pause(ctx, 50*time.Millisecond)
	}
	return status, nil
}

func (f flow) again(ctx context.Context, b bench, key string, input chaos.Vars) (string, error) {
	if f.mutation == "" {
		if status, _ := b.report(ctx, nil, input); status != http.StatusOK {
			return "", nil
		}
		return b.statusOf(ctx, input["paymentId"])
	}
	p, err := b.admin.Mutate(ctx, f.mutation, key, input)
	if err == nil && p.Payment == nil {
		err = fmt.Errorf("%s: %+v", f.mutation, p.Errors)
	}
	if err != nil {
		return "", err
	}
	return p.Payment.Status, nil
}

// statusOf reads where a payment is.
func (b bench) statusOf(ctx context.Context, payment any) (string, error) {
	var got struct{ Payment struct{ Status string } }
	err := b.admin.Insist(ctx, `query($of: ID!) { payment(by: { id: $of }) { status } }`, chaos.Vars{"of": payment}, &got)
	return got.Payment.Status, err
}
