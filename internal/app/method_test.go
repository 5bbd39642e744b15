package app_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

// storedMethod is what the tests select of a stored method.
type storedMethod struct {
	ID, Type   string
	Label      *string
	IsDefault  bool
	DetachedAt *time.Time
	Details    struct{ AccountID, Bic, MaskedIban, LastFour *string }
}

const methodFields = `{ id type label isDefault detachedAt details { ... on CardDetails { lastFour } ... on DirectDebitDetails { accountId bic maskedIban } } }`

// onMethod sends a mutation of a stored method; it returns the method and the
// codes of the refusals.
func onMethod(t *testing.T, c *apptest.Client, mutation string, input apptest.Vars) (*storedMethod, []string) {
	t.Helper()
	got := apptest.Do[map[string]struct {
		PaymentMethod *storedMethod
		Errors        []apptest.Refusal
	}](t, c, `mutation($input: `+strings.ToUpper(mutation[:1])+mutation[1:]+`Input!) { `+mutation+`(input: $input) { paymentMethod `+methodFields+` errors { code message path } } }`,
		apptest.Vars{"input": input})[mutation]
	var codes []string
	for _, e := range got.Errors {
		codes = append(codes, e.Code)
	}
	return got.PaymentMethod, codes
}

// methodsOf reads a customer's stored methods.
func (s *shop) methodsOf(t *testing.T, arguments string) []storedMethod {
	t.Helper()
	return apptest.Do[struct {
		Customer struct{ PaymentMethods []storedMethod }
	}](t, s.admin,
		`query($id: ID!) { customer(id: $id) { paymentMethods`+arguments+` `+methodFields+` } }`, apptest.Vars{"id": s.customer}).Customer.PaymentMethods
}

// TestChangeMethod proves that a customer has one first choice at most, and that a
// method that is detached pays nothing more but stays readable where it paid.
func TestChangeMethod(t *testing.T) {
	t.Parallel()
	var clock movingClock
	s := openShop(t, clock.option())
	s.admin = s.api.Client(s.api.Token(t, auth.Grant{TTL: 90 * 24 * time.Hour}))
	a, b := s.method(t, s.customer, s.sandbox, "tok_approve"), s.method(t, s.customer, s.sandbox, "tok_approve.2")
	firstChoice := func() (ids []string) {
		for _, m := range s.methodsOf(t, "") {
			if m.IsDefault {
				ids = append(ids, m.ID)
			}
		}
		return ids
	}
	for _, id := range []string{a, b, a} {
		if m, codes := onMethod(t, s.admin, "updatePaymentMethod", apptest.Vars{"paymentMethodId": id, "isDefault": true, "label": "Mine"}); m == nil || !m.IsDefault || *m.Label != "Mine" {
			t.Fatalf("make it the default: %+v, %v", m, codes)
		}
		if got := firstChoice(); !slices.Equal(got, []string{id}) {
			t.Errorf("defaults %v, want %s", got, id)
		}
	}
	if m, codes := onMethod(t, s.admin, "updatePaymentMethod", apptest.Vars{"paymentMethodId": a, "label": nil}); m == nil || m.Label != nil || !m.IsDefault {
		t.Errorf("clear the label: %+v, %v", m, codes)
	}
	for code, input := range map[string]apptest.Vars{"REQUIRED": {"paymentMethodId": a, "isDefault": nil},
		"INVALID_INPUT": {"paymentMethodId": a, "label": "DE89 3704 0044 0532 0130 00"}, "NOT_FOUND": {"paymentMethodId": s.sandbox, "label": "x"}} {
		if m, codes := onMethod(t, s.admin, "updatePaymentMethod", input); m != nil || !slices.Equal(codes, []string{code}) {
			t.Errorf("%+v, %v, want %s", m, codes, code)
		}
	}
	paid := act(t, s.admin, "payOrders", "p", apptest.Vars{"orders": one(s.make.Order(s.customer, 100)), "paymentMethodId": a})
	dated := s.created(t, "dated", apptest.Vars{"amount": minor(100), "customerId": s.customer, "paymentMethodId": a,
		"scheduledFor": clock.now().Add(time.Hour).Format(time.RFC3339)})
	if paid.Payment == nil || dated.Payment == nil {
		t.Fatalf("pay: %+v, %+v", paid, dated)
	}
	gone, codes := onMethod(t, s.admin, "detachPaymentMethod", apptest.Vars{"paymentMethodId": a})
	if gone == nil || gone.DetachedAt == nil || gone.IsDefault {
		t.Fatalf("detach: %+v, %v", gone, codes)
	}
	if again, _ := onMethod(t, s.admin, "detachPaymentMethod", apptest.Vars{"paymentMethodId": a}); again == nil || !again.DetachedAt.Equal(*gone.DetachedAt) {
		t.Errorf("detach again: %+v", again)
	}
	if _, codes := onMethod(t, s.admin, "updatePaymentMethod", apptest.Vars{"paymentMethodId": a, "isDefault": true}); !slices.Equal(codes, []string{"INVALID_STATE"}) {
		t.Errorf("update a detached method: %v", codes)
	}
	if attached, all := s.methodsOf(t, ""), s.methodsOf(t, "(includeDetached: true)"); len(attached) != 1 || attached[0].ID != b || len(all) != 2 {
		t.Errorf("attached %+v, all %+v", attached, all)
	}
	refused := act(t, s.admin, "payOrders", "p2", apptest.Vars{"orders": one(s.make.Order(s.customer, 100)), "paymentMethodId": a})
	if !slices.Equal(refused.codes(), []string{"PAYMENT_METHOD_INVALID"}) {
		t.Errorf("pay with a detached method: %+v", refused)
	}
	clock.pass(2 * time.Hour)
	s.wakeAll(t)
	if got := s.lifeOf(t, dated.Payment.ID); len(got.Transactions) != 0 {
		t.Errorf("the date came: %+v", got)
	}
	if m := s.methodOf(t, paid.Payment.ID); m == nil || m.ID != a || m.DetachedAt == nil {
		t.Errorf("what it paid names %+v", m)
	}
}

