package cause

import (
	"path"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Look is a goroutine as a [Match] sees it.
type Look struct {
	*stackparse.Goroutine

	tree *source.Tree
	top  int // index of the innermost call that is not the runtime's
	user int // index of the innermost call that is not the standard library's, or -1
	read bool
	stmt source.Statement // valid once read

	related bool // a Classifier has looked what it has to do with the others
}

func newLook(g *stackparse.Goroutine, tree *source.Tree) *Look {
	if tree == nil {
		tree = &source.Tree{} // it knows nothing, and can be asked
	}
	l := &Look{Goroutine: g, tree: tree, user: tree.User(g.Frames)}
	for l.top < len(g.Frames) && strings.HasPrefix(g.Frames[l.top].Func, "runtime.") {
		l.top++ // a crash shows them
	}
	return l
}

// statement returns what stands in the source where the goroutine waits for
// channels; the zero Statement where that is not known, or where the code that
// waits is the standard library's.
func (l *Look) statement() source.Statement {
	if !l.read && l.user >= 0 && l.user == l.top {
		f := l.Frames[l.user]
		l.stmt, _ = l.tree.Waits(f.File, f.Line, l.State)
	}
	l.read = true
	return l.stmt
}

// The directives below keep the compiler from copying a closure to each of the 200
// calls in the tables: 80 KB of every test binary.

// state matches goroutines in one of the states.
//
//go:noinline
func state(states ...string) Match {
	return func(l *Look) bool { return slices.Contains(states, l.State) }
}

// in matches goroutines that wait in a call of one of the functions: between it
// and the wait is no code but that of the standard library, so that a function
// of the user's which the call led to, and which waits for something of its own,
// is another matter. A name may end in "*", which stands for anything.
//
//go:noinline
func in(fns ...string) Match {
	return func(l *Look) bool {
		return slices.ContainsFunc(l.wait(), func(f stackparse.Frame) bool { return is(f.Func, fns) })
	}
}

// wait returns the innermost calls, up to the first that is not the standard
// library's.
func (l *Look) wait() []stackparse.Frame {
	if l.user < 0 {
		return l.Frames
	}
	// The user's own call is among them: a cause may name it.
	return l.Frames[:l.user+1]
}

// under matches goroutines with a call of one of the functions, however far
// from where they wait. It is for functions that say all of what they call.
//
//go:noinline
func under(fns ...string) Match {
	return func(l *Look) bool {
		return slices.ContainsFunc(l.Frames, func(f stackparse.Frame) bool { return is(f.Func, fns) })
	}
}

// at matches goroutines whose innermost call, the runtime's aside, is of one of
// the functions.
//
//go:noinline
func at(fns ...string) Match {
	return func(l *Look) bool { return l.top < len(l.Frames) && is(l.Frames[l.top].Func, fns) }
}

// by matches goroutines that one of the functions started.
//
//go:noinline
func by(fns ...string) Match {
	return func(l *Look) bool { return l.Creator != nil && is(l.Creator.Func, fns) }
}

// began matches goroutines that run one of the functions from the start: no
// other call is around it.
func began(fns ...string) Match {
	return func(l *Look) bool { n := len(l.Frames); return n > 0 && is(l.Frames[n-1].Func, fns) }
}

// inside matches goroutines with a call of one of the functions, between which
// and the wait is no code but the standard library's and that of the modules.
//
//go:noinline
func inside(modules []string, fns ...string) Match {
	of := func(fn string) bool {
		return slices.ContainsFunc(modules, func(m string) bool {
			rest, found := strings.CutPrefix(fn, m)
			return found && (strings.HasPrefix(rest, ".") || strings.HasPrefix(rest, "/"))
		})
	}
	return func(l *Look) bool {
		for _, f := range l.Frames {
			switch {
			case is(f.Func, fns):
				return true
			case !of(f.Func) && !l.tree.Std(f.Func, f.File):
				return false
			}
		}
		return false
	}
}

// std matches goroutines without a call of code outside of the standard library.
func std(l *Look) bool { return l.user < 0 }

// runsOnce is both where the function of a sync.Once is called and where other
// callers of Do wait for it.
const runsOnce = "sync.(*Once).doSlow"

// recursiveOnce reports whether a goroutine that waits for a sync.Once runs the
// function of one, which is the same as far as the source tells: two that are
// called differently are two.
func (l *Look) recursiveOnce() bool {
	var names []string
	for i := range l.Frames {
		if l.Frames[i].Func != runsOnce {
			continue
		}
		name := ""
		// Do may stand in between, and the call of it tells which Once it is.
		outer := l.Frames[i+1:]
		if j := l.tree.User(outer); j >= 0 {
			lock, _ := l.tree.Wanted(&outer[j])
			name = lock.Name
		}
		names = append(names, name)
	}
	return len(names) > 1 && slices.ContainsFunc(names[1:], func(outer string) bool {
		// Without the source, one Once is likelier than two nested ones.
		return outer == names[0] || outer == "" || names[0] == ""
	})
}

// all matches what every one of the matches does.
//
//go:noinline
func all(ms ...Match) Match {
	return func(l *Look) bool {
		return !slices.ContainsFunc(ms, func(m Match) bool { return !m(l) })
	}
}

// not matches what m does not.
func not(m Match) Match { return func(l *Look) bool { return !m(l) } }

// reads matches goroutines whose statement is as f says.
//
//go:noinline
func reads(f func(source.Statement) bool) Match {
	return func(l *Look) bool { return f(l.statement()) }
}

func is(fn string, names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		if prefix, ok := strings.CutSuffix(name, "*"); ok {
			return strings.HasPrefix(fn, prefix)
		}
		return fn == name
	})
}

// mentions matches goroutines whose innermost function of the user's own code
// uses the name: "os.Stdin", ".Hijack".
//
//go:noinline
func mentions(name string) Match {
	return func(l *Look) bool {
		return l.user >= 0 && l.tree.Mentions(l.Frames[l.user].File, l.Frames[l.user].Line, name)
	}
}

// startedWhere matches goroutines whose go statement is in a function of the
// user's own code that uses the name.
//
//go:noinline
func startedWhere(name string) Match {
	return func(l *Look) bool {
		c := l.Creator
		return c != nil && !l.tree.Std(c.Func, c.File) && l.tree.Mentions(c.File, c.Line, name)
	}
}

// websocket matches goroutines that wait in a package of that name, of
// whichever module: the innermost call outside of the standard library is its.
func websocket(l *Look) bool {
	return l.user >= 0 && path.Base(stackparse.Package(l.Frames[l.user].Func)) == "websocket"
}

// or matches what one of the matches does.
//
//go:noinline
func or(ms ...Match) Match {
	return func(l *Look) bool { return slices.ContainsFunc(ms, func(m Match) bool { return m(l) }) }
}
