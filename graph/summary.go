package graph

import (
	"context"
	"errors"
	"fmt"

	"github.com/paygraph/paygraph/graph/generated"
	"github.com/paygraph/paygraph/graph/page"
	"github.com/paygraph/paygraph/internal/pay"
)

type summaryRow struct{ *Resolver }

// PaymentSummaryRow resolves the fields of summaries that are not columns.
func (r *Resolver) PaymentSummaryRow() generated.PaymentSummaryRowResolver { return summaryRow{r} }

func (q query) PaymentSummary(ctx context.Context, filter *page.PaymentFilter, groupBy []pay.PaymentGroup) ([]pay.PaymentSummaryRow, error) {
	f := filter.Outermost()
	if err := checkPaymentFilter(f, 1); err != nil {
		return nil, err
	}
	rows, err := q.service.PaymentSummary(ctx, f, groupBy)
	if errors.Is(err, pay.ErrTooManyRows) {
		return nil, inputError{codeCostLimit, fmt.Sprintf("The summary would have more than %d rows. Narrow the filter, or group by less.", pay.MaxSummaryRows)}
	}
	for _, row := range rows {
		expectAny(&load(ctx).gateways, row.GatewayID)
	}
	return plain(rows, err)
}

func (summaryRow) Gateway(ctx context.Context, r *pay.PaymentSummaryRow) (*pay.PaymentGateway, error) {
	return loadAny(ctx, &load(ctx).gateways, r.GatewayID)
}
