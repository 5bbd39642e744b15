package main

import (
	"context"
	"database/sql"
	_ "embed" // fill.sql
	"fmt"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// fillSQL makes the company set inside the database.
//
//go:embed fill.sql
var fillSQL string

// Size is how large a company set is.
type Size struct {
	// Payments are all companies' together; every second one is the first company's.
	Payments, Companies int
	// Owed are orders of the first company that nobody has paid, and as many of the second.
	Owed int
}

// Connect opens a database for work across tenants, with so many connections at most. All
// of them stay open: making one costs more than most statements.
func Connect(url string, connections int) (*sqlx.DB, error) {
	config, err := pq.NewConfig(url)
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	if config.Runtime == nil {
		config.Runtime = map[string]string{}
	}
	config.Runtime["paygraph.tenant"] = "all" // row level security shows nothing without
	connector, err := pq.NewConnectorConfig(config)
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	db := sqlx.NewDb(sql.OpenDB(connector), "postgres")
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, nil
}

// Fill makes a company set in a database that has the schema and no companies.
func Fill(ctx context.Context, db *sqlx.DB, size Size) error {
	tx, err := db.BeginTxx(ctx, nil)
	if err != nil {
		return fmt.Errorf("fill: %w", err)
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, `SELECT set_config('bench.payments', $1, true), set_config('bench.companies', $2, true), set_config('bench.owed', $3, true)`,
		fmt.Sprint(size.Payments), fmt.Sprint(size.Companies), fmt.Sprint(size.Owed)); err != nil {
		return fmt.Errorf("fill: %w", err)
	}
	if _, err := tx.ExecContext(ctx, fillSQL); err != nil {
		return fmt.Errorf("fill: %w", err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("fill: %w", err)
	}
	if _, err := db.ExecContext(ctx, "VACUUM ANALYZE"); err != nil {
		return fmt.Errorf("fill: %w", err)
	}
	return nil
}
