package stackparse

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// seed adds the dumps of the corpus to f. A fuzzer changes small inputs best:
// of the larger ones it gets the first goroutines.
func seed(f *testing.F, add func(dump []byte)) {
	seeds := 0
	for _, name := range dumps(f) {
		dump, err := os.ReadFile(name)
		require.NoError(f, err)
		if len(dump) > 4<<10 {
			dump = dump[:4<<10]
		}
		add(dump)
		seeds++
	}
	require.GreaterOrEqual(f, seeds, 340)
}

// FuzzParse holds these properties of any input: it does not panic, it gives
// the same read whole and byte by byte, with and without arguments, what Write
// prints of it reads back the same, and what is kept of it is not much more
// than it.
func FuzzParse(f *testing.F) {
	seed(f, func(dump []byte) { f.Add(dump) })
	f.Add([]byte("goroutine 7 gp=0x1 m=nil [x (scan), a, 2 minutes labels:{\"]\": \"}\"} y] {: , \"\\\"\": b} z:\r\n\tunparsed: a\r\r\nf(pc=0x1)\n\t:0 +0x1\ncreated by a in goroutine 0\n\t:0 +0x1\n"))
	f.Add([]byte("panic: a\n\n\tgoroutine 1 [x]:\nruntime stack:\nmain.a(0x1)\n\t/x.go:1\n\n\x1b[1mgoroutine 7 [x]:\x1b[0m\n        main.a(0x1)\n        \t/x.go:1\nl=\"goroutine 8 [x]:\\nmain.b(0x1)\\n\\t/x.go:1\"\n"))
	f.Fuzz(func(t *testing.T, dump []byte) {
		if len(dump) > 64<<10 {
			return // the limits have tests of their own
		}
		gs, err := Parse(dump)
		require.LessOrEqual(t, footprint(gs), 1<<10+32*len(dump), "bytes kept")
		samePieces(t, dump, gs, err)
		sameWithoutArgs(t, dump, gs)
		sameRewritten(t, gs)
	})
}

// footprint estimates the memory of goroutines: 200 bytes for one, 64 for a
// frame, and the strings.
func footprint(gs []Goroutine) int {
	n := 0
	frames := func(fs []Frame) {
		for _, f := range fs {
			n += 64 + len(f.Func) + len(f.Args) + len(f.File)
		}
	}
	for _, g := range gs {
		n += 200 + len(g.State) + 32*len(g.Labels)
		frames(g.Frames)
		for _, a := range g.Ancestors {
			n += 48
			frames(a.Frames)
		}
		for _, l := range g.Labels {
			n += len(l.Key) + len(l.Value)
		}
		for _, u := range g.Unparsed {
			n += 16 + len(u)
		}
	}
	return n
}

func samePieces(t *testing.T, dump []byte, gs []Goroutine, err error) {
	pieces, problems := collect(t, NewReader(iotest.OneByteReader(bytes.NewReader(dump))))
	require.Equal(t, gs, pieces, "byte by byte")
	if err == nil {
		require.Empty(t, problems)
		return
	}
	for _, p := range problems[:min(len(problems), maxJoined)] {
		require.ErrorContains(t, err, p)
	}
}

func sameWithoutArgs(t *testing.T, dump []byte, gs []Goroutine) {
	r := NewReader(bytes.NewReader(dump))
	r.SkipArgs = true
	bare, _ := r.ReadAll()
	require.Len(t, bare, len(gs))
	for i, g := range gs {
		g := g.Clone()
		dropArgs(g)
		require.Equal(t, *g, bare[i], "without arguments")
	}
}

// dropArgs does what SkipArgs does.
func dropArgs(g *Goroutine) {
	drop := func(fs []Frame) {
		for i := range fs {
			if !isForeignArgs(fs[i].Args) {
				fs[i].Args = ""
			}
		}
	}
	drop(g.Frames)
	for i := range g.Ancestors {
		drop(g.Ancestors[i].Frames)
	}
	if g.Thread != nil {
		drop(g.Thread.RuntimeStack)
	}
}

func sameRewritten(t *testing.T, gs []Goroutine) {
	var first, second bytes.Buffer
	require.NoError(t, Write(&first, gs))
	again, _ := Parse(first.Bytes())
	requireSame(t, gs, again, "after Write")
	require.NoError(t, Write(&second, again))
	require.Equal(t, first.String(), second.String(), "Write is stable")
}

