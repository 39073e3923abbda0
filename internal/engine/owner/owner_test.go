package owner_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/owner"
	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// world is a dump during TestFetch, on goroutine 20, which runs alone.
const world = `goroutine 1 [chan receive]:
testing.(*T).Run(0x1)
	/usr/local/go/src/testing/testing.go:2109 +0x4e5
testing.runTests.func1(0x1)
	/usr/local/go/src/testing/testing.go:2585 +0x3e
testing.tRunner(0x1)
	/usr/local/go/src/testing/testing.go:2036 +0xea
main.main()
	_testmain.go:52 +0x9b

goroutine 20 [running]:
shop.TestFetch(0x1)
	/home/me/shop/fetch_test.go:13 +0x1
testing.tRunner(0x1)
	/usr/local/go/src/testing/testing.go:2036 +0xea
created by testing.(*T).Run in goroutine 1
	/usr/local/go/src/testing/testing.go:2101 +0x4c5

goroutine 30 [chan receive]:
testing.(*T).Run(0x1)
	/usr/local/go/src/testing/testing.go:2109 +0x4e5
shop.TestOther(0x1)
	/home/me/shop/other_test.go:13 +0x1
testing.tRunner(0x1)
	/usr/local/go/src/testing/testing.go:2036 +0xea
created by testing.(*T).Run in goroutine 1
	/usr/local/go/src/testing/testing.go:2101 +0x4c5

goroutine 31 [chan receive] {"leakcheck.test": "TestOther/labelled sub"}:
shop.TestOther.func1(0x1)
	/home/me/shop/other_test.go:15 +0x1
testing.tRunner(0x1)
	/usr/local/go/src/testing/testing.go:2036 +0xea
created by testing.(*T).Run in goroutine 30
	/usr/local/go/src/testing/testing.go:2101 +0x4c5

goroutine 40 [select]:
shop.(*Pool).run(0x1)
	/home/me/shop/pool.go:20 +0x1
created by shop.NewPool in goroutine 20
	/home/me/shop/pool.go:10 +0x1

`

// asked is goroutine 50, about which the tables ask.
func asked(header, body string) string {
	return world + "goroutine 50 [chan receive]" + header + ":\n" + body
}

const (
	wait = "shop.wait(0x1)\n\t/home/me/shop/wait.go:5 +0x1\n"
	by   = "created by shop.Start in goroutine "
	at   = "\n\t/home/me/shop/start.go:7 +0x1\n"
)

func parse(t *testing.T, dump string) []stackparse.Goroutine {
	t.Helper()
	gs, err := stackparse.Parse([]byte(dump))
	require.NoError(t, err)
	return gs
}

func find(t *testing.T, gs []stackparse.Goroutine, id int64) *stackparse.Goroutine {
	t.Helper()
	for i := range gs {
		if gs[i].ID == id {
			return &gs[i]
		}
	}
	require.Fail(t, "goroutine is not in the dump", "%d", id)
	return nil
}

