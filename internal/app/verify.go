package app

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/paygraph/paygraph/internal/store"
)

// verify checks everything that must be true of the database, of all companies, and
// prints each with how many rows break it. It changes nothing, and may run beside the
// server.
func verify(ctx context.Context, p Process, args []string) error {
	if err := parse(p, newFlags("verify"), args); err != nil {
		return err
	}
	return withApp(ctx, p, func(a *App) error {
		table, broken := tabwriter.NewWriter(p.Stdout, 0, 0, 2, ' ', 0), 0
		var details []string
		for _, invariant := range store.Invariants() {
			count, shown, err := a.Store.Violations(ctx, invariant)
			if err != nil {
				return err
			}
			fmt.Fprintf(table, "%d\t%s\n", count, invariant.Name)
			if count > 0 {
				broken++
				details = append(details, invariant.Name+":\n  "+strings.Join(shown, "\n  "))
			}
		}
		table.Flush()
		if broken > 0 {
			fmt.Fprintln(p.Stderr, strings.Join(details, "\n"))
			return fmt.Errorf("broken invariants: %d", broken)
		}
		return nil
	})
}
