package app_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

// rootAccess says who may use a root field; all others are FORBIDDEN. PARTNER
// is a partner whose key can only read.
var rootAccess = map[string]string{
	"node":            "READONLY STAFF ADMIN PARTNER CUSTOMER",
	"nodes":           "READONLY STAFF ADMIN PARTNER CUSTOMER",
	"viewer":          "READONLY STAFF ADMIN PARTNER CUSTOMER OPERATOR",
	"company":         "READONLY STAFF ADMIN PARTNER CUSTOMER OPERATOR", // an operator has none
	"businesses":      "READONLY STAFF ADMIN PARTNER CUSTOMER",
	"payment":         "READONLY STAFF ADMIN PARTNER CUSTOMER",
	"payments":        "READONLY STAFF ADMIN PARTNER CUSTOMER",
	"paymentSummary":  "READONLY STAFF ADMIN PARTNER CUSTOMER",
	"refunds":         "READONLY STAFF ADMIN PARTNER CUSTOMER",
	"events":          "READONLY STAFF ADMIN PARTNER CUSTOMER",
	"transaction":     "READONLY STAFF ADMIN PARTNER CUSTOMER",
	"refund":          "READONLY STAFF ADMIN PARTNER CUSTOMER",
	"order":           "READONLY STAFF ADMIN PARTNER CUSTOMER",
	"orders":          "READONLY STAFF ADMIN PARTNER CUSTOMER",
	"invoice":         "READONLY STAFF ADMIN PARTNER CUSTOMER",
	"invoices":        "READONLY STAFF ADMIN PARTNER CUSTOMER",
	"customer":        "READONLY STAFF ADMIN PARTNER CUSTOMER",
	"customers":       "READONLY STAFF ADMIN PARTNER CUSTOMER",
	"products":        "READONLY STAFF ADMIN PARTNER CUSTOMER",
	"paymentGateways": "READONLY STAFF ADMIN PARTNER CUSTOMER",
	"previewPayment":  "READONLY STAFF ADMIN PARTNER CUSTOMER",
	"apiKeys":         "ADMIN",

	"createCompany":        "OPERATOR",
	"updateCompany":        "ADMIN",
	"updateCustomer":       "STAFF ADMIN",
	"updateProduct":        "STAFF ADMIN",
	"product":              "READONLY STAFF ADMIN PARTNER CUSTOMER",
	"createBusiness":       "STAFF ADMIN",
	"createApiKey":         "ADMIN",
	"revokeApiKey":         "ADMIN",
	"createCustomer":       "STAFF ADMIN",
	"createCustomers":      "STAFF ADMIN",
	"createProducts":       "STAFF ADMIN",
	"createOrder":          "STAFF ADMIN",
	"createOrders":         "STAFF ADMIN",
	"createInvoice":        "STAFF ADMIN",
	"createInvoices":       "STAFF ADMIN",
	"billingSubscription":  "READONLY STAFF ADMIN PARTNER CUSTOMER",
	"billingSubscriptions": "READONLY STAFF ADMIN PARTNER CUSTOMER",

	"createBillingSubscription": "STAFF ADMIN",
	"updateBillingSubscription": "STAFF ADMIN",
	"cancelBillingSubscription": "STAFF ADMIN",

	"createPaymentMethod":  "STAFF ADMIN CUSTOMER",
	"createPaymentGateway": "ADMIN",
	"updatePaymentGateway": "ADMIN",
	"payOrders":            "STAFF ADMIN CUSTOMER",
	"createPayment":        "STAFF ADMIN CUSTOMER", // customers for orders and invoices

	"processPayment":        "STAFF ADMIN CUSTOMER",
	"completeTransaction":   "STAFF ADMIN CUSTOMER",
	"captureTransaction":    "STAFF ADMIN",
	"voidTransaction":       "STAFF ADMIN",
	"cancelTransaction":     "STAFF ADMIN CUSTOMER",
	"cancelPayment":         "STAFF ADMIN CUSTOMER",
	"updatePayment":         "STAFF ADMIN CUSTOMER",
	"submitManualPayment":   "STAFF ADMIN CUSTOMER",
	"approveManualPayment":  "ADMIN",
	"rejectManualPayment":   "ADMIN",
	"resolveTransaction":    "ADMIN",
	"resolveAttention":      "ADMIN",
	"withdrawManualPayment": "STAFF ADMIN CUSTOMER", // and then only their own
	"refundPayment":         "STAFF ADMIN",
	"previewRefund":         "STAFF ADMIN",
	"cancelRefund":          "STAFF ADMIN",

	"auditEntries":      "ADMIN",
	"ledgerAccounts":    "READONLY STAFF ADMIN PARTNER", // the books are the company's
	"ledgerEntries":     "READONLY STAFF ADMIN PARTNER",
	"webhookEvents":     "ADMIN",
	"webhookEndpoints":  "ADMIN",
	"webhookDeliveries": "ADMIN",

	"createWebhookEndpoint": "ADMIN",
	"updateWebhookEndpoint": "ADMIN",
	"deleteWebhookEndpoint": "ADMIN",
	"rotateWebhookSecret":   "ADMIN",
	"replayWebhookDelivery": "ADMIN",

	"settlementLines":     "READONLY STAFF ADMIN PARTNER", // a gateway's files are about the company
	"reconcilePayments":   "ADMIN",
	"simulateTransaction": "STAFF ADMIN",
}