func TestOf(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		reason string
		dump   string
		want   owner.Finding
	}{
		{"its label names the test", asked(` {"leakcheck.test": "TestFetch"}`, wait),
			owner.Finding{Verdict: owner.Mine, Test: "TestFetch", Evidence: "labelled by TestFetch"}},
		{"what a subtest left is its parent's too", asked(` {"leakcheck.test": "TestFetch/a/b"}`, wait),
			owner.Finding{Verdict: owner.Mine, Test: "TestFetch/a/b", Evidence: "labelled by TestFetch/a/b"}},
		{"a longer name is no subtest", asked(` {"leakcheck.test": "TestFetchAll"}`, wait),
			owner.Finding{Verdict: owner.Others, Test: "TestFetchAll", Evidence: "labelled by TestFetchAll"}},
		{"another test's label outweighs a stack in this one", asked(` {"leakcheck.test": "TestOther"}`,
			"shop.TestFetch.func1()\n\t/home/me/shop/fetch_test.go:9 +0x1\n"),
			owner.Finding{Verdict: owner.Others, Test: "TestOther", Evidence: "labelled by TestOther"}},
		{"a go statement in the test's code outweighs the label of a shared worker", asked(` {"leakcheck.test": "TestOther"}`,
			wait+"created by shop.TestFetch.func2 in goroutine 99\n\t/home/me/shop/fetch_test.go:7 +0x1\n"),
			owner.Finding{Verdict: owner.Mine, Test: "TestFetch", Evidence: "its stack or go statement is in TestFetch"}},
		{"and so for another test that runs", asked(` {"leakcheck.test": "TestFetch"}`,
			wait+"created by shop.TestOther.func2 in goroutine 99\n\t/home/me/shop/other_test.go:7 +0x1\n"),
			owner.Finding{Verdict: owner.Others, Test: "TestOther", Evidence: "its stack or go statement is in TestOther"}},
		{"a function that is only named like a test has no goroutines of its own", asked(` {"leakcheck.test": "TestFetch"}`,
			wait+"created by shop.TestServer in goroutine 99\n\t/home/me/shop/server_test.go:7 +0x1\n"),
			owner.Finding{Verdict: owner.Mine, Test: "TestFetch", Evidence: "labelled by TestFetch"}},
		{"a subtest's go statement stands in its parent's function", asked(` {"leakcheck.test": "TestOther/sub"}`,
			wait+"created by shop.TestOther.func2 in goroutine 99\n\t/home/me/shop/other_test.go:7 +0x1\n"),
			owner.Finding{Verdict: owner.Others, Test: "TestOther/sub", Evidence: "labelled by TestOther/sub"}},
		{"the test's own go statement outweighs a label", asked(` {"leakcheck.test": "TestOther"}`, wait+by+"20"+at),
			owner.Finding{Verdict: owner.Mine, Test: "TestFetch", Evidence: "started by TestFetch itself"}},
		{"an empty label is another test's", asked(` {"leakcheck.test": ""}`, wait),
			owner.Finding{Verdict: owner.Others, Evidence: "labelled by "}},
		{"other labels say nothing", asked(` {"job": "TestOther"}`, wait),
			owner.Finding{Verdict: owner.Mine, Test: "TestFetch", Evidence: "appeared while TestFetch ran alone"}},
		{"the test's goroutine started it", asked("", wait+by+"20"+at),
			owner.Finding{Verdict: owner.Mine, Test: "TestFetch", Evidence: "started by TestFetch itself"}},
		{"started by what the test started, which is alive", asked("", wait+by+"40"+at),
			owner.Finding{Verdict: owner.Mine, Test: "TestFetch", Evidence: "started by a goroutine of TestFetch"}},
		{"the runner's goroutine started it, which stood still since", asked("", wait+by+"1"+at),
			owner.Finding{Verdict: owner.Others, Evidence: "started before TestFetch began"}},
		{"so did what that started", asked("", wait+by+"51"+at) + "\ngoroutine 51 [select]:\n" + wait + by + "1" + at,
			owner.Finding{Verdict: owner.Others, Evidence: "started before TestFetch began"}},
		{"another test's goroutine started it", asked("", wait+by+"30"+at),
			owner.Finding{Verdict: owner.Others, Test: "TestOther", Evidence: "started by a goroutine of TestOther"}},
		{"another test's goroutine has a label with the full name", asked("", wait+by+"31"+at),
			owner.Finding{Verdict: owner.Others, Test: "TestOther/labelled sub", Evidence: "started by a goroutine of TestOther/labelled sub"}},
		{"a printed ancestor is the test's goroutine", asked("", wait+by+"99"+at+
			"[originating from goroutine 20]:\nshop.Start(...)\n\t/home/me/shop/start.go:7 +0x1\n"),
			owner.Finding{Verdict: owner.Mine, Test: "TestFetch", Evidence: "started by a goroutine of TestFetch"}},
		{"a printed ancestor is in another test", asked("", wait+by+"99"+at+
			"[originating from goroutine 98]:\nshop.TestGone(...)\n\t/home/me/shop/gone_test.go:7 +0x1\n"),
			owner.Finding{Verdict: owner.Others, Test: "TestGone", Evidence: "its stack or go statement is in TestGone"}},
		{"its creator is gone, its stack is in a closure of the test", asked("",
			wait+"shop.TestFetch.func2.1()\n\t/home/me/shop/fetch_test.go:9 +0x1\n"+by+"99"+at),
			owner.Finding{Verdict: owner.Mine, Test: "TestFetch", Evidence: "its stack or go statement is in TestFetch"}},
		{"its creator is gone, the go statement is in another test", asked("",
			wait+"created by shop.TestGone in goroutine 99\n\t/home/me/shop/gone_test.go:7 +0x1\n"),
			owner.Finding{Verdict: owner.Others, Test: "TestGone", Evidence: "its stack or go statement is in TestGone"}},
		{"nothing but time", asked("", wait+by+"99"+at),
			owner.Finding{Verdict: owner.Mine, Test: "TestFetch", Evidence: "appeared while TestFetch ran alone"}},
		{"a goroutine without a creator", asked("", wait),
			owner.Finding{Verdict: owner.Mine, Test: "TestFetch", Evidence: "appeared while TestFetch ran alone"}},
		{"creators in a circle, which only a forged dump has", asked("", wait+by+"51"+at) +
			"\ngoroutine 51 [select]:\n" + wait + by + "50" + at,
			owner.Finding{Verdict: owner.Mine, Test: "TestFetch", Evidence: "appeared while TestFetch ran alone"}},
		{"its own creator", asked("", wait+by+"50"+at),
			owner.Finding{Verdict: owner.Mine, Test: "TestFetch", Evidence: "appeared while TestFetch ran alone"}},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			t.Parallel()
			gs := parse(t, tt.dump)
			j := owner.NewJudge("TestFetch", 20, gs)
			assert.False(t, j.Parallel)
			assert.Equal(t, tt.want, j.Of(find(t, gs, 50), true))
			if tt.want.Verdict != owner.Others {
				assert.True(t, reachOf50(gs).Of("TestFetch", 20, nil), "no verdict is lost")
			}
		})
	}
}

