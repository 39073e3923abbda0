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

// likelyCalls are the calls of a module whose responses are not closed. They are named
// for connections if the dump does not say who sent the requests.
type likelyCalls struct {
	gs    []stackparse.Goroutine
	tree  *source.Tree
	asked bool
	sites []report.Site // nil where the module is not that of the program
}

// of returns the calls for a finding that they may be the reason of.
func (c *likelyCalls) of(f *report.Finding) []report.Site {
	if f.Cause.ID != unclosedBody || f.Called.Func != "" {
		return nil
	}
	if !c.asked && built(c.gs, c.tree) {
		for _, call := range bodies.Unclosed(c.tree.Root) {
			file := filepath.Join(c.tree.Root, filepath.FromSlash(call.File))
			c.sites = append(c.sites, report.Site{
				Func: call.Func, File: c.tree.Short(file), Path: call.File, Line: call.Line, Source: call.Text,
			})
		}
	}
	c.asked = true
	return c.sites
}

// notes say what was named.
func (c *likelyCalls) notes() []string {
	if len(c.sites) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("the source of the module has %s whose response does not seem to be closed; "+
		"with GODEBUG=tracebackancestors=10 in the environment of the program, a dump names the call",
		words.Count(len(c.sites), "call"))}
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
