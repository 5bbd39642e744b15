package config_test

import (
	"os"
	"strings"
	"testing"
)

// TestMain takes away the PG… variables, with which lib/pq completes every
// connection string.
func TestMain(m *testing.M) {
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "PG") {
			os.Unsetenv(name)
		}
	}
	os.Exit(m.Run())
}
