package pay

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
)

// KindTrustedDocument is the prefix of the ids of trusted documents.
const KindTrustedDocument Kind = "doc"

// MaxTrustedDocuments is how many a company can have in an environment: some versions of a
// large program's.
const MaxTrustedDocuments = 2000

var (
	// ErrNotTrusted: the credential runs trusted documents only, and this is none.
	ErrNotTrusted = fmt.Errorf("%w: the document is not trusted", ErrForbidden)
	// ErrNoDocument: no document has the id that a request names.
	ErrNoDocument = errors.New("no document has this id")
)

// TrustedDocument is a document of the API that a company trusts: it stands in the
// manifest of one of its programs.
type TrustedDocument struct {
	ID uuid.UUID
	// Hash is the SHA-256 of the document in UTF-8.
	Hash      []byte
	Document  string
	CreatedAt time.Time
	CreatedBy string
}

// GlobalID is the id in the API.
func (d TrustedDocument) GlobalID() string { return FormatID(KindTrustedDocument, d.ID) }

// documentMark says by what hash a document is named (GraphQL over HTTP, appendix A).
const documentMark = "sha256:"

// DocumentID is what requests name the document by.
func (d TrustedDocument) DocumentID() string { return documentMark + hex.EncodeToString(d.Hash) }

// DocumentHash is the SHA-256 of a document.
func DocumentHash(document string) []byte {
	hash := sha256.Sum256([]byte(document))
	return hash[:]
}

// ParseDocumentID reads what names a document, with or without the mark of its hash. ok is
// false for text that no document can have as its id.
func ParseDocumentID(text string) (hash []byte, ok bool) {
	text = strings.TrimPrefix(text, documentMark)
	if len(text) != hex.EncodedLen(sha256.Size) || text != strings.ToLower(text) {
		return nil, false
	}
	hash, err := hex.DecodeString(text)
	return hash, err == nil
}
