package source

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/gosyntax"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Lock is a lock as the code names it. So are a WaitGroup and a Cond.
type Lock struct {
	Name  string // the same in all functions: "shop.(*Server).mu", "shop.registry"
	Path  string // as written: "s.mu"
	Field bool   // reached through a pointer to a named type, so that several locks have the Name
	// that pointer, or Path itself, is the receiver or else the first parameter: the first word of a call's arguments
	First bool
	Param bool // Path itself is a parameter: which lock that is, each call decides
	Read  bool // taken with RLock
	Done  bool // a WaitGroup that the function calls Done of when it returns
}

// Held returns the locks that the function of f has taken and not given back
// where it stands at f, and the WaitGroups that it has deferred Done of. Only
// what is certain to have run counts: statements before the line, in the blocks
// around it. The second result is false where the source cannot be read or is
// the standard library's.
func (t *Tree) Held(f *stackparse.Frame) ([]Lock, bool) {
	s, fn := t.functionAt(f)
	if fn.body == nil {
		return nil, false
	}
	h := holding{syntax: s, line: f.Line}
	h.list(fn.body.List)
	out := make([]Lock, len(h.taken))
	for i, l := range h.taken {
		out[i] = fn.lock(l.Path)
		out[i].Read, out[i].Done = l.Read, l.Done
	}
	return out, true
}

// Wanted returns what the line of f waits for: what it calls Lock, RLock, Wait
// or Do on. The second result is false where that cannot be told.
func (t *Tree) Wanted(f *stackparse.Frame) (Lock, bool) {
	s, fn := t.functionAt(f)
	if fn.body == nil {
		return Lock{}, false
	}
	var paths []string
	s.inspect(f.Line, func(n ast.Node) {
		path, method := call(n)
		switch method {
		case "Lock", "RLock", "Wait", "Do":
			if path != "" && s.line(n.(*ast.CallExpr).Lparen) == f.Line {
				paths = append(paths, path)
			}
		}
	})
	// Of two on one line nothing tells which one waits.
	if len(paths) != 1 {
		return Lock{}, false
	}
	return fn.lock(paths[0]), true
}

// OnReceiver reports whether the call of a method at the line of f is made on
// the receiver of f's own method, and so on the same object.
func (t *Tree) OnReceiver(f *stackparse.Frame, method string) bool {
	s, fn := t.functionAt(f)
	if fn.decl == nil || fn.decl.Recv == nil || len(fn.decl.Recv.List) != 1 || len(fn.decl.Recv.List[0].Names) != 1 {
		return false
	}
	found, other := false, false
	s.inspect(f.Line, func(n ast.Node) {
		if path, m := call(n); m == method {
			on := path == fn.decl.Recv.List[0].Names[0].Name
			// A second call on the line may be on another object.
			found, other = found || on, other || !on
		}
	})
	return found && !other
}

// function is where a frame is.
type function struct {
	pkg  string
	decl *ast.FuncDecl // the declaration, nil for a literal that belongs to a variable
	lit  *ast.FuncLit  // the innermost literal in it, if the frame is in one
	body *ast.BlockStmt
}

// functionAt returns the function that f is in. Its body is nil where it is
// not available.
func (t *Tree) functionAt(f *stackparse.Frame) (*syntax, function) {
	if t == nil || t.Std(f.Func, f.File) {
		return nil, function{}
	}
	s := t.syntax(f.File)
	if s == nil {
		return nil, function{}
	}
	fn := function{pkg: stackparse.Package(f.Func)}
	var around []*ast.FuncLit // the literals that the next one may be in
	alike, depth := 0, literals(f.Func)
	s.inspect(f.Line, func(n ast.Node) {
		switch n := n.(type) {
		case *ast.FuncDecl:
			fn.decl, fn.body = n, n.Body
		case *ast.FuncLit:
			// Nodes come in the order of the source, and what has ended is not around the next.
			for len(around) > 0 && around[len(around)-1].End() <= n.Pos() {
				around = around[:len(around)-1]
			}
			around = append(around, n)
			switch {
			case fn.body == nil || s.line(n.Pos()) < s.line(n.End()):
				fn.lit, fn.body = n, n.Body
			case len(around) != depth:
				// A literal on a single line that is next to or in what runs.
			case alike == 0:
				fn.lit, fn.body = n, n.Body
				alike++
			default: // any of several on the line
				fn.body = new(ast.BlockStmt)
			}
		}
	})
	return s, fn
}

// literals returns how many function literals a function is in, each in the
// one before, as the compiler names it: 2 for "shop.Fetch.func1.2", 0 for what
// is not a literal.
func literals(fn string) int {
	closure := stackparse.ParseFunc(fn).Closure
	if !strings.HasPrefix(closure, "func") {
		return 0
	}
	return 1 + strings.Count(closure, ".")
}

// Declared returns the name of the declared function that a function literal is in,
// "shop.Fetch" for "shop.Fetch.func1.2", and fn itself for what is no literal.
func Declared(fn string) string {
	if c := stackparse.ParseFunc(fn).Closure; c != "" {
		return strings.TrimSuffix(fn, "."+c)
	}
	return fn
}

// call splits a method call: "s.mu" and "Lock" of s.mu.Lock().
func call(n ast.Node) (path, method string) {
	c, ok := n.(*ast.CallExpr)
	if !ok {
		return "", ""
	}
	sel, ok := c.Fun.(*ast.SelectorExpr)
	if !ok {
		return "", ""
	}
	return name(sel.X), sel.Sel.Name
}

// holding walks the statements before a line and keeps what they lock.
type holding struct {
	*syntax
	line  int
	taken []Lock // Path, Read and Done
}

