package main

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

func TestDocumentsFitTheSchema(t *testing.T) {
	t.Parallel()
	schema := loadSchema(t)
	source, err := parser.ParseFile(token.NewFileSet(), "queries.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	ast.Inspect(source, func(n ast.Node) bool {
		if text, ok := n.(*ast.BasicLit); ok && text.Kind == token.STRING {
			document, err := strconv.Unquote(text.Value)
			if err != nil {
				t.Fatal(err)
			}
			if _, errs := gqlparser.LoadQueryWithRules(schema, document, rules.NewDefaultRules()); errs != nil {
				t.Errorf("%v in %s", errs, document)
			}
			count++
		}
		return true
	})
	if count != 9 {
		t.Errorf("queries.go holds %d documents", count)
	}
}

func TestBadFilesAreRefusedWithFileAndLine(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, file, old, new, want string }{
		{"third decimal is refused", paymentsFile, "500.5\n", "500.501\n", `order_payments.csv line 5: payment_value "500.501" has more than two decimals`},
		{"comma in an amount is refused", itemsFile, "541.0", "541,0", `order_items.csv line 4: wrong number of fields`},
		{"exponent is refused", itemsFile, "541.0", "5e2", `order_items.csv line 4: price "5e2" is not a decimal number`},
		{"point without digits is refused", itemsFile, "541.0", "541.", `order_items.csv line 4: price "541." is not a decimal number`},
		{"amount beyond all sums is refused", itemsFile, "541.0", "1000000000000", `order_items.csv line 4: price "1000000000000" is too large`},
		{"empty amount is refused", paymentsFile, "500.5\n", "\n", `order_payments.csv line 5: payment_value is empty`},
		{"order that is there twice is refused", ordersFile, "o3,", "o1,", `orders.csv line 4: order o1 is there already, in line 2`},
		{"item that is there twice is refused", itemsFile, "o1,2,", "o1,1,", `order_items.csv line 3: item 1 of order o1 is there already, in line 2`},
		{"payment that is there twice is refused", paymentsFile, "o1,2,", "o1,03,", `order_payments.csv line 3: payment 3 of order o1 is there already, in line 2`},
		{"customer that is there twice is refused", customersFile, "c1,u1", "c1,,,,\nc1,u1", `customers.csv line 3: customer c1 is there already, in line 2`},
		{"sequence in words is refused", paymentsFile, "o2,2,", "o2,second,", `order_payments.csv line 6: payment_sequential is not a whole number: "second"`},
		{"other time format is refused", ordersFile, "2017-11-01 00:00:00", "01/11/2017", `orders.csv line 3: order_purchase_timestamp is not like`},
		{"order of nobody is refused", ordersFile, "o2,c2", "o2,", `orders.csv line 3: customer_id is empty`},
		{"missing columns are named", paymentsFile, "payment_sequential,payment_type", "sequence,type", `order_payments.csv line 1: missing columns: payment_sequential, payment_type`},
		{"column that is there twice is refused", paymentsFile, "payment_installments", "payment_type", `order_payments.csv line 1: column payment_type is there twice`},
		{"open quote is refused", customersFile, "u1", `"u1`, `customers.csv line 2: extraneous or missing " in quoted-field`},
		{"other encoding is refused", customersFile, "são", "s\xe3o", `customers.csv line 2: customer_city is not UTF-8`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			folder := tiny()
			folder[c.file] = strings.Replace(folder[c.file], c.old, c.new, 1)
			f := newFake(t)
			code, stdout, stderr := play(t, t.Context(), f, folder.write(t))
			if code != exitFailed || stdout != "" || !strings.Contains(stderr, c.want) {
				t.Errorf("exit code %d, printed %q, %q; want %q", code, stdout, stderr, c.want)
			}
			f.locked(func() {
				if f.requests > 0 {
					t.Errorf("%d requests were sent", f.requests)
				}
			})
		})
	}
}

func TestEmptyOrMissingFileIsRefused(t *testing.T) {
	t.Parallel()
	folder := tiny()
	folder[itemsFile] = ""
	if _, _, stderr := play(t, t.Context(), newFake(t), folder.write(t)); !strings.Contains(stderr, "order_items.csv is empty") {
		t.Errorf("printed %q", stderr)
	}
	delete(folder, itemsFile)
	if _, _, stderr := play(t, t.Context(), newFake(t), folder.write(t)); !strings.Contains(stderr, "order_items.csv") {
		t.Errorf("printed %q", stderr)
	}
}

func TestItemsOfUnknownOrdersAreLeftOutWithANote(t *testing.T) {
	t.Parallel()
	folder := tiny()
	folder[itemsFile] += "o9,1,p1,s1,1.00,1.00\n"
	f := newFake(t)
	code, _, stderr := play(t, t.Context(), f, folder.write(t))
	if code != exitDone || !strings.Contains(stderr, "1 rows of order_items.csv") {
		t.Errorf("exit code %d, printed %q", code, stderr)
	}
}

