package fix

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/gosyntax"
)

// value is a variable that holds what has to be closed.
type value struct {
	*place
	name string
	obj  types.Object
	stmt ast.Stmt // that sets it
}

// assigned finds the variable that the call at a place of the chain gives its first
// result to: resp of resp, err := client.Get(url). A nil value stands for none, and
// returned says that the function returns the result instead.
func (f *finder) assigned(i int) (v *value, returned bool) {
	p := f.at(i)
	if p == nil {
		return nil, false
	}
	for _, a := range nodes[*ast.AssignStmt](p) {
		if len(a.Rhs) != 1 {
			continue
		}
		if _, ok := ast.Unparen(a.Rhs[0]).(*ast.CallExpr); !ok ||
			callLine(p, a.Rhs[0]) != p.call.Line && p.line(a.Pos()) != p.call.Line {
			continue
		}
		v = &value{place: p, stmt: a}
		if id, ok := a.Lhs[0].(*ast.Ident); ok {
			v.name, v.obj = id.Name, p.object(id)
		}
	}
	if v == nil {
		for _, r := range nodes[*ast.ReturnStmt](p) {
			returned = returned || len(r.Results) > 0
		}
		return nil, returned
	}
	if v.name == "" {
		return nil, false
	}
	return v, false
}

// callLine is the line that the runtime gives to a call.
func callLine(p *place, e ast.Expr) int {
	if c, ok := ast.Unparen(e).(*ast.CallExpr); ok {
		return p.line(c.Lparen)
	}
	return p.line(e.Pos())
}

// fate is what a function does with a variable.
type fate struct {
	returned bool            // it gives it to its caller
	kept     bool            // it puts it somewhere else
	calls    []*ast.CallExpr // of its methods
	deferred []string        // methods that it defers
}

// fate looks at what becomes of v in its function. A method of a field, as of
// resp.Body, counts.
func (v *value) fate() fate {
	var out fate
	is := func(e ast.Expr) bool {
		if u, ok := ast.Unparen(e).(*ast.UnaryExpr); ok && u.Op == token.AND {
			e = u.X
		}
		if sel, ok := ast.Unparen(e).(*ast.SelectorExpr); ok && sel.Sel.Name == "Body" {
			e = sel.X
		}
		id, ok := ast.Unparen(e).(*ast.Ident)
		return ok && v.object(id) == v.obj
	}
	// called is the method of v that a call is of, "" where it calls v itself.
	called := func(c *ast.CallExpr) (method string, ok bool) {
		switch fn := c.Fun.(type) {
		case *ast.SelectorExpr:
			return fn.Sel.Name, is(fn.X)
		case *ast.Ident:
			return "", v.object(fn) == v.obj
		}
		return "", false
	}
	ast.Inspect(v.funcs[0].node, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ReturnStmt:
			out.returned = out.returned || slices.ContainsFunc(n.Results, func(e ast.Expr) bool {
				lit, ok := ast.Unparen(e).(*ast.CompositeLit)
				return is(e) || ok && slices.ContainsFunc(lit.Elts, func(e ast.Expr) bool { return is(element(e)) })
			})
		case *ast.CompositeLit:
			out.kept = out.kept || slices.ContainsFunc(n.Elts, func(e ast.Expr) bool { return is(element(e)) })
		case *ast.AssignStmt:
			for i, right := range n.Rhs {
				blank := i < len(n.Lhs) && isBlank(n.Lhs[i])
				out.kept = out.kept || is(right) && !blank
			}
		case *ast.SendStmt:
			out.kept = out.kept || is(n.Value)
		case *ast.CallExpr:
			if _, ok := called(n); ok {
				out.calls = append(out.calls, n)
			}
			for _, arg := range n.Args { // t.Cleanup(srv.Close)
				if sel, ok := arg.(*ast.SelectorExpr); ok && is(sel.X) {
					out.deferred = append(out.deferred, sel.Sel.Name)
				}
			}
		case *ast.DeferStmt:
			ast.Inspect(n, func(m ast.Node) bool {
				if c, ok := m.(*ast.CallExpr); ok {
					if method, ok := called(c); ok {
						out.deferred = append(out.deferred, method)
					}
				}
				return true
			})
		}
		return true
	})
	return out
}

func element(e ast.Expr) ast.Expr {
	if kv, ok := e.(*ast.KeyValueExpr); ok {
		return kv.Value
	}
	return e
}

