package report_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/owner"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// drive makes the paths of the dumps absolute on Windows as well; the golden
// files are without it.
var drive = map[bool]string{true: "C:"}[runtime.GOOS == "windows"]

// shop is where the dumps were taken. There are no such folders here, so no
// source line can be read.
func shop() *source.Tree {
	return &source.Tree{GoRoot: drive + "/usr/local/go/src/", Module: "shop",
		Dir: filepath.FromSlash(drive + "/home/me/shop"), Root: filepath.FromSlash(drive + "/home/me/shop")}
}

// leaks parses a dump that TestFetchAll took while it ran alone.
func leaks(t testing.TB, dump string) []report.Leak {
	t.Helper()
	gs, err := stackparse.Parse([]byte(strings.ReplaceAll(dump, "\t/", "\t"+drive+"/")))
	require.NoError(t, err)
	require.NotEmpty(t, gs)
	judge := owner.NewJudge("TestFetchAll", 0, gs)
	out := make([]report.Leak, len(gs))
	for i := range gs {
		out[i] = report.Leak{Goroutine: gs[i], Owner: judge.Of(&gs[i], true)}
	}
	return out
}

func read(t testing.TB, file string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", file))
	require.NoError(t, err)
	return string(text)
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		golden, dump string
		repeat       int
		verbose      bool
		edit         func(*report.Report)
		reason       string
	}{
		{"send", "send", 1, false, nil, "the commonest leak, in at most ten lines"},
		{"send-verbose", "send", 12, true, nil, "verbose shows ids, at most ten, and one whole goroutine"},
		{"many", "send", 20000, false, nil, "identical goroutines are one finding"},
		{"mixed", "mixed", 1, false, nil, "25 kinds: the most frequent first, 20 shown, the rest counted"},
		{"mixed-verbose", "mixed", 1, true, nil, "verbose shows them all"},
		{"proven", "proven", 1, false, nil, "proven in part, alone and in plural; a state with parentheses; subtests apart"},
		{"std", "std", 1, false, nil, "no call of the user's: the library's call at the door is named"},
		{"deep", "deep", 1, false, nil, "recursion is one name with a count"},
		{"tree", "tree", 1, false, nil, "goroutines that started each other, with labels and a thread"},
		{"called", "called", 1, false, nil, "calls of the user's that led into a library, each a kind; none where the go statement is the user's"},
		{"library", "library", 1, false, nil, "what a forgotten Close of a library left is one entry, without advice on the library's lines"},
		{"library-called", "library-called", 1, false, nil, "with ancestors, what each call led to; the user's own code in a library's goroutine stands alone"},
		{"library-verbose", "library-called", 1, true, nil, "verbose shows a goroutine of each stack"},
		{"connection", "connection", 1, false, nil, "the goroutines of an HTTP connection are one entry, on either side"},
		{"hostile", "hostile", 1, false, nil, "names and labels cannot write on the terminal"},
		{"hostile-verbose", "hostile", 1, true, nil, "and a whole goroutine cannot either"},
		{"remarks", "send", 2, false, func(r *report.Report) {
			r.Subject, r.Remark = "", "Verify deferred at fetch_test.go:13"
			r.Notes = []string{"short", strings.Repeat("a note that is longer than a line ", 6) + "ends\x07here"}
		}, "no subject, a remark and notes, wrapped"},
	} {
		t.Run(tt.golden, func(t *testing.T) {
			t.Parallel()
			r := report.Build("TestFetchAll", leaks(t, strings.Repeat(read(t, tt.dump+".txt")+"\n", tt.repeat)), shop())
			if tt.edit != nil {
				tt.edit(r)
			}
			var b strings.Builder
			require.NoError(t, report.Text{Verbose: tt.verbose}.Write(&b, r))
			got := b.String()
			if drive != "" {
				got = strings.ReplaceAll(got, drive+"/", "/")
			}
			golden.Compare(t, filepath.Join("testdata", tt.golden+".golden"), got, tt.reason)
			assertPlain(t, strings.ReplaceAll(got, "\n", ""))
			if len(r.Findings) == 1 && !tt.verbose && len(r.Notes) == 0 {
				assert.LessOrEqual(t, strings.Count(got, "\n"), 10, "one kind of leak takes at most ten lines")
			}
		})
	}
}

