package filters_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	. "github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// worker is the goroutine that the tables ask about.
const worker = `goroutine 18 [chan receive, 3 minutes] {"job": "sync", "empty": ""}:
time.Sleep(0x2faf080)
	/usr/local/go/src/runtime/time.go:363 +0x165
shop.(*Pool[...]).run(0xc000012345, {0x1, 0x2})
	/home/me/shop/pool.go:31 +0x15
gopkg.in/natefinch/lumberjack%2ev2.(*Logger).millRun(...)
	/home/me/go/pkg/mod/gopkg.in/natefinch/lumberjack.v2@v2.2.1/lumberjack.go:379
created by shop/internal/start.Pool in goroutine 7
	/home/me/shop/internal/start/start.go:12 +0x66
`

func parseOne(t *testing.T, dump string) *stackparse.Goroutine {
	t.Helper()
	gs, err := stackparse.Parse([]byte(dump))
	require.NoError(t, err)
	require.Len(t, gs, 1)
	return &gs[0]
}

func TestFilters(t *testing.T) {
	t.Parallel()
	g := parseOne(t, worker)
	main := &stackparse.Goroutine{ID: 33, State: "running", Frames: []stackparse.Frame{{Func: "panic"}, {Func: "main.main", File: "/home/me/shop/main.go"}}}
	empty := &stackparse.Goroutine{}
	none := State("no such state")
	for _, tt := range []struct {
		filter Filter
		g      *stackparse.Goroutine
		want   bool
		reason string
	}{
		{TopFunction("time.Sleep"), g, true, "the innermost printed call"},
		{TopFunction("shop.(*Pool[...]).run"), g, false, "on the stack, but not at its top"},
		{TopFunction("time.Slee"), g, false, "a name is compared whole, so a prefix is another one"},
		{TopFunction("panic"), main, true, "panic is the one name without a package"},
		{TopFunction("time.Sleep"), empty, false, "a goroutine without frames has no top"},

		{AnyFunction("shop.(*Pool[...]).run"), g, true, "in the middle of the stack"},
		{AnyFunction("time.Sleep"), g, true, "the top is a part of the stack"},
		{AnyFunction("gopkg.in/natefinch/lumberjack%2ev2.(*Logger).millRun"), g, true, "names keep the linker's escapes"},
		{AnyFunction("gopkg.in/natefinch/lumberjack.v2.(*Logger).millRun"), g, true, "or are as in source"},
		{AnyFunction("gopkg.in/natefinch/lumberjack.v3.(*Logger).millRun"), g, false, "another version of it"},
		{AnyFunction("shop.*"), g, true, "a wildcard for the rest of the name"},
		{AnyFunction("sho.*"), g, false, "a wildcard does not shorten the package"},
		{AnyFunction("shop.(*Pool*).run"), g, true, "the first star is the receiver's, the second a wildcard"},
		{AnyFunction("shop.(**).run"), g, true, "any pointer receiver"},
		{AnyFunction("gopkg.in/*/lumberjack.v2.*"), g, true, "a wildcard for a part of an escaped path"},
		{AnyFunction("gopkg.in/*.millRun"), g, false, "a star does not take a slash"},
		{AnyFunction("gopkg.in/**.millRun"), g, true, "two stars do"},
		{AnyFunction("**.mill"), g, false, "the end must be whole"},
		{AnyFunction("shop.(*Pool).run"), g, false, "a generic receiver is printed with [...]"},
		{AnyFunction("shop/internal/start.Pool"), g, false, "the go statement is no call of the stack"},

		{CreatedBy("shop/internal/start.Pool"), g, true, "the function with the go statement"},
		{CreatedBy("shop/internal/start.PoolSize"), g, false, "a longer name is another function"},
		{CreatedBy("shop.(*Pool[...]).run"), g, false, "a call of the stack did not start it"},
		{CreatedBy("main.main"), main, false, "the main goroutine has no creator, though main.main is on its stack"},

		{Package("shop"), g, true, "by a call"},
		{Package("shop/internal/start"), g, true, "by the go statement"},
		{Package("gopkg.in/natefinch/lumberjack.v2"), g, true, "import paths are compared unescaped"},
		{Package("shop/internal"), g, false, "a folder above is another package"},
		{Package("shop/internal/..."), g, true, "with /... it takes in those below"},
		{Package("shop/internal/start/..."), g, true, "and the package itself"},
		{Package("sho/..."), g, false, "a prefix that does not end at a slash is another path"},
		{Package("sho"), g, false, "a prefix of the path"},
		{Package("main"), main, true, "package main is named main in a dump"},
		{Package("panic"), main, false, "panic has no package"},

		{File("/home/me/shop/pool.go"), g, true, "the whole path"},
		{File("shop/pool.go"), g, true, "shortened at a slash"},
		{File("pool.go"), g, true, "the name alone"},
		{File("ool.go"), g, false, "shortened within a name"},
		{File("/shop/pool.go"), g, true, "shortened before a slash"},
		{File("start/start.go"), g, true, "the file of the go statement"},
		{File("shop/*.go"), g, true, "any file of a folder"},
		{File("op/*.go"), g, false, "of the whole folder's name"},
		{File("/home/**/pool.go"), g, true, "a whole path"},
		{File("/go/**.go"), g, true, "with a slash in front it begins anywhere"},
		{File("shop/pool.g"), g, false, "the end must be whole"},
		{File("shop/pool.go"), empty, false, "a goroutine without frames has no file"},

		{State("chan receive"), g, true, "without the minutes that follow it"},
		{State("chan receive (nil chan)"), g, false, "a state of its own, not a detail"},
		{State("chan"), g, false, "a state is compared whole"},
		{State("chan *"), g, true, "with a wildcard"},

		{Label("job", "sync"), g, true, "key and value"},
		{Label("job", "syncer"), g, false, "a value is compared whole"},
		{Label("Job", "sync"), g, false, "keys are compared with their case"},
		{Label("empty", ""), g, true, "a value may be empty"},
		{Label("absent", ""), g, false, "an absent label is not an empty one"},

		{ID(18), g, true, "its id"},
		{ID(7, 18), g, true, "one of several ids"},
		{ID(7, 1), g, false, "the creator's id is not its own"},

		{StartedIn(7), g, true, "the goroutine that ran the go statement"},
		{StartedIn(18, 1), g, false, "its own id is not its creator's"},
		{StartedIn(1), main, false, "the main goroutine has no creator"},

		{WaitAtLeast(3 * time.Minute), g, true, "as long as that"},
		{WaitAtLeast(4 * time.Minute), g, false, "not as long"},
		{WaitBelow(4 * time.Minute), g, true, "shorter"},
		{WaitBelow(3 * time.Minute), g, false, "not shorter"},
		{WaitAtLeast(time.Minute), empty, false, "a dump that prints no wait does not say that it was short"},
		{Not(WaitAtLeast(time.Minute)), empty, false, "nor that it was long"},
		{WaitBelow(time.Minute), empty, false, "however it is asked"},
		{Any(WaitBelow(time.Minute), ID(18)), g, true, "the other operand decides"},
		{Test("TestX"), g, false, "no dump names a test"},
		{Not(Test("TestX")), g, false, "so it is not known to be another's"},

		{Benign(), g, false, "the catalogue does not know it"},
		{Not(Benign()), g, true, "which is known"},
		{Benign(), main, false, "no more than this"},
		{KnownModule("std"), &stackparse.Goroutine{ID: 1}, true, "the main goroutine"},
		{Known("runtime/main"), &stackparse.Goroutine{ID: 1}, true, "the main goroutine"},
		{Known("runtime/main"), g, false, "another one"},

		{All(ID(18)), g, true, "one operand"},
		{All(ID(18), State("chan receive")), g, true, "every operand matches"},
		{All(ID(18), State("select")), g, false, "one operand does not"},
		{Any(ID(1), State("chan receive")), g, true, "one operand matches"},
		{Any(ID(1), State("select")), g, false, "no operand matches"},
		{Not(ID(1)), g, true, "the operand does not match"},
		{Not(ID(18)), g, false, "the operand matches"},
		{Not(none), empty, true, "a filter that happens to match nothing can be negated"},

		{Filter{}, g, false, "the zero Filter matches nothing"},
		{Filter{}, empty, false, "not even an empty goroutine"},
	} {
		t.Run(tt.filter.String()+" "+tt.reason, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.want, tt.filter.Match(tt.g), "%s: %s", tt.filter, tt.reason)
		})
	}
}

