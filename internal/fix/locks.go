package fix

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/leakcheck-go/goroutine/internal/engine/gosyntax"
)

// done has the goroutines of a WaitGroup call Done whatever they do.
func (f *finder) done() {
	i := f.own(0)
	p := f.at(i)
	if p == nil {
		return
	}
	group := p.calledOn("Wait")
	if group == nil {
		return
	}
	ast.Inspect(p.funcs[0].node, func(n ast.Node) bool {
		if g, ok := n.(*ast.GoStmt); ok {
			f.deferDone(p, g, group)
		}
		return true
	})
	f.groupGo(p, group)
}

// calledOn is what a method without arguments is called on at p.
func (p *place) calledOn(methods ...string) types.Object {
	var on types.Object
	for _, c := range nodes[*ast.CallExpr](p) {
		if _, sel := methodCall(c, methods...); sel != nil && len(c.Args) == 0 {
			on = p.object(sel.X)
		}
	}
	return on
}

// deferDone moves the calls of Done in a goroutine into a defer at its start, and
// adds one if there is none after an Add for it.
func (f *finder) deferDone(p *place, g *ast.GoStmt, group types.Object) {
	var body *ast.BlockStmt
	if lit, ok := g.Call.Fun.(*ast.FuncLit); ok {
		body = lit.Body
	} else if p, body, group = f.started(p, g, group); body == nil {
		return
	}
	calls, deferred := dones(p, body, group)
	if len(deferred) > 0 {
		return
	}
	name := "" // "wg.Done()"
	if len(calls) > 0 {
		name = p.code(calls[0])
	} else if add := addBefore(p, g, group); add != "" {
		name = add + ".Done()"
	} else {
		return
	}
	edits := []edit{p.top(body, "defer "+name)}
	for _, s := range calls {
		if !f.lastOf(p, s, body) {
			return // what runs after it would run before it
		}
		edits = append(edits, p.remove(s))
	}
	f.add("defer "+name, edits...)
}

// started is the function of the package that a go statement gives the group to, and
// its parameter for it.
func (f *finder) started(p *place, g *ast.GoStmt, group types.Object) (*place, *ast.BlockStmt, types.Object) {
	fn, ok := p.object(g.Call.Fun).(*types.Func)
	if !ok {
		return nil, nil, nil
	}
	file := p.pkg.holding(fn.Pos())
	if file == nil {
		return nil, nil, nil
	}
	for _, n := range file.around(fn.Pos(), fn.Pos()) {
		decl, ok := n.(*ast.FuncDecl)
		if !ok || decl.Body == nil {
			continue
		}
		for k, arg := range g.Call.Args {
			if u, ok := arg.(*ast.UnaryExpr); ok && u.Op == token.AND {
				arg = u.X
			}
			if p.object(arg) == group {
				return &place{file: file}, decl.Body, parameterAt(file, decl.Type, k)
			}
		}
		if v, ok := group.(*types.Var); ok && v.IsField() { // go s.run(), which uses s.wg as well
			return &place{file: file}, decl.Body, group
		}
	}
	return nil, nil, nil
}

// parameterAt is the parameter k of a function.
func parameterAt(f *file, fn *ast.FuncType, k int) types.Object {
	for id := range gosyntax.Fields(fn.Params) {
		if k == 0 {
			return f.object(id)
		}
		k--
	}
	return nil
}

// dones are the statements of a function that call Done of a group, and those that
// defer it.
func dones(p *place, body *ast.BlockStmt, group types.Object) (calls, deferred []ast.Stmt) {
	walk(body, func(n ast.Node) {
		switch n := n.(type) {
		case *ast.ExprStmt:
			if isCall(p, n.X, group, "Done") {
				calls = append(calls, n)
			}
		case *ast.DeferStmt:
			if isCall(p, n.Call, group, "Done") {
				deferred = append(deferred, n)
			}
		}
	})
	return calls, deferred
}

// isCall reports whether an expression calls a method of a variable.
func isCall(p *place, e ast.Expr, on types.Object, method string) bool {
	_, sel := methodCall(e, method)
	return sel != nil && on != nil && p.object(sel.X) == on
}

// addBefore is the group, as it is written, where wg.Add(1) stands before a go
// statement; "" elsewhere.
func addBefore(p *place, g *ast.GoStmt, group types.Object) string {
	list, i := siblings(p.file, g)
	if list == nil || i == 0 {
		return ""
	}
	s, ok := list[i-1].(*ast.ExprStmt)
	if !ok || !isCall(p, s.X, group, "Add") {
		return ""
	}
	c, sel := methodCall(s.X)
	if len(c.Args) != 1 || p.code(c.Args[0]) != "1" {
		return ""
	}
	return p.code(sel.X)
}

