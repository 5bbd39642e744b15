package config_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/config"
)

func TestDevelopmentSecretIsMadeOnce(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", "data")
	first, err := config.DevelopmentSecret(dir)
	if err != nil {
		t.Fatal(err)
	}
	again, err := config.DevelopmentSecret(dir)
	if err != nil || string(again) != string(first) {
		t.Errorf("got another secret, %v", err)
	}
	if len(first) != 2*auth.MinSecret {
		t.Errorf("%d characters", len(first))
	}
	other, err := config.DevelopmentSecret(t.TempDir())
	if err != nil || string(other) == string(first) {
		t.Errorf("two directories share a secret, %v", err)
	}
	info, err := os.Stat(filepath.Join(dir, "jwt-secret"))
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("%d files are left, %v", len(entries), err)
	}
}

func TestDevelopmentSecretPassesAsSecret(t *testing.T) {
	t.Parallel()
	for range 50 {
		secret, err := config.DevelopmentSecret(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := production.with(env{"PAYGRAPH_JWT_SECRET": string(secret)}).read(); err != nil {
			t.Errorf("refused: %v", err)
		}
	}
}

func TestRacingProcessesGetTheSameSecret(t *testing.T) {
	t.Parallel()
	for range 20 {
		dir := filepath.Join(t.TempDir(), "data")
		secrets := make([]string, 16)
		var wg sync.WaitGroup
		for i := range secrets {
			wg.Go(func() {
				secret, err := config.DevelopmentSecret(dir)
				if err != nil {
					t.Error(err)
				}
				secrets[i] = string(secret)
			})
		}
		wg.Wait()
		for _, s := range secrets {
			if s != secrets[0] || len(s) != 2*auth.MinSecret {
				t.Fatalf("not all have the same secret")
			}
		}
		if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
			t.Errorf("%d files are left, %v", len(entries), err)
		}
	}
}

func TestBrokenDevelopmentSecretIsNotReplaced(t *testing.T) {
	t.Parallel()
	for outcome, content := range map[string]string{"empty": "", "short": "abcd", "no digits": "hunter2"} {
		dir := t.TempDir()
		file := filepath.Join(dir, "jwt-secret")
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if secret, err := config.DevelopmentSecret(dir); err == nil || secret != nil {
			t.Errorf("%s: accepted", outcome)
		}
		if got, err := os.ReadFile(file); err != nil || string(got) != content {
			t.Errorf("%s: the file was changed", outcome)
		}
	}
}

func TestDevelopmentSecretNeedsADirectory(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if secret, err := config.DevelopmentSecret(filepath.Join(file, "data")); err == nil {
		t.Errorf("got %d bytes", len(secret))
	}
}
