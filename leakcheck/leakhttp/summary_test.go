package leakhttp

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
	"github.com/leakcheck-go/goroutine/internal/service/live"
)

// read returns a file's text, "" if there is none.
func read(path string) string {
	data, _ := os.ReadFile(path)
	return string(data)
}

func TestSummary(t *testing.T) {
	t.Parallel()
	v := &live.Survey{Total: 5123, Taken: time.Unix(1_800_000_000, 0), Report: &report.Report{Kind: report.Dumped,
		Requests: []report.Request{{Route: "POST /orders", Goroutines: 100, Started: 1000, Each: 0.1, Since: "2026-11-24T12:03:10Z"}}}}
	for i := range 5000 {
		f := report.Finding{Count: 5000 - i, Cause: cause.Cause{Title: "blocked sending on a channel"}, Trend: "12 more in 15s",
			At: report.Site{Func: fmt.Sprintf("shop.f%d", i), File: "größe\x1b.go", Line: i + 1}}
		f.Example.State = "chan send"
		v.Report.Findings = append(v.Report.Findings, f)
	}
	got := string(summary(v, 230<<20, 256<<20))
	assert.LessOrEqual(t, len(got), maxSummary)
	assert.Greater(t, len(got), maxSummary-300, "there is room for another line")
	assert.True(t, utf8.ValidString(got))
	assert.True(t, strings.HasSuffix(got, "\n"), "no line is cut")
	lines := strings.Split(got, "\n")
	golden.Words(t, "title", lines[0])
	golden.Words(t, "request", lines[1])
	golden.Words(t, "kind", lines[2])
	assert.NotContains(t, string(summary(v, 0, 0)), "MiB", "nothing is said of what is not known")
}

func TestOverwrite(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "log")
	for _, text := range []string{"long text", "short", ""} {
		require.NoError(t, overwrite(path, []byte(text)))
		assert.Equal(t, text, read(path))
	}
	assert.Error(t, overwrite(t.TempDir(), nil), "a folder is no file")
}

func TestCgroup(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		reason      string
		files       map[string]string
		used, limit int64
	}{
		{"version 2", map[string]string{"memory.current": "300\n", "memory.max": "1000\n", "memory.stat": "anon 10\ninactive_file 100\n"}, 200, 1000},
		{"version 2 without a limit", map[string]string{"memory.current": "300\n", "memory.max": "max\n"}, 0, 0},
		{"version 1", map[string]string{"memory/memory.usage_in_bytes": "300\n", "memory/memory.limit_in_bytes": "1000\n",
			"memory/memory.stat": "inactive_file 50\ntotal_inactive_file 50\n"}, 250, 1000},
		{"version 1 without a limit", map[string]string{"memory/memory.usage_in_bytes": "300\n", "memory/memory.limit_in_bytes": "9223372036854771712\n"}, 0, 0},
		{"no cgroups", nil, 0, 0},
	} {
		root := t.TempDir()
		require.NoError(t, os.Mkdir(filepath.Join(root, "memory"), 0o700))
		for name, text := range tt.files {
			require.NoError(t, os.WriteFile(filepath.Join(root, name), []byte(text), 0o600))
		}
		used, limit := cgroup{root}.memory()
		assert.Equal(t, [2]int64{tt.used, tt.limit}, [2]int64{used, limit}, tt.reason)
	}
}

// The summary is written while goroutines or a scarce memory rise, not more often
// than it can be read, and not for what stays.
func TestLastWordsAreDue(t *testing.T) {
	t.Parallel()
	var used int64
	l := lastWords{path: filepath.Join(t.TempDir(), "log"), memory: func() (int64, int64) { return used, 1000 }}
	now := time.Unix(1000, 0)
	v := &live.Survey{Report: &report.Report{Kind: report.Dumped}}
	for i, tt := range []struct {
		n      int
		grown  bool
		used   int64
		after  time.Duration
		want   bool
		reason string
	}{
		{50, false, 100, 0, false, "nothing rises"},
		{500, true, 100, time.Second, true, "a step"},
		{600, true, 100, time.Second, false, "a second later"},
		{600, true, 100, time.Minute, true, "more of them"},
		{600, true, 100, time.Minute, false, "as many"},
		{50, false, 590, time.Minute, false, "there is memory"},
		{50, false, 610, time.Minute, true, "of little memory there is less"},
		{50, false, 620, time.Minute, false, "hardly less"},
		{50, false, 700, time.Minute, true, "much less"},
		{50, false, 650, time.Minute, false, "more again"},
	} {
		used, now = tt.used, now.Add(tt.after)
		got := l.due(now, tt.n, tt.grown)
		assert.Equal(t, tt.want, got, "%d: %s", i, tt.reason)
		if got {
			require.NoError(t, l.write(now, tt.n, v))
		}
	}
	assert.Contains(t, read(l.path), "leakcheck: 0 goroutines at ")
	l.clear()
	assert.Empty(t, read(l.path))
	l = newLastWords(os.DevNull)
	assert.False(t, l.due(now, 1e6, true), "none is wanted")
}

// A Dumper writes the summary with its dumps, and takes it back when it is asked
// to end.
func TestDumperSummary(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		file := filepath.Join(dir, "termination-log")
		d := newTestDumper(filepath.Join(dir, "dumps"), DumperOptions{WarmUp: -1, Step: 100, Summary: file})
		d.n.Store(50)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			d.Run(ctx)
		}()
		time.Sleep(5 * time.Second)
		assert.Empty(t, read(file))
		d.n.Store(500)
		time.Sleep(5 * time.Second)
		assert.Regexp(t, `^leakcheck: \d+ goroutines at `, read(file))
		cancel()
		<-done
		assert.Empty(t, read(file))
		assert.NotContains(t, d.log.String(), "level=ERROR")
	})
}

// A file that cannot be written is logged once, and keeps no dump from being
// written.
func TestDumperSummaryFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		d := newTestDumper(filepath.Join(dir, "dumps"), DumperOptions{WarmUp: -1, Step: 100, Summary: filepath.Join(dir, "none", "log")})
		d.n.Store(50)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			d.Run(ctx)
		}()
		for range 3 {
			d.n.Add(500)
			time.Sleep(2 * time.Minute)
		}
		cancel()
		<-done
		assert.Equal(t, 1, strings.Count(d.log.String(), "level=ERROR"), d.log)
		assert.Contains(t, d.log.String(), "goroutines dumped")
	})
}
