package app_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// writeCases are the arguments that each mutation accepts from whoever may use it;
// name makes what must be unique.
func (s till) writeCases(t *testing.T) map[string]func(name string) apptest.Vars {
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
		"createCompany":  input(func(name string) apptest.Vars { return apptest.Vars{"name": name, "country": "PT", "currency": "EUR"} }),
		"updateCompany":  input(func(name string) apptest.Vars { return apptest.Vars{"name": name} }),
		"createBusiness": input(func(name string) apptest.Vars { return apptest.Vars{"name": name} }),
		"createApiKey":   input(func(name string) apptest.Vars { return apptest.Vars{"name": name, "scopes": []string{"PAYMENTS_READ"}} }),
		"revokeApiKey": input(func(name string) apptest.Vars {
			return apptest.Vars{"id": makeKey(t, s.admin, apptest.Vars{"name": name, "scopes": []string{"PAYMENTS_READ"}}).id}
		}),
		"updateApiKey": input(func(name string) apptest.Vars {
			return apptest.Vars{"id": makeKey(t, s.admin, apptest.Vars{"name": name, "scopes": []string{"PAYMENTS_READ"}}).id, "trustedDocumentsOnly": true}
		}),
		"trustDocuments": input(func(name string) apptest.Vars {
			return apptest.Vars{"documents": []string{"{ viewer { id } } # " + name}}
		}),
		"distrustDocuments": input(func(name string) apptest.Vars {
			return apptest.Vars{"ids": trustDocuments(t, s.admin, "{ viewer { id } } # "+name)}
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
			return apptest.Vars{"idempotencyKey": name, "orders": one(s.nextOrder())}
		}),
		"createPayment:price": input(func(name string) apptest.Vars {
			return apptest.Vars{"idempotencyKey": name, "customerId": s.customer, "amount": apptest.Vars{"minorUnits": 100, "currency": "EUR"}}
		}),
		"updateCustomer":       input(func(name string) apptest.Vars { return apptest.Vars{"id": s.customer, "lastName": name} }),
		"updateProduct":        input(func(name string) apptest.Vars { return apptest.Vars{"id": product, "name": name} }),
		"updatePaymentGateway": input(func(name string) apptest.Vars { return apptest.Vars{"id": s.card, "name": name} }),
		"checkPaymentGateway":  input(func(string) apptest.Vars { return apptest.Vars{"id": s.card} }),
		"setGatewayRules": input(func(name string) apptest.Vars {
			return apptest.Vars{"rules": []apptest.Vars{{"name": name, "gatewayId": s.card}}}
		}),
		"payOrders": input(func(name string) apptest.Vars {
			return apptest.Vars{"idempotencyKey": name, "orders": one(s.nextOrder()), "gatewayId": s.card}
		}),
	}
}

// input makes arguments of what a mutation takes.
func input(make func(name string) apptest.Vars) func(string) apptest.Vars {
	return func(name string) apptest.Vars { return apptest.Vars{"input": make(name)} }
}

// methodCases are writeCases for stored methods.
func (s till) methodCases(t *testing.T) map[string]func(name string) apptest.Vars {
	stored := func(change string) func(string) apptest.Vars {
		return input(func(name string) apptest.Vars {
			id := create(t, s.admin, "createPaymentMethod", "paymentMethod", apptest.Vars{"customerId": s.customer, "gatewayId": s.card, "token": "tok_approve"})
			if change == "" {
				return apptest.Vars{"paymentMethodId": id}
			}
			return apptest.Vars{"paymentMethodId": id, change: name}
		})
	}
	return map[string]func(string) apptest.Vars{"updatePaymentMethod": stored("label"), "detachPaymentMethod": stored("")}
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
