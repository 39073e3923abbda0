package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// A library's goroutine waits in code that the reader of a report did not write
// and cannot change, so advice on the channel or lock that it waits for is for
// somebody else. The reader has the value that the library made, and can call the
// method of that value which ends the goroutine.

// stopped is what the report says in place of such advice.
const stopped = "a goroutine of %s that nobody stopped"

// library sets the module of the library that f belongs to, and replaces advice
// on its code by how to stop it.
func (f *Finding) library(g *stackparse.Goroutine, tree *source.Tree) {
	// the innermost call that is not the standard library's
	inner := slices.IndexFunc(f.Stack, func(s Site) bool { return !s.Std })
	own := slices.IndexFunc(f.Stack, func(s Site) bool { return !s.Std && moduleOf(g, &s, tree) == "" })
	caller, callee := calling(g, tree)
	switch {
	case own >= 0 && inner >= 0 && inner < own:
		f.inLibrary(g, inner, own, tree)
		return
	case own >= 0:
		return // the user's own code, no matter who started it
	// Ancestors tell what the user called, which names the module better than what runs.
	case callee != nil:
		s := site(tree, callee.Func, callee.File, callee.Line)
		f.Module = moduleOf(g, &s, tree)
		if c := tree.Closer(callee.Func, callee.File); c.Context || len(c.Methods) > 0 {
			f.stop = stopText(c, callee.Func, tree.Assigned(caller.File, f.Called.Line))
		}
	// The user's go statement runs a function of the library: the outermost call.
	case inner >= 0 && f.Started.Func != "" && !f.Started.Std && moduleOf(g, &f.Started, tree) == "":
		outer := len(f.Stack) - 1
		for f.Stack[outer].Std {
			outer--
		}
		f.Module = moduleOf(g, &f.Stack[outer], tree)
	case f.Started.Func != "" && !f.Started.Std:
		f.Module = moduleOf(g, &f.Started, tree)
	// The standard library started it, or the dump does not say who did.
	case inner >= 0:
		f.Module = moduleOf(g, &f.Stack[inner], tree)
	}
	if f.Module == "" {
		return
	}
	// Both name the call that is missing.
	if fromCatalogue(g) || !f.Cause.General() {
		return
	}
	stop := f.stop
	if stop == "" && callee != nil {
		stop = stopText(source.Closer{}, callee.Func, "")
	} else if stop == "" {
		fn, file := f.maker(g)
		stop = stopText(tree.Closer(fn, file), fn, "")
	}
	f.Cause.Why, f.Cause.Fix, f.Cause.Lint = fmt.Sprintf(stopped, f.Module), stop, ""
}

// inLibrary is for the user's own goroutine that waits within a library: the fix
// is at the call that does not return.
func (f *Finding) inLibrary(g *stackparse.Goroutine, inner, own int, tree *source.Tree) {
	module := moduleOf(g, &f.Stack[inner], tree)
	if module == "" || !f.Cause.General() {
		return
	}
	called := &g.Frames[own-1]
	// The user's code may reach the library through another, as a driver through database/sql.
	for i := own - 1; i > inner && f.Stack[i].Std; i-- {
		called = &g.Frames[i-1]
	}
	if strings.HasPrefix(called.Func, "golang.org/x/sync/") {
		return // the causes know it, and their advice is for its caller
	}
	c := tree.Closer(called.Func, called.File)
	f.Cause.Why = fmt.Sprintf("it is blocked in a call to %s, and nothing ended the call", module)
	f.Cause.Lint = ""
	switch {
	case c.Context && len(c.Methods) > 0:
		f.Cause.Fix = fmt.Sprintf("cancel the context passed to the call, or call %s on the %s",
			orList(c.Methods), c.Type)
	case c.Context:
		f.Cause.Fix = "cancel the context passed to the call"
	case len(c.Methods) > 0:
		f.Cause.Fix = fmt.Sprintf("call %s on the %s", orList(c.Methods), c.Type)
	default:
		f.Cause.Fix = "cancel the context passed to the call, or close the value it was called on"
	}
}

// startedByUser reports whether the go statement is in the main module, in which
// a vendor folder may lie as well.
func (f *Finding) startedByUser() bool {
	return f.Started.Path != "" && !vendored(f.Started.Path)
}

