// Command paygraph is a payments gateway whose whole API is one GraphQL schema.
// Run "paygraph help" for its commands.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/paygraph/paygraph/internal/app"
)

//go:generate go run ./graph/generate -reads

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// After the first signal the default comes back: a second one ends at once.
	context.AfterFunc(ctx, stop)
	code := app.Main(ctx, app.Process{
		Args: os.Args[1:], Getenv: os.Getenv, Stdout: os.Stdout, Stderr: os.Stderr, Alone: true,
	})
	stop()
	os.Exit(code)
}
