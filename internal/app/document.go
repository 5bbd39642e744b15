package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/paygraph/paygraph/graph"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/service"
)

// manifestLimit bounds a manifest in bytes: as many documents as can be trusted, as long
// as they are in the largest programs.
const manifestLimit = 16 << 20

func documents(ctx context.Context, p Process, args []string) error {
	flags := newFlags("documents")
	company := flags.String("company", "", "short name of the company")
	only := flags.Bool("only", false, "documents that are not in the file are trusted no longer")
	flags.Usage = func() {
		fmt.Fprintf(flags.Output(), "Usage: %s --company SLUG [--environment live] [--only] MANIFEST.json\n", flags.Name())
		fmt.Fprintln(flags.Output(), "The manifest is what GraphQL Code Generator, Relay or Apollo wrote, with SHA-256 as the documents' ids.")
		flags.PrintDefaults()
	}
	file, grant, err := parseFile(p, flags, args, "company")
	if err != nil {
		return err
	}
	list, err := readManifest(file)
	if err != nil {
		return unreadable{fmt.Errorf("%s: %w", file, err)}
	}
	if err := findTenant(ctx, p, *company, &grant); err != nil {
		return err
	}
	return withApp(ctx, p, func(a *App) error {
		return a.trustManifest(ctx, p, grant, service.TrustDocumentsInput{Documents: list, ReplacesOthers: *only})
	})
}

// trustManifest has the documents of a manifest trusted, all or none.
func (a *App) trustManifest(ctx context.Context, p Process, g auth.Grant, in service.TrustDocumentsInput) error {
	ctx, err := a.administrator(ctx, g)
	if err != nil {
		return err
	}
	done, err := a.Service.TrustDocuments(ctx, in, graph.CheckDocument)
	if refused := pay.AsErrors(err); refused != nil {
		for _, e := range refused {
			fmt.Fprintln(p.Stderr, placeInManifest(e, in.Documents))
		}
		return unreadable{errors.New("nothing was changed")}
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(p.Stdout, "%d documents are trusted: %d are new, %d were trusted before; %d others are trusted no longer\n",
		len(done.Documents), done.Created, len(done.Documents)-done.Created, done.Removed)
	return nil
}

// placeInManifest says what is wrong with which document, by its id.
func placeInManifest(e *pay.Error, list []string) string {
	for i, document := range list {
		if slices.Equal(e.Path, pay.At("input", "documents").Index(i)) {
			return fmt.Sprintf("%s: %s", pay.TrustedDocument{Hash: pay.DocumentHash(document)}.DocumentID(), e.Message)
		}
	}
	return e.Message
}

// readManifest reads the documents that a generator of clients wrote down. Each stands
// there under its SHA-256, which is what requests will name it by: one under another name
// would be trusted and never found.
func readManifest(name string) ([]string, error) {
	info, err := os.Stat(name)
	if err == nil && info.Size() > manifestLimit {
		err = fmt.Errorf("larger than %d bytes", manifestLimit)
	}
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(name) // #nosec G304 -- an argument of who runs the command
	if err != nil {
		return nil, err
	}
	byID, err := parseManifest(text)
	if err != nil {
		return nil, err
	}
	var list []string
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		if hash, ok := pay.ParseDocumentID(id); !ok || !bytes.Equal(hash, pay.DocumentHash(byID[id])) {
			return nil, fmt.Errorf("the id %.80q is not the SHA-256 of its document: have the generator make such ids", id)
		}
		list = append(list, byID[id])
	}
	if len(list) == 0 {
		return nil, errors.New("there is no document in it")
	}
	return list, nil
}

// parseManifest reads either form: Apollo's list of operations, or a document for each id,
// as the others have it.
func parseManifest(text []byte) (map[string]string, error) {
	var apollo struct {
		Format     string
		Operations []struct{ ID, Body string }
	}
	if json.Unmarshal(text, &apollo) == nil && apollo.Format == "apollo-persisted-query-manifest" {
		byID := map[string]string{}
		for _, o := range apollo.Operations {
			byID[o.ID] = o.Body
		}
		return byID, nil
	}
	var byID map[string]string
	if json.Unmarshal(text, &byID) != nil {
		return nil, errors.New("it is no manifest: a JSON object that has a document for each id")
	}
	return byID, nil
}
