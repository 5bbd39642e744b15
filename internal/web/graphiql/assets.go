package graphiql

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"
)

// files holds our own page and the unchanged third-party files it runs.
//
//go:embed page thirdparty
var files embed.FS

// assets are the files under one versioned path. The version is a hash of all
// of them: a browser may keep them for ever, and a new binary can never be
// shown with the script or style sheet of an old one.
type assets struct {
	version string
	byName  map[string]*asset
}

// asset is one file. Its gzip form is made at the first request that wants it
// and kept: at start nobody may ever open the page, and per request it would
// cost a tenth of a second of processor time.
type asset struct {
	contentType string
	plain       []byte
	sum         string // hex SHA-256 of plain
	gzipped     func() []byte
}

// contentTypes is fixed here because the system's table of types differs
// between machines, and nosniff makes a wrong type a file that does not load.
var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
	".txt": "text/plain; charset=utf-8",
}

// loadAssets reads the embedded files. They are part of the binary, so a file
// that cannot be read is a programming error.
func loadAssets() assets {
	all := assets{byName: map[string]*asset{}}
	version := sha256.New()
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		contentType := contentTypes[path.Ext(name)]
		if err != nil || entry.IsDir() || contentType == "" {
			return err
		}
		data, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		a := newAsset(contentType, data)
		all.byName[path.Base(name)] = a
		fmt.Fprintf(version, "%s %s\n", path.Base(name), a.sum)
		return nil
	})
	if err != nil {
		panic(fmt.Sprintf("graphiql: embedded files: %v", err))
	}
	all.version = hex.EncodeToString(version.Sum(nil))[:16]
	return all
}

func newAsset(contentType string, data []byte) *asset {
	sum := sha256.Sum256(data)
	return &asset{
		contentType: contentType,
		plain:       data,
		sum:         hex.EncodeToString(sum[:]),
		gzipped:     sync.OnceValue(func() []byte { return compress(data) }),
	}
}

// compress returns data in gzip form, or nil when that form is not smaller.
func compress(data []byte) []byte {
	var out bytes.Buffer
	// Neither call can fail: the level is valid and a buffer takes any write.
	zip, _ := gzip.NewWriterLevel(&out, gzip.BestCompression)
	_, _ = zip.Write(data)
	_ = zip.Close()
	if out.Len() >= len(data) {
		return nil
	}
	return out.Bytes()
}

// serve answers one file. A path with another version is not found: answering
// it would store today's file for a year under yesterday's name.
func (all assets) serve(w http.ResponseWriter, r *http.Request) {
	a := all.byName[r.PathValue("file")]
	if a == nil || r.PathValue("version") != all.version {
		http.NotFound(w, r)
		return
	}
	body, tag := a.plain, a.sum
	h := w.Header()
	h.Set("Vary", "Accept-Encoding")
	if acceptsGzip(r.Header) {
		if zipped := a.gzipped(); zipped != nil {
			// A strong tag names exact bytes, so the two forms need two tags.
			body, tag = zipped, a.sum+"-gzip"
			h.Set("Content-Encoding", "gzip")
		}
	}
	h.Set("ETag", strconv.Quote(tag))
	h.Set("Content-Type", a.contentType)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// acceptsGzip says whether the client lists gzip and does not refuse it with a
// quality of zero.
func acceptsGzip(h http.Header) bool {
	for _, part := range strings.Split(strings.Join(h.Values("Accept-Encoding"), ","), ",") {
		coding, params, err := mime.ParseMediaType(part)
		if err != nil || coding != "gzip" {
			continue
		}
		quality, err := strconv.ParseFloat(params["q"], 64)
		return err != nil || quality > 0
	}
	return false
}
