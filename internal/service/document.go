package service

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// TrustDocumentsInput is 1 to pay.MaxTrustedDocuments documents to be trusted.
type TrustDocumentsInput struct {
	Documents []string
	// ReplacesOthers: what is not among them is not trusted any more.
	ReplacesOthers bool
}

// DistrustDocumentsInput names 1 to 100 documents that are not to be trusted any more.
type DistrustDocumentsInput struct{ IDs []string }

// DocumentChecker says why a document could not be executed, in words that repeat nothing
// of it; "" for one that can.
type DocumentChecker func(document string) string

// Trusted is what became of documents that were to be trusted.
type Trusted struct {
	// Documents are in the order in which they were given.
	Documents []pay.TrustedDocument
	// Created are those that were not trusted before, and Removed those that are not any more.
	Created, Removed int
}

// TrustDocuments trusts documents, all or none. Repeating it changes nothing. Only for
// admins.
func (s *Service) TrustDocuments(ctx context.Context, in TrustDocumentsInput, check DocumentChecker) (Trusted, error) {
	c, err := s.administers(ctx)
	if err != nil {
		return Trusted{}, err
	}
	if err := in.check(check); err != nil {
		return Trusted{}, err
	}
	rows, hashes := make([]pay.TrustedDocument, len(in.Documents)), make([][]byte, len(in.Documents))
	for i, document := range in.Documents {
		hashes[i] = pay.DocumentHash(document)
		rows[i] = pay.TrustedDocument{ID: pay.NewID(), Hash: hashes[i], Document: document, CreatedAt: s.clock(), CreatedBy: c.ID}
	}
	var out Trusted
	err = s.store.InTx(ctx, func(ctx context.Context) error {
		if err := c.rows.TakeTurn(ctx); err != nil { // the limit below is what there is, whoever else adds
			return err
		}
		created, err := c.rows.InsertTrustedDocuments(ctx, rows)
		if err != nil {
			return err
		}
		var removed int64
		if in.ReplacesOthers {
			if removed, err = c.rows.DeleteOtherTrustedDocuments(ctx, hashes); err != nil {
				return err
			}
		}
		out.Created, out.Removed = int(created), int(removed)
		n, err := c.rows.CountTrustedDocuments(ctx)
		if err == nil && n > pay.MaxTrustedDocuments {
			err = pay.Errors{&pay.Error{Code: pay.CodeTooManyItems, Path: pay.At("input", "documents"),
				Message: fmt.Sprintf("At most %d documents can be trusted; there would be %d.", pay.MaxTrustedDocuments, n)}}
		}
		if err != nil {
			return err
		}
		out.Documents, err = c.documents(ctx, hashes)
		return err
	})
	if err != nil {
		return Trusted{}, err
	}
	return out, nil
}

func (in TrustDocumentsInput) check(check DocumentChecker) error {
	var faults checks
	at := pay.At("input", "documents")
	if !faults.bulk(len(in.Documents), pay.MaxTrustedDocuments, at) {
		return faults.Err()
	}
	for i, document := range in.Documents {
		if fault := check(document); fault != "" {
			faults.Addf(pay.CodeInvalidInput, at.Index(i), "%s", fault)
			continue
		}
		faults.text(&document, 1, len(document), at.Index(i))
	}
	return faults.Err()
}

// documents are those with the hashes, in their order; all of them are there.
func (c caller) documents(ctx context.Context, hashes [][]byte) ([]pay.TrustedDocument, error) {
	found, err := c.rows.TrustedDocumentsByHash(ctx, hashes)
	if err != nil {
		return nil, err
	}
	byHash := map[string]pay.TrustedDocument{}
	for _, d := range found {
		byHash[string(d.Hash)] = d
	}
	list := make([]pay.TrustedDocument, len(hashes))
	for i, hash := range hashes {
		d, ok := byHash[string(hash)]
		if !ok { // another request took it away meanwhile
			return nil, fmt.Errorf("read a document that was just trusted: %w", pay.ErrUnavailable)
		}
		list[i] = d
	}
	return list, nil
}

// DistrustDocuments has documents not be trusted any more, all or none, from the next
// request on, and returns how many there are. Only for admins.
func (s *Service) DistrustDocuments(ctx context.Context, in DistrustDocumentsInput) (int, error) {
	c, err := s.administers(ctx)
	if err != nil {
		return 0, err
	}
	var faults checks
	at := pay.At("input", "ids")
	if !faults.bulk(len(in.IDs), maxBulk, at) {
		return 0, faults.Err()
	}
	ids := make([]uuid.UUID, len(in.IDs))
	for i, text := range in.IDs {
		ids[i], _ = pay.ParseID(pay.KindTrustedDocument, text)
	}
	var removed int64
	err = s.store.InTx(ctx, func(ctx context.Context) error {
		found, err := c.rows.TrustedDocuments(ctx, ids)
		if err != nil {
			return err
		}
		var absent checks
		for i, id := range ids {
			if !slices.ContainsFunc(found, func(d pay.TrustedDocument) bool { return d.ID == id }) {
				absent.Add(notFound("document", at.Index(i)))
			}
		}
		if err := absent.Err(); err != nil {
			return err
		}
		removed, err = c.rows.DeleteTrustedDocuments(ctx, ids)
		return err
	})
	return int(removed), err
}

// TrustedDocument reads the document with a SHA-256 that the caller's company trusts. Where
// there is none the error is pay.ErrNotTrusted for callers who run no other, which the audit
// log tells, and pay.ErrNoDocument for the rest.
func (s *Service) TrustedDocument(ctx context.Context, hash []byte) (string, error) {
	actor, err := pay.ActorFrom(ctx)
	if err != nil {
		return "", err
	}
	found, err := first(s.store.For(actor).TrustedDocumentsByHash(ctx, [][]byte{hash}))
	switch {
	case err != nil:
		return "", err
	case found != nil && bytes.Equal(pay.DocumentHash(found.Document), hash): // whatever was done to the database
		return found.Document, nil
	case actor.TrustedOnly:
		return "", s.forbid(ctx, actor, pay.ErrNotTrusted)
	}
	return "", pay.ErrNoDocument
}

// ListTrustedDocuments reads one page of the documents, newest first. Only for callers with
// gateways:admin.
func (s *Service) ListTrustedDocuments(ctx context.Context, p pay.Page) (pay.Rows[pay.TrustedDocument], error) {
	return readAsStaff(ctx, s, pay.ScopeGatewaysAdmin, func(c caller) (pay.Rows[pay.TrustedDocument], error) { return c.rows.ListTrustedDocuments(ctx, p) })
}

// CountTrustedDocuments counts the documents, for the same callers.
func (s *Service) CountTrustedDocuments(ctx context.Context) (int, error) {
	return readAsStaff(ctx, s, pay.ScopeGatewaysAdmin, func(c caller) (int, error) { return c.rows.CountTrustedDocuments(ctx) })
}
