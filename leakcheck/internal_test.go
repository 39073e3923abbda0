package leakcheck

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// The functions that stand as source text in TestOnTimer are never called.
var _ = waits

func thisFile(t *testing.T) string {
	t.Helper()
	_, file, _, ok := runtime.Caller(1)
	require.True(t, ok)
	return file
}

func hasSuffixComment(line, comment string) bool { return strings.HasSuffix(line, "// "+comment) }

// The ledger must not grow with the number of tests: what is gone is dropped.
func TestLedgerForgetsTheGone(t *testing.T) {
	t.Parallel()
	l := newLedger(capture.Dump{})
	there := []stackparse.Goroutine{{ID: 7}, {ID: 8}, {ID: 9}}
	l.report("TestX/a/b", []int64{7, 8})
	l.excuse(idsOf(there[2:]))
	l.look(capture.Dump{Goroutines: there})
	assert.True(t, l.settled(7), "a reported leak that is still there fails nobody else")
	assert.True(t, l.settled(9), "nor does what a failed test left")
	l.look(capture.Dump{Goroutines: there[:1]})
	assert.True(t, l.settled(7))
	assert.Len(t, l.reported, 1)
	assert.Empty(t, l.excused)

	l.suspect("TestA", idSet{7: true})
	l.suspect("TestB", idSet{7: true, 8: true})
	l.suspect("TestB", idSet{7: true})
	assert.Equal(t, "unknown; it appeared while TestA and TestB ran", l.suspected(7))
	assert.Equal(t, "unknown; it appeared while TestB ran beside others", l.suspected(8))
	assert.Empty(t, l.suspected(9))
	for i := range 100 {
		l.suspect(fmt.Sprint("Test", i), idSet{7: true})
	}
	assert.Equal(t, "unknown; it appeared while TestA, TestB, Test0, Test1 and others ran", l.suspected(7))
	l.look(capture.Dump{})
	assert.Empty(t, l.suspects)
}

// What appeared while no check was under way names no test: the next one to
// begin says when that was at the latest.
func TestLedgerKnowsTheTimeBefore(t *testing.T) {
	t.Parallel()
	const before = "unknown; it appeared before TestC began, in a test without a check"
	l := newLedger(capture.Dump{Goroutines: []stackparse.Goroutine{{ID: 1}}})
	l.lookBefore(capture.Dump{Goroutines: []stackparse.Goroutine{{ID: 1}, {ID: 7}}}, "TestC")
	l.lookBefore(capture.Dump{Goroutines: []stackparse.Goroutine{{ID: 1}, {ID: 7}}}, "TestD")
	l.earlier(7, "started by a goroutine that is gone")
	assert.Equal(t, before, l.suspected(7))
	assert.Empty(t, l.suspected(1), "it was there before all tests")

	l.roster.running[3] = 1
	l.lookBefore(capture.Dump{Goroutines: []stackparse.Goroutine{{ID: 7}, {ID: 8}}}, "TestE")
	assert.Empty(t, l.suspected(8), "a test with a check, whose goroutine is 3, is under way and may have started it")
	l.suspect("TestF", idSet{7: true})
	assert.Contains(t, l.suspected(7), "TestF", "a test with a check that ran beside others says more")
	l.look(capture.Dump{})
	assert.Empty(t, l.before, "what is gone is dropped")
}

// A leak of a subtest fails its parents as well, which must not keep them from
// their own check; the next run of the same test starts anew.
func TestLedgerKnowsLeakyParents(t *testing.T) {
	t.Parallel()
	l := newLedger(capture.Dump{})
	l.report("TestX/a/b", nil)
	assert.True(t, l.leaked("TestX/a"))
	assert.True(t, l.leaked("TestX"))
	assert.False(t, l.leaked("TestX"), "once")
	assert.False(t, l.leaked("TestX/a/b"), "the test itself has no part in it")
	assert.Empty(t, l.leaky)
}

