package chaos_test

import (
	"context"
	"fmt"
	"maps"
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

// wish is what a flow's request is about, once that is there.
type wish struct {
	input chaos.Vars
	// payment and attempt exist already where the request is about them.
	payment, attempt string
}

// flow is one way in which money moves: what comes before, the request that may break
// off, and where it must have led in the end. Every mutation that takes a key has one.
type flow struct {
	name string
	// prepare makes what the request is about; key is the case's own.
	prepare func(ctx context.Context, b bench, key string) (wish, error)
	// mutation is the request. An empty one is the delivery of a report.
	mutation string
	// want is the payment's status in the end, and after it those of the request's refunds.
	want string
	// otherwise is what a client does where repeating the request does not lead there; nil
	// where it must.
	otherwise func(ctx context.Context, b bench, key string, w wish) error
}

// order adds an order of 5,000 minor units, to be paid at the rehearsed provider.
func (b bench) order(ctx context.Context, key string) (chaos.Vars, error) {
	ids, err := b.Load.Shop.Orders(ctx, b.admin, []string{key}, []int64{5000})
	if err != nil {
		return nil, err
	}
	return chaos.Vars{"orders": []chaos.Vars{{"orderId": ids[0]}}, "gatewayId": b.Load.Shop.Cards,
		"metadata": []chaos.Vars{{"key": psp.KeyMetadata, "value": key}}}, nil
}

// with is input with more fields, or others.
func with(input, more chaos.Vars) chaos.Vars {
	all := maps.Clone(input)
	maps.Copy(all, more)
	return all
}

// started pays an order, with more fields of the input, and returns the payment.
func (b bench) started(ctx context.Context, key string, more chaos.Vars) (chaos.Payload, error) {
	input, err := b.order(ctx, key)
	if err != nil {
		return chaos.Payload{}, err
	}
	return b.must(ctx, b.admin, "payOrders", key+"-pay", with(input, more))
}

// must sends a request that is not refused.
func (b bench) must(ctx context.Context, c *chaos.Client, mutation, key string, input chaos.Vars) (chaos.Payload, error) {
	p, err := c.Mutate(ctx, mutation, key, input)
	if err == nil && p.Payment == nil {
		err = fmt.Errorf("%s: %+v", mutation, p.Errors)
	}
	return p, err
}

// about is a request about the attempt of a payment that was started with more fields,
// and has fields of its own.
func about(more, fields chaos.Vars) func(context.Context, bench, string) (wish, error) {
	return func(ctx context.Context, b bench, key string) (wish, error) {
		p, err := b.started(ctx, key, more)
		if err != nil {
			return wish{}, err
		}
		return wish{with(chaos.Vars{"transactionId": p.Transaction.ID}, fields), p.Payment.ID, p.Transaction.ID}, nil
	}
}

// ofPayment is a request about such a payment as a whole.
func ofPayment(more, fields chaos.Vars) func(context.Context, bench, string) (wish, error) {
	return func(ctx context.Context, b bench, key string) (wish, error) {
		w, err := about(more, nil)(ctx, b, key)
		w.input = with(chaos.Vars{"paymentId": w.payment}, fields)
		return w, err
	}
}

// slip is a payment of an order that is to be submitted.
func slip(ctx context.Context, b bench, key string) (wish, error) {
	input, err := b.order(ctx, key)
	if err != nil {
		return wish{}, err
	}
	return wish{input: with(input, chaos.Vars{"gatewayId": b.Load.Shop.Transfers, "transactionReference": key})}, nil
}

// submitted is a decision about such a slip.
func submitted(fields chaos.Vars) func(context.Context, bench, string) (wish, error) {
	return func(ctx context.Context, b bench, key string) (wish, error) {
		w, err := slip(ctx, b, key)
		if err != nil {
			return wish{}, err
		}
		p, err := b.must(ctx, b.teller, "submitManualPayment", key+"-slip", w.input)
		if err != nil {
			return wish{}, err
		}
		return wish{with(chaos.Vars{"transactionId": p.Transaction.ID}, fields), p.Payment.ID, p.Transaction.ID}, nil
	}
}

// created is a payment that nobody attempted, to be attempted.
func created(ctx context.Context, b bench, key string) (wish, error) {
	input, err := b.order(ctx, key)
	if err != nil {
		return wish{}, err
	}
	return b.toProcess(ctx, key, input)
}

func (b bench) toProcess(ctx context.Context, key string, input chaos.Vars) (wish, error) {
	p, err := b.must(ctx, b.admin, "createPayment", key+"-create", input)
	if err != nil {
		return wish{}, err
	}
	return wish{input: chaos.Vars{"paymentId": p.Payment.ID, "gatewayId": b.Load.Shop.Cards}, payment: p.Payment.ID}, nil
}

// unsaved is a payment of nothing that saves a method.
func unsaved(ctx context.Context, b bench, key string) (wish, error) {
	return b.toProcess(ctx, key, chaos.Vars{"mode": "SETUP", "customerId": b.Load.Shop.Customer, "gatewayId": b.Load.Shop.Cards})
}

// inParts is a payment that three attempts collected, to be given back whole.
func inParts(ctx context.Context, b bench, key string) (wish, error) {
	w, err := created(ctx, b, key)
	for part, minor := range []int64{2000, 2000, 1000} {
		if err == nil {
			_, err = b.must(ctx, b.admin, "processPayment", fmt.Sprint(key, "-part-", part), with(w.input, chaos.Vars{"amount": chaos.Vars{"minorUnits": minor}}))
		}
	}
	w.input = chaos.Vars{"paymentId": w.payment}
	return w, err
}

// slowRefund is a refund that can be called off.
func slowRefund(ctx context.Context, b bench, key string) (wish, error) {
	w, err := ofPayment(chaos.Vars{"paymentToken": psp.TokenSlowRefund}, nil)(ctx, b, key)
	if err != nil {
		return wish{}, err
	}
	p, err := b.must(ctx, b.admin, "refundPayment", key+"-refund", w.input)
	if err == nil && len(p.Refunds) != 1 {
		err = fmt.Errorf("refund: %+v", p)
	}
	if err != nil {
		return wish{}, err
	}
	w.input = chaos.Vars{"refundId": p.Refunds[0].ID}
	return w, nil
}

// answerAgain is what a payer does whose answer came to nothing: answer again as long as
// that is asked for, else pay anew.
func answerAgain(ctx context.Context, b bench, key string, w wish) error {
	status, err := b.statusOf(ctx, w.payment)
	switch {
	case err != nil:
		return err
	case status == "REQUIRES_ACTION":
		_, err = b.admin.Mutate(ctx, "completeTransaction", key+"-again", w.input)
	case status != "PROCESSING" && status != "PAID":
		_, err = b.admin.Mutate(ctx, "processPayment", key+"-anew", chaos.Vars{"paymentId": w.payment, "gatewayId": b.Load.Shop.Cards})
	}
	return err
}

// flows are all of them.
func flows() []flow {
	pay := func(ctx context.Context, b bench, key string) (wish, error) {
		input, err := b.order(ctx, key)
		return wish{input: input}, err
	}
	held, waits := chaos.Vars{"capture": false}, chaos.Vars{"paymentToken": psp.TokenAction}
	part := chaos.Vars{"amount": chaos.Vars{"minorUnits": 2000}}
	found := chaos.Vars{"outcome": "CAPTURED", "note": "The provider's dashboard shows it."}
	return []flow{
		{"pay", pay, "payOrders", "PAID", nil},
		{"create", pay, "createPayment", "CREATED", nil},
		{"process", created, "processPayment", "PAID", nil},
		{"save", unsaved, "processPayment", "CONFIRMED", nil},
		{"complete", about(waits, chaos.Vars{"code": psp.RightCode}), "completeTransaction", "PAID", answerAgain},
		{"call-off", about(waits, nil), "cancelTransaction", "CREATED", nil},
		{"capture", about(held, nil), "captureTransaction", "PAID", nil},
		{"void", about(held, nil), "voidTransaction", "CREATED", nil},
		{"cancel", ofPayment(held, nil), "cancelPayment", "VOIDED", nil},
		{"resolve", about(chaos.Vars{"paymentToken": psp.TokenMute}, found), "resolveTransaction", "PAID", nil},
		{"refund", ofPayment(nil, part), "refundPayment", "PARTIALLY_REFUNDED SUCCEEDED", nil},
		{"refund-parts", inParts, "refundPayment", "REFUNDED SUCCEEDED SUCCEEDED SUCCEEDED", nil},
		{"cancel-refund", slowRefund, "cancelRefund", "PAID CANCELLED", nil},
		{"submit", slip, "submitManualPayment", "PENDING_APPROVAL", nil},
		{"approve", submitted(nil), "approveManualPayment", "PAID", nil},
		{"reject", submitted(chaos.Vars{"reason": "No such transfer."}), "rejectManualPayment", "REJECTED", nil},
		{"withdraw", submitted(nil), "withdrawManualPayment", "CREATED", nil},
		{"webhook", about(chaos.Vars{"paymentToken": psp.TokenPending}, nil), "", "PAID", nil},
	}
}

// attempt sends a flow's request once, breaking off as header says, and returns the
// points that it passed.
func (f flow) attempt(ctx context.Context, b bench, header http.Header, key string, w wish) string {
	if f.mutation != "" {
		return b.admin.Try(ctx, header, f.mutation, key, w.input).Get(failpoint.Header)
	}
	_, answered := b.report(ctx, header, w)
	return answered.Get(failpoint.Header)
}

func (b bench) report(ctx context.Context, header http.Header, w wish) (int, http.Header) {
	id, _ := pay.ParseID(pay.KindTransaction, w.attempt)
	return b.Provider.Report(ctx, header, b.server.URL+b.Load.Shop.Hooks, chaos.HookSecret, id.String())
}

// finish repeats the request until it has led where it must, and says where that is in
// the end. meanwhile is done before each repeat: what the program does by itself, where
// no process does.
func (f flow) finish(ctx context.Context, b bench, key string, w wish, meanwhile func(context.Context) error) error {
	var came string
	for came != f.want {
		if ctx.Err() != nil {
			return fmt.Errorf("it came to %s, want %s", came, f.want)
		}
		if err := meanwhile(ctx); err != nil {
			return err
		}
		var err error
		if came, err = f.again(ctx, b, key, w); err == nil && came != f.want && f.otherwise != nil {
			err = f.otherwise(ctx, b, key, w)
		}
		if err != nil {
			return err
		}
		chaos.Pause(ctx, 50*time.Millisecond)
	}
	return nil
}

// again repeats the request, and says what it came to: the payment's status and those of
// the refunds.
func (f flow) again(ctx context.Context, b bench, key string, w wish) (string, error) {
	if f.mutation == "" {
		if status, _ := b.report(ctx, nil, w); status != http.StatusOK {
			return "", nil
		}
		return b.statusOf(ctx, w.payment)
	}
	p, err := b.admin.Mutate(ctx, f.mutation, key, w.input)
	switch {
	case err != nil:
		return "", err
	case p.Payment == nil && f.otherwise != nil:
		return "", nil
	case p.Payment == nil:
		return "", fmt.Errorf("%s: %+v", f.mutation, p.Errors)
	}
	came := p.Payment.Status
	for _, r := range p.Refunds {
		came += " " + r.Status
	}
	return came, nil
}

// statusOf reads where a payment is.
func (b bench) statusOf(ctx context.Context, payment string) (string, error) {
	var got struct{ Payment struct{ Status string } }
	err := b.admin.Insist(ctx, `query($of: ID!) { payment(by: { id: $of }) { status } }`, chaos.Vars{"of": payment}, &got)
	return got.Payment.Status, err
}
