package leakhttp

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/pprof/profile"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

// buffer is a log that is written and read at once.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// testDumper is a Dumper whose number of goroutines a test sets.
type testDumper struct {
	*Dumper
	n   atomic.Int64
	log *buffer
}

func newTestDumper(dir string, opts DumperOptions) *testDumper {
	d := &testDumper{log: &buffer{}}
	opts.Logger = slog.New(slog.NewTextHandler(d.log, nil))
	d.Dumper = NewDumper(dir, &opts)
	d.live = func() int { return int(d.n.Load()) }
	return d
}

// names are the files in dir, without what differs from run to run.
func names(t *testing.T, dir string) (out []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		_, rest, _ := strings.Cut(e.Name(), "Z-")
		_, reason, _ := strings.Cut(rest, "-")
		out = append(out, reason)
	}
	return out
}

func TestDumperOnGrowth(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "leaks")
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		d := newTestDumper(dir, DumperOptions{Signals: []os.Signal{}})
		d.n.Store(50)
		done := make(chan struct{})
		go func() {
			defer close(done)
			d.Run(ctx)
		}()
		synctest.Wait()
		after := func(seconds int, n int64, want int, reason string) {
			d.n.Store(n)
			time.Sleep(time.Duration(seconds) * time.Second)
			synctest.Wait()
			entries, _ := os.ReadDir(dir)
			assert.Len(t, entries, 2*want, reason)
		}
		after(2, 4500, 0, "the service starts what it works with")
		after(86400, 50, 0, "which is gone in a day")
		after(3600, 149, 0, "less than a step")
		after(2, 150, 1, "a step")
		after(3600, 249, 1, "less than a step from there")
		after(2, 250, 2, "the next step")
		after(30, 375, 2, "half as many again, within a minute of the last dump")
		after(40, 375, 3, "when the minute is over")
		after(3600, 375, 3, "told once")
		cancel()
		<-done
	})
	assert.Equal(t, []string{"growth.pb.gz", "growth.txt", "growth.pb.gz", "growth.txt", "growth.pb.gz", "growth.txt"}, names(t, dir))
}

// The two files hold what the handler shows, and nobody else can read them.
func TestDump(t *testing.T) {
	t.Parallel()
	stop := make(chan struct{})
	defer close(stop)
	ready := make(chan struct{})
	for range 3 {
		go func() {
			ready <- struct{}{}
			<-stop // dumped
		}()
		<-ready
	}
	d := newTestDumper(t.TempDir(), DumperOptions{Full: true, MaxFull: 1 << 20, HideArgs: true})
	d.surveyor.MinInterval = time.Hour // however slow the machine is
	file, err := d.Dump(t.Context())
	require.NoError(t, err)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Contains(t, string(text), "<-stop")
	assert.Contains(t, string(text), "created by github.com/leakcheck-go/goroutine/leakcheck/leakhttp.TestDump")
	assert.NotContains(t, string(text), "(0x")
	data, err := os.ReadFile(strings.TrimSuffix(file, ".txt") + ".pb.gz")
	require.NoError(t, err)
	p, err := profile.ParseData(data)
	require.NoError(t, err)
	assert.Contains(t, p.String(), "leakhttp.TestDump.func1")
	if info, err := os.Stat(file); assert.NoError(t, err) && os.PathSeparator == '/' {
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	}
	assert.Equal(t, []string{"demand.pb.gz", "demand.txt"}, names(t, filepath.Dir(file)))

	again, err := d.Dump(t.Context())
	require.NoError(t, err)
	assert.Equal(t, file, again, "a moment later it is the same dump")
}

// What cannot be had is left out: a dump without it is better than none.
func TestDumpWithoutProofOrFullText(t *testing.T) {
	t.Parallel()
	d := newTestDumper(t.TempDir(), DumperOptions{Full: true, MaxFull: 1})
	file, err := d.Dump(t.Context())
	require.NoError(t, err)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Contains(t, string(text), "from a profile")
}

// The heap is read for a dump on request alone, and not where it is too large.
func TestDumpWithHeap(t *testing.T) {
	// Not parallel: the heap is not read while another test has a bubble.
	stop, ready := make(chan struct{}), make(chan struct{})
	defer close(stop)
	go func() {
		ready <- struct{}{}
		<-stop // weighed
	}()
	<-ready
	for _, tt := range []struct {
		reason      string
		opts        DumperOptions
		read, tried bool
	}{
		{"not asked for", DumperOptions{Full: true}, false, false},
		{"asked for", DumperOptions{Heap: true}, true, true},
		{"the heap is too large", DumperOptions{Heap: true, MaxHeap: 1}, false, true},
	} {
		tt.opts.MaxFull = 1 << 20
		d := newTestDumper(t.TempDir(), tt.opts)
		file, err := d.Dump(t.Context())
		require.NoError(t, err, tt.reason)
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.Contains(t, string(text), "created by github.com/leakcheck-go/goroutine/leakcheck/leakhttp.TestDumpWithHeap", tt.reason)
		read, refused := strings.Contains(string(text), "held by"), strings.Contains(d.log.String(), "heap not read")
		assert.Equal(t, tt.tried, read || refused, tt.reason)
		// The heap cannot be read either once the proof marked what other tests left.
		assert.Equal(t, tt.read, read || strings.Contains(d.log.String(), "has marked goroutines as leaked"), "%s: %s%s", tt.reason, text, d.log)
	}
}

func TestDumpEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	d := newTestDumper(t.TempDir(), DumperOptions{Signals: []os.Signal{}})
	d.Run(ctx) // returns
	_, err := os.ReadDir(d.folder.path)
	require.NoError(t, err)
}

// Where nothing can be written the log says so, once for each try, and the
// Dumper goes on until it can.
func TestDumperGoesOn(t *testing.T) {
	t.Parallel()
	parent := filepath.Join(t.TempDir(), "volume")
	dir := filepath.Join(parent, "leaks")
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		d := newTestDumper(dir, DumperOptions{Signals: []os.Signal{}, WarmUp: -1})
		go d.Run(ctx)
		synctest.Wait()
		d.n.Store(1000)
		time.Sleep(3*time.Minute - time.Second)
		synctest.Wait()
		log := d.log.String()
		assert.Equal(t, 3, strings.Count(log, "\n"), "once a minute: %s", log)
		assert.Contains(t, log, `level=ERROR msg="goroutines not dumped" err="mkdir `+dir+": "+syscall.ENOENT.Error())

		require.NoError(t, os.Mkdir(parent, 0o755))
		time.Sleep(time.Minute)
		synctest.Wait()
		assert.Len(t, names(t, dir), 2, "now it can")
		assert.Contains(t, d.log.String(), `level=WARN msg="goroutines dumped" goroutines=`)

		require.NoError(t, os.RemoveAll(dir))
		d.n.Store(2000)
		time.Sleep(time.Minute)
		synctest.Wait()
		assert.Len(t, names(t, dir), 2, "a folder that somebody removed is made again")

		require.NoError(t, os.RemoveAll(dir))
		require.NoError(t, os.WriteFile(dir, nil, 0o600))
		d.n.Store(4000)
		time.Sleep(time.Minute)
		synctest.Wait()
		assert.Contains(t, d.log.String(), syscall.ENOTDIR.Error())
	})
}

// A full disk leaves no half of a file.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	f := folder{path: t.TempDir()}
	file := filepath.Join(f.path, "leakcheck-x.txt")
	err := f.put(file, func(w io.Writer) error {
		_, err := w.Write([]byte("half of"))
		require.NoError(t, err)
		return syscall.ENOSPC
	})
	require.ErrorIs(t, err, syscall.ENOSPC)
	assert.Contains(t, err.Error(), file)
	assert.Empty(t, names(t, f.path))
}

func TestTidy(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put := func(name string, size int) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), make([]byte, size), 0o600))
	}
	dump := func(day, pid, why string) string { return "leakcheck-202611" + day + "T094600.123Z-" + pid + "-" + why }
	for _, d := range []string{dump("24", "1", "growth"), dump("23", "22", "signal"), dump("22", "3", "demand"), dump("21", "1", "growth")} {
		put(d+".txt", 100)
		put(d+".pb.gz", 100)
	}
	foreign := []string{"leakcheck.txt", "leakcheck-20261101T094600.123Z-1-growth.txt.bak", "leakcheck-20261101T094600.123Z-1-other.txt",
		"a-leakcheck-20261101T094600.123Z-1-growth.txt", ".atomicfile-1.tmp"}
	for _, name := range foreign {
		put(name, 1000)
	}
	put(".atomicfile-2.tmp", 1)
	old := time.Now().Add(-2 * time.Hour)
	require.NoError(t, os.Chtimes(filepath.Join(dir, ".atomicfile-2.tmp"), old, old))
	require.NoError(t, os.Mkdir(filepath.Join(dir, dump("01", "1", "growth")+".txt"), 0o700))

	for _, tt := range []struct {
		keep   int
		bytes  int64
		left   int
		reason string
	}{
		{10, 1 << 20, 4, "all fit"},
		{3, 1 << 20, 3, "the newest, whichever process wrote them"},
		{10, 599, 2, "no half of a dump"},
		{10, 10, 1, "the newest one whatever its size"},
	} {
		f := folder{path: dir, keep: tt.keep, maxBytes: tt.bytes}
		require.NoError(t, f.tidy())
		got, err := filepath.Glob(filepath.Join(dir, "leakcheck-2026112*"))
		require.NoError(t, err)
		assert.Len(t, got, 2*tt.left, tt.reason)
		assert.FileExists(t, filepath.Join(dir, dump("24", "1", "growth")+".txt"))
	}
	for _, name := range foreign {
		assert.FileExists(t, filepath.Join(dir, name), "not a dump")
	}
	assert.NoFileExists(t, filepath.Join(dir, ".atomicfile-2.tmp"), "of a process that died")
	assert.DirExists(t, filepath.Join(dir, dump("01", "1", "growth")+".txt"), "a folder is no dump")
}

// A burst of demands is one dump, and the Dumper leaves nothing behind.
func TestDumperLeavesNothing(t *testing.T) {
	leakcheck.Verify(t) // not parallel: others' goroutines come and go
	ctx, cancel := context.WithCancel(context.Background())
	d := NewDumper(t.TempDir(), &DumperOptions{Every: time.Millisecond})
	done := make(chan struct{})
	go func() {
		defer close(done)
		d.Run(ctx)
	}()
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			_, err := d.Dump(ctx)
			assert.NoError(t, err)
		})
	}
	wg.Wait()
	assert.NotEmpty(t, names(t, d.folder.path))
	cancel()
	<-done
}

func TestNewDumperPanics(t *testing.T) {
	t.Parallel()
	golden.Panics(t, "no folder", func() { NewDumper("", nil) })
}
