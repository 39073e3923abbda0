package unwrap

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestShape(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		reason, prefix, line string
		want                 int // -1: the line has another prefix
	}{
		{"white space", "    ", "    x", 4},
		{"less white space", "    ", "   x", -1},
		{"a name", "web-1  | ", "web-1  | x", 9},
		{"the number of a container is its name", "web-1  | ", "web-2  | x", -1},
		{"another container", "web-1  | ", "db-1   | x", -1},
		{"an empty line without white space at its end", "web-1  | ", "web-1  |", 8},
		{"RFC 3339", "2026-11-23T20:46:05.093146163Z ", "2026-11-24T00:00:00.1Z x", 23},
		{"RFC 3339 with a zone", "2026-11-23T20:46:05+01:00 ", "2026-11-23T20:46:06+01:00 x", 26},
		{"no time at all", "2026-11-23T20:46:05Z ", "today x", -1},
		{"package log", "2026/11/23 20:46:05 ", "2026/11/23 20:46:06 x", 20},
		{"package log with a name", "app: 2026/11/23 20:46:05.000001 ", "app: 2026/11/23 20:46:05.2 x", 27},
		{"syslog, over the end of a month", "Nov 30 23:59:59 host app[1234]: ", "Dec  1 00:00:00 host app[1234]: x", 32},
		{"another process", "Nov 30 23:59:59 host app[1234]: ", "Nov 30 23:59:59 host app[1235]: x", -1},
		{"a host that is a number", "10.0.0.1 ", "10.0.0.2 x", -1},
		{"seconds since the start", "[   12.345678] ", "[   12.4] x", 10},
		{"Unix time", "1700000000 ", "1700000123 x", 11},
		{"a small number is no time", "12 ", "14 x", -1},
		{"a number that counts lines", "12 ", "13 x", 3},
		{"as Drone counts them", "[test:41] ", "[test:42] x", 10},
		{"as cat -n does, over the end of the digits", "     9\t", "    10\tx", 7},
		{"as grep -n does", "dump.txt:9:", "dump.txt:10:x", 12},
		{"as grep -n marks context", "dump.txt:9:", "dump.txt-10-x", 12},
		{"a number that counts something else", "[test:41] ", "[test:43] x", -1},
		{"the next container is another one", "web-1  | ", "web-2  | x", -1},
		{"the next process is another one", "host app[77]: ", "host app[78]: x", -1},
		{"a full line of the Kubernetes runtime", "2026-11-23T20:46:05Z stderr F ", "2026-11-23T20:46:05Z stderr P x", 30},
		{"its other stream", "2026-11-23T20:46:05Z stderr F ", "2026-11-23T20:46:05Z stdout F x", -1},
		{"a level", "INFO ", "WARN x", -1},
		{"a word like a month", "Marc 3 ", "Juno 3 x", -1},
		{"a shorter line", "web-1  | ", "we", -1},
	} {
		n, ok := newShape([]byte(test.prefix), 7).match([]byte(test.line), 8)
		if !ok {
			n = -1
		}
		assert.Equal(t, test.want, n, test.reason)
	}
}

// TestShapeMatchesItself: whatever a prefix is made of.
func TestShapeMatchesItself(t *testing.T) {
	t.Parallel()
	for _, prefix := range []string{"x ", "1:2:3 ", "1:2:3x ", "Jan 1 Jan 1 ", "a.b-1/2/3 ", "世 2026-01-02 ", "1.5.", "\xff1.5 "} {
		n, ok := newShape([]byte(prefix), 7).match([]byte(prefix+"y"), 7)
		assert.True(t, ok, prefix)
		assert.Equal(t, len(prefix), n, prefix)
	}
}
