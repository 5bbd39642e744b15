package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// summaryKeys are the columns that tell groups apart: each with its group, its
// expression over alias t, and what it is when the summary is not by it.
var summaryKeys = []struct {
	group              pay.PaymentGroup
	column, expr, none string
}{
	{pay.GroupStatus, "status", `t.status COLLATE "C"`, "NULL::text"},
	{pay.GroupMethod, "method_type", `t.method_type COLLATE "C"`, "NULL::text"},
	// A payment whose attempts went to several gateways would count in several
	// groups, and groups would come to more than the list.
	{pay.GroupGateway, "gateway_id", `coalesce((SELECT x.gateway_id FROM transactions x
		WHERE x.tenant_id = t.tenant_id AND x.payment_id = t.id ORDER BY x.attempt_number DESC LIMIT 1), t.selected_gateway_id)`, "NULL::uuid"},
	{pay.GroupDay, "day", "(t.created_at AT TIME ZONE 'UTC')::date", "NULL::date"},
	{pay.GroupCurrency, "currency", "t.currency", ""},
}

// summarySums are the amounts that are summed up, by column.
var summarySums = []struct{ column, expr string }{
	{"total_minor", "t.total_minor"},
	{"discount_minor", "t.discount_minor"},
	{"final_minor", "t.final_minor"},
	{"in_flight_minor", "t.in_flight_minor"},
	{"held_minor", "t.held_minor"},
	{"captured_minor", "t.captured_minor"},
	{"voucher_minor", "t.voucher_minor"},
	{"refunded_minor", "t.refunded_minor"},
	{"refund_pending_minor", "t.refund_pending_minor"},
	{"outstanding_minor", "CASE WHEN t.closed IS NULL THEN greatest(0, t.final_minor - t.captured_minor) ELSE 0 END"},
	{"overpaid_minor", "greatest(0, t.captured_minor - t.final_minor)"},
	{"net_minor", "t.captured_minor - t.refunded_minor - t.charged_back_minor"},
	{"fee_minor", "t.fee_minor"},
}

// PaymentSummary sums up the payments that match, by the groups and by currency,
// in the order of the groups. It reads one row more than a summary may have, and
// a sum that no amount can hold comes out as the next number beyond all amounts.
func (t Tenant) PaymentSummary(ctx context.Context, f pay.PaymentFilter, groups []pay.PaymentGroup) ([]pay.PaymentSummaryRow, error) {
	w := t.paymentsWhere()
	w.payment(f)
	if !slices.Contains(groups, pay.GroupCurrency) {
		groups = append(slices.Clone(groups), pay.GroupCurrency)
	}
	columns, by := summaryColumns(groups)
	query := fmt.Sprintf("SELECT %s FROM payments t%s GROUP BY %s ORDER BY %[3]s LIMIT %[4]d", columns, w, by, pay.MaxSummaryRows+1)
	var rows []pay.PaymentSummaryRow
	if err := t.store.reader(ctx).SelectContext(ctx, &rows, query, w.args...); err != nil {
		return nil, translate(err, "sum up payments")
	}
	return rows, nil
}

// summaryColumns writes the select list of a summary, and the places in it of
// what the summary is grouped and sorted by.
func summaryColumns(groups []pay.PaymentGroup) (columns, by string) {
	list := []string{"count(*) AS count", "bool_or(t.fee_is_estimated) AS fee_is_estimated"}
	for _, s := range summarySums {
		// PostgreSQL sums bigint as numeric, which does not overflow. A sum of
		// nothing stays null, which least and greatest would pass over.
		list = append(list, fmt.Sprintf("CASE WHEN sum(%[1]s) IS NOT NULL THEN least(greatest(sum(%[1]s), %[2]d), %[3]d)::bigint END AS %[4]s",
			s.expr, -money.MaxMinor-1, money.MaxMinor+1, s.column))
	}
	places := make([]string, len(groups))
	for _, k := range summaryKeys {
		expr := k.none
		if i := slices.Index(groups, k.group); i >= 0 {
			expr, places[i] = k.expr, strconv.Itoa(len(list)+1)
		}
		list = append(list, expr+" AS "+k.column)
	}
	return strings.Join(list, ", "), strings.Join(places, ", ")
}
