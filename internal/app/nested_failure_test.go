package app_test

import (
	"strings"
	"testing"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
)

// TestNestedFailure proves that a caller gets the same answer when the statement that reads all
// parts of it fails, and that the log says so: nobody would know otherwise why answers are slow.
// Where the database is out of reach there is nothing to say about the statement.
func TestNestedFailure(t *testing.T) {
	t.Parallel()
	log, sent := newLogLines(), &wire{}
	s := openShop(t, log.option(), sent.option())
	s.pay(t, "captured", s.whole("", s.order(1000)))
	const document = `{ payments(first: 5) { nodes { id transactions { id operations { kind } } refunds { id } } } }`
	whole := s.admin.Send(t, document, nil)
	for name, c := range map[string]struct {
		code pqerror.Code
		told int
	}{"no such column": {pqerror.UndefinedColumn, 1}, "out of time": {pqerror.QueryCanceled, 0}} {
		failed := 0
		sent.cutBy(func(statement string, done bool) error {
			if done || !strings.HasPrefix(statement, "WITH p0 AS") {
				return nil
			}
			failed++
			return &pq.Error{Code: c.code, Message: "refused"}
		})
		parts := s.admin.Send(t, document, nil)
		if failed != 1 || parts.Status != 200 || parts.Body != whole.Body {
			t.Errorf("%s: %d nested statements, answered\n%s\nwant\n%s", name, failed, parts.Body, whole.Body)
		}
		_, others := log.of(t, parts.RequestID)
		if len(others) != c.told {
			t.Errorf("%s: told %v", name, others)
		}
		for _, line := range others {
			if line["level"] != "WARN" || !strings.Contains(line["msg"].(string), "nested statement") {
				t.Errorf("%s: told %v", name, line)
			}
		}
	}
}
