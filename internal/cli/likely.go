package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/leakcheck-go/goroutine/internal/dumps/bodies"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/internal/engine/words"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// unclosedBody is the cause of a connection whose response was not closed.
const unclosedBody = "http-body-not-closed"

// addLikely names the calls of the module whose responses are not closed, for
// connections of which the dump does not say who sent their requests. The module has
// to be that of the program.
func addLikely(r *report.Report, gs []stackparse.Goroutine, tree *source.Tree) {
	wants := func(f report.Finding) bool { return f.Cause.ID == unclosedBody && f.Called.Func == "" }
	if !slices.ContainsFunc(r.Findings, wants) || !built(gs, tree) {
		return
	}
	var likely []report.Site
	for _, c := range bodies.Unclosed(tree.Root) {
		file := filepath.Join(tree.Root, filepath.FromSlash(c.File))
		likely = append(likely, report.Site{Func: c.Func, File: tree.Short(file), Path: c.File, Line: c.Line, Source: c.Text})
	}
	if len(likely) == 0 {
		return
	}
	for i := range r.Findings {
		if wants(r.Findings[i]) {
			r.Findings[i].Likely = likely
		}
	}
	r.Notes = append(r.Notes, fmt.Sprintf("the source of the module has %s whose response is not closed, "+
		"as far as it shows; with GODEBUG=tracebackancestors=10 in the environment of the program, a dump says which it was",
		words.Count(len(likely), "call")))
}

// built reports whether the program was built from the module of the tree: some of
// its goroutines run files that are there.
func built(gs []stackparse.Goroutine, tree *source.Tree) bool {
	own := func(fn, file string) bool {
		path := tree.InModule(file)
		if path == "" || !tree.Own(fn) {
			return false
		}
		_, err := os.Stat(filepath.Join(tree.Root, filepath.FromSlash(path)))
		return err == nil
	}
	return slices.ContainsFunc(gs, func(g stackparse.Goroutine) bool {
		return g.Creator != nil && own(g.Creator.Func, g.Creator.File) ||
			slices.ContainsFunc(g.Frames, func(f stackparse.Frame) bool { return own(f.Func, f.File) })
	})
}
