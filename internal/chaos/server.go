package chaos

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/chaos/failpoint"
	"github.com/paygraph/paygraph/internal/chaos/psp"
	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/manual"
	"github.com/paygraph/paygraph/internal/gateway/sandbox"
	"github.com/paygraph/paygraph/internal/pay"
)

// The variables by which a test program knows that it is to be a server, and which.
const (
	providerVariable  = "PAYGRAPH_CHAOS_PROVIDER"
	epochVariable     = "PAYGRAPH_CHAOS_EPOCH"
	skewVariable      = "PAYGRAPH_CHAOS_SKEW"
	failpointVariable = "PAYGRAPH_CHAOS_FAILPOINT"
)

// HookSecret signs the rehearsed provider's reports, jwtSecret tokens.
const (
	HookSecret = "what provider and gateway share"
	jwtSecret  = "qvNn3mC0u7Yw1kXzR5tEo8LpS2aHdGf4"
)

// IsServer says whether this process was started by StartServer; then it must call
// Serve and nothing else.
func IsServer() bool { return os.Getenv(providerVariable) != "" }

// Serve runs the program until it gets a signal, and returns its exit code.
func Serve() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if text := os.Getenv(failpointVariable); text != "" {
		plan, err := failpoint.Parse(text)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 2
		}
		failpoint.SetBackground(plan)
	}
	return app.Main(ctx, app.Process{Args: []string{"serve"}, Getenv: os.Getenv, Stdout: os.Stdout, Stderr: os.Stderr,
		Options: append(AppOptions(os.Getenv(providerVariable), epoch()), app.WithLocalClock(jumping()))})
}

// AppOptions put the program together for a rehearsal with the provider at url.
func AppOptions(url string, epoch time.Time) []app.Option {
	return []app.Option{
		app.WithConnectors(gateway.NewRegistry(sandbox.Connector, manual.Connector, failpoint.Gateway(psp.NewConnector(url, HookSecret)))),
		app.WithDriver(failpoint.Driver),
		app.WithHandler(failpoint.Handler),
		app.WithTempo(func(clock pay.Clock) pay.Clock { return fast(clock, epoch) }),
	}
}

// epoch is when the fast clocks of all servers began.
func epoch() time.Time {
	nanos, _ := strconv.ParseInt(os.Getenv(epochVariable), 10, 64)
	return time.Unix(0, nanos)
}

// fast is a clock that runs Speed times as fast since epoch.
func fast(clock pay.Clock, epoch time.Time) pay.Clock {
	return func() time.Time {
		return epoch.Add(Speed * clock().Sub(epoch)).UTC().Truncate(time.Microsecond)
	}
}

// jumping is the machine's clock: off by this server's skew every other second.
func jumping() func() time.Time {
	skew, _ := time.ParseDuration(os.Getenv(skewVariable))
	return func() time.Time {
		now := time.Now()
		if skew != 0 && now.Second()%2 == 0 {
			return now.Add(skew).Round(0) // without the reading that never jumps
		}
		return now
	}
}

// Server is one process of the program.
type Server struct {
	// URL is its address, which stays the same over restarts.
	URL string

	settings []string
	mu       sync.Mutex
	cmd      *exec.Cmd
	exited   chan struct{}
	log      io.Writer
}

// ServerOptions are how a server is started.
type ServerOptions struct {
	DatabaseURL, DirectURL, ProviderURL string
	Epoch                               time.Time
	Skew                                time.Duration
	Log                                 io.Writer
}

// NewServer prepares a server on a free port of this machine.
func NewServer(o ServerOptions) (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		return nil, err
	}
	return &Server{URL: "http://" + address, log: o.Log, settings: []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"),
		"PAYGRAPH_ADDR=" + address, "DATABASE_URL=" + o.DatabaseURL, "DATABASE_DIRECT_URL=" + o.DirectURL, "PAYGRAPH_JWT_SECRET=" + jwtSecret, "PAYGRAPH_SECRETS_KEY=" + jwtSecret,
		"PAYGRAPH_LOG_LEVEL=error", "PAYGRAPH_DATABASE_CONNECTIONS=6", "PAYGRAPH_COST_RATE=0", "PAYGRAPH_GATEWAY_TIMEOUT=" + GatewayTimeout.String(),
		providerVariable + "=" + o.ProviderURL, fmt.Sprintf("%s=%d", epochVariable, o.Epoch.UnixNano()), skewVariable + "=" + o.Skew.String()}}, nil
}

// Start starts the process, with more settings if it needs them, and waits until it
// is ready.
func (s *Server) Start(ctx context.Context, more ...string) error {
	if err := s.Launch(more...); err != nil {
		return err
	}
	return s.Ready(ctx)
}

// Launch starts the process.
func (s *Server) Launch(more ...string) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	cmd := exec.Command(program)
	cmd.Env = append(append([]string{}, s.settings...), more...)
	errors, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start a server: %w", err)
	}
	exited := make(chan struct{})
	s.cmd, s.exited = cmd, exited
	go func() {
		defer close(exited)
		lines := bufio.NewScanner(errors)
		for lines.Scan() {
			if s.log != nil {
				fmt.Fprintf(s.log, "%s %s\n", s.URL, lines.Text())
			}
		}
		cmd.Wait()
	}()
	return nil
}

// Ready waits until the server answers, or ended.
func (s *Server) Ready(ctx context.Context) error {
	exited := s.Exited()
	for {
		answer, err := http.Get(s.URL + "/readyz")
		if err == nil {
			answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-exited:
			return errors.New("the server ended while it started")
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Exited is closed when the process has ended.
func (s *Server) Exited() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.exited
}

// Signal sends the process a signal.
func (s *Server) Signal(sig os.Signal) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cmd.Process.Signal(sig)
}

// Kill ends the process at once, as a power cut does.
func (s *Server) Kill() {
	s.Signal(syscall.SIGKILL)
	<-s.Exited()
}
