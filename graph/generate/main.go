// Command generate makes the generated code of the API: gqlgen's, and beside it what the
// package breadth executes queries with, from the same schema and the same bindings. With
// -reads it makes the table of the columns that the fields of the API read, too.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/99designs/gqlgen/api"
	"github.com/99designs/gqlgen/codegen/config"
)

func main() {
	reads := flag.Bool("reads", false, "write which columns of rows the fields of the API read, too")
	flag.Parse()
	if err := run(*reads); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(reads bool) error {
	cfg, err := config.LoadConfigFromDefaultLocations()
	if err != nil {
		return err
	}
	file := filepath.Join(cfg.Exec.Dir(), "breadth.go")
	// It names things of gqlgen's code, which is not there while that is made.
	if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	breadth := &breadthPlugin{name: file}
	if err := api.Generate(cfg, api.AddPlugin(breadth)); err != nil || !reads {
		return err
	}
	return writeReads(breadth.made)
}
