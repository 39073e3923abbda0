package stackparse

import "math"

// parseInt reads b, which must be decimal digits from end to end and fit.
func parseInt(b []byte) (int64, bool) {
	if len(b) == 0 {
		return 0, false
	}
	var n int64
	for _, c := range b {
		d := int64(c) - '0'
		if d < 0 || d > 9 || n > (math.MaxInt64-d)/10 {
			return 0, false
		}
		n = n*10 + d
	}
	return n, true
}

// parseLine is parseInt for an int, which may be narrower.
func parseLine(b []byte) (int, bool) {
	n, ok := parseInt(b)
	if !ok || n > math.MaxInt {
		return 0, false
	}
	return int(n), true
}

// parseHex reads b, which must be "0x" and up to 16 lower-case hexadecimal
// digits, as the runtime prints addresses.
func parseHex(b []byte) (uint64, bool) {
	if len(b) < 3 || len(b) > 18 || b[0] != '0' || b[1] != 'x' {
		return 0, false
	}
	var n uint64
	for _, c := range b[2:] {
		d, ok := unhex(c)
		if !ok {
			return 0, false
		}
		n = n<<4 | uint64(d)
	}
	return n, true
}
