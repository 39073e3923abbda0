package pprofile_test

import (
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/stackparse/pprofile"
)

const (
	oneRecord = "goroutine profile: total 2\n2 @ 0x43d816 0x408f5d 0x4ee7aa\n#\t0x4ee7a9\tmain.feed+0x29\t/src/shop/feed.go:30\n"
	oneDump   = "goroutine 9 [chan send]:\nmain.feed(0xc0001d2c00)\n\t/src/shop/feed.go:30 +0x51\n"
)

// eachLine puts something around each line of text.
func eachLine(text, before, after string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(before + strings.TrimSuffix(line, "\n") + after + "\n")
	}
	return b.String()
}

func utf16Of(text string) string {
	b := []byte{0xff, 0xfe}
	for _, c := range utf16.Encode([]rune(text)) {
		b = append(b, byte(c), byte(c>>8))
	}
	return string(b)
}

// TestTextAround: whatever a file has around goroutines, their calls are found.
func TestTextAround(t *testing.T) {
	t.Parallel()
	log := strings.Repeat("2026/11/28 10:00:00 request served by worker 1\n", 200)
	for _, tt := range []struct {
		reason, input string
		format        pprofile.Format
		total         int64
	}{
		{"a profile", oneRecord, pprofile.FormatCounts, 2},
		{"columns of blanks", strings.ReplaceAll(oneRecord, "\t", "     "), pprofile.FormatCounts, 2},
		{"no first line", oneRecord[strings.Index(oneRecord, "2 @"):], pprofile.FormatCounts, 2},
		{"a log longer than what is looked at", log + oneRecord, pprofile.FormatCounts, 2},
		{"a prefix of docker compose", eachLine(oneRecord, "app_1  | ", ""), pprofile.FormatCounts, 2},
		{"lines of JSON", eachLine(strings.ReplaceAll(oneRecord, "\t", "   "), `{"log":"`, `"}`), pprofile.FormatCounts, 2},
		{"a dump after the profile", oneRecord + "\nSIGQUIT: quit\n\n" + oneDump, pprofile.FormatCounts, 3},
		{"a profile after the dump", oneDump + "\n" + oneRecord, pprofile.FormatDump, 3},
		{"two profiles", oneRecord + "\n" + oneRecord, pprofile.FormatCounts, 4},
		{"a bell in the log", "10:00:00 \a ready\n" + oneDump, pprofile.FormatDump, 1},
		{"a NUL in the log", "key \"a\x00b\" not found\n" + oneDump, pprofile.FormatDump, 1},
		{"another control character", "log \x01 line\n\n" + oneDump, pprofile.FormatDump, 1},
		{"a log that was truncated in place", strings.Repeat("\x00", 100) + "\n" + oneDump, pprofile.FormatDump, 1},
		{"and goes on in the same line", strings.Repeat("\x00", 5000) + oneDump, pprofile.FormatDump, 1},
		{"marks of Buildkite", eachLine(oneDump, "\x1b_bk;t=1717171717000\a", ""), pprofile.FormatDump, 1},
		{"marks of Buildkite whose escape was lost", eachLine(oneDump, "_bk;t=1717171717000\a", ""), pprofile.FormatDump, 1},
		{"colours with CR LF", eachLine(oneDump, "\x1b[31m", "\x1b[0m\r"), pprofile.FormatDump, 1},
		{"a byte order mark", "\ufeff" + oneDump, pprofile.FormatDump, 1},
		{"UTF-16, as PowerShell writes it", utf16Of(oneDump), pprofile.FormatDump, 1},
		{"UTF-16 without its mark", utf16Of(oneDump)[2:], pprofile.FormatDump, 1},
		{"a profile in UTF-16", utf16Of(oneRecord), pprofile.FormatCounts, 2},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			t.Parallel()
			r := pprofile.NewReader(strings.NewReader(tt.input))
			total := int64(0)
			for r.Scan() {
				rec := r.Record()
				total += rec.Count
				require.NotEmpty(t, rec.Goroutine.Frames)
				assert.Equal(t, "main.feed", rec.Goroutine.Frames[0].Func)
				assert.Equal(t, "/src/shop/feed.go", rec.Goroutine.Frames[0].File)
				assert.Equal(t, 30, rec.Goroutine.Frames[0].Line)
			}
			require.NoError(t, r.Err())
			assert.Equal(t, tt.total, total)
			assert.Equal(t, tt.format, r.Format())
		})
	}
}

// TestUnreadRecord: a record whose calls are not understood must not look like
// one without calls.
func TestUnreadRecord(t *testing.T) {
	t.Parallel()
	recs, err := pprofile.Parse([]byte("goroutine profile: total 3\n2 @ 0x1 0x2\n# what is this\n\n1 @ 0x3\n"))
	require.Error(t, err)
	require.Len(t, recs, 2)
	for _, r := range recs {
		assert.Empty(t, r.Goroutine.Frames)
		assert.NotEmpty(t, r.Goroutine.Unparsed)
	}
}

