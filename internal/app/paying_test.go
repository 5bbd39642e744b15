package app_test

import (
	"strings"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/manual"
	"github.com/paygraph/paygraph/internal/gateway/sandbox"
)

// shop is a server with a customer and two gateways: one of the sandbox, and
// one of a bank whose books are checked against ours when the test ends.
type shop struct {
	api      *apptest.API
	admin    *apptest.Client
	make     apptest.Make
	bank     *bank
	customer string
	sandbox  string
	gateway  string
	// painted: rows were changed behind the API, to what no request can give, so that
	// they need not agree in the end.
	painted bool
}

// openShop starts a shop. When the test ends, all invariants must hold.
func openShop(t *testing.T, options ...app.Option) *shop {
	t.Helper()
	s := &shop{bank: newBank()}
	s.api = apptest.Start(t, append([]app.Option{app.WithConnectors(gateway.NewRegistry(sandbox.Connector, manual.Connector, s.bank))}, options...)...)
	s.admin = s.api.Admin(t)
	s.make = s.admin.Make(t)
	s.customer, s.sandbox = s.make.Customer(), s.make.Gateway(nil)
	s.gateway = s.make.Gateway(apptest.Vars{"name": "Bank", "connector": "bank"})
	t.Cleanup(func() {
		if s.painted {
			return
		}
		checkInvariants(t, s.api.Database.DB)
		s.bank.agrees(t, s.api.Database.DB)
	})
	return s
}

// order adds an order of so many cents.
func (s *shop) order(minor int64) string { return s.make.Order(s.customer, minor) }

// whole is the input that pays whole orders through the bank.
func (s *shop) whole(token string, orders ...string) apptest.Vars {
	list := []apptest.Vars{}
	for _, id := range orders {
		list = append(list, apptest.Vars{"orderId": id})
	}
	input := apptest.Vars{"orders": list, "gatewayId": s.gateway}
	if token != "" {
		input["paymentToken"] = token
	}
	return input
}

// but returns a copy of vars with others on top; nil takes one away.
func but(vars, others apptest.Vars) apptest.Vars {
	all := apptest.Vars{}
	for _, from := range []apptest.Vars{vars, others} {
		for key, value := range from {
			if value == nil {
				delete(all, key)
				continue
			}
			all[key] = value
		}
	}
	return all
}

// cents is an amount as tests read it.
type cents struct{ MinorUnits int64 }

// receipt is all that a test of paying looks at.
type receipt struct {
	Payment     *paymentSeen
	Transaction *struct {
		ID, Status                     string
		AttemptNumber                  int
		Amount, AuthorizedAmount       cents
		RequestedAmount, VoucherAmount cents
		VoucherCount                   *int
		ExternalID                     *string
		Error                          *failure
		Action                         *struct{ Type string }
	}
	Replayed bool
	Errors   []refusalSeen
}

type failure struct {
	Code        string
	Message     string
	DeclineType *string
	Retryable   bool
}

type refusalSeen struct {
	Code        string
	Message     string
	Path        []string
	Retryable   bool
	FirstUsedAt *time.Time
	// RetryAfterSeconds is null for other errors.
	RetryAfterSeconds *int
	Maximum           *cents
}

type paymentSeen struct {
	ID, Status                                               string
	TotalAmount, DiscountAmount, FinalAmount, InFlightAmount cents
	AuthorizedAmount, PaidAmount, PaidVoucherAmount          cents
	OutstandingAmount                                        cents
	Attention                                                []string
	PaidAt                                                   *time.Time
	LastError                                                *struct{ Code string }
	PaymentMethod                                            *struct{ ID string }
	Events                                                   struct {
		Nodes []struct {
			Seq          int
			Type, Status string
		}
	}
	Lines       []struct{ ProductName string }
	Allocations []struct {
		Amount, CapturedAmount cents
		Order                  orderSeen
		Invoice                *orderSeen
	}
}

// orderSeen is the money side of an order, or of an invoice.
type orderSeen struct {
	ID, PaidStatus                                             string
	TotalAmount, PaidAmount, InFlightAmount, OutstandingAmount cents
}

const (
	orderFields   = `id paidStatus totalAmount { minorUnits } paidAmount { minorUnits } inFlightAmount { minorUnits } outstandingAmount { minorUnits }`
	paymentFields = `id status totalAmount { minorUnits } discountAmount { minorUnits } finalAmount { minorUnits } inFlightAmount { minorUnits }
		authorizedAmount { minorUnits } paidAmount { minorUnits } paidVoucherAmount { minorUnits } outstandingAmount { minorUnits }
		attention paidAt lastError { code } paymentMethod { id } events { nodes { seq type status } } lines { productName }
		allocations { amount { minorUnits } capturedAmount { minorUnits } order { ` + orderFields + ` } invoice { ` + orderFields + ` } }`
	receiptDocument = `mutation($input: PayOrdersInput!) { payOrders(input: $input) {
		payment { ` + paymentFields + ` }
		transaction { id status attemptNumber amount { minorUnits } authorizedAmount { minorUnits } requestedAmount { minorUnits }
			voucherAmount { minorUnits } voucherCount externalId error { code message declineType retryable } action { type } }
		replayed errors { code message path retryable ... on IdempotencyError { firstUsedAt retryAfterSeconds } ... on AmountError { maximum { minorUnits } } } } }`
)

// pay pays and returns the whole receipt.
func (s *shop) pay(t *testing.T, key string, input apptest.Vars) receipt {
	t.Helper()
	return payAs(t, s.admin, key, input)
}

func payAs(t *testing.T, c *apptest.Client, key string, input apptest.Vars) receipt {
	t.Helper()
	key = strings.ReplaceAll(key, " ", "-") // a key has no spaces
	return apptest.Do[struct{ PayOrders receipt }](t, c, receiptDocument,
		apptest.Vars{"input": but(input, apptest.Vars{"idempotencyKey": key})}).PayOrders
}

// refused returns the codes of a receipt's errors.
func (r receipt) refused() (codes []string) {
	for _, e := range r.Errors {
		codes = append(codes, e.Code)
	}
	return codes
}

// seeOrder reads an order as it is now.
func (s *shop) seeOrder(t *testing.T, id string) orderSeen {
	t.Helper()
	return apptest.Do[struct{ Order orderSeen }](t, s.admin, `query($id: ID!) { order(id: $id) { `+orderFields+` } }`, apptest.Vars{"id": id}).Order
}

// seePayment reads a payment as it is now.
func (s *shop) seePayment(t *testing.T, id string) paymentSeen {
	t.Helper()
	return apptest.Do[struct{ Payment paymentSeen }](t, s.admin,
		`query($id: ID!) { payment(by: { id: $id }) { `+paymentFields+` } }`, apptest.Vars{"id": id}).Payment
}