// list goes through statements up to the line, and into the one that the line
// is in.
func (h *holding) list(stmts []ast.Stmt) {
	for _, s := range stmts {
		if h.syntax.line(s.End()) < h.line {
			h.passed(s)
			continue
		}
		if h.syntax.line(s.Pos()) <= h.line {
			h.into(s)
		}
		return
	}
}

func (h *holding) into(s ast.Stmt) {
	ast.Inspect(s, func(n ast.Node) bool {
		if n == nil || !h.within(n, h.line) {
			return false
		}
		switch n := n.(type) {
		case *ast.FuncLit:
			return false // runs on its own
		case *ast.BlockStmt:
			h.list(n.List)
			return false
		case *ast.CaseClause:
			h.list(n.Body)
			return false
		case *ast.CommClause:
			h.list(n.Body)
			return false
		}
		return true
	})
}

// passed notes what a statement that has run locks or unlocks. What is inside
// an if or a loop may not have run and does not count.
func (h *holding) passed(n ast.Stmt) {
	switch s := n.(type) {
	// An Unlock that is deferred has not run at the line.
	case *ast.DeferStmt:
		if path, method := call(s.Call); method == "Done" && path != "" {
			h.taken = append(h.taken, Lock{Path: path, Done: true})
		}
	case *ast.ExprStmt:
		path, method := call(s.X)
		switch method {
		case "Lock", "RLock":
			if path != "" {
				h.taken = append(h.taken, Lock{Path: path, Read: method == "RLock"})
			}
		case "Unlock", "RUnlock":
			if i := slices.IndexFunc(h.taken, func(l Lock) bool { return l.Path == path && !l.Done }); i >= 0 {
				h.taken = slices.Delete(h.taken, i, i+1)
			}
		}
	}
}

// lock names what is written as path in the function.
func (fn function) lock(path string) Lock {
	first, rest, isField := strings.Cut(path, ".")
	l := Lock{Name: fn.pkg + "." + path, Path: path}
	typ, nth := fn.parameter(first)
	switch {
	// The type stands for the object, so that its methods and its callers name one lock.
	case typ != "" && isField:
		l.Name, l.Field, l.First = fn.pkg+".(*"+typ+")."+rest, true, nth == 0
	// Variables of one name in two functions are two locks.
	case fn.decl != nil && (typ != "" || fn.declares(first)):
		l.Name, l.First, l.Param = fn.pkg+"."+fn.decl.Name.Name+"."+path, nth == 0, typ != "" && !isField
	}
	return l
}

// parameter returns the type of the receiver or parameter of a name, and its
// place among all of them.
func (fn function) parameter(want string) (typ string, nth int) {
	if fn.lit != nil {
		if typ, nth := fieldOf(want, fn.lit.Type.Params); typ != "" {
			return typ, nth
		}
	}
	if fn.decl == nil {
		return "", -1
	}
	typ, nth = fieldOf(want, fn.decl.Recv, fn.decl.Type.Params)
	if fn.lit != nil {
		nth = -1 // a literal gets the variables around it by another way than its arguments
	}
	return typ, nth
}

func fieldOf(want string, lists ...*ast.FieldList) (typ string, nth int) {
	for id, f := range gosyntax.Fields(lists...) {
		if id.Name == want {
			return strings.TrimSuffix(name(f.Type), "[]"), nth // without type arguments
		}
		nth++ // also of one without a name, such as a receiver that is not used: it is passed as well
	}
	return "", -1
}

// declares reports whether the function has a variable of its own of that
// name, whose locks are others in every call.
func (fn function) declares(want string) bool {
	return gosyntax.Has(fn.decl.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			return n.Tok == token.DEFINE && slices.ContainsFunc(n.Lhs, func(e ast.Expr) bool { return name(e) == want })
		case *ast.ValueSpec:
			return slices.ContainsFunc(n.Names, func(id *ast.Ident) bool { return id.Name == want })
		}
		return false
	})
}

// Literal returns, for a call of a function literal, the name of the declared
// function that the literal is in and the line where it begins. That is the
// line of the go statement or of the call that it is given to. The third result
// is false for other calls and where the source cannot be read.
func (t *Tree) Literal(f *stackparse.Frame) (fn string, line int, ok bool) {
	s, at := t.functionAt(f)
	switch {
	case at.lit == nil, at.decl == nil && !s.nested(f.Line, at.lit):
		return "", 0, false
	case at.decl == nil: // the compiler counts the literals of variables to a function init
		return prefix(f.Func) + "init", s.line(at.lit.Pos()), true
	}
	fn = at.decl.Name.Name
	if recv := at.decl.Recv; recv != nil && len(recv.List) == 1 {
		typ := name(recv.List[0].Type)
		if i := strings.IndexByte(typ, '['); i >= 0 {
			typ = typ[:i] + "[...]" // as a dump has it
		}
		if _, pointer := recv.List[0].Type.(*ast.StarExpr); pointer {
			typ = "(*" + typ + ")"
		}
		fn = typ + "." + fn
	}
	return prefix(f.Func) + fn, s.line(at.lit.Pos()), true
}

// nested reports whether the literal at a line is in another one.
func (s *syntax) nested(line int, lit *ast.FuncLit) bool {
	found := false
	s.inspect(line, func(n ast.Node) {
		outer, ok := n.(*ast.FuncLit)
		found = found || ok && outer.Pos() < lit.Pos() && lit.End() < outer.End()
	})
	return found
}

// prefix is the package of a function as its name has it, with its dot.
func prefix(fn string) string {
	slash := strings.LastIndexByte(fn[:max(0, strings.IndexAny(fn+"[", "[("))], '/') + 1
	return fn[:slash+strings.IndexByte(fn[slash:]+".", '.')+1]
}
