package paypal_test

import "hash/crc32"

// sameChecksum adds four bytes to the body, within its last brace, that give it the
// checksum of another: what anybody can do, as CRC-32 is no signature.
func sameChecksum(body, other []byte) []byte {
	want := crc32.ChecksumIEEE(other)
	head := append(append([]byte{}, body[:len(body)-1]...), `,"x":"`...)
	tail := []byte(`"}`)
	for n := uint32(0); ; n++ {
		// Four letters are not enough for every checksum, so some are counted before.
		text := []byte{letter(n), letter(n >> 6), letter(n >> 12), letter(n >> 18)}
		start := append(append([]byte{}, head...), text...)
		end := append(patch(crc32.ChecksumIEEE(start), before(want, tail)), tail...)
		if made := append(start, end...); printable(end[:4]) && crc32.ChecksumIEEE(made) == want {
			return made
		}
	}
}

func letter(n uint32) byte { return 'A' + byte(n&0x0f) }

func printable(text []byte) bool {
	for _, c := range text {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// before is the checksum before a tail, where that after it is known.
func before(after uint32, tail []byte) uint32 {
	state := ^after
	for i := len(tail) - 1; i >= 0; i-- {
		state = back(state) ^ uint32(tail[i])
	}
	return ^state
}

// patch are the four bytes that lead from one checksum to another.
func patch(from, to uint32) []byte {
	state := ^to
	for range 4 {
		state = back(state)
	}
	state ^= ^from
	return []byte{byte(state), byte(state >> 8), byte(state >> 16), byte(state >> 24)}
}

// back undoes one byte of zero.
func back(state uint32) uint32 {
	for i, entry := range crc32.IEEETable {
		if entry>>24 == state>>24 {
			return (state^entry)<<8 | uint32(i)
		}
	}
	panic("no such entry")
}