// holder is the variable that holds what the call at i of the chain made, in the
// function that has to close it: a function that returns it hands it to its caller.
func (f *finder) holder(i int) *value {
	for range len(f.leak.Chain) {
		v, returned := f.assigned(i)
		if v != nil && v.name != "_" && v.fate().returned && !v.testHelper() {
			returned = true
		} else if v != nil {
			return v
		}
		p := f.at(i)
		if !returned || p == nil || len(p.funcs) > 1 {
			return nil
		}
		// Its caller is the next call of the chain that is not in the same function.
		for i++; i < len(f.leak.Chain); i++ {
			if q := f.at(i); q == nil || q.decl != p.decl {
				break
			}
		}
	}
	return nil
}

// result has the function that made something close it.
func (f *finder) result(method string) {
	v := f.holder(f.own(f.leak.Spawn))
	if v == nil || v.name == "_" {
		return
	}
	fate := v.fate()
	if fate.kept || slices.Contains(fate.deferred, method) {
		return
	}
	f.close(v, v.name+"."+method)
}

// body closes the body of a response.
func (f *finder) body() {
	v := f.holder(f.own(f.leak.Spawn))
	if v == nil {
		return
	}
	if v.name == "_" {
		f.unnamedBody(v)
		return
	}
	fate := v.fate()
	if !fate.kept && !slices.Contains(fate.deferred, "Close") {
		f.close(v, v.name+".Body.Close")
		f.closeEach(v, "Body.Close")
	}
}

// unnamedBody gives a name to a response that is dropped: _, err := client.Get(url).
func (f *finder) unnamedBody(v *value) {
	a := v.stmt.(*ast.AssignStmt)
	if a.Tok != token.DEFINE {
		return
	}
	name := v.fresh("resp", "res", "response")
	code := fmt.Sprintf("if %s != nil {\n\tdefer %s.Body.Close()\n}", name, name)
	if list, i := siblings(v.file, a); list != nil {
		f.add("close the body of the response that is dropped", v.replace(a.Lhs[0], name), v.after(list[i], code))
	}
}

// close calls a function at the end of the function that v is in, or at the end of
// each turn of the loop that it is in.
func (f *finder) close(v *value, fn string) {
	if looped(v.place, v.stmt) {
		f.closeInLoop(v, fn)
		return
	}
	t := v.testing()
	code := "defer " + fn + "()"
	if at, ok := v.checked(); ok {
		if t != "" && (v.testHelper() || v.fate().returned) {
			f.add(cleanup(t, fn), at(cleanup(t, fn)))
			return
		}
		f.add(code, at(code))
		if t != "" {
			// Parallel subtests run after the function's end.
			f.add(cleanup(t, fn), at(cleanup(t, fn)))
		}
	}
}

// cleanup is the call that has a test call a function at its end.
func cleanup(t, fn string) string {
	method := fn[strings.LastIndexByte(fn, '.')+1:]
	if method == "Close" && !strings.Contains(fn, "srv") && !strings.Contains(fn, "erver") {
		return fmt.Sprintf("%s.Cleanup(func() { %s() })", t, fn) // it may return an error
	}
	return fmt.Sprintf("%s.Cleanup(%s)", t, fn)
}

// closeInLoop closes v at the end of each turn, where nothing leaves the turn before.
func (f *finder) closeInLoop(v *value, fn string) {
	list, i := siblings(v.file, v.stmt)
	if list == nil {
		return
	}
	for _, s := range list[i+1:] {
		leaves := false
		walk(s, func(n ast.Node) {
			switch n.(type) {
			case *ast.ReturnStmt, *ast.BranchStmt:
				leaves = true
			}
		})
		if leaves && !v.checks(s) {
			return
		}
	}
	f.add(fn+"() at the end of each turn", v.after(list[len(list)-1], fn+"()"))
}

// siblings is the list of statements that one stands in, and its index there.
func siblings(f *file, s ast.Node) ([]ast.Stmt, int) {
	around := f.around(s.Pos(), s.End())
	for _, n := range slices.Backward(around) {
		list := statements(n)
		for i, other := range list {
			if other.Pos() <= s.Pos() && other.End() >= s.End() {
				return list, i
			}
		}
	}
	return nil, 0
}

// statements are those of a block, or of a clause of a switch or select.
func statements(n ast.Node) []ast.Stmt {
	switch n := n.(type) {
	case *ast.BlockStmt:
		return n.List
	case *ast.CaseClause:
		return n.Body
	case *ast.CommClause:
		return n.Body
	}
	return nil
}