// A connection whose body was closed is idle on both its goroutines; one whose
// body was not closed is a leak on both. Only the argument pairs them.
func TestIdleConns(t *testing.T) {
	t.Parallel()
	const dump = `goroutine 5 [IO wait]:
bufio.(*Reader).Peek(0xc0000a0000, 0x1)
	/go/src/bufio/bufio.go:1 +0x1
net/http.(*persistConn).readLoop(0xc000001000)
	/go/src/net/http/transport.go:1 +0x1
created by net/http.(*Transport).dialConn in goroutine 1
	/go/src/net/http/transport.go:1 +0x1

goroutine 6 [select]:
net/http.(*persistConn).writeLoop(0xc000001000)
	/go/src/net/http/transport.go:1 +0x1
created by net/http.(*Transport).dialConn in goroutine 1
	/go/src/net/http/transport.go:1 +0x1

goroutine 7 [select]:
net/http.(*persistConn).readLoop(0xc000002000)
	/go/src/net/http/transport.go:1 +0x1
created by net/http.(*Transport).dialConn in goroutine 1
	/go/src/net/http/transport.go:1 +0x1

goroutine 8 [select]:
net/http.(*persistConn).writeLoop(0xc000002000)
	/go/src/net/http/transport.go:1 +0x1
created by net/http.(*Transport).dialConn in goroutine 1
	/go/src/net/http/transport.go:1 +0x1
`
	gs, err := stackparse.Parse([]byte(dump))
	require.NoError(t, err)
	assert.Equal(t, idSet{5: true, 6: true}, idleConns(gs))
}

// The loop of net/http itself has to wait, and not what it called.
func TestIdleConnsNearMisses(t *testing.T) {
	t.Parallel()
	const (
		serve  = "net/http.(*conn).serve(0x1)"
		peek   = "bufio.(*Reader).Peek(0x1)"
		byConn = "net/http.(*Server).Serve"
	)
	for _, tt := range []struct {
		state, creator string
		calls          []string // innermost first
		idle           bool
		reason         string
	}{
		{"IO wait", byConn, []string{"net.(*conn).Read(0x1)", peek, serve}, true, "between two requests"},
		{"IO wait", byConn, []string{"shop.(*conn).Read(0x1)", peek, serve}, true, "the same on a connection that the program wraps"},
		{"IO wait", byConn, []string{"net.(*conn).Read(0x1)", peek, "shop.handle(0x1)", "net/http.serverHandler.ServeHTTP(0x1)", serve}, false,
			"a handler that took the connection over waits in a Peek of its own"},
		{"IO wait", byConn, []string{"net.(*conn).Read(0x1)", peek, "crypto/tls.(*Conn).Handshake(0x1)", serve}, false, "another Peek below the loop"},
		{"chan receive", byConn, []string{"shop.state(0x1)", peek, serve}, false, "it does not wait for the network"},
		{"IO wait", "net/http.(*Transport).dialConn", []string{peek, "shop.read(0x1)", "net/http.(*persistConn).readLoop(0x1)"}, false, "a client's loop in other code"},
		{"select", byConn, []string{"net/http.(*http2serverConn).serve(0x1)", serve}, true, "HTTP/2 until Go 1.26"},
		{"select", byConn, []string{"net/http/internal/http2.(*serverConn).serve(0x1)", serve}, true, "HTTP/2 since Go 1.27"},
		{"select", byConn, []string{"shop.onState(0x1)", "net/http.(*http2serverConn).serve(0x1)", serve}, false, "the server's ConnState function waits"},
		{"chan send", byConn, []string{"net/http.(*http2serverConn).serve(0x1)", serve}, false, "it does not wait for frames"},
		{"IO wait", "net/http.(*http2serverConn).serve", []string{"net.(*conn).Read(0x1)", "net/http.(*http2serverConn).readFrames(0x1)"}, true, "the reader of an HTTP/2 server"},
		{"IO wait", "net/http.(*http2Transport).newClientConn", []string{"net.(*conn).Read(0x1)", "net/http.(*http2ClientConn).readLoop(0x1)"}, true, "of a client"},
		{"IO wait", "net/http.(*http2Transport).newClientConn", []string{"net/http.(*http2ClientConn).readLoop(0x1)", "shop.read(0x1)"}, false, "in another goroutine"},
	} {
		dump := "goroutine 5 [" + tt.state + "]:\n"
		for _, call := range tt.calls {
			dump += call + "\n\t/go/src/x.go:1 +0x1\n"
		}
		gs, err := stackparse.Parse([]byte(dump + "created by " + tt.creator + " in goroutine 1\n\t/go/src/x.go:1 +0x1\n"))
		require.NoError(t, err)
		assert.Equal(t, tt.idle, idleConns(gs)[5], tt.reason)
	}
}

