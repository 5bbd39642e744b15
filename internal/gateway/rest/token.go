package rest

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"sync"
	"time"
)

// Token is what a provider grants against the merchant's keys.
type Token struct {
	Value string
	// Until is when it ends.
	Until time.Time
}

// Account stands for the keys of one merchant at a provider, and gives none of them away.
type Account [sha256.Size]byte

// AccountOf returns the account of keys, which are told apart whatever stands in them.
func AccountOf(keys ...string) Account {
	h := sha256.New()
	for _, key := range keys {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(key)))
		h.Write(size[:])
		h.Write([]byte(key))
	}
	return Account(h.Sum(nil))
}

// Tokens keeps the tokens of many merchants until they end: some providers grant two an
// hour and then none. They are in memory only. The zero value keeps none yet.
type Tokens struct {
	mu   sync.Mutex
	held map[Account]*seat
}

// seat is the place of one account's token. Its lock is a channel, so that who waits for
// the token can give up.
type seat struct {
	lock  chan struct{}
	token Token
}

// maxTokens bounds how many are kept. Beyond it one is forgotten, and granted anew.
const maxTokens = 10_000

// margin is how long before its end a token is not used any more: it must last for the
// request.
const margin = time.Minute

// Get returns the account's token at time now, or asks for a new one. Of many who ask at
// the same time only one has it granted.
func (t *Tokens) Get(ctx context.Context, a Account, now time.Time, grant func(context.Context) (Token, error)) (string, error) {
	s := t.seat(a)
	select {
	case s.lock <- struct{}{}:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	defer func() { <-s.lock }()
	if s.token.Value != "" && now.Before(s.token.Until.Add(-margin)) {
		return s.token.Value, nil
	}
	granted, err := grant(ctx)
	if err != nil {
		return "", err
	}
	s.token = granted
	return granted.Value, nil
}

// Drop forgets a token that the provider does not take any more, unless there is a newer
// one.
func (t *Tokens) Drop(ctx context.Context, a Account, value string) {
	s := t.seat(a)
	select {
	case s.lock <- struct{}{}:
	case <-ctx.Done():
		return
	}
	defer func() { <-s.lock }()
	if s.token.Value == value {
		s.token = Token{}
	}
}

func (t *Tokens) seat(a Account) *seat {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s := t.held[a]; s != nil {
		return s
	}
	if t.held == nil {
		t.held = map[Account]*seat{}
	}
	for other := range t.held {
		if len(t.held) < maxTokens {
			break
		}
		delete(t.held, other)
	}
	s := &seat{lock: make(chan struct{}, 1)}
	t.held[a] = s
	return s
}
