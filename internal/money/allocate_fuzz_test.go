package money

import (
	"encoding/binary"
	"testing"
)

// FuzzAllocate splits any total by any weights: what is split adds up again, and nothing
// is given to a weight of zero.
func FuzzAllocate(f *testing.F) {
	f.Add(int64(100), []byte{0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2})
	f.Add(int64(-MaxMinor), []byte{127, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Add(int64(-1<<63), []byte{128, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, total int64, raw []byte) {
		var weights []int64
		for ; len(raw) >= 8; raw = raw[8:] {
			weights = append(weights, int64(binary.BigEndian.Uint64(raw)))
		}
		parts, err := Allocate(total, weights)
		if err != nil {
			if parts != nil {
				t.Errorf("parts with %v", err)
			}
			return
		}
		sum, err := Sum(parts...)
		if err != nil || sum != total || len(parts) != len(weights) {
			t.Fatalf("%d by %v: %v add up to %d, %v", total, weights, parts, sum, err)
		}
		for i, part := range parts {
			if weights[i] == 0 && part != 0 || part != 0 && (part < 0) != (total < 0) {
				t.Errorf("%d by %v: got %v", total, weights, parts)
			}
		}
	})
}
