package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// limitAddress holds where a limit server is to listen, and has this program be one.
const limitAddress = "BENCH_LIMIT_ADDRESS"

// limitConnections are as many as were fastest on two cores, for reads and writes.
const limitConnections = 16

// answerer answers a question about a tenant, or about one of its payments, with the whole
// response.
type answerer func(ctx context.Context, question string, tenant, id uuid.UUID) ([]byte, error)

// serveLimits answers at /sql and /flat until it is told to stop, on the database of
// DATABASE_URL. It knows no callers and checks nothing: whatever a server does besides
// reading and writing it is measured against.
func serveLimits() error {
	db, err := Connect(os.Getenv("DATABASE_URL"), limitConnections)
	if err != nil {
		return err
	}
	defer db.Close()
	sql, err := prepareSQL(db)
	if err != nil {
		return err
	}
	flat, err := prepareFlat(db)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", os.Getenv(limitAddress))
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("POST /sql/{question}", answering(sql))
	mux.Handle("POST /flat/{question}", answering(flat))
	mux.HandleFunc("GET /ready", func(http.ResponseWriter, *http.Request) {})
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { server.Close() })
	if err := server.Serve(listener); err != http.ErrServerClosed {
		return err
	}
	return nil
}

// answering serves a limit.
func answering(answer answerer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		tenant, err := uuid.Parse(r.URL.Query().Get("tenant"))
		id, _ := uuid.Parse(r.URL.Query().Get("id"))
		var body []byte
		if err == nil {
			body, err = answer(r.Context(), r.PathValue("question"), tenant, id)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Write(body)
	}
}

// prepareSQL is the limit whose answers the database writes.
func prepareSQL(db *sqlx.DB) (answerer, error) {
	prepared := map[string]*sqlx.Stmt{}
	for question, statement := range oneSQL {
		s, err := db.Preparex(statement)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", question, err)
		}
		prepared[question] = s
	}
	return func(ctx context.Context, question string, tenant, id uuid.UUID) (body []byte, err error) {
		s, ok := prepared[question]
		if !ok {
			return nil, fmt.Errorf("no question %q", question)
		}
		args := []any{tenant}
		if id != uuid.Nil {
			args = append(args, id)
		}
		return body, s.GetContext(ctx, &body, args...)
	}, nil
}
