package migrate

import (
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"path"
	"slices"
	"strconv"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/internal/engine/gosyntax"
)

// use is a place where a name of a checker stands.
type use struct {
	*file
	checker *checker
	name    string
	expr    ast.Expr   // the name, with its package
	above   []ast.Node // the nodes around expr, innermost first
}

// site is what a use is rewritten to, or why it is not.
type site struct {
	node   ast.Node // where it stands
	lib    string   // the name of the checker
	what   string   // "goleak.VerifyNone"
	edits  []edit
	shared bool   // it is rewritten together with all others of the package, or not at all
	why    string // it is not rewritten; "" if it is
	call   bool   // it counts as a call
}

// edit replaces the source from pos to end.
type edit struct {
	pos, end token.Pos
	text     string
}

// call returns the call that u is the function of, or nil.
func (u *use) call() *ast.CallExpr {
	if call, ok := u.above[0].(*ast.CallExpr); ok && call.Fun == u.expr {
		return call
	}
	return nil
}

func (u *use) site(node ast.Node) site {
	return site{node: node, lib: u.checker.name, what: u.checker.name + "." + u.name}
}

// left is a site that stays as it is.
func (u *use) left(format string, args ...any) site {
	s := u.site(u.expr)
	s.why = fmt.Sprintf(format, args...)
	return s
}

// leakcheck and filter return a name of our packages as this file writes it.
func (f *file) leakcheck(name string) string { return f.qualified(checkPath, name) }

func (f *file) filter(name string) string { return f.qualified(filtersPath, name) }

// qualified returns name of the package with the given path, for a file that
// imports it or will.
func (f *file) qualified(pkg, name string) string {
	if have, ok := f.names[pkg]; ok && have == "." {
		return name
	}
	return f.packageName(pkg) + "." + name
}

// packageName is the name of one of our packages in f: the one that the file
// gives it already, or else one that nothing else has. A local variable named
// filters would hide the package from the call below it, and a function of that
// name in another file of the package would not compile with the import.
func (f *file) packageName(pkg string) string {
	if have, ok := f.names[pkg]; ok && have != "_" {
		return have
	}
	base := path.Base(pkg)
	for _, name := range []string{base, "leak" + base, "goroutine" + base} {
		if !f.taken(name) {
			return name
		}
	}
	return "leakcheck_" + base
}

// taken reports whether name means something in the package or anywhere in f.
func (f *file) taken(name string) bool {
	if f.pkg.scope.Lookup(name) != nil || slices.Contains(slices.Collect(maps.Values(f.names)), name) {
		return true
	}
	return gosyntax.Has(f.tree, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		return ok && id.Name == name && f.pkg.info.Defs[id] != nil
	})
}

// text is the source of a node.
func (f *file) text(n ast.Node) string {
	return string(f.src[f.offset(n.Pos()):f.offset(n.End())])
}

func (f *file) offset(pos token.Pos) int { return f.pkg.fset.PositionFor(pos, false).Offset }

func (f *file) line(pos token.Pos) int { return f.pkg.fset.PositionFor(pos, false).Line }

// deadName says why an ignore by a name, where the source has it, could match
// nothing.
func deadName(term string, e ast.Expr) string {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return ""
	}
	name, err := strconv.Unquote(lit.Value)
	if err != nil {
		return ""
	}
	_, err = filters.Parse(term + ":" + strconv.Quote(name))
	if syntax, ok := err.(*filters.SyntaxError); ok {
		return syntax.Msg
	}
	return ""
}

// rewrite rewrites the files of p and adds what became of them to r.
//
// First all sites are looked at, and then all are decided about: a shared site
// that stays keeps those of the same checker in the whole package, since a value
// of the one checker's type is no use to the other's functions.
func (p *pkg) rewrite(r *Result) {
	sites := map[*file][]site{}
	blocked := map[string]string{} // by checker: a shared site that stays, and its place
	for _, f := range p.files {
		sites[f] = f.sites()
		for _, s := range sites[f] {
			if s.shared && s.why != "" && blocked[s.lib] == "" {
				blocked[s.lib] = fmt.Sprintf("%s at %s:%d", s.what, f.path, f.line(s.node.Pos()))
			}
		}
	}
	for _, f := range p.files {
		for i := range sites[f] {
			s := &sites[f][i]
			if by := blocked[s.lib]; s.shared && s.why == "" && by != "" {
				s.why = fmt.Sprintf("it shares values with %s, which has to be changed by hand first", by)
			}
			if s.why != "" {
				r.Left = append(r.Left, Left{f.path, f.line(s.node.Pos()), s.what, s.why})
			} else if s.call {
				r.Calls++
			}
		}
		if f.usesChecker() {
			f.finish(r, sites[f])
		}
	}
}

// sites looks at all uses of checkers in f. Those that another one rewrites
// with it have no site of their own: an option that stands in the call of a
// check, or the subject of an assertion.
func (f *file) sites() []site {
	if !f.usesChecker() {
		return nil
	}
	var sites []site
	ast.PreorderStack(f.tree, nil, func(n ast.Node, stack []ast.Node) bool {
		if _, ok := n.(*ast.ImportSpec); ok {
			return false
		}
		c, name := f.checkerName(n)
		if c == nil || isMember(n, stack[len(stack)-1]) {
			return true
		}
		above := slices.Clone(stack)
		slices.Reverse(above)
		u := &use{f, c, name, n.(ast.Expr), above}
		if s, ok := u.rewrite(); ok {
			sites = append(sites, s)
		}
		return false
	})
	return sites
}

// isMember reports whether n is the name of a field or method of something.
func isMember(n, parent ast.Node) bool {
	switch parent := parent.(type) {
	case *ast.SelectorExpr:
		return n == parent.Sel
	case *ast.KeyValueExpr:
		return n == parent.Key
	}
	return false
}

// rewrite looks at one use. It is false for one that is a part of another's
// site.
func (u *use) rewrite() (site, bool) {
	switch u.checker.name {
	case "goleak":
		return u.goleak()
	case "leaktest":
		return u.leaktest(), true
	}
	return u.gleak()
}
