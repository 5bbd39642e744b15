// Command generate makes the generated code of the API: gqlgen's, and beside it what the
// package breadth executes queries with, from the same schema and the same bindings.
package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/99designs/gqlgen/api"
	"github.com/99designs/gqlgen/codegen/config"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run() error {
	cfg, err := config.LoadConfigFromDefaultLocations()
	if err != nil {
		return err
	}
	file := filepath.Join(cfg.Exec.Dir(), "breadth.go")
	// It names things of gqlgen's code, which is not there while that is made.
	if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return api.Generate(cfg, api.AddPlugin(breadthPlugin{file}))
}
