package web

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
)

// unobserved is told of nothing.
type unobserved struct{}

func (unobserved) Request(ctx context.Context, _ string, _ http.Header) (context.Context, func(int, string, string)) {
	return ctx, func(int, string, string) {}
}

// TestWholeAnswers proves that an answer arrives as it was written, in however many parts, and
// that one which is shorter than was said, or breaks off, is seen to be so, and nothing of it is
// sent with another.
func TestWholeAnswers(t *testing.T) {
	t.Parallel()
	o := Options{Log: slog.New(slog.DiscardHandler), Observer: unobserved{}}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := o.begin(w, r, "/", "")
		defer a.end()
		said, parts, text := number(r, "said"), number(r, "parts"), partOf(number(r, "size"))
		if said > 0 {
			a.Header().Set("Content-Length", strconv.Itoa(said))
		}
		a.WriteHeader(http.StatusOK)
		for n := range parts {
			if n == 0 && r.FormValue("copied") != "" { // past access, and by net/http's own way of doing it
				io.Copy(w, struct{ io.Reader }{bytes.NewReader(text)})
				continue
			}
			a.Write(text)
		}
		if r.FormValue("breaks") != "" {
			panic(http.ErrAbortHandler)
		}
	}))
	server.Listener = Whole(server.Config, server.Listener)
	server.Start()
	t.Cleanup(server.Close)
	for _, question := range []struct {
		said, parts, size int
		breaks, copied    bool
	}{
		{said: 4000, parts: 1, size: 4000}, {said: 100, parts: 1, size: 100}, {said: 9000, parts: 3, size: 3000}, {said: 5000, parts: 5000, size: 1},
		{said: 200_000, parts: 2, size: 100_000}, {said: 120_000, parts: 40, size: 3000}, {said: 16_000, parts: 4, size: 4000}, {said: 17_000, parts: 17, size: 1000},
		{parts: 5, size: 3000}, {said: 5000, parts: 1, size: 4000}, {said: 50_000, parts: 7, size: 7000}, {said: 5000, parts: 0, size: 1},
		{said: 6000, parts: 2, size: 3000, breaks: true}, {said: 6000, parts: 1, size: 3000, breaks: true}, {said: 4000, parts: 1, size: 5000},
		{said: 8000, parts: 1, size: 8000, copied: true}, {said: 60_000, parts: 2, size: 30_000, copied: true},
	} {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			for range 20 {
				q := "?said=" + strconv.Itoa(question.said) + "&parts=" + strconv.Itoa(question.parts) + "&size=" + strconv.Itoa(question.size)
				if question.breaks {
					q += "&breaks=yes"
				}
				if question.copied {
					q += "&copied=yes"
				}
				response, err := server.Client().Get(server.URL + q)
				if err != nil {
					t.Fatalf("%+v: %v", question, err)
				}
				got, err := io.ReadAll(response.Body)
				response.Body.Close()
				written := question.parts * question.size
				if question.said < written && question.said > 0 { // the last part is refused
					written = 0
				}
				complete := question.said == 0 || written == question.said
				if want := bytes.Repeat(partOf(question.size), question.parts)[:written]; complete && !bytes.Equal(got, want) || !bytes.HasPrefix(want, got) {
					t.Errorf("%+v: %d bytes that were not written so, %v", question, len(got), err)
				}
				if (err == nil) != complete {
					t.Errorf("%+v: %d bytes, %v", question, len(got), err)
				}
			}
		})
	}
}

func number(r *http.Request, name string) int {
	n, _ := strconv.Atoi(r.FormValue(name))
	return n
}

// partOf is text of so many bytes, another one for each size.
func partOf(size int) []byte {
	return []byte(strings.Repeat(strconv.Itoa(size)+",", size/2+1)[:size])
}
