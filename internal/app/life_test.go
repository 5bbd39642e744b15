package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

// lived is what a test looks at of a payment during its life.
type lived struct {
	ID, Status, RefundStatus string
	Version                  int
	Attention                []string
	AuthorizedAmount, PaidAmount, RefundedAmount, RefundPendingAmount,
	RefundableAmount, OutstandingAmount struct{ MinorUnits int64 }
	Transactions []struct {
		ID, Status     string
		Amount         struct{ MinorUnits int64 }
		RefundedAmount struct{ MinorUnits int64 }
		Operations     []struct{ Kind, Status string }
	}
	Refunds []struct {
		ID, Status, Method string
		Amount             struct{ MinorUnits int64 }
	}
	Orders []struct {
		PaidStatus        string
		OutstandingAmount struct{ MinorUnits int64 }
	}
	Events struct {
		Nodes []struct{ Type, Status string }
	}
	AllowedActions []struct {
		Action        string
		Allowed       bool
		Reason        *struct{ Code string }
		MaximumAmount *struct{ MinorUnits int64 }
		SurplusAmount *struct{ MinorUnits int64 }
		RefundMethods []string
		Transaction   *struct{ ID string }
		Refund        *struct{ ID string }
	}
}

const lifeFields = `fragment life on Payment { id status refundStatus version attention authorizedAmount { minorUnits } paidAmount { minorUnits }
	refundedAmount { minorUnits } refundPendingAmount { minorUnits } refundableAmount { minorUnits } outstandingAmount { minorUnits }
	transactions { id status amount { minorUnits } refundedAmount { minorUnits } operations { kind status } } refunds { id status method amount { minorUnits } }
	orders { paidStatus outstandingAmount { minorUnits } } events(first: 100) { nodes { type status } }
	allowedActions { action allowed reason { code } maximumAmount { minorUnits } surplusAmount { minorUnits } refundMethods transaction { id } refund { id } } }`

// step is the answer to one mutation about a payment.
type lifeStep struct {
	Payment     *lived
	Transaction *struct{ ID, Status string }
	Refunds     []struct{ ID, Status string }
	Operation   *operationSeen
	Operations  []operationSeen
	Replayed    bool
	Errors      []struct {
		Code, Message string
		Path          []string
		Maximum       *struct{ MinorUnits int64 }
	}
}

// operationSeen is what a test looks at of an operation.
type operationSeen struct {
	ID, Kind, Status string
	Error            *struct{ Code, Message string }
	Transaction      struct{ ID string }
}

const operationFields = `id kind status error { code message } transaction { id }`

func (s lifeStep) codes() (codes []string) {
	for _, e := range s.Errors {
		codes = append(codes, e.Code)
	}
	return codes
}

// act sends one mutation about a payment.
func act(t *testing.T, c *apptest.Client, mutation, key string, input apptest.Vars) lifeStep {
	t.Helper()
	name := strings.ToUpper(mutation[:1]) + mutation[1:] + "Input"
	selection := "payment { ...life } errors { code message path ... on AmountError { maximum { minorUnits } } }"
	full := apptest.Vars{}
	for k, v := range input {
		full[k] = v
	}
	if mutation != "updatePayment" {
		full["idempotencyKey"], selection = key, selection+" replayed"
	}
	switch mutation {
	case "refundPayment":
		selection += " refunds { id status }"
	case "cancelRefund":
		selection += " refunds { id status } operation { " + operationFields + " }"
	case "cancelPayment":
		selection += " operations { " + operationFields + " }"
	case "updatePayment":
	case "captureTransaction", "voidTransaction", "cancelTransaction":
		selection += " transaction { id status } operation { " + operationFields + " }"
	default:
		selection += " transaction { id status }"
	}
	got := apptest.Do[map[string]lifeStep](t, c, fmt.Sprintf("mutation($input: %s!) { %s(input: $input) { %s } } %s", name, mutation, selection, lifeFields), apptest.Vars{"input": full})
	return got[mutation]
}

// held pays orders of 100.00 with a hold only.
func (s *shop) held(t *testing.T, key string) lifeStep {
	t.Helper()
	order := s.make.Order(s.customer, 10_000)
	return act(t, s.admin, "payOrders", key, apptest.Vars{"orders": []apptest.Vars{{"orderId": order}}, "gatewayId": s.sandbox, "capture": false})
}

