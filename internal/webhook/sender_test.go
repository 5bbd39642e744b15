package webhook

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/paygraph/paygraph/internal/pay"
)

var secret = []byte(strings.Repeat("s", 32))

func message(url string) Message {
	return Message{URL: url, ID: "whd_1", At: time.Now(), Body: []byte(`{"type":"TEST"}`), Secrets: [][]byte{secret}}
}

// why is the failure of a try, or "".
func why(a Answer) pay.WebhookFailure {
	if a.Failure == nil {
		return ""
	}
	return *a.Failure
}

// TestSend proves that a message arrives as it was made, with signatures that the public
// library verifies, and what is made of each answer.
func TestSend(t *testing.T) {
	t.Parallel()
	other := []byte(strings.Repeat("o", 32))
	received := make(chan error, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := make([]byte, 100)
		n, _ := r.Body.Read(body)
		var fault error
		for _, s := range [][]byte{secret, other} {
			key, err := standardwebhooks.NewWebhookRaw(s)
			if err == nil {
				err = key.Verify(body[:n], r.Header)
			}
			if err != nil {
				fault = err
			}
		}
		if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" || string(body[:n]) != `{"type":"TEST"}` {
			fault = fmt.Errorf("%s %v %s", r.Method, r.Header, body[:n])
		}
		received <- fault
		fmt.Fprint(w, "thank\x1b[31m you\x00")
	}))
	t.Cleanup(server.Close)
	m := message(server.URL)
	m.Secrets = append(m.Secrets, other)
	a := New(prefixes("127.0.0.0/8")).Send(t.Context(), m)
	if err := <-received; err != nil || why(a) != "" || *a.Status != 200 || *a.Excerpt != "thank [31m you" {
		t.Errorf("%v; %+v", err, a)
	}
}

// TestAnswers proves what is made of each answer.
func TestAnswers(t *testing.T) {
	t.Parallel()
	var elsewhere atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // or the server does not notice that the client is gone
		switch r.URL.Path {
		case "/elsewhere":
			elsewhere.Add(1)
		case "/redirect":
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		case "/metadata":
			http.Redirect(w, r, "http://169.254.169.254/latest/meta-data", http.StatusFound)
		case "/busy":
			w.Header().Set("Retry-After", "120")
			w.WriteHeader(http.StatusTooManyRequests)
			fmt.Fprint(w, "card 4242 4242 4242 4242")
		case "/gone":
			w.WriteHeader(http.StatusGone)
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			w.Write([]byte("\x1f\x8b" + strings.Repeat("x", 1000)))
		case "/endless":
			for block := []byte(strings.Repeat("x", 1<<16)); r.Context().Err() == nil; {
				if _, err := w.Write(block); err != nil {
					break
				}
			}
			elsewhere.Add(100) // the client is gone, which either may tell first
		case "/header":
			w.Header().Set("X-Long", strings.Repeat("x", 1<<20))
		}
	}))
	t.Cleanup(server.Close)
	s := New(prefixes("127.0.0.0/8"))
	for path, want := range map[string]pay.WebhookFailure{"/": "", "/redirect": pay.WebhookFailureRedirect, "/metadata": pay.WebhookFailureRedirect, "/busy": pay.WebhookFailureStatus,
		"/gone": pay.WebhookFailureGone, "/bomb": "", "/endless": "", "/header": pay.WebhookFailureConnection} {
		a := s.Send(t.Context(), message(server.URL+path))
		if why(a) != want {
			t.Errorf("%s: %q, %+v", path, why(a), a)
		}
		if a.Excerpt != nil && len(*a.Excerpt) > maxExcerpt || path == "/busy" && (a.RetryAfter != 2*time.Minute || a.Excerpt != nil) {
			t.Errorf("%s: %+v", path, a)
		}
	}
	server.Close()
	if n := elsewhere.Load(); n != 100 { // the endless answer was broken off, and nobody was redirected
		t.Errorf("counted %d", n)
	}
	if a := s.Send(t.Context(), message(server.URL)); why(a) != pay.WebhookFailureConnection {
		t.Errorf("nobody there: %+v", a)
	}
	if a := s.Send(t.Context(), message("http://nothing.invalid/")); why(a) != pay.WebhookFailureName && why(a) != pay.WebhookFailureTimeout {
		t.Errorf("no such name: %+v", a)
	}
}

