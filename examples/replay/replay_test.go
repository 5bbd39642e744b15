package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"testing"
	"time"
)

var quick = pace{retry: 100 * time.Microsecond, poll: 100 * time.Microsecond}

// play runs the program and returns what it printed.
func play(t *testing.T, ctx context.Context, f *fake, dir string, more ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	args := append([]string{"--data", dir, "--url", f.url, "--token", "secret"}, more...)
	code = run(ctx, args, &out, &err, quick)
	return code, out.String(), err.String()
}

// playJSON runs the program, which must succeed, and returns its report.
func playJSON(t *testing.T, f *fake, dir string) (report, string) {
	t.Helper()
	code, stdout, stderr := play(t, t.Context(), f, dir, "--json", "--workers", "4")
	if code != exitDone {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	var got report
	decoder := json.NewDecoder(strings.NewReader(stdout))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&got); err != nil {
		t.Fatalf("%v in %s", err, stdout)
	}
	return got, stdout
}

func same(t *testing.T, got, want report) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("report is\n%+v, want\n%+v", got, want)
	}
}

func TestFiguresEqualAnIndependentComputation(t *testing.T) {
	t.Parallel()
	for _, seed := range []uint64{1, 2, 3} {
		folder := generate(seed, 230)
		f := newFake(t)
		got, _ := playJSON(t, f, folder.write(t))
		same(t, got, expected(folder))
	}
}

func TestTinyFolderPrintsTheseFigures(t *testing.T) {
	t.Parallel()
	f, dir := newFake(t), tiny().write(t)
	code, stdout, stderr := play(t, t.Context(), f, dir)
	want := `orders                                   3
payments                                 3
ordered BRL                         641.00
paid BRL                            600.50
outstanding BRL                      40.50
refused AMOUNT_EXCEEDS_OUTSTANDING       1
refused AMOUNT_TOO_SMALL                 1
refused NOT_FOUND                        1
refused ORDER_ALREADY_PAID               2

type         payments  paid BRL
boleto              1    500.50
credit_card         1     40.00
voucher             1     60.00

month    orders  paid BRL
2017-10       1    100.00
2017-11       2    500.50
`
	if code != exitDone || stdout != want {
		t.Errorf("exit code %d, printed\n%s\n%s", code, stdout, stderr)
	}
	_, stdout = playJSON(t, f, dir)
	want = `{"orders":3,"payments":3,"orderedMinor":64100,"paidMinor":60050,"outstandingMinor":4050,` +
		`"refused":{"AMOUNT_EXCEEDS_OUTSTANDING":1,"AMOUNT_TOO_SMALL":1,"NOT_FOUND":1,"ORDER_ALREADY_PAID":2},` +
		`"byType":{"boleto":{"payments":1,"paidMinor":50050},"credit_card":{"payments":1,"paidMinor":4000},"voucher":{"payments":1,"paidMinor":6000}},` +
		`"byMonth":{"2017-10":{"orders":1,"paidMinor":10000},"2017-11":{"orders":2,"paidMinor":50050}}}`
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(stdout)); err != nil || compact.String() != want {
		t.Errorf("printed %s, want %s (%v)", &compact, want, err)
	}
}

func TestTroublesOfTheNetworkChangeNothing(t *testing.T) {
	t.Parallel()
	folder := generate(4, 120)
	f := newFake(t)
	f.dropEvery, f.limitEvery, f.downEvery, f.busyEvery = 9, 13, 17, 15
	got, _ := playJSON(t, f, folder.write(t))
	same(t, got, expected(folder))
}

func TestSecondRunChangesNothingAndPrintsTheSame(t *testing.T) {
	t.Parallel()
	folder := generate(5, 120)
	dir, f := folder.write(t), newFake(t)
	_, first := playJSON(t, f, dir)
	var payments, tooMuch, after int
	f.locked(func() { payments, tooMuch = len(f.payments), f.sentCodes["AMOUNT_EXCEEDS_OUTSTANDING"] })
	if tooMuch == 0 {
		t.Error("no row was too much when it was sent: the folder does not try what it should")
	}
	_, second := playJSON(t, f, dir)
	if second != first {
		t.Errorf("second run printed\n%s, the first\n%s", second, first)
	}
	if f.locked(func() { after = len(f.payments) }); after != payments {
		t.Errorf("second run made %d payments", after-payments)
	}
}

