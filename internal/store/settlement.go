package store

import (
	"context"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/paygraph/paygraph/internal/pay"
)

var (
	settlements     = table[pay.Settlement]{name: "settlements"}
	settlementLines = table[pay.SettlementLine]{name: "settlement_lines"}
	settledLines    = table[pay.SettledLine]{name: "settlement_lines"}
)

// SettlementByKey reads the delivery that a key was used for; the list is empty
// when the key is new.
func (t Tenant) SettlementByKey(ctx context.Context, key string) ([]pay.Settlement, error) {
	w := t.where("t")
	w.and("t.idempotency_key = ?", key)
	return settlements.find(ctx, t.store, w, "")
}

// InsertSettlement adds a delivery.
func (t Tenant) InsertSettlement(ctx context.Context, s pay.Settlement) error {
	return insert(ctx, t.store, settlements, t.id, []pay.Settlement{s})
}

// IsDuplicateSettlement says that another request committed the same key meanwhile.
func IsDuplicateSettlement(err error) bool { return violates(err, "settlements_idempotency") }

// IsDuplicateSettlementLine says that another request stored the same line meanwhile.
func IsDuplicateSettlementLine(err error) bool { return violates(err, "settlement_lines_once") }

// TransactionsByExternalID reads the visible attempts of a gateway that have one of
// these ids there.
func (t Tenant) TransactionsByExternalID(ctx context.Context, gatewayID uuid.UUID, externalIDs []string) ([]pay.Transaction, error) {
	return t.attemptsNamed(ctx, gatewayID, "t.external_id", externalIDs)
}

// TransactionsByManualReference reads the visible attempts of a gateway whose slips
// have one of these references, as pay.CleanReference writes them and in lower case.
func (t Tenant) TransactionsByManualReference(ctx context.Context, gatewayID uuid.UUID, references []string) ([]pay.Transaction, error) {
	return t.attemptsNamed(ctx, gatewayID, "t.slip_folded", references)
}

// TransactionsOfSlip reads the visible attempt that stands in the way of another with
// the same slip.
func (t Tenant) TransactionsOfSlip(ctx context.Context, slip pay.Transaction) ([]pay.Transaction, error) {
	w := t.where("t")
	t.visiblePart(w)
	w.and("t.method_type = ? AND lower(coalesce(t.method_label, '')) = lower(coalesce(?, ''))", string(slip.MethodType), slip.MethodLabel)
	w.and("t.slip_folded = lower(btrim(?)) AND t.status NOT IN ('CANCELLED', 'REJECTED')", slip.ManualReference)
	return transactions.find(ctx, t.store, w, "")
}

func (t Tenant) attemptsNamed(ctx context.Context, gatewayID uuid.UUID, column string, names []string) ([]pay.Transaction, error) {
	w := t.where("t")
	t.visiblePart(w)
	w.and("t.gateway_id = ? AND "+column+" = ANY(?)", gatewayID, pq.Array(names))
	return transactions.find(ctx, t.store, w, "")
}

// SettlementLinesNamed reads the visible lines of a gateway that are about one of
// these ids.
func (t Tenant) SettlementLinesNamed(ctx context.Context, gatewayID uuid.UUID, externalIDs []string) ([]pay.SettlementLine, error) {
	w := t.settlementLinesWhere()
	w.and("t.gateway_id = ? AND t.external_id = ANY(?)", gatewayID, pq.Array(externalIDs))
	return settlementLines.find(ctx, t.store, w, "")
}

func (t Tenant) settlementLinesWhere() *where {
	w := t.where("t")
	t.visiblePart(w)
	return w
}

// ListSettlementLines reads one page of the lines that match, newest first.
func (t Tenant) ListSettlementLines(ctx context.Context, f pay.SettlementLineFilter, p pay.Page) (pay.Rows[pay.SettlementLine], error) {
	w := t.settlementLinesWhere()
	w.settlementLine(f)
	return listPage(ctx, t, settlementLines, w, byCreation, pay.NewestFirst, p)
}

// CountSettlementLines counts the lines that match.
func (t Tenant) CountSettlementLines(ctx context.Context, f pay.SettlementLineFilter) (int, error) {
	w := t.settlementLinesWhere()
	w.settlementLine(f)
	return settlementLines.count(ctx, t.store, w)
}

func (w *where) settlementLine(f pay.SettlementLineFilter) {
	g := &group{w: w}
	oneOf(g, "t.outcome", f.Outcome)
	g.ids("t.gateway_id", pay.KindGateway, f.GatewayIDs)
	if f.SettledOn != nil && f.SettledOn.Gte != nil {
		g.and("t.settled_on >= ?::date", *f.SettledOn.Gte)
	}
	if f.SettledOn != nil && f.SettledOn.Lte != nil {
		g.and("t.settled_on <= ?::date", *f.SettledOn.Lte)
	}
	w.conditions = append(w.conditions, g.list...)
}

// InsertSettlementLines adds lines.
func (t Tenant) InsertSettlementLines(ctx context.Context, rows []pay.SettlementLine) error {
	return insert(ctx, t.store, settlementLines, t.id, rows)
}

// UpdateSettlementLines writes what lines came to that were orphans before.
func (t Tenant) UpdateSettlementLines(ctx context.Context, rows []pay.SettlementLine) error {
	return settlementLines.update(ctx, t.store, t.id, rows, "settlement_id", "position", "fee_minor", "outcome", "message", "transaction_id", "payment_id")
}