func TestBuildCounts(t *testing.T) {
	t.Parallel()
	r := report.Build("TestFetchAll", leaks(t, strings.Repeat(read(t, "send.txt")+"\n", 20000)), shop())
	require.Len(t, r.Findings, 1)
	assert.Equal(t, 20000, r.Total)
	assert.Equal(t, 20000, r.Findings[0].Count)
	assert.Len(t, r.Findings[0].IDs, 10, "ids are bounded")

	r = report.Build("TestFetchAll", leaks(t, read(t, "proven.txt")), shop())
	assert.Equal(t, []int{5, 4}, []int{r.Total, r.Proven})
	total, proven := 0, 0
	for i, f := range r.Findings {
		total, proven = total+f.Count, proven+f.Proven
		if i > 0 {
			assert.GreaterOrEqual(t, r.Findings[i-1].Count, f.Count, "most goroutines first")
		}
	}
	assert.Equal(t, []int{r.Total, r.Proven}, []int{total, proven}, "the findings add up")

	r = report.Build("", nil, shop())
	assert.Zero(t, r.Total)
	assert.Empty(t, r.Findings)
}

// What differs between two goroutines decides whether they are one kind.
func TestBuildGroups(t *testing.T) {
	t.Parallel()
	base := read(t, "send.txt")
	for _, tt := range []struct {
		old, new string
		kinds    int
		reason   string
	}{
		{"goroutine 22", "goroutine 23", 1, "the id"},
		{"0xc000012345", "0xc000054321", 1, "an argument"},
		{"+0x15", "+0x16", 1, "an offset"},
		{"in goroutine 20", "in goroutine 21", 1, "the creator's id"},
		{"[chan send]", "[chan send, 4 minutes]", 1, "the wait"},
		{"[chan send]", "[chan send (leaked)]", 1, "the proof: grade says how many"},
		{"[chan send]", `[chan send] {"job": "sync"}`, 1, "labels but the test's"},
		{"[chan send]", "[chan receive]", 2, "the state"},
		{"fetch.go:31", "fetch.go:32", 2, "a line"},
		{"fetch.go:18", "fetch.go:17", 2, "the line of the go statement"},
		{"shop.fetch(", "shop.get(", 2, "a function"},
		{"[chan send]", `[chan send] {"leakcheck.test": "TestFetchAll/sub"}`, 2, "the test"},
	} {
		other := strings.Replace(base, tt.old, tt.new, 1)
		require.NotEqual(t, base, other, tt.reason)
		r := report.Build("TestFetchAll", leaks(t, base+"\n"+other), shop())
		assert.Len(t, r.Findings, tt.kinds, tt.reason)
	}
}

func TestBuildReadsSource(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "fetch.go")
	require.NoError(t, os.WriteFile(file, []byte("package shop\n\n\tgo fetch(ch)\n\tch <- \""+strings.Repeat("x", 100)+"\"\n"), 0o644))
	printed := filepath.ToSlash(file)
	ls := []report.Leak{{Goroutine: stackparse.Goroutine{ID: 7, State: "chan send",
		Frames:  []stackparse.Frame{{Func: "shop.fetch", File: printed, Line: 4}},
		Creator: &stackparse.Creator{Func: "shop.FetchAll", File: printed, Line: 3}}}}
	r := report.Build("TestFetchAll", ls, &source.Tree{Module: "shop", Dir: dir, Root: dir})
	require.Len(t, r.Findings, 1)
	assert.Equal(t, "go fetch(ch)", r.Findings[0].Started.Source)
	text := report.Text{}.String(r)
	assert.Contains(t, text, "started  fetch.go:3   go fetch(ch) ")
	assert.Contains(t, text, "at       fetch.go:4   ch <- \"xxx", "columns are aligned")
	assert.Contains(t, text, "xxx…   shop.fetch\n", "a long line is cut")
}