func TestChangedFilesAreAFault(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, file, old, new, want string }{
		{"changed payment is refused", paymentsFile, "500.5\n", "400.5\n", "pay order o2, payment 1: IDEMPOTENCY_KEY_REUSED at input: No. (requestId req-"},
		{"changed order is refused", itemsFile, "541.0", "541.5", "create orders o1 and following: DUPLICATE_REFERENCE at input: No. (requestId req-"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			folder, f := tiny(), newFake(t)
			playJSON(t, f, folder.write(t))
			folder[c.file] = strings.Replace(folder[c.file], c.old, c.new, 1)
			code, stdout, stderr := play(t, t.Context(), f, folder.write(t))
			if code != exitFailed || stdout != "" || !strings.Contains(stderr, c.want) {
				t.Errorf("exit code %d, printed %q, %q; want %q", code, stdout, stderr, c.want)
			}
		})
	}
}

func TestFailureOfTheAPINamesCodeAndRequest(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.limitEvery = 1
	_, _, stderr := play(t, t.Context(), f, tiny().write(t))
	if want := "gave up after 10 tries: RATE_LIMITED: No. (requestId req-10)"; !strings.Contains(stderr, want) {
		t.Errorf("printed %q, want %q", stderr, want)
	}
	var out, errs strings.Builder
	code := run(t.Context(), []string{"--data", tiny().write(t), "--url", f.url, "--token", "wrong"}, &out, &errs, quick)
	if want := "UNAUTHENTICATED: No. (requestId req-11)"; code != exitFailed || !strings.Contains(errs.String(), want) {
		t.Errorf("exit code %d, printed %q, want %q", code, errs.String(), want)
	}
}

func TestRefusedRowThatWouldNowBeAcceptedIsAFault(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	// The first row of o2 fails only after the third was refused for its sake.
	f.fates = map[string][]string{"replay-o2-1": {"PENDING"}}
	f.onPreview = func() {
		if p := f.payments["replay-o2-1"]; p != nil {
			p.statuses = []string{"FAILED"}
		}
	}
	code, _, stderr := play(t, t.Context(), f, tiny().write(t), "--workers", "1")
	want := "order o2, payment 3, refused as AMOUNT_EXCEEDS_OUTSTANDING: it would be accepted now"
	if code != exitFailed || !strings.Contains(stderr, want) {
		t.Errorf("exit code %d, printed %q, want %q", code, stderr, want)
	}
}

func TestWrongCommandLineIsRefused(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"", "--data d --url http://x", "--data d --token t", "--url http://x --token t", "--data d --url x:1 --token t",
		"--data d --url http://x --token t --workers 0", "--data d --url http://x --token t more", "--nothing",
	} {
		var out, errs strings.Builder
		if code := run(context.Background(), strings.Fields(line), &out, &errs, quick); code != exitUsage || !strings.HasPrefix(errs.String(), "replay: ") {
			t.Errorf("%q: exit code %d, printed %q", line, code, errs.String())
		}
	}
	var out, errs strings.Builder
	if code := run(context.Background(), []string{"--help"}, &out, &errs, quick); code != exitDone || !strings.Contains(errs.String(), "usage:") {
		t.Errorf("--help: exit code %d, printed %q", code, errs.String())
	}
}

func TestAddressWithoutPathMeansGraphQL(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"http://localhost:8080": "http://localhost:8080/graphql", "https://pay.example/": "https://pay.example/graphql",
		"https://pay.example/api/v1": "https://pay.example/api/v1",
	} {
		o, err := parseOptions([]string{"--data", "d", "--token", "t", "--url", given}, io.Discard)
		if err != nil || o.url != want {
			t.Errorf("%s became %s (%v), want %s", given, o.url, err, want)
		}
	}
}

func TestAmountsAreReadExactly(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"541.0": "541.00", "541": "541.00", "0.1": "0.10", "1.500": "1.50", "-0.05": "-0.05", "-0": "0.00", "007.10": "7.10",
		"999999999999.99": "999999999999.99",
	} {
		if got, err := parseCents(text); err != nil || got.String() != want {
			t.Errorf("%s became %s (%v), want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "-", ".5", "5.", "+5", "1 000", "1.001", "0x10", "1e3", "--1", "1.2.3", "½"} {
		if got, err := parseCents(text); err == nil {
			t.Errorf("%q became %s", text, got)
		}
	}
}

func TestBulksKeepBothLimits(t *testing.T) {
	t.Parallel()
	var orders []*order
	for range 350 {
		orders = append(orders, &order{items: make([]item, 45)})
	}
	count := 0
	for _, bulk := range orderBulks(orders) {
		if len(bulk) > maxBulk || len(bulk)*45 > maxBulkLines {
			t.Errorf("a bulk has %d orders", len(bulk))
		}
		count += len(bulk)
	}
	if count != 350 || len(orderBulks(nil)) != 0 || len(orderBulks(slices.Repeat([]*order{{}}, 1000))) != 10 {
		t.Errorf("%d orders came out", count)
	}
}
