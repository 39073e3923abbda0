package explore

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/testrun/inject"
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
	Sleep   Kind = "sleep"
	Timer   Kind = "timer"
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
	// Levels says how much is changed in a file, by its name; [Full] where it has
	// none.
	Levels map[string]Level

	Sites []Site
}

// Level says how much of a file is changed.
type Level int

const (
	Full   Level = iota
	Points       // calls are added, and no statement is replaced
	Left         // nothing is changed
)

// Source is a file of a package.
type Source struct {
	Name string
	Text []byte
}

// alias is the name by which rewritten files import the package. Nobody
// writes such a name by hand.
const alias = "leakcheckperturb"

// Package returns the texts of the files of a package, those of a folder that name
// the same package, with a call before each site. Every call is on the line of its
// site, so that line numbers stay. What has no site, uses cgo or cannot be parsed
// is left out. The importer, which may be nil, tells of other packages.
func (r *Rewriter) Package(files []Source, imports types.Importer) map[string][]byte {
	fset := token.NewFileSet()
	var trees []*ast.File
	var of []Source
	for _, src := range files {
		tree, err := parser.ParseFile(fset, src.Name, src.Text, parser.ParseComments)
		if err != nil {
			continue // the build says what is wrong with it
		}
		trees, of = append(trees, tree), append(of, src)
	}
	k := learnPackage(fset, trees, imports)
	out := map[string][]byte{}
	for i, tree := range trees {
		level := r.Levels[of[i].Name]
		if level == Left || importName(tree, "C") != "" { // cgo reads the file itself
			continue
		}
		f := &file{Rewriter: r, name: of[i].Name, src: of[i].Text, fset: fset, known: k, level: level,
			contexts: importName(tree, "context"), times: importName(tree, "time"), alone: map[*ast.CallExpr]bool{}}
		if text := f.rewrite(tree); text != nil {
			out[of[i].Name] = text
		}
	}
	return out
}

func (f *file) rewrite(tree *ast.File) []byte {
	ast.Inspect(tree, f.visit)
	if len(f.edits) == 0 {
		return nil
	}
	at := f.offset(tree.Name.End())
	f.edits = append(f.edits, inject.Edit{Pos: at, End: at, Text: fmt.Sprintf("; import %s %q", alias, f.Import)})
	out := inject.Splice(f.src, f.edits)
	// The calls that used the imports may all be replaced.
	if f.wrapsContext {
		out = append(out, "\nvar _ = "+f.contexts+".Canceled\n"...)
	}
	if f.wrapsTime {
		out = append(out, "\nvar _ = "+f.times+".Now\n"...)
	}
	return out
}

// file is a file that is being rewritten.
type file struct {
	*Rewriter
	name         string
	src          []byte
	fset         *token.FileSet
	known        *knowledge
	level        Level
	contexts     string // the name that package context has here; "" without an import
	times        string // the same for package time
	wrapsContext bool
	wrapsTime    bool
	alone        map[*ast.CallExpr]bool // calls whose value is not used, or that have several
	edits        []inject.Edit
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
	case *ast.FuncDecl:
		if noSplit(n) {
			return false // the linker bounds the stack that it and what it calls may need
		}
		// Nothing calls the init functions of a file.
		if n.Body != nil && f.known.spawned[n.Name.Name] && (n.Name.Name != "init" || n.Recv != nil) {
			f.start(n.Body)
		}
	case *ast.BlockStmt:
		f.statements(n.List)
	case *ast.CaseClause:
		f.statements(n.Body)
	case *ast.CommClause:
		f.statements(n.Body)
		if f.level != Full {
			return true
		}
		// The head of the case is rewritten with its select.
		for _, s := range n.Body {
			ast.Inspect(s, f.visit)
		}
		return false
	case *ast.GoStmt:
		f.alone[n.Call] = true
		if lit, ok := n.Call.Fun.(*ast.FuncLit); ok {
			f.start(lit.Body)
		}
	case *ast.DeferStmt:
		f.alone[n.Call] = true
	case *ast.ExprStmt:
		f.notWrapped(n.X)
	case *ast.AssignStmt:
		if len(n.Lhs) > len(n.Rhs) {
			f.notWrapped(n.Rhs[0])
		}
	case *ast.SelectStmt:
		if f.level == Full {
			f.selection(n)
		}
	case *ast.CallExpr:
		f.call(n)
	}
	return true
}

