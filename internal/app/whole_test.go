package app_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
)

// TestWholeAnswer proves that an answer of a few KiB, as most lists are, comes in one piece:
// who reads as soon as there is anything has all of it.
func TestWholeAnswer(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	c, err := net.Dial("tcp", strings.TrimPrefix(api.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Minute))
	token, room := api.Token(t, auth.Grant{}), make([]byte, 64<<10)
	for n := range 100 { // of 2 to 8 KiB
		var asked, told []string
		for field := range 10 + n%20 {
			name := fmt.Sprintf("of%d_%s", field, strings.Repeat("x", 190))
			asked, told = append(asked, name+": __typename"), append(told, fmt.Sprintf("%q:%q", name, "Query"))
		}
		document, want := "{ "+strings.Join(asked, " ")+" }", `{"data":{`+strings.Join(told, ",")+"}"
		body, err := json.Marshal(map[string]string{"query": document})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(c, "POST /graphql HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s", token, len(body), body)
		length, err := c.Read(room)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(room[:length])), nil)
		if err != nil {
			t.Fatalf("the %d bytes that came first are no answer: %v", length, err)
		}
		got, err := io.ReadAll(response.Body)
		if err != nil || !strings.HasPrefix(string(got), want) {
			t.Fatalf("%d bytes came first, %v: %.200s", length, err, got)
		}
	}
}