// groupGo has a group start its goroutines with Go, which counts them: no Add and no
// Done can be forgotten any more. It needs Go 1.25.
func (f *finder) groupGo(p *place, group types.Object) {
	if !f.since(p.file, "go1.25") {
		return
	}
	name := ""
	known := map[ast.Node]bool{} // expressions for the group whose use is known
	var edits []edit
	all, n := true, 0
	ast.Inspect(p.funcs[0].node, func(m ast.Node) bool {
		switch m := m.(type) {
		case *ast.GoStmt:
			changes, ok := f.startedByGo(p, m, group)
			all = all && ok
			if len(changes) > 0 {
				n++
				edits = append(edits, changes...)
			}
		case *ast.ExprStmt:
			switch {
			case isCall(p, m.X, group, "Add"):
				edits = append(edits, p.remove(m))
			case isCall(p, m.X, group, "Wait"), isCall(p, m.X, group, "Done"):
			default:
				return true
			}
			_, sel := methodCall(m.X)
			name, known[sel.X] = p.code(sel.X), true
		case *ast.DeferStmt:
			if isCall(p, m.Call, group, "Done") {
				known[m.Call.Fun.(*ast.SelectorExpr).X] = true
			}
		}
		return true
	})
	// Who else has the group may count with it.
	ast.Inspect(p.funcs[0].node, func(m ast.Node) bool {
		if known[m] {
			return false
		}
		id, ok := m.(*ast.Ident)
		all = all && !(ok && p.pkg.info.Uses[id] == group)
		return true
	})
	if v, ok := group.(*types.Var); n > 0 && all && ok && !v.IsField() {
		f.add(name+".Go in place of "+name+".Add and "+name+".Done", edits...)
	}
}

// startedByGo are the edits that have the group start a goroutine that it counts,
// and none for other goroutines; ok is false where one cannot be started so.
func (f *finder) startedByGo(p *place, g *ast.GoStmt, group types.Object) (edits []edit, ok bool) {
	lit, isLit := g.Call.Fun.(*ast.FuncLit)
	if !isLit {
		return nil, true // that it is given the group is seen elsewhere
	}
	calls, deferred := dones(p, lit.Body, group)
	name := addBefore(p, g, group)
	switch {
	case len(calls)+len(deferred) == 0 && name == "":
		return nil, true
	case len(g.Call.Args) > 0:
		return nil, false
	case name == "":
		name = group.Name()
	}
	for _, s := range calls {
		if !f.lastOf(p, s, lit.Body) {
			return nil, false
		}
	}
	for _, s := range append(calls, deferred...) {
		edits = append(edits, p.remove(s))
	}
	start, end := p.offset(g.Pos()), p.offset(lit.Pos())
	return append(edits, edit{p.file, start, end, name + ".Go("},
		edit{p.file, p.offset(lit.End()), p.offset(g.End()), ")"}), true
}

// lastOf reports whether nothing but the end of the function follows a statement.
func (f *finder) lastOf(p *place, s ast.Node, body *ast.BlockStmt) bool {
	list, i := siblings(p.file, s)
	if list == nil {
		return false
	}
	if i+1 < len(list) {
		r, ok := list[i+1].(*ast.ReturnStmt)
		return ok && !slices.ContainsFunc(r.Results, runs)
	}
	return slices.Equal(list, body.List)
}

// runs reports whether an expression calls something that may take a lock.
func runs(e ast.Expr) bool {
	return gosyntax.Has(e, func(n ast.Node) bool {
		c, ok := n.(*ast.CallExpr)
		if !ok {
			return false
		}
		switch fn := c.Fun.(type) {
		case *ast.Ident:
			return !slices.Contains([]string{"len", "cap", "append", "min", "max"}, fn.Name)
		case *ast.SelectorExpr:
			pkg, isName := fn.X.(*ast.Ident)
			return !isName || pkg.Name != "fmt" && pkg.Name != "errors" && fn.Sel.Name != "Err"
		}
		return true
	})
}

// unlock has a function that locks a mutex unlock it on every way out.
func (f *finder) unlock() {
	p := f.at(f.own(0))
	if p == nil {
		return
	}
	mutex := p.calledOn("Lock", "RLock")
	if mutex == nil {
		return
	}
	for _, file := range p.pkg.files {
		ast.Inspect(file.tree, func(n ast.Node) bool {
			switch fn := n.(type) {
			case *ast.FuncDecl:
				if fn.Body != nil {
					f.unlockIn(file, fn.Body, mutex)
				}
			case *ast.FuncLit:
				f.unlockIn(file, fn.Body, mutex)
			}
			return true
		})
	}
}

