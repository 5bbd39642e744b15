package graph

import (
	"context"
	"errors"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"

	"github.com/paygraph/paygraph/graph/generated"
	"github.com/paygraph/paygraph/graph/guard"
	"github.com/paygraph/paygraph/graph/model"
	"github.com/paygraph/paygraph/graph/page"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/service"
)

// trust finds the documents that requests name instead of sending them, and refuses those
// of callers who run trusted documents only and want another.
type trust struct{ service *service.Service }

// check looks at a request before anything reads its document, and puts the document in
// that it names.
func (t trust) check(ctx context.Context, request *graphql.RawParams) *gqlerror.Error {
	actor, _ := pay.ActorFrom(ctx)
	var hash []byte // of no document
	if id, ok := request.Extensions[extensionDocumentID].(string); ok {
		hash, _ = pay.ParseDocumentID(id) // what is no id is one that no document has
	} else if id, ok := persistedQuery(request); ok {
		if !actor.TrustedOnly {
			return requestFault(codeNoPersistedQueries, "PersistedQueryNotSupported") // the words that clients look for
		}
		hash, _ = pay.ParseDocumentID(id)
	} else if !actor.TrustedOnly {
		return nil
	} else if len(request.Query) <= guard.MaxDocument {
		hash = pay.DocumentHash(request.Query)
	}
	document, err := t.service.TrustedDocument(ctx, hash)
	switch {
	case errors.Is(err, pay.ErrNotTrusted):
		return requestFault(codeNotTrusted, "This key runs trusted documents only, and this is none of them. Have it trusted first, by trustDocuments.")
	case errors.Is(err, pay.ErrNoDocument):
		return requestFault(codeNoDocument, "No document has this id. Send the document in query, or have it trusted first, by trustDocuments.")
	case err != nil:
		return coded(codeUnavailable, fmt.Errorf("find a document: %w: %w", pay.ErrUnavailable, err)) // trying again helps then
	}
	request.Query = document
	return nil
}

// persistedQuery is the hash that a client of Apollo sends in place of its document. One
// that sends the document too is answered as if it had sent only that.
func persistedQuery(request *graphql.RawParams) (hash string, sent bool) {
	if request.Query != "" {
		return "", false
	}
	persisted, sent := request.Extensions["persistedQuery"].(map[string]any)
	hash, _ = persisted["sha256Hash"].(string)
	return hash, sent
}

// CheckDocument is the service.DocumentChecker of this API.
func CheckDocument(document string) string {
	doc, refusal := guard.Document(document)
	if refusal != nil {
		return placed(refusal.Message, guarded(refusal).Locations)
	}
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	if faults := validator.ValidateWithRules(schema, doc, briefRules()); len(faults) > 0 {
		return placed(wordsOf(schema).ofRule(faults[0]), faults[0].Locations)
	}
	return ""
}

// placed is a message with the place in the document, where that is known.
func placed(message string, at []gqlerror.Location) string {
	if len(at) == 0 {
		return message
	}
	return fmt.Sprintf("Line %d, column %d: %s", at[0].Line, at[0].Column, message)
}

func (q query) TrustedDocuments(ctx context.Context, first int, after *string) (*page.Connection[pay.TrustedDocument], error) {
	return connect(ctx, q.Resolver, connection[pay.TrustedDocument]{
		name: "trustedDocuments", sort: pay.NewestFirst, read: q.service.ListTrustedDocuments, count: q.service.CountTrustedDocuments,
		position: func(d pay.TrustedDocument) pay.Position { return pay.Position{Keys: []any{d.CreatedAt}, ID: d.ID} },
	}, pageArgs{first: &first, after: after})
}

func (m mutation) TrustDocuments(ctx context.Context, input service.TrustDocumentsInput) (*model.TrustDocumentsPayload, error) {
	trusted, err := m.service.TrustDocuments(ctx, input, CheckDocument)
	return answer(err, func(errs []model.MutationError) *model.TrustDocumentsPayload {
		return &model.TrustDocumentsPayload{Documents: orEmpty(trusted.Documents), CreatedCount: trusted.Created, RemovedCount: trusted.Removed, Errors: errs}
	})
}

func (m mutation) DistrustDocuments(ctx context.Context, input service.DistrustDocumentsInput) (*model.DistrustDocumentsPayload, error) {
	removed, err := m.service.DistrustDocuments(ctx, input)
	return answer(err, func(errs []model.MutationError) *model.DistrustDocumentsPayload {
		return &model.DistrustDocumentsPayload{RemovedCount: removed, Errors: errs}
	})
}
