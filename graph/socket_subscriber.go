package graph

import (
	"strconv"
	"sync"
)

// subscribers are the subscriptions that run on a websocket. The library gets names of
// ours for them: under the client's ids it would let one run twice, and take one that
// ends for another that began under the same id.
type subscribers struct {
	mu    sync.Mutex
	begun int
	// names are ours by the client's ids, and ids the client's by our names.
	names, ids map[string]string
}

// begin names a subscription that the client begins; it is false when one runs with its
// id.
func (s *subscribers) begin(id string) (name string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, runs := s.names[id]; runs {
		return "", false
	}
	if s.names == nil {
		s.names, s.ids = map[string]string{}, map[string]string{}
	}
	s.begun++
	name = strconv.Itoa(s.begun)
	s.names[id], s.ids[name] = name, id
	return name, true
}

// leave has the client told nothing more of the subscription with its id, which it may
// use again. It is false when none runs.
func (s *subscribers) leave(id string) (name string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if name, ok = s.names[id]; ok {
		delete(s.names, id)
		delete(s.ids, name)
	}
	return name, ok
}

// tell is the client's id of the subscription that it is told something of; it is false
// when that is over. The last that it is told frees the id.
func (s *subscribers) tell(name string, last bool) (id string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if id, ok = s.ids[name]; ok && last {
		delete(s.names, id)
		delete(s.ids, name)
	}
	return id, ok
}
