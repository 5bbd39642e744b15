package main

import (
	"context"
	"log"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

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
	if os.Getenv(limitAddress) != "" {
		if err := serveLimits(); err != nil {
			log.Fatal(err)
		}
		os.Exit(0)
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
	return Program{Path: path, Env: append(settings(url), asProduct+"=1")}
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

// TestShort is the whole benchmark in small: all servers answer the same, and are measured.
func TestShort(t *testing.T) {
	t.Parallel()
	database := pgtest.New(t)
	program := product(t, database.URL)
	var out strings.Builder
	o := options{databaseURL: database.URL, size: Size{Payments: 400, Companies: 3, Owed: 2000}, companies: 2, rounds: 1, checks: 2, clients: []int{2}, duration: 20 * time.Millisecond}
	if err := run(t.Context(), o, program, Program{Path: program.Path}, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"DASH", "POINT", "LIST", "page 1", "last page", "pgbench", "statements of DASH", "paymentSummary", "payOrders", "refundPayment", "paygraph", "one-SQL", "flat"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s is not in the report", want)
		}
	}
	t.Log(out.String())
	if _, err := program.Run(t.Context(), "verify"); err != nil {
		t.Error(err)
	}
}

// TestEqual proves that a difference is noticed.
func TestEqual(t *testing.T) {
	t.Parallel()
	const one = `{"data":{"payment":{"id":"py_00000000000000000000000000","lines":[{"quantity":1},{"quantity":2}]}}}`
	for other, same := range map[string]bool{
		one: true,
		`{"data":{"payment":{"lines":[{"quantity":1},{"quantity":2}],"id":"00000000-0000-0000-0000-000000000000"}}}`: true,
		`{"data":{"payment":{"id":"00000000-0000-0000-0000-000000000001","lines":[{"quantity":1},{"quantity":2}]}}}`: false,
		`{"data":{"payment":{"id":"py_00000000000000000000000000","lines":[{"quantity":2},{"quantity":1}]}}}`:        false,
		`{"data":{"payment":{"id":"py_00000000000000000000000000","lines":[{"quantity":1}]}}}`:                       false,
		`{"data":{"payment":{"id":"py_00000000000000000000000000"}}}`:                                                false,
		`{"data":null}`: false,
	} {
		if err := Equal([]byte(one), []byte(other)); (err == nil) != same {
			t.Errorf("%s: %v", other, err)
		}
	}
}