func reachOf50(gs []stackparse.Goroutine) *owner.Reach {
	return owner.ReachOf(gs, func(g *stackparse.Goroutine) bool { return g.ID == 50 })
}

// Most tests of a crowd are told apart by what all goroutines that are left have in
// common: none is of the test.
func TestReach(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		reason string
		dump   string
		want   bool
	}{
		{"another test's label", asked(` {"leakcheck.test": "TestOther/sub"}`, wait+by+"31"+at), false},
		{"its own", asked(` {"leakcheck.test": "TestFetch/sub"}`, wait+by+"99"+at), true},
		{"another test's label, and a creator that lost it", asked(` {"leakcheck.test": "TestOther"}`, wait+by+"40"+at), true},
		{"nothing names a test", asked("", wait+by+"99"+at), true},
	} {
		assert.Equal(t, tt.want, reachOf50(parse(t, tt.dump)).Of("TestFetch", 20, nil), tt.reason)
	}
	gs := parse(t, asked("", wait+by+"99"+at))
	assert.False(t, reachOf50(gs).Of("TestFetch", 20, map[int64]bool{50: true}), "it was there before the test")
}

func TestOfBornBefore(t *testing.T) {
	t.Parallel()
	gs := parse(t, asked("", wait+by+"99"+at))
	j := owner.NewJudge("TestFetch", 20, gs)
	assert.Equal(t, owner.Finding{}, j.Of(find(t, gs, 50), false), "it was there before the test, and nothing names an owner")
}

// parallel has goroutine 20 below a tRunner that waits for parallel subtests.
const parallel = `goroutine 1 [chan receive]:
testing.tRunner.func1()
	/usr/local/go/src/testing/testing.go:1993 +0x445
testing.tRunner(0x1)
	/usr/local/go/src/testing/testing.go:2042 +0x123
main.main()
	_testmain.go:52 +0x9b

goroutine 20 [running]:
shop.TestFetch(0x1)
	/home/me/shop/fetch_test.go:13 +0x1
testing.tRunner(0x1)
	/usr/local/go/src/testing/testing.go:2036 +0xea
created by testing.(*T).Run in goroutine 1
	/usr/local/go/src/testing/testing.go:2101 +0x4c5

goroutine 21 [running]:
shop.TestFetch.func1(0x1)
	/home/me/shop/fetch_test.go:14 +0x1
testing.tRunner(0x1)
	/usr/local/go/src/testing/testing.go:2036 +0xea
created by testing.(*T).Run in goroutine 20
	/usr/local/go/src/testing/testing.go:2101 +0x4c5

goroutine 50 [chan receive]:
` + wait + by + "99" + at

