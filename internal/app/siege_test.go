package app_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
)

// siege is a server in a process of its own with the data of a dashboard, and those who
// ask it.
type siege struct {
	t            *testing.T
	url, address string
	pid          int
	client       *http.Client
	// documents are what a dashboard asks, users who does: many, for each may ask only
	// so much.
	documents [][]byte
	users     []string
	attackers []string
	// bodies are the hostile requests without their headers.
	bodies []string
	// idle are connections on which nothing is being answered.
	idle chan *attackLine
}

// besiege starts a server with a hundred paid orders.
func besiege(t *testing.T) *siege {
	t.Helper()
	api := apptest.Start(t)
	admin := api.Admin(t)
	made := admin.Make(t)
	customer, gateway := made.Customer(), made.Gateway(nil)
	minors := make([]int64, 100)
	for i := range minors {
		minors[i] = int64(100 + i)
	}
	for _, order := range made.Orders(customer, minors...) {
		made.PayWhole(gateway, order)
	}
	made.Orders(customer, minors[:20]...)
	s := &siege{t: t, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1000}, Timeout: 30 * time.Second}, idle: make(chan *attackLine, 1000)}
	api.JWT.Secret = []byte("K6v0eSx2mW9qTzR4uYb7NcD1fGhJ5LpA") // the program refuses those of tests
	for i := range 200 {
		s.users = append(s.users, api.Token(t, auth.Grant{Subject: fmt.Sprint("user-", i)}))
	}
	other := api.NewCompany(t, "other")
	for i := range *attackers {
		s.attackers = append(s.attackers, api.Token(t, auth.Grant{CompanyID: other.ID, Subject: fmt.Sprint("attacker-", i)}))
	}
	hostile := hostileDocuments()
	for _, name := range slices.Sorted(maps.Keys(hostile)) {
		s.bodies = append(s.bodies, hostile[name])
	}
	s.documents = dashboardDocuments(t)
	s.start(api)
	t.Cleanup(s.client.CloseIdleConnections)
	return s
}

// dashboardDocuments are the saved examples that a dashboard shows first.
func dashboardDocuments(t *testing.T) [][]byte {
	t.Helper()
	var bodies [][]byte
	for _, name := range []string{"01-payments", "02-summary", "05-orders"} {
		text, err := os.ReadFile("../web/examples/" + name + ".graphql")
		if err != nil {
			t.Fatal(err)
		}
		var variables json.RawMessage
		if raw, err := os.ReadFile("../web/examples/" + name + ".json"); err == nil {
			variables = raw
		}
		bodies = append(bodies, []byte(requestOf(string(text), variables)))
	}
	return bodies
}

// start builds the program and starts it as an installation does.
func (s *siege) start(api *apptest.API) {
	s.t.Helper()
	program := filepath.Join(s.t.TempDir(), "paygraph")
	if out, err := exec.Command("go", "build", "-o", program, "../..").CombinedOutput(); err != nil {
		s.t.Fatalf("build: %v: %s", err, out)
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	s.address = free.Addr().String()
	s.url = "http://" + s.address
	free.Close()
	cmd := exec.Command(program, "serve")
	cmd.Env = []string{"PAYGRAPH_ADDR=" + s.address, "DATABASE_URL=" + api.Config.DatabaseURL, "PAYGRAPH_JWT_SECRET=" + string(api.JWT.Secret)}
	log, err := os.Create(filepath.Join(s.t.TempDir(), "log"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.pid = cmd.Process.Pid
	s.t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
	})
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		response, err := http.Get(s.url + "/readyz")
		if err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return
			}
		}
		if time.Now().After(deadline) {
			text, _ := os.ReadFile(log.Name())
			s.t.Fatalf("the server is not ready: %v: %.2000s", err, text)
		}
	}
}

// tallied counts answers to hostile requests.
type tallied struct {
	mu     sync.Mutex
	seen   map[string]int
	unsent int
}

func (c *tallied) add(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen == nil {
		c.seen = map[string]int{}
	}
	c.seen[what]++
}

func (c *tallied) counts() map[string]int {
	if c.unsent > 0 {
		c.seen["not sent"] = c.unsent
	}
	return c.seen
}

// mostAtOnce bounds hostile requests that are not answered yet.
const mostAtOnce = 500

// hostile sends hostile requests of these callers, and returns how many could not be sent
// because too many others waited for an answer.
func (s *siege) hostile(tokens []string, count *tallied) int {
	return steadily(*hostileRate, *hostileTime, mostAtOnce, func(i int, _ time.Time) {
		status, err := s.attack(tokens[i%len(tokens)], s.bodies[i%len(s.bodies)])
		if err != nil {
			status = "broken off"
		}
		count.add(status)
	})
}

// attackLine is a connection of an attacker, who spends little on each request: nothing of it
// is made or read that need not be.
type attackLine struct {
	net.Conn
	answers *bufio.Reader
}

func (s *siege) attack(token, body string) (status string, err error) {
	var l *attackLine
	select {
	case l = <-s.idle:
	default:
		connection, err := net.Dial("tcp", s.address)
		if err != nil {
			return "", err
		}
		l = &attackLine{connection, bufio.NewReader(connection)}
	}
	kept := false
	defer func() {
		if !kept {
			l.Close()
		}
	}()
	if err := l.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		return "", err
	}
	if _, err := fmt.Fprintf(l, "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s", token, len(body), body); err != nil {
		return "", err
	}
	response, err := http.ReadResponse(l.answers, nil)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return "", err
	}
	if !response.Close {
		select {
		case s.idle <- l:
			kept = true
		default:
		}
	}
	return strconv.Itoa(response.StatusCode), nil
}
