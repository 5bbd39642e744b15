package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"

	"github.com/paygraph/paygraph/internal/chaos/psp"
)

// Load is what clients do: every order is wanted once, by an intent of its own.
type Load struct {
	Admin *Client
	// Teller is another person than the admin, who submits what the admin approves.
	Teller *Client
	Shop   Shop
	Seed   uint64
	// Workers are clients at work at the same time.
	Workers int
	// Most bounds the orders; 0 for as many as there is time for.
	Most int
	// Lean: nine of ten clients only pay, so that more of them do.
	Lean bool
	// Wishes counts the orders that somebody tried to pay.
	Wishes atomic.Int64

	next   atomic.Int64
	mu     sync.Mutex
	errors []error
}

// batch is how many orders are made at once.
const batch = 20

// Run works until ctx ends or all orders are done. What was begun is brought to its
// end by finish, which must outlast ctx.
func (l *Load) Run(ctx, finish context.Context) {
	var all sync.WaitGroup
	for range l.Workers {
		all.Go(func() {
			for ctx.Err() == nil {
				n := int(l.next.Add(1)-1) * batch
				if l.Most > 0 && n >= l.Most {
					return
				}
				if err := l.batch(ctx, finish, n); err != nil {
					l.mu.Lock()
					l.errors = append(l.errors, err)
					l.mu.Unlock()
					return
				}
			}
		})
	}
	all.Wait()
}

// Errors are what stopped workers: nothing should.
func (l *Load) Errors() []error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.errors
}

func (l *Load) batch(ctx, finish context.Context, from int) error {
	references, minors := make([]string, batch), make([]int64, batch)
	for i := range batch {
		references[i] = fmt.Sprintf("o-%d-%d", l.Seed, from+i)
		minors[i] = 1000 + l.random(from+i).Int64N(50_000)
	}
	orders, err := l.Shop.Orders(finish, l.Admin, references, minors)
	if err != nil {
		return err
	}
	for i, order := range orders {
		if ctx.Err() != nil {
			return nil
		}
		l.Wishes.Add(1)
		if err := l.one(finish, l.random(from+i), references[i], order, minors[i]); err != nil {
			return fmt.Errorf("%s: %w", references[i], err)
		}
	}
	return nil
}

// random is the order's own: the same for the same seed.
func (l *Load) random(i int) *rand.Rand { return rand.New(rand.NewPCG(l.Seed, uint64(i))) }

// one does what a client wants of one order.
func (l *Load) one(ctx context.Context, random *rand.Rand, key, order string, minor int64) error {
	random.Int64()
	input := Vars{"orders": []Vars{{"orderId": order}}, "gatewayId": l.Shop.Cards, "metadata": []Vars{{"key": psp.KeyMetadata, "value": key}}}
	dice := random.IntN(100)
	if l.Lean && random.IntN(10) > 0 {
		dice = 0
	}
	switch {
	case dice < 50:
		if dice >= 40 { // the rules choose
			delete(input, "gatewayId")
		}
		_, err := l.pay(ctx, random, key, input)
		return err
	case dice < 70:
		return l.payAndRefund(ctx, random, key, input, minor)
	case dice < 85:
		return l.hold(ctx, random, key, input, minor)
	case dice < 90:
		input["paymentToken"] = psp.TokenDecline
	case dice < 93:
		input["paymentToken"] = psp.TokenPending
	default:
		return l.transfer(ctx, key, order)
	}
	_, err := l.pay(ctx, random, key, input)
	return err
}

// pay pays; every fifth client sends its request twice at the same time, as impatient
// people do.
func (l *Load) pay(ctx context.Context, random *rand.Rand, key string, input Vars) (Payload, error) {
	if random.IntN(5) > 0 {
		return l.Admin.Mutate(ctx, "payOrders", key, input)
	}
	var twin sync.WaitGroup
	twin.Go(func() { l.Admin.Mutate(ctx, "payOrders", key, input) })
	p, err := l.Admin.Mutate(ctx, "payOrders", key, input)
	twin.Wait()
	return p, err
}

func (l *Load) payAndRefund(ctx context.Context, random *rand.Rand, key string, input Vars, minor int64) error {
	p, err := l.pay(ctx, random, key, input)
	if err != nil || p.Payment == nil || p.Payment.Status != "PAID" {
		return err
	}
	// Two refunds of more than half at once: one of them must be refused.
	var twin sync.WaitGroup
	refund := func(n int) error {
		_, err := l.Admin.Mutate(ctx, "refundPayment", fmt.Sprint(key, "-", n),
			Vars{"paymentId": p.Payment.ID, "amount": Vars{"minorUnits": minor/2 + 1}})
		return err
	}
	twin.Go(func() { refund(1) })
	err = refund(2)
	twin.Wait()
	return err
}

func (l *Load) hold(ctx context.Context, random *rand.Rand, key string, input Vars, minor int64) error {
	input["capture"] = false
	p, err := l.pay(ctx, random, key, input)
	if err != nil || p.Transaction == nil || p.Transaction.Status != "AUTHORIZED" {
		return err
	}
	wish := Vars{"transactionId": p.Transaction.ID}
	mutation := "captureTransaction"
	switch random.IntN(3) {
	case 0:
		mutation = "voidTransaction"
	case 1:
		wish["amount"], wish["final"] = Vars{"minorUnits": minor / 3}, true
	}
	_, err = l.Admin.Mutate(ctx, mutation, key, wish)
	return err
}

func (l *Load) transfer(ctx context.Context, key, order string) error {
	p, err := l.Teller.Mutate(ctx, "submitManualPayment", key, Vars{"orders": []Vars{{"orderId": order}}, "gatewayId": l.Shop.Transfers, "transactionReference": key})
	if err != nil || p.Transaction == nil {
		return err
	}
	_, err = l.Admin.Mutate(ctx, "approveManualPayment", key, Vars{"transactionId": p.Transaction.ID})
	return err
}
