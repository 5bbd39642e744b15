package observe_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"log/slog"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/observe"
	"github.com/paygraph/paygraph/internal/pay"
)

// logged writes one line and returns its attributes.
func logged(t *testing.T, write func(*slog.Logger)) map[string]any {
	t.Helper()
	var out bytes.Buffer
	write(slog.New(observe.Log(observe.Log(slog.NewJSONHandler(&out, nil))))) // twice is once
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatalf("%s: %v", out.String(), err)
	}
	return line
}

// secretive has a secret where a log finds none by its key.
type secretive struct{ Secret string }

// TestLog proves that a line names its request and what that asks for, and that nothing
// gets into it that is not listed.
func TestLog(t *testing.T) {
	t.Parallel()
	ctx := pay.WithTask(pay.WithRequest(t.Context(), "r-1"), "payOrders")
	line := logged(t, func(l *slog.Logger) {
		l.InfoContext(ctx, "done", "status", 200, "error", errors.New("sealed"), "iban", "zqsecret", "body", []byte("zqsecret"))
	})
	if line["requestId"] != "r-1" || line["operation"] != "payOrders" || line["status"] != 200.0 || line["error"] != "sealed" {
		t.Errorf("line %v", line)
	}
	for name, write := range map[string]func(*slog.Logger){
		"an unlisted key":   func(l *slog.Logger) { l.Info("x", "secret", "zqsecret") },
		"a forgotten key":   func(l *slog.Logger) { l.Info("x", []any{"zqsecret"}...) },
		"a value as key":    func(l *slog.Logger) { l.Info("x", "zqsecret", 1) },
		"a group":           func(l *slog.Logger) { l.Info("x", slog.Group("error", "a", "zqsecret")) },
		"fixed attributes":  func(l *slog.Logger) { l.With("password", "zqsecret").Info("x") },
		"inside of a group": func(l *slog.Logger) { l.WithGroup("g").With("x", "zqsecret").Info("x", "y", "zqsecret") },
		"an error's card":   func(l *slog.Logger) { l.Info("x", "error", errors.New("zqsecret 4111 1111 1111 1111")) },
		"a struct's token":  func(l *slog.Logger) { l.Info("x", "error", secretive{"Bearer zqsecret"}) },
		"the message":       func(l *slog.Logger) { l.Info("x tok_zqsecret") },
	} {
		if text := fmt.Sprint(logged(t, write)); strings.Contains(text, "zqsecret") {
			t.Errorf("%s shows: %s", name, text)
		}
	}
	if line := logged(t, func(l *slog.Logger) { l.InfoContext(context.Background(), "x", "operation", "a") }); line["requestId"] != nil || line["operation"] != "a" {
		t.Errorf("outside of a request: %v", line)
	}
}

// TestMasked proves that what looks like a secret is not shown, and other text is.
func TestMasked(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"pq: duplicate key value violates unique constraint \"orders_reference\"": "pq: duplicate key value violates unique constraint \"orders_reference\"",
		"key pg_live_abc1… is unknown":                                            "key pg_live_abc1… is unknown",
		"key pg_live_abc1234567890123456789012345678901234567890 is unknown":      "key *** is unknown",
		"the proxy said bAsIc dXNlcjpwYXNz":                                       "the proxy said ***",
		"(BEARER abc":                                                             "(***",
		"basically a bearer  of news":                                             "basically a bearer  of news",
		"header Authorization: Bearer abc.def was sent":                           "header Authorization: *** was sent",
		"got eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.x here":                          "got *** here",
		"dial postgres://app:hunter2@db:5432/pay: refused":                        "dial postgres***db:5432/pay: refused",
		"account PT50000201231234567890154 has none":                              "account *** has none",
		"account PT50 0002 0123 1234 5678 9015 4 has none":                        "account *** has none",
		"account pt50 0002 0123 1234 5678 9015 4":                                 "account ***",
		"token tok_approve.7f3a and whsec_aGVsbG8=":                               "token *** and ***",
		"account DE89.3704.0044.0532.0130.00 is closed":                           "a text with an account number in it",
		"card 4111-1111-1111-1111 declined":                                       "a text with a card number in it",
		"transaction trx_06bq3v7dp4rhhb9z8e0v2k1m5c of 2026-03-04T05:06:07Z":      "transaction trx_06bq3v7dp4rhhb9z8e0v2k1m5c of 2026-03-04T05:06:07Z",
		"connect: dial tcp 127.0.0.1:5432: connection refused (attempt 12345)":    "connect: dial tcp 127.0.0.1:5432: connection refused (attempt 12345)",
	} {
		if got := observe.Masked(text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
	if got := observe.Masked(strings.Repeat("é", 10000)); len(got) > 8<<10+8 || !strings.HasSuffix(got, "é…") {
		t.Errorf("a long text is shown in %d bytes", len(got))
	}
}

// TestEveryKeyIsListed proves by the source that no line of the program loses an
// attribute because nobody listed its key.
func TestEveryKeyIsListed(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, root := range []string{"..", "../../graph"} {
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir() && (entry.Name() == "generated" || entry.Name() == "chaos" || entry.Name() == "observe" || entry.Name() == "pgtest"):
				return filepath.SkipDir
			case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
				return nil
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return err
			}
			for _, key := range loggedKeys(file) {
				seen++
				if line := logged(t, func(l *slog.Logger) { l.Info("x", key, "v") }); line[key] != "v" {
					t.Errorf("%s logs %s, which is not listed", path, key)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if seen < 50 {
		t.Errorf("only %d keys were found, so the rest proves nothing", seen)
	}
}

// loggedKeys are the keys of attributes that a file logs.
func loggedKeys(file *ast.File) (keys []string) {
	text := func(e ast.Expr) (string, bool) {
		literal, ok := e.(*ast.BasicLit)
		if !ok || literal.Kind != token.STRING {
			return "", false
		}
		value, err := strconv.Unquote(literal.Value)
		return value, err == nil
	}
	// where the message stands in a call, after which keys and values take turns
	messages := map[string]int{"Info": 0, "Warn": 0, "Error": 0, "Debug": 0, "InfoContext": 1, "WarnContext": 1, "ErrorContext": 1, "DebugContext": 1, "Log": 2}
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		method, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if of, isPackage := method.X.(*ast.Ident); isPackage && of.Name == "slog" && len(call.Args) == 2 { // slog.String and its like
			if key, ok := text(call.Args[0]); ok {
				keys = append(keys, key)
			}
			return true
		}
		at, ok := messages[method.Sel.Name]
		receiver := fmt.Sprint(method.X)
		if inner, isField := method.X.(*ast.SelectorExpr); isField {
			receiver = inner.Sel.Name
		}
		if !ok || !strings.EqualFold(receiver, "log") {
			return true
		}
		for i := at + 1; i < len(call.Args); i += 2 {
			if key, ok := text(call.Args[i]); ok {
				keys = append(keys, key)
			}
		}
		return true
	})
	return keys
}
