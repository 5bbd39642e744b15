package wire

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"sync/atomic"
	"time"
)

// session is one connection of the program to the server.
type session struct {
	proxy          *Proxy
	client, server net.Conn
	// texts are the prepared statements by name, and running is the text of the one
	// that was bound last.
	texts   map[string]string
	running string
	// lose is how the answer to what was sent last is lost.
	lose atomic.Pointer[How]
}

// maxMessage bounds one message of the protocol.
const maxMessage = 64 << 20

// forward hands on what the program sends, message by message, so that it knows
// which statement an answer belongs to.
func (s *session) forward() {
	if !s.startup() {
		return
	}
	head := make([]byte, 5)
	for {
		if _, err := io.ReadFull(s.client, head); err != nil {
			return
		}
		size := binary.BigEndian.Uint32(head[1:])
		if size < 4 || size > maxMessage {
			return
		}
		message := make([]byte, 1+size)
		copy(message, head)
		if _, err := io.ReadFull(s.client, message[5:]); err != nil {
			return
		}
		s.read(head[0], message[5:])
		if !s.proxy.whole() {
			return
		}
		if _, err := s.server.Write(message); err != nil {
			return
		}
	}
}

// startup hands on the first message, which has no type.
func (s *session) startup() bool {
	head := make([]byte, 4)
	if _, err := io.ReadFull(s.client, head); err != nil {
		return false
	}
	size := binary.BigEndian.Uint32(head)
	if size < 4 || size > maxMessage {
		return false
	}
	message := make([]byte, size)
	copy(message, head)
	if _, err := io.ReadFull(s.client, message[4:]); err != nil {
		return false
	}
	_, err := s.server.Write(message)
	return err == nil
}

// read follows the protocol: Parse gives a statement its name, Bind says which one
// runs, Sync and Query end what is answered together.
func (s *session) read(kind byte, body []byte) {
	switch kind {
	case 'P':
		name, rest, _ := bytes.Cut(body, []byte{0})
		text, _, _ := bytes.Cut(rest, []byte{0})
		s.texts[string(name)] = string(text)
		s.running = "PREPARE " + string(text)
	case 'B':
		_, rest, _ := bytes.Cut(body, []byte{0})
		name, _, _ := bytes.Cut(rest, []byte{0})
		s.running = s.texts[string(name)]
	case 'C':
		s.running = "close"
	case 'S':
		s.count(s.running)
	case 'Q':
		text, _, _ := bytes.Cut(body, []byte{0})
		s.count(string(text))
	}
}

// count numbers a statement, and has its answer lost if it is the one.
func (s *session) count(text string) {
	p := s.proxy
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = append(p.seen, text)
	if len(p.seen) == p.cut {
		how := p.how
		s.lose.Store(&how)
	}
}

// backward hands on what the server answers, or loses it once it is complete: the
// statement was executed, and the program never hears of it.
func (s *session) backward() {
	buffer := make([]byte, 64<<10)
	var last [6]byte
	for {
		n, err := s.server.Read(buffer)
		if err != nil {
			return
		}
		if !s.proxy.whole() {
			return
		}
		how := s.lose.Load()
		if how == nil {
			if _, err := s.client.Write(buffer[:n]); err != nil {
				return
			}
			continue
		}
		tail := append(last[:], buffer[:n]...)
		copy(last[:], tail[len(tail)-6:])
		if *how == Delay {
			time.Sleep(lateBy)
			s.lose.Store(nil)
			if _, err := s.client.Write(buffer[:n]); err != nil {
				return
			}
			continue
		}
		if ready := last[0] == 'Z' && last[4] == 5; !ready { // more of the answer comes
			continue
		}
		if tcp, ok := s.client.(*net.TCPConn); ok && *how == RST {
			tcp.SetLinger(0)
		}
		return
	}
}
