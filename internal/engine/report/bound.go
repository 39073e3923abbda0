package report

import (
	"slices"
	"unicode/utf8"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// Bounds on the parts of a finding. The runtime prints at most a hundred
// calls, and the compiler makes no names of this length, so only made-up or
// broken input is cut. The rest fits every format.
const (
	maxText  = 2000 // bytes of a string
	maxStack = 200  // calls of a stack: the innermost and the outermost half
	maxList  = 100  // labels, ancestors and lines that could not be read
)

// bound cuts what is too long in f, which is a copy: what the caller has of the
// goroutine stays as it is.
func (f *Finding) bound() {
	if len(f.Ignore) > maxText {
		f.Ignore = "" // half of it would match something else
	}
	f.Through = f.Through[:min(len(f.Through), maxList)]
	f.Held = f.Held[:min(len(f.Held), maxList)]
	f.Others = f.Others[:min(len(f.Others), maxList)]
	f.Args = f.Args[:min(len(f.Args), maxList)]
	f.Likely = slices.Clone(f.Likely[:min(len(f.Likely), maxList)])
	f.Stack, _ = halves(f.Stack)
	f.eachSite(func(s *Site) {
		if len(s.Path) > maxText {
			s.Path = "" // half a path is another file
		}
	})
	f.Numbers = f.Numbers[max(len(f.Numbers)-maxNumbers, 0):] // the newest come last
	f.Routes = f.Routes[:min(len(f.Routes), maxRoutes)]
	f.Files.Most = f.Files.Most[:min(len(f.Files.Most), MaxFiles)]
	f.Fix = f.Fix.bound()
	rewrite(f, boundText) // copies what is left of the lists: the rest of a million would stay in memory
	f.Parts = f.Parts[:min(len(f.Parts), maxList)]
	boundGoroutine(&f.Example)
}

// eachSite calls do with every place of f.
func (f *Finding) eachSite(do func(*Site)) {
	do(&f.At)
	do(&f.Started)
	do(&f.Called)
	for i := range f.Stack {
		do(&f.Stack[i])
	}
	for i := range f.Likely {
		do(&f.Likely[i])
	}
}

func boundGoroutine(g *stackparse.Goroutine) {
	var left int
	if g.Frames, left = halves(g.Frames); left > 0 {
		g.Elided, g.ElidedAt = g.Elided+left, maxStack/2 // where the halves meet
	}
	g.Labels = g.Labels[:min(len(g.Labels), maxList)]
	g.Ancestors = g.Ancestors[:min(len(g.Ancestors), maxList)]
	g.Unparsed = g.Unparsed[:min(len(g.Unparsed), maxList)]
	rewrite(g, boundText)
	for i := range g.Ancestors { // copies by now
		a := &g.Ancestors[i]
		if len(a.Frames) > maxStack {
			a.Frames, a.Elided = a.Frames[:maxStack], true
		}
	}
}

// halves leaves out the middle of a long stack, and says how much of it.
func halves[T any](stack []T) (kept []T, left int) {
	left = len(stack) - maxStack
	if left <= 0 {
		return stack, 0
	}
	return slices.Concat(stack[:maxStack/2], stack[len(stack)-maxStack/2:]), left
}

// boundText cuts s between two characters. The copy lets go of the rest.
func boundText(s string) string {
	if len(s) <= maxText {
		return s
	}
	end := maxText - len("…")
	// Text that is not UTF-8 may have no start of a character for long.
	for i := 0; i < utf8.UTFMax && !utf8.RuneStart(s[end]); i++ {
		end--
	}
	return s[:end] + "…"
}
