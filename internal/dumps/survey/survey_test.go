package survey

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/stackparse"
	"github.com/leakcheck-go/goroutine/stackparse/pprofile"
)

func goroutine(id int, state, fn string, line int) string {
	return fmt.Sprintf("goroutine %d [%s]:\n%s(0x%x)\n\t/src/shop/shop.go:%d +0x1d\ncreated by shop.Start in goroutine 1\n\t/src/shop/start.go:7 +0x2e\n\n",
		id, state, fn, 0x10000+id, line)
}

// benign is a goroutine of the catalogue that every check leaves out.
const benign = "goroutine 99 [select]:\ngo.opencensus.io/stats/view.(*worker).start(0x1)\n\t/w.go:1 +0x1\n" +
	"created by go.opencensus.io/stats/view.init.0 in goroutine 1\n\t/w.go:2 +0x2\n\n"

var text = goroutine(7, "chan send", "shop.fetch", 41) + goroutine(8, "chan send, 3 minutes", "shop.fetch", 41) +
	goroutine(9, "select", "shop.watch", 12) + benign

func survey(t *testing.T, o Options, text string, most ...int) *Survey {
	t.Helper()
	s := New(o)
	copy(s.most[:], most)
	require.NoError(t, s.Read(pprofile.NewReader(strings.NewReader(text))))
	return s
}

func filter(expr string) *filters.Filter {
	f := filters.MustParse(expr)
	return &f
}

// What is found does not depend on whether each goroutine can be kept.
func TestSurvey(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name                      string
		o                         Options
		kinds                     string
		harmless, filtered, total int64
	}{
		{"all but the harmless", Options{}, "2 shop.fetch, 1 shop.watch", 1, 0, 4},
		{"all", Options{All: true}, "2 shop.fetch, 1 shop.watch, 1 go.opencensus.io/stats/view.(*worker).start", 0, 0, 4},
		{"filter", Options{Filter: filter("state:select")}, "1 shop.watch", 1, 2, 4},
		{"filter by cause", Options{Filter: filter("cause:chan-send")}, "2 shop.fetch", 1, 1, 4},
		{"filter by age", Options{Filter: filter("wait:>=2m")}, "1 shop.fetch", 1, 2, 4},
		{"by creator", Options{By: stackparse.SameCreator}, "3 shop.fetch", 1, 0, 4},
		{"exact", Options{By: stackparse.Exact}, "1 shop.fetch, 1 shop.fetch, 1 shop.watch", 1, 0, 4},
	} {
		for name, most := range map[string]int{"kept": 100, "counted": 0} {
			t.Run(tt.name+", "+name, func(t *testing.T) {
				t.Parallel()
				s := survey(t, tt.o, text, maxKept)
				if most == 0 {
					s = New(tt.o)
					s.many = true
					require.NoError(t, s.Read(pprofile.NewReader(strings.NewReader(text))))
				}
				r := s.Result(nil)
				var kinds []string
				for _, k := range r.Kinds {
					kinds = append(kinds, fmt.Sprintf("%d %s", k.Group.Count, k.Goroutine.Frames[0].Func))
					assert.Equal(t, k.Goroutine.Frames, r.Known.Goroutines()[k.Place].Frames)
				}
				assert.Equal(t, tt.kinds, strings.Join(kinds, ", "))
				assert.Equal(t, []int64{tt.harmless, tt.filtered, tt.total}, []int64{s.Harmless, s.Filtered, s.Total})
				assert.Equal(t, most > 0, r.Whole)
				assert.Equal(t, r.Kinds, s.Result(nil).Kinds, "looking twice changes nothing")
			})
		}
	}
}

// The goroutines that were kept count when there are too many to keep more.
func TestBounds(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for i := range 100 {
		b.WriteString(goroutine(i+1, "chan send", fmt.Sprintf("shop.f%d", i%20), 1))
	}
	s := survey(t, Options{}, b.String(), 30)
	r := s.Result(nil)
	assert.Len(t, r.Kinds, 20)
	for _, k := range r.Kinds {
		assert.EqualValues(t, 5, k.Group.Count, k.Goroutine.Frames[0].Func)
	}
	assert.False(t, r.Whole)
	assert.Zero(t, s.Crowded)

	s = survey(t, Options{}, b.String(), 10)
	assert.Len(t, s.Result(nil).Kinds, 10)
	assert.EqualValues(t, 50, s.Crowded, "kinds beyond the bound are counted together")
	s = survey(t, Options{}, b.String(), 1000, 15)
	assert.Len(t, s.Result(nil).Kinds, 15, "so are calls")
}

