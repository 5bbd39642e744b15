package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/paygraph/paygraph/internal/pay"
)

var auditEntries = table[pay.AuditEntry]{name: "audit_entries"}

var byTime = sortColumns{pay.SortCreatedAt: "t.at"}

// ListAuditEntries reads one page of the entries that match, newest first.
func (t Tenant) ListAuditEntries(ctx context.Context, f pay.AuditFilter, p pay.Page) (pay.Rows[pay.AuditEntry], error) {
	return listPage(ctx, t, auditEntries, t.auditWhere(f), byTime, pay.NewestFirst, p)
}

// CountAuditEntries counts the entries that match.
func (t Tenant) CountAuditEntries(ctx context.Context, f pay.AuditFilter) (int, error) {
	return auditEntries.count(ctx, t.store, t.auditWhere(f))
}

func (t Tenant) auditWhere(f pay.AuditFilter) *where {
	w := t.where("t")
	g := &group{w: w}
	oneOf(g, "t.actor", f.Actors)
	oneOf(g, "t.action", f.Actions)
	oneOf(g, "t.subject", f.Subjects)
	if f.SubjectIDs != nil {
		ids := []uuid.UUID{}
		for _, text := range f.SubjectIDs {
			if _, id, ok := pay.SplitID(text); ok {
				ids = append(ids, id)
			}
		}
		g.and("t.subject_id = ANY(?)", pq.Array(ids))
	}
	g.times("t.at", f.At)
	w.conditions = append(w.conditions, g.list...)
	return w
}

// refusalTimeout bounds how long a refused caller waits for the refusal to be recorded.
const refusalTimeout = 3 * time.Second

// RecordRefusal adds to the audit log that the actor was refused, in a transaction of
// its own, which hanging up does not stop. task is what was asked for, where that is
// known. It is no method of Tenant because who checks credentials has no handle to one.
func (s *Store) RecordRefusal(ctx context.Context, a pay.Actor, task, reason string) error {
	ctx, cancel := context.WithTimeout(pay.WithActor(context.WithoutCancel(ctx), a), refusalTimeout)
	defer cancel()
	const query = `INSERT INTO audit_entries (tenant_id, at, id, actor, role, request_id, action, subject, after)
		SELECT $1, clock_timestamp(), gen_random_uuid(), $2, nullif($3, ''), nullif($4, ''), 'FORBIDDEN', 'REQUEST',
			jsonb_strip_nulls(jsonb_build_object('operation', nullif($5::text, ''), 'reason', $6::text))`
	return s.InTx(ctx, func(ctx context.Context) error {
		if _, err := s.writer(ctx).ExecContext(ctx, query, a.TenantID, a.ID, a.CredentialRole(), pay.RequestID(ctx), task, reason); err != nil {
			return translate(err, "record refusal")
		}
		return nil
	})
}

// UnsealedTenants lists the tenants whose audit log has entries that are not in the
// chain. It is the program's own question and no caller's.
func (s *Store) UnsealedTenants(ctx context.Context) ([]uuid.UUID, error) {
	const query = `SELECT n.id FROM tenants n WHERE EXISTS (SELECT FROM audit_entries t WHERE t.tenant_id = n.id AND t.seq IS NULL)`
	var list []uuid.UUID
	if err := s.reader(ctx).SelectContext(across(ctx), &list, query); err != nil {
		return nil, translate(err, "find unsealed entries")
	}
	return list, nil
}

// SealAudit appends at most so many entries of a tenant's audit log to its chain and
// says how many, for the program itself.
func (s *Store) SealAudit(ctx context.Context, tenant uuid.UUID, most int) (sealed int, err error) {
	if err := s.writer(ctx).GetContext(ctx, &sealed, "SELECT audit_seal($1, $2)", tenant, most); err != nil {
		return 0, translate(err, "seal the audit log")
	}
	return sealed, nil
}