func TestParallel(t *testing.T) {
	t.Parallel()
	gs := parse(t, parallel)
	for _, tt := range []struct {
		self   int64
		want   bool
		reason string
	}{
		{20, true, "the main goroutine waits for parallel tests"},
		{21, true, "other tests run with a serial subtest of a parallel test as well"},
		{1, false, "nothing is above the main goroutine"},
		{0, false, "nobody asks"},
		{77, false, "a goroutine that is not in the dump"},
	} {
		assert.Equal(t, tt.want, owner.NewJudge("TestFetch", tt.self, gs).Parallel, tt.reason)
	}
	j := owner.NewJudge("TestFetch", 20, gs)
	got := j.Of(find(t, gs, 50), true)
	assert.Equal(t, owner.Finding{Evidence: got.Evidence}, got, "time proves nothing when several tests ran")
	golden.Words(t, "evidence", got.Evidence)
}

// What the parent's goroutine started was there before the subtest: a parent
// stands still while its subtest runs.
func TestOfParent(t *testing.T) {
	t.Parallel()
	gs := parse(t, strings.ReplaceAll(parallel, "goroutine 99", "goroutine 20"))
	j := owner.NewJudge("TestFetch/sub", 21, gs)
	assert.Equal(t, owner.Finding{Verdict: owner.Others, Test: "TestFetch", Evidence: "started before TestFetch/sub began"},
		j.Of(find(t, gs, 50), true))
}

func TestParallelOfACircle(t *testing.T) {
	t.Parallel()
	gs := parse(t, "goroutine 50 [select]:\n"+wait+by+"51"+at+"\ngoroutine 51 [select]:\n"+wait+by+"50"+at)
	assert.False(t, owner.NewJudge("TestFetch", 50, gs).Parallel, "a walk along creators ends")
}

// Without a name nothing is anybody's own, whatever the evidence.
func TestOfNobody(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ dump, owner, reason string }{
		{asked(` {"leakcheck.test": "TestFetch"}`, wait), "TestFetch", "a label names the owner"},
		{asked(` {"leakcheck.test": ""}`, wait), "", "an empty label does not make it the nameless one's"},
		{asked("", wait+by+"20"+at), "TestFetch", "the creator names the owner"},
		{asked("", wait+by+"99"+at), "", "nothing names the owner"},
		{asked("", "shop.TestFetch.func1()\n\t/home/me/shop/fetch_test.go:9 +0x1\n"), "TestFetch", "the stack names the owner"},
	} {
		for _, self := range []int64{0, 1, 20} {
			gs := parse(t, tt.dump)
			f := owner.NewJudge("", self, gs).Of(find(t, gs, 50), true)
			assert.NotEqual(t, owner.Mine, f.Verdict, "self %d: %s", self, tt.reason)
			assert.Equal(t, tt.owner, f.Test, "self %d: %s", self, tt.reason)
		}
	}
}

