package app_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
)

// TestAnswersStayWithinBudget proves that lists which hold more than lists mostly
// do cannot make an answer of any size: the answer says so, with few errors and
// few lines in the log.
func TestAnswersStayWithinBudget(t *testing.T) {
	t.Parallel()
	var book logBook
	s := openShop(t, app.WithLog(slog.New(slog.NewTextHandler(&book, nil))))
	totals := make([]int64, 50)
	for i := range totals {
		totals[i] = 1
	}
	orders := s.make.Orders(s.customer, totals...)
	var parts []apptest.Vars
	for _, id := range orders {
		parts = append(parts, apptest.Vars{"orderId": id})
	}
	paid := s.pay(t, "many", apptest.Vars{"orders": parts, "gatewayId": s.sandbox})
	nested := strings.Repeat("orders { payments(first: 1) { nodes { ", 4) + "id" + strings.Repeat(" } } }", 4)
	got := s.admin.Send(t, fmt.Sprintf(`{ payment(by: { id: %q }) { %s } }`, paid.Payment.ID, nested), nil)
	if len(got.Errors) == 0 || len(got.Errors) > 20 || got.Errors[0].Extensions.Code != "COST_LIMIT" {
		t.Errorf("%d errors: %.500s", len(got.Errors), got.Body)
	}
	if len(got.Body) > 3_000_000 {
		t.Errorf("the answer has %d bytes", len(got.Body))
	}
	if lines := strings.Count(book.String(), "\n"); lines > 10 {
		t.Errorf("the log has %d lines", lines)
	}
	fits := s.admin.Send(t, fmt.Sprintf(`{ payment(by: { id: %q }) { orders { payments(first: 1) { nodes { orders { id } } } } } }`, paid.Payment.ID), nil)
	if len(fits.Errors) > 0 || strings.Count(fits.Body, "\"ord_") != 50*50 {
		t.Errorf("what fits: %.300s", fits.Body)
	}
}