// checked returns what adds a statement to the place where v is known to be good:
// behind the check of the error that came with it.
func (v *value) checked() (add func(code string) edit, ok bool) {
	list, i := siblings(v.file, v.stmt)
	if list == nil {
		return nil, false
	}
	a, isAssign := v.stmt.(*ast.AssignStmt)
	if cond, ok := list[i].(*ast.IfStmt); ok && cond.Init == v.stmt {
		if v.asksForNil(cond.Cond, token.EQL) { // if v, err := f(); err == nil {
			return func(code string) edit { return v.top(cond.Body, code) }, true
		}
		return nil, false
	}
	if !isAssign || len(a.Lhs) == 1 || isBlank(a.Lhs[len(a.Lhs)-1]) {
		return func(code string) edit { return v.after(list[i], code) }, true
	}
	if i+1 == len(list) {
		return nil, false
	}
	if next, ok := list[i+1].(*ast.IfStmt); ok && next.Init == nil && v.asksForNil(next.Cond, token.EQL) {
		return func(code string) edit { return v.top(next.Body, code) }, true
	}
	if v.checks(list[i+1]) {
		return func(code string) edit { return v.after(list[i+1], code) }, true
	}
	return nil, false
}

func isBlank(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == "_"
}

// failure is the variable of the error that came with v.
func (v *value) failure() types.Object {
	a, ok := v.stmt.(*ast.AssignStmt)
	if !ok {
		return nil
	}
	return v.object(a.Lhs[len(a.Lhs)-1])
}

// asksForNil reports whether a condition compares the error with nil.
func (v *value) asksForNil(cond ast.Expr, op token.Token) bool {
	b, ok := ast.Unparen(cond).(*ast.BinaryExpr)
	if !ok || b.Op != op {
		return false
	}
	null, ok := b.Y.(*ast.Ident)
	return ok && null.Name == "nil" && v.failure() != nil && v.object(b.X) == v.failure()
}

// checks reports whether a statement leaves the function if there was an error:
// if err != nil { return err }, or require.NoError(t, err).
func (v *value) checks(s ast.Stmt) bool {
	switch s := s.(type) {
	case *ast.IfStmt:
		return s.Init == nil && v.asksForNil(s.Cond, token.NEQ) && ends(s.Body.List)
	case *ast.ExprStmt:
		c, ok := s.X.(*ast.CallExpr)
		return ok && v.failure() != nil &&
			slices.ContainsFunc(c.Args, func(e ast.Expr) bool { return v.object(e) == v.failure() })
	}
	return false
}

// ends reports whether nothing runs after a list of statements.
func ends(list []ast.Stmt) bool {
	if len(list) == 0 {
		return false
	}
	switch s := list[len(list)-1].(type) {
	case *ast.ReturnStmt, *ast.BranchStmt:
		return true
	case *ast.ExprStmt:
		c, ok := s.X.(*ast.CallExpr)
		if !ok {
			return false
		}
		return slices.Contains([]string{"panic", "Fatal", "Fatalf", "Fatalln", "FailNow", "Exit", "Skip", "Skipf", "SkipNow",
			"Panic", "Panicf"}, gosyntax.LastName(c.Fun))
	}
	return false
}

// testing is the name of the test, benchmark or testing.TB that the innermost
// function with one has; "" if there is none.
func (p *place) testing() string {
	for _, fn := range slices.Backward(p.funcs) {
		for id, field := range gosyntax.Fields(fn.typ.Params) {
			typ := field.Type
			if star, ok := typ.(*ast.StarExpr); ok {
				typ = star.X
			}
			if id.Name != "" && id.Name != "_" && p.is(typ, "testing", "T", "B", "F", "TB") {
				return id.Name
			}
		}
	}
	return ""
}

// testHelper reports whether p is in a function that gets a test from its caller.
func (p *place) testHelper() bool {
	if p.testing() == "" || p.decl == nil || len(p.funcs) > 1 {
		return false
	}
	for _, prefix := range []string{"Test", "Benchmark", "Fuzz", "Example"} {
		if strings.HasPrefix(p.decl.Name.Name, prefix) && p.decl.Type.Results == nil && len(p.decl.Type.Params.List) == 1 {
			return false
		}
	}
	return true
}

// stop defers the second result of iter.Pull and the like.
func (f *finder) stop() {
	if v, _ := f.assigned(f.own(f.leak.Spawn)); v != nil {
		f.second(v, ending{"stop", "func()", ""})
	}
}

