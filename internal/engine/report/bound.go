package report

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// What the model holds of one finding. The runtime prints at most a hundred
// calls and the compiler makes no such names, so only made-up or broken input
// is cut; what is kept fits every format.
const (
	maxText  = 2000 // bytes of a string
	maxStack = 200  // calls of a stack: the innermost and the outermost half
	maxList  = 100  // labels, ancestors and lines that could not be read
)

// bound cuts what is too long in f. The goroutine is copied before, so that
// the caller's stays as it is.
func (f *Finding) bound() {
	if len(f.Ignore) > maxText {
		f.Ignore = "" // half of it would match something else
	}
	f.Through = f.Through[:min(len(f.Through), maxList)]
	// Cloned, not only cut: the rest of a list of a million would stay in memory.
	f.Held = slices.Clone(f.Held[:min(len(f.Held), maxList)])
	f.Others = slices.Clone(f.Others[:min(len(f.Others), maxList)])
	f.Args = slices.Clone(f.Args[:min(len(f.Args), maxList)])
	f.Stack, _ = halves(f.Stack)
	f.eachSite(func(s *Site) {
		if len(s.Path) > maxText {
			s.Path = "" // half a path is another file
		}
	})
	f.Numbers = f.Numbers[max(len(f.Numbers)-maxNumbers, 0):] // the newest come last
	f.Likely = slices.Clone(f.Likely[:min(len(f.Likely), maxList)])
	f.Routes = f.Routes[:min(len(f.Routes), maxRoutes)]
	f.Files.Most = slices.Clone(f.Files.Most[:min(len(f.Files.Most), MaxFiles)])
	f.Fix = f.Fix.bound()
	f.eachText(boundText)
	f.Parts = f.Parts[:min(len(f.Parts), maxList)]
	f.Example = *f.Example.Clone()
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

// eachText calls do with every string of f but those of the example.
func (f *Finding) eachText(do func(*string)) {
	c := &f.Cause
	for _, s := range []*string{
		&f.Test, &f.Evidence, &f.Waits, &f.Trend, &f.Course.Since, &f.Basis, &f.Ignore, &f.Module,
		&c.ID, &c.Title, &c.Why, &c.Fix, &c.Source, &c.Since, &c.Lint,
	} {
		do(s)
	}
	for i := range f.Through {
		do(&f.Through[i])
	}
	for i := range f.Held {
		do(&f.Held[i])
	}
	for i := range f.Others {
		do(&f.Others[i])
	}
	for i := range f.Routes {
		do(&f.Routes[i])
	}
	for i := range f.Files.Most {
		do(&f.Files.Most[i].Name)
	}
	for i := range f.Args {
		a := &f.Args[i]
		do(&a.Func)
		do(&a.Name)
		do(&a.Type)
		do(&a.Value)
	}
	f.Fix.eachText(do)
	f.eachSite(func(s *Site) {
		do(&s.Func)
		do(&s.File)
		do(&s.Path)
		do(&s.Source)
	})
}

func boundGoroutine(g *stackparse.Goroutine) {
	var left int
	if g.Frames, left = halves(g.Frames); left > 0 {
		g.Elided, g.ElidedAt = g.Elided+left, maxStack/2 // where the halves meet
	}
	g.Labels = g.Labels[:min(len(g.Labels), maxList)]
	g.Ancestors = g.Ancestors[:min(len(g.Ancestors), maxList)]
	g.Unparsed = g.Unparsed[:min(len(g.Unparsed), maxList)]
	for i := range g.Ancestors {
		a := &g.Ancestors[i]
		if len(a.Frames) > maxStack {
			a.Frames, a.Elided = a.Frames[:maxStack], true
		}
	}
	eachString(g, boundText)
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
func boundText(s *string) {
	if len(*s) <= maxText {
		return
	}
	end := maxText - len("…")
	// Text that is not UTF-8 may have no start of a character for long.
	for i := 0; i < utf8.UTFMax && !utf8.RuneStart((*s)[end]); i++ {
		end--
	}
	*s = strings.Clone((*s)[:end]) + "…"
}

// eachString calls f with every string of g.
func eachString(g *stackparse.Goroutine, f func(*string)) {
	f(&g.State)
	for i := range g.Labels {
		f(&g.Labels[i].Key)
		f(&g.Labels[i].Value)
	}
	for i := range g.Unparsed {
		f(&g.Unparsed[i])
	}
	frames(g.Frames, f)
	creator(g.Creator, f)
	for i := range g.Ancestors {
		frames(g.Ancestors[i].Frames, f)
		creator(g.Ancestors[i].Creator, f)
	}
}

func frames(frames []stackparse.Frame, f func(*string)) {
	for i := range frames {
		f(&frames[i].Func)
		f(&frames[i].Args)
		f(&frames[i].File)
	}
}

func creator(c *stackparse.Creator, f func(*string)) {
	if c != nil {
		f(&c.Func)
		f(&c.File)
	}
}
