package chaos_test

import (
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var mutants = flag.Bool("mutants", false, "plant the bugs and see to it that each is caught: an hour or less")

// mutant is a bug that is planted in a copy of one file, and the check that must catch it.
type mutant struct {
	name     string
	file     string
	old, new string
	// pkg and run are the package and the tests that fail when the bug is there.
	pkg, run string
}

// planted are the bugs that gateways in the field have had, or nearly.
var planted = []mutant{
	{"a timeout is a failure", "internal/service/work.go",
		"return pay.Fact{To: pay.TransactionUnknown}\n\t}\n\treturn fact.Believable", "return pay.Fact{To: pay.TransactionFailed, Error: unreachable()}\n\t}\n\treturn fact.Believable",
		"internal/chaos", "TestEveryProviderFault"},
	{"what a lookup does not find has failed", "internal/service/work.go",
		"w.request.Again = errors.Is(err, gateway.ErrNoSuchAttempt)", "if errors.Is(err, gateway.ErrNoSuchAttempt) {\n\t\t\t\tfact, err = pay.Fact{To: pay.TransactionFailed, Error: unreachable()}, nil\n\t\t\t}",
		"internal/chaos", "TestEveryProviderFault"},
	{"a request that was sent again and not taken has failed", "internal/service/work.go",
		"case first && errors.Is(err, gateway.ErrNotSent):", "case w.request.Again && errors.Is(err, gateway.ErrNotSent):\n\t\treturn pay.Fact{To: pay.TransactionFailed, Error: unreachable()}\n\tcase first && errors.Is(err, gateway.ErrNotSent):",
		"internal/app", "TestLaggingReads"},
	{"nothing was sent, says who lost their lease", "internal/pay/asking.go",
		"return !lease.IsZero() && !a.LeaseUntil.Equal(lease)", "return false && !a.LeaseUntil.Equal(lease)",
		"internal/chaos", "TestStalledCalls"},
	{"every request has a new key at the provider", "internal/service/work.go",
		"AttemptID: t.ID.String()", "AttemptID: pay.NewID().String()",
		"internal/chaos", "TestEveryProviderFault"},
	{"no amount is compared", "internal/pay/transaction_state.go",
		"func (f Fact) Believable(asked money.Money) Fact {\n", "func (f Fact) Believable(asked money.Money) Fact {\n\tif f.AmountMinor != asked.Minor {\n\t\treturn f\n\t}\n",
		"internal/chaos", "TestEveryProviderFault"},
	{"the call ends with the client", "internal/service/attempt.go",
		"context.WithTimeout(context.WithoutCancel(ctx), pay.LeaseLength)", "context.WithTimeout(ctx, pay.LeaseLength)",
		"internal/app", "TestHangUp|TestContextEnds"},
	{"an unknown outcome ends by time", "internal/pay/state_fact.go",
		"\tt.Checks++\n\tt.applyWaits(s.Now)\n\treturn true", "\tif t.Checks++; t.Checks > 0 {\n\t\tt.Status = TransactionFailed\n\t}\n\tt.applyWaits(s.Now)\n\treturn true",
		"internal/app", "TestWake"},
	{"a payment is not locked", "internal/store/payment.go",
		`return payments.find(ctx, t.store, w, " FOR UPDATE")`, `return payments.find(ctx, t.store, w, "")`,
		"internal/app", "TestManyRefundsOfAmount"},
	{"orders are not locked", "internal/store/order.go",
		`return orders.find(ctx, t.store, w, " ORDER BY t.id FOR UPDATE")`, `return orders.find(ctx, t.store, w, " ORDER BY t.id")`,
		"internal/chaos", "TestAtOnce"},
	{"orders are locked in any order", "internal/store/order.go",
		`return orders.find(ctx, t.store, w, " ORDER BY t.id FOR UPDATE")`, `return orders.find(ctx, t.store, w, " ORDER BY md5(t.id::text || random()) FOR UPDATE")`,
		"internal/app", "TestOverlappingOrders"},
	{"refunds under way are not reserved", "internal/pay/state_refund_plan.go",
		"t.CapturedMinor-t.RefundedMinor-t.RefundPendingMinor-t.ChargedBackMinor", "t.CapturedMinor-t.RefundedMinor-t.ChargedBackMinor",
		"internal/chaos", "TestAtOnce"},
	{"an unknown attempt does not stand in the way", "internal/pay/state_attempt.go",
		"anyIn(s.Attempts, TransactionCreated, TransactionRequiresAction, TransactionPending, TransactionUnknown)", "anyIn(s.Attempts, TransactionCreated, TransactionRequiresAction, TransactionPending)",
		"internal/app", "TestAllowedActions"},
	{"a key takes any request", "internal/service/command.go",
		"!bytes.Equal(keys[0].Fingerprint, fingerprint(in.content))", "!bytes.Equal(keys[0].Fingerprint, keys[0].Fingerprint)",
		"internal/app", "TestKeyReused"},
	{"a write outside the transaction", "internal/store/table.go",
		"s.writer(ctx).ExecContext(ctx, query, tenant, text, anyOf(ids(rows)))", "s.db.ExecContext(ctx, query, tenant, text, anyOf(ids(rows)))",
		"internal/app", "TestManyRefundsOfAmount"},
	{"a lost answer to COMMIT is a failure", "internal/store/tx.go",
		`return fmt.Errorf("%w: %w: %w", ErrCommitUnknown, pay.ErrUnavailable, err)`, `return fmt.Errorf("commit: %w", err)`,
		"internal/app", "TestEveryCommitUnknown"},
	{"no entry in the books", "internal/pay/ledger.go",
		"\treturn s.match(changes)", "\tif s.Payment.RefundedMinor > 0 {\n\t\treturn nil\n\t}\n\treturn s.match(changes)",
		"internal/app", "TestLedger"},
	{"an event is forgotten", "internal/pay/state.go",
		"func (s *State) noteRefund(r Refund) *PaymentEvent {\n", "func (s *State) noteRefund(r Refund) *PaymentEvent {\n\tif r.Status == RefundSucceeded {\n\t\treturn &PaymentEvent{}\n\t}\n",
		"internal/app", "TestLedger"},
	{"a stored report is never counted", "internal/service/wake.go",
		"return s.wakeWebhook(ctx, c, d.ID)", "return nil",
		"internal/app", "TestWebhookAfterCrash"},
	{"an old failure undoes a success", "internal/pay/told.go",
		"return f.At.After(*r.ToldAt), false", "return true, false",
		"internal/app", "TestOrderOfRefundReports"},
	{"what fails is tried again at once", "internal/service/wake.go",
		"return s.store.Postpone(ctx, d, d.Failures+counts(failed), s.clock().Add(d.FailureWait()))", "return s.store.Unclaim(ctx, d)",
		"internal/app", "TestFailingRows"},
	{"every signature is good", "internal/gateway/sandbox/webhook.go",
		"err := webhook.VerifyIgnoringTimestamp(d.Body, d.Header); err != nil", "err := webhook.VerifyIgnoringTimestamp(d.Body, d.Header); err != nil && len(d.Body) == 0",
		"internal/app", "TestWebhookIsRefused"},
	{"old reports are good", "internal/gateway/sandbox/webhook.go",
		"err != nil || age > tolerance || age < -tolerance", "err != nil || age < -tolerance",
		"internal/app", "TestWebhookIsRefused"},
	{"a tenant sees all rows", "internal/store/where.go",
		`w.and(alias+".tenant_id = ?", t.id)`, `w.and("(true OR "+alias+".tenant_id = ?)", t.id)`,
		"internal/app", "TestTenancy"},
	{"a customer sees all rows", "internal/store/where.go",
		`w.and(column+" = ?", *t.customer)`, `w.and("(true OR "+column+" = ?)", *t.customer)`,
		"internal/app", "TestAuthorization"},
	{"refunds need no scope", "internal/service/refund.go",
		"func (s *Service) RefundPayment(ctx context.Context, in RefundPaymentInput) (Refunded, error) {\n\tc, err := s.maintains(ctx, pay.ScopePaymentsRefund)", "func (s *Service) RefundPayment(ctx context.Context, in RefundPaymentInput) (Refunded, error) {\n\tc, err := s.maintains(ctx, pay.ScopePaymentsRead)",
		"internal/app", "TestAuthorization"},
	{"a narrowed admin is an admin", "internal/pay/actor.go",
		"return a.Require(ScopeGatewaysAdmin)", "return nil",
		"internal/app", "TestAuthorization"},
	{"a document moves money twice", "graph/root.go",
		"if len(fields) == 1 || !slices.ContainsFunc(fields, moves) {", "if len(fields) < 1000 || !slices.ContainsFunc(fields, moves) {",
		"internal/app", "TestOneEffect"},
	{"changes of orders are not audited", "migrations/0017_audit.sql",
		"    audit_table('orders', 'ORDER', '{description,metadata}', follow => '{in_flight_minor,held_minor,captured_minor,refunded_minor,voucher_minor}'),\n", "",
		"internal/store", "TestEveryTableIsAudited"},
	{"a dead process keeps its claims", "internal/store/due.go",
		"WHERE claims.claimed_until <= $1", "WHERE false",
		"internal/app", "TestClaims"},
	{"two processes claim the same", "internal/store/due.go",
		"WHERE claims.claimed_until <= $1", "WHERE true",
		"internal/app", "TestClaims"},
}

const root = "../.."

// TestMutants plants each bug and has the check that is named catch it. Without the flag
// it only sees to it that every bug can still be planted where it stood.
func TestMutants(t *testing.T) {
	for _, m := range planted {
		t.Run(m.name, func(t *testing.T) {
			raw, err := os.ReadFile(filepath.Join(root, m.file))
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(string(raw), m.old); n != 1 {
				t.Fatalf("%s has the text %d times: %s", m.file, n, m.old)
			}
			if !*mutants {
				return
			}
			began := time.Now()
			out, err := m.plant(t, strings.Replace(string(raw), m.old, m.new, 1))
			switch {
			case err == nil:
				t.Errorf("%s does not notice it", m.run)
			case !strings.Contains(out, "--- FAIL"):
				t.Errorf("the tests did not run: %.2000s", out)
			default:
				t.Logf("caught by %s in %s: %s", m.run, time.Since(began).Round(time.Second), lastFault(out))
			}
		})
	}
}

// plant runs the check with the bug in place of the file, which stays as it is.
func (m mutant) plant(t *testing.T, text string) (string, error) {
	t.Helper()
	dir := t.TempDir()
	changed, overlay := filepath.Join(dir, "changed"), filepath.Join(dir, "overlay.json")
	original, err := filepath.Abs(filepath.Join(root, m.file))
	if err != nil {
		t.Fatal(err)
	}
	list, err := json.Marshal(map[string]any{"Replace": map[string]string{original: changed}})
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{changed: []byte(text), overlay: list} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "go", "test", "-overlay", overlay, "-timeout", "5m", "-run", "^("+m.run+")$", "./"+m.pkg)
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// lastFault is the last line in which a test says what is wrong.
func lastFault(out string) (fault string) {
	fault = "it failed"
	for line := range strings.Lines(out) {
		if strings.Contains(line, "_test.go:") {
			fault = strings.TrimSpace(line)
		}
	}
	return fault[:min(len(fault), 200)]
}