// ending is a function that a call returns and that ends what it began.
type ending struct {
	name string // where the code gives it none: "cancel"
	typ  string // "context.CancelFunc"
	args string // that it wants
}

// second defers the function that came as the second result.
func (f *finder) second(v *value, end ending) {
	a, ok := v.stmt.(*ast.AssignStmt)
	if !ok || len(a.Lhs) != 2 {
		return
	}
	id, ok := a.Lhs[1].(*ast.Ident)
	if !ok || looped(v.place, v.stmt) {
		return
	}
	var edits []edit
	name := id.Name
	if name == "_" {
		name = v.fresh(end.name)
		edits = append(edits, v.replace(id, name))
		if a.Tok != token.DEFINE {
			edits = append(edits, v.before(a, "var "+name+" "+end.typ))
		}
	} else {
		w := value{place: v.place, name: name, obj: v.object(id), stmt: a}
		if fate := w.fate(); fate.returned || fate.kept || slices.Contains(fate.deferred, "") {
			return
		}
		if s := w.dropped(); s != nil {
			edits = append(edits, v.remove(s))
		}
	}
	code := "defer " + name + "(" + end.args + ")"
	if list, i := siblings(v.file, a); list != nil && list[i] == ast.Stmt(a) {
		f.add(code, append(edits, v.after(a, code))...)
	}
}

// dropped is the statement that does nothing with v: _ = cancel.
func (v *value) dropped() ast.Stmt {
	var found ast.Stmt
	ast.Inspect(v.funcs[0].node, func(n ast.Node) bool {
		a, ok := n.(*ast.AssignStmt)
		if ok && len(a.Lhs) == 1 && len(a.Rhs) == 1 && isBlank(a.Lhs[0]) && v.object(a.Rhs[0]) == v.obj {
			found = a
		}
		return true
	})
	return found
}

// wait waits for a command that was started.
func (f *finder) wait() {
	p := f.at(f.own(f.leak.Spawn))
	for _, c := range nodes[*ast.CallExpr](p) {
		_, sel := methodCall(c, "Start")
		if sel == nil {
			continue
		}
		cmd, ok := sel.X.(*ast.Ident)
		if !ok {
			continue
		}
		list, i := siblings(p.file, c)
		if list == nil {
			continue
		}
		v := &value{place: p, name: cmd.Name, obj: p.object(cmd), stmt: list[i]}
		if fate := v.fate(); fate.kept || fate.returned || slices.Contains(fate.deferred, "Wait") || looped(v.place, v.stmt) {
			return
		}
		code := "defer " + cmd.Name + ".Wait()"
		switch s := list[i].(type) {
		case *ast.IfStmt: // if err := cmd.Start(); err != nil {
			if ends(s.Body.List) && s.Else == nil {
				f.add(code, p.after(s, code))
			}
		case *ast.ExprStmt:
			f.add(code, p.after(s, code))
		case *ast.AssignStmt:
			v.stmt = s
			if i+1 < len(list) && v.checks(list[i+1]) {
				f.add(code, p.after(list[i+1], code))
			}
		}
	}
}

// receiver closes what a goroutine waits on, or what one of the functions that led to
// it was called on: ln of conn, err := ln.Accept(), where one function of the chain
// made it and keeps it to itself.
func (f *finder) receiver(closing string, methods ...string) {
	for i := range f.leak.Chain {
		p := f.at(i)
		for _, c := range nodes[*ast.CallExpr](p) {
			if _, sel := methodCall(c, methods...); sel != nil {
				f.closeOrigin(p, sel.X, closing)
			}
			if i > f.leak.Spawn {
				continue
			}
			for _, arg := range c.Args { // io.Copy(dst, conn), http.Serve(ln, h)
				if _, ok := p.object(arg).(*types.Var); ok {
					f.closeOrigin(p, arg, closing)
				}
			}
		}
	}
}

// closeIdle has a client close its connections at the end of the function that made
// it, and a test those of the client that all share.
func (f *finder) closeIdle() {
	methods := []string{"Do", "Get", "Head", "Post", "PostForm"}
	for i := f.leak.Spawn; i < len(f.leak.Chain); i++ {
		p := f.at(i)
		for _, c := range nodes[*ast.CallExpr](p) {
			_, sel := methodCall(c, methods...)
			if sel == nil {
				continue
			}
			shared := p.qualifier(sel.X) + "DefaultClient" // http.DefaultClient.Get(url)
			switch {
			case p.is(c, "net/http", methods...): // http.Get(url)
				shared = p.qualifier(c) + "DefaultClient"
			case !p.is(sel.X, "net/http", "DefaultClient"):
				f.closeOrigin(p, sel.X, "CloseIdleConnections")
				continue
			}
			if p.testing() != "" {
				code := "defer " + shared + ".CloseIdleConnections()"
				f.add(code, p.top(p.body, code))
			}
		}
	}
}