// A test's return line is all that tells a deferred Verify from one at the top.
func TestReturns(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]bool{
		"}":                        true,
		"return":                   true,
		"if err != nil { return }": true,
		"} // end":                 true,
		"})":                       true, // a subtest's closure
		"}},":                      true, // a closure in a table
		"leakcheck.Verify(t)":      false,
		"setup(t)":                 false,
		"defer check(t)()":         false, // check runs now
		"}()":                      false, // a closure called where it stands
		"}.Start(t)":               false, // a method of a literal
		"leakcheck.Verify(t) // }": false,
		"func TestX(t *testing.T) { defer leakcheck.Verify(t); f() }":                 true,
		"func TestX(t *testing.T) { leakcheck.Verify(t); f() }":                       false,
		`t.Run("leak", func(t *testing.T) { defer leakcheck.Verify(t); f() })`:        true,
		`t.Run("leak", func(t *testing.T) { leakcheck.Verify(t); defer f() })`:        false,
		`t.Run("leak", func(t *testing.T) { defer check(t)(); leakcheck.Verify(t) })`: false,
	} {
		assert.Equal(t, want, returns(line), "line %q", line)
	}
}

// What the user's Cleanup does must not reach the exit code.
func TestCleanupIsContained(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]func(int){
		"panic":  func(int) { panic(errors.New("boom")) },
		"goexit": func(int) { runtime.Goexit() },
		"return": func(int) {},
	} {
		var stderr strings.Builder
		<-callCleanup(f, 1, &stderr)
		assert.Equal(t, name == "panic", strings.Contains(stderr.String(), "boom"), name)
	}
}

// A row of clean tests must not take a dump each; a goroutine that someone
// else started in between must bring one about.
func TestUnchanged(t *testing.T) {
	// Not parallel: it reads the runtime's counter, which others would move.
	l := newLedger(capture.All())
	assert.True(t, l.unchanged(capture.SelfID(), false), "nothing was created since the look")
	for range 3 {
		assert.True(t, onNewGoroutine(func() bool { return l.unchanged(capture.SelfID(), false) }), "the only new goroutine is the test's own")
	}
	assert.False(t, onNewGoroutine(func() bool {
		<-started()
		return l.unchanged(capture.SelfID(), false)
	}), "the test's own and another")
}

func onNewGoroutine(f func() bool) bool {
	result := make(chan bool)
	go func() { result <- f() }()
	return <-result
}

func started() <-chan struct{} {
	done := make(chan struct{})
	go close(done)
	return done
}

