package explore

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
)

// Kind is what a site does.
type Kind string

// The kinds of sites.
const (
	Send    Kind = "send"
	Receive Kind = "receive"
	Close   Kind = "close"
	Lock    Kind = "lock" // a call of a method with the name of one of package sync
	Go      Kind = "go"
	Start   Kind = "start" // the first statement of a goroutine
	Select  Kind = "select"
	Context Kind = "context"
)

// Site is a place that a run can be perturbed at.
type Site struct {
	ID    int
	Kind  Kind
	File  string // as given to [Rewriter.File]
	Line  int
	Cases []Case // of a select, without its default
}

// Case is a case of a select.
type Case struct {
	Line int
	Text string // the channel operation, such as "<-ctx.Done()"
}

// Rewriter numbers the sites of the files that it rewrites.
type Rewriter struct {
	// Import is the import path of package perturb.
	Import string

	Sites []Site
}

// alias is the name by which rewritten files import the package. Nobody
// writes such a name by hand.
const alias = "leakcheckperturb"

// File returns the text of a Go file with a call before each site. Every call
// is on the line of its site, so that line numbers stay. It returns nil if the
// file has no site. The error is that of the parser.
func (r *Rewriter) File(name string, src []byte) ([]byte, error) {
	fset := token.NewFileSet()
	tree, err := parser.ParseFile(fset, name, src, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	if importName(tree, "C") != "" {
		return nil, nil // cgo reads the file itself
	}
	f := &file{Rewriter: r, name: name, src: src, fset: fset, contexts: importName(tree, "context")}
	ast.Inspect(tree, f.visit)
	if len(f.edits) == 0 {
		return nil, nil
	}
	at := f.offset(tree.Name.End())
	f.edits = append(f.edits, edit{at, at, fmt.Sprintf("; import %s %q", alias, r.Import)})
	out := splice(src, f.edits)
	if f.wrapsContext {
		// The calls that used the import may all be replaced.
		out = append(out, "\nvar _ = "+f.contexts+".Canceled\n"...)
	}
	return out, nil
}

// file is a file that is being rewritten.
type file struct {
	*Rewriter
	name         string
	src          []byte
	fset         *token.FileSet
	contexts     string // the name that package context has here; "" without an import
	wrapsContext bool
	edits        []edit
}

// importName returns the name of an import in a file, or "" if it is not
// imported, or has no name of its own.
func importName(tree *ast.File, path string) string {
	for _, spec := range tree.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err != nil || p != path {
			continue
		}
		switch {
		case spec.Name == nil:
			return path
		case spec.Name.Name != "." && spec.Name.Name != "_":
			return spec.Name.Name
		}
	}
	return ""
}

func (f *file) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.BlockStmt:
		f.statements(n.List)
	case *ast.CaseClause:
		f.statements(n.Body)
	case *ast.CommClause:
		f.statements(n.Body)
	case *ast.SelectStmt:
		f.selection(n)
	case *ast.GoStmt:
		if lit, ok := n.Call.Fun.(*ast.FuncLit); ok {
			f.insert(lit.Body.Lbrace+1, f.point(f.site(Start, lit.Body.Lbrace)))
		}
	case *ast.CallExpr:
		f.context(n)
	}
	return true
}

// statements puts a call before each statement that has a site.
func (f *file) statements(list []ast.Stmt) {
	for _, s := range list {
		if kind, at := siteOf(s); kind != "" {
			f.insert(s.Pos(), f.point(f.site(kind, at)))
		}
	}
}

// point is a call that may pause.
func (f *file) point(id int) string { return fmt.Sprintf(" %s.Point(%d); ", alias, id) }

// site numbers a site.
func (f *file) site(kind Kind, at token.Pos) int {
	id := len(f.Sites)
	f.Sites = append(f.Sites, Site{ID: id, Kind: kind, File: f.name, Line: f.line(at)})
	return id
}