// The place that stands for a stack is one where a user can do something.
func TestBuildAt(t *testing.T) {
	t.Parallel()
	const (
		std = "sync.(*WaitGroup).Wait(0x1)\n\t/usr/local/go/src/sync/waitgroup.go:118 +0x1\n"
		lib = "golang.org/x/sync/errgroup.(*Group).Wait(0x1)\n\t/home/me/go/pkg/mod/golang.org/x/sync@v0.24.0/errgroup/errgroup.go:56 +0x1\n"
		own = "shop.Stop()\n\t/home/me/shop/stop.go:7 +0x1\n"
		end = "shop.main()\n\t/home/me/shop/main.go:8 +0x1\n"
	)
	for _, tt := range []struct{ stack, want, reason string }{
		{std + lib + own + end, "shop.Stop", "the innermost of the main module, below a library"},
		{std + lib, "golang.org/x/sync/errgroup.(*Group).Wait", "a library's own goroutine"},
		{std, "sync.(*WaitGroup).Wait", "nothing but the standard library"},
		{own + lib + end, "shop.Stop", "a callback of a library"},
	} {
		r := report.Build("TestStop", leaks(t, "goroutine 9 [sync.WaitGroup.Wait]:\n"+tt.stack), shop())
		require.Len(t, r.Findings, 1)
		assert.Equal(t, tt.want, r.Findings[0].At.Func, tt.reason)
	}
}

// A test's own goroutine, which hangs, was called by no line of the user's: what
// is above package testing is TestMain.
func TestBuildOfATest(t *testing.T) {
	t.Parallel()
	testMain := []stackparse.Ancestor{{Frames: []stackparse.Frame{{Func: "testing.(*T).Run"}, {Func: "testing.(*M).Run"}, {Func: "shop.TestMain", File: "/home/me/shop/main_test.go", Line: 9}}}}
	for _, creator := range []string{"testing.(*T).Run", "os/exec.(*Cmd).Start"} {
		g := stackparse.Goroutine{ID: 7, State: "select", Frames: []stackparse.Frame{{Func: "os/exec.(*Cmd).watchCtx"}},
			Creator: &stackparse.Creator{Func: creator}, Ancestors: testMain}
		assert.Empty(t, report.Build("", []report.Leak{{Goroutine: g}}, shop()).Findings[0].Called, creator)
	}
}

// The runtime prints the line that a call of an ancestor returns to.
func TestBuildCallLine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "query.go")
	code := "package shop\n\nfunc query() {\n\trows, err := db.QueryContext(ctx)\n\tif err != nil {\n\t}\n\trows.Next()\n\tgo other()\n}\n"
	require.NoError(t, os.WriteFile(file, []byte(code), 0o644))
	for _, tt := range []struct {
		printed, want int
		reason        string
	}{
		{4, 4, "the call's own line"},
		{5, 4, "the next statement"},
		{7, 4, "further below, behind a block"},
		{9, 4, "far below"},
		{1, 1, "the call is below"},
		{1 << 30, 1 << 30, "the file is another one now"},
	} {
		g := stackparse.Goroutine{ID: 7, State: "select", Frames: []stackparse.Frame{{Func: "database/sql.(*Rows).awaitDone"}},
			Creator: &stackparse.Creator{Func: "database/sql.(*Rows).init"},
			Ancestors: []stackparse.Ancestor{{Frames: []stackparse.Frame{{Func: "database/sql.(*DB).QueryContext"},
				{Func: "shop.query", File: filepath.ToSlash(file), Line: tt.printed}}}}}
		r := report.Build("", []report.Leak{{Goroutine: g}}, &source.Tree{Module: "shop", Dir: dir, Root: dir})
		require.Len(t, r.Findings, 1)
		assert.Equal(t, tt.want, r.Findings[0].Called.Line, tt.reason)
	}
}

