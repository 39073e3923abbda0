package stackparse

import (
	"bytes"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestCorpusProblems asks for a note where text is outside of goroutines or
// unparsed, and for silence where the dump is clean.
func TestCorpusProblems(t *testing.T) {
	t.Parallel()
	clean := 0
	for _, name := range dumps(t) {
		dump := readDump(t, name)
		_, err := Parse(dump)
		gs, text := read(t, dump)
		odd := len(text)
		for _, g := range gs {
			odd += len(g.Unparsed)
		}
		if odd == 0 {
			clean++
			assert.NoError(t, err, name)
		} else {
			assert.Error(t, err, name)
		}
	}
	assert.GreaterOrEqual(t, clean, 150, "clean dumps")
}

// collect reads all with a Reader. Its goroutines and the texts of its
// problems are what Parse must give too.
func collect(t testing.TB, r *Reader) (gs []Goroutine, problems []string) {
	t.Helper()
	for ok := true; ok; {
		if ok = r.Scan(); ok {
			gs = append(gs, *r.Goroutine().Clone())
		}
		for _, p := range r.Problems() {
			problems = append(problems, p.Error())
		}
	}
	return gs, problems
}

func TestCorpusWholeEqualsPieces(t *testing.T) {
	t.Parallel()
	warm := NewReader(nil)
	for _, name := range dumps(t) {
		dump := readDump(t, name)
		want, _ := Parse(dump)
		for how, r := range map[string]*Reader{
			"one byte a time": NewReader(iotest.OneByteReader(bytes.NewReader(dump))),
			"half reads":      NewReader(iotest.HalfReader(bytes.NewReader(dump))),
			"data with EOF":   NewReader(iotest.DataErrReader(bytes.NewReader(dump))),
			"second dump":     warm,
		} {
			if r == warm {
				r.Reset(bytes.NewReader(dump))
			}
			got, _ := collect(t, r)
			require.Equal(t, want, got, "%s: %s", name, how)
			require.NoError(t, r.Err())
		}
	}
}

// TestCorpusRoundTrip also asks that printing is stable: what Write printed
// and Parse read is printed the same.
func TestCorpusRoundTrip(t *testing.T) {
	t.Parallel()
	for _, name := range dumps(t) {
		gs, _ := Parse(readDump(t, name))
		var first, second bytes.Buffer
		require.NoError(t, Write(&first, gs), name)
		again, _ := Parse(first.Bytes())
		requireSame(t, gs, again, name)
		require.NoError(t, Write(&second, again), name)
		require.Equal(t, first.String(), second.String(), name)
	}
}

// TestCorpusCanonical holds that a clean dump of Go 1.27 is canonical already.
func TestCorpusCanonical(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"labels", "mixed", "ancestors", "ancestors_deep", "synctest_bubble", "minutes", "leak_debug2", "deep_recursion_stack"} {
		dump := readDump(t, filepath.Join("testdata", "dumps", "go1.27", name+".txt"))
		gs, err := Parse(dump)
		if name == "synctest_bubble" {
			require.Error(t, err, "this one ends in a panic")
			dump, _, _ = bytes.Cut(dump, []byte("panic: "))
			gs, _ = Parse(dump)
		} else {
			require.NoError(t, err, name)
		}
		var out bytes.Buffer
		require.NoError(t, Write(&out, gs))
		assert.Equal(t, strings.TrimSpace(string(dump)), strings.TrimSpace(out.String()), name)
	}
}

// withoutLines clears what differs between two prints of the same goroutines.
func withoutLines(gs []Goroutine) []Goroutine {
	var c []Goroutine
	for i := range gs {
		g := *gs[i].Clone()
		g.Line = 0
		c = append(c, g)
	}
	return c
}

// sameGoroutine compares all but lines. It is many times as fast as
// assert.Equal, which matters for millions.
func sameGoroutine(a, b *Goroutine) bool {
	x, y := *a, *b
	x.Line, y.Line = 0, 0
	x.Frames, y.Frames = nil, nil
	return slices.Equal(a.Frames, b.Frames) && reflect.DeepEqual(x, y)
}

// requireSame asks that two lists of goroutines are the same except for lines.
func requireSame(t testing.TB, want, got []Goroutine, what string) {
	t.Helper()
	same := slices.EqualFunc(want, got, func(a, b Goroutine) bool { return sameGoroutine(&a, &b) })
	if !same {
		require.Equal(t, withoutLines(want), withoutLines(got), what)
	}
}
