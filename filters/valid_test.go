package filters_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	. "github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
)

// refusal calls f and returns the message that it panics with, "" if it does not.
func refusal(f func()) (message string) {
	defer func() { message, _ = recover().(string) }()
	f()
	return ""
}

// byName are the constructors that take the name of a function.
var byName = map[string]func(string) Filter{"TopFunction": TopFunction, "AnyFunction": AnyFunction, "CreatedBy": CreatedBy}

func TestNamesRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, write string // write is what the message says to write; %FN% stands for the constructor
		reason      string
	}{
		{"", `for example %FN%("net/http.(*Server).Serve")`, "empty"},
		{" \t", `for example %FN%("net/http.(*Server).Serve")`, "blank"},
		{" shop.F", `write "shop.F"`, "leading space"},
		{"shop.F\n", `write "shop.F"`, "a newline at the end"},
		{"created by shop.F", `write CreatedBy("shop.F")`, "a pasted creator line"},
		{"shop.F in goroutine 7", `write %FN%("shop.F")`, "the creator's id"},
		{"shop.F(0x1)", `write %FN%("shop.F")`, "pasted arguments"},
		{"shop.F({0x1, 0x2})", `write %FN%("shop.F")`, "a pasted struct argument"},
		{"shop.(*T).F(...)", `write %FN%("shop.(*T).F")`, "the arguments of an inlined call"},
		{"shop.F(_, 0x1)", `write %FN%("shop.F")`, "a register argument that is not live"},
		{"shop.F()", `write %FN%("shop.F")`, "no arguments"},
		{"shop.F[int]", `write %FN%("shop.F[...]")`, "a type argument"},
		{"shop.(*Box[string]).Put", `write %FN%("shop.(*Box[...]).Put")`, "a receiver's type argument"},
		{"*", `%FN%("net/http.(*Server).Serve")`, "matches everything"},
		{"**.*", `matches everything`, "the same in other words"},
		{".(**", `matches everything`, "a star after that of a receiver is a wildcard"},
		{"*Serve", `"**.Serve" to leave the package open`, "a wildcard that no package's name can take the place of"},
		{"shop/*/api", `Package("shop//api")`, "a package with a wildcard"},
		{"shop." + strings.Repeat("a*", 600), "1024", "a pattern that takes long to match"},
		{"Serve", `Package("Serve") or the full name`, "no package"},
		{"net/http", `Package("net/http") or the full name`, "a package alone"},
	} {
		for fn, make := range byName {
			message := refusal(func() { make(tt.name) })
			assert.Contains(t, message, "filters."+fn+": ", "%s: %s", fn, tt.reason)
			assert.Contains(t, message, strings.ReplaceAll(tt.write, "%FN%", fn), "%s: %s", fn, tt.reason)
		}
	}
}

func TestHiddenNamesRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, reason string }{
		{"runtime.gopark", "what every parked goroutine is in, and no dump shows"},
		{"runtime.chanrecv1", "the runtime's part of a channel operation"},
		{"runtime.goexit", "the bottom of every stack"},
		{"runtime.main", "left out above main.main"},
		{"runtime.(*mheap).alloc", "a method of an unexported type"},
	} {
		assert.Contains(t, refusal(func() { TopFunction(tt.name) }), `for example TopFunction("time.Sleep")`, tt.reason)
		golden.Words(t, tt.reason, refusal(func() { AnyFunction(tt.name) }))
	}
	assert.Empty(t, refusal(func() { CreatedBy("runtime.main") }), "a go statement of the runtime is printed")
}

func TestOddNamesAccepted(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, reason string }{
		{"main.(*T).Ptr-fm", "a method value"},
		{"main.(*Box[...]).Map[...]", "generic in receiver and function"},
		{"gopkg.in/natefinch/lumberjack%2ev2.(*Logger).millRun", "an escaped import path"},
		{"main.世界", "letters beyond ASCII"},
		{"main.init.2.func1.1-range1", "a loop body over a function, in an init"},
		{"panic", "printed without a package"},
		{"shop.*", "all of a package"},
		{"**.run", "any package"},
		{"shop*", "packages, too"},
		{"shop/**", "packages below"},
		{"shop.FetchAll.func*", "closures"},
		{"main._Cfunc_f", "a call of C"},
		{"sync.runtime_Semacquire", "the runtime's, by another package's name"},
		{"runtime.GC", "exported by the runtime"},
		{"runtime.runFinalizers", "printed though unexported"},
		{"runtime.runCleanups", "printed though unexported"},
		{"main.T.Value", "a value receiver"},
		{"main.glob..func1", "a closure of a package variable"},
	} {
		for fn, make := range byName {
			assert.Empty(t, refusal(func() { make(tt.name) }), "%s: %s", fn, tt.reason)
		}
	}
}

func TestOtherArgumentsRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		make   func()
		write  string
		reason string
	}{
		{func() { Package("") }, `Package("database/sql")`, "empty"},
		{func() { Package("/...") }, `Package("database/sql")`, "every package"},
		{func() { Package("net/http.(*Server)") }, "use AnyFunction", "a method is no package"},
		{func() { Package("shop/*") }, `Package("database/sql")`, "a wildcard"},
		{func() { Package(" shop") }, `write "shop"`, "leading space"},
		{func() { File("") }, `File("shop/fetch.go")`, "every file ends in nothing"},
		{func() { File("shop/fetch.go:13") }, `write File("shop/fetch.go") without :13`, "a pasted position"},
		{func() { File("shop/fetch.go ") }, `write "shop/fetch.go"`, "trailing space"},
		{func() { State("") }, `State("chan receive")`, "empty"},
		{func() { State("chan receive (leaked)") }, `"(leaked)" is not part of a state`, "the mark of the proof"},
		{func() { State("select (durable)") }, `"(durable)" is not part of a state`, "the mark of a bubble"},
		{func() { State("select (scan)") }, `"(scan)" is not part of a state`, "the mark of the collector"},
		{func() { State("chan receive, 5 minutes") }, `"minutes" is not part of a state`, "the wait"},
		{func() { State("syscall, locked to thread") }, `"locked to thread" is not part of a state`, "the lock"},
		{func() { State("[chan receive]") }, "without brackets", "pasted with brackets"},
		{func() { State("chan receive]:") }, "without brackets", "pasted with the end of the header"},
		{func() { Label("", "x") }, `Label("job", "sync")`, "a label has a key"},
		{func() { Label(" job", "x") }, `write "job"`, "leading space in a key"},
		{func() { ID() }, "pass the ids to match", "no ids"},
		{func() { ID(0) }, "ids start at 1", "the runtime's g0"},
		{func() { ID(3, -1) }, "ids start at 1", "negative"},
		{func() { StartedIn() }, "pass the ids to match", "no ids of creators"},
		{func() { StartedIn(0) }, "ids start at 1", "no creator's id"},
		{func() { Package("shop/*") }, `Package("database/...")`, "what a wildcard was meant for"},
		{func() { WaitAtLeast(0) }, "5*time.Minute", "everything waits that long"},
		{func() { WaitBelow(-1) }, "5*time.Minute", "nothing waits that short"},
		{func() { Cause("") }, `Cause("chan-send")`, "empty"},
		{func() { Test(" TestX") }, `write "TestX"`, "leading space"},
		{func() { Test("*") }, `Test("TestFetch/empty")`, "every test"},
		{func() { State("*") }, `State("chan receive")`, "every state"},
		{func() { Known("") }, "filters.Catalogue lists", "empty"},
		{func() { Known("runtime/mian") }, `no entry for "runtime/mian"`, "no such entry"},
		{func() { KnownModule("example.com/x") }, `no entry for "example.com/x"`, "a module without an entry"},
		{func() { All() }, "matches every goroutine; pass at least one filter", "all of nothing"},
		{func() { Any() }, "matches no goroutine; pass at least one filter", "any of nothing"},
		{func() { All(ID(1), Filter{}) }, "argument 2 is the zero Filter", "never matches"},
		{func() { Any(Filter{}, ID(1)) }, "argument 1 is the zero Filter", "adds nothing"},
		{func() { Not(Filter{}) }, "for example CreatedBy", "matches everything"},
	} {
		message := refusal(tt.make)
		assert.Contains(t, message, tt.write, tt.reason)
		assert.Regexp(t, `^filters\.[A-Z][A-Za-z]+: `, message, tt.reason)
	}
}
