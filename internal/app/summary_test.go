package app_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

type minorUnits struct{ MinorUnits int64 }

// sums are the amounts that a payment has and a summary adds up.
type sums struct {
	TotalAmount, DiscountAmount, FinalAmount, InFlightAmount, AuthorizedAmount, PaidAmount, PaidVoucherAmount,
	RefundedAmount, RefundPendingAmount, OutstandingAmount, OverpaidAmount, NetAmount minorUnits
	ProcessingFee  *minorUnits
	FeeIsEstimated bool
}

const sumFields = `totalAmount { minorUnits } discountAmount { minorUnits } finalAmount { minorUnits } inFlightAmount { minorUnits }
	authorizedAmount { minorUnits } paidAmount { minorUnits } paidVoucherAmount { minorUnits } refundedAmount { minorUnits }
	refundPendingAmount { minorUnits } outstandingAmount { minorUnits } overpaidAmount { minorUnits } netAmount { minorUnits }
	processingFee { minorUnits } feeIsEstimated`

// summaryRow is one row of a summary.
type summaryRow struct {
	Status, MethodType, Day *string
	Gateway                 *struct{ ID string }
	Currency                string
	Count                   int
	sums
}

// summed is a payment as the list shows it.
type summed struct {
	Status, CreatedAt, Currency string
	MethodType                  *string
	SelectedGateway             *struct{ ID string }
	Transactions                []struct{ Gateway struct{ ID string } }
	sums
}

const summaryDocument = `query($filter: PaymentFilter, $groupBy: [PaymentGroup!]!) { paymentSummary(filter: $filter, groupBy: $groupBy) {
	status methodType gateway { id } day currency count ` + sumFields + ` } }`

func summaryOf(t *testing.T, c *apptest.Client, filter apptest.Vars, groups ...string) []summaryRow {
	t.Helper()
	if groups == nil {
		groups = []string{}
	}
	return apptest.Do[struct{ PaymentSummary []summaryRow }](t, c, summaryDocument, apptest.Vars{"filter": filter, "groupBy": groups}).PaymentSummary
}

// summedUp adds up the payments that the list shows, page by page.
func summedUp(t *testing.T, c *apptest.Client, filter apptest.Vars, groups ...string) map[string]summaryRow {
	t.Helper()
	rows := map[string]summaryRow{}
	vars := apptest.Vars{"filter": filter}
	for {
		page := apptest.Do[struct {
			Payments struct {
				Nodes    []summed
				PageInfo struct {
					HasNextPage bool
					EndCursor   *string
				}
			}
		}](t, c, `query($filter: PaymentFilter, $after: String) { payments(filter: $filter, first: 100, after: $after) { pageInfo { hasNextPage endCursor }
			nodes { status createdAt currency methodType selectedGateway { id } transactions { gateway { id } } `+sumFields+` } } }`, vars).Payments
		for _, p := range page.Nodes {
			row := p.row(groups)
			row.add(rows[row.key()])
			rows[row.key()] = row
		}
		if !page.PageInfo.HasNextPage {
			return rows
		}
		vars["after"] = *page.PageInfo.EndCursor
	}
}

// row is the summary of one payment.
func (p summed) row(groups []string) summaryRow {
	row := summaryRow{Currency: p.Currency, Count: 1, sums: p.sums}
	for _, group := range groups {
		switch group {
		case "STATUS":
			row.Status = &p.Status
		case "METHOD":
			row.MethodType = p.MethodType
		case "DAY":
			day := p.CreatedAt[:len("2026-01-02")] // times are shown in UTC
			row.Day = &day
		case "GATEWAY":
			row.Gateway = p.SelectedGateway
			if n := len(p.Transactions); n > 0 {
				row.Gateway = &p.Transactions[n-1].Gateway
			}
		}
	}
	return row
}

// key names the row's group.
func (r summaryRow) key() string {
	text := func(s *string) string {
		if s == nil {
			return "-"
		}
		return *s
	}
	gateway := "-"
	if r.Gateway != nil {
		gateway = r.Gateway.ID
	}
	return strings.Join([]string{r.Currency, text(r.Status), text(r.MethodType), gateway, text(r.Day)}, " ")
}

