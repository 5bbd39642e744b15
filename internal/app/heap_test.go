package app

import (
	"runtime"
	"testing"

	"pgregory.net/rapid"
)

// TestGrowth: what is in use and what it grows by are one size, within bounds; more in use
// never means less heap.
func TestGrowth(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		used := rapid.Uint64Range(0, 1<<40).Draw(t, "used")
		percent := growth(used)
		if percent < leastGrowth || percent > mostGrowth {
			t.Fatalf("%d in use grow by %d hundredths", used, percent)
		}
		size := used + used*uint64(percent)/100
		if used < heapGoal && percent > leastGrowth && percent < mostGrowth && (size > heapGoal || size < heapGoal-used/50) {
			t.Fatalf("%d in use grow to %d", used, size)
		}
		if more := used + rapid.Uint64Range(0, 1<<30).Draw(t, "more"); more+more*uint64(growth(more))/100 < size-used/50 {
			t.Fatalf("%d in use grow to %d, and %d to less", used, size, more)
		}
	})
}

// TestKeepHeap: the growth follows what is in use, collection by collection. It is alone, as
// what others have in use counts too.
func TestKeepHeap(t *testing.T) {
	set := make(chan int, 100)
	held := make([]byte, heapGoal)
	keepHeap(func(percent int) { // which goes on behind the test, and must not wait: it is called where all cleanups are
		select {
		case set <- percent:
		default:
		}
	})
	runtime.GC()
	if least := <-set; least != leastGrowth {
		t.Errorf("with %d MiB in use the heap grows by %d hundredths", len(held)>>20, least)
	}
	runtime.KeepAlive(held)
	for range 100 {
		runtime.GC()
		select {
		case more := <-set:
			if more <= leastGrowth {
				t.Errorf("with less in use the heap grows by %d hundredths", more)
			}
			return
		default:
		}
	}
	t.Error("a hundred collections later the heap grows as it did")
}
