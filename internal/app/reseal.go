package app

import (
	"context"
	"fmt"
)

// reseal seals all secrets with the newest key and prints how many there are, so that
// the key before it can be given up. It makes and migrates no database, and may run
// beside servers that know both keys.
func reseal(ctx context.Context, p Process, args []string) error {
	if err := parse(p, newFlags("reseal"), args); err != nil {
		return err
	}
	p.Options = append(p.Options, ForInspection())
	return withApp(ctx, p, func(a *App) error {
		done, err := a.Service.Reseal(ctx)
		fmt.Fprintf(p.Stdout, "sealed values: %d, of which sealed with the newest key just now: %d\n", done.Found, done.Changed)
		return err
	})
}