func TestTestName(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ fn, file, want, reason string }{
		{"shop.TestX", "/s/a_test.go", "TestX", "a test"},
		{"shop_test.TestX", "/s/a_test.go", "TestX", "of an external test package"},
		{"example.com/shop.v2/sub.TestX", "/s/a_test.go", "TestX", "the import path is cut first"},
		{"shop.TestX.func1.2", "/s/a_test.go", "TestX", "a closure"},
		{"shop.TestX.func1-range1", "/s/a_test.go", "TestX", "a loop body in a closure"},
		{"shop.TestX.gowrap1", "/s/a_test.go", "TestX", "the wrapper of a go statement"},
		{"shop.TestX[...]", "/s/a_test.go", "TestX", "a generic one"},
		{"shop.(*Suite).TestMethod", "/s/a_test.go", "TestMethod", "a suite's method"},
		{"shop.(*Suite[...]).TestMethod.func1", "/s/a_test.go", "TestMethod", "a generic suite's method"},
		{"shop.(*Suite).TestMethod-fm", "/s/a_test.go", "TestMethod-fm", "a method value keeps its mark"},
		{"shop.BenchmarkX", "/s/a_test.go", "BenchmarkX", "a benchmark"},
		{"shop.FuzzX.func1", "/s/a_test.go", "FuzzX", "a fuzz callback"},
		{"shop.ExampleX", "/s/a_test.go", "ExampleX", "an example"},
		{"shop.Test", "/s/a_test.go", "Test", "the prefix alone is a test"},
		{"shop.Test_x", "/s/a_test.go", "Test_x", "an underscore is not lower case"},
		{"shop.Test9", "/s/a_test.go", "Test9", "a digit is not one either"},
		{"shop.TestÄrger", "/s/a_test.go", "TestÄrger", "upper case beyond ASCII"},
		{"shop.Testärger", "/s/a_test.go", "", "lower case beyond ASCII"},
		{"shop.Testing", "/s/a_test.go", "", "lower case after Test"},
		{"shop.Examples", "/s/a_test.go", "", "lower case after Example"},
		{"shop.TestMain", "/s/a_test.go", "", "TestMain is no test"},
		{"shop.TestMain.func1", "/s/a_test.go", "", "nor are its closures"},
		{"shop.TestX", "/s/a.go", "", "not in a test file"},
		{"shop.TestX", "", "", "no file"},
		{"shop.helper", "/s/a_test.go", "", "a helper"},
		{"shop.helper.TestX", "/s/a_test.go", "", "a closure is named func1, so this is a type's method by value"},
		{"panic", "/s/a_test.go", "", "no package"},
		{"", "", "", "nothing"},
	} {
		assert.Equal(t, tt.want, owner.TestName(tt.fn, tt.file), "%s in %s: %s", tt.fn, tt.file, tt.reason)
	}
}

// The test to blame for a standstill is the one whose code waits, not one that
// waits for it or for its turn.
func TestRunning(t *testing.T) {
	t.Parallel()
	gs, err := stackparse.Parse([]byte(world + `goroutine 60 [chan receive]:
testing.(*T).Parallel(0x1)
	/usr/local/go/src/testing/testing.go:1800 +0x1
shop.TestQueued(0x1)
	/home/me/shop/other_test.go:30 +0x1
testing.tRunner(0x1)
	/usr/local/go/src/testing/testing.go:2036 +0xea
created by testing.(*T).Run in goroutine 1
	/usr/local/go/src/testing/testing.go:2101 +0x4c5

goroutine 61 [chan receive]:
shop.TestOther.func2(0x1)
	/home/me/shop/other_test.go:40 +0x1
testing.tRunner(0x1)
	/usr/local/go/src/testing/testing.go:2036 +0xea
created by testing.(*T).Run in goroutine 30
	/usr/local/go/src/testing/testing.go:2101 +0x4c5

goroutine 62 [chan receive]:
shop.runAll.func1(0x1)
	/home/me/shop/table.go:40 +0x1
testing.tRunner(0x1)
	/usr/local/go/src/testing/testing.go:2036 +0xea
created by testing.(*T).Run in goroutine 30
	/usr/local/go/src/testing/testing.go:2101 +0x4c5

goroutine 63 [chan receive]:
shop.TestAllocs.func1(0x1)
	/home/me/shop/allocs_test.go:40 +0x1
testing.AllocsPerRun(0x1)
	/usr/local/go/src/testing/allocs.go:30 +0x1
shop.TestAllocs(0x1)
	/home/me/shop/allocs_test.go:39 +0x1
testing.tRunner(0x1)
	/usr/local/go/src/testing/testing.go:2036 +0xea
created by testing.(*T).Run in goroutine 1
	/usr/local/go/src/testing/testing.go:2101 +0x4c5
`))
	require.NoError(t, err)
	got := map[int64]string{}
	for _, test := range owner.Running(gs) {
		got[test.Goroutine.ID] = test.Name
	}
	assert.Equal(t, map[int64]string{
		20: "TestFetch",
		31: "TestOther/labelled sub", // the label knows the subtest
		61: "TestOther",              // a function names the test alone
		62: "TestOther",              // as does the goroutine that started the subtest
		63: "TestAllocs",             // package testing calls back into the test's code
	}, got)
}

