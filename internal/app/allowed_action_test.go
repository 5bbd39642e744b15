package app_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

// asked is one action about a payment, or about an attempt or a refund of it.
type asked struct{ action, transaction, refund string }

// mutationOf is the mutation that an action names, and whether it takes an amount.
var mutationOf = map[string]struct {
	name   string
	amount bool
}{
	"PROCESS_PAYMENT": {"processPayment", true}, "UPDATE_PAYMENT": {"updatePayment", false}, "CANCEL_PAYMENT": {"cancelPayment", false},
	"SUBMIT_MANUAL_PAYMENT": {"submitManualPayment", true}, "REFUND_PAYMENT": {"refundPayment", true},
	"COMPLETE_TRANSACTION": {"completeTransaction", false}, "CAPTURE_TRANSACTION": {"captureTransaction", true},
	"VOID_TRANSACTION": {"voidTransaction", false}, "CANCEL_TRANSACTION": {"cancelTransaction", false},
	"APPROVE_MANUAL_PAYMENT": {"approveManualPayment", true}, "REJECT_MANUAL_PAYMENT": {"rejectManualPayment", false},
	"WITHDRAW_MANUAL_PAYMENT": {"withdrawManualPayment", false}, "CANCEL_REFUND": {"cancelRefund", false},
	"RESOLVE_TRANSACTION": {"resolveTransaction", true}, "RESOLVE_ATTENTION": {"resolveAttention", false},
}

// all lists every action about the payment that there is.
func (p lived) all() (list []asked) {
	for _, v := range apiSchema().Types["PaymentAction"].EnumValues {
		switch name := mutationOf[v.Name].name; {
		case name == "cancelRefund":
			for _, r := range p.Refunds {
				list = append(list, asked{action: v.Name, refund: r.ID})
			}
		case rootTakes(name, "paymentId"):
			list = append(list, asked{action: v.Name})
		default:
			for _, x := range p.Transactions {
				list = append(list, asked{action: v.Name, transaction: x.ID})
			}
		}
	}
	return list
}

// rootTakes says that a mutation's input has a field.
func rootTakes(mutation, field string) bool {
	argument := apiSchema().Mutation.Fields.ForName(mutation).Arguments[0]
	return apiSchema().Types[argument.Type.Name()].Fields.ForName(field) != nil
}

// verdict is what became of an action, or what is said would become of it: the
// refusal's code, or nothing, and the most that an amount may be.
type verdict struct {
	code    string
	maximum *int64
	// surplus is how much of it must be allowed as surplus.
	surplus int64
	// methods are those by which the most can be given back.
	methods []string
}

func (v verdict) String() string {
	if v.maximum != nil {
		return fmt.Sprintf("%q, at most %d", v.code, *v.maximum)
	}
	return fmt.Sprintf("%q", v.code)
}

// verdicts is what allowedActions says.
func (p lived) verdicts() map[asked]verdict {
	said := map[asked]verdict{}
	for _, a := range p.AllowedActions {
		key, v := asked{action: a.Action}, verdict{methods: a.RefundMethods}
		if a.Transaction != nil {
			key.transaction = a.Transaction.ID
		}
		if a.Refund != nil {
			key.refund = a.Refund.ID
		}
		if a.Reason != nil {
			v.code = a.Reason.Code
		}
		if a.MaximumAmount != nil {
			v.maximum = &a.MaximumAmount.MinorUnits
		}
		if a.SurplusAmount != nil {
			v.surplus = a.SurplusAmount.MinorUnits
		}
		said[key] = v
	}
	return said
}

// trial is where actions are tried by one caller.
type trial struct {
	*shop
	me     *apptest.Client
	clock  *movingClock
	manual string
	// whole gives back all of an attempt or nothing.
	whole string
	last  int
}

func (x *trial) key() string { x.last++; return fmt.Sprint("k", x.last) }

// seen reads a payment as the caller sees it.
func (x *trial) seen(t *testing.T, id string) lived {
	t.Helper()
	return apptest.Do[struct{ Payment lived }](t, x.me, `query($id: ID!) { payment(by: { id: $id }) { ...life } } `+lifeFields, apptest.Vars{"id": id}).Payment
}