func (r *summaryRow) add(other summaryRow) {
	for i, amount := range other.amounts() {
		r.amounts()[i].MinorUnits += amount.MinorUnits
	}
	if r.ProcessingFee != nil && other.ProcessingFee != nil {
		r.ProcessingFee = &minorUnits{r.ProcessingFee.MinorUnits + other.ProcessingFee.MinorUnits}
	} else if r.ProcessingFee == nil {
		r.ProcessingFee = other.ProcessingFee
	}
	r.FeeIsEstimated = r.FeeIsEstimated || other.FeeIsEstimated
	r.Count += other.Count
}

func (s *sums) amounts() []*minorUnits {
	return []*minorUnits{&s.TotalAmount, &s.DiscountAmount, &s.FinalAmount, &s.InFlightAmount, &s.AuthorizedAmount, &s.PaidAmount, &s.PaidVoucherAmount,
		&s.RefundedAmount, &s.RefundPendingAmount, &s.OutstandingAmount, &s.OverpaidAmount, &s.NetAmount}
}

// text writes a row for comparison.
func (r summaryRow) text() string {
	text := fmt.Sprint(r.key(), ": ", r.Count, " ", r.FeeIsEstimated)
	for _, amount := range r.amounts() {
		text += fmt.Sprint(" ", amount.MinorUnits)
	}
	if r.ProcessingFee == nil {
		return text + " no fee"
	}
	return text + fmt.Sprint(" fee ", r.ProcessingFee.MinorUnits)
}

// openBooks is a shop with payments of every sort: two currencies, three gateways
// and methods, open, held, paid, refunded, closed and inactive ones, on days that
// begin and end at midnight UTC.
func openBooks(t *testing.T) *shop {
	t.Helper()
	s := openShop(t)
	wallet := s.make.Gateway(apptest.Vars{"name": "Wallet", "methodType": "MOBILE_WALLET"})
	guest := s.make.Customer()
	for i, more := range []apptest.Vars{
		{}, {"capture": false}, {"paymentToken": "tok_partial"}, {"paymentToken": "tok_hard_decline"}, {"paymentToken": "tok_otp"}, {"paymentToken": "tok_pending"},
		{"gatewayId": wallet}, {"gatewayId": wallet, "capture": false}, {"gatewayId": wallet, "paymentToken": "tok_soft_decline"},
	} {
		key := fmt.Sprint("p", i)
		order := s.orderOf(t, apptest.Vars{"customerId": []string{s.customer, guest}[i%2], "lines": []apptest.Vars{{"productName": "Lunch", "unitAmount": apptest.Vars{"minorUnits": 1000 + 7*i, "currency": []string{"EUR", "USD", "EUR"}[i%3]}}},
			"discounts": []apptest.Vars{{"discountName": "ten", "type": "PERCENOFF", "value": 10}}, "currency": []string{"EUR", "USD", "EUR"}[i%3]})
		paid := act(t, s.admin, "payOrders", key, but(apptest.Vars{"orders": one(order), "gatewayId": s.sandbox}, more))
		if paid.Payment == nil {
			t.Fatalf("%v: %+v", more, paid.Errors)
		}
		switch i {
		case 0, 6:
			act(t, s.admin, "refundPayment", "r"+key, apptest.Vars{"paymentId": paid.Payment.ID, "amount": minor(int64(100 + i))})
		case 1:
			act(t, s.admin, "captureTransaction", "c"+key, apptest.Vars{"transactionId": paid.Transaction.ID, "amount": minor(300)})
		case 3: // a second attempt, elsewhere
			act(t, s.admin, "processPayment", "n"+key, apptest.Vars{"paymentId": paid.Payment.ID, "gatewayId": wallet})
		case 7:
			act(t, s.admin, "cancelPayment", "x"+key, apptest.Vars{"paymentId": paid.Payment.ID})
		}
	}
	s.created(t, "unpaid", apptest.Vars{"amount": minor(555)})
	multiply(t, s.api.Database.DB, 3)
	for _, statement := range []string{
		`UPDATE payments SET created_at = (array['2026-02-28T23:59:59.999999Z', '2026-03-01T00:00:00Z', '2026-03-01T23:59:59.999999Z', '2026-03-02T00:00:00Z']::timestamptz[])[1 + abs(hashtext(id::text)) % 4]`,
		`UPDATE payments SET is_active = abs(hashtext(human_id)) % 5 > 0, module = (array['GROOMING', 'RETAIL', NULL])[1 + abs(hashtext(human_id)) % 3]`,
		`UPDATE payments SET fee_is_estimated = fee_minor % 2 = 0 WHERE fee_minor IS NOT NULL`,
	} {
		if _, err := s.api.Database.DB.Exec(statement); err != nil {
			t.Fatalf("%v: %s", err, statement)
		}
	}
	return s
}

