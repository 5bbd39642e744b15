package app_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// TestManifest proves that the command trusts what is in the manifests of client generators,
// all or none, and that --only takes away what is not.
func TestManifest(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	shop := api.Client(heldKey(t, api.Admin(t)).secret)
	c := newCommand(t)
	c.env["DATABASE_URL"] = api.Database.URL
	run := func(manifest any, more ...string) (int, string, string) {
		text, err := json.Marshal(manifest)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(t.TempDir(), "manifest.json")
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return c.run(t.Context(), append(append([]string{"documents", "--company", "acme"}, more...), name)...)
	}
	bare := func(document string) string { return strings.TrimPrefix(documentID(document), "sha256:") }
	apollo := map[string]any{"format": "apollo-persisted-query-manifest", "version": 1,
		"operations": []any{map[string]string{"id": bare(listSome), "name": "Some", "type": "query", "body": listSome}}}
	for _, step := range []struct {
		manifest any
		flags    []string
		want     string
		runs     map[string]bool
	}{
		{map[string]string{bare(whoAmI): whoAmI}, nil, "1 documents are trusted: 1 are new, 0 were trusted before; 0 others are trusted no longer\n", map[string]bool{whoAmI: true, listSome: false}},
		{map[string]string{documentID(whoAmI): whoAmI, documentID(anIntent): anIntent}, nil, "2 documents are trusted: 1 are new, 1 were trusted before; 0 others are trusted no longer\n", map[string]bool{whoAmI: true}},
		{apollo, []string{"--environment", "live"}, "1 documents are trusted: 1 are new, 0 were trusted before; 0 others are trusted no longer\n", map[string]bool{listSome: false}},
		{apollo, []string{"--only"}, "1 documents are trusted: 1 are new, 0 were trusted before; 2 others are trusted no longer\n", map[string]bool{whoAmI: false, listSome: true}},
	} {
		if code, stdout, stderr := run(step.manifest, step.flags...); code != 0 || stdout != step.want || stderr != "" {
			t.Errorf("%v: exit %d, %q, %q", step.manifest, code, stdout, stderr)
		}
		for document, want := range step.runs {
			if got := shop.SendBody(t.Context(), t, []byte(named(document, "null"))); (len(got.Errors) == 0) != want {
				t.Errorf("%v: %s", step.manifest, got.Body)
			}
		}
	}
	untouched(t, api, func() {
		const bad = "{ users { id } }"
		for want, manifest := range map[string]any{
			documentID(bad) + ": Line 1, column 3: ": map[string]string{bare(whoAmI): whoAmI, bare(bad): bad},
			"is not the SHA-256 of its document":     map[string]string{"d41d8cd98f00b204e9800998ecf8427e": whoAmI},
			"there is no document in it":             map[string]string{},
			"it is no manifest":                      []string{whoAmI},
		} {
			if code, stdout, stderr := run(manifest); code != 2 || stdout != "" || !strings.Contains(stderr, want) {
				t.Errorf("%s: exit %d, %q, %q", want, code, stdout, stderr)
			}
		}
	})
	for line, want := range map[string]string{"documents": "--company is missing", "documents --company acme": "exactly one file", "documents --company acme --environment x /no/such": "neither sandbox nor live",
		"documents --nonsense": "Usage: paygraph documents", "documents --company acme /no/such/file": "no such file"} {
		if code, stdout, stderr := c.run(t.Context(), strings.Fields(line)...); code != 2 || stdout != "" || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit %d, %q, %q", line, code, stdout, stderr)
		}
	}
	if code, _, stderr := c.run(t.Context(), "documents", "--company", "nobody", "../../go.mod"); code != 2 || !strings.Contains(stderr, "it is no manifest") {
		t.Errorf("another file: exit %d, %q", code, stderr)
	}
}