// siteOf returns the first operation that a statement itself does, outside of
// the blocks and function literals in it. A select is a site of its own.
func siteOf(s ast.Stmt) (kind Kind, at token.Pos) {
	for {
		l, ok := s.(*ast.LabeledStmt)
		if !ok {
			break
		}
		s = l.Stmt
	}
	switch s := s.(type) {
	case *ast.GoStmt:
		return Go, s.Pos()
	case *ast.SelectStmt, *ast.BlockStmt, *ast.DeferStmt:
		return "", 0
	}
	ast.Inspect(s, func(n ast.Node) bool {
		if kind != "" {
			return false
		}
		switch n := n.(type) {
		case *ast.FuncLit, *ast.BlockStmt, *ast.CaseClause, *ast.CommClause:
			return false
		case *ast.SendStmt:
			kind, at = Send, n.Arrow
		case *ast.UnaryExpr:
			if n.Op == token.ARROW {
				kind, at = Receive, n.OpPos
			}
		case *ast.CallExpr:
			kind, at = callKind(n), n.Lparen
		}
		return kind == ""
	})
	return kind, at
}

// callKind returns the kind of a call by its name alone: a call too many costs
// nothing but a little time.
func callKind(call *ast.CallExpr) Kind {
	switch fun := call.Fun.(type) {
	case *ast.Ident:
		if fun.Name == "close" && len(call.Args) == 1 {
			return Close
		}
	case *ast.SelectorExpr:
		switch fun.Sel.Name {
		case "Lock", "RLock", "Unlock", "RUnlock", "Wait", "Signal", "Broadcast", "Done":
			if len(call.Args) == 0 {
				return Lock
			}
		case "Do":
			if len(call.Args) == 1 {
				return Lock
			}
		}
	}
	return ""
}

// selection turns a select into a switch over the number of the case that is
// chosen:
//
//	select {                         switch c0, c1 := Recv(in), To(out).Send(v); Choose(7, false, c0, c1) {
//	case x, ok := <-in:              case 0: x, ok := c0.Value, c0.OK;
//		use(x)                           use(x)
//	case out <- v:                   default:
//	}                                }
//
// Channels and values are evaluated once and in their order, as in a select. A
// break leaves the switch as it left the select. The last case is the default
// where the select has none, so that a function may end with the switch as it
// may with the select.
func (f *file) selection(s *ast.SelectStmt) {
	var clauses []*ast.CommClause
	hasDefault := false
	for _, c := range s.Body.List {
		c := c.(*ast.CommClause)
		switch {
		case c.Comm == nil:
			hasDefault = true
		case f.line(c.Case) != f.line(c.Colon):
			return // its channel or value would move to another line
		default:
			clauses = append(clauses, c)
		}
	}
	if len(clauses) == 0 {
		return // it blocks forever, or not at all
	}
	id := f.site(Select, s.Select)
	var names, makes []string
	for i, c := range clauses {
		name := fmt.Sprintf("%s%d", alias, i)
		names = append(names, name)
		makes = append(makes, f.comm(c, name, i, i == len(clauses)-1 && !hasDefault))
		f.Sites[id].Cases = append(f.Sites[id].Cases, Case{Line: f.line(c.Pos()), Text: f.text(operation(c.Comm))})
	}
	f.replace(s.Select, s.Body.Lbrace, fmt.Sprintf("switch %s := %s; %s.Choose(%d, %t, %s) ",
		strings.Join(names, ", "), strings.Join(makes, ", "), alias, id, hasDefault, strings.Join(names, ", ")))
}

// comm rewrites the head of a case and returns the expression that makes it.
func (f *file) comm(c *ast.CommClause, name string, number int, last bool) string {
	head := fmt.Sprintf("case %d:", number)
	if last {
		head = "default:"
	}
	var made string
	switch s := c.Comm.(type) {
	case *ast.SendStmt:
		made = fmt.Sprintf("%s.To(%s).Send(%s)", alias, f.moved(s.Chan), f.moved(s.Value))
	case *ast.ExprStmt:
		made = fmt.Sprintf("%s.Recv(%s)", alias, f.moved(operand(s.X)))
	case *ast.AssignStmt:
		made = fmt.Sprintf("%s.Recv(%s)", alias, f.moved(operand(s.Rhs[0])))
		values := name + ".Value"
		if len(s.Lhs) == 2 {
			values += ", " + name + ".OK"
		}
		var lhs []string
		for _, x := range s.Lhs {
			lhs = append(lhs, f.moved(x))
		}
		head += fmt.Sprintf(" %s %s %s;", strings.Join(lhs, ", "), s.Tok, values)
	}
	f.replace(c.Case, c.Colon+1, head)
	return made
}

