package filters

import (
	"fmt"
	"slices"
	"strings"
)

// TooBroad says why f, used as an ignore, would hide leaks that nobody meant
// to ignore, or returns "".
//
// Ignore lists of real projects are full of names that every goroutine of some
// kind has on its stack: internal/poll.runtime_pollWait is in a leaked Accept
// as in a kept-alive connection, time.Sleep in whatever sleeps. A filter is too
// broad if it has an alternative that asks for nothing narrower. The zero Filter
// is not.
func TooBroad(f Filter) (why string) {
	if f.n == nil {
		return ""
	}
	return f.n.broad(false)
}

// broad is TooBroad of n, or of its negation: not is carried down to the
// terms, and turns and into or on its way.
func (n *node) broad(negated bool) string {
	switch {
	case n.op == opTerm && negated:
		return fmt.Sprintf("!(%s) matches every goroutine but some", n.expr)
	case n.op == opTerm:
		return n.term.broad(n.expr)
	case n.op == opNot:
		return n.args[0].broad(!negated)
	case (n.op == opOr) != negated: // one broad alternative is enough
		for _, arg := range n.args {
			if why := arg.broad(negated); why != "" {
				return why
			}
		}
		return ""
	}
	first := "" // a narrow operand narrows all
	for _, arg := range n.args {
		why := arg.broad(negated)
		if why == "" {
			return ""
		}
		if first == "" {
			first = why
		}
	}
	return first
}

// common are functions that tell how a goroutine waits or that it was started
// by a helper, and not what it is. The text completes "NAME is ...".
var common = map[string][]struct{ name, what string }{
	"call": {
		{"internal/poll.runtime_pollWait", "on the stack of every goroutine that waits for the network or a pipe"},
		{"internal/poll.(*FD).Read", "on the stack of every goroutine that reads from a connection or a pipe"},
		{"internal/poll.(*FD).Write", "on the stack of every goroutine that writes to a full connection or pipe"},
		{"internal/poll.(*FD).Accept", "on the stack of every server that accepts connections"},
		{"net.(*conn).Read", "on the stack of every goroutine that reads from a connection"},
		{"time.Sleep", "on the stack of every goroutine that sleeps"},
		{"sync.runtime_notifyListWait", "on the stack of every goroutine that waits on a sync.Cond"},
		{"sync.(*Cond).Wait", "on the stack of every goroutine that waits on a sync.Cond"},
		{"sync.runtime_Semacquire", "on the stack of every goroutine that waits on a semaphore"},
		{"sync.runtime_SemacquireMutex", "on the stack of every goroutine that waits for a lock"},
		{"internal/sync.runtime_SemacquireMutex", "on the stack of every goroutine that waits for a lock"},
		{"sync.runtime_SemacquireRWMutexR", "on the stack of every goroutine that waits for a lock"},
		{"sync.runtime_SemacquireRWMutex", "on the stack of every goroutine that waits for a lock"},
		{"sync.(*Mutex).Lock", "on the stack of every goroutine that waits for a lock"},
		{"internal/sync.(*Mutex).Lock", "on the stack of every goroutine that waits for a lock"},
		{"internal/sync.(*Mutex).lockSlow", "on the stack of every goroutine that waits for a lock"},
		{"sync.runtime_SemacquireWaitGroup", "on the stack of every goroutine that waits for others"},
		{"sync.(*WaitGroup).Wait", "on the stack of every goroutine that waits for others"},
		{"sync.(*WaitGroup).Go.func1", "on the stack of every goroutine that a WaitGroup starts"},
		{"syscall.syscall", "on the stack of every goroutine in a system call"},
		{"syscall.Syscall", "on the stack of every goroutine in a system call"},
		{"syscall.Syscall6", "on the stack of every goroutine in a system call"},
		{"syscall.RawSyscall6", "on the stack of every goroutine in a system call"},
		{"testing.tRunner", "on the stack of every test"},
		{"net/http.(*conn).serve", "on the stack of every HTTP handler"},
		{"iter.Pull[...].func1", "on the stack of every iterator that is pulled from"},
		{"iter.Pull[...].func1.1", "on the stack of every iterator that is pulled from"},
		{"iter.Pull2[...].func1", "on the stack of every iterator that is pulled from"},
		{"iter.Pull2[...].func1.1", "on the stack of every iterator that is pulled from"},
		{"golang.org/x/sync/errgroup.(*Group).Go.func1", "on the stack of every goroutine of an errgroup"},
		{"k8s.io/apimachinery/pkg/util/wait.BackoffUntil", "on the stack of every wait.Until, wait.Forever and " +
			"wait.JitterUntil"},
		{"k8s.io/apimachinery/pkg/util/wait.BackoffUntilWithContext", "on the stack of every wait.Until, wait.Forever and " +
			"wait.JitterUntil"},
		{"k8s.io/apimachinery/pkg/util/wait.loopConditionUntilContext", "on the stack of every wait.Poll"},
	},
	"creator": {
		{"sync.(*WaitGroup).Go", "the creator of every goroutine that a WaitGroup starts"},
		{"golang.org/x/sync/errgroup.(*Group).Go", "the creator of every goroutine of an errgroup"},
		{"testing.(*T).Run", "the creator of every test"},
		{"time.goFunc", "the creator of every time.AfterFunc"},
		{"iter.Pull[...]", "the creator of every iterator that is pulled from"},
		{"iter.Pull2[...]", "the creator of every iterator that is pulled from"},
		{"net/http.(*Server).Serve", "the creator of every connection's goroutine, and so of every HTTP handler"},
		{"k8s.io/apimachinery/pkg/util/wait.(*Group).Start", "the creator of every goroutine of a wait.Group"},
	},
	"package": {
		{"runtime", "where every goroutine that waits ends"},
		{"internal/poll", "on the stack of every goroutine that waits for the network or a pipe"},
		{"internal/sync", "on the stack of every goroutine that waits for a lock"},
		{"iter", "on the stack of every iterator that is pulled from"},
		{"net", "on the stack of every goroutine that waits for the network"},
		{"net/http", "on the stack of every HTTP handler"},
		{"sync", "on the stack of every goroutine that waits for a lock or a WaitGroup"},
		{"syscall", "on the stack of every goroutine in a system call"},
		{"testing", "a part of every test"},
		{"time", "on the stack of every goroutine that sleeps"},
		{"main", "a part of every goroutine of a program's own"},
	},
	"file": {
		{"/src/internal/poll/fd_unix.go", "on the stack of every goroutine that waits for the network or a pipe"},
		{"/src/internal/poll/fd_poll_runtime.go", "on the stack of every goroutine that waits for the network or a pipe"},
		{"/src/runtime/sema.go", "on the stack of every goroutine that waits on a semaphore"},
		{"/src/runtime/time.go", "on the stack of every goroutine that sleeps"},
		{"/src/testing/testing.go", "a part of every test"},
	},
}