// roleCases are the arguments that each root field accepts from whoever may use
// it; name makes what must be unique.
func (s till) roleCases(t *testing.T, order, invoice, payment, transaction string) map[string]func(name string) apptest.Vars {
	id := func(id string) func(string) apptest.Vars {
		return func(string) apptest.Vars { return apptest.Vars{"id": id} }
	}
	first := func(string) apptest.Vars { return apptest.Vars{"first": 1} }
	none := func(string) apptest.Vars { return nil }
	input := func(make func(name string) apptest.Vars) func(string) apptest.Vars {
		return func(name string) apptest.Vars { return apptest.Vars{"input": make(name)} }
	}
	item := func(list, single string, make func(name string) apptest.Vars) func(string) apptest.Vars {
		return input(func(name string) apptest.Vars {
			if list != "" {
				return apptest.Vars{list: []apptest.Vars{make(name)}}
			}
			return apptest.Vars{single: make(name)}
		})
	}
	customer := func(name string) apptest.Vars { return apptest.Vars{"firstName": name} }
	newOrder := func(string) apptest.Vars { return apptest.Vars{"customerId": s.customer, "totalAmount": minor(100)} }
	newInvoice := func(name string) apptest.Vars {
		return apptest.Vars{"number": name, "customerId": s.customer, "totalAmount": minor(100)}
	}
	product := apptest.Do[struct {
		CreateProducts struct{ Products []struct{ ID string } }
	}](t, s.admin, `mutation { createProducts(input: { products: [{ name: "Tea", unitAmount: { decimal: "2.50" } }] }) { products { id } } }`, nil).CreateProducts.Products[0].ID
	return map[string]func(string) apptest.Vars{
		"node":        id(payment),
		"nodes":       func(string) apptest.Vars { return apptest.Vars{"ids": []string{order, s.card}} },
		"viewer":      none,
		"company":     none,
		"businesses":  first,
		"payment":     func(string) apptest.Vars { return apptest.Vars{"by": apptest.Vars{"id": payment}} },
		"payments":    first,
		"refunds":     first,
		"events":      first,
		"transaction": id(transaction),
		"refund":      id(absent(pay.KindRefund)),
		"order":       id(order),
		"orders":      first,
		"invoice":     id(invoice),
		"invoices":    first,
		"customer":    id(s.customer),
		"customers":   first,
		"products":    first,
		"product":     id(product),

		"settlementLines": first,
		"ledgerAccounts":  func(string) apptest.Vars { return nil },
		"ledgerEntries":   first,
		"webhookEvents":   first,
		"auditEntries":    first,

		"paymentSummary":  func(string) apptest.Vars { return apptest.Vars{"groupBy": []string{"STATUS", "DAY"}} },
		"paymentGateways": none,
		"apiKeys":         none,
		"previewPayment":  input(func(string) apptest.Vars { return apptest.Vars{"orders": one(order), "gatewayId": s.card} }),

		"createCompany":  input(func(name string) apptest.Vars { return apptest.Vars{"name": name, "country": "PT", "currency": "EUR"} }),
		"createBusiness": input(func(name string) apptest.Vars { return apptest.Vars{"name": name} }),
		"createApiKey":   input(func(name string) apptest.Vars { return apptest.Vars{"name": name, "scopes": []string{"PAYMENTS_READ"}} }),
		"revokeApiKey": input(func(name string) apptest.Vars {
			return apptest.Vars{"id": makeKey(t, s.admin, apptest.Vars{"name": name, "scopes": []string{"PAYMENTS_READ"}}).id}
		}),
		"createCustomer":  item("", "customer", customer),
		"createCustomers": item("customers", "", customer),
		"createProducts":  item("products", "", func(name string) apptest.Vars { return apptest.Vars{"name": name, "unitAmount": minor(1)} }),
		"createOrder":     item("", "order", newOrder),
		"createOrders":    item("orders", "", newOrder),
		"createInvoice":   item("", "invoice", newInvoice),
		"createInvoices":  item("invoices", "", newInvoice),
		"createPaymentMethod": input(func(string) apptest.Vars {
			return apptest.Vars{"customerId": s.customer, "gatewayId": s.card, "token": "tok_approve"}
		}),
		"createPaymentGateway": input(func(name string) apptest.Vars {
			return apptest.Vars{"name": name, "connector": "sandbox", "methodType": "CARD"}
		}),
		"createPayment": input(func(name string) apptest.Vars {
			return apptest.Vars{"idempotencyKey": name, "orders": one(s.make.Order(s.customer, 100))}
		}),
		"updateCompany":        input(func(string) apptest.Vars { return apptest.Vars{} }),
		"updateCustomer":       input(func(string) apptest.Vars { return apptest.Vars{"id": s.customer} }),
		"updateProduct":        input(func(string) apptest.Vars { return apptest.Vars{"id": product} }),
		"updatePaymentGateway": input(func(string) apptest.Vars { return apptest.Vars{"id": s.card} }),
		"payOrders": input(func(name string) apptest.Vars {
			return apptest.Vars{"idempotencyKey": name, "orders": one(s.make.Order(s.customer, 100)), "gatewayId": s.card}
		}),
	}
}

