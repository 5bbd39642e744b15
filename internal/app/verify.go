package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
)

// verify checks everything that must be true of the database, of all companies, and
// prints each with how many rows break it. It changes nothing, makes and migrates none,
// and may run beside the server. Exit code 1 says that something is broken, and 2 that
// the database could not be read.
func verify(ctx context.Context, p Process, args []string) error {
	if err := parse(p, newFlags("verify"), args); err != nil {
		return err
	}
	p.Options = append(p.Options, ForInspection())
	err := withApp(ctx, p, func(a *App) error {
		table, broken := tabwriter.NewWriter(p.Stdout, 0, 0, 2, ' ', 0), 0
		var details []string
		for v := range a.Store.Verify(ctx) {
			if v.Err != nil {
				return v.Err
			}
			fmt.Fprintf(table, "%d\t%s\n", v.Count, v.Invariant.Name)
			if v.Count > 0 {
				broken++
				details = append(details, v.Invariant.Name+":\n  "+strings.Join(v.Shown, "\n  "))
			}
		}
		if err := table.Flush(); err != nil { // half a report must not pass as a whole one
			return err
		}
		if broken > 0 {
			fmt.Fprintln(p.Stderr, strings.Join(details, "\n"))
			return fmt.Errorf("%w: %d", errBroken, broken)
		}
		return nil
	})
	if err != nil && !errors.Is(err, errBroken) {
		return unreadable{err}
	}
	return err
}

// errBroken: something that must be true of the database is not.
var errBroken = errors.New("broken invariants")
