package stackparse

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// facts is what a dump's JSON says about it; see testdata/README.md.
type facts struct {
	NumGoroutines int
	NumFrames     int
	Goroutines    []goroutineFacts
	OutsideLines  []string
}

type goroutineFacts struct {
	ID          int64
	State       string
	Minutes     int
	Locked      bool
	Scan        bool
	Durable     bool
	Leaked      bool
	Unavailable bool
	Bubble      int64
	Labels      [][2]string
	Frames      int
	CFrames     int
	Funcs       []string
	Elided      int
	CreatedBy   *creatorFacts
	Ancestors   []goroutineFacts
}

type creatorFacts struct {
	Func      string
	Goroutine int64
	File      string
	Line      int
}

// dumps returns the names of all dumps in testdata. A glob that finds nothing
// would make every test of this file pass.
func dumps(t testing.TB) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("testdata", "dumps", "*", "*.txt"))
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(names), 100, "dumps in testdata")
	return names
}

func readDump(t testing.TB, name string) []byte {
	t.Helper()
	dump, err := os.ReadFile(name)
	require.NoError(t, err)
	return dump
}

func readFacts(t *testing.T, name string) facts {
	t.Helper()
	text, err := os.ReadFile(strings.TrimSuffix(name, ".txt") + ".json")
	require.NoError(t, err)
	var f facts
	require.NoError(t, json.Unmarshal(text, &f))
	require.Len(t, f.Goroutines, f.NumGoroutines)
	return f
}

// checker compares and counts, so that a test can tell that it has compared.
type checker struct {
	*testing.T
	n int
}

func (c *checker) equal(want, got any, what string, id int64) {
	c.Helper()
	c.n++
	assert.Equal(c, want, got, "%s of goroutine %d", what, id)
}

func TestCorpusFacts(t *testing.T) {
	t.Parallel()
	total := 0
	for _, name := range dumps(t) {
		f := readFacts(t, name)
		gs, _ := Parse(readDump(t, name))
		if cutInHeader := strings.HasSuffix(name, filepath.Join("go1.26", "truncated.txt")); cutInHeader {
			// The reference reader gives up on "goroutine 28 [sync."; its id is good.
			last := gs[len(gs)-1]
			assert.Equal(t, []string{"[sync."}, last.Unparsed)
			assert.EqualValues(t, 28, last.ID)
			gs = gs[:len(gs)-1]
		}
		require.Len(t, gs, f.NumGoroutines, name)
		c := &checker{T: t}
		frames := 0
		for i := range gs {
			frames += len(gs[i].Frames)
			c.goroutine(f.Goroutines[i], &gs[i])
		}
		assert.Equal(t, f.NumFrames, frames, name)
		if t.Failed() {
			t.Fatalf("first dump with wrong facts: %s", name)
		}
		total += c.n
	}
	t.Logf("%d facts", total)
	assert.Greater(t, total, 20_000, "facts compared")
}

func (c *checker) goroutine(want goroutineFacts, got *Goroutine) {
	c.Helper()
	c.equal(want.ID, got.ID, "id", want.ID)
	c.equal(want.State, got.State, "state", want.ID)
	c.equal(time.Duration(want.Minutes)*time.Minute, got.Wait, "minutes", want.ID)
	c.equal(want.Locked, got.LockedToThread, "locked", want.ID)
	c.equal(want.Scan, got.Scan, "scan", want.ID)
	c.equal(want.Durable, got.Durable, "durable", want.ID)
	c.equal(want.Leaked, got.Leaked, "leaked", want.ID)
	c.equal(want.Bubble, got.Bubble, "bubble", want.ID)
	c.equal(want.Elided, got.Elided, "elided", want.ID)
	c.equal(want.Unavailable, strings.Contains(strings.Join(got.Unparsed, "\n"), "stack unavailable"), "unavailable", want.ID)
	var labels [][2]string
	for _, l := range got.Labels {
		// JSON cannot hold the bytes that are not UTF-8; TestHeader has them.
		labels = append(labels, [2]string{string([]rune(l.Key)), string([]rune(l.Value))})
	}
	c.equal(want.Labels, labels, "labels", want.ID)
	c.frames(want, got.Frames)
	c.creator(want.CreatedBy, got.Creator, want.ID)
	c.equal(len(want.Ancestors), len(got.Ancestors), "number of ancestors", want.ID)
	for i, a := range got.Ancestors {
		w := want.Ancestors[i]
		c.equal(w.ID, a.ID, "ancestor", want.ID)
		c.equal(w.Elided == -1, a.Elided, "ancestor's elided", want.ID)
		c.frames(w, a.Frames)
		c.creator(w.CreatedBy, a.Creator, want.ID)
	}
}

func (c *checker) frames(want goroutineFacts, got []Frame) {
	c.Helper()
	c.equal(want.Frames, len(got), "number of frames", want.ID)
	require.LessOrEqual(c, len(want.Funcs), len(got))
	foreign := 0
	for i, f := range got {
		if i < len(want.Funcs) {
			c.equal(want.Funcs[i], f.Func, "function", want.ID)
		}
		if strings.HasPrefix(f.Args, "pc=") {
			foreign++
		}
	}
	c.equal(want.CFrames, foreign, "C frames", want.ID)
}

func (c *checker) creator(want *creatorFacts, got *Creator, id int64) {
	c.Helper()
	if want == nil || got == nil {
		c.equal(want == nil, got == nil, "no creator", id)
		return
	}
	c.equal(*want, creatorFacts{got.Func, got.Goroutine, got.File, got.Line}, "creator", id)
}

// TestCorpusProblems asks for a note where text is outside of goroutines or
// unparsed, and for silence where the dump is clean.
func TestCorpusProblems(t *testing.T) {
	t.Parallel()
	clean := 0
	for _, name := range dumps(t) {
		gs, err := Parse(readDump(t, name))
		odd := len(readFacts(t, name).OutsideLines)
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
	assert.GreaterOrEqual(t, clean, 50, "clean dumps")
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
		require.Equal(t, withoutLines(gs), withoutLines(again), name)
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