// noSplit reports whether a function must not need a larger stack.
func noSplit(fn *ast.FuncDecl) bool {
	return fn.Doc != nil && slices.ContainsFunc(fn.Doc.List, func(c *ast.Comment) bool { return c.Text == "//go:nosplit" })
}

// notWrapped notes that x, if it is a call, is not to be the argument of another one.
func (f *file) notWrapped(x ast.Expr) {
	if call, ok := x.(*ast.CallExpr); ok {
		f.alone[call] = true
	}
}

// start is the beginning of a goroutine.
func (f *file) start(body *ast.BlockStmt) {
	if len(body.List) > 0 {
		f.insert(body.Lbrace+1, f.point(f.site(Start, body.Lbrace)))
	}
}

// statements puts a call before each statement that has a site. A loop that
// receives has another one in it, for the next round.
func (f *file) statements(list []ast.Stmt) {
	for _, s := range list {
		if loop := f.known.receives(s); loop != nil {
			id := f.site(Receive, loop.For)
			f.insert(s.Pos(), f.point(id))
			f.insert(loop.Body.Lbrace+1, f.point(id))
		} else if kind, at := f.siteOf(s); kind != "" {
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
func (f *file) siteOf(s ast.Stmt) (kind Kind, at token.Pos) {
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
			kind, at = f.callKind(n), n.Lparen
		}
		return kind == ""
	})
	return kind, at
}

// callKind returns the kind of a call by its name alone: a call too many costs
// nothing but a little time.
func (f *file) callKind(call *ast.CallExpr) Kind {
	if f.times != "" && isPackageCall(call, f.times, "Sleep") {
		return Sleep
	}
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
		case !f.movable(c):
			return
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
		names = append(names, "&"+name)
		makes = append(makes, f.comm(c, name, i, i == len(clauses)-1 && !hasDefault))
		f.Sites[id].Cases = append(f.Sites[id].Cases, Case{Line: f.line(c.Pos()), Text: f.text(operation(c.Comm))})
	}
	choose, args := "Choose", strings.Join(names, ", ")
	switch n := len(clauses); {
	case n == 1:
		choose = "Choose1"
	case n <= 4:
		choose = "ChooseOf"
		args = fmt.Sprintf("%s.Of(%s%s)", alias, args, strings.Repeat(", "+alias+".None", 4-n))
	}
	from, to := f.offset(s.Select), f.offset(s.Body.Lbrace)
	// A line that ended after the head would end the statement, and none does within it.
	lines := strings.Repeat("\n", bytes.Count(f.src[from:to], []byte("\n")))
	f.edits = append(f.edits, inject.Edit{Pos: from, End: to, Text: fmt.Sprintf("switch %s := %s; %s.%s(%s%d, %s, %s) ",
		strings.ReplaceAll(strings.Join(names, ", "), "&", ""), strings.Join(makes, ", "),
		alias, choose, lines, id, truth[hasDefault], args)})
}

// truth are true and false in words that no declaration can change.
var truth = map[bool]string{true: "0 == 0", false: "0 == 1"}

// movable reports whether the operands of a case can be written on one line and
// passed to a function.
func (f *file) movable(c *ast.CommClause) bool {
	if f.known.generic(c.Comm) {
		return false // the type of a channel's elements cannot be inferred
	}
	if f.line(c.Case) == f.line(c.Colon) {
		return true
	}
	plain := !bytes.Contains(f.src[f.offset(c.Case):f.offset(c.Colon)], []byte("//")) // also in strings
	ast.Inspect(c.Comm, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			plain = false // a line may end a statement
		case *ast.BasicLit:
			plain = plain && !strings.Contains(n.Value, "\n")
		}
		return plain
	})
	return plain
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
			values += ", " + name + ".OK == (0 == 0)" // untyped, as the second result of a receive
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
	inner := *f
	inner.edits, inner.wrapsContext, inner.wrapsTime = nil, false, false
	ast.Inspect(x, inner.visit)
	f.wrapsContext, f.wrapsTime = f.wrapsContext || inner.wrapsContext, f.wrapsTime || inner.wrapsTime
	from := f.offset(x.Pos())
	for i := range inner.edits {
		inner.edits[i].Pos -= from
		inner.edits[i].End -= from
	}
	text := inject.Splice(f.src[from:f.offset(x.End())], inner.edits)
	return string(bytes.ReplaceAll(text, []byte("\n"), []byte(" ")))
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

