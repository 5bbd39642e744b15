package app

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"

	"github.com/paygraph/paygraph/internal/config"
)

// The collector of garbage begins whenever the heap has doubled, by itself. A server with a few
// MiB in use answers small requests and collects a hundred times a second then, a tenth of all
// it does; one with more has as much garbage as it has in use, which is most of its memory.
// Better is a heap that grows to the same size in both cases. One that is large has Go's rule:
// what is saved by collecting it more often costs too much.
const (
	// heapGoal is how large the heap should grow before garbage is collected, in bytes.
	heapGoal = 12 << 20
	// leastGrowth and mostGrowth bound by how many hundredths of what is in use it grows: less
	// is collecting all the time, and more is more than the goal by another rule of Go's.
	leastGrowth, mostGrowth = 40, 300
	// ample is from how much in use on, in bytes, it grows by ownGrowth, which is Go's.
	ample, ownGrowth = 40 << 20, 100
)

// growth is by how many hundredths of what is in use, in bytes, the heap should grow (GOGC).
func growth(used uint64) int {
	most, wanted := uint64(ownGrowth), used*ownGrowth/ample
	if used < heapGoal {
		most, wanted = mostGrowth, (heapGoal-used)*100/max(1, used)
	}
	return int(min(max(wanted, leastGrowth), most)) // #nosec G115 -- at most mostGrowth
}

// heapKeeper sets the growth of the process behind collections; where they follow each other
// fast, behind every second one.
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

// setGrowth sets it for this process.
func setGrowth(percent int) { debug.SetGCPercent(percent) }

// again has a later collection call collected: what nobody refers to is found by it.
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

// tune has a process that serves, and does nothing else, keep its heap, unless the operator has
// set GOGC and knows better. Where nobody can ask for profiles it does not note where memory is
// taken, which is a hundredth of what requests cost, and a MiB.
func tune(p Process, c config.Config) {
	if p.Getenv("GOGC") == "" {
		keepHeap(setGrowth)
	}
	if c.AdminAddr == "" || c.AdminExposed {
		runtime.MemProfileRate = 0
	}
}
