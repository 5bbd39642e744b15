package web

import (
	"embed"
	"io/fs"
	"strings"

	"github.com/paygraph/paygraph/internal/web/graphiql"
)

// exampleFiles are the documents that GraphiQL opens with, in the order of their names.
// The comment in a document's first line says what it shows; its variables are in the
// file of the same name with .json, where {{name}} stands for an id.
//
//go:embed examples
var exampleFiles embed.FS

// examples puts ids where their names stand. A name without an id stays, to be
// replaced by hand.
func examples(ids map[string]string) (list []graphiql.Example) {
	var named []string
	for name, id := range ids {
		named = append(named, "{{"+name+"}}", id)
	}
	fill := strings.NewReplacer(named...)
	paths, err := fs.Glob(exampleFiles, "examples/*.graphql") // sorted
	if err != nil {
		panic("web: examples: " + err.Error())
	}
	for _, path := range paths {
		name, query, _ := strings.Cut(readExample(path), "\n")
		list = append(list, graphiql.Example{Name: strings.TrimPrefix(name, "# "), Query: query,
			Variables: fill.Replace(readExample(strings.TrimSuffix(path, ".graphql") + ".json"))})
	}
	return list
}

// readExample reads a file of the binary; one that is not there is empty.
func readExample(path string) string {
	text, err := exampleFiles.ReadFile(path)
	if err != nil {
		return ""
	}
	return string(text)
}