func TestProblems(t *testing.T) {
	t.Parallel()
	s := survey(t, Options{}, "a line of a log\n"+text+"and another\n", 10)
	assert.Zero(t, s.Problems, "text between goroutines is ordinary")
	s = survey(t, Options{}, strings.Replace(text, "+0x1d", "+0x1d\n...3 frames\n", 1), 10)
	assert.Equal(t, 1, s.Problems)
	require.ErrorContains(t, s.FirstProblem, "...3 frames")
	assert.Empty(t, s.Incomplete)
	s = survey(t, Options{}, "fatal error: all goroutines are asleep - deadlock!\n\n"+text, 10)
	require.Len(t, s.Crashes, 1)
	assert.Equal(t, "fatal error: all goroutines are asleep - deadlock!", s.Crashes[0].Message)
	leaked := slices.ContainsFunc(s.Result(nil).Known.Goroutines(), func(g stackparse.Goroutine) bool { return g.Leaked })
	assert.True(t, leaked, "the runtime's word is a proof")
	s = survey(t, Options{}, "panic: boom\n\n"+text, 10)
	assert.NotZero(t, s.Crashes[0].Goroutine, "the first is the one that crashed")
	s = survey(t, Options{}, "SIGQUIT: quit\n\n"+text, 10)
	assert.Zero(t, s.Crashes[0].Goroutine, "none crashed")
	s = survey(t, Options{}, "goroutine 9 [select]:\nnot a call\n\n"+text, 10)
	assert.EqualValues(t, 1, s.Unread)
	s = survey(t, Options{}, "goroutine profile: total 2\n2 @ 0x1\n# what is this\n", 10)
	assert.EqualValues(t, 2, s.Unread)
	assert.Zero(t, s.Harmless, "what was not read is not known to be harmless")
	s = survey(t, Options{}, text+"goroutine 10 [sel", 10)
	require.Len(t, s.Incomplete, 1)
}

// Dumps of crashes have calls of the runtime that others leave out.
func TestTrimmed(t *testing.T) {
	t.Parallel()
	calls := func(names ...string) *stackparse.Goroutine {
		g := &stackparse.Goroutine{Elided: 3, ElidedAt: 2}
		for _, name := range names {
			g.Frames = append(g.Frames, stackparse.Frame{Func: name})
		}
		return g
	}
	for _, tt := range []struct {
		from, want []string
		at         int
		reason     string
	}{
		{[]string{"runtime.gopark", "runtime.chanrecv1", "shop.f", "runtime.goexit"}, []string{"shop.f"}, 0, "at both ends"},
		{[]string{"shop.f", "shop.g"}, []string{"shop.f", "shop.g"}, 2, "nothing to trim"},
		{[]string{"runtime.Gosched", "shop.f"}, []string{"runtime.Gosched", "shop.f"}, 2, "a function that programs call"},
		{[]string{"runtime.gopark", "runtime.bgsweep"}, []string{"runtime.gopark", "runtime.bgsweep"}, 2, "the runtime's own goroutine"},
		{[]string{"runtime.gopark", "sync.runtime_Semacquire", "shop.f"}, []string{"sync.runtime_Semacquire", "shop.f"}, 1, "of another package"},
	} {
		got := trimmed(calls(tt.from...))
		want := calls(tt.want...)
		want.ElidedAt = tt.at
		assert.Equal(t, want.Frames, got.Frames, tt.reason)
		assert.Equal(t, want.ElidedAt, got.ElidedAt, tt.reason)
	}
	assert.True(t, Harmless(calls("runtime.gopark", "runtime.bgsweep")))
	assert.True(t, Harmless(calls()), "the runtime's own in a profile")
	assert.False(t, Harmless(&stackparse.Goroutine{ID: 7}), "a dump was cut there")
	assert.True(t, Harmless(calls("runtime/pprof.writeGoroutineStacks", "shop.dump")), "who takes the dump")
	assert.False(t, Harmless(calls("runtime/pprof.Do", "shop.work")))
	main := calls("testing.(*T).Run", "main.main")
	main.ID = 1
	assert.True(t, Harmless(main), "the runner waits for a test")
	main.Frames = main.Frames[1:]
	assert.False(t, Harmless(main), "main may be what hangs")
}

// Goroutines of several processes share their kinds and nothing else.
func TestMixed(t *testing.T) {
	t.Parallel()
	s := survey(t, Options{Mixed: true}, text)
	require.NoError(t, s.Read(pprofile.NewReader(strings.NewReader(text))))
	for _, g := range s.Result(nil).Known.Goroutines() {
		assert.Zero(t, g.ID)
		assert.Zero(t, g.Creator.Goroutine)
		assert.Empty(t, g.Frames[0].Args)
	}
	assert.EqualValues(t, 4, s.Result(nil).Kinds[0].Group.Count)
}