// methodOf reads the stored method of a payment.
func (s *shop) methodOf(t *testing.T, payment string) *storedMethod {
	t.Helper()
	return apptest.Do[struct {
		Payment struct{ PaymentMethod *storedMethod }
	}](t, s.admin,
		`query($id: ID!) { payment(by: { id: $id }) { paymentMethod `+methodFields+` } }`, apptest.Vars{"id": payment}).Payment.PaymentMethod
}

// TestDirectDebit proves that an account number is checked, that only its mask is
// kept, and that without payments:pii not even that shows.
func TestDirectDebit(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	debit := s.make.Gateway(apptest.Vars{"name": "Debit", "methodType": "DIRECT_DEBIT"})
	const number = "DE89370400440532013000"
	of := func(more apptest.Vars) apptest.Vars {
		return apptest.Vars{"customerId": s.customer, "gatewayId": debit, "token": "tok_approve", "directDebit": but(apptest.Vars{"iban": number}, more)}
	}
	m, codes := onMethod(t, s.admin, "createPaymentMethod", of(apptest.Vars{"iban": "de89 3704 0044 0532 0130 00", "bic": "deutdeff", "accountId": "acc_1"}))
	if m == nil || m.Details.MaskedIban == nil || *m.Details.MaskedIban != "DE89 **** 3000" || *m.Details.Bic != "DEUTDEFF" || *m.Details.AccountID != "acc_1" {
		t.Fatalf("store: %+v, %v", m, codes)
	}
	paid := act(t, s.admin, "payOrders", "p", apptest.Vars{"orders": one(s.make.Order(s.customer, 100)), "paymentMethodId": m.ID})
	if paid.Payment == nil || paid.Payment.Status != "PAID" {
		t.Fatalf("pay: %+v", paid)
	}
	const document = `query($id: ID!) { customer(id: $id) { paymentMethods { details { ...d } } payments { nodes { transactions { paymentMethodDetails { ...d } } } } } }
		fragment d on DirectDebitDetails { maskedIban accountId bic }`
	readonly := s.api.Client(s.api.Token(t, auth.Grant{Role: pay.RoleReadonly}))
	for shown, c := range map[string]*apptest.Client{`{"maskedIban":"DE89 **** 3000","accountId":"acc_1","bic":"DEUTDEFF"}`: s.admin,
		`{"maskedIban":"DE** ****","accountId":null,"bic":"DEUTDEFF"}`: readonly} {
		if got := c.Send(t, document, apptest.Vars{"id": s.customer}); strings.Count(got.Body, shown) != 2 {
			t.Errorf("want twice %s: %s", shown, got.Body)
		}
	}
	card := s.make.Gateway(apptest.Vars{"name": "Card"})
	for name, c := range map[string]apptest.Vars{
		"wrong check digits":   of(apptest.Vars{"iban": "DE88370400440532013000"}),
		"wrong length":         of(apptest.Vars{"iban": number + "0"}),
		"unknown country":      of(apptest.Vars{"iban": "US89370400440532013000"}),
		"wrong bank code":      of(apptest.Vars{"bic": "DEUT"}),
		"number as account id": of(apptest.Vars{"accountId": number}),
		"number as label":      but(of(nil), apptest.Vars{"label": number}),
		"number as token":      but(of(nil), apptest.Vars{"token": number}),
		"with an account":      but(of(nil), apptest.Vars{"account": apptest.Vars{"brand": "x"}}),
		"gateway of cards":     but(of(nil), apptest.Vars{"gatewayId": card}),
	} {
		untouched(t, s.api, func() {
			if m, codes := onMethod(t, s.admin, "createPaymentMethod", c); m != nil || !slices.Equal(codes, []string{"INVALID_INPUT"}) {
				t.Errorf("%s: %+v, %v", name, m, codes)
			}
		})
	}
	var kept int
	if err := s.api.Database.DB.GetContext(t.Context(), &kept, `SELECT count(*) FROM payment_methods m LEFT JOIN transactions x ON x.payment_method_id = m.id
		WHERE strpos(m::text || x::text, '370400440532') > 0`); err != nil || kept != 0 {
		t.Errorf("%d rows keep the number, %v", kept, err)
	}
}

