package pay_test

import (
	"flag"
	"os"
	"testing"
)

// TestMain makes every property of this package try thousands of cases: all are
// pure functions, so that takes moments. The command line can still say
// otherwise, because it is read later.
func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", "3000"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

func ptr[T any](v T) *T { return &v }