func vendored(file string) bool { return strings.Contains("/"+file, "/vendor/") }

// maker is the function of the library that made what runs: the one with the go
// statement or, where that is the user's, the one that was started.
func (f *Finding) maker(g *stackparse.Goroutine) (fn, file string) {
	if g.Creator != nil && f.Started.Func == g.Creator.Func && !f.startedByUser() && !f.Started.Std {
		return source.Declared(g.Creator.Func), g.Creator.File
	}
	for i := range slices.Backward(f.Stack) { // the outermost call is what was started
		if !f.Stack[i].Std {
			return source.Declared(g.Frames[i].Func), g.Frames[i].File
		}
	}
	return "", ""
}

// stopText says how to stop what a call of fn returned: by the methods of c, as far
// as the source has any. to is the variable that the result is in, or "".
func stopText(c source.Closer, fn, to string) string {
	calls := make([]string, len(c.Methods))
	for i, m := range c.Methods {
		calls[i] = to + "." + m + "()"
	}
	switch {
	case len(calls) > 0 && to != "":
		return orList(calls)
	case len(calls) > 0:
		return fmt.Sprintf("call %s on the %s", orList(c.Methods), c.Type)
	case c.Context && to != "":
		return fmt.Sprintf("cancel the context passed to %s", Name(fn))
	}
	// Without source, a method tells at least which value to look at.
	if f := stackparse.ParseFunc(fn); f.Receiver != "" {
		typ := Name(stackparse.Package(fn) + "." + strings.TrimPrefix(f.Receiver, "*"))
		return fmt.Sprintf("close, stop or shut down the %s, or cancel its context", typ)
	}
	return fmt.Sprintf("close, stop or shut down the value that %s made, or cancel its context", Name(fn))
}

func orList(words []string) string { return strings.Join(words, " or ") }

// fromCatalogue reports whether the catalogue knows how to stop g.
func fromCatalogue(g *stackparse.Goroutine) bool {
	e, ok := filters.Lookup(g)
	return ok && e.Module != "std" && e.Fix != "" && e.Class != filters.ClassBenign
}

// moduleOf is the module of a library's site: by the folder of the module cache or
// of a vendor folder, or by the catalogue where the dump names the file in another
// way. It is "" for the standard library and the user's own code.
func moduleOf(g *stackparse.Goroutine, s *Site, tree *source.Tree) string {
	if s.Std || s.Func == "" || tree.Own(s.Func) {
		return ""
	}
	pkg := stackparse.ParseFunc(s.Func).Package
	if before, _, ok := strings.Cut(s.File, "@v"); ok { // of the module cache
		return longestSuffix(before, pkg)
	}
	if e, ok := filters.Lookup(g); ok && e.Module != "std" && (pkg == e.Module || strings.HasPrefix(pkg, e.Module+"/")) {
		return e.Module
	}
	if vendored(s.File) {
		return likelyModule(pkg)
	}
	return ""
}

// longestSuffix is the path of the module in a folder: the longest start of the
// import path pkg that the folder ends in.
func longestSuffix(folder, pkg string) string {
	folder = "/" + source.Unescape(folder)
	for p := pkg; p != ""; {
		if strings.HasSuffix(folder, "/"+p) {
			return p
		}
		i := strings.LastIndexByte(p, '/')
		p = p[:max(i, 0)]
	}
	return pkg
}

// likelyModule is the module of a vendored package, which no file names: by the
// number of elements that its host has.
func likelyModule(pkg string) string {
	parts := strings.Split(pkg, "/")
	n := 2
	switch parts[0] {
	case "github.com", "gitlab.com", "bitbucket.org", "golang.org", "codeberg.org":
		n = 3
	}
	if len(parts) > n && isVersion(parts[n]) { // a major version is part of the module's path
		n++
	}
	return strings.Join(parts[:min(n, len(parts))], "/")
}

// unstopped is the cause of an entry for the goroutines of a library.
func unstopped(f *Finding, sure bool) cause.Cause {
	title := "of " + f.Module
	if sure {
		title += " that nobody stopped"
	}
	return cause.Cause{ID: "library", Title: title, Source: f.Cause.Source}
}
