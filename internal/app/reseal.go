package app

import (
	"context"
	"errors"
	"fmt"
)

// reseal seals all secrets with the newest key and prints how many there are, so that
// the key before it can be given up. It makes and migrates no database, and may run
// beside servers that know both keys. A development server's own key is none that could
// be changed: the newest must be given.
func reseal(ctx context.Context, p Process, args []string) error {
	if err := parse(p, newFlags("reseal"), args); err != nil {
		return err
	}
	p.Options = append(p.Options, ForInspection())
	return withApp(ctx, p, func(a *App) error {
		if len(a.config.Secrets) == 0 {
			return errors.New("PAYGRAPH_SECRETS_KEY is not set: there is no key to seal with")
		}
		done, err := a.Service.Reseal(ctx)
		if err != nil {
			return fmt.Errorf("%w (sealed with the newest key before that: %d)", err, done.Changed)
		}
		fmt.Fprintf(p.Stdout, "sealed values: %d, of which sealed with the newest key just now: %d\n", done.Found, done.Changed)
		return nil
	})
}
