package graph

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/graph/generated"
	"github.com/paygraph/paygraph/internal/pay"
)

// TestReads: what fields read is no more than what they show, so that of a row no more is
// read from the database than a document asks for.
func TestReads(t *testing.T) {
	for field, want := range map[string][]string{
		"Payment.customer":          {"Payment.CustomerID"},
		"Payment.status":            {"Payment.Status"},
		"Payment.finalAmount":       {"Payment.Currency", "Payment.FinalMinor"},
		"Payment.customerSnapshot":  {"Payment.CustomerEmail", "Payment.CustomerFirstName", "Payment.CustomerLastName", "Payment.CustomerPhone"},
		"Payment.orders":            {"Payment.ID"},
		"Payment.transactions":      {"Payment.ID"},
		"Payment.isScheduled":       {"Payment.ScheduledFor"},
		"PaymentAllocation.subject": {"PaymentAllocation.InvoiceID", "PaymentAllocation.OrderID", "PaymentAllocation.SubjectKind", "PaymentAllocation.SubscriptionID"},
		"Transaction.gateway":       {"Transaction.GatewayID"},
		"Transaction.refunds":       {"Refund.TransactionID", "Transaction.ID", "Transaction.PaymentID"},
		"PaymentEdge.node":          nil,
		"Query.payment":             nil,
		"Query.payments":            nil,
		// By the places of rows in each order of the list.
		"PaymentConnection.edges": {"Payment.CreatedAt", "Payment.FinalMinor", "Payment.ID", "Payment.UpdatedAt"},
	} {
		if got := generated.Reads[field]; !slices.Equal(got, want) {
			t.Errorf("%s reads %q, want %q", field, got, want)
		}
	}
}

// TestReadsWhole: only what works out something of its own from rows may read all of one.
func TestReadsWhole(t *testing.T) {
	previews := []string{"Query.availablePaymentMethods", "Query.previewPayment", "Query.previewRefund"}
	for field, columns := range generated.Reads {
		for _, c := range columns {
			if !strings.Contains(c, ".") && !slices.Contains(previews, field) {
				t.Errorf("%s reads all of %s", field, c)
			}
		}
	}
}

// TestReadsAlways: whatever is asked, the ids are read and what rows are told apart by, and
// nothing that only some ask for.
func TestReadsAlways(t *testing.T) {
	always := generated.Reads[""]
	for _, c := range []string{"Payment.ID", "Transaction.ID", "Transaction.PaymentID", "PaymentEvent.TransactionID", "Invoice.OrderID", "Transaction.SubmittedBy"} {
		if !slices.Contains(always, c) {
			t.Errorf("%s is not read", c)
		}
	}
	for _, c := range []string{"Payment.CustomerEmail", "Payment.CustomerID", "Transaction.Details", "PaymentGateway.Parameters"} {
		if slices.Contains(always, c) {
			t.Errorf("%s is read always", c)
		}
	}
}

// TestReadsColumns: what is read are fields of rows, not of parts that are embedded in them.
func TestReadsColumns(t *testing.T) {
	rows := map[string]reflect.Type{}
	for _, row := range []any{
		pay.Customer{}, pay.Discount{}, pay.Invoice{}, pay.Line{}, pay.Operation{}, pay.Order{}, pay.Payment{},
		pay.PaymentAllocation{}, pay.PaymentEvent{}, pay.PaymentGateway{}, pay.PaymentMethod{}, pay.Refund{}, pay.Transaction{},
	} {
		rows[reflect.TypeOf(row).Name()] = reflect.TypeOf(row)
	}
	for field, columns := range generated.Reads {
		for _, c := range columns {
			row, name, some := strings.Cut(c, ".")
			if rows[row] == nil {
				t.Errorf("%s reads %s, which is no row", field, c)
			} else if f, ok := rows[row].FieldByName(name); some && (!ok || f.Anonymous) {
				t.Errorf("%s reads %s, which is no column", field, c)
			}
		}
	}
}
