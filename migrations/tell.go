package migrations

import (
	"context"
	"database/sql/driver"
	"fmt"
)

// acrossTenants is a connector whose transactions work on the rows of all tenants: row level
// security would keep them from what a migration changes otherwise, as the tables' owner
// too.
type acrossTenants struct{ driver.Connector }

func (c acrossTenants) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	full, ok := conn.(fullConn)
	if !ok {
		conn.Close()
		return nil, fmt.Errorf("connections of type %T cannot say that they work across tenants", conn)
	}
	return acrossConn{full}, nil
}

// fullConn is what database/sql uses of the driver's connections.
type fullConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.QueryerContext
	driver.ExecerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
	driver.NamedValueChecker
}

type acrossConn struct{ fullConn }

// BeginTx says so for the transaction alone, in case of a proxy that pools transactions.
func (c acrossConn) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	tx, err := c.fullConn.BeginTx(ctx, options)
	if err != nil {
		return nil, err
	}
	if _, err := c.ExecContext(ctx, "SELECT set_config('paygraph.tenant', 'all', true)", nil); err != nil {
		tx.Rollback() // #nosec G104 -- the error that led here is the one to tell
		return nil, err
	}
	return tx, nil
}