// locking are the statements of one function that have to do with a mutex.
type locking struct {
	*file
	mutex   types.Object
	lock    ast.Stmt
	name    string // "s.mu.Unlock()"
	unlocks []ast.Stmt
	returns []*ast.ReturnStmt // that are reached while it is locked
	bad     bool              // it has another shape than one Lock, and Unlocks
}

// unlockIn fixes one function that leaves while it holds the mutex.
func (f *finder) unlockIn(file *file, body *ast.BlockStmt, mutex types.Object) {
	l := &locking{file: file, mutex: mutex}
	walk(body, l.note)
	if l.lock == nil || l.bad || !slices.Contains(body.List, l.lock) {
		return
	}
	held := l.list(body.List[slices.Index(body.List, l.lock)+1:], true)
	if len(l.returns) == 0 && !held {
		return
	}
	deferred := []edit{file.after(l.lock, "defer "+l.name)}
	for _, s := range l.unlocks {
		if !f.lastOf(&place{file: file}, s, body) {
			deferred = nil
			break
		}
		deferred = append(deferred, file.remove(s))
	}
	for _, r := range l.returns {
		if slices.ContainsFunc(r.Results, runs) {
			deferred = nil // it would run while the mutex is locked
		}
	}
	if deferred != nil {
		f.add("defer "+l.name, deferred...)
	}
	var each []edit
	for _, r := range l.returns {
		each = append(each, file.before(r, l.name))
	}
	if held {
		each = append(each, file.bottom(body, l.name))
	}
	f.add(l.name+" before the return", each...)
}

// note records a statement on the mutex.
func (l *locking) note(n ast.Node) {
	switch n := n.(type) {
	case *ast.DeferStmt:
		ast.Inspect(n, func(m ast.Node) bool {
			if c, ok := m.(*ast.CallExpr); ok {
				_, method := l.call(c)
				l.bad = l.bad || method != ""
			}
			return true
		})
	case *ast.ExprStmt:
		name, method := l.call(n.X)
		switch method {
		case "Lock", "RLock":
			l.bad = l.bad || l.lock != nil
			l.lock = n
			l.name = name + ".Unlock()"
			if method == "RLock" {
				l.name = name + ".RUnlock()"
			}
		case "Unlock", "RUnlock":
			l.unlocks = append(l.unlocks, n)
		}
	}
}

// call splits a call of a method of the mutex.
func (l *locking) call(e ast.Expr) (name, method string) {
	_, sel := methodCall(e)
	if sel == nil || l.object(sel.X) != l.mutex {
		return "", ""
	}
	return l.code(sel.X), sel.Sel.Name
}

// list follows statements with the mutex locked or not, and reports whether it is
// locked after them. If several paths continue after a statement, the mutex must
// have the same state on all of them.
func (l *locking) list(stmts []ast.Stmt, held bool) bool {
	for _, s := range stmts {
		switch s := s.(type) {
		case *ast.ExprStmt:
			switch _, method := l.call(s.X); method {
			case "Unlock", "RUnlock":
				held = false
			case "Lock", "RLock":
				held = true
			}
			if ends([]ast.Stmt{s}) {
				return false
			}
		case *ast.ReturnStmt:
			if held {
				l.returns = append(l.returns, s)
			}
			return false
		case *ast.BlockStmt:
			held = l.list(s.List, held)
		case *ast.IfStmt:
			held = l.branches(held, s.Body, s.Else)
		case *ast.ForStmt:
			l.list(s.Body.List, held)
		case *ast.RangeStmt:
			l.list(s.Body.List, held)
		case *ast.SwitchStmt:
			l.clauses(s.Body, held)
		case *ast.TypeSwitchStmt:
			l.clauses(s.Body, held)
		case *ast.SelectStmt:
			l.clauses(s.Body, held)
		case *ast.BranchStmt:
			if s.Tok == token.GOTO {
				l.bad = true
			}
		}
	}
	return held
}

// branches goes through both ways of an if.
func (l *locking) branches(held bool, body *ast.BlockStmt, other ast.Stmt) bool {
	then := l.list(body.List, held)
	if ends(body.List) {
		then = held
	}
	if other == nil {
		return held && then
	}
	els := l.list([]ast.Stmt{other}, held)
	if b, ok := other.(*ast.BlockStmt); ok && ends(b.List) {
		els = then
	}
	return then && els
}

func (l *locking) clauses(b *ast.BlockStmt, held bool) {
	for _, c := range b.List {
		l.list(statements(c), held)
	}
}
