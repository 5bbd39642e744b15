package store_test

import (
	"flag"
	"os"
	"testing"
)

// TestMain makes the properties of this package try fewer cases than usual:
// each case walks a list of the database several times. The command line can
// still say otherwise, because it is read later.
func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", "40"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
