package app

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/gateway/sandbox"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/service"
)

// demoLife is a payment of the last days with what came after: something for every
// list that the API has.
type demoLife struct {
	reference string
	days      int
	minor     int64
	gateway   string
	holdOnly  bool
	// refunds is what becomes of refunds, in the words of the sandbox.
	refunds string
	// then is done once it is paid, held or submitted.
	then func(*seeder, context.Context, demoLife, service.Paid) error
}

// demoLives are made after all others, and the last of them at the very end.
var demoLives = []demoLife{
	{reference: "L-1", days: 1, minor: 4200, gateway: "card", holdOnly: true},
	{reference: "L-2", days: 2, minor: 3600, gateway: "card", holdOnly: true, then: (*seeder).captureSome},
	{reference: "L-3", days: 6, minor: 2500, gateway: "card", then: (*seeder).refundSome},
	{reference: "L-4", days: 3, minor: 1800, gateway: "card", refunds: sandbox.Wait, then: (*seeder).refundSome},
	{reference: "L-5", days: 4, minor: 2700, gateway: "card", refunds: sandbox.Fail, then: (*seeder).refundSome},
	{reference: "L-6", days: 1, minor: 12_000, gateway: "transfer"},
	{reference: "L-7", days: 5, minor: 8_000, gateway: "transfer", then: (*seeder).approve},
	{reference: "L-8", days: 2, minor: 950, gateway: "cash", then: (*seeder).reject},
	{reference: "L-9", days: 1, minor: 1500, gateway: "card", then: (*seeder).settle},
	{reference: "L-10", days: 0, minor: 2100, gateway: "card"},
}

// lives makes the payments of the last days. Each step of one is made a minute later
// for each change of the payment before: past the lease of a step that a start left
// when it ended.
func (s *seeder) lives(ctx context.Context) error {
	var orders []service.OrderInput
	for i, d := range demoLives {
		orders = append(orders, service.OrderInput{ReferenceID: ptr(fmt.Sprintf("O-%04d", 2001+i)), CustomerID: s.customer[i%len(s.customer)].GlobalID(),
			BusinessID: &s.businessID, TotalAmount: ptr(euros(d.minor)), PlacedAt: ptr(s.now.AddDate(0, 0, -d.days).Add(-time.Hour))})
	}
	made, _, err := s.at(7).CreateOrders(ctx, orders, func(i int) pay.Path { return pay.At("orders").Index(i) })
	if err != nil {
		return err
	}
	for i, d := range demoLives {
		if err := s.live(ctx, d, made[i].GlobalID()); err != nil {
			return fmt.Errorf("payment %s: %w", d.reference, err)
		}
	}
	return nil
}

func (s *seeder) live(ctx context.Context, d demoLife, order string) error {
	svc, err := s.later(ctx, d)
	if err != nil {
		return err
	}
	list := []service.PayOrderInput{{OrderID: order}}
	var paid service.Paid
	if d.gateway == "card" {
		in := service.PayOrdersInput{IdempotencyKey: "demo-" + d.reference, ReferenceID: &d.reference, Orders: list, Capture: !d.holdOnly,
			GatewayID: ptr(s.gatewayID[d.gateway])}
		if d.refunds != "" {
			in.Metadata = []pay.MetadataEntry{{Key: sandbox.RefundKey, Value: d.refunds}}
		}
		paid, err = svc.PayOrders(ctx, in)
	} else {
		paid, err = svc.SubmitManualPayment(clerk(ctx), service.SubmitManualPaymentInput{IdempotencyKey: "demo-" + d.reference, ReferenceID: &d.reference,
			Orders: list, GatewayID: s.gatewayID[d.gateway], TransactionReference: "SLIP-" + d.reference, Notes: ptr("Brought to the counter.")})
	}
	if err != nil || d.then == nil {
		return err
	}
	return d.then(s, ctx, d, paid)
}

// clerk is somebody else than the admin: nobody approves what they submitted.
func clerk(ctx context.Context) context.Context {
	actor, _ := pay.ActorFrom(ctx)
	actor.ID, actor.Role, actor.Scopes = "staff:demo-teller", pay.RoleStaff, pay.RoleStaff.MaxScopes()
	return pay.WithActor(ctx, actor)
}

// later is the time of a payment's next step.
func (s *seeder) later(ctx context.Context, d demoLife) (*service.Service, error) {
	made, err := s.app.Service.PaymentBy(ctx, pay.PaymentLookup{ReferenceID: &d.reference})
	then := s.now.AddDate(0, 0, -d.days)
	if made != nil {
		then = then.Add(time.Duration(made.Version) * time.Minute)
	}
	return s.when(then), err
}

func (s *seeder) captureSome(ctx context.Context, d demoLife, paid service.Paid) error {
	svc, err := s.later(ctx, d)
	if err != nil {
		return err
	}
	_, err = svc.CaptureTransaction(ctx, service.CaptureTransactionInput{IdempotencyKey: "demo-" + d.reference,
		TransactionID: paid.Transaction.GlobalID(), Amount: ptr(euros(d.minor / 3))})
	return err
}

func (s *seeder) refundSome(ctx context.Context, d demoLife, paid service.Paid) error {
	svc, err := s.later(ctx, d)
	if err != nil {
		return err
	}
	_, err = svc.RefundPayment(ctx, service.RefundPaymentInput{IdempotencyKey: "demo-" + d.reference, PaymentID: paid.Payment.GlobalID(),
		Amount: ptr(euros(500)), Reason: ptr("The coffee was cold.")})
	return err
}

func (s *seeder) approve(ctx context.Context, d demoLife, paid service.Paid) error {
	svc, err := s.later(ctx, d)
	if err != nil {
		return err
	}
	_, err = svc.ApproveManualPayment(ctx, service.ApproveManualPaymentInput{IdempotencyKey: "demo-" + d.reference, TransactionID: paid.Transaction.GlobalID()})
	return err
}

func (s *seeder) reject(ctx context.Context, d demoLife, paid service.Paid) error {
	svc, err := s.later(ctx, d)
	if err != nil {
		return err
	}
	_, err = svc.RejectManualPayment(ctx, service.RejectManualPaymentInput{IdempotencyKey: "demo-" + d.reference, TransactionID: paid.Transaction.GlobalID(),
		Reason: "The till has no such amount."})
	return err
}

// settle matches the payment with the line of a settlement; another line belongs to
// no payment.
func (s *seeder) settle(ctx context.Context, d demoLife, paid service.Paid) error {
	svc, err := s.later(ctx, d)
	if err != nil {
		return err
	}
	found, err := svc.TransactionsOf(ctx, []uuid.UUID{paid.Payment.ID})
	if err != nil {
		return err
	}
	day := s.now.Truncate(24 * time.Hour)
	in := service.ReconcilePaymentsInput{IdempotencyKey: "demo-" + d.reference, GatewayID: s.gatewayID[d.gateway],
		Lines: []service.SettlementLineInput{{ExternalID: "sbx_of_another_till", Amount: euros(990), SettledOn: day}}}
	for _, t := range found {
		in.Lines = append(in.Lines, service.SettlementLineInput{ExternalID: *t.ExternalID, Amount: euros(d.minor), Fee: ptr(euros(44)), SettledOn: day})
	}
	_, err = svc.ReconcilePayments(ctx, in)
	return err
}
