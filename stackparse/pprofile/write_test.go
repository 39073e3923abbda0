package pprofile_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/stackparse"
	"github.com/leakcheck-go/goroutine/stackparse/pprofile"
)

// TestWriteKeepsFacts writes what a profile of the runtime cannot hold.
func TestWriteKeepsFacts(t *testing.T) {
	t.Parallel()
	frame := func(fn string) stackparse.Frame {
		return stackparse.Frame{Func: fn, Args: "...", File: "/src/a b.go", Line: 7}
	}
	recs := []pprofile.Record{
		{Count: 1, Goroutine: &stackparse.Goroutine{
			ID: 1 << 40, State: "chan receive (nil chan)", Wait: 7 * time.Minute,
			Leaked: true, Durable: true, Scan: true, LockedToThread: true, Bubble: 3,
			Labels: []stackparse.Label{
				{Key: "", Value: "no key"},
				{Key: "empty", Value: ""},
				{Key: "goroutine.state", Value: "a label of this name"},
				{Key: "job", Value: "a \"b\"\n\xff"},
			},
			Frames: []stackparse.Frame{frame("runtime.gopark"), frame("main.(*T[...]).Run.func1"), frame("runtime.main")},
			Elided: 12, ElidedAt: 2,
			Creator: &stackparse.Creator{Func: "main.main", Goroutine: 9, File: "/src/m.go", Line: 3},
		}},
		{Count: 1, Goroutine: &stackparse.Goroutine{State: "running", Frames: []stackparse.Frame{
			{Func: "non-Go function", Args: "pc=0x45f2a0"}, frame("panic"), frame("main.(*T[...]).Run.func1"),
		}}},
		{Count: 1 << 40, Goroutine: &stackparse.Goroutine{}},
		{Count: -2, Goroutine: &stackparse.Goroutine{Frames: []stackparse.Frame{frame("a.b")}}},
	}
	assert.Equal(t, recs, rewritten(t, recs))
}

// TestWriteRealRecords writes what has been read in each form and reads it
// again. What a profile holds comes back from a profile; a dump has more.
func TestWriteRealRecords(t *testing.T) {
	t.Parallel()
	for _, release := range releases {
		proto := read(t, release, "goroutine.pb.gz", pprofile.FormatProtobuf, "goroutine")
		assert.Equal(t, proto, rewritten(t, proto))

		for _, recs := range [][]pprofile.Record{
			read(t, release, "goroutine.debug1.txt", pprofile.FormatCounts, "goroutine"),
			read(t, release, "goroutineleak.debug2.txt", pprofile.FormatDump, ""),
		} {
			for _, rec := range recs {
				g := rec.Goroutine
				g.Line = 0
				if g.Creator != nil {
					g.Creator.Offset = 0
				}
				for i := range g.Frames {
					g.Frames[i].Args, g.Frames[i].Offset = "...", 0
				}
			}
			assert.Equal(t, recs, rewritten(t, recs))
		}
	}
}

func rewritten(t *testing.T, recs []pprofile.Record) []pprofile.Record {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, pprofile.Write(&out, recs))
	again, err := pprofile.Parse(out.Bytes())
	require.NoError(t, err)
	return again
}

// TestGoToolPprof opens what Write has written with the tool that it is for.
func TestGoToolPprof(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "goroutines.pb.gz")
	f, err := os.Create(file)
	require.NoError(t, err)
	require.NoError(t, pprofile.Write(f, read(t, "go1.27", "goroutineleak.debug2.txt", pprofile.FormatDump, "")))
	require.NoError(t, f.Close())

	text, err := exec.Command("go", "tool", "pprof", "-top", "-tagfocus=goroutine.flag=leaked", file).CombinedOutput()
	require.NoError(t, err, "%s", text)
	assert.Regexp(t, `(?m)^Type: goroutine$`, string(text))
	assert.Regexp(t, `(?m)^ +5 .*main\.receive$`, string(text), "three, one with a label, one on a nil channel")
	assert.NotContains(t, string(text), "time.Sleep", "which is not leaked")
}
