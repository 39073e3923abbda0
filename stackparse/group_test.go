package stackparse_test

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// at returns a goroutine in one function. The tests change it part by part.
func at(fn string, line int) stackparse.Goroutine {
	return stackparse.Goroutine{
		ID: 1, State: "select",
		Frames: []stackparse.Frame{
			{Func: fn, Args: "0xc000012345", File: "/src/f.go", Line: line, Offset: 16},
			{Func: "main.run", Args: "...", File: "/src/f.go", Line: 3},
		},
		Creator: &stackparse.Creator{Func: "main.main.func1", Goroutine: 1, File: "/src/m.go", Line: 9, Offset: 7},
	}
}

// TestSimilarity changes one part of a goroutine and looks who minds.
func TestSimilarity(t *testing.T) {
	t.Parallel()
	type set = map[stackparse.Similarity]bool
	exact, lines, functions, creator := stackparse.Exact, stackparse.SameLines, stackparse.SameFunctions, stackparse.SameCreator
	tests := []struct {
		name    string
		change  func(*stackparse.Goroutine)
		differs set
	}{
		{"id, wait, creator's id", func(g *stackparse.Goroutine) { g.ID, g.Wait, g.Creator.Goroutine = 9, time.Hour, 8 }, set{}},
		{"leaked", func(g *stackparse.Goroutine) { g.Leaked = true }, set{}},
		{"state", func(g *stackparse.Goroutine) { g.State = "IO wait" }, set{exact: true, lines: true, functions: true}},
		{"thread", func(g *stackparse.Goroutine) { g.LockedToThread = true }, set{exact: true, lines: true, functions: true}},
		{"argument", func(g *stackparse.Goroutine) { g.Frames[0].Args = "0xc000054321" }, set{exact: true}},
		{"offset", func(g *stackparse.Goroutine) { g.Frames[1].Offset = 4 }, set{exact: true}},
		{"label", func(g *stackparse.Goroutine) { g.Labels = []stackparse.Label{{Key: "k", Value: "v"}} }, set{exact: true}},
		{"line", func(g *stackparse.Goroutine) { g.Frames[1].Line++ }, set{exact: true, lines: true}},
		{"file", func(g *stackparse.Goroutine) { g.Frames[1].File = "/go/f.go" }, set{exact: true, lines: true}},
		{"number of a closure", func(g *stackparse.Goroutine) { g.Frames[0].Func = "main.f.func2.11" }, set{exact: true, lines: true}},
		{"closure or not", func(g *stackparse.Goroutine) { g.Frames[0].Func = "main.f" }, set{exact: true, lines: true, functions: true}},
		{"function", func(g *stackparse.Goroutine) { g.Frames[0].Func = "main.f1.func1.2" }, set{exact: true, lines: true, functions: true}},
		{"calls", func(g *stackparse.Goroutine) { g.Frames = g.Frames[:1] }, set{exact: true, lines: true, functions: true}},
		{"elided calls", func(g *stackparse.Goroutine) { g.Elided = 5 }, set{exact: true, lines: true, functions: true}},
		{"go statement", func(g *stackparse.Goroutine) { g.Creator.Line++ }, set{exact: true, lines: true, creator: true}},
		{"offset of the go statement", func(g *stackparse.Goroutine) { g.Creator.Offset++ }, set{exact: true}},
		{"number of the creator", func(g *stackparse.Goroutine) { g.Creator.Func = "main.main.func4" }, set{exact: true, lines: true, creator: true}},
		{"creator", func(g *stackparse.Goroutine) { g.Creator.Func = "main.init" }, set{exact: true, lines: true, functions: true, creator: true}},
		{"no creator", func(g *stackparse.Goroutine) { g.Creator = nil }, set{exact: true, lines: true, functions: true, creator: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, by := range []stackparse.Similarity{exact, lines, functions, creator, 0} {
				gs := []stackparse.Goroutine{at("main.f.func1.2", 7), at("main.f.func1.2", 7)}
				tt.change(&gs[1])
				groups := stackparse.Group(gs, by)
				assert.Equal(t, !tt.differs[by], by.Key(&gs[0]) == by.Key(&gs[1]), "keys by %b", by)
				if tt.differs[by] {
					require.Len(t, groups, 2, "by %b", by)
					continue
				}
				require.Len(t, groups, 1, "by %b", by)
				assert.EqualValues(t, 2, groups[0].Count)
				assert.Same(t, &gs[0], groups[0].Goroutine)
			}
		})
	}
}

// TestClosureNumbers lists names that differ in numbers of the compiler only,
// and such that differ in their own.
func TestClosureNumbers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		a, b string
		same bool
	}{
		{"main.f.func1", "main.f.func2", true},
		{"main.f.func1.2.3", "main.f.func4.5.6", true},
		{"main.f.gowrap1", "main.f.gowrap12", true},
		{"main.f.deferwrap1", "main.f.deferwrap2", true},
		{"main.init.2.func1.1-range1", "main.init.3.func2.1-range4", true},
		{"main.f.func1", "main.g.func1", false},
		{"main.f1", "main.f2", false},
		{"main.(*T).M1", "main.(*T).M2", false},
		{"main.func1", "main.func", false},
		{"main.f.func1", "main.f.gowrap1", true}, // both are closures of f
		{"", "7", false},
	}
	for _, tt := range tests {
		got := len(stackparse.Group([]stackparse.Goroutine{at(tt.a, 1), at(tt.b, 2)}, stackparse.SameFunctions)) == 1
		assert.Equal(t, tt.same, got, "%s %s", tt.a, tt.b)
	}
}