func TestFilterString(t *testing.T) {
	t.Parallel()
	a, b, c := State("select"), ID(1), CreatedBy("shop.New")
	for _, tt := range []struct {
		filter Filter
		want   string
		reason string
	}{
		{Filter{}, "none", "the zero Filter says what it matches"},
		{TopFunction("time.Sleep"), `top:"time.Sleep"`, "one field"},
		{AnyFunction("shop.F"), `any:"shop.F"`, "one field"},
		{c, `created-by:"shop.New"`, "one field"},
		{Package("shop/..."), `package:"shop/..."`, "the pattern stays as it was written"},
		{File("shop/a.go"), `file:"shop/a.go"`, "one field"},
		{State("chan send"), `state:"chan send"`, "one field"},
		{Label("a b", "x\"\n"), `label:"a b"="x\"\n"`, "key and value are quoted: they can hold anything"},
		{ID(3, 1, 2), "id:3,1,2", "ids keep their order"},
		{WaitAtLeast(90 * time.Minute), "wait:>=1h30m", "a duration as a person writes it"},
		{WaitBelow(time.Hour), "wait:<1h", "without zeros"},
		{WaitBelow(1500 * time.Millisecond), "wait:<1.5s", "no minutes at all"},
		{Cause("chan-send"), `cause:"chan-send"`, "one field"},
		{Test("TestX/a"), `test:"TestX/a"`, "one field"},
		{Benign(), `known:"benign"`, "a class"},
		{Known("runtime/main"), `known:"runtime/main"`, "an entry"},
		{KnownModule("std"), `module:"std"`, "a module"},
		{All(a, b), `state:"select" && id:1`, "and"},
		{Any(a, b), `state:"select" || id:1`, "or"},
		{Not(a), `!(state:"select")`, "not"},
		{All(a), `state:"select"`, "one operand needs no operator"},
		{All(Any(a, b), c), `(state:"select" || id:1) && created-by:"shop.New"`, "a combination is parenthesized"},
		{Any(All(a, b), c), `(state:"select" && id:1) || created-by:"shop.New"`, "also where precedence would do"},
		{Not(Any(a, b)), `!(state:"select" || id:1)`, "not has parentheses anyway"},
	} {
		assert.Equal(t, tt.want, tt.filter.String(), tt.reason)
	}
}

