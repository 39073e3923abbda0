package cause

import (
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
}

func newLook(g *stackparse.Goroutine, tree *source.Tree) *Look {
	if tree == nil {
		tree = &source.Tree{}
	}
	l := &Look{Goroutine: g, tree: tree, user: -1}
	for l.top < len(g.Frames) && strings.HasPrefix(g.Frames[l.top].Func, "runtime.") {
		l.top++ // a crash shows them
	}
	for i, f := range g.Frames {
		if !tree.Std(f.Func, f.File) {
			l.user = i
			break
		}
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

// state matches goroutines in one of the states.
func state(states ...string) Match {
	return func(l *Look) bool { return slices.Contains(states, l.State) }
}

// on matches goroutines with a call of one of the functions. A name may end in
// "*", which stands for anything.
func on(fns ...string) Match {
	return func(l *Look) bool {
		return slices.ContainsFunc(l.Frames, func(f stackparse.Frame) bool { return is(f.Func, fns) })
	}
}

// at matches goroutines whose innermost call, the runtime's aside, is of one of
// the functions.
func at(fns ...string) Match {
	return func(l *Look) bool { return l.top < len(l.Frames) && is(l.Frames[l.top].Func, fns) }
}

// by matches goroutines that one of the functions started.
func by(fns ...string) Match {
	return func(l *Look) bool { return l.Creator != nil && is(l.Creator.Func, fns) }
}

// all matches what every one of the matches does.
func all(ms ...Match) Match {
	return func(l *Look) bool {
		return !slices.ContainsFunc(ms, func(m Match) bool { return !m(l) })
	}
}

// not matches what m does not.
func not(m Match) Match { return func(l *Look) bool { return !m(l) } }

// reads matches goroutines whose statement is as f says.
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
func mentions(name string) Match {
	return func(l *Look) bool {
		return l.user >= 0 && l.tree.Mentions(l.Frames[l.user].File, l.Frames[l.user].Line, name)
	}
}

// packaged matches goroutines with a call in a package whose path contains
// part.
func packaged(part string) Match {
	return func(l *Look) bool {
		return slices.ContainsFunc(l.Frames, func(f stackparse.Frame) bool {
			return strings.Contains(stackparse.Package(f.Func), part)
		})
	}
}
