package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// Program is something that is run as a process of its own.
type Program struct {
	Path string
	// Env is added to PATH and HOME, which are all that a program gets of this one's.
	Env []string
}

// With is the program with more variables.
func (p Program) With(env ...string) Program {
	return Program{p.Path, append(append([]string{}, p.Env...), env...)}
}

func (p Program) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, p.Path, args...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}, p.Env...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 20 * time.Second
	return cmd
}

// Run runs it to its end and returns what it printed.
func (p Program) Run(ctx context.Context, args ...string) (string, error) {
	cmd := p.command(ctx, args...)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w: %.2000s%.2000s", p.Path, strings.Join(args, " "), err, out, complaint.String())
	}
	return strings.TrimSpace(string(out)), nil
}

// Server is a program that answers requests.
type Server struct {
	URL string
	PID int
	// Started is how long it took until it was ready.
	Started time.Duration
	stop    func()
}

// Stop ends the server and waits for it.
func (s Server) Stop() { s.stop() }

// Serve starts a server that listens where the variable says, which is given a free port,
// and waits until it answers at path.
func (p Program) Serve(ctx context.Context, variable, path string, args ...string) (Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return Server{}, err
	}
	address := listener.Addr().String()
	listener.Close()
	began := time.Now()
	late := time.After(time.Minute)
	ctx, cancel := context.WithCancel(ctx)
	cmd := p.With(variable+"="+address).command(ctx, args...)
	errors, err := cmd.StderrPipe()
	if err != nil {
		cancel()
		return Server{}, err
	}
	if err := cmd.Start(); err != nil {
		cancel()
		return Server{}, fmt.Errorf("start %s: %w", p.Path, err)
	}
	exited, last := make(chan struct{}), ""
	go func() {
		defer close(exited)
		for lines := bufio.NewScanner(errors); lines.Scan(); {
			last = lines.Text()
		}
		cmd.Wait()
	}()
	s := Server{URL: "http://" + address, PID: cmd.Process.Pid, stop: func() { cancel(); <-exited }}
	for {
		if answer, err := http.Get(s.URL + path); err == nil {
			answer.Body.Close()
			if answer.StatusCode < http.StatusInternalServerError { // not all take GET at all
				s.Started = time.Since(began)
				return s, nil
			}
		}
		select {
		case <-exited:
			cancel()
			return Server{}, fmt.Errorf("%s ended while it started: %s", p.Path, last)
		case <-ctx.Done():
			s.Stop()
			return Server{}, ctx.Err()
		case <-late:
			s.Stop()
			return Server{}, fmt.Errorf("%s is not ready after a minute: %s", p.Path, last)
		case <-time.After(5 * time.Millisecond):
		}
	}
}