// TestNamed: what is no goroutine dump is called by its name.
func TestNamed(t *testing.T) {
	t.Parallel()
	race := "==================\nWARNING: DATA RACE\nWrite at 0x00c00001c0a8 by goroutine 7:\n  main.main.func1()\n      /src/r.go:9 +0x44\n\n" +
		"Goroutine 7 (running) created at:\n  main.main()\n      /src/r.go:8 +0xb2\n==================\n"
	for text, want := range map[string]string{
		race:        "1 race report",
		race + race: "2 race reports",
		"(dlv) grs\n  Goroutine 1 - User: /src/app/main.go:22 main.main (0x4a1b2c) [chan receive]\n":   "delve",
		"* 1 waiting  runtime.gopark\n  2 waiting  runtime.gopark\n":                                   "gdb",
		"Type: goroutine\nShowing nodes accounting for 7, 100% of 7 total\n      flat  flat%   sum%\n": "go tool pprof",
		"2026-11-28 10:00:00\nFull thread dump OpenJDK 64-Bit Server VM (21):\n\n\"main\" #1 prio=5\n": "Java",
	} {
		_, err := pprofile.Parse([]byte(text))
		assert.ErrorContains(t, err, want)
		assert.ErrorContains(t, err, "reads goroutine dumps")
	}
}

func TestCrash(t *testing.T) {
	t.Parallel()
	const running = "\n\ngoroutine 6 [running]:\nmain.main()\n\t/src/main.go:9 +0x1f\n"
	for _, tt := range []struct {
		reason, input, want string
		deadlock            bool
	}{
		{"a long message", "panic: interface conversion: interface {} is nil, not map[string]interface {} in the handler of /v1/orders" + running,
			"panic: interface conversion: interface {} is nil, not map[string]interface {} in the handler of /v1/orders", false},
		{"after a log", "hello\npanic: boom" + running, "panic: boom", false},
		{"in a log's prefix", eachLine("hello\npanic: boom\n[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x0]"+running, "app_1  | ", ""),
			"panic: boom\n[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x0]", false},
		{"of several lines", "panic: a\n\tb\n\tpanic: c [recovered]" + running, "panic: a\n\tb\n\tpanic: c [recovered]", false},
		{"a deadlock after a log", "2026/11/28 10:00:00 started\nfatal error: all goroutines are asleep - deadlock!" + running,
			"fatal error: all goroutines are asleep - deadlock!", true},
		{"in lines of JSON", `{"log":"panic: boom\n"}` + "\n" + `{"log":"\n"}` + "\n" + `{"log":"goroutine 6 [running]:\n"}` + "\n", "panic: boom", false},
		{"a signal", "SIGQUIT: quit\nPC=0x4484b1 m=0 sigcode=0" + running, "SIGQUIT: quit", false},
		{"told by a log", "2026/11/28 10:00:00 recovered from panic: boom" + running, "", false},
		{"none", running, "", false},
	} {
		r := pprofile.NewReader(strings.NewReader(tt.input))
		require.True(t, r.Scan(), tt.reason)
		if tt.want == "" {
			assert.Nil(t, r.Crash(), tt.reason)
			continue
		}
		require.NotNil(t, r.Crash(), tt.reason)
		assert.Equal(t, tt.want, r.Crash().Message, tt.reason)
		assert.Equal(t, tt.deadlock, r.Crash().Deadlock, tt.reason)
	}
}

// TestCrashWithoutHeader: where C code crashed, its stack has none.
func TestCrashWithoutHeader(t *testing.T) {
	t.Parallel()
	r := pprofile.NewReader(strings.NewReader("SIGSEGV: segmentation violation\nPC=0x0 m=0 sigcode=1\nsignal arrived during cgo execution\n\n" +
		"main._Cfunc_crash()\n\t_cgo_gotypes.go:40 +0x3f\nmain.main()\n\t/src/main.go:9 +0x1f\n\n" + oneDump))
	require.True(t, r.Scan())
	require.NotNil(t, r.Crash())
	require.Len(t, r.Crash().Stack, 2)
	assert.Equal(t, "main._Cfunc_crash", r.Crash().Stack[0].Func)
	assert.Equal(t, int64(9), r.Record().Goroutine.ID)
}

// TestOldLocks: releases before Go 1.20 say semacquire for every lock.
func TestOldLocks(t *testing.T) {
	t.Parallel()
	for calls, want := range map[string]string{
		"sync.runtime_SemacquireMutex sync.(*Mutex).lockSlow sync.(*Mutex).Lock main.f":                      "sync.Mutex.Lock",
		"sync.runtime_SemacquireMutex sync.(*RWMutex).RLock main.f":                                          "sync.RWMutex.RLock",
		"sync.runtime_SemacquireMutex sync.(*Mutex).lockSlow sync.(*Mutex).Lock sync.(*RWMutex).Lock main.f": "sync.RWMutex.Lock",
		"sync.runtime_SemacquireMutex sync.(*Mutex).lockSlow sync.(*Mutex).Lock sync.(*Cond).Wait main.f":    "sync.Mutex.Lock",
		"sync.runtime_notifyListWait sync.(*Cond).Wait main.f":                                               "sync.Cond.Wait",
		"sync.runtime_Semacquire sync.(*WaitGroup).Wait main.f":                                              "sync.WaitGroup.Wait",
		"internal/poll.runtime_Semacquire internal/poll.(*fdMutex).rwlock main.f sync.(*Mutex).Lock":         "semacquire",
	} {
		dump := "goroutine 9 [semacquire, 649 minutes]:\n"
		for _, fn := range strings.Fields(calls) {
			dump += fn + "(0xc0001d2c84)\n\t/x.go:1 +0x1\n"
		}
		recs, err := pprofile.Parse([]byte(dump))
		require.NoError(t, err)
		assert.Equal(t, want, recs[0].Goroutine.State, calls)
	}
}