// moved returns the rewritten text of an expression, for another place.
func (f *file) moved(x ast.Expr) string {
	inner := &file{Rewriter: f.Rewriter, name: f.name, src: f.src, fset: f.fset, contexts: f.contexts}
	ast.Inspect(x, inner.visit)
	f.wrapsContext = f.wrapsContext || inner.wrapsContext
	from := f.offset(x.Pos())
	for i := range inner.edits {
		inner.edits[i].pos -= from
		inner.edits[i].end -= from
	}
	return string(splice(f.src[from:f.offset(x.End())], inner.edits))
}

// operation returns the channel operation of a case.
func operation(s ast.Stmt) ast.Node {
	if a, ok := s.(*ast.AssignStmt); ok {
		return a.Rhs[0]
	}
	return s
}

// operand returns the channel of a receive expression.
func operand(x ast.Expr) ast.Expr {
	for {
		p, ok := x.(*ast.ParenExpr)
		if !ok {
			return x.(*ast.UnaryExpr).X
		}
		x = p.X
	}
}

// makers are the functions of package context whose contexts can end early.
var makers = []string{"WithCancel", "WithCancelCause", "WithDeadline", "WithDeadlineCause", "WithTimeout", "WithTimeoutCause"}

// context wraps a call that returns a context, so that a run can end it.
func (f *file) context(call *ast.CallExpr) {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return
	}
	pkg, isName := sel.X.(*ast.Ident)
	switch {
	case isName && pkg.Obj == nil && pkg.Name == f.contexts && slices.Contains(makers, sel.Sel.Name):
		f.wrapsContext = true
		f.replace(sel.Pos(), sel.End(), alias+"."+sel.Sel.Name)
		f.insert(call.Lparen+1, fmt.Sprintf("%d, ", f.site(Context, call.Pos())))
	case sel.Sel.Name == "Context" && len(call.Args) == 0: // of a test or a request
		f.insert(call.Pos(), fmt.Sprintf("%s.Context(%d, ", alias, f.site(Context, call.Pos())))
		f.insert(call.End(), ")")
	}
}

// edit replaces the bytes from pos up to end by text.
type edit struct {
	pos, end int
	text     string
}

// splice applies edits to src, those of one place in their order. An edit inside
// of an earlier one is dropped: what moved from there was rewritten where it
// moved to.
func splice(src []byte, edits []edit) []byte {
	edits = slices.Clone(edits)
	slices.SortStableFunc(edits, func(a, b edit) int { return cmp.Compare(a.pos, b.pos) })
	var out []byte
	done := 0
	for _, e := range edits {
		if e.pos < done {
			continue
		}
		out = append(out, src[done:e.pos]...)
		out = append(out, e.text...)
		done = e.end
	}
	return append(out, src[done:]...)
}

func (f *file) insert(at token.Pos, text string) {
	o := f.offset(at)
	f.edits = append(f.edits, edit{o, o, text})
}

// replace puts text in the place of what is between two positions, and keeps
// the line ends, so that the lines after it keep their numbers.
func (f *file) replace(from, to token.Pos, text string) {
	start, end := f.offset(from), f.offset(to)
	text += strings.Repeat("\n", bytes.Count(f.src[start:end], []byte("\n")))
	f.edits = append(f.edits, edit{start, end, text})
}

// line is the line of the file, whatever a line directive says.
func (f *file) line(p token.Pos) int { return f.fset.PositionFor(p, false).Line }

func (f *file) offset(p token.Pos) int { return f.fset.Position(p).Offset }

// text is the source of n on one line.
func (f *file) text(n ast.Node) string {
	return strings.Join(strings.Fields(string(f.src[f.offset(n.Pos()):f.offset(n.End())])), " ")
}
