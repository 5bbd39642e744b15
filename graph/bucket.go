package graph

import (
	"context"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/paygraph/paygraph/internal/pay"
)

// bucket is the points that one caller may still spend. It fills again at a steady rate.
type bucket struct {
	mu    sync.Mutex
	level float64
	at    time.Time
	// turn is had by one of the streams that wait for points.
	turn chan struct{}
}

// buckets are those of the callers of this process. Several processes let a caller spend
// as much at each: points bound what one process has to do, and are nobody's money.
type buckets struct {
	// most is how many points a bucket holds, rate how many come back in a second.
	most, rate float64
	clock      pay.Clock
	// known are the callers that were here last. Who comes back after all the others
	// finds the bucket full, as it would be by then.
	known *lru.Cache[pay.Caller, *bucket]
}

// maxCallers bounds the memory for buckets: some hundred bytes each.
const maxCallers = 20_000

// newBuckets fills buckets at a rate of points a second; with rate zero there are none. A
// full bucket is worth ten seconds.
func newBuckets(rate int, clock pay.Clock) (*buckets, error) {
	if rate == 0 {
		return nil, nil
	}
	known, err := lru.New[pay.Caller, *bucket](maxCallers)
	return &buckets{most: float64(10 * rate), rate: float64(rate), clock: clock, known: known}, err
}

// of is the bucket of a caller.
func (b *buckets) of(caller pay.Caller) *bucket {
	if own, ok := b.known.Get(caller); ok {
		return own
	}
	fresh := &bucket{level: b.most, at: b.clock(), turn: make(chan struct{}, 1)}
	if other, ok, _ := b.known.PeekOrAdd(caller, fresh); ok { // somebody was quicker
		return other
	}
	return fresh
}

// take spends points of a caller where they have as many as are needed, at least one, or
// none; those that are not there are owed. It says how many are left, and how long to wait
// until there are enough; zero where they were spent.
func (b *buckets) take(caller pay.Caller, points, needed int) (left int, wait time.Duration) {
	own := b.of(caller)
	own.mu.Lock()
	defer own.mu.Unlock()
	b.fill(own)
	if missing := float64(needed) - own.level; missing > 0 {
		return own.left(), max(1, time.Duration(missing/b.rate*float64(time.Second)))
	}
	own.level -= float64(points)
	return own.left(), 0
}

// longestPause is how long who waits for points does not look whether there are some:
// others spend and give back meanwhile.
const longestPause = time.Second

// await spends points of a caller as soon as they have one, and owes the rest: who needs
// many would wait for ever where others spend what comes back. Those who wait do so in a
// line, so that any number of them costs little. It is false when ctx ended before.
func (b *buckets) await(ctx context.Context, caller pay.Caller, points int) bool {
	own := b.of(caller)
	select {
	case own.turn <- struct{}{}:
		defer func() { <-own.turn }()
	case <-ctx.Done():
	}
	for ctx.Err() == nil {
		_, wait := b.take(caller, points, 1)
		if wait == 0 {
			return true
		}
		pause := time.NewTimer(min(wait, longestPause))
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
		}
	}
	return false
}

// give gives back points that were spent and not needed. Fewer than none are those of an
// answer that came to more than was spent: they are owed, as many as a bucket holds at most.
func (b *buckets) give(caller pay.Caller, points int) (left int) {
	own := b.of(caller)
	own.mu.Lock()
	defer own.mu.Unlock()
	b.fill(own)
	own.level = max(-b.most, min(b.most, own.level+float64(points)))
	return own.left()
}

// left is how many points can be spent; none while some are owed.
func (b *bucket) left() int { return max(0, int(b.level)) }

// fill adds what came back since it was looked at last. A clock that went back adds none.
func (b *buckets) fill(own *bucket) {
	now := b.clock()
	own.level = min(b.most, own.level+b.rate*max(0, now.Sub(own.at).Seconds()))
	own.at = now
}
