package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/paygraph/paygraph/internal/pay"
)

// ErrCommitUnknown means that the answer to COMMIT was lost: the transaction
// may or may not have happened. The caller must re-read by an id that it made
// before it began, and must not conclude failure. It is a pay.ErrUnavailable too:
// who is told of it tries again.
var ErrCommitUnknown = errors.New("outcome of COMMIT is unknown")

// maxTries bounds how often a transaction that lost a conflict is run again.
const maxTries = 5

type txKey struct{}

// HoldsTx says whether ctx carries an open transaction. Nothing that waits for
// the network may run then: it would keep row locks for as long.
func HoldsTx(ctx context.Context) bool { return ctx.Value(txKey{}) != nil }

// InTx runs fn in one transaction, which its context carries; a call already
// inside one joins it. A transaction that lost a conflict with another
// (serialization failure, deadlock, lock timeout) is rolled back and run again,
// at most five times, so fn must have no effect but in the database.
func (s *Store) InTx(ctx context.Context, fn func(context.Context) error) error {
	if HoldsTx(ctx) {
		return fn(ctx)
	}
	for try := 1; ; try++ {
		err := s.runTx(ctx, fn)
		if try == maxTries || !lostConflict(err) {
			return err
		}
		// Jitter keeps two losers from meeting again.
		pause := time.NewTimer(time.Duration(try*try)*5*time.Millisecond + rand.N(10*time.Millisecond)) // #nosec G404 -- a pause, which nobody gains from guessing
		select {
		case <-ctx.Done():
			pause.Stop()
			return err
		case <-pause.C:
		}
	}
}

func (s *Store) runTx(ctx context.Context, fn func(context.Context) error) error {
	defer apart(ctx)()
	tx, err := s.db.BeginTxx(ctx, nil)
	if err != nil {
		return translate(err, "begin")
	}
	defer tx.Rollback() // does nothing after Commit; also runs on a panic
	if err := s.introduce(ctx, tx); err != nil {
		return err
	}
	events := added{}
	if err := fn(context.WithValue(context.WithValue(ctx, txKey{}, tx), addedKey{}, events)); err != nil {
		return err
	}
	defer events.tell(s)
	if err := tx.Commit(); err != nil {
		var refused *pq.Error
		if errors.As(err, &refused) || errors.Is(err, pq.ErrInFailedTransaction) {
			return translate(err, "commit") // the server itself said no, so it did not happen
		}
		return fmt.Errorf("%w: %w: %w", ErrCommitUnknown, pay.ErrUnavailable, err)
	}
	return nil
}

// introduce tells the database who acts in the transaction and for which request,
// which its audit log names, and of which tenant that is, whose rows alone it then shows;
// and is told the time. Nothing of it outlives the
// transaction, so a pooling proxy cannot hand it to somebody else.
func (s *Store) introduce(ctx context.Context, tx *sqlx.Tx) error {
	actor, _ := pay.ActorFrom(ctx) // without one the log names who is connected
	const query = `SELECT set_config('paygraph.actor', $1, true) AS actor, set_config('paygraph.role', $2, true) AS role,
		set_config('paygraph.request', $3, true) AS request, set_config('paygraph.tenant', $4, true) AS tenant, clock_timestamp() AS now`
	var answer struct {
		Actor, Role, Request, Tenant string
		Now                          time.Time
	}
	asked := s.clock.local()
	if err := tx.GetContext(tellsItself(ctx), &answer, query, actor.ID, actor.CredentialRole(), pay.RequestID(ctx), s.tells(ctx)); err != nil {
		return translate(err, "begin")
	}
	s.clock.told(answer.Now, asked, s.clock.local())
	return nil
}

// getter is what reading little needs of a pool, a connection or a transaction.
type getter interface {
	SelectContext(ctx context.Context, dest any, query string, args ...any) error
	GetContext(ctx context.Context, dest any, query string, args ...any) error
}

// queryer is what reading rows needs.
type queryer interface {
	getter
	QueryxContext(ctx context.Context, query string, args ...any) (*sqlx.Rows, error)
}

// reader is the transaction that ctx carries, its connection, or the pool.
func (s *Store) reader(ctx context.Context) getter {
	if tx, ok := ctx.Value(txKey{}).(*sqlx.Tx); ok {
		return tx
	}
	if c, ok := ctx.Value(connectionKey{}).(*connection); ok {
		return c
	}
	return s.db
}

// reading has fn read rows by the reader.
func (s *Store) reading(ctx context.Context, fn func(queryer) error) error {
	switch r := s.reader(ctx).(type) {
	case *connection:
		return r.use(ctx, fn)
	case queryer:
		return fn(r)
	}
	panic("store: a reader that cannot query")
}

// writer is the transaction that ctx carries. Writing outside one is a mistake
// in this program: the driver may repeat a lone statement whose answer was
// lost, and rows would double.
func (s *Store) writer(ctx context.Context) *sqlx.Tx {
	tx, ok := ctx.Value(txKey{}).(*sqlx.Tx)
	if !ok {
		panic("store: write outside a transaction")
	}
	return tx
}

func lostConflict(err error) bool {
	var e *pq.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code {
	case "40001", "40P01", "55P03":
		return true
	}
	return false
}
