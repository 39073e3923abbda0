package filters

import (
	"strings"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// Suggest returns a filter for an ignore of g and of the goroutines that were
// started like it: by the same go statement's function or, where a helper such
// as sync.WaitGroup.Go started it, by what it runs. It matches g, is not
// [TooBroad], and reads back from its text. It is false for a goroutine whose
// names allow no such filter.
//
// Functions of the standard library are not suggested. An ignore of what
// net/http.(*Transport).dialConn starts would hide every response body that
// somebody forgets to close.
func Suggest(g *stackparse.Goroutine) (Filter, bool) {
	if g.Creator != nil && !standard(g.Creator.Func) {
		// The creator is the same wherever the goroutine waits, so the ignore keeps matching.
		if f, ok := suggestTerm("created-by", g.Creator.Func); ok {
			return f, true
		}
	}
	// The outermost call is what was started; where it waits, other goroutines may, too.
	for i := len(g.Frames) - 1; i >= 0; i-- {
		fn := g.Frames[i].Func
		if f, ok := suggestTerm("any", fn); ok && !commonPackage(fn) && !standard(fn) {
			return f, true
		}
	}
	return Filter{}, false
}

// standard reports whether fn is a function of the standard library. A module's
// path may be without a point as well, but is not likely to begin like these.
func standard(fn string) bool {
	first, _, _ := strings.Cut(stackparse.Package(fn), "/")
	return standardFolders[first]
}

// standardFolders are the folders of GOROOT/src that hold packages which can start
// goroutines or be below those that do.
var standardFolders = map[string]bool{
	"bufio": true, "compress": true, "context": true, "crypto": true, "database": true, "encoding": true,
	"expvar": true, "fmt": true, "internal": true, "io": true, "iter": true, "log": true, "mime": true,
	"net": true, "os": true, "reflect": true, "runtime": true, "sync": true, "syscall": true, "testing": true,
	"time": true,
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
