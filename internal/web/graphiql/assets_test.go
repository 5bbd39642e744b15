package graphiql

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"strings"
	"testing"
)

// loadedPath is the address of an asset in this build.
func loadedPath(file string) string {
	return "/graphiql/" + loadAssets().version + "/" + file
}

func embedded(t *testing.T, name string) []byte {
	t.Helper()
	data, err := files.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestThirdPartyFilesAreThePublishedOnes fails when one of them was edited or
// replaced without looking at NOTICE.txt.
func TestThirdPartyFilesAreThePublishedOnes(t *testing.T) {
	t.Parallel()
	published := map[string]string{
		"graphiql.min.css":            "30487e07635d312a63f647b140d37740a73c53332b0975bf4b1fe985ca6ec885",
		"graphiql.min.js":             "867226ba8af5ce7949903fc53932f78dac9f4bfc6cc8da0fd3869b8bc6c5256b",
		"react-dom.production.min.js": "21758ed084cd0e37e735722ee4f3957ea960628a29dfa6c3ce1a1d47a2d6e4f7",
		"react.production.min.js":     "4b4969fa4ef3594324da2c6d78ce8766fbbc2fd121fff395aedf997db0a99a06",
	}
	notice := string(embedded(t, "thirdparty/NOTICE.txt"))
	entries, err := fs.ReadDir(files, "thirdparty")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if path.Ext(entry.Name()) == ".txt" {
			continue
		}
		sum := sha256.Sum256(embedded(t, "thirdparty/"+entry.Name()))
		if got := hex.EncodeToString(sum[:]); got != published[entry.Name()] {
			t.Errorf("%s has SHA-256 %s", entry.Name(), got)
		}
		if !strings.Contains(notice, entry.Name()) {
			t.Errorf("%s is not in NOTICE.txt", entry.Name())
		}
		delete(published, entry.Name())
	}
	if len(published) > 0 {
		t.Errorf("missing files: %v", published)
	}
}

func TestAssetMayBeKeptForEver(t *testing.T) {
	t.Parallel()
	w := request(t, "GET", loadedPath("page.js"))
	wantStatus(t, w, http.StatusOK)
	wantHeader(t, w, "Content-Type", "text/javascript; charset=utf-8")
	wantHeader(t, w, "Cache-Control", "public, max-age=31536000, immutable")
	wantHeader(t, w, "Vary", "Accept-Encoding")
	wantHeader(t, w, "X-Content-Type-Options", "nosniff")
	if !bytes.Equal(w.Body.Bytes(), embedded(t, "page/page.js")) {
		t.Error("the body is not the file")
	}
}

func TestAssetWithTheSameTagIsNotSentAgain(t *testing.T) {
	t.Parallel()
	for _, coding := range []string{"identity", "gzip"} {
		t.Run(coding, func(t *testing.T) {
			t.Parallel()
			first := request(t, "GET", loadedPath("page.css"), "Accept-Encoding", coding)
			tag := first.Header().Get("ETag")
			if !regexp.MustCompile(`^"[0-9a-f]{64}(-gzip)?"$`).MatchString(tag) {
				t.Fatalf("ETag %q is not a strong tag of the content", tag)
			}
			again := request(t, "GET", loadedPath("page.css"), "Accept-Encoding", coding, "If-None-Match", tag)
			wantStatus(t, again, http.StatusNotModified)
			if again.Body.Len() > 0 {
				t.Error("the file was sent again")
			}
			other := request(t, "GET", loadedPath("page.css"), "Accept-Encoding", coding, "If-None-Match", `"other"`)
			wantStatus(t, other, http.StatusOK)
		})
	}
}

func TestAssetIsCompressedForClientsThatAcceptIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		outcome, accept string
		zipped          bool
	}{
		{"browser's list is compressed", "gzip, deflate, br, zstd", true},
		{"upper case is compressed", "GZIP", true},
		{"low quality is compressed", "br;q=1, gzip;q=0.1", true},
		{"quality zero is plain", "gzip;q=0", false},
		{"another coding is plain", "br", false},
		{"no header is plain", "", false},
	} {
		t.Run(c.outcome, func(t *testing.T) {
			t.Parallel()
			w := request(t, "GET", loadedPath("page.css"), "Accept-Encoding", c.accept)
			wantStatus(t, w, http.StatusOK)
			var body io.Reader = w.Body
			if c.zipped {
				wantHeader(t, w, "Content-Encoding", "gzip")
				var err error
				if body, err = gzip.NewReader(w.Body); err != nil {
					t.Fatal(err)
				}
			} else {
				wantHeader(t, w, "Content-Encoding", "")
			}
			got, err := io.ReadAll(body)
			if err != nil || !bytes.Equal(got, embedded(t, "page/page.css")) {
				t.Errorf("the body is not the file (%v)", err)
			}
		})
	}
}

func TestAssetIsCompressedOnce(t *testing.T) {
	t.Parallel()
	a := loadAssets().byName["graphiql.min.js"]
	first, second := a.gzipped(), a.gzipped()
	if &first[0] != &second[0] {
		t.Error("the second request compressed the file again")
	}
	if len(first) > len(a.plain)/2 {
		t.Errorf("%d of %d bytes are left", len(first), len(a.plain))
	}
}

func TestFileThatDoesNotShrinkStaysPlain(t *testing.T) {
	t.Parallel()
	if got := compress([]byte("ab")); got != nil {
		t.Errorf("got %d bytes for 2", len(got))
	}
}

// TestPageLoadsOnlyItsOwnFiles follows every address in the page and every
// import in its scripts.
func TestPageLoadsOnlyItsOwnFiles(t *testing.T) {
	t.Parallel()
	page := request(t, "GET", "/").Body.String()
	addresses := regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(page, -1)
	for name := range loadAssets().byName {
		if source, err := files.ReadFile("page/" + name); err == nil && path.Ext(name) == ".js" {
			for _, found := range regexp.MustCompile(`from '\./([^']*)'`).FindAllStringSubmatch(string(source), -1) {
				addresses = append(addresses, []string{"", loadedPath(found[1])})
			}
		}
	}
	if len(addresses) < 12 {
		t.Fatalf("only %d addresses were found", len(addresses))
	}
	for _, address := range addresses {
		if w := request(t, "GET", address[1]); w.Code != http.StatusOK {
			t.Errorf("%q is answered with %d", address[1], w.Code)
		}
	}
}

func TestNothingNamesAnotherHost(t *testing.T) {
	t.Parallel()

	t.Run("in our own files", func(t *testing.T) {
		t.Parallel()
		sources := map[string]string{"the page": request(t, "GET", "/").Body.String()}
		entries, err := fs.ReadDir(files, "page")
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			sources[entry.Name()] = string(embedded(t, "page/"+entry.Name()))
		}
		for name, source := range sources {
			source = strings.ReplaceAll(source, `xmlns="http://www.w3.org/2000/svg"`, "")
			if found := regexp.MustCompile(`https?://\S*|["'(]//\w\S*`).FindString(source); found != "" {
				t.Errorf("%s: %s", name, found)
			}
		}
	})
	t.Run("in GraphiQL's style sheet", func(t *testing.T) {
		t.Parallel()
		css := string(embedded(t, "thirdparty/graphiql.min.css"))
		for _, found := range regexp.MustCompile(`url\(\s*["']?([^)]{0,20})`).FindAllStringSubmatch(css, -1) {
			if !strings.HasPrefix(found[1], "data:") {
				t.Errorf("loads %s", found[1])
			}
		}
		if strings.Contains(css, "@import") {
			t.Error("imports another style sheet")
		}
	})
}
