package app

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

// The collector of garbage begins whenever the heap has doubled, by itself. A server with a few
// MiB in use answers small requests and collects a hundred times a second then, a tenth of all
// it does; one with more has as much garbage as it has in use, which is most of its memory.
// Better is a heap that grows to the same size in both cases.
const (
	// heapGoal is how large the heap may grow before garbage is collected, in bytes.
	heapGoal = 12 << 20
	// leastGrowth and mostGrowth bound by how many hundredths of what is in use it grows: less
	// is collecting all the time, and more is nothing gained.
	leastGrowth, mostGrowth = 40, 400
)

// growth is by how many hundredths of what is in use, in bytes, the heap should grow (GOGC).
func growth(used uint64) int {
	if used >= heapGoal {
		return leastGrowth
	}
	return int(min(max((heapGoal-used)*100/max(1, used), leastGrowth), mostGrowth)) // #nosec G115 -- at most mostGrowth
}

// heapKeeper sets the growth of the process behind each collection.
type heapKeeper struct {
	used []metrics.Sample
	set  func(percent int)
	// percent is what was set last.
	percent int
}

// keepHeap has the heap grow as growth says, for as long as the process lasts.
func keepHeap(set func(percent int)) {
	k := &heapKeeper{used: []metrics.Sample{{Name: "/gc/heap/live:bytes"}}, set: set}
	k.again()
}

// keepOwnHeap does it for this process.
var keepOwnHeap = sync.OnceFunc(func() { keepHeap(func(percent int) { debug.SetGCPercent(percent) }) })

// again has the next collection call collected: what nobody refers to is found by it.
func (k *heapKeeper) again() {
	type unreferenced struct{ _ *heapKeeper } // with a pointer, as small things without share their memory
	runtime.AddCleanup(&unreferenced{}, (*heapKeeper).collected, k)
}

func (k *heapKeeper) collected() {
	metrics.Read(k.used)
	percent := growth(k.used[0].Value.Uint64())
	if off := percent - k.percent; off > k.percent/20 || off < -k.percent/20 { // setting it halts all threads
		k.percent = percent
		k.set(percent)
	}
	k.again()
}

// forgoProfiles notes nothing any more of where memory is taken: where nobody can ask for
// profiles that is a hundredth of what requests cost, and a MiB.
var forgoProfiles = sync.OnceFunc(func() { runtime.MemProfileRate = 0 })