// A wait names one goroutine and counts the others, as far as they are listed.
func TestBuildWaits(t *testing.T) {
	t.Parallel()
	const wait = "goroutine 9 [sync.WaitGroup.Wait]:\nsync.runtime_SemacquireWaitGroup(0x1)\n\t/usr/local/go/src/runtime/sema.go:1 +0x1\n" +
		"sync.(*WaitGroup).Wait(0xc000010000)\n\t/usr/local/go/src/sync/waitgroup.go:1 +0x1\nshop.Stop()\n\t/home/me/shop/stop.go:7 +0x1\n"
	for members, want := range map[int]string{
		1:  "likely goroutine 20 (shop.work), which was started by its Go method",
		3:  "likely goroutine 20 (shop.work), which was started by its Go method, and 2 more like it",
		20: "likely goroutine 20 (shop.work), which was started by its Go method, and at least 7 more like it",
	} {
		dump := wait
		for i := range members {
			dump += fmt.Sprintf("\ngoroutine %d [select]:\nshop.work()\n\t/home/me/shop/work.go:1 +0x1\n"+
				"created by sync.(*WaitGroup).Go in goroutine 9\n\t/usr/local/go/src/sync/waitgroup.go:2 +0x1\n", 20+i)
		}
		for _, f := range report.Build("TestStop", leaks(t, dump), shop()).Findings {
			if f.Cause.ID == "wg-wait" {
				assert.Regexp(t, regexp.QuoteMeta(want)+"$", f.Waits)
				members = 0
			}
		}
		assert.Zero(t, members, "the wait is a finding")
	}
}

func TestBuildOfAnEmptyGoroutine(t *testing.T) {
	t.Parallel()
	r := report.Build("", []report.Leak{{}}, shop())
	for _, verbose := range []bool{false, true} {
		assert.Contains(t, report.Text{Verbose: verbose}.String(r), "leakcheck: 1 goroutine ", "no frame, no creator, no state")
	}
}

func TestIgnore(t *testing.T) {
	t.Parallel()
	const std, own = "time.Sleep(0x1)\n\t/usr/local/go/src/runtime/time.go:363 +0x1\n", "shop.wait()\n\t/home/me/shop/a.go:1 +0x1\n"
	for _, tt := range []struct{ body, want, reason string }{
		{own + "created by shop.Start in goroutine 1\n\t/home/me/shop/a.go:2 +0x1\n",
			`created-by:"shop.Start"`, "the user's go statement tells most"},
		{own + "created by time.goFunc\n\t/usr/local/go/src/time/sleep.go:215 +0x1\n",
			`any:"shop.wait"`, "the library's go statement says nothing of the user"},
		{own, `any:"shop.wait"`, "no go statement"},
		{std + "created by net/http.(*Server).Serve in goroutine 1\n\t/usr/local/go/src/net/http/server.go:2 +0x1\n",
			"", "what a library starts for everybody would hide too much"},
		{std, "", "nothing to tell it by"},
	} {
		r := report.Build("", leaks(t, "goroutine 9 [sleep]:\n"+tt.body), shop())
		require.Len(t, r.Findings, 1)
		if tt.want != "" {
			tt.want = "leakcheck.Ignore(filters.MustParse(`" + tt.want + "`))"
		}
		assert.Equal(t, tt.want, r.Findings[0].Ignore, tt.reason)
	}
}

func TestAt(t *testing.T) {
	t.Parallel()
	l := leaks(t, read(t, "send.txt")+"\n"+read(t, "std.txt"))
	for i, want := range []string{"shop.fetch", "net.(*conn).Read", "sync.(*RWMutex).Lock"} {
		assert.Equal(t, want, report.At(&l[i].Goroutine, shop()).Func)
	}
	assert.Equal(t, report.Site{}, report.At(&stackparse.Goroutine{}, shop()), "no call, no place")
}

func TestWriteError(t *testing.T) {
	t.Parallel()
	r := report.Build("", leaks(t, read(t, "send.txt")), shop())
	require.ErrorIs(t, report.Text{}.Write(brokenWriter{}, r), os.ErrClosed)
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, fmt.Errorf("pipe: %w", os.ErrClosed) }
