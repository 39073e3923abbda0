package stackparse

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// facts is what a dump's JSON says about it; see testdata/README.md.
type facts struct {
	Name               string
	Go                 string
	Format             string
	Bytes              int
	NumGoroutines      int
	NumFrames          *int
	Goroutines         []goroutineFacts
	DerivedFrom        string
	OutsideLines       []string
	HasRuntimeStack    bool
	RuntimeStackFrames int
	InProcess          *ownFacts
	TrueNumGoroutines  int

	Races   int
	Reports [][]raceFacts
	Found   int
}

type goroutineFacts struct {
	ID          int64
	State       string
	GP, M, MP   string
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

// ownFacts is what the program that printed a dump knew about itself.
type ownFacts struct {
	NumGoroutine int
	Expects      []struct {
		Func, State    string
		Locked         bool
		Minutes, Count int
	}
}

type raceFacts struct {
	Header string
	Frames int
	Funcs  []string
}

// dumps returns the names of the dumps in testdata. A glob that finds nothing
// would make every test of this file pass.
func dumps(t testing.TB) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("testdata", "dumps", "*", "*.txt"))
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(names), 340, "dumps in testdata")
	return names
}

func readDump(t testing.TB, name string) []byte {
	t.Helper()
	dump, err := os.ReadFile(name)
	require.NoError(t, err)
	return dump
}

func readFacts(t testing.TB, name string) facts {
	t.Helper()
	text, err := os.ReadFile(strings.TrimSuffix(name, ".txt") + ".json")
	require.NoError(t, err)
	var f facts
	require.NoError(t, json.Unmarshal(text, &f), name)
	return f
}

// checker compares and counts, so that a test can tell that it has compared.
type checker struct {
	*testing.T
	name string
	n    int
}

func (c *checker) equal(want, got any, what string, id int64) {
	c.Helper()
	c.n++
	assert.Equal(c, want, got, "%s: %s of goroutine %d", c.name, what, id)
}

// read reads a dump with its text.
func read(t testing.TB, dump []byte) (gs []Goroutine, text []string) {
	t.Helper()
	r := NewReader(bytes.NewReader(dump))
	r.Text = func(_ int, line []byte) { text = append(text, string(line)) }
	gs, _ = r.ReadAll()
	require.NoError(t, r.Err())
	return gs, text
}

// TestCorpusFacts compares every fact of every dump.
func TestCorpusFacts(t *testing.T) {
	t.Parallel()
	total, files := 0, make(map[string]int)
	for _, name := range dumps(t) {
		f := readFacts(t, name)
		dump := readDump(t, name)
		require.Len(t, dump, f.Bytes, name)
		files[f.Format]++
		c := &checker{T: t, name: name}
		switch f.Format {
		case "race-report":
			continue // see TestCorpusRaces
		case "goroutine-dump":
			c.dump(f, dump)
		case "wrapped":
			c.wrapped(f, dump)
		case "test2json":
			c.testJSON(dump)
		default:
			t.Errorf("%s: a format without a test: %s", name, f.Format)
		}
		if t.Failed() {
			t.Fatalf("first dump with wrong facts: %s", name)
		}
		total += c.n
	}
	t.Logf("%d facts in %v", total, files)
	assert.Greater(t, total, 86_000, "facts compared")
	assert.Equal(t, map[string]int{"goroutine-dump": 264, "wrapped": 75, "test2json": 5, "race-report": 5}, files)
}

func (c *checker) dump(f facts, dump []byte) {
	c.Helper()
	gs, text := read(c, dump)
	switch {
	case f.Name == "truncated":
		gs, text = c.truncated(f, gs, text)
	case f.Name == "log_prefixed":
		// The reference reader knows no prefixes: to it all is outside.
		c.logPrefixed(gs)
		return
	}
	require.Len(c, gs, f.NumGoroutines, c.name)
	c.all(f, gs)
	c.equal(withoutEmpty(f.OutsideLines), withoutEmpty(text), "lines outside", 0)
	c.runtimeStack(f, gs)
	c.own(f, gs)
}

// truncated takes out what the reference reader does not count: the start of a
// goroutine or call at the end of a dump that was cut there.
func (c *checker) truncated(f facts, gs []Goroutine, text []string) ([]Goroutine, []string) {
	last := &gs[len(gs)-1]
	c.equal(true, last.Truncated, "truncated", last.ID)
	require.NotEmpty(c, last.Unparsed, "what was cut off stays with the goroutine")
	text = append(text, last.Unparsed...)
	if len(gs) > f.NumGoroutines {
		// It gives up on "goroutine 28 [sync.", and has the line outside.
		c.equal(0, len(last.Frames), "frames", last.ID)
		text[len(text)-1] = f.OutsideLines[len(f.OutsideLines)-1]
		gs = gs[:len(gs)-1]
	}
	last.Unparsed = nil
	return gs, text
}

func (c *checker) logPrefixed(gs []Goroutine) {
	require.Len(c, gs, 2)
	for _, g := range gs {
		c.equal(int64(1), g.ID, "id", g.ID)
		c.equal("running", g.State, "state", g.ID)
		require.Len(c, g.Frames, 3)
		c.equal("runtime/debug.Stack", g.Frames[0].Func, "function", g.ID)
		c.equal("main.main", g.Frames[2].Func, "function", g.ID)
		c.equal("/home/dev/probe/gen/main.go", g.Frames[2].File, "file", g.ID)
	}
}

func (c *checker) all(f facts, gs []Goroutine) {
	c.Helper()
	frames := 0
	for i := range gs {
		frames += len(gs[i].Frames)
		c.goroutine(f.Goroutines[i], &gs[i])
	}
	c.equal(*f.NumFrames, frames, "number of all frames", 0)
}

