package graph

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/paygraph/paygraph/internal/pay"
)

// turns let documents be read and validated that were not before: one of a caller at a
// time, and as many of all as half the processors can read. Points bound what a caller can
// have read in a minute, not in a moment: twenty callers who each spend ten seconds' worth
// at once would hold every processor for a second, and nobody else would be answered.
// Documents that are known wait for nothing; but whose refused ones wait in a crowd is
// turned away before it shows what they send.
type turns struct {
	free chan struct{}
	// pause is how long a caller's next document waits after one that was refused.
	pause time.Duration
	mu    sync.Mutex
	of    map[pay.Caller]*queue
}

const (
	// refusedPause is as long as the points of a refusal take to come back at the usual rate:
	// twenty callers who send nothing else use a fifth of a processor. Who mistypes does not
	// notice.
	refusedPause = 200 * time.Millisecond
	// maxDoubled is how often the pause is doubled for who goes on sending after being turned
	// away, once for each refusal in a row: twenty such callers use a fiftieth of a processor.
	maxDoubled = 3
	// pausedWaiting is how many may wait for that: who sends more is told to wait. Many more
	// may wait where all is well, as the users of a shop do whose documents are not known
	// after a start.
	pausedWaiting = 8
	// maxWaiting bounds what waits for its turn of one caller, in bytes.
	maxWaiting = 8 << 20
	// leastWaiting is what a request counts for that is smaller: it is more than its body.
	leastWaiting = 4 << 10
)

// queue is what waits for a turn of one caller, and who has it.
type queue struct {
	free chan struct{}
	// length counts those in it, for the last to take it away; bytes are those that they sent.
	length, bytes int
	// paused says that what was read last was refused.
	paused bool
	// away says that somebody was turned away since, crowds in front of how many refusals in a
	// row that was so.
	away   bool
	crowds int
}

// crowded says whether many wait for the pause after a refusal to end.
func (q *queue) crowded() bool { return q.paused && q.length > pausedWaiting }

// newTurns lets callers read on at once after a refusal where no points are counted.
func newTurns(counted bool) *turns {
	t := &turns{free: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2)), of: map[pay.Caller]*queue{}}
	if counted {
		t.pause = refusedPause
	}
	return t
}

// late is the refusal of what a caller sends now, if it had to wait for too much else.
func (t *turns) late(caller pay.Caller) *gqlerror.Error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if line, ok := t.of[caller]; ok && line.crowded() {
		return t.outOfTurn(line)
	}
	return nil
}

// pauseOf is how long the next of a queue waits behind a refusal.
func (t *turns) pauseOf(line *queue) time.Duration { return t.pause << min(line.crowds, maxDoubled) }

// outOfTurn is what a caller is told of whom too much waits.
func (t *turns) outOfTurn(line *queue) *gqlerror.Error {
	line.away = true
	return coded(codeRateLimited, throttled{t.pauseOf(line), outOfTurn})
}

const outOfTurn = "Documents that are refused come faster than they are read, and what you send after them must wait. Try again in %d s."

// over is a transport whose requests take turns.
func (t *turns) over(transport graphql.Transport) graphql.Transport {
	return takingTurns{transport, t}
}

type takingTurns struct {
	graphql.Transport
	turns *turns
}

// Do has the transport answer a request.
func (t takingTurns) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	t.Transport.Do(w, r, turnExecutor{exec, t.turns})
}

// turnExecutor ends the turn that a request took, when it is read and validated. Extensions,
// where the turn begins, are not told of every way in which that ends.
type turnExecutor struct {
	graphql.GraphExecutor
	turns *turns
}

// CreateOperationContext reads and validates a request.
func (e turnExecutor) CreateOperationContext(ctx context.Context, request *graphql.RawParams) (oc *graphql.OperationContext, faults gqlerror.List) {
	own := &turn{turns: e.turns, caller: callerOf(ctx)}
	defer func() { own.end(len(faults) > 0 && !becomesStream(ctx)) }()
	return e.GraphExecutor.CreateOperationContext(context.WithValue(ctx, turnKey{}, own), request)
}

// turn is that of one request, which may have none yet.
type turn struct {
	turns  *turns
	caller pay.Caller
	// queue is the one that it joined.
	queue *queue
	bytes int
	// taken says whether it came to be the caller's turn, and reads whether it read.
	taken, reads bool
}

type turnKey struct{}

// takeTurn waits until a document may be read that is not known. It is an error where too
// much of the caller's waits already, or the time of the request is over first. What comes
// by no transport, which is the messages of webhooks, waits for nothing.
func takeTurn(ctx context.Context) *gqlerror.Error {
	own, ok := ctx.Value(turnKey{}).(*turn)
	if !ok {
		return nil
	}
	if late := own.join(bytesSent(ctx)); late != nil {
		return late
	}
	if own.taken = enter(ctx, own.queue.free); own.taken {
		own.reads = enter(ctx, own.turns.free)
	}
	if !own.reads {
		return gaveUp(ctx)
	}
	return nil
}

// enter waits for a place; it is false where ctx ends first.
func enter(ctx context.Context, places chan<- struct{}) bool {
	select {
	case places <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// gaveUp is why a request waits no longer: its time is over, or its caller gone, whom nobody
// has to be called for.
func gaveUp(ctx context.Context) *gqlerror.Error {
	code := codeUnavailable
	if errors.Is(ctx.Err(), context.Canceled) {
		code = outcomeCanceled
	}
	return coded(code, pay.ErrUnavailable)
}

// join has a turn wait with the others of its caller; it is an error if they are too many.
func (t *turn) join(bytes int) *gqlerror.Error {
	bytes = max(bytes, leastWaiting)
	t.turns.mu.Lock()
	defer t.turns.mu.Unlock()
	line, ok := t.turns.of[t.caller]
	if !ok {
		line = &queue{free: make(chan struct{}, 1)}
		t.turns.of[t.caller] = line
	}
	if line.bytes+bytes > maxWaiting || line.crowded() {
		return t.turns.outOfTurn(line)
	}
	line.length, line.bytes = line.length+1, line.bytes+bytes
	t.queue, t.bytes = line, bytes
	return nil
}

// end gives the turn on, where one was taken or waited for: to the caller's next after a
// while, if what was read was refused.
func (t *turn) end(refused bool) {
	if t.queue == nil {
		return
	}
	if t.reads {
		<-t.turns.free
	}
	if pause := t.reading(refused); pause > 0 {
		time.AfterFunc(pause, t.leave)
		return
	}
	t.leave()
}

// reading notes how what was read ended, and is how long the caller's next waits for that.
func (t *turn) reading(refused bool) (pause time.Duration) {
	t.turns.mu.Lock()
	defer t.turns.mu.Unlock()
	switch {
	case !t.reads:
		return 0
	case refused && t.queue.away:
		t.queue.crowds++
	default:
		t.queue.crowds = 0
	}
	t.queue.away = false
	if t.queue.paused = refused && t.turns.pause > 0; !t.queue.paused {
		return 0
	}
	return t.turns.pauseOf(t.queue)
}

// leave has the caller's next take its turn.
func (t *turn) leave() {
	t.turns.mu.Lock()
	defer t.turns.mu.Unlock()
	if t.taken {
		t.queue.paused = false // it was this turn's, if it was
		<-t.queue.free
	}
	t.queue.length, t.queue.bytes = t.queue.length-1, t.queue.bytes-t.bytes
	if t.queue.length == 0 {
		delete(t.turns.of, t.caller)
	}
}
