package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/paygraph/paygraph/internal/pay"
)

// The flat limit reads plain rows, one statement for each sort of them, and appends the JSON
// by hand. lib/pq sends one statement after the other, so it waits as often as there are.

const (
	flatPayment = `SELECT id, human_id, status, created_at, final_minor, currency, customer_id FROM payments p WHERE tenant_id = $1 `
	newest      = `ORDER BY created_at DESC, id DESC LIMIT 51`
)

// flatParts are the statements for what hangs on payments $2 of tenant $1, in the order in
// which it is answered; each row begins with the id of what it hangs on.
var flatParts = []struct {
	name, statement string
	append          func(b []byte, r *flatRow) []byte
}{
	{"orders", `SELECT a.payment_id, o.id, o.reference_id, o.total_minor, o.currency FROM payment_allocations a JOIN orders o ON o.tenant_id = a.tenant_id AND o.id = a.order_id
		WHERE a.tenant_id = $1 AND a.payment_id = ANY ($2) ORDER BY a.position`, func(b []byte, r *flatRow) []byte {
		b = appendText(appendID(b, pay.KindOrder, r.ID), "referenceId", r.ReferenceID)
		return appendMoney(b, "totalAmount", r.TotalMinor, r.Currency)
	}},
	{"invoices", `SELECT a.payment_id, i.id, i.number, i.total_minor, i.currency FROM payment_allocations a JOIN invoices i ON i.tenant_id = a.tenant_id AND i.id = a.invoice_id
		WHERE a.tenant_id = $1 AND a.payment_id = ANY ($2) ORDER BY a.position`, func(b []byte, r *flatRow) []byte {
		b = appendText(appendID(b, pay.KindInvoice, r.ID), "number", &r.Number)
		return appendMoney(b, "totalAmount", r.TotalMinor, r.Currency)
	}},
	{"transactions", `SELECT x.payment_id, x.id, ` + shownStatus + ` AS status, x.created_at, x.captured_minor AS total_minor, x.currency, g.id AS gateway_id, g.name FROM transactions x
		JOIN payment_gateways g ON g.tenant_id = x.tenant_id AND g.id = x.gateway_id WHERE x.tenant_id = $1 AND x.payment_id = ANY ($2) ORDER BY x.attempt_number`, func(b []byte, r *flatRow) []byte {
		b = appendTime(appendText(appendID(b, pay.KindTransaction, r.ID), "status", &r.Status), "createdAt", r.CreatedAt)
		b = append(appendMoney(b, "amount", r.TotalMinor, r.Currency), `,"gateway":`...)
		return append(appendText(appendID(b, pay.KindGateway, r.GatewayID), "name", &r.Name), '}')
	}},
	{"lines", `SELECT payment_id, id, product_name AS name, quantity, final_minor AS total_minor FROM payment_lines
		WHERE tenant_id = $1 AND payment_id = ANY ($2) ORDER BY position`, func(b []byte, r *flatRow) []byte {
		b = appendText(appendID(b, pay.KindLine, r.ID), "productName", &r.Name)
		b = strconv.AppendInt(append(b, `,"quantity":`...), r.Quantity, 10)
		return appendMoney(b, "finalAmount", r.TotalMinor, "EUR")
	}},
	{"discounts", `SELECT payment_id, id, name, applied_minor AS total_minor FROM payment_discounts
		WHERE tenant_id = $1 AND payment_id = ANY ($2) ORDER BY position`, func(b []byte, r *flatRow) []byte {
		b = appendText(appendID(b, pay.KindDiscount, r.ID), "discountName", &r.Name)
		return appendMoney(b, "appliedAmount", r.TotalMinor, "EUR")
	}},
}

// flatRow has a field for each column that any of the statements reads.
type flatRow struct {
	PaymentID, ID, GatewayID      uuid.UUID
	CustomerID                    *uuid.UUID
	HumanID, Status, Number, Name string
	ReferenceID                   *string
	FirstName, LastName, Email    *string
	CreatedAt                     time.Time
	FinalMinor, TotalMinor        int64
	Quantity                      int64
	Currency                      string
}

// flat are the prepared statements.
type flat struct {
	page, one, customers *sqlx.Stmt
	parts                []*sqlx.Stmt
}

