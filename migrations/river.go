package migrations

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/rivermigrate"
)

// The tables of the job engine come from its own migrations, up to the version
// that this program was tested with. A later one gets a number of its own here.
const (
	riverNumber  = 6
	riverVersion = 7
)

// river runs the job engine's migrations in their turn among ours.
func river() *goose.Migration {
	return goose.NewGoMigration(riverNumber, &goose.GoFunc{RunDB: func(ctx context.Context, db *sql.DB) error {
		m, err := rivermigrate.New(riverdatabasesql.New(db), nil)
		if err != nil {
			return fmt.Errorf("job engine: %w", err)
		}
		if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, &rivermigrate.MigrateOpts{TargetVersion: riverVersion}); err != nil {
			return fmt.Errorf("job engine: %w", err)
		}
		return nil
	}}, nil)
}