// wrapped compares a dump with log prefixes and the like with the dump that it
// was made from.
func (c *checker) wrapped(f facts, dump []byte) {
	c.Helper()
	gs, text := read(c, dump)
	require.Len(c, gs, f.NumGoroutines, c.name)
	want := readFacts(c, filepath.Join(filepath.Dir(c.name), f.DerivedFrom+".txt"))
	switch f.Name {
	case "wrap_syslog_trunc":
		c.cutLines(want, gs)
		return
	case "wrap_two_dumps":
		want.Goroutines = slices.Concat(want.Goroutines, want.Goroutines)
		want.NumFrames = f.NumFrames
		c.equal(1, len(text), "lines between", 0)
	case "wrap_interleaved":
		c.equal(bytes.Count(dump, []byte("INFO request done")), len(text), "lines of the other goroutine", 0)
		for _, line := range text {
			c.equal("2026/11/23 20:46:05 INFO request done path=/x", line, "line outside", 0)
		}
	case "wrap_windows_paths":
		for i := range want.Goroutines {
			if by := want.Goroutines[i].CreatedBy; by != nil {
				by.File = strings.Replace(by.File, "/home/dev/probe/", "C:/Users/Jane Doe/go/src/", 1)
			}
		}
	default:
		c.equal(0, len(text), "lines outside", 0)
	}
	c.all(want, gs)
	for i := range gs {
		c.equal(0, len(gs[i].Unparsed), "unparsed", gs[i].ID)
		c.equal(false, gs[i].Truncated, "truncated", gs[i].ID)
	}
	if f.Name != "wrap_windows_paths" && f.Name != "wrap_two_dumps" {
		same, _ := read(c, readDump(c, filepath.Join(filepath.Dir(c.name), f.DerivedFrom+".txt")))
		c.equal(withoutLines(same), withoutLines(gs), "everything", 0)
	}
}

// cutLines checks a dump whose lines were cut at 80 bytes: places are lost, but
// no function.
func (c *checker) cutLines(want facts, gs []Goroutine) {
	for i, g := range gs {
		w := want.Goroutines[i]
		c.equal(w.ID, g.ID, "id", w.ID)
		c.equal(w.State, g.State, "state", w.ID)
		require.Len(c, g.Frames, w.Frames)
		for j, f := range g.Frames {
			assert.True(c, strings.HasPrefix(f.Func, w.Funcs[j]), f.Func)
			c.n++
		}
	}
}

func (c *checker) testJSON(dump []byte) {
	gs, text := read(c, dump)
	require.Len(c, gs, 1)
	c.equal("running", gs[0].State, "state", gs[0].ID)
	c.equal("testing.(*T).Run", gs[0].Creator.Func, "creator", gs[0].ID)
	var funcs []string
	for _, f := range gs[0].Frames {
		funcs = append(funcs, f.Func)
	}
	c.equal("example.com/tst.TestPanics", funcs[3], "function", gs[0].ID)
	c.equal(5, len(funcs), "frames", gs[0].ID)
	c.equal(0, len(gs[0].Unparsed), "unparsed", gs[0].ID)
	assert.Greater(c, len(text), 5)
}

// runtimeStack compares the block before the goroutine that crashed.
func (c *checker) runtimeStack(f facts, gs []Goroutine) {
	c.Helper()
	n := 0
	for _, g := range gs {
		if g.Thread != nil && len(g.Thread.RuntimeStack) > 0 {
			c.equal(f.RuntimeStackFrames, len(g.Thread.RuntimeStack), "runtime stack", g.ID)
			n++
		}
	}
	want := 0
	if f.HasRuntimeStack {
		want = 1
	}
	c.equal(want, n, "runtime stacks", 0)
}

// own compares with what the program knew about itself.
func (c *checker) own(f facts, gs []Goroutine) {
	c.Helper()
	if f.InProcess == nil {
		return
	}
	if n := f.InProcess.NumGoroutine; n > 0 && f.Name != "truncated" && f.Name != "leak_then_stack" {
		c.equal(n, len(gs), "runtime.NumGoroutine", 0)
	}
	for _, e := range f.InProcess.Expects {
		n := 0
		for _, g := range gs {
			in := slices.ContainsFunc(g.Frames, func(f Frame) bool {
				start, isStart := strings.CutPrefix(e.Func, "~")
				return f.Func == e.Func || isStart && strings.HasPrefix(f.Func, start)
			})
			if in && g.State == e.State && g.LockedToThread == e.Locked && (e.Minutes == 0 || g.Wait == time.Duration(e.Minutes)*time.Minute) {
				n++
			}
		}
		c.equal(e.Count, n, e.Func+" in state "+e.State, 0)
	}
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
	c.equal(want.Unavailable, got.Unavailable, "unavailable", want.ID)
	c.equal(0, len(got.Unparsed), "unparsed", want.ID)
	c.thread(want, got.Thread)
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

func (c *checker) thread(want goroutineFacts, got *Thread) {
	c.Helper()
	var gp, m, mp string
	if got != nil && got.G != 0 {
		p := printer{}
		p.hex(got.G)
		gp, m = string(p.buf), "nil"
		if got.Running {
			p = printer{}
			p.int(got.M)
			m, p.buf = string(p.buf), nil
			p.hex(got.MAddr)
			mp = string(p.buf)
		}
	}
	c.equal([3]string{want.GP, want.M, want.MP}, [3]string{gp, m, mp}, "gp, m and mp", want.ID)
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

func withoutEmpty(lines []string) []string {
	rest := []string{}
	for _, line := range lines {
		if line != "" {
			rest = append(rest, line)
		}
	}
	return rest
}