func (f *finder) closeOrigin(p *place, e ast.Expr, method string) {
	o := f.origin(e, p)
	if o == nil || o.stmt == nil {
		return
	}
	id, ok := o.name.(*ast.Ident)
	if !ok {
		return
	}
	closable := false
	switch made := ast.Unparen(o.value).(type) {
	case *ast.CallExpr:
		a, ok := o.stmt.(*ast.AssignStmt)
		ctx := ok && len(a.Rhs) == 1 && len(a.Lhs) > 1 && gosyntax.LastName(made.Fun) == "WithCancel"
		closable = !ctx
	case *ast.UnaryExpr: // srv := &http.Server{}
		lit, ok := made.X.(*ast.CompositeLit)
		closable = made.Op == token.AND && ok && o.is(lit.Type, "net/http", "Server", "Client", "Transport")
	}
	if !closable || isBuiltin(o.value) {
		return
	}
	// The function that has the variable may be one around the goroutine's.
	around := o.scope(o.stmt, o.index)
	if around == nil {
		return
	}
	v := &value{place: around, name: id.Name, obj: o.object(id), stmt: o.stmt}
	if fate := v.fate(); !fate.kept && !fate.returned && !slices.Contains(fate.deferred, method) {
		f.close(v, id.Name+"."+method)
	}
}

func isBuiltin(e ast.Expr) bool {
	c, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		return false
	}
	id, ok := c.Fun.(*ast.Ident)
	return ok && slices.Contains([]string{"make", "new", "len", "append"}, id.Name)
}

// cancel ends the context that a goroutine of the chain waits for.
func (f *finder) cancel() {
	for i := range f.leak.Chain {
		p := f.at(i)
		if p == nil {
			continue
		}
		ast.Inspect(p.funcs[0].body, func(n ast.Node) bool {
			a, ok := n.(*ast.AssignStmt)
			if !ok || len(a.Rhs) != 1 {
				return true
			}
			v := &value{place: p.scope(a, p.index), stmt: a}
			switch {
			case p.is(a.Rhs[0], "context", "WithCancel", "WithTimeout", "WithDeadline", "WithTimeoutCause", "WithDeadlineCause"):
				f.second(v, ending{"cancel", p.qualifier(a.Rhs[0]) + "CancelFunc", ""})
			case p.is(a.Rhs[0], "context", "WithCancelCause"):
				f.second(v, ending{"cancel", p.qualifier(a.Rhs[0]) + "CancelCauseFunc", "nil"})
			}
			return true
		})
	}
	for i := f.leak.Spawn; i < len(f.leak.Chain); i++ {
		f.testContext(f.at(i))
	}
}

// qualifier is what stands before a name, or that of a called function: "context.".
func (f *file) qualifier(e ast.Expr) string {
	if c, ok := e.(*ast.CallExpr); ok {
		e = c.Fun
	}
	if sel, ok := e.(*ast.SelectorExpr); ok {
		return f.code(sel.X) + "."
	}
	return ""
}

// testContext has a test end the context of what it calls.
func (f *finder) testContext(p *place) {
	if p == nil || p.testing() == "" {
		return
	}
	own := p.testing() + ".Context()"
	replace := func(e ast.Expr) {
		if p.is(e, "context", "Background", "TODO") && f.others(p, "context", e) {
			f.add(own+" in place of "+p.code(e), p.replace(e, own))
		}
	}
	for _, c := range nodes[*ast.CallExpr](p) {
		replace(c)
	}
	// ctx := context.Background() is on another line.
	walk(p.body, func(n ast.Node) {
		if a, ok := n.(*ast.AssignStmt); ok && len(a.Rhs) == 1 {
			replace(a.Rhs[0])
		}
	})
}

// others reports whether a package is used in the file besides in a node, so that
// its import stays right.
func (f *finder) others(p *place, pkgPath string, but ast.Node) bool {
	return gosyntax.Has(p.tree, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		return ok && (n.Pos() < but.Pos() || n.End() > but.End()) && p.imported(id) == pkgPath
	})
}