// pick returns some of the values, in any order.
func pick(r *rand.Rand, values ...string) []string {
	r.Shuffle(len(values), func(i, j int) { values[i], values[j] = values[j], values[i] })
	return values[:r.IntN(len(values)+1)]
}

// randomFilter has a few conditions that some payments meet.
func (s *shop) randomFilter(r *rand.Rand, depth int) apptest.Vars {
	type v = apptest.Vars
	f := v{}
	for range r.IntN(3) {
		more := []v{
			{"currency": []string{"EUR", "USD", "GBP"}[r.IntN(3)]},
			{"status": v{"in": pick(r, "PAID", "AUTHORIZED", "FAILED", "PARTIALLY_PAID", "PARTIALLY_REFUNDED", "VOIDED", "CREATED", "PROCESSING")}},
			{"status": v{"notIn": pick(r, "PAID", "PARTIALLY_REFUNDED", "FAILED")}},
			{"methodType": pick(r, "CARD", "MOBILE_WALLET", "CASH")},
			{"gatewayIds": []string{s.sandbox}},
			{"customerIds": []string{s.customer}},
			{"createdAt": v{"gte": "2026-03-01T00:00:00Z"}}, {"createdAt": v{"lt": "2026-03-02T00:00:00Z"}},
			{"hasRefund": r.IntN(2) == 0}, {"isActive": r.IntN(2) == 0}, {"module": pick(r, "GROOMING", "RETAIL")},
			{"amount": v{"gte": 920}, "currency": "EUR"}, {"captureStatus": pick(r, "FULL", "PARTIAL", "NONE")},
		}
		maps.Copy(f, more[r.IntN(len(more))])
	}
	if r.IntN(4) == 0 {
		f["isActive"] = nil
	}
	if depth > 0 && r.IntN(2) == 0 {
		f[[]string{"AND", "OR"}[r.IntN(2)]] = []v{s.randomFilter(r, depth-1), s.randomFilter(r, depth-1)}
	}
	return f
}

// TestSummaryEqualsList proves for random filters and groupings that a summary is
// what adding up the pages of the list comes to: the same groups, counts and
// amounts, each group once and in the order asked for.
func TestSummaryEqualsList(t *testing.T) {
	t.Parallel()
	s := openBooks(t)
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 1))
	groupings, groups := map[string]bool{}, 0
	for i := range 150 {
		filter, by := s.randomFilter(r, 2), pick(r, "STATUS", "METHOD", "CURRENCY", "GATEWAY", "DAY")
		if i == 0 { // everything there is
			filter, by = apptest.Vars{"isActive": nil}, []string{"GATEWAY", "DAY", "STATUS", "METHOD"}
		}
		want := summedUp(t, s.admin, filter, by...)
		got := summaryOf(t, s.admin, filter, by...)
		var keys []string
		for _, row := range got {
			keys = append(keys, row.place(by))
			if wanted := want[row.key()]; row.text() != wanted.text() {
				t.Errorf("seed %d: %v by %v:\n\t%s\nwant\t%s", seed, filter, by, row.text(), wanted.text())
			}
		}
		if len(got) != len(want) || !slices.IsSorted(keys) || len(slices.Compact(keys)) != len(got) {
			t.Errorf("seed %d: %v by %v: %d groups, want %d: %v", seed, filter, by, len(got), len(want), keys)
		}
		groupings[strings.Join(by, " ")], groups = true, groups+len(got)
	}
	if len(groupings) < 30 || groups < 300 {
		t.Errorf("seed %d: only %d groupings and %d groups were compared", seed, len(groupings), groups)
	}
}

// place is where a row belongs among the others: null comes last.
func (r summaryRow) place(by []string) string {
	parts := map[string]*string{"STATUS": r.Status, "METHOD": r.MethodType, "DAY": r.Day, "CURRENCY": &r.Currency}
	if r.Gateway != nil {
		parts["GATEWAY"] = &r.Gateway.ID
	}
	var keys []string
	for _, group := range append(slices.Clone(by), "CURRENCY") {
		key := "~"
		if part := parts[group]; part != nil {
			key = *part
		}
		keys = append(keys, key)
	}
	return strings.Join(keys, "\x00")
}
