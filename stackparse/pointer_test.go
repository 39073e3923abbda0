package stackparse_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// lockDump is what a program printed whose goroutines share a struct with a
// sync.Mutex 24 bytes after its start, from which the calls of package sync
// are taken as the compiler inlines them.
const lockDump = `goroutine 7 [sleep]:
time.Sleep(0x34630b8a000)
main.(*DB).query(...)
main.(*DB).slow(0x3ce48a9b4180, 0x0?)

goroutine 8 [sleep]:
time.Sleep(0x34630b8a000)
main.other(0x3ce48a9b4190?, {0x708140, 0x3ce48a9b4188})

goroutine 17 [sync.Mutex.Lock]:
internal/sync.runtime_SemacquireMutex(0x0?, 0x0?, 0x0?)
internal/sync.(*Mutex).lockSlow(0x3ce48a9b4198)
internal/sync.(*Mutex).Lock(...)
sync.(*Mutex).Lock(...)
main.(*DB).get(0x0?, 0x0?)

goroutine 18 [sync.RWMutex.RLock]:
sync.runtime_SemacquireRWMutexR(0x0?, 0x0?, 0x0?)
sync.(*RWMutex).RLock(...)
main.(*DB).read(0x3ce48a9b4180)

goroutine 19 [sync.Mutex.Lock]:
internal/sync.runtime_SemacquireMutex(0x0?, 0x0?, 0x0?)
internal/sync.(*Mutex).lockSlow(0x3ce48a9b4198)
internal/sync.(*Mutex).Lock(...)
sync.(*Mutex).Lock(...)
main.(*DB).put(0x3ce48a9b4180)

goroutine 20 [sync.Mutex.Lock]:
runtime.gopark(0x1?, 0x2?, 0x3?, 0x4?, 0x5?)
internal/sync.runtime_SemacquireMutex(0x0?, 0x0?, 0x0?)
internal/sync.(*Mutex).lockSlow(0x3ce48a9b5000)
sync.(*Mutex).Lock(...)
sync.(*RWMutex).Lock(0x0?)
main.write()

goroutine 21 [sync.Cond.Wait]:
sync.runtime_notifyListWait(0x3ce48a9b6090, 0x0)
sync.(*Cond).Wait(0x0?)
main.(*Queue).pop(0x3ce48a9b6080)

goroutine 22 [select]:
main.run(0x34630b8a000, 0x12345678)
`

// withPlaces gives each call of a dump the line it lacks.
func withPlaces(dump string) string {
	var b strings.Builder
	for line := range strings.Lines(dump) {
		b.WriteString(line)
		if strings.HasSuffix(line, ")\n") {
			b.WriteString("\t/src/f.go:1 +0x1\n")
		}
	}
	return b.String()
}

func parseLocks(t *testing.T) []stackparse.Goroutine {
	t.Helper()
	gs, err := stackparse.Parse([]byte(withPlaces(lockDump)))
	require.NoError(t, err)
	require.Len(t, gs, 8)
	return gs
}

func TestSharedPointers(t *testing.T) {
	t.Parallel()
	p := stackparse.FindPointers(parseLocks(t))
	assert.Equal(t, []stackparse.SharedPointer{
		{Name: "#1", Addr: 0x3ce48a9b4180, Goroutines: 3},
		{Name: "#2", Addr: 0x3ce48a9b4198, Goroutines: 2},
	}, p.Shared(), "an hour in nanoseconds is no pointer, and nothing of one goroutine is shared")
	assert.Equal(t, "#2", p.Name(0x3ce48a9b4198))
	assert.Empty(t, p.Name(0x3ce48a9b6080))
	assert.Equal(t, []int{0, 3, 4}, p.Carriers(0x3ce48a9b4180))
	assert.Empty(t, p.Carriers(0x34630b8a000))
	assert.Equal(t, []int{1}, p.Carriers(0x3ce48a9b4188), "the value of an interface, and not its type")
	assert.Empty(t, p.Carriers(0x708140))
}

func TestWaits(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []stackparse.Wait{
		{Addr: 0x3ce48a9b4198, Type: "sync.Mutex", Waiters: []int{2, 4}, Holders: []stackparse.Holder{
			{Goroutine: 0, Frame: 2, Pointer: 0x3ce48a9b4180, Sure: true, Shared: true},
			{Goroutine: 3, Frame: 2, Pointer: 0x3ce48a9b4180, Sure: true, Shared: true},
			{Goroutine: 1, Frame: 1, Pointer: 0x3ce48a9b4190},
		}},
		{Type: "sync.RWMutex", Waiters: []int{3}},
		{Addr: 0x3ce48a9b5000, Type: "sync.RWMutex", Waiters: []int{5}},
		{Addr: 0x3ce48a9b6090, Type: "sync.Cond", Waiters: []int{6}},
	}, stackparse.FindPointers(parseLocks(t)).Waits())
}