// TestWholeLife follows one payment from the authorization to the refund.
func TestWholeLife(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	paid := s.held(t, "a")
	if paid.Payment == nil || paid.Payment.Status != "AUTHORIZED" || paid.Payment.AuthorizedAmount.MinorUnits != 10_000 {
		t.Fatalf("authorize: %+v", paid)
	}
	id, txn := paid.Payment.ID, paid.Transaction.ID
	part := act(t, s.admin, "captureTransaction", "c1", apptest.Vars{"transactionId": txn, "amount": apptest.Vars{"minorUnits": 4000}})
	if p := part.Payment; p == nil || p.Status != "PARTIALLY_PAID" || p.PaidAmount.MinorUnits != 4000 || p.AuthorizedAmount.MinorUnits != 6000 || p.Orders[0].PaidStatus != "PARTIALLY_PAID" {
		t.Fatalf("capture a part: %+v", part)
	}
	over := act(t, s.admin, "captureTransaction", "c2", apptest.Vars{"transactionId": txn, "amount": apptest.Vars{"minorUnits": 6001}})
	if !slices.Equal(over.codes(), []string{"CAPTURE_EXCEEDS_AUTHORIZED"}) || over.Errors[0].Maximum.MinorUnits != 6000 {
		t.Fatalf("capture too much: %+v", over)
	}
	rest := act(t, s.admin, "captureTransaction", "c3", apptest.Vars{"transactionId": txn})
	if p := rest.Payment; p == nil || p.Status != "PAID" || p.PaidAmount.MinorUnits != 10_000 || p.Orders[0].PaidStatus != "PAID" || p.OutstandingAmount.MinorUnits != 0 {
		t.Fatalf("capture the rest: %+v", rest)
	}
	again := act(t, s.admin, "captureTransaction", "c1", apptest.Vars{"transactionId": txn, "amount": apptest.Vars{"decimal": "40.00"}})
	if !again.Replayed || again.Payment.PaidAmount.MinorUnits != 10_000 || len(again.Payment.Transactions[0].Operations) != 2 {
		t.Errorf("capture again: %+v", again)
	}
	back := act(t, s.admin, "refundPayment", "r1", apptest.Vars{"paymentId": id, "amount": apptest.Vars{"minorUnits": 2500}})
	if p := back.Payment; p == nil || p.Status != "PARTIALLY_REFUNDED" || p.RefundStatus != "PARTIAL" || p.RefundedAmount.MinorUnits != 2500 || p.Orders[0].OutstandingAmount.MinorUnits != 2500 {
		t.Fatalf("refund a part: %+v", back)
	}
	all := act(t, s.admin, "refundPayment", "r2", apptest.Vars{"paymentId": id})
	if p := all.Payment; p == nil || p.Status != "REFUNDED" || p.RefundedAmount.MinorUnits != 10_000 || p.RefundableAmount.MinorUnits != 0 {
		t.Fatalf("refund the rest: %+v", all)
	}
	more := act(t, s.admin, "refundPayment", "r3", apptest.Vars{"paymentId": id, "amount": apptest.Vars{"minorUnits": 1}})
	if !slices.Equal(more.codes(), []string{"REFUND_EXCEEDS_REFUNDABLE"}) || more.Errors[0].Maximum.MinorUnits != 0 {
		t.Errorf("refund too much: %+v", more)
	}
	var types []string
	for _, e := range all.Payment.Events.Nodes {
		types = append(types, e.Type)
	}
	want := []string{"PAYMENT_CREATED", "TRANSACTION_CREATED", "TRANSACTION_AUTHORIZED", "CAPTURE_REQUESTED", "CAPTURE_SUCCEEDED", "TRANSACTION_CAPTURED",
		"CAPTURE_REQUESTED", "CAPTURE_SUCCEEDED", "TRANSACTION_CAPTURED", "REFUND_REQUESTED", "REFUND_SUCCEEDED", "REFUND_REQUESTED", "REFUND_SUCCEEDED"}
	if !slices.Equal(types, want) {
		t.Errorf("events %v, want %v", types, want)
	}
}

