package filters

import "github.com/leakcheck-go/goroutine/stackparse"

// Suggest returns a filter for an ignore of g and of the goroutines that were
// started like it: by the same go statement's function or, where a helper such
// as sync.WaitGroup.Go started it, by what it runs. It matches g, is not
// [TooBroad], and reads back from its text. It is false for a goroutine whose
// names allow no such filter.
func Suggest(g *stackparse.Goroutine) (Filter, bool) {
	if g.Creator != nil {
		if f, ok := suggestTerm("created-by", g.Creator.Func); ok {
			return f, true
		}
	}
	for i := len(g.Frames) - 1; i >= 0; i-- {
		fn := g.Frames[i].Func
		if f, ok := suggestTerm("any", fn); ok && !commonPackage(fn) {
			return f, true
		}
	}
	return Filter{}, false
}

// suggestTerm makes field:name, if that is narrow and means name alone.
func suggestTerm(field, name string) (Filter, bool) {
	f, problem := newTerm(inExpression, field, name)
	return f, problem == "" && f.n.term.kind == exact && TooBroad(f) == ""
}

// commonPackage reports whether fn is of a package that is on the stacks of
// goroutines of every kind. Package main is not for a function's own name.
func commonPackage(fn string) bool {
	pkg := stackparse.Package(fn)
	for _, c := range common["package"] {
		if c.name == pkg && pkg != "main" {
			return true
		}
	}
	return false
}
