package app_test

import (
	"slices"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

// counter is where slips are submitted by a teller and decided by the admin.
type counter struct {
	*trial
	clerk *apptest.Client
}

func openCounter(t *testing.T) counter {
	t.Helper()
	x := openTrial(t, "ADMIN")
	return counter{x, x.teller(t)}
}

// submit submits a slip by the teller.
func (c counter) submit(t *testing.T, input apptest.Vars) lifeStep {
	t.Helper()
	return act(t, c.clerk, "submitManualPayment", c.key(), but(apptest.Vars{"gatewayId": c.manual, "transactionReference": c.key()}, input))
}

// approve approves a slip by the admin.
func (c counter) approve(t *testing.T, slip lifeStep, more apptest.Vars) lifeStep {
	t.Helper()
	return act(t, c.admin, "approveManualPayment", c.key(), but(apptest.Vars{"transactionId": slip.Transaction.ID}, more))
}

// TestApprovedAmounts proves that less than was submitted may be approved, never
// more, and nothing other than the approver expected.
func TestApprovedAmounts(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	slip := c.submit(t, apptest.Vars{"orders": one(c.order(1000))})
	for code, input := range map[string]apptest.Vars{
		"AMOUNT_EXCEEDS_OUTSTANDING": {"amount": minor(1001)},
		"AMOUNT_TOO_SMALL":           {"amount": minor(0)},
		"AMOUNT_MISMATCH":            {"expectedAmount": minor(999)},
		"VERSION_CONFLICT":           {"expectedVersion": slip.Payment.Version - 1},
	} {
		if got := c.approve(t, slip, input); !slices.Equal(got.codes(), []string{code}) {
			t.Errorf("%v: %+v", input, got)
		}
	}
	less := c.approve(t, slip, apptest.Vars{"amount": minor(400), "expectedAmount": minor(1000), "expectedVersion": slip.Payment.Version})
	if p := less.Payment; p == nil || p.Status != "PARTIALLY_PAID" || p.PaidAmount.MinorUnits != 400 || p.OutstandingAmount.MinorUnits != 600 ||
		p.Orders[0].OutstandingAmount.MinorUnits != 600 || less.Transaction.Status != "CAPTURED" {
		t.Fatalf("less: %+v", less)
	}
	if got := c.approve(t, slip, nil); !slices.Equal(got.codes(), []string{"INVALID_STATE"}) {
		t.Errorf("again: %+v", got)
	}
	rest := c.submit(t, apptest.Vars{"paymentId": less.Payment.ID})
	if got := c.approve(t, rest, nil); got.Payment == nil || got.Payment.Status != "PAID" || got.Payment.PaidAmount.MinorUnits != 1000 {
		t.Errorf("the rest: %+v", got)
	}
	part := c.submit(t, apptest.Vars{"orders": part(c.order(1000), minor(300))})
	if got := c.approve(t, part, nil); got.Payment == nil || got.Payment.Status != "PAID" || got.Payment.Orders[0].PaidStatus != "PARTIALLY_PAID" {
		t.Errorf("a part of an order: %+v", got)
	}
}

// TestSlipSubjects proves what can be paid by hand: several orders, an invoice
// with and without an order, and that what is shown is what was submitted.
func TestSlipSubjects(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	orders := c.make.Orders(c.customer, 1000, 500)
	both := c.approve(t, c.submit(t, apptest.Vars{"orders": []apptest.Vars{{"orderId": orders[0]}, {"orderId": orders[1]}}}), nil)
	if p := both.Payment; p == nil || p.PaidAmount.MinorUnits != 1500 || p.Orders[0].PaidStatus != "PAID" || p.Orders[1].PaidStatus != "PAID" {
		t.Errorf("two orders: %+v", both)
	}
	invoice := create(t, c.admin, "createInvoice", "invoice", apptest.Vars{"invoice": apptest.Vars{"number": "I-1", "customerId": c.customer, "totalAmount": minor(800)}})
	for i, want := range []string{"PARTIALLY_PAID", "PAID"} {
		got := c.approve(t, c.submit(t, apptest.Vars{"invoiceId": invoice, "amount": minor(400)}), nil)
		seen := apptest.Do[struct{ Invoice orderSeen }](t, c.admin, `query($id: ID!) { invoice(id: $id) { `+orderFields+` } }`, apptest.Vars{"id": invoice}).Invoice
		if got.Payment == nil || got.Payment.Status != "PAID" || seen.PaidStatus != want || seen.OutstandingAmount.MinorUnits != int64(400-400*i) {
			t.Errorf("part %d: %+v, invoice %+v", i+1, got, seen)
		}
	}
	if got := c.submit(t, apptest.Vars{"invoiceId": invoice}); !slices.Equal(got.codes(), []string{"INVOICE_ALREADY_PAID"}) {
		t.Errorf("a paid invoice: %+v", got)
	}
	shown := c.submit(t, apptest.Vars{"orders": one(c.order(5)), "transactionReference": "Slip 7", "notes": "At the door", "evidenceUrl": "https://example.com/7.png"})
	type fields struct{ ManualReference, Notes, EvidenceURL, SubmittedBy, ApprovedBy, RejectedBy, RejectionReason string }
	const document = `query($id: ID!) { transaction(id: $id) { manualReference notes evidenceUrl submittedBy approvedBy rejectedBy rejectionReason } }`
	read := func() fields {
		return apptest.Do[struct{ Transaction fields }](t, c.admin, document, apptest.Vars{"id": shown.Transaction.ID}).Transaction
	}
	want := fields{ManualReference: "Slip 7", Notes: "At the door", EvidenceURL: "https://example.com/7.png", SubmittedBy: "staff:teller"}
	if got := read(); got != want {
		t.Errorf("submitted: %+v, want %+v", got, want)
	}
	want.RejectedBy, want.RejectionReason = "admin:boss", "Not arrived"
	act(t, c.admin, "rejectManualPayment", c.key(), apptest.Vars{"transactionId": shown.Transaction.ID, "reason": "Not arrived"})
	if got := read(); got != want {
		t.Errorf("rejected: %+v, want %+v", got, want)
	}
	for code, input := range map[string]apptest.Vars{
		"REQUIRED":            {},
		"INVALID_INPUT":       {"orders": one(c.order(5)), "invoiceId": invoice},
		"GATEWAY_UNAVAILABLE": {"orders": one(c.order(5)), "gatewayId": c.sandbox},
	} {
		if got := c.submit(t, input); !slices.Equal(got.codes(), []string{code}) {
			t.Errorf("%v: %+v", input, got)
		}
	}
}

// TestSlipReference proves that a slip counts once for a method and label of the
// company, however it is written, until it is rejected or withdrawn.
func TestSlipReference(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	same := func(more apptest.Vars) lifeStep {
		return c.submit(t, but(apptest.Vars{"orders": one(c.order(100)), "transactionReference": "S 1"}, more))
	}
	first := same(nil)
	twin, cash := c.manualGateway(apptest.Vars{"name": "Other bank"}), c.manualGateway(apptest.Vars{"name": "Cash", "methodType": "CASH"})
	for name, more := range map[string]apptest.Vars{"the same gateway": nil, "another gateway of the method": {"gatewayId": twin},
		"other case": {"transactionReference": "s 1"}, "white space around": {"transactionReference": "\t S 1 "}} {
		if got := same(more); !slices.Equal(got.codes(), []string{"DUPLICATE_REFERENCE"}) || !slices.Equal(got.Errors[0].Path, []string{"input", "transactionReference"}) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	wallet := func(label string) apptest.Vars {
		return apptest.Vars{"gatewayId": c.manualGateway(apptest.Vars{"name": label, "methodType": "MOBILE_WALLET", "methodLabel": label})}
	}
	for name, more := range map[string]apptest.Vars{"another method": {"gatewayId": cash}, "a label": wallet("Bkash"), "another label": wallet("Nagad")} {
		if got := same(more); got.Payment == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
	for _, end := range []string{"rejectManualPayment", "withdrawManualPayment"} {
		input := apptest.Vars{"transactionId": first.Transaction.ID}
		if end == "rejectManualPayment" {
			input["reason"] = "no"
		}
		act(t, c.admin, end, c.key(), input)
		if first = same(nil); first.Payment == nil {
			t.Errorf("after %s: %+v", end, first)
		}
	}
}

// TestSlipOfAnother proves that who sees the attempt of a slip is told which it is.
func TestSlipOfAnother(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	first := c.submit(t, apptest.Vars{"orders": one(c.order(100)), "transactionReference": "S 1"})
	other := c.make.Customer()
	for name, x := range map[string]struct {
		client *apptest.Client
		order  string
		want   string
	}{
		"the teller":       {c.clerk, c.order(100), first.Transaction.ID},
		"the customer":     {asCustomer(t, c.api, c.customer), c.order(100), first.Transaction.ID},
		"another customer": {asCustomer(t, c.api, other), c.make.Order(other, 100), ""},
	} {
		got := apptest.Do[struct {
			SubmitManualPayment struct {
				Errors []struct{ Code, ExistingID string }
			}
		}](t, x.client, `mutation($input: SubmitManualPaymentInput!) { submitManualPayment(input: $input) { errors { code ... on ConflictError { existingId } } } }`,
			apptest.Vars{"input": apptest.Vars{"idempotencyKey": c.key(), "orders": one(x.order), "gatewayId": c.manual, "transactionReference": "S 1"}}).SubmitManualPayment.Errors
		if len(got) != 1 || got[0].Code != "DUPLICATE_REFERENCE" || got[0].ExistingID != x.want {
			t.Errorf("%s: %+v, want %s", name, got, x.want)
		}
	}
}

// TestSlipLimits proves that a slip is held to the gateways of its payment and to
// its gateway's own limits, and that the ways to pay say the same.
func TestSlipLimits(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	card := c.created(t, c.key(), apptest.Vars{"amount": minor(1000), "customerId": c.customer, "gatewayIds": []string{c.sandbox}}).Payment.ID
	assertRefused(t, "submitManualPayment", refusalsOf(t, c.clerk, "submitManualPayment", apptest.Vars{"idempotencyKey": c.key(), "paymentId": card,
		"gatewayId": c.manual, "transactionReference": c.key()}), "GATEWAY_UNAVAILABLE input.gatewayId")
	belgian := create(t, c.admin, "createCustomer", "customer", apptest.Vars{"customer": apptest.Vars{"address": apptest.Vars{"country": "BE"}}})
	french := create(t, c.admin, "createCustomer", "customer", apptest.Vars{"customer": apptest.Vars{"address": apptest.Vars{"country": "FR"}}})
	strict := c.manualGateway(apptest.Vars{"name": "strict", "currencies": []string{"EUR"}, "countries": []string{"FR"}, "minimumAmount": minor(500)})
	dollars := create(t, c.admin, "createOrder", "order", apptest.Vars{"order": apptest.Vars{"customerId": french, "totalAmount": apptest.Vars{"minorUnits": 1000, "currency": "USD"}}})
	small := c.make.Order(french, 100)
	for _, x := range []struct{ order, code, reason string }{
		{dollars, "GATEWAY_UNAVAILABLE", "CURRENCY"},
		{c.make.Order(belgian, 1000), "GATEWAY_UNAVAILABLE", "COUNTRY"},
		{small, "AMOUNT_TOO_SMALL", "MINIMUM"},
		{c.make.Order(french, 1000), "", ""},
	} {
		way := waysToPay(t, c.admin, apptest.Vars{"orderIds": []string{x.order}})["strict"]
		if (x.code == "") != way.IsAvailable || x.code != "" && (way.reasons()[0] != x.reason || way.Reasons[0].Code != x.code) {
			t.Errorf("%+v: listed as %+v", x, way)
		}
		got := c.submit(t, apptest.Vars{"orders": one(x.order), "gatewayId": strict})
		if x.code == "" && got.Payment == nil || x.code != "" && !slices.Equal(got.codes(), []string{x.code}) {
			t.Errorf("%+v: %+v", x, got)
		}
	}
	open := c.created(t, c.key(), apptest.Vars{"orders": one(small)}).Payment.ID
	assertRefused(t, "submitManualPayment", refusalsOf(t, c.clerk, "submitManualPayment", apptest.Vars{"idempotencyKey": c.key(), "paymentId": open, "gatewayId": strict,
		"transactionReference": c.key(), "referenceId": "R", "metadata": []apptest.Vars{}}), "INVALID_INPUT input.referenceId", "INVALID_INPUT input.metadata")
	assertRefused(t, "submitManualPayment", refusalsOf(t, c.clerk, "submitManualPayment", apptest.Vars{"idempotencyKey": c.key(), "paymentId": open, "gatewayId": strict,
		"transactionReference": c.key()}), "AMOUNT_TOO_SMALL input.amount min=500EUR")
}

// TestOnePersonInTwoRoles proves that a person is who they are in every role.
func TestOnePersonInTwoRoles(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	anna := func(role pay.Role) *apptest.Client {
		return c.api.Client(c.api.Token(t, auth.Grant{Role: role, Subject: "anna"}))
	}
	slip := act(t, anna(pay.RoleStaff), "submitManualPayment", c.key(), apptest.Vars{"orders": one(c.order(100)), "gatewayId": c.manual, "transactionReference": "anna"})
	if got := act(t, anna(pay.RoleAdmin), "approveManualPayment", c.key(), apptest.Vars{"transactionId": slip.Transaction.ID}); !slices.Equal(got.codes(), []string{"APPROVER_IS_SUBMITTER"}) {
		t.Errorf("approved by herself: %+v", got)
	}
	if got := c.approve(t, slip, nil); got.Payment == nil || got.Payment.Status != "PAID" {
		t.Errorf("approved by another: %+v", got)
	}
}

// TestFourEyes proves who may decide about a slip, and that a company may let
// people approve their own.
func TestFourEyes(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	theirs := c.submit(t, apptest.Vars{"orders": one(c.order(100))})
	stranger := asCustomer(t, c.api, c.customer)
	if got := act(t, stranger, "withdrawManualPayment", c.key(), apptest.Vars{"transactionId": theirs.Transaction.ID}); !slices.Equal(got.codes(), []string{"FORBIDDEN_ACTION"}) {
		t.Errorf("withdrawn by the customer: %+v", got)
	}
	if got := act(t, c.clerk, "withdrawManualPayment", c.key(), apptest.Vars{"transactionId": theirs.Transaction.ID}); got.Payment == nil || got.Transaction.Status != "CANCELLED" {
		t.Errorf("withdrawn by the submitter: %+v", got)
	}
	own := act(t, c.admin, "submitManualPayment", c.key(), apptest.Vars{"orders": one(c.order(100)), "gatewayId": c.manual, "transactionReference": "own"})
	if got := c.approve(t, own, nil); !slices.Equal(got.codes(), []string{"APPROVER_IS_SUBMITTER"}) {
		t.Errorf("their own: %+v", got)
	}
	if _, err := c.api.Database.DB.Exec("UPDATE companies SET allows_self_approval = true"); err != nil {
		t.Fatal(err)
	}
	if got := c.approve(t, own, nil); got.Payment == nil || got.Payment.Status != "PAID" {
		t.Errorf("their own, where that is allowed: %+v", got)
	}
}