// TestGroups looks at what is said of a group.
func TestGroups(t *testing.T) {
	t.Parallel()
	r := stackparse.NewGrouper(stackparse.SameCreator)
	for i := range 30 {
		g := at("main.f", 1)
		g.ID, g.Wait, g.Leaked = int64(i), time.Duration(i+5)*time.Minute, i%3 == 0
		r.Add(&g)
		g.Frames[0].Func = "overwritten, as a Reader does"
	}
	other := at("main.f", 1)
	other.Creator, other.State, other.ID = nil, "running", 0
	r.AddCount(&other, 100)
	other.State = "runnable"
	r.Add(&other)
	single := at("main.f", 1)
	single.Creator = &stackparse.Creator{Func: "main.late"}
	r.Add(&single)
	last := single
	last.Creator = &stackparse.Creator{Func: "main.last"}
	r.Add(&last)

	groups := r.Groups()
	require.Len(t, groups, 4)
	assert.EqualValues(t, 101, groups[0].Count)
	assert.Empty(t, groups[0].State, "they differ")
	assert.Empty(t, groups[0].IDs, "none is known")
	assert.EqualValues(t, 30, groups[1].Count)
	assert.EqualValues(t, 10, groups[1].Leaked)
	assert.Equal(t, "select", groups[1].State)
	assert.Equal(t, []int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, groups[1].IDs, "0 is no id, and ten are enough")
	assert.Equal(t, 5*time.Minute, groups[1].MinWait)
	assert.Equal(t, 34*time.Minute, groups[1].MaxWait)
	assert.Equal(t, "main.f", groups[1].Goroutine.Frames[0].Func)
	assert.Equal(t, "main.late", groups[2].Goroutine.Creator.Func, "of those that are equally many the first to come")

	r.AddCount(&single, math.MaxInt64)
	assert.EqualValues(t, 1, groups[2].Count, "what has been returned stays")
	assert.Equal(t, int64(math.MaxInt64), r.Groups()[0].Count, "no overflow")
	assert.Empty(t, stackparse.NewGrouper(stackparse.Exact).Groups())
}

