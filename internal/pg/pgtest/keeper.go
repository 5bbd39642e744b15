package pgtest

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/paygraph/paygraph/internal/pg"
)

// The shared server must live longer than the test process that starts it and
// end after the last one, and a test binary cannot run code at its end. So the
// test binary starts itself once more, detached, as the server's keeper: it owns
// the server and stops it when it gets the users' lock for itself alone, which
// the kernel grants when all test processes are gone, however they ended.

// keeperVariable holds the directory of the server that a keeper keeps.
const keeperVariable = "PAYGRAPH_TEST_PG_KEEPER"

// init turns the process into a keeper before it would run its tests.
func init() {
	dir := os.Getenv(keeperVariable)
	if dir == "" {
		return
	}
	os.Unsetenv(keeperVariable)
	reply := os.NewFile(3, "reply")
	if err := keep(dir, reply); err != nil {
		slog.Error("keeper of the test server", "error", err)
		fmt.Fprintln(reply, "error", strings.ReplaceAll(err.Error(), "\n", " | "))
		os.Exit(1)
	}
	os.Exit(0)
}

// keep runs the server of dir, writes its connection string to reply, and stops
// it after the last user. When another keeper was faster it returns at once.
func keep(dir string, reply *os.File) error {
	ctx, cancel := context.WithTimeout(context.Background(), startTime)
	defer cancel()
	s, err := pg.Open(ctx, pg.Options{Dir: dir, Log: slog.Default(), Disposable: true})
	if err != nil {
		return err
	}
	defer stop(s)
	if s.Owner() {
		if err := prune(ctx, s.URL()); err != nil {
			slog.Warn("old test databases stay", "error", err)
		}
	}
	fmt.Fprintln(reply, "url", s.URL())
	reply.Close()
	if !s.Owner() {
		return nil
	}
	alone := make(chan error, 1)
	go func() { alone <- lockUsers(dir, syscall.LOCK_EX) }()
	select {
	case err := <-alone: // and so until this process ends: new users wait
		return err
	case <-s.Exited():
		return nil // pg has logged why; the next user starts another keeper
	}
}

func stop(s *pg.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := s.Stop(ctx); err != nil {
		slog.Warn("test server", "error", err)
	}
}

// startKeeper starts a keeper for dir and returns the server's connection string.
func startKeeper(dir string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("start the test server: %w", err)
	}
	logFile, err := os.OpenFile(filepath.Join(dir, "keeper.log"), os.O_WRONLY|os.O_CREATE|os.O_TRUNC|os.O_APPEND, 0o600)
	if err != nil {
		return "", fmt.Errorf("start the test server: %w", err)
	}
	defer logFile.Close()
	receive, reply, err := os.Pipe()
	if err != nil {
		return "", fmt.Errorf("start the test server: %w", err)
	}
	defer receive.Close()
	cmd := exec.Command(self)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), keeperVariable+"="+dir)
	// Not this process's output: `go test` would wait for the keeper to close it.
	cmd.Stdout, cmd.Stderr = logFile, logFile
	cmd.ExtraFiles = []*os.File{reply}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // out of Ctrl-C's reach
	err = cmd.Start()
	reply.Close()
	if err != nil {
		return "", fmt.Errorf("start the test server: %w", err)
	}
	go cmd.Wait() // it must not stay a zombie if it ends before this process
	line, _ := bufio.NewReader(receive).ReadString('\n')
	kind, text, _ := strings.Cut(strings.TrimSpace(line), " ")
	if kind != "url" {
		return "", fmt.Errorf("start the test server: %s (log: %s)", text, logFile.Name())
	}
	return text, nil
}
