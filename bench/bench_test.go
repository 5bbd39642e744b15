package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/pg/pgtest"
)

// asProduct has a test program be the product, so that it need not be built.
const asProduct = "BENCH_AS_PRODUCT"

func TestMain(m *testing.M) {
	if os.Getenv(asProduct) != "" {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		defer stop()
		os.Exit(app.Main(ctx, app.Process{Args: os.Args[1:], Getenv: os.Getenv, Stdout: os.Stdout, Stderr: os.Stderr}))
	}
	os.Exit(m.Run())
}

// product is this test program as the product, on a database.
func product(t *testing.T, url string) Program {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Program{Path: path, Env: []string{asProduct + "=1", "DATABASE_URL=" + url, "PAYGRAPH_JWT_SECRET=" + secret, "PAYGRAPH_SECRETS_KEY=" + secret}}
}

// TestFill proves that what is measured on could have been made by the product.
func TestFill(t *testing.T) {
	t.Parallel()
	database := pgtest.New(t)
	db, err := Connect(database.URL, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := Fill(t.Context(), db, Size{Payments: 400, Companies: 3, Owed: 5}); err != nil {
		t.Fatal(err)
	}
	if _, err := product(t, database.URL).Run(t.Context(), "verify"); err != nil {
		t.Error(err)
	}
	var of struct{ Payments, Transactions, Lines, Discounts float64 }
	if err := db.GetContext(t.Context(), &of, `SELECT (SELECT count(*) FROM payments) AS payments, (SELECT count(*) FROM transactions) AS transactions,
		(SELECT count(*) FROM payment_lines) AS lines, (SELECT count(*) FROM payment_discounts) AS discounts`); err != nil {
		t.Fatal(err)
	}
	if of.Transactions/of.Payments != 1.3 || of.Lines/of.Payments != 3 || of.Discounts/of.Payments != 0.5 {
		t.Errorf("%+v", of)
	}
}