// TestRoles proves for every root field of the schema which roles may use it:
// those succeed, all others are FORBIDDEN and leave no trace. A field that is
// new in the schema fails the test until somebody says who may use it.
func TestRoles(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	order := s.make.Order(s.customer, 1000)
	invoice := create(t, s.admin, "createInvoice", "invoice", apptest.Vars{"invoice": apptest.Vars{"number": "F-1", "orderId": order}})
	paid := s.make.Pay("paid", apptest.Vars{"orders": one(s.make.Order(s.customer, 100)), "gatewayId": s.card})
	cases := s.roleCases(t, order, invoice, paid.Payment.ID, paid.Transaction.ID)
	maps.Copy(cases, s.subscriptionCases(t))
	maps.Copy(cases, s.methodCases(t))
	maps.Copy(cases, s.webhookCases(t))
	_, customer, _ := pay.SplitID(s.customer)
	clients := map[string]*apptest.Client{}
	for role, grant := range map[string]auth.Grant{"READONLY": {Role: pay.RoleReadonly}, "STAFF": {Role: pay.RoleStaff}, "ADMIN": {},
		"PARTNER":  {Role: pay.RolePartner, Scopes: []pay.Scope{pay.ScopePaymentsRead}},
		"CUSTOMER": {Role: pay.RoleCustomer, CustomerID: &customer}, "OPERATOR": {Role: pay.RoleOperator}} {
		clients[role] = s.api.Client(s.api.Token(t, grant))
	}
	maps.Copy(cases, s.lifeCases(t, clients))
	for _, field := range slices.Concat(apiSchema().Query.Fields, apiSchema().Mutation.Fields) {
		if strings.HasPrefix(field.Name, "__") {
			continue
		}
		access, known := rootAccess[field.Name]
		if !known {
			access, known = methodAccess[field.Name]
		}
		arguments, made := cases[field.Name]
		if !known || !made {
			t.Errorf("the schema's field %s is missing from the tables of this test", field.Name)
			continue
		}
		for role, client := range clients {
			name := field.Name + "-by-" + role
			send := func(t *testing.T, vars apptest.Vars) apptest.Response {
				return client.Send(t, documentOf(t, field.Name, shallow(field)), vars)
			}
			if slices.Contains(strings.Fields(access), role) {
				t.Run("OK "+name, func(t *testing.T) {
					got := send(t, arguments(name))
					// The refund is one that is absent, and an operator has no company.
					if !allowed(got) || strings.Contains(got.Body, "null") && field.Name != "refund" && role != "OPERATOR" {
						t.Errorf("status %d: %s", got.Status, got.Body)
					}
				})
				continue
			}
			t.Run("ErrForbidden "+name, func(t *testing.T) {
				vars := arguments(name)
				untouched(t, s.api, func() { assertForbidden(t, send(t, vars), field.Name) })
			})
		}
	}
}

// shallow selects little of a root field, and all of its refusals.
func shallow(field *ast.FieldDefinition) string {
	definition := apiSchema().Types[field.Type.Name()]
	switch {
	case definition.Fields.ForName("errors") != nil:
		return "{ errors { code path message } }"
	case definition.Fields.ForName("totalCount") != nil:
		return "{ totalCount }"
	case definition.Fields.ForName("count") != nil:
		return "{ count }"
	}
	if definition.Fields.ForName("id") == nil {
		return "{ __typename }"
	}
	return "{ id }"
}

func allowed(got apptest.Response) bool {
	return got.Status == 200 && len(got.Errors) == 0 && !strings.Contains(got.Body, `"code"`)
}

func assertForbidden(t *testing.T, got apptest.Response, field string) {
	t.Helper()
	if len(got.Errors) != 1 || got.Errors[0].Extensions.Code != "FORBIDDEN" || fmt.Sprint(got.Errors[0].Path) != "["+field+"]" ||
		got.Errors[0].Message != "The credential does not permit this." {
		t.Errorf("status %d: %s", got.Status, got.Body)
	}
}