// A test that another one hears of is over unless it waits for its turn, runs
// the asking one, or runs at the same time.
func TestOver(t *testing.T) {
	dump, err := stackparse.Parse([]byte(world))
	require.NoError(t, err)
	tests := []struct {
		why, asks string
		finding   owner.Finding
		want      bool
	}{
		{"nothing runs it", "TestFetch", owner.Finding{Verdict: owner.Others, Test: "TestGone"}, true},
		{"an own goroutine", "TestFetch", owner.Finding{Verdict: owner.Mine, Test: "TestFetch"}, false},
		{"unowned", "TestFetch", owner.Finding{}, false},
		{"an unknown other's", "TestFetch", owner.Finding{Verdict: owner.Others}, false},
		{"it is in the dump by its function", "TestFetch", owner.Finding{Verdict: owner.Others, Test: "TestOther"}, false},
		{"it is there by its label", "TestFetch", owner.Finding{Verdict: owner.Others, Test: "TestOther/labelled sub"}, false},
		{"the parent of the asking test", "TestX/sub", owner.Finding{Verdict: owner.Others, Test: "TestX"}, false},
		{"a sibling of the asking test", "TestX/sub", owner.Finding{Verdict: owner.Others, Test: "TestX/su"}, true},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			assert.Equal(t, tt.want, owner.NewJudge(tt.asks, 20, dump).Over(tt.finding))
		})
	}
	others := strings.Replace(world, "testing.runTests.func1(0x1)\n\t/usr/local/go/src/testing/testing.go:2585 +0x3e\n", "", 1)
	others = strings.Replace(others, "testing.(*T).Run(0x1)\n\t/usr/local/go/src/testing/testing.go:2109 +0x4e5\n", "testing.tRunner.func1()\n\t/usr/local/go/src/testing/testing.go:2010 +0x1\n", 1)
	dump, err = stackparse.Parse([]byte(others))
	require.NoError(t, err)
	assert.False(t, owner.NewJudge("TestFetch", 20, dump).Over(owner.Finding{Verdict: owner.Others, Test: "TestGone"}), "while others run it is not certain")
}

// A check that does not know when its test began goes by who ran the go
// statement: a goroutine that is gone was most likely an earlier test's.
func TestLate(t *testing.T) {
	t.Parallel()
	const (
		since   = "appeared since the last check, in TestFetch or in a test before it"
		before  = "started before TestFetch ended, by a goroutine that is gone"
		ending  = "goroutine 49 [runnable]:\ntesting.tRunner(0x1)\n\t/usr/local/go/src/testing/testing.go:2040 +0x1\ncreated by testing.(*T).Run in goroutine 1" + at
		worker  = "goroutine 49 [select]:\n" + wait + by + "48" + at
		service = "goroutine 49 [select]:\n" + wait + "created by time.goFunc\n\t/usr/local/go/src/time/sleep.go:215 +0x1\n"
	)
	for _, tt := range []struct {
		creator, other string
		last           bool
		want           owner.Finding
		reason         string
	}{
		{by + "49", "", false, owner.Finding{Evidence: before}, "the creator is gone, and was not the test"},
		{by + "49", ending, false, owner.Finding{Evidence: before}, "the creator is a test's goroutine that is about to go"},
		{by + "49", worker, false, owner.Finding{Evidence: before}, "the creator is there, and its own creator is gone"},
		{by + "17", "", false, owner.Finding{Evidence: before}, "an id of the same batch that is smaller is an older goroutine's"},
		{by + "33", "", false, owner.Finding{Evidence: before}, "a greater id of another batch proves nothing"},
		{by + "21", "", false, owner.Finding{Verdict: owner.Mine, Test: "TestFetch", Evidence: "started by a goroutine that TestFetch started, and that is gone"},
			"an id of the same batch that is greater is a younger goroutine's"},
		{by + "49", service, false, owner.Finding{Verdict: owner.Mine, Test: "TestFetch", Evidence: since}, "all creators are there or were not printed"},
		{by + "49", "", true, owner.Finding{Verdict: owner.Mine, Test: "TestFetch", Evidence: since}, "no other check would report it"},
		{by + "20", "", false, owner.Finding{Verdict: owner.Mine, Test: "TestFetch", Evidence: "started by TestFetch itself"}, "the test ran the go statement"},
	} {
		dump := parse(t, world+tt.other+"\ngoroutine 50 [select]:\n"+wait+tt.creator+at)
		judge := owner.NewJudge("TestFetch", 20, dump)
		judge.Late, judge.Last = true, tt.last
		assert.Equal(t, tt.want, judge.Of(find(t, dump, 50), true), tt.reason)
	}
}