// wraps are ways in which collectors of logs keep a line.
var wraps = []struct {
	name string
	line func(n int, line string) string
}{
	{"docker compose", func(_ int, line string) string { return "web-1  | " + line }},
	{"docker with times", func(n int, line string) string {
		return fmt.Sprintf("2026-11-23T20:46:%02d.%09dZ ", n%60, n) + line
	}},
	{"kubernetes runtime", func(n int, line string) string {
		return fmt.Sprintf("2026-11-23T20:46:05.%d+01:00 stderr F ", n+1) + line
	}},
	{"syslog, which changes its month", func(n int, line string) string {
		return fmt.Sprintf("%s %2d 23:59:%02d host app[1234]: ", []string{"Nov", "Dec"}[n%2], 1+n%31, n%60) + line
	}},
	{"kubectl --prefix", func(_ int, line string) string { return "[pod/web-6d4cf/app] " + line }},
	{"docker json-file", func(n int, line string) string { return jsonLine("log", line+"\n", "stream", fmt.Sprint(n)) }},
	{"go test -json", func(n int, line string) string {
		return jsonLine("Action", "output", "Package", "shop", "Output", line+"\n")
	}},
	{"a field of a structured log", func(_ int, line string) string { return jsonLine("msg", line) }},
	{"colours", func(_ int, line string) string { return "\x1b[31m" + line + "\x1b[0m" }},
	{"indented", func(_ int, line string) string { return "  " + line }},
	{"Windows", func(_ int, line string) string { return line + "\r" }},
}

// jsonLine prints an object with string values. encoding/json would change
// bytes that are not UTF-8.
func jsonLine(pairs ...string) string {
	var b strings.Builder
	for i, s := range pairs {
		b.WriteString([]string{",", ":"}[i%2])
		b.WriteString(jsonQuote(s))
	}
	return "{" + b.String()[1:] + "}"
}

func jsonQuote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ' || c == '"' || c == '\\':
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func TestJSONQuote(t *testing.T) {
	t.Parallel()
	var v map[string]string
	require.NoError(t, json.Unmarshal([]byte(jsonLine("a", "\x00\"\\\n", "b", "世")), &v))
	assert.Equal(t, map[string]string{"a": "\x00\"\\\n", "b": "世"}, v)
}

// wrap puts a dump into a log in the way with number how.
func wrap(dump []byte, how int) []byte {
	var b bytes.Buffer
	for n, line := range strings.Split(strings.TrimSuffix(string(dump), "\n"), "\n") {
		b.WriteString(wraps[how].line(n, line))
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// FuzzWrapped holds that it does not matter what a collector of logs puts
// around the lines.
func FuzzWrapped(f *testing.F) {
	seed(f, func(dump []byte) {
		for how := range wraps {
			f.Add(dump, uint8(how))
		}
	})
	f.Fuzz(func(t *testing.T, dump []byte, how uint8) {
		if len(dump) > 64<<10 {
			return
		}
		gs, _ := Parse(dump)
		if !isOrdinary(gs) {
			return
		}
		var plain bytes.Buffer
		require.NoError(t, Write(&plain, gs))
		h := int(how) % len(wraps)
		got, _ := Parse(wrap(plain.Bytes(), h))
		requireSame(t, gs, got, wraps[h].name)
	})
}

// isOrdinary leaves out dumps with values that a prefix or an escape could be
// mistaken for.
func isOrdinary(gs []Goroutine) bool {
	var b bytes.Buffer
	if len(gs) == 0 || Write(&b, gs) != nil {
		return false
	}
	for _, g := range gs {
		if len(g.Unparsed) > 0 || g.Truncated {
			return false
		}
	}
	for line := range bytes.Lines(b.Bytes()) {
		line = bytes.TrimSuffix(line, []byte("\n"))
		if bytes.ContainsAny(line, "\x1b\r") || len(line) != len(bytes.TrimRight(line, " \t")) || bytes.HasPrefix(line, []byte(" ")) {
			return false
		}
	}
	return true
}

func TestCorpusWrapped(t *testing.T) {
	t.Parallel()
	n, every := 0, 1
	if raceEnabled {
		every = 9
	}
	for i, name := range dumps(t) {
		gs, _ := Parse(readDump(t, name))
		if i%every != 0 || !isOrdinary(gs) {
			continue
		}
		n += every
		var plain bytes.Buffer
		require.NoError(t, Write(&plain, gs))
		for how, w := range wraps {
			got, err := Parse(wrap(plain.Bytes(), how))
			require.NoError(t, err, "%s: %s", name, w.name)
			requireSame(t, gs, got, name+": "+w.name)
		}
	}
	assert.Greater(t, n, 280, "dumps")
}