// input adds to a mutation's input what it is about and what it cannot do without;
// key makes what must be unique.
func (x *trial) input(t *testing.T, payment string, a asked, input apptest.Vars, key func() string) apptest.Vars {
	t.Helper()
	switch {
	case a.refund != "":
		input["refundId"] = a.refund
	case a.transaction != "":
		input["transactionId"] = a.transaction
	default:
		input["paymentId"] = payment
	}
	name := mutationOf[a.action].name
	maps.Copy(input, map[string]apptest.Vars{
		"processPayment":      {"gatewayId": x.sandbox},
		"submitManualPayment": {"gatewayId": x.manual, "transactionReference": key()},
		"completeTransaction": x.answer(a.transaction),
		"rejectManualPayment": {"reason": "no"},
		"resolveTransaction":  {"outcome": "CAPTURED", "note": "seen in the dashboard"},
		"refundPayment":       {"manualReference": key()},
		"updatePayment":       {"isActive": false},
	}[name])
	if name == "resolveAttention" {
		input["reasons"], input["note"] = []string{"OVERPAID"}, "seen"
		if reasons := slices.DeleteFunc(x.lifeOf(t, payment).Attention, func(r string) bool { return r == "UNKNOWN_OUTCOME" }); len(reasons) > 0 {
			input["reasons"] = reasons
		}
	}
	if name == "updatePayment" || name == "resolveAttention" {
		delete(input, "idempotencyKey")
	}
	return input
}

// answer is what an attempt's action asks the payer for.
func (x *trial) answer(transaction string) apptest.Vars {
	var action string
	id, _ := pay.ParseID(pay.KindTransaction, transaction)
	_ = x.api.Database.DB.Get(&action, "SELECT coalesce(action_type, '') FROM transactions WHERE id = $1", id) // none is answered with a code
	if action == "REDIRECT" || action == "DROPIN" {
		return apptest.Vars{"payload": apptest.Vars{"ok": true}}
	}
	return apptest.Vars{"code": "123456"}
}

// try asks for an action, with an amount where it takes one, and returns what
// became of it.
func (x *trial) try(t *testing.T, payment string, a asked, amount *int64, more ...apptest.Vars) verdict {
	t.Helper()
	m := mutationOf[a.action]
	input := apptest.Vars{"idempotencyKey": x.key()}
	if m.amount && amount != nil {
		input["amount"] = minor(*amount)
	}
	input = x.input(t, payment, a, input, x.key)
	for _, fields := range more {
		maps.Copy(input, fields)
	}
	got := x.me.Send(t, documentOf(t, m.name, "{ errors { code message ... on AmountError { maximum { minorUnits } } } }"), apptest.Vars{"input": input})
	if len(got.Errors) > 0 {
		if got.Errors[0].Extensions.Code != "FORBIDDEN" {
			t.Fatalf("%+v: %s", a, got.Body)
		}
		return verdict{code: "FORBIDDEN_ACTION"}
	}
	var data map[string]struct {
		Errors []struct {
			Code    string
			Maximum *struct{ MinorUnits int64 }
		}
	}
	if err := json.Unmarshal(got.Data, &data); err != nil {
		t.Fatal(err)
	}
	v := verdict{}
	for _, e := range data[m.name].Errors {
		if v.code = e.Code; e.Maximum != nil {
			v.maximum = &e.Maximum.MinorUnits
		}
	}
	return v
}

// check tries every action on copies of a state. What is refused changes
// nothing, so refusals share a copy.
func (x *trial) check(t *testing.T, begin func() string) {
	t.Helper()
	id := begin()
	payment := x.seen(t, id)
	said := payment.verdicts()
	list := payment.all()
	for i, a := range list {
		v, listed := said[a]
		switch {
		case !listed && (a.transaction == "" && a.refund == ""):
			t.Errorf("%s: nothing is said about %s", payment.Status, a.action)
		case !listed:
			if got := x.try(t, id, a, nil); got.code == "" {
				t.Fatalf("%s: %s of %s succeeded and is not listed", payment.Status, a.action, payment.attempts())
			}
		case (len(v.methods) > 0) != (v.code == "" && a.action == "REFUND_PAYMENT"):
			t.Errorf("%s: %s goes back by %v", payment.Status, a.action, v.methods)
		case v.code != "":
			if got := x.try(t, id, a, nil); got.code != v.code {
				t.Errorf("%s: %s of %s: said %s, got %s", payment.Status, a.action, payment.attempts(), v, got)
			}
		case a.action == "REFUND_PAYMENT":
			for _, method := range refundMethods {
				x.refunds(t, payment, a, method, v, begin)
			}
		default:
			x.accepts(t, payment, i, v, begin)
		}
	}
	if after := x.seen(t, id); after.Version != payment.Version {
		t.Errorf("%s: refusals changed the payment", payment.Status)
	}
}

