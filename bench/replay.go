package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// Replay has the partner of examples/replay import the orders of a folder into a new company
// and pay them, and writes how fast that went. Go builds it, from the folder of the project.
func (s *Stage) Replay(ctx context.Context, product Program, data string, out io.Writer) error {
	dir, err := os.MkdirTemp("", "paygraph-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	partner := Program{Path: filepath.Join(dir, "replay")}
	if told, err := exec.CommandContext(ctx, "go", "build", "-o", partner.Path, "./examples/replay").CombinedOutput(); err != nil {
		return fmt.Errorf("build of the partner: %w: %.1000s", err, told)
	}
	if _, err := product.Run(ctx, "company", "create", "--name", "Replay", "--slug", "replay", "--country", "BR", "--currency", "BRL"); err != nil {
		return err
	}
	token, err := product.Run(ctx, "token", "--company", "replay")
	if err != nil {
		return err
	}
	server, database, began := look(s.product.PID).used, usedBelow(s.postmaster), time.Now()
	printed, err := partner.Run(ctx, "--data", data, "--url", s.product.URL, "--token", token, "--json")
	if err != nil {
		return err
	}
	took := time.Since(began)
	var done struct{ Orders, Payments int }
	if err := json.Unmarshal([]byte(printed), &done); err != nil || done.Orders == 0 {
		return fmt.Errorf("the partner printed %.1000q: %w", printed, err)
	}
	orders := time.Duration(done.Orders)
	fmt.Fprintf(out, "\nreplay import: %d orders made and paid by %d payments in %.1f s, %.0f orders a second; CPU of server %.2f and database %.2f ms an order\n",
		done.Orders, done.Payments, took.Seconds(), float64(done.Orders)/took.Seconds(), ms((look(s.product.PID).used-server)/orders), ms((usedBelow(s.postmaster)-database)/orders))
	return nil
}
