package store

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/paygraph/paygraph/internal/pay"
)

// backlogQuery counts what waits. Each part reads an index that holds little more than
// the rows that it counts, but for what is unknown: that looks through all rows that
// the program will look at again, holds among them.
var backlogQuery = sync.OnceValue(func() string {
	var parts []string
	for _, k := range dueKinds {
		parts = append(parts, fmt.Sprintf("SELECT 'due' AS queue, '%s' AS kind, count(*) AS count, min(t.%s) AS oldest FROM %s t WHERE t.%[2]s <= $1", k.kind, k.dueAt, k.table))
		if k.kind == pay.DueAttempt || k.kind == pay.DueOperation || k.kind == pay.DueRefund {
			parts = append(parts, fmt.Sprintf("SELECT 'unknown', '%s', count(*), min(t.created_at) FROM %s t WHERE t.%s IS NOT NULL AND t.status = 'UNKNOWN'", k.kind, k.table, k.dueAt))
		}
	}
	parts = append(parts, "SELECT 'unsealed', 'entry', count(*), min(t.at) FROM audit_entries t WHERE t.seq IS NULL")
	return strings.Join(parts, " UNION ALL ")
})

// Backlog counts what waits now, of all tenants, whose names it does not tell. It is the
// program's own question and no caller's.
func (s *Store) Backlog(ctx context.Context, now time.Time) ([]pay.Backlog, error) {
	var list []pay.Backlog
	if err := s.reader(ctx).SelectContext(across(ctx), &list, backlogQuery(), now); err != nil {
		return nil, translate(err, "count what waits")
	}
	return list, nil
}
