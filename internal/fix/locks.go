package fix

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// done has the goroutines of a WaitGroup call Done whatever they do.
func (f *finder) done() {
	i := f.own(0)
	p := f.at(i)
	if p == nil {
		return
	}
	var group types.Object
	for _, c := range nodes[*ast.CallExpr](p) {
		if sel, ok := c.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Wait" && len(c.Args) == 0 {
			group = p.object(sel.X)
		}
	}
	if group == nil {
		return
	}
	ast.Inspect(p.funcs[0], func(n ast.Node) bool {
		if g, ok := n.(*ast.GoStmt); ok {
			if lit, ok := g.Call.Fun.(*ast.FuncLit); ok {
				f.deferDone(p, lit, group)
			}
		}
		return true
	})
}

// deferDone moves the calls of Done in a goroutine into a defer at its start.
func (f *finder) deferDone(p *place, lit *ast.FuncLit, group types.Object) {
	var calls []ast.Stmt
	var name string
	plain := true
	walk(lit, func(n ast.Node) {
		switch n := n.(type) {
		case *ast.ExprStmt:
			c, ok := n.X.(*ast.CallExpr)
			if !ok {
				return
			}
			if sel, ok := c.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Done" && p.object(sel.X) == group {
				calls, name = append(calls, n), p.code(c)
			}
		case *ast.DeferStmt:
			if sel, ok := n.Call.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Done" && p.object(sel.X) == group {
				plain = false
			}
		}
	})
	if len(calls) == 0 || !plain {
		return
	}
	edits := []edit{p.top(lit.Body, "defer "+name)}
	for _, s := range calls {
		if !f.lastOf(p, s, lit.Body) {
			return // what runs after it would run before it
		}
		edits = append(edits, p.remove(s))
	}
	f.add("defer "+name, edits...)
}

// lastOf reports whether nothing but the end of the function follows a statement.
func (f *finder) lastOf(p *place, s ast.Stmt, body *ast.BlockStmt) bool {
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
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		c, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		sel, ok := c.Fun.(*ast.SelectorExpr)
		pkg, isName := (*ast.Ident)(nil), false
		if ok {
			pkg, isName = sel.X.(*ast.Ident)
		}
		known := isName && (slices.Contains([]string{"fmt", "errors"}, pkg.Name) || sel.Sel.Name == "Err")
		if id, ok := c.Fun.(*ast.Ident); ok && slices.Contains([]string{"len", "cap", "append", "min", "max"}, id.Name) {
			known = true
		}
		found = found || !known
		return true
	})
	return found
}

// unlock has a function that locks a mutex unlock it on every way out.
func (f *finder) unlock() {
	p := f.at(f.own(0))
	if p == nil {
		return
	}
	var mutex types.Object
	method := ""
	for _, c := range nodes[*ast.CallExpr](p) {
		if sel, ok := c.Fun.(*ast.SelectorExpr); ok && (sel.Sel.Name == "Lock" || sel.Sel.Name == "RLock") {
			mutex, method = p.object(sel.X), sel.Sel.Name
		}
	}
	if mutex == nil {
		return
	}
	_ = method
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

// unlockIn mends one function that leaves while it holds the mutex.
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

// note takes down a statement on the mutex.
func (l *locking) note(n ast.Node) {
	switch n := n.(type) {
	case *ast.DeferStmt:
		ast.Inspect(n, func(m ast.Node) bool {
			if c, ok := m.(*ast.CallExpr); ok {
				if _, method := l.call(c); method != "" {
					l.bad = true
				}
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
	c, ok := e.(*ast.CallExpr)
	if !ok {
		return "", ""
	}
	sel, ok := c.Fun.(*ast.SelectorExpr)
	if !ok || l.object(sel.X) != l.mutex {
		return "", ""
	}
	return l.code(sel.X), sel.Sel.Name
}

// list goes through statements with the mutex locked or not, and reports whether it
// is locked behind them. Where a statement has several ways, all of which go on, it
// must be the same on them.
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
		switch c := c.(type) {
		case *ast.CaseClause:
			l.list(c.Body, held)
		case *ast.CommClause:
			l.list(c.Body, held)
		}
	}
}