// accepts tries the i-th action, which is said to be allowed, on a copy of its own:
// with one too much, which must be refused, and then with the most.
func (x *trial) accepts(t *testing.T, payment lived, i int, said verdict, begin func() string) {
	t.Helper()
	id := begin()
	a := x.seen(t, id).all()[i]
	var more apptest.Vars
	if said.surplus > 0 { // one more than is owed is refused without a word of who approves
		if got := x.try(t, id, a, new(*said.maximum-said.surplus+1)); got.code == "" {
			t.Errorf("%s: %s of %s took surplus of itself", payment.Status, a.action, payment.attempts())
			return
		}
		more = apptest.Vars{"allowSurplus": true}
	}
	if said.maximum != nil {
		got := x.try(t, id, a, new(*said.maximum+1), more)
		if got.code == "" || got.maximum == nil || *got.maximum != *said.maximum {
			t.Errorf("%s: %s of %s with one too much: said at most %d, got %s", payment.Status, a.action, payment.attempts(), *said.maximum, got)
		}
		if got.code == "" {
			return
		}
	}
	if got := x.try(t, id, a, said.maximum, more); got.code != "" {
		t.Errorf("%s: %s of %s: said %s, got %s", payment.Status, a.action, payment.attempts(), said, got)
	}
}

// attempts describes the attempts for a failed test.
func (p lived) attempts() (list []string) {
	for _, x := range p.Transactions {
		list = append(list, x.Status)
	}
	return list
}

// recipe makes a payment of a new order of 10.00.
type recipe func(t *testing.T, x *trial, order string) string

// with is a recipe that pays with more input.
func with(more apptest.Vars, then ...func(t *testing.T, x *trial, p lifeStep)) recipe {
	return func(t *testing.T, x *trial, order string) string {
		t.Helper()
		p := act(t, x.admin, "payOrders", x.key(), but(apptest.Vars{"orders": one(order), "gatewayId": x.sandbox}, more))
		if p.Payment == nil {
			t.Fatalf("pay: %+v", p.Errors)
		}
		for _, do := range then {
			do(t, x, p)
		}
		return p.Payment.ID
	}
}

// does is a step that must be accepted.
func does(mutation string, more apptest.Vars) func(t *testing.T, x *trial, p lifeStep) {
	return func(t *testing.T, x *trial, p lifeStep) {
		t.Helper()
		input := maps.Clone(more)
		if input == nil {
			input = apptest.Vars{}
		}
		if rootTakes(mutation, "transactionId") && mutation != "refundPayment" {
			input["transactionId"] = p.Transaction.ID
		} else {
			input["paymentId"] = p.Payment.ID
		}
		if got := act(t, x.admin, mutation, x.key(), input); len(got.Errors) > 0 {
			t.Fatalf("%s: %+v", mutation, got.Errors)
		}
	}
}

// slip is a recipe that submits so much by hand; then is done to it by the admin.
func slip(minorUnits int64, mine bool, then string, more apptest.Vars) recipe {
	return func(t *testing.T, x *trial, order string) string {
		t.Helper()
		by := x.api.Client(x.api.Token(t, auth.Grant{Role: pay.RoleStaff, Subject: "teller", TTL: 90 * 24 * time.Hour}))
		if mine {
			by = x.me
		}
		p := act(t, by, "submitManualPayment", x.key(), apptest.Vars{"orders": one(order), "gatewayId": x.manual, "transactionReference": x.key()})
		if minorUnits < 1000 {
			made := act(t, x.admin, "payOrders", x.key(), apptest.Vars{"orders": one(x.order(1000)), "gatewayId": x.sandbox, "paymentToken": "tok_soft_decline"})
			p = act(t, by, "submitManualPayment", x.key(), apptest.Vars{"paymentId": made.Payment.ID, "amount": minor(minorUnits), "gatewayId": x.manual, "transactionReference": x.key()})
		}
		if p.Payment == nil {
			t.Fatalf("submit: %+v", p.Errors)
		}
		if then != "" {
			does(then, more)(t, x, p)
		}
		return p.Payment.ID
	}
}