// TestReleased proves that holds can be released and payments cancelled.
func TestReleased(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	first := s.held(t, "a")
	void := act(t, s.admin, "voidTransaction", "v", apptest.Vars{"transactionId": first.Transaction.ID})
	if void.Payment == nil || void.Payment.Status != "CREATED" || void.Transaction.Status != "VOIDED" || void.Payment.Orders[0].OutstandingAmount.MinorUnits != 10_000 {
		t.Errorf("void: %+v", void)
	}
	nothing := act(t, s.admin, "voidTransaction", "v2", apptest.Vars{"transactionId": first.Transaction.ID})
	if !slices.Equal(nothing.codes(), []string{"NOTHING_TO_VOID"}) {
		t.Errorf("void again: %+v", nothing)
	}
	retry := act(t, s.admin, "processPayment", "p", apptest.Vars{"paymentId": first.Payment.ID})
	if retry.Payment == nil || retry.Payment.Status != "PAID" || len(retry.Payment.Transactions) != 2 {
		t.Errorf("process: %+v", retry)
	}
	second := s.held(t, "b")
	closed := act(t, s.admin, "cancelPayment", "c", apptest.Vars{"paymentId": second.Payment.ID})
	if closed.Payment == nil || closed.Payment.Status != "VOIDED" || closed.Payment.AuthorizedAmount.MinorUnits != 0 {
		t.Errorf("cancel: %+v", closed)
	}
	late := act(t, s.admin, "processPayment", "p2", apptest.Vars{"paymentId": second.Payment.ID})
	if !slices.Equal(late.codes(), []string{"PAYMENT_CLOSED"}) {
		t.Errorf("process a closed payment: %+v", late)
	}
}

// TestCompletion proves that the payer's answer ends an action.
func TestCompletion(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	start := func(key, token string) lifeStep {
		return act(t, s.admin, "payOrders", key, apptest.Vars{"orders": []apptest.Vars{{"orderId": s.make.Order(s.customer, 500)}}, "gatewayId": s.sandbox, "paymentToken": token})
	}
	otp := start("otp", "tok_otp")
	wrong := act(t, s.admin, "completeTransaction", "1", apptest.Vars{"transactionId": otp.Transaction.ID, "code": "000000"})
	if !slices.Equal(wrong.codes(), []string{"OTP_INVALID"}) {
		t.Fatalf("wrong code: %+v", wrong)
	}
	if again := act(t, s.admin, "completeTransaction", "1", apptest.Vars{"transactionId": otp.Transaction.ID, "code": "000000"}); !slices.Equal(again.codes(), []string{"OTP_INVALID"}) {
		t.Errorf("wrong code again: %+v", again)
	}
	if n := s.count(t, "transactions WHERE action_tries > 1"); n != 0 {
		t.Errorf("the repeat counted as a try")
	}
	right := act(t, s.admin, "completeTransaction", "2", apptest.Vars{"transactionId": otp.Transaction.ID, "code": "123456"})
	if right.Payment == nil || right.Payment.Status != "PAID" {
		t.Errorf("right code: %+v", right)
	}
	declined := start("declined", "tok_otp.hard_decline")
	if got := act(t, s.admin, "completeTransaction", "3", apptest.Vars{"transactionId": declined.Transaction.ID, "code": "123456"}); got.Payment == nil || got.Payment.Status != "FAILED" {
		t.Errorf("declined after the code: %+v", got)
	}
	redirect := start("redirect", "tok_redirect")
	if got := act(t, s.admin, "completeTransaction", "4", apptest.Vars{"transactionId": redirect.Transaction.ID, "payload": apptest.Vars{"ok": true}}); got.Payment == nil || got.Payment.Status != "PAID" {
		t.Errorf("redirect: %+v", got)
	}
	guess := start("guess", "tok_otp")
	for i := range 5 {
		act(t, s.admin, "completeTransaction", fmt.Sprint("guess", i), apptest.Vars{"transactionId": guess.Transaction.ID, "code": fmt.Sprint(i)})
	}
	if got := act(t, s.admin, "completeTransaction", "late", apptest.Vars{"transactionId": guess.Transaction.ID, "code": "123456"}); !slices.Equal(got.codes(), []string{"INVALID_STATE"}) {
		t.Errorf("after five guesses: %+v", got)
	}
}

