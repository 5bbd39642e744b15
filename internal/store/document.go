package store

import (
	"context"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/paygraph/paygraph/internal/pay"
)

var trustedDocuments = table[pay.TrustedDocument]{name: "trusted_documents"}

// InsertTrustedDocuments adds documents that are not there yet, and says how many.
func (t Tenant) InsertTrustedDocuments(ctx context.Context, list []pay.TrustedDocument) (int64, error) {
	return insertRows(ctx, t.store, trustedDocuments, t.id, list, " ON CONFLICT ON CONSTRAINT trusted_documents_once DO NOTHING")
}

// TrustedDocumentsByHash reads the documents with these SHA-256, in any order.
func (t Tenant) TrustedDocumentsByHash(ctx context.Context, hashes [][]byte) ([]pay.TrustedDocument, error) {
	w := t.where("t")
	w.and("t.hash = ANY(?)", pq.ByteaArray(hashes))
	return trustedDocuments.find(ctx, t.store, w, "")
}

// TrustedDocuments reads the documents with these ids, in any order.
func (t Tenant) TrustedDocuments(ctx context.Context, ids []uuid.UUID) ([]pay.TrustedDocument, error) {
	return trustedDocuments.byID(ctx, t, ids)
}

// DeleteTrustedDocuments takes documents away, and says how many there were.
func (t Tenant) DeleteTrustedDocuments(ctx context.Context, ids []uuid.UUID) (int64, error) {
	result, err := t.store.writer(ctx).ExecContext(ctx, "DELETE FROM trusted_documents WHERE tenant_id = $1 AND id = ANY($2)", t.id, pq.Array(ids))
	if err != nil {
		return 0, translate(err, "delete documents")
	}
	return result.RowsAffected()
}

// DeleteOtherTrustedDocuments takes all documents away but those with these SHA-256, and
// says how many.
func (t Tenant) DeleteOtherTrustedDocuments(ctx context.Context, hashes [][]byte) (int64, error) {
	result, err := t.store.writer(ctx).ExecContext(ctx, "DELETE FROM trusted_documents WHERE tenant_id = $1 AND hash <> ALL($2)", t.id, pq.ByteaArray(hashes))
	if err != nil {
		return 0, translate(err, "delete documents")
	}
	return result.RowsAffected()
}

// ListTrustedDocuments reads one page of the documents, newest first.
func (t Tenant) ListTrustedDocuments(ctx context.Context, p pay.Page) (pay.Rows[pay.TrustedDocument], error) {
	return listPage(ctx, t, trustedDocuments, t.where("t"), byCreation, pay.NewestFirst, p)
}

// CountTrustedDocuments counts the documents.
func (t Tenant) CountTrustedDocuments(ctx context.Context) (int, error) {
	return trustedDocuments.count(ctx, t.store, t.where("t"))
}
