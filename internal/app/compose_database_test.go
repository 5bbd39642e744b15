package app_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/store"
)

// TestComposeDatabase proves that the script of compose.yaml, as the image of PostgreSQL
// runs it, makes a login under which the program starts and row level security holds, and
// that it makes none without a password.
func TestComposeDatabase(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	super := strings.Replace(api.Database.URL, "user=paygraph", "user=postgres", 1)
	if _, err := exec.LookPath("psql"); err != nil || super == api.Database.URL {
		t.Skip("needs psql, and a server of the tests' own")
	}
	var place, dbname string
	for _, field := range strings.Fields(super) {
		switch name, _, _ := strings.Cut(field, "="); name {
		case "host", "port", "user":
			place += field + " "
		case "dbname":
			dbname = strings.Trim(strings.TrimPrefix(field, "dbname="), "'")
		}
	}
	text, err := os.ReadFile("../../" + databaseScript)
	if err != nil {
		t.Fatal(err)
	}
	name := "compose_" + dbname // the server of the tests has a paygraph
	script := filepath.Join(t.TempDir(), "database.sql")
	if err := os.WriteFile(script, []byte(strings.ReplaceAll(string(text), "paygraph", name)), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(env ...string) (string, error) {
		command := exec.CommandContext(t.Context(), "psql", "--no-psqlrc", "-v", "ON_ERROR_STOP=1", "-d", place+"dbname=postgres", "-f", script)
		command.Env = append([]string{"PATH=" + os.Getenv("PATH")}, env...)
		said, err := command.CombinedOutput()
		return string(said), err
	}
	if said, err := run(); err == nil {
		t.Errorf("without a password: %s", said)
	}
	if said, err := run("DATABASE_PASSWORD=it's a secret"); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	admin := sqlx.MustOpen("postgres", place+"dbname=postgres sslmode=disable")
	t.Cleanup(func() {
		for _, statement := range []string{"DROP DATABASE %s WITH (FORCE)", "DROP ROLE %s"} {
			if _, err := admin.Exec(fmt.Sprintf(statement, name)); err != nil {
				t.Errorf("clean up: %v", err)
			}
		}
		admin.Close()
	})
	var hasPassword, isSuper, isOwner bool
	const ask = `SELECT r.rolpassword LIKE 'SCRAM-SHA-256$%', r.rolsuper OR r.rolbypassrls OR r.rolcreaterole OR r.rolcreatedb, d.datdba = r.oid
		FROM pg_authid r JOIN pg_database d ON d.datname = r.rolname WHERE r.rolname = $1`
	if err := admin.QueryRow(ask, name).Scan(&hasPassword, &isSuper, &isOwner); err != nil || !hasPassword || isSuper || !isOwner {
		t.Errorf("the login has a password: %v, may too much: %v, owns its database: %v; %v", hasPassword, isSuper, isOwner, err)
	}
	settings := api.Config
	settings.DatabaseURL = strings.NewReplacer("user=postgres", "user="+name).Replace(place) + "sslmode=disable binary_parameters=yes dbname=" + name
	settings.DirectURL = settings.DatabaseURL
	program, err := app.Open(t.Context(), settings)
	if err != nil {
		t.Fatalf("the program does not start: %v", err)
	}
	t.Cleanup(program.Close)
	db := sqlx.MustOpen("postgres", settings.DatabaseURL)
	defer db.Close()
	if gaps, err := store.New(db).LockGaps(t.Context()); err != nil || len(gaps) > 0 {
		t.Errorf("row level security is not in force: %v, %v", gaps, err)
	}
}