func TestSortingTheFilesAnewChangesNothing(t *testing.T) {
	t.Parallel()
	folder := tiny()
	f := newFake(t)
	_, first := playJSON(t, f, folder.write(t))
	for name, text := range folder {
		rows := strings.SplitAfter(text, "\n")
		for i, j := 1, len(rows)-2; i < j; i, j = i+1, j-1 {
			rows[i], rows[j] = rows[j], rows[i]
		}
		folder[name] = strings.Join(rows, "")
	}
	if _, second := playJSON(t, f, folder.write(t)); second != first {
		t.Errorf("printed\n%s, before\n%s", second, first)
	}
}

func TestRunThatWasStoppedGoesOn(t *testing.T) {
	t.Parallel()
	folder := generate(6, 120)
	dir, f := folder.write(t), newFake(t)
	for _, stopAt := range []int{1, 40, 90} {
		ctx, cancel := context.WithCancel(t.Context())
		f.locked(func() {
			f.onPay = func(count int) {
				if count >= stopAt {
					cancel()
				}
			}
		})
		code, stdout, stderr := play(t, ctx, f, dir)
		cancel()
		if code != exitFailed || stdout != "" || !strings.Contains(stderr, "Run the same command again") {
			t.Errorf("stopped run: exit code %d, printed %q, %q", code, stdout, stderr)
		}
	}
	f.locked(func() { f.onPay = nil })
	got, _ := playJSON(t, f, dir)
	same(t, got, expected(folder))
}

func TestRowIsCountedUnderTheCodeOfTheEnd(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	got, _ := playJSON(t, f, tiny().write(t))
	var sent map[string]int
	f.locked(func() { sent = maps.Clone(f.sentCodes) })
	// o1's second row was too much when it was sent; in the end o1 is paid.
	if want := map[string]int{"AMOUNT_EXCEEDS_OUTSTANDING": 1, "AMOUNT_TOO_SMALL": 1, "NOT_FOUND": 1, "ORDER_ALREADY_PAID": 2}; !maps.Equal(got.Refused, want) {
		t.Errorf("refused %v, want %v", got.Refused, want)
	}
	if want := map[string]int{"AMOUNT_EXCEEDS_OUTSTANDING": 2, "AMOUNT_TOO_SMALL": 1, "ORDER_ALREADY_PAID": 1}; !maps.Equal(sent, want) {
		t.Errorf("payOrders answered %v, want %v", sent, want)
	}
}

func TestAttemptsWithoutMoneyAreCounted(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.fates = map[string][]string{
		"replay-o1-1": {"FAILED"},
		"replay-o1-2": {"REQUIRES_ACTION"},
		"replay-o1-3": {"PENDING", "UNKNOWN", "CAPTURED"},
		"replay-o2-1": {"UNKNOWN"},
	}
	got, _ := playJSON(t, f, tiny().write(t))
	want := map[string]int{"AMOUNT_EXCEEDS_OUTSTANDING": 1, "AMOUNT_TOO_SMALL": 1, "DECLINED": 1, "NOT_FOUND": 1,
		"ORDER_ALREADY_PAID": 1, "REQUIRES_ACTION": 1, "UNKNOWN": 1}
	if !maps.Equal(got.Refused, want) || got.PaidMinor != 4000 || got.Payments != 1 {
		t.Errorf("refused %v, want %v; paid %s", got.Refused, want, got.PaidMinor)
	}
}

func TestAttemptUnderWayIsWaitedFor(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.fates = map[string][]string{"replay-o2-1": {"CREATED", "PENDING", "CAPTURED"}}
	got, _ := playJSON(t, f, tiny().write(t))
	same(t, got, expected(tiny()))
}

func TestOrderKnownFromElsewhereIsPaid(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.orders["missing"] = &fakeOrder{total: 150, placedAt: "2017-12-31T23:30:00-03:00", stored: stored{id: "ord_x", ref: "missing"}}
	got, _ := playJSON(t, f, tiny().write(t))
	if got.Orders != 4 || got.Refused["NOT_FOUND"] != 0 || got.OutstandingMinor != 4050+50 || got.ByMonth["2018-01"].PaidMinor != 100 {
		t.Errorf("report is %+v", got)
	}
}

// TestOrderOfManyItems proves that the number of lines that the API takes bounds
// no order, and that not a cent is lost when lines are put together.
func TestOrderOfManyItems(t *testing.T) {
	t.Parallel()
	for _, items := range []int{250, 251, maxOrderLines, maxOrderLines + 1, 2000} {
		folder := tiny()
		for n := range items {
			folder[itemsFile] += fmt.Sprintf("o3,%d,p%d,s1,%d.%02d,0.%02d\n", n+1, n%7, n, n%100, (n*37)%100)
		}
		got, _ := playJSON(t, newFake(t), folder.write(t))
		same(t, got, expected(folder))
	}
}
