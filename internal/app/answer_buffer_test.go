package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
)

// TestConcurrentAnswers: the memory of an answer is used by others when it was sent, also to a
// caller who hung up; each gets its own to the byte, in which the names of fields say whose it is.
func TestConcurrentAnswers(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	var all sync.WaitGroup
	for caller := range 8 {
		token := api.Token(t, auth.Grant{Subject: "caller" + strconv.Itoa(caller)})
		all.Go(func() {
			for n := range 150 {
				document, want := answerOf(caller, n)
				ctx, hangUp := context.WithCancel(t.Context())
				if n%5 == 0 {
					go hangUp()
				}
				got, err := askFor(ctx, api.URL, token, document)
				if n%5 > 0 && err != nil {
					t.Error(err)
				}
				if err == nil && got != want {
					t.Errorf("caller %d got %.300s, and wanted %.300s", caller, got, want)
				}
				hangUp()
			}
		})
	}
	all.Wait()
}

// answerOf is a document with its answer, another one for each caller, of many lengths.
func answerOf(caller, n int) (document, answer string) {
	var asked, told []string
	for field := range 5 + n%20 {
		name := fmt.Sprintf("of%d_%d_%s", caller, field, strings.Repeat("x", 1+(n*7+caller)%100))
		asked, told = append(asked, name+": __typename"), append(told, fmt.Sprintf("%q:%q", name, "Query"))
	}
	return "{ payments(first: 1) { nodes { status } } " + strings.Join(asked, " ") + " }",
		`{"data":{"payments":{"nodes":[]},` + strings.Join(told, ",") + "}}"
}

// askFor is what is answered, without extensions, when all of it came.
func askFor(ctx context.Context, server, token, document string) (string, error) {
	body, err := json.Marshal(map[string]string{"query": document})
	if err != nil {
		return "", err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, server+"/graphql", strings.NewReader(string(body)))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.ContentLength != int64(len(text)) {
		err = fmt.Errorf("%d bytes were told of, and %d came", response.ContentLength, len(text))
	}
	before, _, _ := strings.Cut(string(text), `,"extensions"`)
	return strings.TrimSuffix(before, "}") + "}", err
}