func prepareFlat(db *sqlx.DB) (answerer, error) {
	db = sqlx.NewDb(db.DB, "postgres")
	db.MapperFunc(column)
	var f flat
	for statement, into := range map[string]**sqlx.Stmt{flatPayment + newest: &f.page, flatPayment + `AND id = $2`: &f.one,
		`SELECT id, first_name, last_name, email FROM customers WHERE tenant_id = $1 AND id = ANY ($2)`: &f.customers} {
		s, err := db.Preparex(statement)
		if err != nil {
			return nil, fmt.Errorf("%w: %s", err, statement)
		}
		*into = s
	}
	for _, part := range flatParts {
		s, err := db.Preparex(part.statement)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", part.name, err)
		}
		f.parts = append(f.parts, s)
	}
	return f.answer, nil
}

func (f flat) answer(ctx context.Context, question string, tenant, id uuid.UUID) ([]byte, error) {
	var rows []flatRow
	if question == "POINT" {
		if err := f.one.SelectContext(ctx, &rows, tenant, id); err != nil || len(rows) == 0 {
			return []byte(`{"data":{"payment":null}}`), err
		}
		b, err := f.appendPayments(ctx, []byte(`{"data":{"payment":`), tenant, rows)
		return append(b, "}}"...), err
	}
	if err := f.page.SelectContext(ctx, &rows, tenant); err != nil {
		return nil, err
	}
	more := len(rows) > 50
	rows = rows[:min(50, len(rows))]
	b, err := append(make([]byte, 0, 64<<10), `{"data":{"payments":{"nodes":[`...), error(nil)
	if question == "LIST" {
		for i := range rows {
			b = appendText(appendID(appendComma(b, i), pay.KindPayment, rows[i].ID), "status", &rows[i].Status)
			b = append(appendMoney(b, "amount", rows[i].FinalMinor, rows[i].Currency), '}')
		}
	} else {
		b, err = f.appendPayments(ctx, b, tenant, rows)
	}
	b = strconv.AppendBool(append(b, `],"pageInfo":{"hasNextPage":`...), more)
	return append(b, "}}}}"...), err
}

// appendPayments writes payments with all that hangs on them.
func (f flat) appendPayments(ctx context.Context, b []byte, tenant uuid.UUID, rows []flatRow) ([]byte, error) {
	ids, payers := make([]uuid.UUID, len(rows)), make([]uuid.UUID, 0, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
		if rows[i].CustomerID != nil {
			payers = append(payers, *rows[i].CustomerID)
		}
	}
	customers, err := f.read(ctx, f.customers, tenant, payers, func(r *flatRow) uuid.UUID { return r.ID })
	if err != nil {
		return nil, err
	}
	parts := make([]map[uuid.UUID][]flatRow, len(flatParts))
	for i := range flatParts {
		if parts[i], err = f.read(ctx, f.parts[i], tenant, ids, func(r *flatRow) uuid.UUID { return r.PaymentID }); err != nil {
			return nil, err
		}
	}
	for i := range rows {
		b = appendPayment(appendComma(b, i), &rows[i], customers, parts)
	}
	return b, nil
}

func appendPayment(b []byte, p *flatRow, customers map[uuid.UUID][]flatRow, parts []map[uuid.UUID][]flatRow) []byte {
	b = appendText(appendID(b, pay.KindPayment, p.ID), "humanId", &p.HumanID)
	b = appendTime(appendText(b, "status", &p.Status), "createdAt", p.CreatedAt)
	b = append(appendMoney(b, "finalAmount", p.FinalMinor, p.Currency), `,"customer":`...)
	if p.CustomerID == nil {
		b = append(b, "null"...)
	} else {
		c := &customers[*p.CustomerID][0]
		b = appendText(appendID(b, pay.KindCustomer, c.ID), "firstName", c.FirstName)
		b = append(appendText(appendText(b, "lastName", c.LastName), "email", c.Email), '}')
	}
	for i, part := range flatParts {
		b = append(append(append(b, `,"`...), part.name...), `":[`...)
		list := parts[i][p.ID]
		for j := range list {
			b = append(part.append(appendComma(b, j), &list[j]), '}')
		}
		b = append(b, ']')
	}
	return append(b, '}')
}

// read reads what hangs on keys, by key.
func (f flat) read(ctx context.Context, s *sqlx.Stmt, tenant uuid.UUID, keys []uuid.UUID, key func(*flatRow) uuid.UUID) (map[uuid.UUID][]flatRow, error) {
	var rows []flatRow
	if err := s.SelectContext(ctx, &rows, tenant, pq.Array(keys)); err != nil {
		return nil, err
	}
	by := make(map[uuid.UUID][]flatRow, len(keys))
	for i := range rows {
		k := key(&rows[i])
		by[k] = append(by[k], rows[i])
	}
	return by, nil
}