// TestSetup proves that a setup saves the method once, whatever way its success
// comes, and that the method pays.
func TestSetup(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		token string
		code  string
		saved bool
	}{
		"at once":         {"tok_approve", "", true},
		"after a code":    {"tok_otp", "123456", true},
		"after a timeout": {"tok_timeout", "", true},
		"declined":        {"tok_hard_decline", "", false},
		"declined later":  {"tok_otp.hard_decline", "123456", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var clock movingClock
			s := openShop(t, clock.option())
			setup := s.created(t, "setup", apptest.Vars{"mode": "SETUP", "customerId": s.customer})
			if setup.Payment == nil {
				t.Fatalf("create: %+v", setup)
			}
			input := apptest.Vars{"paymentId": setup.Payment.ID, "gatewayId": s.sandbox, "paymentToken": c.token}
			got := act(t, s.admin, "processPayment", "process", input)
			if c.code != "" {
				got = act(t, s.admin, "completeTransaction", "complete", apptest.Vars{"transactionId": got.Transaction.ID, "code": c.code})
			}
			clock.pass(time.Minute)
			s.wakeAll(t)
			act(t, s.admin, "processPayment", "process", input) // a repeat
			methods, m := s.methodsOf(t, ""), s.methodOf(t, setup.Payment.ID)
			if !c.saved {
				if len(methods) != 0 || m != nil {
					t.Errorf("saved %+v, %+v", methods, m)
				}
				return
			}
			if len(methods) != 1 || m == nil || m.ID != methods[0].ID || m.Type != "CARD" || m.Details.LastFour == nil || *m.Details.LastFour != "4242" {
				t.Fatalf("saved %+v, the payment names %+v: %+v", methods, m, got)
			}
			if status := s.lifeOf(t, setup.Payment.ID).Status; status != "CONFIRMED" {
				t.Errorf("status %s", status)
			}
			paid := act(t, s.admin, "payOrders", "pay", apptest.Vars{"orders": one(s.make.Order(s.customer, 100)), "paymentMethodId": m.ID})
			if paid.Payment == nil || paid.Payment.Status != "PAID" {
				t.Errorf("pay with it: %+v", paid)
			}
		})
	}
}