// A test whose goroutine is still there when the next one runs says nothing by
// that: what it started is known by the name in the go statement, or is the next
// one's to report.
func TestEndingTest(t *testing.T) {
	t.Parallel()
	const by = "created by testing.(*T).Run in goroutine 1\n\t/usr/local/go/src/testing/testing.go:2101 +0x1\n\n"
	for _, ending := range []string{
		"goroutine 49 [runnable]:\ntesting.tRunner(0x1)\n\t/usr/local/go/src/testing/testing.go:2040 +0x1\n",
		"goroutine 49 [runnable]:\nruntime.goexit1()\n\t/usr/local/go/src/runtime/proc.go:4480 +0x1\n",
		"goroutine 49 [running]:\n\tgoroutine running on other thread; stack unavailable\n",
	} {
		for creator, want := range map[string]owner.Finding{
			"shop.TestGone": {Verdict: owner.Others, Test: "TestGone", Evidence: "its stack or go statement is in TestGone"},
			"shop.leak":     {Verdict: owner.Mine, Test: "TestFetch", Evidence: "appeared while TestFetch ran alone"},
		} {
			dump, err := stackparse.Parse([]byte(world + ending + by + "goroutine 50 [select]:\nshop.work()\n\t/home/me/shop/work.go:1 +0x1\n" +
				"created by " + creator + " in goroutine 49\n\t/home/me/shop/gone_test.go:1 +0x1\n"))
			require.NoError(t, err)
			judge := owner.NewJudge("TestFetch", 20, dump)
			f := judge.Of(&dump[len(dump)-1], true)
			assert.Equal(t, want, f, "%s, started by %s", ending, creator)
			assert.Equal(t, want.Verdict == owner.Others, judge.Over(f))
		}
	}
}

// A spec of another framework runs on goroutines that the test around it starts,
// and that test waits. What is new meanwhile is the spec's, though it inherited the
// label of that test or is in its code.
func TestOfSpec(t *testing.T) {
	const spec = "goroutine 60 [running]%s:\nginkgo.runNode(0x1)\n\t/home/me/ginkgo/suite.go:9 +0x1\n" +
		"created by ginkgo.run in goroutine 20\n\t/home/me/ginkgo/suite.go:7 +0x1\n\n"
	const label = ` {"leakcheck.test": "TestFetch"}`
	const other = ` {"leakcheck.test": "TestOther"}`
	dump := func(around, header, body string) string {
		w := strings.Replace(world, "goroutine 20 [running]", "goroutine 20 [select]"+around, 1)
		return w + strings.Replace(spec, "%s", around, 1) + "goroutine 50 [chan receive]" + header + ":\n" + body
	}
	tests := []struct {
		why     string
		dump    string
		started bool
		want    owner.Finding
	}{
		{"labelled by the test around it", dump(label, label, wait+by+"61"+at), true,
			owner.Finding{Verdict: owner.Mine, Test: "shop sells", Evidence: `appeared while "shop sells" ran`}},
		{"in the code of the test around it", dump("", "", wait+"created by shop.TestFetch.func1 in goroutine 61\n\t/a/b_test.go:7 +0x1\n"), true,
			owner.Finding{Verdict: owner.Mine, Test: "shop sells", Evidence: `appeared while "shop sells" ran`}},
		{"without either", dump("", "", wait+by+"61"+at), true,
			owner.Finding{Verdict: owner.Mine, Test: "shop sells", Evidence: `appeared while "shop sells" ran alone`}},
		{"there before the spec", dump(label, label, wait+by+"61"+at), false,
			owner.Finding{Verdict: owner.Others, Test: "TestFetch", Evidence: "labelled by TestFetch"}},
		{"of another test", dump(label, other, wait+by+"61"+at), true,
			owner.Finding{Verdict: owner.Others, Test: "TestOther", Evidence: "labelled by TestOther"}},
		{"the next part of the suite", dump(label, label, wait+by+"20"+at), true,
			owner.Finding{Verdict: owner.Others, Test: "TestFetch", Evidence: "labelled by TestFetch"}},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			gs := parse(t, tt.dump)
			j := owner.NewJudge("shop sells", 60, gs)
			j.Spec = true
			assert.Equal(t, tt.want, j.Of(find(t, gs, 50), tt.started))
		})
	}
}