// A filter must not change when the slice that it was made from does.
func TestFiltersOwnTheirArguments(t *testing.T) {
	t.Parallel()
	g := parseOne(t, worker)
	ids := []int64{18}
	fs := []Filter{State("chan receive")}
	id, all, anyOf := ID(ids...), All(fs...), Any(fs...)
	ids[0], fs[0] = 1, Filter{}
	assert.True(t, id.Match(g), "ID keeps its own ids")
	assert.True(t, all.Match(g), "All keeps its own filters")
	assert.True(t, anyOf.Match(g), "Any keeps its own filters")
}

// What only the caller knows is yes, no or unknown, and unknown never matches.
func TestMatchSubject(t *testing.T) {
	t.Parallel()
	g := parseOne(t, worker)
	known := Subject{Goroutine: g, Cause: "chan-recv", Test: "TestShop/empty", Wait: time.Second}
	for _, tt := range []struct {
		expr   string
		s      Subject
		want   bool
		reason string
	}{
		{"cause:chan-recv", known, true, "the cause"},
		{"cause:chan-*", known, true, "a family of causes"},
		{"cause:chan-send", known, false, "another cause"},
		{"!cause:chan-send", known, true, "known to be another cause"},
		{"test:TestShop", known, true, "a subtest belongs to its test"},
		{"test:TestShop/empty", known, true, "the test itself"},
		{"test:TestSho", known, false, "a longer name is another test"},
		{"test:TestS*", known, true, "tests by a pattern, with their subtests"},
		{"test:*/empty", known, true, "a subtest of any test"},
		{"test:/^TestShop/", known, true, "a regular expression"},
		{"wait:<2s", known, true, "the caller knows better than the dump, which says minutes"},
		{"cause:chan-recv", Subject{Goroutine: g}, false, "unknown"},
		{"!cause:chan-recv", Subject{Goroutine: g}, false, "unknown stays unknown"},
		{"!(cause:chan-recv && id:18)", Subject{Goroutine: g}, false, "in an and that it decides"},
		{"!(cause:chan-recv && id:19)", Subject{Goroutine: g}, true, "but not where another operand does"},
		{"cause:chan-recv || id:18", Subject{Goroutine: g}, true, "nor in an or"},
		{"wait:>=3m", Subject{Goroutine: g}, true, "what the dump says holds if nothing better is known"},
	} {
		f, err := Parse(tt.expr)
		require.NoError(t, err)
		assert.Equal(t, tt.want, f.MatchSubject(tt.s), "%s: %s", tt.expr, tt.reason)
	}
	assert.False(t, Filter{}.MatchSubject(known), "the zero Filter matches nothing")
}

func TestNeedsSubject(t *testing.T) {
	t.Parallel()
	assert.True(t, MustParse("id:1 || !(cause:x && id:2)").NeedsSubject(), "wherever it stands")
	assert.True(t, Test("TestX").NeedsSubject())
	assert.False(t, MustParse("id:1 && wait:>=5m").NeedsSubject(), "a dump may say how long")
	assert.False(t, Filter{}.NeedsSubject())
}