// A goroutine that starts a garbage collection is out of its bubble meanwhile
// and must not be taken for gone or for parked: the check would end too early.
func TestGoroutineOutOfItsBubble(t *testing.T) {
	t.Parallel()
	gs, err := stackparse.Parse([]byte(`goroutine 7 [running, synctest bubble 3]:
main.check()
	/src/a_test.go:1 +0x1
created by testing.test in goroutine 6
	/src/testing.go:1 +0x1

goroutine 8 [semacquire]:
main.write()
	/src/a_test.go:2 +0x1
created by main.TestA.func1 in goroutine 7
	/src/a_test.go:3 +0x1

goroutine 9 [semacquire]:
main.other()
	/src/a_test.go:4 +0x1
created by main.TestA in goroutine 5
	/src/a_test.go:5 +0x1

goroutine 10 [chan send (durable), synctest bubble 4]:
main.other()
	/src/a_test.go:4 +0x1
created by main.TestB in goroutine 7
	/src/a_test.go:5 +0x1
`))
	require.NoError(t, err)
	in := check{self: gs[0]}
	elsewhere := in.elsewhere(gs)
	assert.False(t, elsewhere(&gs[0]), "it is in the bubble")
	assert.False(t, elsewhere(&gs[1]), "a goroutine of the bubble started it")
	assert.True(t, elsewhere(&gs[2]), "it was started outside")
	assert.True(t, elsewhere(&gs[3]), "it is in another bubble")
	assert.True(t, inRealTime(gs[1]), "it will go on")
	assert.False(t, inRealTime(gs[3]), "it is parked in its bubble")
	assert.False(t, new(check).elsewhere(gs)(&gs[3]), "outside of bubbles all goroutines count")
}

// Annotations name files below the repository, which a module need not fill.
func TestInRepository(t *testing.T) {
	t.Parallel()
	repo := t.TempDir()
	module := filepath.Join(repo, "go", "shop")
	require.NoError(t, os.MkdirAll(module, 0o777))
	assert.Empty(t, inRepository(filepath.Join(module, "not", "there")), "no repository at all")
	require.NoError(t, os.WriteFile(filepath.Join(repo, ".git"), []byte("gitdir: elsewhere\n"), 0o666))
	assert.Equal(t, "go/shop", inRepository(module), "also in a worktree, where .git is a file")
	assert.Empty(t, inRepository(repo))
	assert.Empty(t, inRepository(""), "a binary without its source")
}

// What names a folder comes from a test's name, which may hold anything.
func TestFileName(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "a.b_c.TestX_y_z", fileName("a.b/c.TestX/y z"))
	assert.Equal(t, "__x__", fileName("\\\x00x\n\x7f"))
	assert.Equal(t, "_.._.._etc", fileName("/../../etc"))
	assert.Empty(t, fileName("..."), "no folder of the system's")
	assert.Len(t, fileName(strings.Repeat("x", 1000)), maxFileName)
}

// Where a library started the goroutine for a user's call, a setting of the
// runtime names that call.
func TestStrangers(t *testing.T) {
	t.Parallel()
	library := stackparse.Goroutine{ID: 7, State: "select", Frames: []stackparse.Frame{{Func: "os/exec.(*Cmd).watchCtx"}},
		Creator: &stackparse.Creator{Func: "os/exec.(*Cmd).Start", File: "/go/src/os/exec/exec.go", Line: 1}}
	told := library
	told.Ancestors = []stackparse.Ancestor{{Frames: library.Frames}}
	own, unknown := library, library
	own.Creator = &stackparse.Creator{Func: "x.Run", File: filepath.Join(here().Dir, "x.go"), Line: 1}
	unknown.Creator = nil
	const note = "a run with GODEBUG=tracebackancestors=10 in the environment names the line of yours that called os/exec.(*Cmd).Start"
	for _, tt := range []struct {
		g    stackparse.Goroutine
		want []string
		why  string
	}{
		{library, []string{note}, "no line is the user's"},
		{told, nil, "the setting is on"},
		{own, nil, "the go statement is the user's"},
		{unknown, nil, "nobody knows who started it"},
	} {
		assert.Equal(t, tt.want, strangers(report.Build("TestX", []report.Leak{{Goroutine: tt.g}}, here())), tt.why)
	}
}

// A report marshals to the documented form, a clean one as well.
func TestReportMarshals(t *testing.T) {
	t.Parallel()
	leaks := []report.Leak{{Goroutine: stackparse.Goroutine{ID: 7, State: "chan send"}}}
	for _, r := range []*Report{{}, {r: report.Build("TestX", leaks, here())}} {
		data, err := json.Marshal(r)
		require.NoError(t, err)
		back, err := report.Decode(bytes.NewReader(data))
		require.NoError(t, err)
		assert.Equal(t, r.Len(), back.Total)
	}
}