// TestManualPayment follows a bank transfer from its submission to the approval
// by somebody else.
func TestManualPayment(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	bank := s.make.Gateway(apptest.Vars{"name": "Transfer", "connector": "manual", "kind": "MANUAL", "action": "NONE", "methodType": "BANK_TRANSFER", "isTokenizable": false})
	other := s.api.Client(s.api.Token(t, auth.Grant{Role: pay.RoleAdmin, Subject: "other"}))
	order := s.make.Order(s.customer, 1000)
	invoice := s.invoice(t, "I-1", order)
	submit := func(key, reference string) lifeStep {
		return act(t, s.admin, "submitManualPayment", key, apptest.Vars{"invoiceId": invoice, "gatewayId": bank, "transactionReference": reference})
	}
	first, second := submit("1", "slip 1"), submit("2", "slip 2")
	if first.Payment == nil || first.Payment.Status != "PENDING_APPROVAL" || second.Payment == nil {
		t.Fatalf("submit: %+v %+v", first, second)
	}
	if twice := submit("3", "slip 1"); !slices.Equal(twice.codes(), []string{"DUPLICATE_REFERENCE"}) {
		t.Errorf("the same slip twice: %+v", twice)
	}
	own := act(t, s.admin, "approveManualPayment", "a1", apptest.Vars{"transactionId": first.Transaction.ID})
	if !slices.Equal(own.codes(), []string{"APPROVER_IS_SUBMITTER"}) {
		t.Errorf("approve one's own: %+v", own)
	}
	approved := act(t, other, "approveManualPayment", "a2", apptest.Vars{"transactionId": first.Transaction.ID, "expectedVersion": first.Payment.Version})
	if approved.Payment == nil || approved.Payment.Status != "PAID" || approved.Payment.Orders[0].PaidStatus != "PAID" {
		t.Fatalf("approve: %+v", approved)
	}
	late := act(t, other, "approveManualPayment", "a3", apptest.Vars{"transactionId": second.Transaction.ID})
	if !slices.Equal(late.codes(), []string{"ORDER_ALREADY_PAID"}) && !slices.Equal(late.codes(), []string{"INVOICE_ALREADY_PAID"}) {
		t.Errorf("approve what was paid otherwise: %+v", late)
	}
	rejected := act(t, other, "rejectManualPayment", "r", apptest.Vars{"transactionId": second.Transaction.ID, "reason": "paid already"})
	if rejected.Payment == nil || rejected.Payment.Status != "REJECTED" {
		t.Errorf("reject: %+v", rejected)
	}
	if paid := submit("4", "slip 4"); !slices.Equal(paid.codes(), []string{"INVOICE_ALREADY_PAID"}) {
		t.Errorf("submit for a paid invoice: %+v", paid)
	}
	cash := act(t, s.admin, "refundPayment", "rf", apptest.Vars{"paymentId": approved.Payment.ID, "amount": apptest.Vars{"minorUnits": 300}, "method": "MANUAL", "manualReference": "out 1"})
	if cash.Payment == nil || cash.Payment.RefundedAmount.MinorUnits != 300 || cash.Payment.Refunds[0].Method != "MANUAL" {
		t.Errorf("manual refund: %+v", cash)
	}
	credit := act(t, s.admin, "refundPayment", "rf2", apptest.Vars{"paymentId": approved.Payment.ID, "method": "STORE_CREDIT"})
	if credit.Payment == nil || credit.Payment.Status != "REFUNDED" {
		t.Errorf("refund to store credit: %+v", credit)
	}
	got := apptest.Do[struct {
		Customer struct {
			CreditBalances []struct{ MinorUnits int64 }
		}
	}](t, s.admin, `query($id: ID!) { customer(id: $id) { creditBalances { minorUnits } } }`, apptest.Vars{"id": s.customer}).Customer.CreditBalances
	if len(got) != 1 || got[0].MinorUnits != 700 {
		t.Errorf("store credit %v, want 700", got)
	}
}