// commonList says which list of common a field looks in.
var commonList = map[string]string{"top": "call", "any": "call", "created-by": "creator", "package": "package",
	"file": "file"}

func (t term) broad(expr string) string {
	// Whatever their value, these fields say nothing about the code that started a goroutine.
	switch t.field {
	case "state", "wait", "cause":
		return fmt.Sprintf("%s alone matches every goroutine that waits so, no matter what started it", expr)
	case "test":
		return fmt.Sprintf("%s alone matches every leak of the test", expr)
	case "started-in":
		return fmt.Sprintf("%s alone matches whatever that goroutine started", expr)
	}
	for _, c := range common[commonList[t.field]] {
		// By match and not by name: a wildcard may take in common functions.
		if t.match(c.name) {
			return fmt.Sprintf("%s is %s", c.name, c.what)
		}
	}
	return ""
}

// NeverMatches says why f can match no goroutine at all, or returns "". The
// constructors refuse a term that cannot match; NeverMatches finds terms
// that exclude each other, such as two creators.
func NeverMatches(f Filter) (why string) {
	if f.n == nil {
		return "the zero Filter matches nothing"
	}
	return f.n.never()
}

func (n *node) never() string {
	switch n.op {
	case opOr: // each alternative has to be impossible
		why := ""
		for _, arg := range n.args {
			if why = arg.never(); why == "" {
				return ""
			}
		}
		return why
	case opAnd:
		return conflict(n.conjuncts(nil))
	}
	return ""
}

// conjuncts appends the operands of n, with those of an and within it.
func (n *node) conjuncts(to []*node) []*node {
	if n.op != opAnd {
		return append(to, n)
	}
	for _, arg := range n.args {
		to = arg.conjuncts(to)
	}
	return to
}

// conflict returns why no goroutine fulfils all of ns.
func conflict(ns []*node) string {
	negated := map[string]bool{} // what a not stands before
	single := map[string]*node{} // fields of which a goroutine has one value
	// In a pass of its own, since the term may stand before its negation.
	for _, n := range ns {
		if n.op == opNot {
			negated[n.args[0].expr] = true
		}
	}
	for _, n := range ns {
		if negated[n.expr] {
			return fmt.Sprintf("%s is both required and excluded", n.expr)
		}
		if n.op == opOr {
			if why := n.never(); why != "" {
				return why
			}
		}
		// Two patterns may match one text, and two calls may be on one stack.
		if n.op != opTerm || n.term.kind != exact || !oneValued(n.term) {
			continue
		}
		before, ok := single[n.term.field]
		if ok && differ(before.term, n.term) {
			return fmt.Sprintf("no goroutine has both %s and %s", before.expr, n.expr)
		}
		single[n.term.field] = n
	}
	return ""
}

// oneValued reports whether a goroutine has one value for t's field, which t
// names whole. A test is not: its subtests belong to it.
func oneValued(t term) bool {
	return slices.Contains([]string{"top", "created-by", "state", "cause", "id", "started-in"}, t.field)
}

// differ reports whether a and b, which ask the same field, exclude each other.
func differ(a, b term) bool {
	if a.field == "id" || a.field == "started-in" { // lists, of which one id in common is enough
		others := strings.Split(b.value, ",")
		return !slices.ContainsFunc(strings.Split(a.value, ","), func(id string) bool { return slices.Contains(others, id) })
	}
	// Both ways, since a name may be written as in source and as the linker escapes it.
	return !a.match(b.value) && !b.match(a.value)
}
