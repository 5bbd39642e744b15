package auth

import (
	"crypto/sha256"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/paygraph/paygraph/internal/pay"
)

const (
	// maxProofs bounds the memory that they take, about 300 bytes each.
	maxProofs = 10_000
	// provedFor is how long a token is good without being verified anew. Keys that an
	// identity provider withdraws are fetched every minute, and this comes on top.
	provedFor = 30 * time.Second
)

// proof is what the signature of a token proved.
type proof struct {
	// actor has no tenant yet.
	actor pay.Actor
	// at is when it was verified, and expires when the token runs out.
	at, expires time.Time
}

// proofs remembers the tokens that were verified a moment ago: callers send the same one
// with each request, and to verify it takes longer than much of what they ask. Only the
// hash of a token is kept.
type proofs struct {
	of *lru.Cache[[sha256.Size]byte, proof]
}

func newProofs() (proofs, error) {
	of, err := lru.New[[sha256.Size]byte, proof](maxProofs)
	return proofs{of}, err
}

// get finds the proof of a token, if it is from the last half minute. A clock that went
// back has it verified again.
func (p proofs) get(token string, now time.Time) (proof, bool) {
	found, ok := p.of.Get(sha256.Sum256([]byte(token)))
	age := now.Sub(found.at)
	return found, ok && age >= 0 && age < provedFor
}

func (p proofs) put(token string, of proof) { p.of.Add(sha256.Sum256([]byte(token)), of) }
