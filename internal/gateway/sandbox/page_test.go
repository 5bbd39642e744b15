package sandbox_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/sandbox"
	"github.com/paygraph/paygraph/internal/pay"
)

// pageRows reads the table of docs/sandbox.md whose header begins like this.
func pageRows(t *testing.T, header string) (rows [][]string) {
	t.Helper()
	page, err := os.ReadFile("../../../docs/sandbox.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(page), "\n| "+header)
	if !found {
		t.Fatalf("the page has no table %s", header)
	}
	table, _, _ = strings.Cut(table, "\n\n")
	for row := range strings.SplitSeq(table, "\n") {
		cells := strings.Split(strings.Trim(row, "|"), "|")
		for i := range cells {
			cells[i] = strings.Trim(cells[i], " `")
		}
		rows = append(rows, cells)
	}
	return rows[2:] // after the header and the line
}

// said is an answer in the words of the page.
func said[T ~string](to T, err error) string {
	switch {
	case errors.Is(err, gateway.ErrWrongAnswer):
		return "refused: OTP_INVALID"
	case errors.Is(err, gateway.ErrNotSent):
		return "not sent"
	case errors.Is(err, gateway.ErrNoSuchAttempt):
		return "never arrived"
	case err != nil:
		return "no answer"
	}
	return string(to)
}

func rehearsal(token string) gateway.ChargeRequest {
	r := gateway.ChargeRequest{AttemptID: "txn_1", Environment: pay.Sandbox, Token: token, Capture: true, MethodType: pay.MethodCard}
	r.Amount.Minor, r.Amount.Currency = 1000, "EUR"
	return r
}

// TestPageOutcomes proves that the page names every outcome, with both answers.
func TestPageOutcomes(t *testing.T) {
	t.Parallel()
	var named []string
	for _, row := range pageRows(t, "outcome |") {
		named = append(named, row[0])
		r := rehearsal("tok_" + row[0])
		charged, chargeErr := sandbox.Connector.Charge(t.Context(), r)
		found, lookupErr := sandbox.Connector.Lookup(t.Context(), r)
		if got := said(charged.Believable(r.Amount).To, chargeErr); got != row[1] {
			t.Errorf("%s: %s, the page says %s", row[0], got, row[1])
		}
		if got := said(found.Believable(r.Amount).To, lookupErr); got != row[2] {
			t.Errorf("%s asked again: %s, the page says %s", row[0], got, row[2])
		}
	}
	if want := sandbox.Outcomes(); !slices.Equal(slices.Sorted(slices.Values(named)), slices.Sorted(slices.Values(want))) {
		t.Errorf("the page names %q, want %q", named, want)
	}
}

// TestPageAnswers proves what the page says of the payer's answers.
func TestPageAnswers(t *testing.T) {
	t.Parallel()
	completer := sandbox.Connector.(gateway.Completer)
	for _, row := range pageRows(t, "token |") {
		f, err := completer.Complete(t.Context(), rehearsal(row[0]), gateway.Answer{Code: row[1], Payload: row[2]})
		if got := said(f.To, err); got != row[3] {
			t.Errorf("%v: %s", row, got)
		}
	}
}

// TestPageOperations proves what the page says of what is asked after an attempt,
// under every key.
func TestPageOperations(t *testing.T) {
	t.Parallel()
	keys := []string{sandbox.MetadataKey, sandbox.CompletionKey, sandbox.CaptureKey, sandbox.VoidKey, sandbox.CancelKey, sandbox.RefundKey, sandbox.CancelRefundKey}
	var named []string
	for _, row := range pageRows(t, "key |") {
		named = append(named, row[0])
	}
	if !slices.Equal(named, keys) {
		t.Errorf("the page names the keys %q, want %q", named, keys)
	}
	results := []string{sandbox.Succeed, sandbox.Fail, sandbox.Wait, sandbox.Lose, sandbox.Impossible}
	for i, row := range pageRows(t, "value |") {
		if row[0] != results[i] {
			t.Errorf("row %d is about %s, want %s", i, row[0], results[i])
		}
		for _, again := range []bool{false, true} {
			wantOperation, wantRefund := row[1], row[2]
			if again && row[0] == sandbox.Lose {
				wantOperation, wantRefund = row[3], row[3]
			}
			request := func(key string) gateway.OperationRequest {
				r := gateway.OperationRequest{Attempt: rehearsal(""), OperationID: "op_1", Again: again}
				r.Attempt.Metadata = pay.Metadata{{Key: key, Value: row[0]}}
				return r
			}
			capture, err := sandbox.Connector.(gateway.Capturer).Capture(t.Context(), request(sandbox.CaptureKey))
			void, voidErr := sandbox.Connector.(gateway.Voider).Void(t.Context(), request(sandbox.VoidKey))
			cancel, cancelErr := sandbox.Connector.(gateway.Canceller).Cancel(t.Context(), request(sandbox.CancelKey))
			for _, got := range []string{said(capture.To, err), said(void.To, voidErr), said(cancel.To, cancelErr)} {
				if got != wantOperation {
					t.Errorf("%s, again %v: %s, the page says %s", row[0], again, got, wantOperation)
				}
			}
			refund, err := sandbox.Connector.(gateway.Refunder).Refund(t.Context(), request(sandbox.RefundKey))
			if got := said(refund.To, err); got != wantRefund {
				t.Errorf("refund %s, again %v: %s, the page says %s", row[0], again, got, wantRefund)
			}
		}
	}
}