// TestArguments lists what the runtime prints between parentheses.
func TestArguments(t *testing.T) {
	t.Parallel()
	const p = "0xc000012340"
	tests := []struct {
		args  string
		found bool
		why   string
	}{
		{p, true, "a word"},
		{"0x1, " + p + "?", true, "a word that may be stale"},
		{"{0x1, 0x2, " + p + "}", true, "a field"},
		{"{{{{{" + p + ", 0x1, 0x2}, ...}}}}", true, "as deep as it gets"},
		{"{0x1, {" + p + ", 0x2}}", false, "the first of two words is a type or a text"},
		{"{0x1, " + p + "}", true, "and the second a value"},
		{"{}, _, " + p, true, "after nothing and something that is not there"},
		{"...", false, "an inlined call"},
		{"", false, "none"},
		{"pc=" + p, false, "a C function"},
		{"0xc0000123401234567890", false, "too long for a word"},
		{"{, },}{" + p, true, "not what the runtime prints"},
	}
	for _, tt := range tests {
		gs := []stackparse.Goroutine{
			{Frames: []stackparse.Frame{{Func: "main.(*T).M", Args: "0xc000000000"}}},
			{Frames: []stackparse.Frame{{Func: "main.f", Args: tt.args}}},
		}
		assert.Equal(t, tt.found, len(stackparse.FindPointers(gs).Carriers(0xc000012340)) == 1, "%s: %s", tt.args, tt.why)
	}
}

// store has a lock some words after its start.
type store struct {
	name string
	size int
	mu   sync.Mutex
}

//go:noinline
func (s *store) hold(entered chan<- *store, leave <-chan bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.work(entered, leave)
	s.size++
}

//go:noinline
func (s *store) work(entered chan<- *store, leave <-chan bool) {
	entered <- s
	<-leave
	s.size++
}

//go:noinline
func (s *store) wait(done *sync.WaitGroup) {
	defer done.Done()
	s.mu.Lock()
	s.size++
	s.mu.Unlock()
}

// TestLiveHolder asks who holds a mutex in this process, so that a change in
// what the runtime prints does not go unseen.
func TestLiveHolder(t *testing.T) {
	t.Parallel()
	s, entered, leave := &store{name: "live"}, make(chan *store), make(chan bool)
	var done sync.WaitGroup
	done.Go(func() { s.hold(entered, leave) })
	<-entered
	done.Add(2)
	go s.wait(&done)
	go s.wait(&done)
	defer done.Wait()
	defer close(leave)

	want := fmt.Sprintf("%p", &s.mu)
	require.Eventually(t, func() bool {
		for _, w := range liveWaits(t) {
			if fmt.Sprintf("%#x", w.Addr) == want && len(w.Waiters) == 2 {
				return assert.Equal(t, "sync.Mutex", w.Type) && w.holder != "" &&
					assert.Regexp(t, `\(\*store\)\.(hold|work)$`, w.holder)
			}
		}
		return false
	}, time.Minute, time.Millisecond)
}

// liveWait is a wait with the function that the first candidate is in.
type liveWait struct {
	stackparse.Wait
	holder string
}

func liveWaits(t *testing.T) (waits []liveWait) {
	buf := make([]byte, 1<<20)
	gs, err := stackparse.Parse(buf[:runtime.Stack(buf, true)])
	assert.NoError(t, err)
	for _, w := range stackparse.FindPointers(gs).Waits() {
		l := liveWait{Wait: w}
		if len(w.Holders) > 0 {
			h := w.Holders[0]
			l.holder = gs[h.Goroutine].Frames[h.Frame].Func
		}
		waits = append(waits, l)
	}
	return waits
}

// TestManyWaits has as many goroutines wait for as many locks of one struct as
// would take minutes if each were held against each.
func TestManyWaits(t *testing.T) {
	t.Parallel()
	const n = 20_000
	gs := make([]stackparse.Goroutine, 0, 2*n)
	for i := range n {
		gs = append(gs, stackparse.Goroutine{Frames: []stackparse.Frame{
			{Func: "internal/sync.runtime_SemacquireMutex", Args: "0x0?, 0x0?, 0x0?"},
			{Func: "internal/sync.(*Mutex).lockSlow", Args: fmt.Sprintf("0xc0000000%02x", i%256)},
			{Func: "main.(*T).wait", Args: "0xc000000000, 0xc000000010"},
		}}, stackparse.Goroutine{Frames: []stackparse.Frame{{Func: "main.(*T).hold", Args: "0xc000000000"}}})
	}
	waits := stackparse.FindPointers(gs).Waits()
	require.Len(t, waits, 256)
	sum := 0
	for _, w := range waits {
		sum += len(w.Waiters)
		assert.LessOrEqual(t, len(w.Holders), 16)
	}
	assert.Equal(t, n, sum)
	assert.NotEmpty(t, waits[255].Holders)
}

// FuzzPointers looks for pointers in anything.
func FuzzPointers(f *testing.F) {
	f.Add([]byte(withPlaces(lockDump)))
	files, err := filepath.Glob("testdata/dumps/*/*.txt")
	require.NoError(f, err)
	require.NotEmpty(f, files)
	for _, file := range files {
		dump, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(dump)
	}
	f.Fuzz(func(t *testing.T, dump []byte) {
		gs, _ := stackparse.Parse(dump)
		p := stackparse.FindPointers(gs)
		for _, s := range p.Shared() {
			assert.Len(t, p.Carriers(s.Addr), s.Goroutines)
			assert.Greater(t, s.Goroutines, 1)
			assert.Equal(t, s.Name, p.Name(s.Addr))
		}
		for _, w := range p.Waits() {
			assert.NotEmpty(t, w.Waiters)
			for _, h := range w.Holders {
				assert.NotContains(t, w.Waiters, h.Goroutine, "who waits for it does not hold it")
				assert.LessOrEqual(t, h.Pointer, w.Addr)
				assert.Contains(t, p.Carriers(h.Pointer), h.Goroutine)
			}
		}
	})
}

func BenchmarkFindPointers(b *testing.B) {
	gs, err := readService(10_000)
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		stackparse.FindPointers(gs).Waits()
	}
	b.ReportMetric(float64(len(gs))*float64(b.N)/b.Elapsed().Seconds(), "goroutines/s")
}
