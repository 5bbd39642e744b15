package app_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pg/pgtest"
)

var followers = flag.Int("followers", 0, "measure a server of its own with so many idle subscribers")

// TestIdleFollowers proves that those who follow and are told nothing cost little memory
// and nothing at the database, however many they are: one statement every look,
// in a transaction of its own that says that it works across tenants.
func TestIdleFollowers(t *testing.T) {
	// Not parallel: it measures the whole process.
	w := &wire{}
	api := apptest.Start(t, w.option())
	token := api.Token(t, auth.Grant{})
	after := apptest.Vars{"after": logOf(t, api.Admin(t), nil).PageInfo.EndCursor}
	openSocket(t, api, token, after)
	before := memory()
	const many = 90
	for range many {
		openSocket(t, api, token, after)
	}
	for api.App.OpenStreams() <= many {
		runtime.Gosched()
	}
	quiet := time.NewTimer(300 * time.Millisecond) // until all have begun
	<-quiet.C
	if each := (memory() - before) / many; each > 160<<10 {
		t.Errorf("a subscriber and its client cost %d KiB", each>>10)
	} else {
		t.Logf("a subscriber and its client cost %d KiB", each>>10)
	}
	w.take()
	quiet.Reset(time.Second)
	<-quiet.C
	if sent := w.take(); len(sent) < 3*2 || len(sent) > 3*6 {
		t.Errorf("%d statements in a second: %q", len(sent), sent)
	}
}

// memory is what the process has in use, garbage left out.
func memory() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}

// TestThousandFollowers measures what idle subscribers cost a server: memory of its
// process, processor time and statements. It runs with -followers.
func TestThousandFollowers(t *testing.T) {
	if *followers == 0 {
		t.Skip("a measurement; run with -followers 1000")
	}
	binary := filepath.Join(t.TempDir(), "paygraph")
	if out, err := exec.Command("go", "build", "-o", binary, "../..").CombinedOutput(); err != nil {
		t.Fatalf("build: %v: %s", err, out)
	}
	api := apptest.Start(t)
	token := api.Token(t, auth.Grant{})
	url, pid := startBinary(t, binary, api.Database)
	child := *api
	child.URL = url
	after := apptest.Vars{"after": logOf(t, api.Admin(t), nil).PageInfo.EndCursor}
	openSocket(t, &child, token, after)
	rss, cpu := usage(t, pid)
	var who auth.Grant
	for i := range *followers {
		if i%900 == 0 { // a company has at most a thousand connections
			who.CompanyID = api.NewCompany(t, fmt.Sprint("followed-", i)).ID
			after = apptest.Vars{"after": logOf(t, api.Client(api.Token(t, who)), nil).PageInfo.EndCursor}
		}
		if i%90 == 0 { // and a caller a hundred
			who.Subject = fmt.Sprint("subscriber ", i)
			token = api.Token(t, who)
		}
		transport := []string{"websocket", "sse"}[i%2]
		transports[transport](t, &child, token, after)
	}
	statements := func() int {
		return valueOf[int](t, api.Database.DB, "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()")
	}
	opened, begun := usage(t, pid)
	asked := statements()
	<-time.After(30 * time.Second)
	idle, spent := usage(t, pid)
	t.Logf("%d subscribers: %.1f MB more resident (%.1f MB without), %.0f ms of processor time to open them, %.0f ms and %d transactions in 30 idle seconds",
		*followers, float64(max(idle, opened)-rss)/1e6, float64(rss)/1e6, (begun-cpu)*1000, (spent-begun)*1000, statements()-asked)
	if max(idle, opened)-rss > 100_000_000*int64(*followers)/1000 {
		t.Errorf("%d subscribers cost %d bytes", *followers, max(idle, opened)-rss)
	}
}

// startBinary runs the program on a database until the test ends.
func startBinary(t *testing.T, binary string, d pgtest.Database) (url string, pid int) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	command := exec.CommandContext(ctx, binary)
	command.Env = append(os.Environ(), "DATABASE_URL="+d.URL, "PAYGRAPH_JWT_SECRET="+apptest.Secret, "PAYGRAPH_ADDR=127.0.0.1:0", "PAYGRAPH_LOG_FORMAT=json")
	output, err := command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); command.Wait() })
	text, buffer := "", make([]byte, 4096)
	for !strings.Contains(text, `"address":"`) {
		n, err := output.Read(buffer)
		if err != nil {
			t.Fatalf("the server ended: %s", text)
		}
		text += string(buffer[:n])
	}
	go func() {
		for {
			if _, err := output.Read(buffer); err != nil {
				return
			}
		}
	}()
	_, address, _ := strings.Cut(text, `"address":"`)
	address, _, _ = strings.Cut(address, `"`)
	return "http://" + address, command.Process.Pid
}

// usage is the resident memory of a process in bytes and its processor time in seconds.
func usage(t *testing.T, pid int) (rss int64, cpu float64) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Skipf("no figures of processes here: %v", err)
	}
	_, text, _ := strings.Cut(string(status), "VmRSS:")
	kilobytes, err := strconv.ParseInt(strings.Fields(text)[0], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	for _, ticks := range fields[11:13] {
		n, _ := strconv.ParseFloat(ticks, 64)
		cpu += n / 100
	}
	return kilobytes << 10, cpu
}
