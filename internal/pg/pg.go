// Package pg runs the private PostgreSQL server that paygraph uses when no
// DATABASE_URL is set.
//
// The server listens on a Unix socket in a directory that only its own account
// can enter; there is no TCP port and no password. It works for an ordinary
// user and for root, where PostgreSQL itself runs as "postgres" or "nobody"
// because it refuses to run as root.
//
// One process at a time owns the server of a data directory, by holding a lock
// on owner.lock. A second process with the same directory attaches to the
// server that runs and loses it when the owner ends; Wait tells when, and Open
// then makes one of those that are left the owner. When the owner is killed, the
// kernel stops the server on Linux; elsewhere the next start does.
package pg

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"syscall"
	"time"
)

// ErrNotRunning is returned by Attach when no process owns the server.
var ErrNotRunning = errors.New("no private PostgreSQL server is running")

// answerPatience is how long a start waits for the server of another process
// to answer. It covers an owner that is itself starting or shutting down.
const answerPatience = 30 * time.Second

// ownerCheck is how often an attached process looks whether the owner is there.
const ownerCheck = 100 * time.Millisecond

// Options say where the server lives. Dir is required.
type Options struct {
	// Dir is the data directory of the product, see DefaultDir. The cluster
	// lives in Dir/pg<major version>. Missing directories are created.
	Dir string
	// Log receives starts, stops and trouble; nil discards them.
	Log *slog.Logger
	// Disposable is for tests. It turns fsync off, and makes the cluster anew
	// when it was not shut down cleanly. Everything in it can be lost.
	Disposable bool
}

// Server is a running private PostgreSQL server, owned or attached to.
// Its methods may be called from several goroutines.
type Server struct {
	place place
	lock  *lock    // nil when attached
	proc  *process // nil when attached
}

// Open starts the server of o.Dir, creating it on first use, or attaches to the
// one that another process already runs there. ctx bounds the start only: when
// it ends early, nothing is left running. The error wraps ErrNoBinaries when
// PostgreSQL is not installed.
func Open(ctx context.Context, o Options) (*Server, error) {
	return open(ctx, o, place.start)
}

// Attach connects to the server of o.Dir that another process owns. It waits
// for an owner that is just starting, and returns ErrNotRunning without one.
func Attach(ctx context.Context, o Options) (*Server, error) {
	return open(ctx, o, func(place, context.Context, *lock) (*Server, error) {
		return nil, ErrNotRunning
	})
}

// open calls own when it gets the owner's lock, and attaches otherwise. It tries
// both in turn because the owner may end while this process waits for it.
func open(ctx context.Context, o Options, own func(place, context.Context, *lock) (*Server, error)) (*Server, error) {
	p, err := newPlace(o)
	if err != nil {
		return nil, err
	}
	if err := p.checkEnvironment(); err != nil {
		return nil, err
	}
	deadline := time.Now().Add(answerPatience)
	for {
		l, err := p.tryLock()
		if err != nil {
			return nil, err
		}
		if l != nil {
			s, err := own(p, ctx, l)
			if err != nil {
				l.release()
			}
			return s, err
		}
		s, err := p.attach(ctx)
		if err == nil {
			return s, nil
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("process %s owns the database in %s, but its server does not answer: %w", p.ownerPID(), p.root, err)
		}
		if ctx.Err() != nil {
			return nil, fmt.Errorf("waiting for the server of process %s: %w", p.ownerPID(), ctx.Err())
		}
		pause(ctx, 20*time.Millisecond)
	}
}

// URL returns the lib/pq connection string, in key=value form, of database
// "paygraph" as its owner, role "paygraph". That role is no superuser; role
// "postgres" on the same socket is.
func (s *Server) URL() string { return s.place.url(productName, productName) }

// Owner tells whether this process runs the server. It is false when another
// process does, whose end takes the server away.
func (s *Server) Owner() bool { return s.proc != nil }

// Exited is closed when the server process of an owner has ended, whether by
// Stop or by itself. For an attached server it is nil and never ready.
func (s *Server) Exited() <-chan struct{} {
	if !s.Owner() {
		return nil
	}
	return s.proc.exited
}

// Wait returns nil when the server is gone: an owner's when its process has
// ended, an attached one when its owner has given it up. It returns the error of
// ctx when that ends first.
func (s *Server) Wait(ctx context.Context) error {
	if s.Owner() {
		select {
		case <-s.proc.exited:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for s.place.owned() {
		if pause(ctx, ownerCheck); ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// Stop ends an owned server: clients are disconnected and open transactions
// rolled back. When ctx ends first the server is stopped at once, which loses
// nothing that was committed, and the error says so. An attached server keeps
// running. Further calls do nothing.
func (s *Server) Stop(ctx context.Context) error {
	if !s.Owner() {
		return nil
	}
	defer s.lock.release()
	s.proc.stopping.Store(true)
	s.proc.signal(syscall.SIGINT)
	select {
	case <-s.proc.exited:
		return nil
	case <-ctx.Done():
		s.proc.abort()
		return fmt.Errorf("PostgreSQL was still shutting down and was stopped at once: %w", ctx.Err())
	}
}

// pause waits for d or the end of ctx.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