func sandboxKey(key, value string) apptest.Vars {
	return apptest.Vars{"metadata": []apptest.Vars{{"key": "sandbox." + key, "value": value}}}
}

func tok(outcome string) apptest.Vars { return apptest.Vars{"paymentToken": "tok_" + outcome} }

// recipes are the states that a payment can be brought into.
func recipes() map[string]recipe {
	hold := apptest.Vars{"capture": false}
	some := apptest.Vars{"amount": minor(400)}
	all := map[string]recipe{
		"declined": with(tok("soft_decline")), "declined for good": with(tok("hard_decline")), "held": with(hold), "captured": with(nil),
		"held by the gateway": with(tok("authorize")), "half captured": with(tok("partial")), "too much captured": with(tok("wrong_amount")),
		"OTP": with(tok("otp")), "redirect": with(tok("redirect")), "pending": with(tok("pending")), "unknown": with(tok("timeout_forever")), "not sent": with(tok("unsent")),
		"partly captured": with(hold, does("captureTransaction", some)), "captured for good": with(hold, does("captureTransaction", but(some, apptest.Vars{"final": true}))),
		"captured in two": with(hold, does("captureTransaction", some), does("captureTransaction", nil)),
		"released":        with(hold, does("voidTransaction", nil)), "called off": with(tok("otp"), does("cancelTransaction", nil)),
		"rest released":   with(hold, does("captureTransaction", some), does("voidTransaction", nil)),
		"cancelled":       with(tok("soft_decline"), does("cancelPayment", nil)),
		"voided":          with(hold, does("cancelPayment", nil)),
		"cancelled OTP":   with(tok("otp"), does("cancelPayment", nil)),
		"partly refunded": with(nil, does("refundPayment", some)), "refunded": with(nil, does("refundPayment", nil)),
		"half captured, partly refunded": with(tok("partial"), does("refundPayment", some)),
		"partly captured, refunded":      with(hold, does("captureTransaction", some), does("refundPayment", nil)),
		"refunded to store credit":       with(nil, does("refundPayment", but(some, apptest.Vars{"method": "STORE_CREDIT"}))),
		"inactive":                       with(tok("soft_decline"), does("updatePayment", apptest.Vars{"isActive": false})),
		"held, inactive":                 with(hold, does("updatePayment", apptest.Vars{"isActive": false})),
		"slip":                           slip(1000, false, "", nil), "own slip": slip(1000, true, "", nil), "part slip": slip(600, false, "", nil), "own part slip": slip(600, true, "", nil),
		"slip rejected": slip(1000, false, "rejectManualPayment", apptest.Vars{"reason": "no"}), "slip withdrawn": slip(1000, false, "withdrawManualPayment", nil),
		"slip approved": slip(1000, false, "approveManualPayment", nil), "slip approved in part": slip(1000, false, "approveManualPayment", some),
		"paid otherwise": func(t *testing.T, x *trial, order string) string {
			id := with(tok("soft_decline"))(t, x, order)
			with(nil)(t, x, order)
			return id
		},
		"partly paid otherwise": func(t *testing.T, x *trial, order string) string {
			id := with(tok("soft_decline"))(t, x, order)
			with(apptest.Vars{"orders": part(order, minor(700))})(t, x, order)
			return id
		},
		"slip paid otherwise": func(t *testing.T, x *trial, order string) string {
			id := slip(1000, false, "", nil)(t, x, order)
			with(nil)(t, x, order)
			return id
		},
		"slip partly paid otherwise": func(t *testing.T, x *trial, order string) string {
			id := slip(1000, false, "", nil)(t, x, order)
			with(apptest.Vars{"orders": part(order, minor(700))})(t, x, order)
			return id
		},
		"slip under way elsewhere": func(t *testing.T, x *trial, order string) string {
			id := slip(1000, false, "", nil)(t, x, order)
			with(tok("otp"))(t, x, order)
			return id
		},
		"under way elsewhere": func(t *testing.T, x *trial, order string) string {
			id := with(tok("soft_decline"))(t, x, order)
			with(tok("otp"))(t, x, order)
			return id
		},
		"created": func(t *testing.T, x *trial, order string) string {
			return x.created(t, x.key(), apptest.Vars{"orders": one(order)}).Payment.ID
		},
		"free": func(t *testing.T, x *trial, _ string) string {
			return x.created(t, x.key(), apptest.Vars{"lines": []apptest.Vars{{"productName": "Gift", "unitAmount": minor(5)}}, "customerId": x.customer,
				"discounts": []apptest.Vars{{"discountName": "all", "type": "PERCENOFF", "value": 100}}}).Payment.ID
		},
	}
	for _, outcome := range []string{"fail", "pending", "timeout"} {
		all["capture "+outcome] = with(but(hold, sandboxKey("capture", outcome)), does("captureTransaction", some))
		all["void "+outcome] = with(but(hold, sandboxKey("void", outcome)), does("voidTransaction", nil))
		all["cancel "+outcome] = with(but(tok("otp"), sandboxKey("cancel", outcome)), does("cancelTransaction", nil))
		all["closing, void "+outcome] = with(but(hold, sandboxKey("void", outcome)), does("cancelPayment", nil))
		all["refund "+outcome] = with(sandboxKey("refund", outcome), does("refundPayment", some))
	}
	all["all or nothing"] = func(t *testing.T, x *trial, order string) string {
		return with(apptest.Vars{"gatewayId": x.whole})(t, x, order)
	}
	all["all or nothing, partly paid out"] = func(t *testing.T, x *trial, order string) string {
		return with(apptest.Vars{"gatewayId": x.whole}, does("refundPayment", but(some, apptest.Vars{"method": "MANUAL", "manualReference": "cash"})))(t, x, order)
	}
	all["too many tries"] = with(tok("otp"), guesses)
	all["too many tries, not called off"] = with(but(tok("otp"), sandboxKey("cancel", "fail")), guesses)
	answered := func(_ *testing.T, x *trial, _ lifeStep) { x.clock.pass(time.Minute) }
	all["refund pending, asked for"] = with(sandboxKey("refund", "pending"), does("refundPayment", some), answered)
	all["refund impossible"] = with(sandboxKey("refund", "impossible"), does("refundPayment", some))
	return all
}

