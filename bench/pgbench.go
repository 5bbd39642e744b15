package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// The limit of paying is PostgreSQL's own load generator: it sends the statements of a payment
// as the product sent them once, each time about another order and with new ids, and decides
// nothing.

var (
	// made are ids that the product made: they are of version 7, and those of the set are not.
	made        = regexp.MustCompile(`([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-)[0-9a-f]{12}`)
	due         = regexp.MustCompile(`"wake_at":"[^"]*"`)  // when it is to be looked after
	charge      = regexp.MustCompile(`"sbx_[0-9a-f]{24}"`) // the sandbox's id of it
	humanID     = regexp.MustCompile(`"human_id":"\w{6}"`)
	placeholder = regexp.MustCompile(`\$\d+`)
	// variable is what pgbench would take for one of its own in a literal.
	variable = regexp.MustCompile(`:([A-Za-z_])`)
)

// Payer pays orders of one company by script, each once.
type Payer struct {
	program, script, dsn string
	// next is the number of the first order that was not paid yet, and left how many there are.
	next, left int
}

// NewPayer makes a script of the statements that paid the order of that number. It is nil
// where there is no pgbench.
func NewPayer(ctx context.Context, db *sqlx.DB, databaseURL string, said []Statement, order, left int) (*Payer, error) {
	program := findPgbench()
	if program == "" {
		return nil, nil
	}
	config, err := pq.NewConfig(databaseURL)
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	var script strings.Builder
	script.WriteString("\\set i :i + 1\n\\set n :first + :client_id * :share + :i\n")
	conn, err := db.Connx(ctx) // prepared statements are a connection's own
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	for _, s := range said {
		text, err := inlined(ctx, conn, s, fmt.Sprintf("%012d", order))
		if err != nil {
			return nil, fmt.Errorf("%w: %.300s", err, s.SQL)
		}
		script.WriteString(text + ";\n")
	}
	return &Payer{program, script.String(), connection(config), order + 1, left}, nil
}

// findPgbench looks where the server's programs are; not all installations have it.
func findPgbench() string {
	installed, _ := filepath.Glob("/usr/lib/postgresql/*/bin/pgbench")
	if path, err := exec.LookPath("pgbench"); err == nil {
		installed = append(installed, path)
	}
	if len(installed) == 0 {
		return ""
	}
	return installed[len(installed)-1]
}

// inlined is a statement with its arguments in it, where the number of the order that it was
// about is pgbench's variable n.
func inlined(ctx context.Context, db *sqlx.Conn, s Statement, number string) (string, error) {
	if len(s.Args) == 0 {
		return s.SQL, nil
	}
	if _, err := db.ExecContext(ctx, "PREPARE inlined AS "+s.SQL); err != nil {
		return "", err
	}
	var types pq.StringArray
	if err := db.GetContext(ctx, &types, `SELECT parameter_types::text[] FROM pg_prepared_statements WHERE name = 'inlined'`); err != nil {
		return "", err
	}
	if _, err := db.ExecContext(ctx, "DEALLOCATE inlined"); err != nil {
		return "", err
	}
	return placeholder.ReplaceAllStringFunc(s.SQL, func(name string) string {
		i, _ := strconv.Atoi(name[1:])
		return fmt.Sprintf("CAST(%s AS %s)", expression(s.Args[i-1], number), types[i-1])
	}), nil
}

// expression makes an argument anew for each order. No payment of the set has a human id
// without an A, and the product makes none for this company meanwhile.
func expression(arg *string, number string) string {
	if arg == nil {
		return "NULL"
	}
	text := made.ReplaceAllString(*arg, "${1}<number>")
	text = strings.ReplaceAll(text, number, "<number>")
	text = humanID.ReplaceAllString(text, `"human_id":"<word>"`)
	text = charge.ReplaceAllString(text, `"sbx_<number>"`)
	// What was to be looked after when it was recorded is long due: the product would go on with
	// payments that pgbench is in the middle of.
	text = due.ReplaceAllString(text, `"wake_at":"2100-01-01T00:00:00Z"`)
	literal := variable.ReplaceAllString(pq.QuoteLiteral(text), ":' || '$1")
	if strings.Contains(text, "<word>") {
		literal = fmt.Sprintf("replace(%s, '<word>', translate(right(:n, 6), '0123456789', 'MNPQRSTUVW'))", literal)
	}
	if strings.Contains(text, "<number>") {
		literal = fmt.Sprintf("replace(%s, '<number>', lpad(:n, 12, '0'))", literal)
	}
	return literal
}

// Put pays for a while with so many clients, at most a share of the orders that are left.
// Before, connections get warm for a while: they prepare and plan their statements and read
// catalogs, as the product's have long ago; the time on processors is that of both.
func (p *Payer) Put(ctx context.Context, clients int, warm, duration time.Duration, share float64) (l Load, client time.Duration, all int, err error) {
	dir, err := os.MkdirTemp("", "paygraph-bench-")
	if err != nil {
		return l, 0, 0, err
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "script"), []byte(p.script), 0o600); err != nil {
		return l, 0, 0, err
	}
	orders := int(float64(p.left) * share)
	seconds := math.Ceil((warm + duration).Seconds())
	cmd := exec.CommandContext(ctx, p.program, "--no-vacuum", "-M", "prepared", "-f", "script", "-l", "-c", fmt.Sprint(clients), "-T", fmt.Sprint(seconds),
		"-D", "i=-1", "-D", fmt.Sprint("first=", p.next), "-D", fmt.Sprint("share=", orders/clients), p.dsn)
	p.next, p.left = p.next+orders, p.left-orders
	cmd.Dir = dir
	var complaint strings.Builder
	cmd.Stderr = &complaint
	if err := cmd.Run(); err != nil || strings.Contains(complaint.String(), "aborted") {
		return l, 0, 0, fmt.Errorf("pgbench: not all clients came to their end: %w: %.1000s", err, complaint.String())
	}
	l, all, err = tally(dir, duration)
	return l, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), all, err
}

// tally reads the log, in which each payment has a line: client, number, microseconds that it
// took, script, second and microsecond of its end. Those count that ended in the last while.
func tally(dir string, last time.Duration) (l Load, all int, err error) {
	logs, err := filepath.Glob(filepath.Join(dir, "pgbench_log.*"))
	if err != nil || len(logs) == 0 {
		return l, 0, fmt.Errorf("pgbench logged nothing: %w", err)
	}
	raw, err := os.ReadFile(logs[0]) // one thread writes one log
	if err != nil {
		return l, 0, err
	}
	var ends, took []time.Duration
	for line := range strings.Lines(string(raw)) {
		var client, n, script int
		var micros, second, micro time.Duration
		if _, err := fmt.Sscan(line, &client, &n, &micros, &script, &second, &micro); err != nil {
			return l, 0, fmt.Errorf("log of pgbench: %w", err)
		}
		took, ends = append(took, micros*time.Microsecond), append(ends, second*time.Second+micro*time.Microsecond)
	}
	if len(ends) == 0 {
		return l, 0, errors.New("pgbench paid nothing")
	}
	begin := slices.Max(ends) - last
	var latencies []time.Duration
	for i, end := range ends {
		if end > begin {
			latencies = append(latencies, took[i])
		}
	}
	return newLoad(latencies, last), len(ends), nil
}
