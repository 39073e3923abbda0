package gleak

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
)

// Matcher is a matcher as Gomega has them. The matchers of this package are
// matchers of Gomega, and those of Gomega are a Matcher.
type Matcher interface {
	Match(actual any) (success bool, err error)
	FailureMessage(actual any) (message string)
	NegatedFailureMessage(actual any) (message string)
}

// one matches single goroutines.
type one struct {
	name    string // of the function that made it
	matches func(g *Goroutine) bool
	words   string // "to be created by ..."
}

// Match implements [Matcher].
func (m *one) Match(actual any) (success bool, err error) {
	g, err := G(actual, m.name)
	return err == nil && m.matches(&g), err
}

// FailureMessage implements [Matcher].
func (m *one) FailureMessage(actual any) (message string) {
	return "Expected\n" + object(actual) + "\n" + m.words
}

// NegatedFailureMessage implements [Matcher].
func (m *one) NegatedFailureMessage(actual any) (message string) {
	return "Expected\n" + object(actual) + "\nnot " + m.words
}

// IgnoringTopFunction matches goroutines by their innermost call:
//
//	"foo.bar"                is exactly this function
//	"foo.bar..."             is one below it: foo.bar.baz, but not foo.bar
//	"foo.bar [chan receive]" is foo.bar in a state that begins like this
func IgnoringTopFunction(topfname string) Matcher {
	if name, state, ok := strings.Cut(topfname, " ["); ok {
		name, state = strings.Trim(name, " "), strings.Trim(state, "[]")
		return ignoring("IgnoringTopFunction", fmt.Sprintf("to have the topmost function %q and the state %q", name, state),
			func(g *Goroutine) bool { return g.TopFunction == name && strings.HasPrefix(g.State, state) })
	}
	if prefix, ok := below(topfname); ok {
		return ignoring("IgnoringTopFunction", fmt.Sprintf("to have the prefix %q for its topmost function", prefix),
			func(g *Goroutine) bool { return strings.HasPrefix(g.TopFunction, prefix) })
	}
	return ignoring("IgnoringTopFunction", fmt.Sprintf("to have the topmost function %q", topfname),
		func(g *Goroutine) bool { return g.TopFunction == topfname })
}

// IgnoringCreator matches goroutines by the function that holds their go
// statement: "foo.bar" is exactly this one, "foo.bar..." one below it.
func IgnoringCreator(creatorfname string) Matcher {
	if prefix, ok := below(creatorfname); ok {
		return ignoring("IgnoringCreator", fmt.Sprintf("to be created by a function with prefix %q", prefix),
			func(g *Goroutine) bool { return strings.HasPrefix(g.CreatorFunction, prefix) })
	}
	return ignoring("IgnoringCreator", fmt.Sprintf("to be created by %q", creatorfname),
		func(g *Goroutine) bool { return g.CreatorFunction == creatorfname })
}

// IgnoringInBacktrace matches goroutines whose backtrace contains a text, such as
// the name of a function.
func IgnoringInBacktrace(fname string) Matcher {
	return ignoring("IgnoringInBacktrace", fmt.Sprintf("to contain %q in the goroutine's backtrace", fname),
		func(g *Goroutine) bool { return strings.Contains(g.Backtrace, fname) })
}

// IgnoringGoroutines matches the goroutines of a list taken earlier, by their ids.
func IgnoringGoroutines(goroutines []Goroutine) Matcher {
	// Ids alone: the same goroutine may be in another state by now, and no id is used
	// twice.
	ids := map[uint64]bool{}
	for i := range goroutines {
		ids[goroutines[i].ID] = true
	}
	sorted := slices.Sorted(maps.Keys(ids))
	return ignoring("IgnoringGoroutines", "to be contained in the list of expected goroutine IDs\n"+object(sorted),
		func(g *Goroutine) bool { return ids[g.ID] })
}

func ignoring(name, words string, matches func(*Goroutine) bool) Matcher {
	return &one{name: name, matches: matches, words: words}
}

// below returns the prefix that a name with an ellipsis stands for.
func below(name string) (prefix string, ok bool) {
	prefix, ok = strings.CutSuffix(name, "...")
	return prefix + ".", ok
}

// frameworks are the goroutines of Ginkgo and of package testing.
var frameworks = []Matcher{
	IgnoringTopFunction("github.com/onsi/ginkgo/v2/internal.(*Suite).runNode"),
	IgnoringTopFunction("github.com/onsi/ginkgo/v2/internal.(*Suite).runNode..."),
	// One that ends: a dump may show no more than the runtime's call.
	ignoring("", "", func(g *Goroutine) bool {
		return g.TopFunction == "runtime.goexit1" &&
			g.CreatorFunction == "github.com/onsi/ginkgo/v2/internal.(*Suite).runNode"
	}),
	IgnoringTopFunction(
		"github.com/onsi/ginkgo/v2/internal/interrupt_handler.(*InterruptHandler).registerForInterrupts..."),
	IgnoringTopFunction("github.com/onsi/ginkgo/internal/specrunner.(*SpecRunner).registerForInterrupts"),
	IgnoringCreator("github.com/onsi/ginkgo/v2/internal.(*genericOutputInterceptor).ResumeIntercepting"),
	IgnoringCreator("github.com/onsi/ginkgo/v2/internal.(*genericOutputInterceptor).ResumeIntercepting..."),
	IgnoringCreator("github.com/onsi/ginkgo/v2/internal.RegisterForProgressSignal"),
	IgnoringTopFunction("testing.RunTests [chan receive]"),
	IgnoringTopFunction("testing.(*T).Run [chan receive]"),
	IgnoringTopFunction("testing.(*T).Parallel [chan receive]"),
	IgnoringTopFunction("os/signal.signal_recv"),
	IgnoringTopFunction("os/signal.loop"),
	IgnoringInBacktrace("runtime.ensureSigM"),
	IgnoringInBacktrace("runtime.ReadTrace"),
}

// parallel is the goroutines that [IgnoreGinkgoParallelClient] has found.
var parallel struct {
	sync.Mutex
	clients []Matcher
}

// IgnoreGinkgoParallelClient makes all matchers of [HaveLeaked] that are made from
// now on ignore the connection of this process to the others of "ginkgo -p". Call
// it in BeforeSuite.
func IgnoreGinkgoParallelClient() {
	// Ginkgo's processes talk over net/rpc unless this variable says HTTP.
	creator := "net/rpc.NewClientWithCodec"
	if os.Getenv("GINKGO_PARALLEL_PROTOCOL") == "HTTP" {
		creator = "net/http.(*Transport).dialConn"
	}
	var clients []Goroutine
	for _, g := range Goroutines() {
		if g.CreatorFunction == creator {
			clients = append(clients, g)
		}
	}
	if len(clients) > 0 {
		parallel.Lock()
		defer parallel.Unlock()
		parallel.clients = append(parallel.clients, IgnoringGoroutines(clients))
	}
}

// standard returns what every HaveLeaked ignores.
func standard() []Matcher {
	parallel.Lock()
	defer parallel.Unlock()
	// A list of its own, since HaveLeaked appends to it.
	return slices.Concat(frameworks, parallel.clients)
}