// TestGroupCorpus groups all dumps of testdata and counts that nothing is lost,
// and that more similarity makes no fewer groups.
func TestGroupCorpus(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/dumps/*/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		dump, err := os.ReadFile(file)
		require.NoError(t, err)
		gs, _ := stackparse.Parse(dump)
		groups := 0
		for _, by := range []stackparse.Similarity{0, stackparse.SameCreator, stackparse.SameLines, stackparse.Exact} {
			n, sum := 0, int64(0)
			keys := map[string]int64{}
			for i := range gs {
				keys[by.Key(&gs[i])]++
			}
			for _, grp := range stackparse.Group(gs, by) {
				n++
				sum += grp.Count
				assert.Equal(t, grp.Count, keys[by.Key(grp.Goroutine)], "%s: keys tell the same goroutines apart", file)
			}
			assert.Len(t, keys, n, file)
			assert.EqualValues(t, len(gs), sum, file)
			assert.GreaterOrEqual(t, n, groups, file)
			groups = n
		}
	}
}

// TestManyGroups has thousands of groups come in random order, each a few
// times, and finds all of them by comparing all parts.
func TestManyGroups(t *testing.T) {
	t.Parallel()
	const distinct, each = 5000, 3
	gs := make([]stackparse.Goroutine, 0, distinct*each)
	for i := range distinct * each {
		gs = append(gs, at("main.f"+strconv.Itoa(i%distinct%100), i%distinct))
	}
	rand.Shuffle(len(gs), func(i, j int) { gs[i], gs[j] = gs[j], gs[i] })
	groups := stackparse.Group(gs, stackparse.SameLines)
	require.Len(t, groups, distinct)
	seen := map[int]bool{}
	for _, grp := range groups {
		assert.EqualValues(t, each, grp.Count)
		seen[grp.Goroutine.Frames[0].Line] = true
	}
	assert.Len(t, seen, distinct)
}

// TestHostileNames groups names that are made to look alike to a hash that does
// not read them whole. Compared one by one, they would take minutes.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	const distinct = 30_000
	gs := make([]stackparse.Goroutine, 0, 2*distinct)
	for i := range 2 * distinct {
		gs = append(gs, at(fmt.Sprintf("main.f%08d.(*T).method", i%distinct), 7))
	}
	groups := stackparse.Group(gs, stackparse.SameLines)
	require.Len(t, groups, distinct)
	assert.EqualValues(t, 2, groups[0].Count)
	assert.EqualValues(t, 2, groups[distinct-1].Count)
}

// TestAMillionGoroutines groups a dump that is never there as a whole.
//
// It is not parallel: it measures the heap, with what the collector has not
// freed yet.
func TestAMillionGoroutines(t *testing.T) {
	const limit = 200 << 20
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	before := m.HeapAlloc
	used := func() int64 {
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc) - int64(before)
	}
	r := stackparse.NewReader(&service{goroutines: serviceSize})
	grouper := stackparse.NewGrouper(stackparse.SameLines)
	n := 0
	for r.Scan() {
		grouper.Add(r.Goroutine())
		if n++; n%(serviceSize/8) == 1 {
			require.Less(t, used(), int64(limit))
		}
	}
	require.NoError(t, r.Err())
	require.Less(t, used(), int64(limit))
	require.Equal(t, serviceSize, n)

	groups := grouper.Groups()
	assert.Len(t, groups, serviceStacks)
	sum := int64(0)
	for _, grp := range groups {
		sum += grp.Count
	}
	assert.EqualValues(t, serviceSize, sum)
}

const serviceStacks = 200

// service is the dump of a busy server: goroutines with ids and pointers of
// their own on a few hundred stacks, in no order.
type service struct {
	goroutines int // still to come
	n          int
	buf        []byte
	read       int // how much of buf has been
}

func (s *service) Read(p []byte) (int, error) {
	if s.read == len(s.buf) {
		s.buf, s.read = s.buf[:0], 0
		for len(s.buf) < len(p) && s.goroutines > 0 {
			s.goroutines--
			s.n++
			s.write()
		}
		if len(s.buf) == 0 {
			return 0, io.EOF
		}
	}
	n := copy(p, s.buf[s.read:])
	s.read += n
	return n, nil
}

func (s *service) write() {
	kind, conn := int64(s.n)*7919%serviceStacks, 0xc000000000+int64(s.n)*0x240
	s.add("goroutine ", int64(s.n+17), 10, " [IO wait, ")
	s.add("", int64(s.n%90+1), 10, " minutes]:\n")
	s.add("internal/poll.runtime_pollWait(0x", conn+8, 16, ", 0x72)\n\t/usr/local/go/src/runtime/netpoll.go:351 +0x85\n")
	for _, f := range []string{"internal/poll.(*FD).Read", "net.(*conn).Read", "net/http.(*connReader).Read", "bufio.(*Reader).Peek"} {
		s.buf = append(s.buf, f...)
		s.add("(0x", conn, 16, ", {0x")
		s.add("", conn+0x100, 16, ", 0x1000, 0x1000})\n\t/usr/local/go/src/")
		s.buf = append(s.buf, f...)
		s.buf = append(s.buf, ".go:165 +0x214\n"...)
	}
	s.add("example.com/shop/handler", kind, 10, ".(*Server).serve(0x")
	s.add("", conn, 16, ")\n\t/src/shop/handler.go:")
	s.add("", 10+kind, 10, " +0x3a\ncreated by net/http.(*Server).Serve in goroutine 1\n\t/usr/local/go/src/net/http/server.go:3493 +0x485\n\n")
}

// add writes a number between two texts.
func (s *service) add(before string, n int64, base int, after string) {
	s.buf = strconv.AppendInt(append(s.buf, before...), n, base)
	s.buf = append(s.buf, after...)
}

// FuzzGroup groups what has been read from anything. Whatever the parts, each
// goroutine is in one group, and in one with its like.
func FuzzGroup(f *testing.F) {
	files, err := filepath.Glob("testdata/dumps/*/*.txt")
	require.NoError(f, err)
	require.NotEmpty(f, files)
	for i, file := range files {
		dump, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(dump, uint8(1<<(i%8)))
	}
	f.Fuzz(func(t *testing.T, dump []byte, by uint8) {
		gs, _ := stackparse.Parse(dump)
		gs = append(gs, gs...)
		groups := stackparse.Group(gs, stackparse.Similarity(by))
		sum, r := int64(0), stackparse.NewGrouper(stackparse.Similarity(by))
		for i := range groups {
			assert.Zero(t, groups[i].Count%2, "each goroutine is there twice")
			sum += groups[i].Count
			r.Add(groups[i].Goroutine)
		}
		assert.EqualValues(t, len(gs), sum)
		assert.Len(t, r.Groups(), len(groups), "no two groups are the same")
	})
}

func BenchmarkGroup(b *testing.B) {
	for _, by := range []struct {
		name string
		by   stackparse.Similarity
	}{{"exact", stackparse.Exact}, {"lines", stackparse.SameLines}, {"functions", stackparse.SameFunctions}, {"creator", stackparse.SameCreator}} {
		b.Run(by.name, func(b *testing.B) {
			gs, err := readService(10_000)
			require.NoError(b, err)
			b.ReportAllocs()
			for b.Loop() {
				stackparse.Group(gs, by.by)
			}
			b.ReportMetric(float64(len(gs))*float64(b.N)/b.Elapsed().Seconds(), "goroutines/s")
		})
	}
}

func readService(n int) ([]stackparse.Goroutine, error) {
	dump, err := io.ReadAll(&service{goroutines: n})
	if err != nil {
		return nil, err
	}
	return stackparse.Parse(dump)
}
