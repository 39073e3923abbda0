package stackparse_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

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
	})
}

func BenchmarkFindPointers(b *testing.B) {
	gs, err := readService(10_000)
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		stackparse.FindPointers(gs)
	}
	b.ReportMetric(float64(len(gs))*float64(b.N)/b.Elapsed().Seconds(), "goroutines/s")
}
