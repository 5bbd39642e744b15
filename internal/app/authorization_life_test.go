package app_test

import (
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

// lifeCases are writeCases for what follows a payment's first attempt. Each call
// gets a payment of its own, in the state that it needs. What only the submitter
// may do is submitted by whom the call's name ends with, where submitters has them.
func (s till) lifeCases(t *testing.T, submitters map[string]*apptest.Client) map[string]func(name string) apptest.Vars {
	manual := s.make.Gateway(apptest.Vars{"name": "Transfer", "connector": "manual", "kind": "MANUAL", "action": "NONE", "methodType": "BANK_TRANSFER", "isTokenizable": false})
	clerk := s.api.Client(s.api.Token(t, auth.Grant{Role: pay.RoleStaff, Environment: s.environment, Subject: "clerk"}))
	pays := func(name string, more apptest.Vars) lifeStep {
		return act(t, s.admin, "payOrders", "for-"+name, but(apptest.Vars{"orders": one(s.nextOrder()), "gatewayId": s.card}, more))
	}
	onAttempt := func(begin, more apptest.Vars) func(string) apptest.Vars {
		return func(name string) apptest.Vars {
			return apptest.Vars{"input": but(apptest.Vars{"idempotencyKey": name, "transactionId": pays(name, begin).Transaction.ID}, more)}
		}
	}
	onPayment := func(begin, more apptest.Vars) func(string) apptest.Vars {
		return func(name string) apptest.Vars {
			return apptest.Vars{"input": but(apptest.Vars{"idempotencyKey": name, "paymentId": pays(name, begin).Payment.ID}, more)}
		}
	}
	submitted := func(by func(name string) *apptest.Client, more apptest.Vars) func(string) apptest.Vars {
		return func(name string) apptest.Vars {
			got := act(t, by(name), "submitManualPayment", "for-"+name, apptest.Vars{"orders": one(s.nextOrder()), "gatewayId": manual, "transactionReference": name})
			return apptest.Vars{"input": but(apptest.Vars{"idempotencyKey": name, "transactionId": got.Transaction.ID}, more)}
		}
	}
	byClerk := func(string) *apptest.Client { return clerk }
	byThemselves := func(name string) *apptest.Client {
		if client := submitters[name[strings.LastIndex(name, "-")+1:]]; client != nil {
			return client
		}
		return clerk
	}
	held, waits, declined := apptest.Vars{"capture": false}, apptest.Vars{"paymentToken": "tok_otp"}, apptest.Vars{"paymentToken": "tok_soft_decline"}
	return map[string]func(string) apptest.Vars{
		"processPayment":      onPayment(declined, apptest.Vars{"gatewayId": s.card}),
		"completeTransaction": onAttempt(waits, apptest.Vars{"code": "123456"}),
		"captureTransaction":  onAttempt(held, nil),
		"voidTransaction":     onAttempt(held, nil),
		"cancelTransaction":   onAttempt(waits, nil),
		"cancelPayment":       onPayment(waits, nil),
		"updatePayment": func(name string) apptest.Vars {
			return apptest.Vars{"input": apptest.Vars{"paymentId": pays(name, nil).Payment.ID, "isActive": false}}
		},
		"submitManualPayment": func(name string) apptest.Vars {
			return apptest.Vars{"input": apptest.Vars{"idempotencyKey": name, "orders": one(s.nextOrder()), "gatewayId": manual, "transactionReference": name}}
		},
		"approveManualPayment":  submitted(byClerk, nil),
		"rejectManualPayment":   submitted(byClerk, apptest.Vars{"reason": "no"}),
		"withdrawManualPayment": submitted(byThemselves, nil),
		"resolveTransaction":    onAttempt(apptest.Vars{"paymentToken": "tok_timeout_forever"}, apptest.Vars{"outcome": "CAPTURED", "note": "seen"}),
		"resolveAttention": func(name string) apptest.Vars {
			paid := pays(name, nil)
			external := valueOf[string](t, s.api.Database.DB, "SELECT external_id FROM transactions WHERE id = $1", *rawID(t, paid.Transaction.ID))
			reconcile(t, s.admin, "for-"+name, s.card, settledLine(external, 99))
			return apptest.Vars{"input": apptest.Vars{"paymentId": paid.Payment.ID, "reasons": []string{"AMOUNT_MISMATCH"}, "note": "seen"}}
		},
		"refundPayment": onPayment(nil, apptest.Vars{"amount": minor(10)}),
		"reconcilePayments": func(name string) apptest.Vars {
			return apptest.Vars{"input": apptest.Vars{"idempotencyKey": name, "gatewayId": s.card, "lines": []apptest.Vars{
				{"externalId": name, "amount": apptest.Vars{"minorUnits": 1, "currency": "EUR"}, "settledOn": "2026-01-02"}}}}
		},
		"simulateTransaction": func(name string) apptest.Vars {
			return apptest.Vars{"input": apptest.Vars{"transactionId": pays(name, nil).Transaction.ID, "fact": "CHARGEBACK"}}
		},
		"cancelRefund": func(name string) apptest.Vars {
			paid := pays(name, apptest.Vars{"metadata": []apptest.Vars{{"key": "sandbox.refund", "value": "pending"}}})
			back := act(t, s.admin, "refundPayment", "back-for-"+name, apptest.Vars{"paymentId": paid.Payment.ID})
			return apptest.Vars{"input": apptest.Vars{"idempotencyKey": name, "refundId": back.Refunds[0].ID}}
		},
	}
}