// TestSlowAnswers proves that a receiver is waited for so long, however it dawdles.
func TestSlowAnswers(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // or the server does not notice that the client is gone
		if r.URL.Path == "/drip" {  // an answer all the same, however long its body takes
			for {
				fmt.Fprint(w, "x")
				w.(http.Flusher).Flush()
				select {
				case <-time.After(20 * time.Millisecond):
				case <-r.Context().Done():
					return
				}
			}
		}
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	s := New(prefixes("127.0.0.0/8"))
	s.client.Timeout = 2 * time.Second // the first byte must come within, also on a busy machine
	for path, want := range map[string]pay.WebhookFailure{"/drip": "", "/": pay.WebhookFailureTimeout} {
		began := time.Now()
		if a := s.Send(t.Context(), message(server.URL+path)); why(a) != want || time.Since(began) > 5*time.Second {
			t.Errorf("%s: %+v after %s", path, a, time.Since(began))
		}
	}
}

// TestTLS proves that a certificate of another name, or of nobody, is refused.
func TestTLS(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.Config.ErrorLog = nil
	t.Cleanup(server.Close)
	s := New(prefixes("127.0.0.0/8"))
	if a := s.Send(t.Context(), message(server.URL)); why(a) != pay.WebhookFailureTLS {
		t.Errorf("unknown issuer: %+v", a)
	}
	s.transport.TLSClientConfig = server.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	if a := s.Send(t.Context(), message(server.URL)); why(a) != "" {
		t.Errorf("good certificate: %+v", a)
	}
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	if a := s.Send(t.Context(), message("https://localhost:"+port)); why(a) != pay.WebhookFailureTLS {
		t.Errorf("certificate of another name: %+v", a)
	}
}

// names is a server for names on this machine, which answers each question with the next
// of its addresses, however often the name was asked for.
type names struct {
	conn net.PacketConn
	mu   sync.Mutex
	next [][]string
}

func (n *names) serve() {
	question := make([]byte, 512)
	for {
		size, from, err := n.conn.ReadFrom(question)
		if err != nil {
			return
		}
		n.conn.WriteTo(n.answer(question[:size]), from)
	}
}

// answer is an answer in the form of RFC 1035: the question again, and an A record for
// each address. Only questions for those have one.
func (n *names) answer(question []byte) []byte {
	n.mu.Lock()
	defer n.mu.Unlock()
	end := 12
	for question[end] != 0 {
		end += int(question[end]) + 1
	}
	isA := binary.BigEndian.Uint16(question[end+1:]) == 1
	var addresses []string
	if isA && len(n.next) > 0 {
		addresses, n.next = n.next[0], n.next[1:]
	}
	out := slices.Concat(question[:2], []byte{0x81, 0x80, 0, 1, 0, byte(len(addresses)), 0, 0, 0, 0}, question[12:end+5])
	for _, a := range addresses {
		out = append(out, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
		out = append(out, net.ParseIP(a).To4()...)
	}
	return out
}

// TestRebinding proves that a name is looked at whenever it is dialled: one that leads
// to the internet when it is checked and to this machine when it is used gets nothing.
func TestRebinding(t *testing.T) {
	t.Parallel()
	var reached atomic.Int32
	inside, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { inside.Close() })
	go func() {
		for {
			if _, err := inside.Accept(); err != nil {
				return
			}
			reached.Add(1)
		}
	}()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	n := &names{conn: conn, next: [][]string{{"8.8.8.8"}, {"127.0.0.1"}, {"8.8.8.8", "127.0.0.1", "169.254.169.254"}, {"0.0.0.0"}}}
	go n.serve()

	s := New(nil)
	s.dialer.Resolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
	var permitted []string
	check := s.dialer.Control
	s.dialer.Control = func(network, address string, c syscall.RawConn) error {
		if err := check(network, address, c); err != nil {
			return err
		}
		permitted = append(permitted, address)
		return syscall.ECONNREFUSED // nothing of this test leaves the machine
	}
	_, port, _ := net.SplitHostPort(inside.Addr().String())
	const mixed = "one of the two, by which was tried first"
	for i, want := range []pay.WebhookFailure{pay.WebhookFailureConnection, pay.WebhookFailureAddress, mixed, pay.WebhookFailureAddress} {
		if a := s.Send(t.Context(), message("http://rebind.example.:"+port+"/")); why(a) != want && (want != mixed || a.Status != nil) {
			t.Errorf("answer %d: %s, %v", i, why(a), a.Cause)
		}
	}
	for _, address := range permitted {
		if address != "8.8.8.8:"+port {
			t.Errorf("dialled %s", address)
		}
	}
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "127.1", "2130706433", "0x7f.1", "0177.0.0.1"} {
		if a := s.Send(t.Context(), message("http://"+host+":"+port+"/")); a.Status != nil {
			t.Errorf("%s answers", host)
		}
	}
	if len(permitted) != 2 || reached.Load() != 0 {
		t.Errorf("dialled %v; reached this machine %d times", permitted, reached.Load())
	}
}
