package breadth

import "sync"

// buffers are those of answers that were sent: an answer is the largest thing that a query
// makes, and garbage at once.
var buffers sync.Pool

// maxReused bounds a buffer that is kept, in bytes; few answers are as long.
const maxReused = 256 << 10

// emptyBuffer has room for so many bytes.
func emptyBuffer(room int) []byte {
	if room > maxReused {
		return make([]byte, 0, room)
	}
	kept, ok := buffers.Get().(*[]byte)
	if ok && cap(*kept) >= room {
		return (*kept)[:0]
	}
	if ok { // somebody needs less
		buffers.Put(kept)
	}
	return make([]byte, 0, room)
}

// Reuse takes back what Roots returned, when it was sent and nobody looks at it any more: other
// answers are written over it. With HTTP/2, which the server does not speak, a write may go on
// behind the handler's.
func Reuse(data []byte) {
	if room := cap(data); room >= leastRoom && room <= maxReused {
		buffers.Put(&data)
	}
}