// makers are the functions of package context whose contexts can end early, with
// the number of their arguments: one call that has all of them as its results stays.
var makers = map[string]int{"WithCancel": 1, "WithCancelCause": 1, "WithDeadline": 2, "WithDeadlineCause": 3,
	"WithTimeout": 2, "WithTimeoutCause": 3}

// timers are the functions of package time whose timers can fire early.
var timers = map[string]int{"After": 1, "NewTimer": 1, "AfterFunc": 2}

// call rewrites a call that makes a context or a timer, so that a run can end it
// early, and marks the beginning of functions that run in goroutines.
func (f *file) call(call *ast.CallExpr) {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if ok && (sel.Sel.Name == "Go" || sel.Sel.Name == "AfterFunc") {
		for _, arg := range call.Args {
			if lit, ok := arg.(*ast.FuncLit); ok {
				f.start(lit.Body)
			}
		}
	}
	if !ok || f.level != Full {
		return
	}
	switch {
	case len(call.Args) == makers[sel.Sel.Name] && isPackageCall(call, f.contexts, sel.Sel.Name):
		f.wrapsContext = true
		f.redirect(call, sel, Context)
	case len(call.Args) == timers[sel.Sel.Name] && isPackageCall(call, f.times, sel.Sel.Name):
		f.wrapsTime = true
		f.redirect(call, sel, Timer)
	case sel.Sel.Name == "Context" && len(call.Args) == 0 && !f.alone[call] && !f.known.several(call):
		// Of a test or a request.
		f.insert(call.Pos(), fmt.Sprintf("%s.Context(%d, ", alias, f.site(Context, call.Pos())))
		f.insert(call.End(), ")")
	}
}

// redirect has a call go to the function of the same name in package perturb,
// with the number of the site as the first argument. For contexts the second says
// whether the file is one of tests.
func (f *file) redirect(call *ast.CallExpr, sel *ast.SelectorExpr, kind Kind) {
	f.replace(sel.X.Pos(), sel.X.End(), alias)
	args := fmt.Sprintf("%d, ", f.site(kind, call.Pos()))
	if kind == Context {
		args += truth[strings.HasSuffix(f.name, "_test.go")] + ", "
	}
	f.insert(call.Lparen+1, args)
}

// isPackageCall reports whether a call is one of functions of a package, by the
// name that the package has in the file.
func isPackageCall(call *ast.CallExpr, pkg string, functions ...string) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || len(call.Args) == 0 {
		return false
	}
	name, ok := sel.X.(*ast.Ident)
	return ok && name.Name == pkg && name.Obj == nil && slices.Contains(functions, sel.Sel.Name)
}

func (f *file) insert(at token.Pos, text string) {
	o := f.offset(at)
	f.edits = append(f.edits, inject.Edit{Pos: o, End: o, Text: text})
}

// replace puts text in the place of what is between two positions, and keeps
// the line ends, so that the lines after it keep their numbers.
func (f *file) replace(from, to token.Pos, text string) {
	start, end := f.offset(from), f.offset(to)
	text += strings.Repeat("\n", bytes.Count(f.src[start:end], []byte("\n")))
	f.edits = append(f.edits, inject.Edit{Pos: start, End: end, Text: text})
}

// line is the line of the file, whatever a line directive says.
func (f *file) line(p token.Pos) int { return f.fset.PositionFor(p, false).Line }

func (f *file) offset(p token.Pos) int { return f.fset.Position(p).Offset }

// text is the source of n on one line.
func (f *file) text(n ast.Node) string {
	return strings.Join(strings.Fields(string(f.src[f.offset(n.Pos()):f.offset(n.End())])), " ")
}