// TestAllowedActions proves that allowedActions says exactly what would succeed:
// every action is tried in every state by every sort of caller. Without -every, admins try
// them in half of the states, staff and customers in a third each, and not in the same.
func TestAllowedActions(t *testing.T) {
	t.Parallel()
	states := slices.Sorted(maps.Keys(recipes()))
	for role, states := range map[pay.Role][]string{
		pay.RoleAdmin: oneOf(2, 0, states), pay.RoleStaff: oneOf(3, 0, states), pay.RoleCustomer: oneOf(3, 1, states)} {
		t.Run(string(role), func(t *testing.T) {
			t.Parallel()
			x := openTrial(t, role)
			for _, name := range states {
				t.Run(name, func(t *testing.T) {
					begin := func() string { return recipes()[name](t, x, x.order(1000)) }
					x.check(t, begin)
				})
			}
		})
	}
}

func openTrial(t *testing.T, role pay.Role, options ...app.Option) *trial {
	t.Helper()
	x := &trial{clock: &movingClock{}}
	x.shop = openShop(t, append(options, x.clock.option())...)
	long := 90 * 24 * time.Hour
	x.admin = x.api.Client(x.api.Token(t, auth.Grant{TTL: long, Subject: "boss"}))
	grant := auth.Grant{Role: role, Subject: "me", TTL: long}
	if role == pay.RoleCustomer {
		_, id, _ := pay.SplitID(x.customer)
		grant.CustomerID = &id
	}
	x.me = x.api.Client(x.api.Token(t, grant))
	x.manual = x.make.Gateway(apptest.Vars{"name": "Transfer", "connector": "manual", "kind": "MANUAL", "action": "NONE", "methodType": "BANK_TRANSFER", "isTokenizable": false})
	x.whole = x.make.Gateway(apptest.Vars{"name": "All or nothing", "isPartiallyRefundable": false})
	return x
}
