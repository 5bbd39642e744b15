// Package failpoint has a program break off at a step that is named: it is killed
// there, hangs, gets an error, or panics, once.
//
// Nobody has to place the points, so none can be forgotten: every statement of a
// transaction is one, before and after it, and so are COMMIT and the calls of a
// gateway. A request asks for the list of its points with the header Paygraph-Failpoint
// and the value "list", and for a break with "POINT=ACTION"; what the program does
// by itself breaks at the point in a Plan of its own. It is for tests only: the
// program itself contains none of it.
package failpoint

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/paygraph/paygraph/internal/gateway"
)

// Header is how a request asks for a break, and gets the points that it passed.
const Header = "Paygraph-Failpoint"

// Action is how the program breaks off.
type Action string

// The actions.
const (
	Kill  Action = "kill"
	Hang  Action = "hang"
	Error Action = "error"
	Panic Action = "panic"
	// Stall is a process that stands still between its commit and its call, until long
	// after its lease, and then finds that it cannot send.
	Stall Action = "stall"
)

// Actions lists those that can happen at any point.
func Actions() []Action { return []Action{Kill, Hang, Error, Panic} }

const (
	// hangTime is how long a hang lasts: longer than a gateway is waited for.
	hangTime = 1500 * time.Millisecond
	// stallTime is how long a stall lasts: until others looked after the lease's end.
	stallTime = 4 * time.Second
)

// errInjected is the error of a point; it looks like a lost connection.
var errInjected = fmt.Errorf("failpoint: %w", syscall.ECONNRESET)

// Plan is one break that is wanted, and the points that were passed so far.
type Plan struct {
	mu     sync.Mutex
	at     string
	action Action
	fired  bool
	count  map[string]int
	passed []string
}

// Parse reads a plan: "list", or a point, "=" and an action.
func Parse(text string) (*Plan, error) {
	p := &Plan{count: map[string]int{}}
	if text == "list" {
		return p, nil
	}
	i := strings.LastIndex(text, "=")
	if i < 0 {
		return nil, fmt.Errorf("failpoint: %q is no point with an action", text)
	}
	p.at, p.action = text[:i], Action(text[i+1:])
	return p, nil
}

// Passed lists the points in their order; one that is passed again has its number.
func (p *Plan) Passed() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string{}, p.passed...)
}

type planKey struct{}

// With returns a context whose steps follow the plan.
func With(ctx context.Context, p *Plan) context.Context {
	return context.WithValue(ctx, planKey{}, p)
}

// background is the plan of what the program does by itself.
var background *Plan

// SetBackground has what the program does by itself follow a plan. It is called once,
// before the program starts.
func SetBackground(p *Plan) { background = p }

// Hit passes a point. It does not return when the program is killed there.
func Hit(ctx context.Context, name string) error {
	err, panics := reach(ctx, name)
	if panics {
		panic("failpoint " + name)
	}
	return err
}

// reach is Hit for places where a panic must wait: it says that one is wanted.
func reach(ctx context.Context, name string) (err error, panics bool) {
	p, ok := ctx.Value(planKey{}).(*Plan)
	if !ok {
		p = background
	}
	if p == nil || !p.pass(name) {
		return nil, false
	}
	switch p.action {
	case Kill:
		syscall.Kill(syscall.Getpid(), syscall.SIGKILL)
		select {}
	case Hang:
		time.Sleep(hangTime)
		return nil, false
	case Stall:
		time.Sleep(stallTime)
		return gateway.ErrNotSent, false
	case Panic:
		return nil, true
	}
	return errInjected, false
}

// pass counts a point, and says whether the program is to break there.
func (p *Plan) pass(name string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count[name]++
	if n := p.count[name]; n > 1 {
		name = fmt.Sprintf("%s #%d", name, n)
	}
	p.passed = append(p.passed, name)
	if p.fired || name != p.at {
		return false
	}
	p.fired = true
	return true
}

// Handler lets requests ask for breaks.
func Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text := r.Header.Get(Header)
		if text == "" {
			next.ServeHTTP(w, r)
			return
		}
		p, err := Parse(text)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		next.ServeHTTP(&told{ResponseWriter: w, plan: p}, r.WithContext(With(r.Context(), p)))
	})
}

// told adds the points to the head of an answer.
type told struct {
	http.ResponseWriter
	plan *Plan
	once sync.Once
}

func (t *told) head() {
	t.once.Do(func() { t.Header().Set(Header, strings.Join(t.plan.Passed(), ",")) })
}

func (t *told) WriteHeader(status int) {
	t.head()
	t.ResponseWriter.WriteHeader(status)
}

func (t *told) Write(raw []byte) (int, error) {
	t.head()
	return t.ResponseWriter.Write(raw)
}

// Unwrap is for http.ResponseController.
func (t *told) Unwrap() http.ResponseWriter { return t.ResponseWriter }
